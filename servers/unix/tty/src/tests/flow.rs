// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;

#[test]
fn stopping_and_starting_output() {
    let mut t = Terminal::new();
    t.write(b"seen later").unwrap();
    assert_eq!(t.type_in("\x13ab"), "");
    assert_eq!(t.write(b"more"), Ok(0));
    assert!(!t.readiness().writable && !t.is_drained());
    assert_eq!(t.type_in("\x11"), "seen laterab");
    assert!(t.readiness().writable && t.is_drained());
    set(&mut t, |t| t.input |= linux::IXANY);
    t.type_in("\x13");
    assert_eq!(t.type_in("x"), "x");
    t.type_in("\x13");
    assert_eq!(t.type_in("\x03"), "^C", "an interrupt starts it, too");
    t.type_in("\x13");
    set(&mut t, |t| t.input &= !linux::IXON);
    assert_eq!(t.type_in("\x13\x11"), "^S^Q");
}

#[test]
fn stopping_by_a_program() {
    let mut t = Terminal::new();
    t.flow(FlowAction::StopOutput);
    assert_eq!(t.type_in("a\x11"), "", "VSTART does not help");
    t.flow(FlowAction::SendStop);
    assert_eq!(t.shown(), r"\x13");
    t.flow(FlowAction::StartOutput);
    assert_eq!(t.shown(), "a");
    t.flow(FlowAction::SendStart);
    assert_eq!(t.output_queued(), 1);
    assert_eq!(t.shown(), r"\x11");
    t.type_in("\x13");
    t.flow(FlowAction::StartOutput);
    assert_eq!(t.type_in("a"), "", "stopped by the user, not by TCOOFF");
    set(&mut t, |t| t.characters[linux::VSTOP as usize] = 0);
    t.flow(FlowAction::SendStop);
    assert_eq!(t.shown(), "");
}

#[test]
fn asking_the_other_side_to_pause() {
    let mut t = with(|t| {
        t.local = 0;
        t.input = linux::IXOFF;
    });
    assert_eq!(t.type_in(vec![b'x'; 3900]), "");
    assert_eq!(t.type_in(vec![b'x'; 100]), r"\x13");
    assert_eq!(t.type_in("y"), "");
    t.read_now(3000);
    assert_eq!(t.shown(), "");
    t.read_now(1000);
    assert_eq!(t.shown(), r"\x11");
}

#[test]
fn echo_that_a_signal_flushes_is_in_no_column() {
    let mut t = with(|t| t.output |= linux::XTABS);
    assert_eq!(t.type_in("ab\x03\t"), "^C      ");
    assert_eq!(t.type_in("\r"), r"\r\n");
    assert_eq!(t.type_in("ab"), "ab");
    assert_eq!(t.type_in("\x03\t"), "^C    ", "that was seen before");
}

#[test]
fn columns() {
    let mut t = with(|t| t.output |= linux::XTABS);
    t.write(b"ab\tc\x08\td\re\tf\ng\t").unwrap();
    assert_eq!(t.shown(), r"ab      c\x08        d\re       f\r\ng       ");
    let mut t = with(|t| t.output = linux::OPOST | linux::ONOCR | linux::OCRNL | linux::OLCUC);
    t.write(b"\rab\rc\n").unwrap();
    assert_eq!(t.shown(), r"AB\nC\n");
    let mut t = with(|t| t.output = 0);
    t.write(b"a\tb\n").unwrap();
    assert_eq!(t.shown(), r"a\tb\n");
}

#[test]
fn writers_wait_and_echo_still_has_room() {
    let mut t = Terminal::new();
    let text = b"0123456789abcde\n".repeat(1000);
    let first = t.write(&text).unwrap();
    assert!(first > 3000 && first < text.len());
    assert_eq!(t.write(&text[first..]), Ok(0));
    assert!(!t.readiness().writable);
    t.input(b"typed", 0);
    let shown = t.shown();
    assert!(shown.ends_with("typed"));
    assert!(t.readiness().writable);
    t.write(&text[first..]).unwrap();
    t.input(&[b'x'; 4000], 0);
    t.input(&[b'y'; 4000], 0);
    assert_eq!(
        t.output_queued(),
        OUTPUT_SIZE,
        "more echo than that is lost"
    );
}
