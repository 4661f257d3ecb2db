// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;

const TENTH: u64 = 100_000_000;

fn blocking(terminal: &mut Terminal, length: usize, since: u64, now: u64) -> ReadOutcome {
    let request = ReadRequest {
        now_ns: now,
        since_ns: since,
        at_once: false,
    };
    terminal.read(&mut vec![0; length], &request)
}

fn until(deadline: u64) -> ReadOutcome {
    ReadOutcome::WouldBlock {
        deadline_ns: Some(deadline),
    }
}

const FOR_EVER: ReadOutcome = ReadOutcome::WouldBlock { deadline_ns: None };

#[test]
fn minimum_without_time() {
    let mut t = raw(3, 0);
    t.input(b"ab", 0);
    assert!(!t.readiness().readable);
    assert_eq!(blocking(&mut t, 10, 0, 9), FOR_EVER);
    assert_eq!(
        blocking(&mut t, 2, 0, 9),
        ReadOutcome::Bytes(2),
        "more would not fit"
    );
    t.input(b"cdef", 0);
    assert!(t.readiness().readable);
    assert_eq!(blocking(&mut t, 10, 0, 9), ReadOutcome::Bytes(4));
    t.input(b"g", 0);
    assert_eq!(
        t.reads(10).unwrap(),
        "g",
        "a signal or O_NONBLOCK: what there is"
    );
    assert_eq!(t.reads(10), None);
}

#[test]
fn time_without_minimum() {
    let mut t = raw(0, 5);
    assert_eq!(blocking(&mut t, 10, 100, 200), until(100 + 5 * TENTH));
    assert_eq!(
        blocking(&mut t, 10, 100, 100 + 5 * TENTH),
        ReadOutcome::EndOfFile
    );
    assert_eq!(t.reads(10), None, "at once it is EAGAIN");
    t.input(b"x", 7);
    assert!(t.readiness().readable);
    assert_eq!(blocking(&mut t, 10, 100, 200), ReadOutcome::Bytes(1));
}

#[test]
fn time_between_bytes() {
    let mut t = raw(3, 2);
    assert_eq!(
        blocking(&mut t, 10, 0, TENTH * 100),
        FOR_EVER,
        "not before the first byte"
    );
    t.input(b"a", TENTH);
    assert_eq!(blocking(&mut t, 10, 0, TENTH), until(3 * TENTH));
    t.input(b"b", 2 * TENTH);
    assert_eq!(blocking(&mut t, 10, 0, 3 * TENTH), until(4 * TENTH));
    assert_eq!(blocking(&mut t, 10, 0, 4 * TENTH), ReadOutcome::Bytes(2));
    t.input(b"c", 5 * TENTH);
    assert_eq!(
        blocking(&mut t, 10, 9 * TENTH, 9 * TENTH),
        until(11 * TENTH)
    );
    t.input(b"de", 9 * TENTH);
    assert_eq!(
        blocking(&mut t, 10, 9 * TENTH, 9 * TENTH),
        ReadOutcome::Bytes(3)
    );
}

#[test]
fn neither() {
    let mut t = raw(0, 0);
    assert_eq!(blocking(&mut t, 10, 5, 5), ReadOutcome::EndOfFile);
    t.input(b"ab", 0);
    assert_eq!(blocking(&mut t, 10, 5, 5), ReadOutcome::Bytes(2));
    assert_eq!(blocking(&mut t, 0, 5, 5), ReadOutcome::EndOfFile);
}

#[test]
fn lines_become_bytes_and_bytes_a_line() {
    let mut t = with(|t| t.local &= !linux::ECHO);
    t.type_in("ab\ncd\x04ef");
    assert_eq!(
        t.input_available(),
        5,
        "lines without their end-of-file marks"
    );
    set(&mut t, |t| t.local &= !linux::ICANON);
    assert_eq!(t.input_available(), 8);
    assert_eq!(t.reads(4).unwrap(), r"ab\nc");
    set(&mut t, |t| t.local |= linux::ICANON);
    assert_eq!(t.reads(100).unwrap(), r"d\x00ef");
    assert_eq!(t.reads(100), None);
    t.type_in("gh");
    set(&mut t, |t| t.local ^= linux::ICANON);
    set(&mut t, |t| t.local ^= linux::ICANON);
    assert_eq!(t.reads(100).unwrap(), "gh");
}

#[test]
fn what_was_typed_ahead_can_be_thrown_away() {
    let mut t = Terminal::new();
    t.type_in("ab\ncd");
    t.flush(Queue::Input);
    assert_eq!(t.reads(9), None);
    t.input(b"\n", 0);
    t.flush(Queue::Output);
    assert_eq!((t.shown(), t.reads(9)), (String::new(), Some(r"\n".into())));
    t.input(b"x\n", 0);
    t.flush(Queue::Both);
    assert_eq!((t.shown(), t.reads(9)), (String::new(), None));
    t.type_in("y\n");
    t.set_termios(&Termios::default(), SetWhen::DrainedFlushed);
    assert_eq!(t.reads(9), None);
}

#[test]
fn hanging_up() {
    let mut t = Terminal::new();
    t.input(b"ab\n", 0);
    t.hang_up();
    let ready = t.readiness();
    assert!(ready.hung_up && ready.readable && ready.writable);
    assert_eq!(t.reads(9).unwrap(), "");
    assert_eq!(t.write(b"x"), Err(unix_abi::Errno::EIO));
    assert_eq!(t.shown(), "");
    assert_eq!(t.input(b"ab", 0).taken, 2);
    assert!(!t.input_break(0).any());
    t.reopen();
    assert_eq!(t.reads(9), None);
    assert_eq!(t.write(b"x"), Ok(1));
}
