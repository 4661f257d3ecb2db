// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use crate::{ConsoleClient, ConsoleInterface, INPUT_BYTES, Taken};
use croft_console_frame::{FromGuest, GuestDecoder};
use croft_container::{Amount, Entry, Name};
use croft_ipc::log::{LINE_MAX, Level, LogClient, LogInterface};
use croft_ipc::mock::{Machine, MockCapabilities, MockEndpoint};
use croft_ipc::{CallError, CapabilityAddress, Dispatch, Incoming, Outgoing};
use proptest::prelude::*;
use std::collections::VecDeque;

#[derive(Default)]
struct Wire {
    from_host: VecDeque<u8>,
    to_host: Vec<u8>,
    acknowledged: u32,
    /// Comes in at the moment of the next acknowledgement.
    late: Vec<u8>,
}

impl Line for Wire {
    fn receive(&mut self) -> Option<u8> {
        self.from_host.pop_front()
    }
    fn send(&mut self, bytes: impl Iterator<Item = u8>) {
        self.to_host.extend(bytes);
    }
    fn acknowledge(&mut self) {
        self.acknowledged += 1;
        self.from_host.extend(self.late.drain(..));
    }
}

struct Server {
    service: Service<Wire, MockCapabilities>,
}

impl croft_ipc::Server for Server {
    fn message(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        match incoming.label {
            Some(label) if label.interface() == croft_ipc::numbers::LOG => {
                LogInterface::dispatch(&mut self.service, incoming, buffer)
            }
            _ => ConsoleInterface::dispatch(&mut self.service, incoming, buffer),
        }
    }
}

struct Bench {
    machine: Machine<Server>,
    capabilities: MockCapabilities,
    client: ConsoleClient<MockEndpoint<Server>>,
}

#[test]
fn a_wish_for_traces_is_told_once() {
    let mut service = Service::new(Wire::default(), MockCapabilities::default());
    assert!(!service.take_trace_request());
    let wish = croft_console_frame::trace_request();
    service.line.from_host.extend(wish.chain(*b"x"));
    service.interrupted();
    assert!(service.take_trace_request() && !service.take_trace_request());
    assert!(service.receiver.has_input());
}

const NOTIFICATION: CapabilityAddress = CapabilityAddress(1);

fn bench() -> Bench {
    let capabilities = MockCapabilities::default();
    let service = Service::new(Wire::default(), capabilities.clone());
    let machine = Machine::new(Server { service }, capabilities.clone());
    let client = ConsoleClient::new(machine.client(1));
    Bench {
        machine,
        capabilities,
        client,
    }
}

impl Bench {
    fn line<R>(&self, f: impl FnOnce(&mut Wire) -> R) -> R {
        f(&mut self.machine.server().service.line)
    }

    fn arrive(&self, bytes: impl IntoIterator<Item = u8>) {
        self.line(|line| line.from_host.extend(bytes));
        self.machine.server().service.interrupted();
    }
}

#[test]
fn input_is_announced_and_read_up_to_its_end() {
    let bench = bench();
    let client = &bench.client;
    let mut buffer = [0; 4];
    assert_eq!(
        client.read_into(&mut buffer),
        Err(CallError::Refused(Error::NotReader))
    );
    client.subscribe(NOTIFICATION).unwrap();
    bench.arrive(frame::input(b"ab\x10cd"));
    assert_eq!(bench.capabilities.signals(), [1]);
    assert_eq!(
        client.read_into(&mut buffer),
        Ok(Taken {
            length: 4,
            more: true,
            end: false
        })
    );
    assert_eq!(&buffer, b"ab\x10c");
    bench.arrive(frame::end_of_input());
    assert_eq!(
        client.read_into(&mut buffer),
        Ok(Taken {
            length: 1,
            more: false,
            end: true
        })
    );
    assert_eq!(
        client.read_into(&mut buffer),
        Ok(Taken {
            length: 0,
            more: false,
            end: true
        })
    );
    assert_eq!(bench.capabilities.signals(), [2]);
}

#[test]
fn what_came_before_the_reader_is_announced_when_it_subscribes() {
    let bench = bench();
    bench.arrive(*b"x");
    bench.client.subscribe(NOTIFICATION).unwrap();
    assert_eq!(bench.capabilities.signals(), [1]);
}

#[test]
fn the_window_size_is_news() {
    let bench = bench();
    let client = &bench.client;
    client.subscribe(NOTIFICATION).unwrap();
    assert_eq!(client.window_size(), Ok(None));
    bench.arrive(frame::window_size(24, 80));
    assert_eq!(bench.capabilities.signals(), [1]);
    assert_eq!(
        client.window_size(),
        Ok(Some(WindowSize {
            rows: 24,
            columns: 80
        }))
    );
}

#[test]
fn a_full_ring_holds_the_device_back_until_it_is_read() {
    let bench = bench();
    let client = &bench.client;
    client.subscribe(NOTIFICATION).unwrap();
    bench.arrive(core::iter::repeat_n(b'z', INPUT_BYTES + 10));
    assert_eq!(bench.line(|line| line.from_host.len()), 10);
    assert_eq!(bench.line(|line| line.acknowledged), 0);
    assert_eq!(
        client.read_into(&mut [0; 100]).map(|input| input.length),
        Ok(100)
    );
    assert_eq!(bench.line(|line| line.from_host.len()), 0);
    assert_eq!(bench.line(|line| line.acknowledged), 1);
    let mut rest = 0;
    while let Ok(Taken { length: 1.., .. }) = client
        .read_into(&mut [0; 900])
        .inspect(|input| rest += input.length)
    {}
    assert_eq!(rest, INPUT_BYTES - 90);
}

#[test]
fn bytes_that_come_with_the_acknowledgement_are_not_lost() {
    let bench = bench();
    let client = &bench.client;
    client.subscribe(NOTIFICATION).unwrap();
    bench.line(|line| line.late = b"late".to_vec());
    bench.arrive(*b"");
    assert_eq!(bench.capabilities.signals(), [1]);
    assert_eq!(
        client.read_into(&mut [0; 9]).map(|input| input.length),
        Ok(4)
    );
}

#[test]
fn the_reader_can_replace_its_notification_and_nobody_else_can() {
    let bench = bench();
    let other = ConsoleClient::new(bench.machine.client(2));
    bench.client.subscribe(NOTIFICATION).unwrap();
    let refused = Err(CallError::Refused(Error::NotReader));
    assert_eq!(other.subscribe(NOTIFICATION), refused);
    bench.arrive(*b"x");
    assert_eq!(bench.capabilities.signals(), [1]);
    // The first one is forgotten; the second learns of what waits.
    bench.client.subscribe(NOTIFICATION).unwrap();
    assert_eq!(bench.capabilities.signals(), [1]);
    assert!(other.read_into(&mut [0; 9]).is_err());
    assert!(bench.client.read_into(&mut [0; 9]).is_ok());
    bench.capabilities.limit_slots(0);
    let no_slot = Err(CallError::Refused(Error::NoSlot));
    assert_eq!(bench.client.subscribe(NOTIFICATION), no_slot);
}

fn entry(number: u16) -> Entry {
    let amount = Amount {
        bytes: 0x1010_1010,
        slots: u32::from(number),
    };
    Entry {
        number,
        name: Name::new("a\x10b"),
        depth: 1,
        limit: Amount::MAX,
        guaranteed: Amount::ZERO,
        used: amount,
        own: amount,
        left: amount,
        children: 0,
        processes: 16,
        age: 1 << 40,
    }
}

/// The containers that were sent, and how often the end was told.
fn sent(wire: &mut Wire) -> (Vec<Entry>, u32) {
    let mut decoder = GuestDecoder::new();
    let (mut entries, mut ends, mut bytes) = (Vec::new(), 0, Vec::new());
    for byte in wire.to_host.drain(..) {
        match decoder.take(byte) {
            None => {}
            Some(FromGuest::ContainerByte(byte)) => bytes.push(byte),
            Some(FromGuest::ContainerEnd) if bytes.is_empty() => ends += 1,
            Some(FromGuest::ContainerEnd) => {
                entries.push(croft_ipc::decode(&bytes).unwrap());
                bytes.clear();
            }
            Some(other) => panic!("{other:?}"),
        }
    }
    (entries, ends)
}

#[test]
fn the_host_is_told_the_containers_when_it_asks() {
    let bench = bench();
    let all = [entry(0), entry(7), entry(0x1010)];
    let inspect = || {
        let mut server = bench.machine.server();
        server.service.inspect(|each| all.iter().for_each(each));
        sent(&mut server.service.line)
    };
    assert_eq!(inspect(), (vec![], 0));
    bench.arrive(frame::inspect());
    assert_eq!(inspect(), (all.to_vec(), 1));
    // Once for each time.
    assert_eq!(inspect(), (vec![], 0));
    // It is no input.
    bench.client.subscribe(NOTIFICATION).unwrap();
    assert_eq!(
        bench
            .client
            .read_into(&mut [0; 9])
            .map(|input| input.length),
        Ok(0)
    );
}

#[test]
fn input_that_nobody_took_does_not_hold_up_the_host_after_the_end() {
    let bench = bench();
    bench.arrive(core::iter::repeat_n(b'z', INPUT_BYTES));
    bench.arrive(core::iter::repeat_n(b'z', INPUT_BYTES).chain(frame::inspect()));
    assert!(bench.line(|line| !line.from_host.is_empty()));
    bench.client.finish(0).unwrap();
    assert!(bench.line(|line| line.from_host.is_empty()));
    bench.line(|line| line.to_host.clear());
    let mut server = bench.machine.server();
    server.service.inspect(|each| each(&entry(3)));
    assert_eq!(sent(&mut server.service.line), (vec![entry(3)], 1));
}

proptest! {
    /// What is written on the channels is what the host decodes, and nothing that is written forges a frame.
    #[test]
    fn the_host_gets_what_was_written(
        writes in prop::collection::vec((0u8..3, prop::collection::vec(prop_oneof![Just(0x10u8), any::<u8>()], 0..2000)), 0..6),
        status: u8,
    ) {
        let bench = bench();
        let client = &bench.client;
        let (mut output, mut error, mut lines) = (vec![], vec![], vec![]);
        for (channel, bytes) in &writes {
            match channel {
                0 => {
                    client.write_all(Channel::Output, bytes).unwrap();
                    output.extend_from_slice(bytes);
                }
                1 => {
                    client.write_all(Channel::ErrorOutput, bytes).unwrap();
                    error.extend_from_slice(bytes);
                }
                _ => {
                    let text = String::from_utf8_lossy(bytes);
                    let text = &text[..text.floor_char_boundary(LINE_MAX)];
                    LogClient::new(bench.machine.client(3)).line(Level::Warning, text).unwrap();
                    lines.extend_from_slice(text.as_bytes());
                }
            }
        }
        client.finish(status).unwrap();

        let mut decoder = GuestDecoder::new();
        let (mut got_output, mut got_error, mut got_log, mut got_status) = (vec![], vec![], vec![], None);
        for byte in bench.line(|line| line.to_host.clone()) {
            match decoder.take(byte) {
                Some(FromGuest::Output(byte)) => got_output.push(byte),
                Some(FromGuest::Error(byte)) => got_error.push(byte),
                Some(FromGuest::LogByte(byte)) => got_log.push(byte),
                Some(FromGuest::Exit(status)) => got_status = Some(status),
                Some(FromGuest::Malformed) => prop_assert!(false, "malformed"),
                _ => {}
            }
        }
        prop_assert_eq!((got_output, got_error, got_log, got_status), (output, error, lines, Some(status)));
    }
}
