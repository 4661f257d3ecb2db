// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tests of the line discipline: by topic, by chance, and against the host's Linux.
use super::*;
use unix_abi::linux::{general as linux, ioctl};

mod chance;
mod flow;
mod host;
mod lines;
mod reading;
mod settings;

pub(super) fn with(change: impl FnOnce(&mut Termios)) -> Terminal {
    let mut terminal = Terminal::new();
    set(&mut terminal, change);
    terminal
}

pub(super) fn set(terminal: &mut Terminal, change: impl FnOnce(&mut Termios)) {
    let mut termios = *terminal.termios();
    change(&mut termios);
    terminal.set_termios(&termios, SetWhen::Now);
}

pub(super) fn raw(minimum: u8, time: u8) -> Terminal {
    with(|t| {
        t.local = 0;
        t.input = 0;
        t.characters[linux::VMIN as usize] = minimum;
        t.characters[linux::VTIME as usize] = time;
    })
}

pub(super) const AT_ONCE: ReadRequest = ReadRequest {
    now_ns: 0,
    since_ns: 0,
    at_once: true,
};

impl Terminal {
    /// Types, and gives what is seen of it.
    pub(super) fn type_in(&mut self, bytes: impl AsRef<[u8]>) -> String {
        let bytes = bytes.as_ref();
        assert_eq!(self.input(bytes, 0).taken, bytes.len());
        self.shown()
    }

    pub(super) fn shown(&mut self) -> String {
        let mut buffer = [0; OUTPUT_SIZE];
        let count = self.take_output(&mut buffer);
        buffer[..count].escape_ascii().to_string()
    }

    /// What a read of so many bytes gives now; `None`: it would block.
    pub(super) fn read_now(&mut self, length: usize) -> Option<Vec<u8>> {
        let mut buffer = vec![0; length];
        match self.read(&mut buffer, &AT_ONCE) {
            ReadOutcome::Bytes(count) => {
                assert!(count > 0);
                buffer.truncate(count);
                Some(buffer)
            }
            ReadOutcome::EndOfFile => Some(vec![]),
            ReadOutcome::WouldBlock { .. } => None,
        }
    }

    pub(super) fn reads(&mut self, length: usize) -> Option<String> {
        self.read_now(length)
            .map(|bytes| bytes.escape_ascii().to_string())
    }
}
