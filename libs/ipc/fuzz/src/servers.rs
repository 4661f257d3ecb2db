// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every interface with a server: the real one where it runs on the host, else one that answers by chance.

use crate::Chance;
use croft_clock::{ClockInterface, Parameters};
use croft_console::ConsoleInterface;
use croft_container::{
    Amount, Block, Blocks, ContainerError, Containers, ContainersInterface, DeriveProcess, Entry,
    Identity, LIST_LENGTH, Limits, Name, NewProcess, Object, Rights, Schedule, Usage,
};
use croft_example_counter::{CounterInterface, CountersInterface};
use croft_example_date::DateInterface;
use croft_example_rtc::{Cmos, RtcInterface};
use croft_example_store::StoreInterface;
use croft_ipc::alarm::AlarmInterface;
use croft_ipc::log::LogInterface;
use croft_ipc::mock::{Machine, MockCapabilities, MockPage, slot};
use croft_ipc::{
    Caller, CapabilityAddress, Deferrable, Definition, Dispatch, Label, MESSAGE_BYTES, Outgoing,
    ProtocolError, ReceivedCapability, Server, Serving, TransportFailure,
};
use croft_process::handover::{Failure, Parenthood, ParenthoodInterface, Refusal};
use croft_registry::{ViewInterface, Views};

type Answer = Result<(Outgoing, [u8; MESSAGE_BYTES]), TransportFailure>;
type Send = Box<dyn Fn(u64, &[u8], &mut Chance) -> Answer>;

/// A server to send messages to.
pub struct Target {
    /// For people.
    pub name: &'static str,
    /// The methods of all interfaces that it serves: label, and the length of a request that travels in registers.
    pub methods: Vec<(u64, Option<usize>)>,
    /// Sends a message, by a client or an object and with a capability as chance has it.
    pub send: Send,
    /// Whether the badge decides which interface it is.
    by_badge: bool,
}

impl Target {
    /// A server of several interfaces, of which the badge decides.
    pub fn by_badge<S: Server + 'static>(
        name: &'static str,
        machine: Machine<S>,
        methods: Vec<(u64, Option<usize>)>,
    ) -> Self {
        Self {
            by_badge: true,
            ..Self::new(name, machine, methods)
        }
    }

    fn new<S: Server + 'static>(
        name: &'static str,
        machine: Machine<S>,
        methods: Vec<(u64, Option<usize>)>,
    ) -> Self {
        machine.share(slot(2), &MockPage::default());
        let send = move |label, bytes: &[u8], chance: &mut Chance| {
            // Clients, and objects of the first generations.
            let badge = match chance.below(3) {
                0 => croft_ipc::OBJECT_BADGE_BIT | chance.below(3) << 12 | chance.below(4),
                _ => chance.below(3) + 1,
            };
            // A page, or something else.
            let capability = match chance.below(3) {
                0 => None,
                address => Some(CapabilityAddress(address + 1)),
            };
            machine.client(badge).raw(label, bytes, capability)
        };
        Self {
            name,
            methods,
            send: Box::new(send),
            by_badge: false,
        }
    }

    /// A server of one interface.
    pub fn serving<I: Dispatch<S> + 'static, S: 'static>(
        state: S,
        capabilities: MockCapabilities,
    ) -> Self {
        let server: Serving<I, S> = Serving::new(state);
        Self::new(I::NAME, Machine::new(server, capabilities), methods::<I>())
    }

    /// The error that a label must have, if it leads to no method.
    pub fn expects(&self, label: u64) -> Option<ProtocolError> {
        if self.methods.iter().any(|method| method.0 == label) || self.by_badge {
            return None;
        }
        let parts = |label: u64| (label >> 12, label >> 8);
        let own = |f: fn((u64, u64)) -> u64| {
            self.methods
                .iter()
                .any(|own| f(parts(own.0)) == f(parts(label)))
        };
        Some(match Label::from_bits(label) {
            Some(_) if own(|parts| parts.1) => ProtocolError::UnknownMethod,
            Some(_) if own(|parts| parts.0) => ProtocolError::WrongVersion,
            _ => ProtocolError::UnknownInterface,
        })
    }
}

/// The methods of an interface, as [`Target::methods`] has them.
pub fn methods<I: Definition>() -> Vec<(u64, Option<usize>)> {
    let method = |method: &croft_ipc::MethodDescription| {
        let length = method.in_registers.0.then_some(method.max_size.0);
        (Label::of::<I>(method.number).to_bits(), length)
    };
    I::METHODS.iter().map(method).collect()
}

/// A fresh server of each interface.
pub fn all() -> Vec<Target> {
    let own = MockCapabilities::default;
    let capabilities = own();
    let console = croft_console::Service::new(Line, capabilities.clone());
    let console = Target::serving::<ConsoleInterface, _>(console, capabilities);
    let log = croft_console::Service::new(Line, own());
    let log = Target::serving::<LogInterface, _>(log, own());
    let capabilities = own();
    let parameters = Parameters {
        frequency: 1_000_000_000,
        epoch: 0,
        realtime_at_epoch: 0,
    };
    let clock = croft_clock::Service::new(Timer, capabilities.clone(), parameters);
    let clock = Target::serving::<ClockInterface, _>(clock, capabilities);
    let capabilities = own();
    let alarm = croft_clock::Service::new(Timer, capabilities.clone(), parameters);
    let alarm = Target::serving::<AlarmInterface, _>(alarm, capabilities);
    let capabilities = own();
    let store = croft_example_store::Service::new(capabilities.clone());
    let store = Target::serving::<StoreInterface, _>(store, capabilities);
    let rtc = Cmos(|register| register);
    let rtc = Target::serving::<RtcInterface, _>(rtc, own());
    let capabilities = own();
    let counters = croft_example_counter::Service::new(capabilities.clone());
    let counters = Machine::new(counters, capabilities);
    let both = [
        methods::<CountersInterface>(),
        methods::<CounterInterface>(),
    ]
    .concat();
    let counters = Target::by_badge("counters", counters, both);
    let date = croft_example_date::Service {
        device: croft_example_date::Cmos(|register, _| register),
        may_set: |badge| badge == 1,
    };
    let date = Target::serving::<DateInterface, _>(date, own());
    let capabilities = own();
    let registry = croft_registry::Service::new(views(), capabilities.clone());
    let registry = Machine::new(registry, capabilities);
    let registry = Target::by_badge("registry", registry, methods::<ViewInterface>());
    let containers = Target::serving::<ContainersInterface, _>(Made(Chance::new(2)), own());
    let parent = Target::serving::<ParenthoodInterface, _>(Made(Chance::new(3)), own());
    let mut targets = vec![
        console, log, clock, alarm, store, rtc, counters, date, registry, containers, parent,
    ];
    targets.extend(crate::patterns::all());
    targets
}

/// The views of three clients, with names that chance finds.
fn views() -> Views {
    let mut views = Views::default();
    for (number, client) in [(1, "one"), (2, "two"), (3, "three")] {
        let names = ["a", "b", "c", "0", "1", "-"].map(|name| (name, name, name != client));
        views
            .add_client(number, client, names.into_iter())
            .expect("they are names, each once");
    }
    views
}

/// A serial line on which nothing comes in.
struct Line;

impl croft_console::Line for Line {
    fn receive(&mut self) -> Option<u8> {
        None
    }
    fn send(&mut self, bytes: impl Iterator<Item = u8>) {
        bytes.for_each(drop);
    }
    fn acknowledge(&mut self) {}
}

/// A timer that never expires.
struct Timer;

impl croft_clock::Machine for Timer {
    fn counter(&self) -> u64 {
        0
    }
    fn arm(&mut self, _: Option<u64>) {}
}

/// Answers by chance.
struct Made(Chance);

impl Made {
    fn result<R>(&mut self, reply: impl FnOnce(u64) -> R) -> Result<R, ContainerError> {
        match self.0.below(3) {
            0 => Err(ContainerError::BadSlots {
                first: self.0.number(),
                count: self.0.number(),
            }),
            _ => Ok(reply(self.0.number())),
        }
    }
}

fn amount(number: u64) -> Amount {
    Amount {
        bytes: number,
        slots: number as u32,
    }
}

fn entry(number: u64) -> Entry {
    Entry {
        number: number as u16,
        name: Name::new(&"n".repeat(number as usize % 40)),
        depth: number as u8,
        limit: amount(number),
        guaranteed: amount(number),
        used: amount(number),
        own: amount(number),
        left: amount(number),
        children: number as u16,
        processes: number as u16,
        age: number,
    }
}

type Contained<R> = Result<R, ContainerError>;

impl Containers for Made {
    fn allocate(&mut self, _: Object, _: u16, _: u64) -> Contained<Block> {
        self.result(Block)
    }
    fn deallocate(&mut self, _: Block) -> Contained<Deferrable<()>> {
        self.result(|number| match number % 2 {
            0 => Deferrable::Now(()),
            _ => Deferrable::Later,
        })
    }
    fn derive(&mut self, _: Limits, _: u64) -> Contained<()> {
        self.result(drop)
    }
    fn convert(&mut self, _: u8, _: bool, _: u64) -> Contained<Block> {
        self.result(Block)
    }
    fn derive_process(&mut self, _: DeriveProcess, _: u64) -> Contained<NewProcess> {
        self.result(|number| NewProcess {
            process: Block(number),
            untyped: number.is_multiple_of(2).then_some(Block(number)),
        })
    }
    fn destroy(&mut self) -> Contained<Deferrable<()>> {
        self.result(|number| match number % 2 {
            0 => Deferrable::Now(()),
            _ => Deferrable::Later,
        })
    }
    fn usage(&mut self) -> Contained<Usage> {
        self.result(|number| Usage {
            used: amount(number),
            left: amount(number),
        })
    }
    fn reduce(&mut self, _: Rights, _: u64) -> Contained<()> {
        self.result(drop)
    }
    fn share(&mut self, _: Block, _: u64, _: Rights) -> Contained<()> {
        self.result(drop)
    }
    fn null(&mut self) -> Contained<()> {
        self.result(drop)
    }
    fn info(&mut self) -> Contained<Entry> {
        self.result(entry)
    }
    fn list(&mut self, _: Option<u16>) -> Contained<heapless::Vec<Entry, LIST_LENGTH>> {
        self.result(|number| (0..number % 7).take(LIST_LENGTH).map(entry).collect())
    }
    fn set_name(&mut self, _: Name) -> Contained<()> {
        self.result(drop)
    }
    fn set_limit(&mut self, _: Amount) -> Contained<()> {
        self.result(drop)
    }
    fn identify(&mut self, _: ReceivedCapability) -> Contained<Option<Identity>> {
        self.result(|_| None)
    }
    fn watch(&mut self, _: u64, _: u64) -> Contained<()> {
        self.result(drop)
    }
    fn dissolve(&mut self) -> Contained<Deferrable<()>> {
        self.result(|_| Deferrable::Now(()))
    }
    fn blocks(&mut self, _: u32) -> Contained<Blocks> {
        self.result(|number| Blocks {
            blocks: heapless::Vec::new(),
            next: Some(number as u32),
        })
    }
    fn suspend(&mut self) -> Contained<Deferrable<()>> {
        self.result(|_| Deferrable::Now(()))
    }
    fn resume(&mut self) -> Contained<Deferrable<()>> {
        self.result(|_| Deferrable::Later)
    }
    fn set_priority(&mut self, _: u8) -> Contained<Deferrable<()>> {
        self.result(|_| Deferrable::Now(()))
    }
    fn schedule(&mut self) -> Contained<Schedule> {
        self.result(|number| Schedule {
            priority: number as u8,
            suspended: true,
            stopped: false,
        })
    }
}

type Told = Result<Deferrable<()>, Refusal>;

impl Parenthood for Made {
    fn ready(&mut self, _: Caller) -> Told {
        Err(Refusal::OutOfOrder)
    }
    fn failed(&mut self, _: Caller, _: Failure, _: u64) -> Told {
        Ok(Deferrable::Later)
    }
    fn exit(&mut self, _: Caller, _: i32) -> Told {
        Ok(Deferrable::Later)
    }
    fn panic(&mut self, _: Caller, _: &str) -> Told {
        Ok(Deferrable::Later)
    }
    fn log(&mut self, _: Caller, _: &str) -> Told {
        Ok(Deferrable::Now(()))
    }
    fn renew(&mut self, _: Caller, _: u64) -> Told {
        Err(Refusal::NoSuccessor)
    }
    fn write_traces(&mut self, _: Caller) -> Told {
        Ok(Deferrable::Now(()))
    }
}
