// SPDX-License-Identifier: MIT OR Apache-2.0
//! Round trips of whole conversations, the exact bytes, and recovery from garbage.
use proptest::prelude::*;

use crate::*;

fn from_guest(bytes: &[u8]) -> Vec<FromGuest> {
    let mut decoder = GuestDecoder::new();
    bytes
        .iter()
        .filter_map(|byte| decoder.take(*byte))
        .collect()
}

fn from_host(bytes: &[u8]) -> Vec<FromHost> {
    let mut decoder = HostDecoder::new();
    bytes
        .iter()
        .filter_map(|byte| decoder.take(*byte))
        .collect()
}

#[test]
fn the_bytes_on_the_line() {
    let bytes = |encoded: Encoded<'_>| encoded.collect::<Vec<_>>();
    assert_eq!(bytes(output(b"a\x10b")), b"a\x10\x10b");
    assert_eq!(bytes(error(b"a\x10")), b"\x10Ea\x10\x10\x10.");
    assert_eq!(bytes(error(b"")), b"");
    assert_eq!(bytes(log(Level::Warning, b"late")), b"\x10Lwlate\x10.");
    assert_eq!(bytes(log(Level::Error, b"")), b"\x10Le\x10.");
    assert_eq!(bytes(trace(b"t\x10")), b"\x10Tt\x10\x10\x10.");
    assert_eq!(bytes(trace_request()), b"\x10T");
    assert_eq!(from_host(b"\x10T"), [FromHost::Trace]);
    assert_eq!(bytes(exit(0)), b"\x10X0\x10.");
    assert_eq!(bytes(exit(255)), b"\x10X255\x10.");
    assert_eq!(bytes(input(b"\x10")), b"\x10\x10");
    assert_eq!(bytes(end_of_input()), b"\x10D");
    assert_eq!(bytes(ready()), b"\x10R");
    assert_eq!(from_guest(b"\x10R"), [FromGuest::Ready]);
    assert_eq!(bytes(container(b"a\x10")), b"\x10Ca\x10\x10\x10.");
    assert_eq!(bytes(container(b"")), b"\x10C\x10.");
    assert_eq!(from_guest(b"\x10C\x10."), [FromGuest::ContainerEnd]);
    assert_eq!(bytes(inspect()), b"\x10C");
    assert_eq!(
        from_host(b"a\x10Cb"),
        [b'a', 0, b'b'].map(|byte| match byte {
            0 => FromHost::Inspect,
            byte => FromHost::Input(byte),
        })
    );
    assert_eq!(bytes(window_size(24, 65535)), b"\x10W24,65535\x10.");
}

#[test]
fn long_content_is_split() {
    let text = vec![DLE; MAX_CONTENT * 2 + 1];
    let line: Vec<u8> = error(&text).collect();
    assert_eq!(line.windows(2).filter(|pair| pair == b"\x10E").count(), 3);
    let decoded = from_guest(&line);
    assert_eq!(decoded, vec![FromGuest::Error(DLE); text.len()]);
}

#[test]
fn broken_frames_end() {
    use FromGuest::*;
    assert_eq!(from_guest(b"\x10?a"), [Malformed, Output(b'a')]);
    assert_eq!(from_guest(b"\x10.a"), [Malformed, Output(b'a')]);
    assert_eq!(from_guest(b"\x10X\x10."), [Malformed]);
    assert_eq!(from_guest(b"\x10X256\x10."), [Malformed]);
    assert_eq!(from_guest(b"\x10X1x"), [Malformed]);
    // A log line that lost its end gives way to the next frame.
    let log = [
        LogStart(Level::Information),
        LogByte(b'a'),
        Malformed,
        Exit(7),
    ];
    assert_eq!(from_guest(b"\x10Lia\x10X7\x10."), log);
    // A frame without an end does not swallow everything.
    let mut line = b"\x10E".to_vec();
    line.resize(3 * MAX_CONTENT, b'z');
    let decoded = from_guest(&line);
    assert!(decoded.contains(&Malformed));
    assert_eq!(decoded.last(), Some(&Output(b'z')));

    assert_eq!(
        from_host(b"\x10W,3\x10.a").first(),
        Some(&FromHost::Malformed)
    );
    assert_eq!(
        from_host(b"\x10W1,99999\x10.").first(),
        Some(&FromHost::Malformed)
    );
    assert_eq!(
        from_host(b"\x10W1\x10.a"),
        [FromHost::Malformed, FromHost::Input(b'a')]
    );
    assert_eq!(from_host(b"\x10W1,\x10."), [FromHost::Malformed]);
    assert_eq!(from_host(b"\x10W1,\x10D"), [FromHost::EndOfInput]);
}

/// One thing that a guest sends.
#[derive(Clone, Debug)]
enum Message {
    Output(Vec<u8>),
    Error(Vec<u8>),
    Log(Level, Vec<u8>),
    Container(Vec<u8>),
    Trace(Vec<u8>),
    Exit(u8),
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    // DLE and the frames' letters often, so that every confusion is tried.
    let byte = prop_oneof![
        Just(DLE),
        Just(b'.'),
        Just(b'X'),
        Just(b'L'),
        Just(b'C'),
        Just(b'T'),
        any::<u8>()
    ];
    prop::collection::vec(byte, 0..40)
}

fn message() -> impl Strategy<Value = Message> {
    let level = prop_oneof![
        Just(Level::Debug),
        Just(Level::Information),
        Just(Level::Warning),
        Just(Level::Error)
    ];
    prop_oneof![
        bytes().prop_map(Message::Output),
        bytes().prop_map(Message::Error),
        (level, bytes()).prop_map(|(level, text)| Message::Log(level, text)),
        bytes().prop_map(Message::Container),
        bytes().prop_map(Message::Trace),
        any::<u8>().prop_map(Message::Exit),
    ]
}

proptest! {
    #[test]
    fn a_guests_messages_arrive(messages in prop::collection::vec(message(), 0..20)) {
        let mut line = Vec::new();
        let mut expected = Vec::new();
        for message in &messages {
            match message {
                Message::Output(bytes) => {
                    line.extend(output(bytes));
                    expected.extend(bytes.iter().map(|byte| FromGuest::Output(*byte)));
                }
                Message::Error(bytes) => {
                    line.extend(error(bytes));
                    expected.extend(bytes.iter().map(|byte| FromGuest::Error(*byte)));
                }
                Message::Log(level, bytes) => {
                    line.extend(log(*level, bytes));
                    expected.push(FromGuest::LogStart(*level));
                    expected.extend(bytes.iter().map(|byte| FromGuest::LogByte(*byte)));
                    expected.push(FromGuest::LogEnd);
                }
                Message::Container(bytes) => {
                    line.extend(container(bytes));
                    expected.extend(bytes.iter().map(|byte| FromGuest::ContainerByte(*byte)));
                    expected.push(FromGuest::ContainerEnd);
                }
                Message::Trace(bytes) => {
                    line.extend(trace(bytes));
                    expected.extend(bytes.iter().map(|byte| FromGuest::TraceByte(*byte)));
                    expected.push(FromGuest::TraceEnd);
                }
                Message::Exit(status) => {
                    line.extend(exit(*status));
                    expected.push(FromGuest::Exit(*status));
                }
            }
        }
        prop_assert_eq!(from_guest(&line), expected);
    }

    #[test]
    fn a_program_cannot_forge_a_frame(bytes in bytes()) {
        let decoded = from_guest(&output(&bytes).collect::<Vec<_>>());
        prop_assert!(decoded.iter().all(|event| matches!(event, FromGuest::Output(_))));
        let decoded = from_guest(&error(&bytes).collect::<Vec<_>>());
        prop_assert!(decoded.iter().all(|event| matches!(event, FromGuest::Error(_))));
    }

    #[test]
    fn a_hosts_messages_arrive(bytes in bytes(), rows: u16, columns: u16) {
        let mut line: Vec<u8> = window_size(rows, columns).collect();
        line.extend(input(&bytes));
        line.extend(end_of_input());
        let mut expected = vec![FromHost::WindowSize { rows, columns }];
        expected.extend(bytes.iter().map(|byte| FromHost::Input(*byte)));
        expected.push(FromHost::EndOfInput);
        prop_assert_eq!(from_host(&line), expected);
    }

    #[test]
    fn garbage_is_survived(garbage in prop::collection::vec(any::<u8>(), 0..3000), status: u8) {
        let mut decoder = GuestDecoder::new();
        for byte in &garbage {
            let _ = decoder.take(*byte);
        }
        // However the garbage ended: the end of a run is recognised, at the latest the second time.
        let line: Vec<u8> = exit(status).chain(exit(status)).collect();
        let events: Vec<_> = line.iter().filter_map(|byte| decoder.take(*byte)).collect();
        prop_assert!(events.contains(&FromGuest::Exit(status)));

        let mut decoder = HostDecoder::new();
        for byte in &garbage {
            let _ = decoder.take(*byte);
        }
        let line: Vec<u8> = end_of_input().chain(end_of_input()).collect();
        let events: Vec<_> = line.iter().filter_map(|byte| decoder.take(*byte)).collect();
        prop_assert!(events.contains(&FromHost::EndOfInput));
    }
}
