// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whatever is typed under whatever settings: no panic, no queue beyond its bounds, nothing that
//! was typed in raw mode is lost.
use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Input(Vec<u8>),
    Break,
    Write(Vec<u8>),
    Take(usize),
    Read(usize, bool),
    Set([u32; 3], [u8; 19], u8),
    Flush(u8),
    Flow(u8),
    HangUp,
    Reopen,
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let interesting = prop::sample::select(
        b"\x00\x03\x04\x07\x08\t\n\r\x11\x12\x13\x15\x16\x17\x1a\x1c\x7f\xff a_\xc3\xa9".to_vec(),
    );
    prop_oneof![
        4 => prop::collection::vec(prop_oneof![interesting, any::<u8>()], 0..40),
        1 => (any::<u8>(), 0..9000usize).prop_map(|(byte, count)| vec![byte; count]),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => bytes().prop_map(Step::Input),
        1 => Just(Step::Break),
        2 => bytes().prop_map(Step::Write),
        2 => (0..10_000usize).prop_map(Step::Take),
        4 => (0..10_000usize, any::<bool>()).prop_map(|(length, at_once)| Step::Read(length, at_once)),
        3 => (any::<[u32; 3]>(), any::<[u8; 19]>(), any::<u8>()).prop_map(|(flags, cc, when)| Step::Set(flags, cc, when)),
        1 => any::<u8>().prop_map(Step::Flush),
        1 => any::<u8>().prop_map(Step::Flow),
        1 => Just(Step::HangUp),
        2 => Just(Step::Reopen),
    ]
}

fn apply(t: &mut Terminal, step: Step, now: u64) {
    match step {
        Step::Input(bytes) => assert!(t.input(&bytes, now).taken <= bytes.len()),
        Step::Break => drop(t.input_break(now)),
        Step::Write(bytes) => assert!(t.write(&bytes).unwrap_or(0) <= bytes.len()),
        Step::Take(length) => {
            let queued = t.output_queued();
            let taken = t.take_output(&mut vec![0; length]);
            assert!(taken <= length && t.output_queued() == queued - taken);
        }
        Step::Read(length, at_once) => {
            let request = ReadRequest {
                now_ns: now,
                since_ns: now,
                at_once,
            };
            // With VTIME, poll says "readable" although read may still wait for a pause.
            let timed = t.termios().characters[linux::VTIME as usize] > 0
                && t.termios().local & linux::ICANON == 0;
            let ready = t.readiness().readable && length > 0 && !timed;
            let available = t.input_available();
            let mut buffer = vec![0; length];
            match t.read(&mut buffer, &request) {
                ReadOutcome::Bytes(count) => assert!(count <= length && count <= available),
                ReadOutcome::EndOfFile => {}
                ReadOutcome::WouldBlock { deadline_ns } => {
                    assert!(!ready && deadline_ns.is_none_or(|deadline| deadline > now));
                }
            }
        }
        Step::Set([input, output, local], characters, when) => {
            let when =
                [SetWhen::Now, SetWhen::Drained, SetWhen::DrainedFlushed][usize::from(when % 3)];
            let new = Termios {
                input,
                output,
                local,
                characters,
                ..*t.termios()
            };
            t.set_termios(&new, when);
        }
        Step::Flush(queue) => {
            if let Some(queue) = Queue::of_argument(u64::from(queue % 4)) {
                t.flush(queue);
            }
        }
        Step::Flow(action) => {
            if let Some(action) = FlowAction::of_argument(u64::from(action % 5)) {
                t.flow(action);
            }
        }
        Step::HangUp => t.hang_up(),
        Step::Reopen => t.reopen(),
    }
}

proptest! {
    #[test]
    fn nothing_breaks_it(steps in prop::collection::vec(step(), 1..60)) {
        let mut t = Terminal::new();
        for (now, step) in steps.into_iter().enumerate() {
            apply(&mut t, step, now as u64);
            prop_assert!(t.output_queued() <= OUTPUT_SIZE + 1);
            prop_assert!(t.input_available() <= INPUT_SIZE);
        }
    }

    #[test]
    fn raw_bytes_come_through(bytes in prop::collection::vec(any::<u8>(), 0..9000), chunk in 1..700usize) {
        let mut t = raw(1, 0);
        let (mut given, mut got) = (0, vec![]);
        while got.len() < bytes.len() {
            given += t.input(&bytes[given..], 0).taken;
            got.extend(t.read_now(chunk).unwrap());
        }
        prop_assert_eq!(got, bytes);
        prop_assert_eq!(t.read_now(1), None);
    }
}
