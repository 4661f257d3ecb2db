// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;

#[test]
fn layouts() {
    assert_eq!(size_of::<linux::ktermios>(), Termios::SIZE2);
    assert_eq!(size_of::<linux::termios>(), Termios::SIZE);
    assert_eq!(size_of::<linux::winsize>(), WindowSize::SIZE);
    let termios = Termios::default();
    let bytes = termios.to_bytes();
    assert_eq!(Termios::from_bytes2(&bytes), termios);
    let mut first = [0; Termios::SIZE];
    first.copy_from_slice(&bytes[..Termios::SIZE]);
    assert_eq!(Termios::default().with_bytes(&first), termios);
    let size = WindowSize {
        rows: 25,
        columns: 0x180,
        x_pixels: 3,
        y_pixels: 4,
    };
    assert_eq!(size.to_bytes(), [25, 0, 0x80, 1, 3, 0, 4, 0]);
    assert_eq!(WindowSize::from_bytes(&size.to_bytes()), size);
}

#[test]
fn speeds() {
    let mut termios = Termios::default();
    let mut first = [0; Termios::SIZE];
    let mut with_control = |control: u32| {
        first.copy_from_slice(&termios.to_bytes()[..Termios::SIZE]);
        first[8..12].copy_from_slice(&control.to_le_bytes());
        termios = termios.with_bytes(&first);
        (termios.input_speed, termios.output_speed)
    };
    assert_eq!(
        with_control(linux::B115200 | linux::CS8),
        (115_200, 115_200)
    );
    assert_eq!(
        with_control(linux::B9600 << linux::IBSHIFT | linux::B300),
        (9600, 300)
    );
    assert_eq!(with_control(linux::BOTHER), (300, 300));
    let mut other = termios;
    other.control = linux::BOTHER | linux::BOTHER << linux::IBSHIFT;
    (other.input_speed, other.output_speed) = (7, 8);
    assert_eq!(Termios::from_bytes2(&other.to_bytes()), other);
}

#[test]
fn arguments_of_ioctls() {
    assert_eq!(
        SetWhen::of_ioctl(ioctl::TCSETSF2),
        Some(SetWhen::DrainedFlushed)
    );
    assert_eq!(SetWhen::of_ioctl(ioctl::TCGETS), None);
    assert_eq!(Queue::of_argument(2), Some(Queue::Both));
    assert_eq!(Queue::of_argument(3), None);
    assert_eq!(Queue::of_argument(1 << 32), None);
    assert_eq!(FlowAction::of_argument(3), Some(FlowAction::SendStart));
    assert_eq!(FlowAction::of_argument(4), None);
}

#[test]
fn what_only_the_foreground_may_do() {
    let mut t = Terminal::new();
    assert_eq!(t.check_for(Use::Read), JobCheck::Ttin);
    assert_eq!(t.check_for(Use::Write), JobCheck::Free);
    assert_eq!(t.check_for(Use::Ioctl(ioctl::TCGETS)), JobCheck::Free);
    assert_eq!(t.check_for(Use::Ioctl(ioctl::TIOCGWINSZ)), JobCheck::Free);
    for request in [
        ioctl::TCSETS,
        ioctl::TCSETSW2,
        ioctl::TCFLSH,
        ioctl::TIOCSPGRP,
    ] {
        assert_eq!(t.check_for(Use::Ioctl(request)), JobCheck::Ttou);
    }
    set(&mut t, |t| t.local |= linux::TOSTOP);
    assert_eq!(t.check_for(Use::Write), JobCheck::Ttou);
}

#[test]
fn the_window() {
    let mut t = Terminal::new();
    let size = WindowSize {
        rows: 24,
        columns: 80,
        ..WindowSize::default()
    };
    assert!(t.set_window_size(size));
    assert!(!t.set_window_size(size));
    assert_eq!(t.window_size(), size);
}
