// SPDX-License-Identifier: MIT OR Apache-2.0
//! The terminal through system calls: lines, echo, Ctrl-C, job control.
use super::harness::{DATA, Harness};
use unix_abi::linux::ioctl;
use unix_abi::syscalls::Sysno;
use unix_process::Pid;

const INIT: Pid = Pid::INIT;

fn on_terminal() -> Harness {
    Harness::with(4096, [true; 3])
}

fn typed(harness: &mut Harness, bytes: &[u8]) {
    harness.world.machine.input.extend(bytes);
    harness.world.on_console();
}

#[test]
fn a_line_is_echoed_and_read_when_it_is_complete() {
    let mut harness = on_terminal();
    assert_eq!(harness.begin(INIT, Sysno::read, &[0, DATA, 100]), None);
    typed(&mut harness, b"lx\x7fs\n");
    assert_eq!(harness.result(INIT), Some(Ok(3)));
    assert_eq!(harness.peek(INIT, DATA, 3), b"ls\n");
    assert_eq!(harness.world.machine.output, b"lx\x08 \x08s\r\n");
}

#[test]
fn control_c_ends_the_foreground_only() {
    let mut harness = on_terminal();
    let child = harness.fork(INIT);
    harness
        .call(INIT, Sysno::setpgid, &[child.0 as usize, child.0 as usize])
        .unwrap();
    harness.poke(INIT, DATA, &child.0.to_le_bytes());
    harness
        .call(INIT, Sysno::ioctl, &[0, ioctl::TIOCSPGRP as usize, DATA])
        .unwrap();
    typed(&mut harness, b"\x03");
    assert!(!harness.world.is_alive(child));
    assert!(harness.world.is_alive(INIT));
}

#[test]
fn a_background_reader_is_stopped_and_goes_on_in_the_foreground() {
    let mut harness = on_terminal();
    let child = harness.fork(INIT);
    harness
        .call(INIT, Sysno::setpgid, &[child.0 as usize, child.0 as usize])
        .unwrap();
    assert_eq!(harness.begin(child, Sysno::read, &[0, DATA, 10]), None);
    let stat = harness.slurp(INIT, &format!("/proc/{}/stat", child.0));
    assert!(stat.contains(") T "), "{stat}");
    harness.poke(INIT, DATA, &child.0.to_le_bytes());
    harness
        .call(INIT, Sysno::ioctl, &[0, ioctl::TIOCSPGRP as usize, DATA])
        .unwrap();
    harness
        .call(INIT, Sysno::kill, &[child.0 as usize, 18])
        .unwrap();
    typed(&mut harness, b"go\n");
    assert_eq!(harness.result(child), Some(Ok(3)));
}

#[test]
fn the_size_of_the_window_is_known() {
    let mut harness = on_terminal();
    harness
        .call(INIT, Sysno::ioctl, &[1, ioctl::TIOCGWINSZ as usize, DATA])
        .unwrap();
    assert_eq!(harness.peek(INIT, DATA, 4), [24, 0, 80, 0]);
}
