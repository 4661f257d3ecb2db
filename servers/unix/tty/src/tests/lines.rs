// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;

#[test]
fn a_line_is_read_when_it_is_complete() {
    let mut t = Terminal::new();
    assert_eq!(t.type_in("ab"), "ab");
    assert_eq!((t.reads(10), t.readiness().readable), (None, false));
    assert_eq!(t.type_in("\rcd\n"), r"\r\ncd\r\n");
    assert_eq!(t.input_available(), 6);
    assert_eq!(t.reads(2).unwrap(), "ab");
    assert_eq!(t.reads(10).unwrap(), r"\n");
    assert_eq!(t.reads(10).unwrap(), r"cd\n");
    assert_eq!(t.reads(10), None);
}

#[test]
fn end_of_file() {
    let mut t = Terminal::new();
    assert_eq!(t.type_in("\x04"), "");
    assert_eq!(t.input_available(), 0);
    assert!(t.readiness().readable);
    assert_eq!(t.reads(10).unwrap(), "");
    assert_eq!(t.reads(10), None);
    t.type_in("abc\x04\x04");
    assert_eq!(t.reads(10).unwrap(), "abc");
    assert_eq!(t.reads(10).unwrap(), "");
    t.type_in("abc\x04");
    assert_eq!(t.reads(3).unwrap(), "abc");
    assert_eq!(
        t.reads(10),
        None,
        "the end of file went with the last byte that fitted"
    );
}

#[test]
fn other_ends_of_line() {
    let mut t = with(|t| {
        t.characters[linux::VEOL as usize] = b'.';
        t.characters[linux::VEOL2 as usize] = b'!';
    });
    assert_eq!(t.type_in("a.b!"), "a.b!");
    assert_eq!(t.reads(10).unwrap(), "a.");
    assert_eq!(t.reads(10).unwrap(), "b!");
    set(&mut t, |t| t.local &= !linux::IEXTEN);
    t.type_in("b!");
    assert_eq!(t.reads(10), None);
}

#[test]
fn taking_back() {
    let mut t = Terminal::new();
    assert_eq!(t.type_in("ab\x7f"), r"ab\x08 \x08");
    assert_eq!(t.type_in("\x7f\x7f"), r"\x08 \x08");
    assert_eq!(t.type_in("\x01\x7f"), r"^A\x08 \x08\x08 \x08");
    t.type_in("one two_2  ");
    assert_eq!(t.type_in("\x17"), r"\x08 \x08".repeat(7));
    assert_eq!(t.type_in("\x15"), r"\x08 \x08".repeat(4));
    t.type_in("x\n");
    assert_eq!(t.reads(10).unwrap(), r"x\n");
    assert_eq!(
        t.type_in("\x7f\x15\x17"),
        "",
        "a line that was sent is out of reach"
    );
}

#[test]
fn taking_tabs_back() {
    let mut t = Terminal::new();
    t.write(b"prompt> ").unwrap();
    t.shown();
    t.type_in("ab\t");
    assert_eq!(t.type_in("\x7f"), r"\x08".repeat(6));
    t.type_in("\t\t");
    assert_eq!(t.type_in("\x7f"), r"\x08".repeat(8));
    assert_eq!(t.type_in("\x7f"), r"\x08".repeat(6));
}

#[test]
fn characters_of_several_bytes() {
    let mut t = with(|t| t.input |= linux::IUTF8);
    t.type_in("aé€");
    assert_eq!(t.type_in("\x7f"), r"\x08 \x08");
    t.type_in("\n");
    assert_eq!(t.read_now(10).unwrap(), "aé\n".as_bytes());
    t.type_in([0xa9, 0x7f]);
    t.type_in("\n");
    assert_eq!(
        t.read_now(10).unwrap(),
        [0xa9, b'\n'],
        "half a character stays"
    );
    let mut bytes = Terminal::new();
    bytes.type_in("é\x7f\n");
    assert_eq!(bytes.read_now(10).unwrap(), [0xc3, b'\n']);
}

#[test]
fn paper_and_plain_terminals() {
    let mut t = with(|t| t.local |= linux::ECHOPRT);
    assert_eq!(t.type_in("abc\x7f\x7fd"), r"abc\\cb/d");
    assert_eq!(t.type_in("\x15"), r"\\da/");
    let mut t = with(|t| t.local &= !linux::ECHOE);
    assert_eq!(t.type_in("ab\x7f"), "ab^?");
    assert_eq!(t.type_in("\x15"), r"^U\r\n");
    set(&mut t, |t| t.local &= !linux::ECHOK);
    assert_eq!(t.type_in("ab\x15"), "ab^U");
    let mut t = with(|t| t.local &= !linux::ECHO);
    assert_eq!(t.type_in("ab\x7fc\x15d\n"), "");
    assert_eq!(t.reads(9).unwrap(), r"d\n");
    set(&mut t, |t| t.local |= linux::ECHONL);
    assert_eq!(t.type_in("ab\n"), r"\r\n");
}

#[test]
fn literally() {
    let mut t = Terminal::new();
    assert_eq!(t.type_in("\x16"), r"^\x08");
    assert_eq!(t.type_in("\x03"), "^C");
    assert_eq!(t.type_in("\x16\x04\x16\n"), r"^\x08^D^\x08^J");
    assert_eq!(t.reads(9), None);
    t.type_in("\n");
    assert_eq!(t.reads(9).unwrap(), r"\x03\x04\n\n");
}

#[test]
fn typed_again() {
    let mut t = Terminal::new();
    t.type_in("ab\x16\x01");
    assert_eq!(t.type_in("\x12"), r"^R\r\nab^A");
}

#[test]
fn signals() {
    let mut t = Terminal::new();
    t.type_in("lost");
    for (byte, shown) in [(3, "^C"), (0x1c, r"^\\"), (0x1a, "^Z")] {
        t.write(b"lost too").unwrap();
        let signals = t.input(&[byte], 0).signals;
        assert_eq!(
            (signals.interrupt, signals.quit, signals.suspend),
            (byte == 3, byte == 0x1c, byte == 0x1a)
        );
        assert!(signals.any());
        assert_eq!(t.shown(), shown);
    }
    t.type_in("x\n");
    assert_eq!(t.reads(9).unwrap(), r"x\n");
    set(&mut t, |t| t.local |= linux::NOFLSH);
    assert_eq!(t.type_in("a\x03b\n"), r"a^Cb\r\n");
    assert_eq!(t.reads(9).unwrap(), r"ab\n");
    set(&mut t, |t| t.local &= !linux::ISIG);
    let taken = t.input(b"\x03\n", 0);
    assert!(!taken.signals.any());
    assert_eq!(t.reads(9).unwrap(), r"\x03\n");
}

#[test]
fn breaks() {
    let mut t = Terminal::new();
    assert!(!t.input_break(0).any());
    t.type_in("\n");
    assert_eq!(t.reads(9).unwrap(), r"\x00\n");
    set(&mut t, |t| t.input |= linux::PARMRK);
    t.input_break(0);
    t.type_in([0xff, b'\n']);
    assert_eq!(t.reads(9).unwrap(), r"\xff\x00\x00\xff\xff\n");
    set(&mut t, |t| t.input |= linux::BRKINT);
    assert!(t.input_break(0).interrupt);
    set(&mut t, |t| t.input |= linux::IGNBRK);
    assert!(!t.input_break(0).any());
    assert_eq!(t.reads(9), None);
}

#[test]
fn a_line_that_is_too_long_can_still_be_ended() {
    let mut t = with(|t| t.local &= !linux::ECHO);
    t.type_in(vec![b'x'; 5000]);
    assert_eq!(t.reads(9), None);
    t.type_in("\n");
    let line = t.read_now(10_000).unwrap();
    assert_eq!((line.len(), line.last()), (INPUT_SIZE, Some(&b'\n')));
    assert_eq!(t.read_now(10_000), None);
}

#[test]
fn no_room_for_more_lines_until_one_is_read() {
    let mut t = with(|t| t.local &= !linux::ECHO);
    let lines = b"0123456\n".repeat(1000);
    let taken = t.input(&lines, 0).taken;
    assert_eq!(taken, INPUT_SIZE - 1);
    assert_eq!(t.input(b"\x03", 0).taken, 0);
    assert_eq!(t.reads(100).unwrap(), r"0123456\n");
    assert_eq!(t.input(&lines[taken..], 0).taken, 8);
}

#[test]
fn translation() {
    let mut t = with(|t| t.input = linux::INLCR | linux::ISTRIP | linux::IUCLC);
    t.type_in([b'A', 0xc2, b'\n', b'\r', 4]);
    assert_eq!(t.reads(9).unwrap(), r"ab\r\r");
    let mut t = with(|t| t.input = linux::IGNCR);
    t.type_in("a\rb\n");
    assert_eq!(t.reads(9).unwrap(), r"ab\n");
}
