// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use crate::LogService;
use crate::{ConsoleClient, INPUT_BYTES, Input, WindowSize};
use croft_console_frame::{FromGuest, GuestDecoder};
use croft_ipc::log;
use croft_ipc::{CallError, CapabilityAddress, Loopback};
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

#[derive(Default)]
struct Reader {
    kept: u32,
    signalled: Vec<u32>,
    forgotten: Vec<u32>,
}

impl Subscribers for Reader {
    type Notification = u32;
    fn keep_received(&mut self) -> Option<u32> {
        self.kept += 1;
        Some(self.kept)
    }
    fn forget(&mut self, notification: u32) {
        self.forgotten.push(notification);
    }
    fn signal(&mut self, notification: u32) {
        self.signalled.push(notification);
    }
}

type Server = Loopback<Service<Wire, Reader>>;

const NOTIFICATION: CapabilityAddress = CapabilityAddress(1);

fn server() -> Server {
    Loopback::with_badge(Service::new(Wire::default(), Reader::default()), 1)
}

fn arrive(server: &Server, bytes: impl IntoIterator<Item = u8>) {
    server.handler().line.from_host.extend(bytes);
    server.handler().interrupted();
}

#[test]
fn input_is_announced_and_read_up_to_its_end() {
    let server = server();
    let client = ConsoleClient::new(&server);
    let mut buffer = [0; 4];
    assert_eq!(
        client.read(&mut buffer),
        Err(CallError::Refused(Error::NotReader))
    );
    client.subscribe(NOTIFICATION).unwrap();
    arrive(&server, frame::input(b"ab\x10cd"));
    assert_eq!(server.handler().subscribers.signalled, [1]);
    assert_eq!(
        client.read(&mut buffer),
        Ok(Input {
            length: 4,
            more: true,
            end: false
        })
    );
    assert_eq!(&buffer, b"ab\x10c");
    arrive(&server, frame::end_of_input());
    assert_eq!(
        client.read(&mut buffer),
        Ok(Input {
            length: 1,
            more: false,
            end: true
        })
    );
    assert_eq!(
        client.read(&mut buffer),
        Ok(Input {
            length: 0,
            more: false,
            end: true
        })
    );
    assert_eq!(server.handler().subscribers.signalled, [1, 1]);
}

#[test]
fn what_came_before_the_reader_is_announced_when_it_subscribes() {
    let server = server();
    arrive(&server, *b"x");
    ConsoleClient::new(&server).subscribe(NOTIFICATION).unwrap();
    assert_eq!(server.handler().subscribers.signalled, [1]);
}

#[test]
fn the_window_size_is_news() {
    let server = server();
    let client = ConsoleClient::new(&server);
    client.subscribe(NOTIFICATION).unwrap();
    assert_eq!(client.window_size(), Ok(None));
    arrive(&server, frame::window_size(24, 80));
    assert_eq!(server.handler().subscribers.signalled, [1]);
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
    let server = server();
    let client = ConsoleClient::new(&server);
    client.subscribe(NOTIFICATION).unwrap();
    arrive(&server, core::iter::repeat_n(b'z', INPUT_BYTES + 10));
    assert_eq!(server.handler().line.from_host.len(), 10);
    assert_eq!(server.handler().line.acknowledged, 0);
    assert_eq!(
        client.read(&mut [0; 100]).map(|input| input.length),
        Ok(100)
    );
    assert_eq!(server.handler().line.from_host.len(), 0);
    assert_eq!(server.handler().line.acknowledged, 1);
    let mut rest = 0;
    while let Ok(Input { length: 1.., .. }) = client
        .read(&mut [0; 900])
        .inspect(|input| rest += input.length)
    {}
    assert_eq!(rest, INPUT_BYTES - 90);
}

#[test]
fn bytes_that_come_with_the_acknowledgement_are_not_lost() {
    let server = server();
    let client = ConsoleClient::new(&server);
    client.subscribe(NOTIFICATION).unwrap();
    server.handler().line.late = b"late".to_vec();
    arrive(&server, *b"");
    assert_eq!(server.handler().subscribers.signalled, [1]);
    assert_eq!(client.read(&mut [0; 9]).map(|input| input.length), Ok(4));
}

#[test]
fn the_reader_can_replace_its_notification_and_nobody_else_can() {
    let mut service = Service::new(Wire::default(), Reader::default());
    let call = |badge| Call {
        badge,
        capability: ReceivedCapability::InSlot,
    };
    assert_eq!(service.subscribe(&call(1)), Ok(()));
    assert_eq!(service.subscribe(&call(2)), Err(Error::NotReader));
    assert_eq!(service.subscribe(&call(1)), Ok(()));
    assert_eq!(service.subscribers.forgotten, [1]);
    assert!(service.read(1, 2).is_err());
    assert!(service.read(1, 1).is_ok());
}

proptest! {
    /// What is written on the channels is what the host decodes, and nothing that is written forges a frame.
    #[test]
    fn the_host_gets_what_was_written(
        writes in prop::collection::vec((0u8..3, prop::collection::vec(prop_oneof![Just(0x10u8), any::<u8>()], 0..2000)), 0..6),
        status: u8,
    ) {
        let server = server();
        let client = ConsoleClient::new(&server);
        let (mut output, mut error, mut lines) = (vec![], vec![], vec![]);
        for (channel, bytes) in &writes {
            match channel {
                0 => {
                    client.write(Channel::Output, bytes).unwrap();
                    output.extend_from_slice(bytes);
                }
                1 => {
                    client.write(Channel::ErrorOutput, bytes).unwrap();
                    error.extend_from_slice(bytes);
                }
                _ => {
                    let text = String::from_utf8_lossy(bytes);
                    let text = &text[..text.floor_char_boundary(log::LINE_MAX)];
                    let line = log::Line { level: log::Level::Warning, text };
                    let call = Call { badge: 3, capability: ReceivedCapability::None };
                    LogService(&mut server.handler()).handle(line, &call).unwrap();
                    lines.extend_from_slice(text.as_bytes());
                }
            }
        }
        client.finish(status).unwrap();

        let mut decoder = GuestDecoder::new();
        let (mut got_output, mut got_error, mut got_log, mut got_status) = (vec![], vec![], vec![], None);
        for byte in &server.handler().line.to_host {
            match decoder.take(*byte) {
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
