// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every client, with a server that answers anything.

use crate::Chance;
use core::cell::RefCell;
use croft_clock::ClockClient;
use croft_console::{Channel, ConsoleClient};
use croft_container::{Amount, Block, ContainersClient, Limits, Object, Rights};
use croft_example_counter::{CounterClient, CountersClient};
use croft_example_date::DateClient;
use croft_example_rtc::RtcClient;
use croft_example_store::StoreClient;
use croft_ipc::alarm::AlarmClient;
use croft_ipc::log::{Level, LogClient};
use croft_ipc::mock::slot;
use croft_ipc::{
    CapabilityAddress, Label, MESSAGE_BYTES, Outcome, ProtocolError, ReceivedCapability, Send,
    Transport, TransportFailure, WORDS, WordsOutcome,
};
use croft_process::handover::ParenthoodClient;
use croft_registry::{Handing, ViewClient};

/// How often each method is called.
const TIMES: u64 = 64;

/// Answers by chance, mostly under a label that the client believes.
struct Liar<'a>(RefCell<&'a mut Chance>);

impl Liar<'_> {
    fn answer<R>(&self, label: Label, decode: impl FnOnce(Outcome<'_>) -> R) -> R {
        let mut chance = self.0.borrow_mut();
        let mut buffer = [0; MESSAGE_BYTES];
        let length = chance.message(&mut buffer);
        let status = chance.below(4) as u8;
        let label = match chance.below(8) {
            0 => Label::from_bits(4096 + chance.below(1 << 19)).unwrap_or(label),
            _ => label.with_method(status),
        };
        let capability = match chance.below(3) {
            0 => ReceivedCapability::None,
            1 => ReceivedCapability::InSlot,
            badge => ReceivedCapability::Own { badge },
        };
        drop(chance);
        decode(Outcome {
            label,
            bytes: &buffer[..length],
            capability,
        })
    }
}

impl Transport for Liar<'_> {
    fn call<R>(
        &self,
        send: Send,
        encode: impl FnOnce(&mut [u8]) -> Result<usize, ProtocolError>,
        decode: impl FnOnce(Outcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        encode(&mut [0; MESSAGE_BYTES]).map_err(TransportFailure::Protocol)?;
        Ok(self.answer(send.label, decode))
    }

    fn call_words<R>(
        &self,
        label: Label,
        words: [u64; WORDS],
        _: usize,
        decode: impl FnOnce(WordsOutcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        let length = self.0.borrow_mut().below(WORDS as u64 + 1) as usize;
        let in_registers = self.0.borrow_mut().below(2);
        Ok(match in_registers {
            0 => decode(WordsOutcome::Done(words.map(|word| word ^ 0x101), length)),
            _ => self.answer(label, |outcome| decode(WordsOutcome::Other(outcome))),
        })
    }
}

/// Calls every method of every client; what comes back is a reply or an error, and no panic.
pub fn all(chance: &mut Chance) {
    for _ in 0..TIMES {
        let number = chance.number();
        let liar = &Liar(RefCell::new(chance));
        let address = CapabilityAddress(number);
        let mut bytes = [0; 600];
        let console = ConsoleClient::new(liar);
        let _ = console.write_all(Channel::Output, &bytes);
        let _ = console.read_into(&mut bytes[..number as usize % 600]);
        let _ = (console.subscribe(address), console.window_size());
        let _ = console.finish(number as u8);
        let _ = LogClient::new(liar).line_start(Level::Error, "text");
        let alarm = AlarmClient::new(liar);
        let _ = (alarm.connect_alarm(address), alarm.set(number));
        let clock = ClockClient::new(liar);
        let _ = (
            clock.parameters().map(|parameters| parameters.scale()),
            clock.cancel(),
        );
        let _ = (clock.subscribe(address), clock.set_timer(number));
        let counters = CountersClient::new(liar);
        let _ = (counters.create(number, slot(1)), counters.remove(address));
        let counter = CounterClient::new(liar);
        let _ = (counter.add(number), counter.get());
        let store = StoreClient::new(liar);
        let _ = (store.open(address), store.put("key", number as u16));
        let _ = (store.get("key"), store.wait("key", number));
        let _ = RtcClient::new(liar).now();
        let date = DateClient::new(liar);
        let _ = (date.now(), date.set(number as u32));
        let view = ViewClient::new(liar);
        let _ = (view.look_up("a", slot(1)), view.wait("a"), view.list("a"));
        let _ = view.publish("a", Handing::ByCaller, address);
        let _ = (view.withdraw("a"), view.derive(true, slot(1)));
        let _ = view.show(address, "a", "b", true);
        let _ = view.show_all(address, "b.", false);
        let _ = (view.hide(address, "b"), view.revoke(address));
        let _ = view.identify(number);
        let containers = ContainersClient::new(liar);
        let limit = Amount::bytes(number);
        let limits = Limits {
            limit,
            guaranteed: number,
        };
        let _ = containers.allocate(Object::Frame { bits: 12 }, 1, number);
        let _ = (
            containers.deallocate(Block(number)),
            containers.derive(limits, number),
        );
        let _ = (containers.usage(), containers.info(), containers.list(None));
        let _ = (
            containers.identify(address),
            containers.destroy(),
            containers.null(),
        );
        let _ = containers.reduce(Rights::Look, number);
        let parent = ParenthoodClient::new(liar);
        let _ = (
            parent.ready(),
            parent.exit(1),
            parent.renew(number),
            parent.write_traces(),
            parent.panic("text"),
        );
        crate::patterns::clients(liar, number);
    }
}
