// SPDX-License-Identifier: MIT OR Apache-2.0
//! Runs at a terminal: a pseudoterminal whose other end is this test.
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Termios, Winsize, tcgetattr, tcsetwinsize};

use crate::bench::Bench;

/// The command at a terminal.
struct Seat {
    bench: Bench,
    /// The keyboard and screen.
    front: File,
    /// The terminal as programs see it.
    back: File,
    child: Child,
    shown: String,
}

impl Seat {
    fn new(what: &str, arguments: &[&str]) -> Self {
        let bench = Bench::new();
        let front: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&front).unwrap();
        unlockpt(&front).unwrap();
        let name = ptsname(&front, Vec::new()).unwrap();
        let back = OpenOptions::new()
            .read(true)
            .write(true)
            .open(name.to_str().unwrap())
            .unwrap();
        resize(&back, 40, 100);
        let end = || Stdio::from(back.try_clone().unwrap());
        let mut command = bench.command(what, arguments);
        let child = command
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .unwrap();
        Seat {
            bench,
            front: front.into(),
            back,
            child,
            shown: String::new(),
        }
    }

    fn mode(&self) -> Termios {
        tcgetattr(&self.back).unwrap()
    }

    fn is_raw(&self) -> bool {
        !self.mode().local_modes.contains(LocalModes::ICANON)
    }

    fn expect(&mut self, text: &str) {
        let mut buffer = [0; 1024];
        while !self.shown.contains(text) {
            let count = self.front.read(&mut buffer).unwrap();
            self.shown
                .push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
    }

    fn press(&mut self, keys: &[u8]) {
        self.front.write_all(keys).unwrap();
    }

    /// Waits for the end: the status.
    fn end(&mut self) -> i32 {
        self.child.wait().unwrap().code().unwrap()
    }
}

fn resize(back: &File, rows: u16, columns: u16) {
    let size = Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(back, size).unwrap();
}

#[test]
fn keys_and_sizes_reach_the_guest() {
    let mut seat = Seat::new("echo", &[]);
    seat.expect("<40,100>");
    assert!(seat.is_raw());
    // Ctrl-C, Ctrl-P and Ctrl-A are the guest's.
    seat.press(b"ab\x03\x10\x01\x01c\r");
    seat.expect("ab\u{3}\u{10}\u{1}c\r");
    resize(&seat.back, 50, 120);
    let pid = Pid::from_child(&seat.child);
    kill_process(pid, Signal::WINCH).unwrap();
    seat.expect("<50,120>");
    seat.press(b"q");
    assert_eq!(seat.end(), 5);
    assert!(!seat.is_raw());
}

#[test]
fn control_a_x_leaves() {
    let mut seat = Seat::new("echo", &[]);
    seat.expect("<40,100>");
    seat.press(b"\x01x");
    assert_eq!(seat.end(), 0);
    assert!(!seat.is_raw());
    seat.expect("croft: left");
}

#[test]
fn a_signal_leaves_the_terminal_in_order() {
    let mut seat = Seat::new("hang", &[]);
    while !seat.is_raw() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    kill_process(Pid::from_child(&seat.child), Signal::TERM).unwrap();
    assert_eq!(seat.end(), 143);
    assert!(!seat.is_raw());
}

#[test]
fn a_machine_that_dies_leaves_the_terminal_in_order() {
    let mut seat = Seat::new("die", &[]);
    assert_eq!(seat.end(), 125);
    assert!(!seat.is_raw());
    seat.expect("fake: no machine");
}

#[test]
fn without_a_terminal_on_request() {
    let mut seat = Seat::new("echo", &["--terminal", "no"]);
    seat.expect("ready");
    assert!(!seat.is_raw());
    seat.press(b"line\n\x04");
    assert_eq!(seat.end(), 5);
    seat.expect("line\r\n");
    assert!(!seat.shown.contains('<'), "{}", seat.shown);
    assert!(seat.bench.path("qemu.log").exists());
}
