// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is typed: signals, flow control, translation, lines, echo.
use crate::characters::to_lower;
use crate::echo::Echo;
use crate::{INPUT_SIZE, Terminal};
use unix_abi::linux::general as linux;

/// With fewer bytes of room than this the other side is asked to stop (`IXOFF`).
const STOP_BELOW: usize = 128;
/// With no more bytes than this it is asked to go on.
const START_BELOW: usize = 128;

/// Signals for the foreground process group.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct TerminalSignals {
    /// SIGINT.
    pub interrupt: bool,
    /// SIGQUIT.
    pub quit: bool,
    /// SIGTSTP.
    pub suspend: bool,
}

impl TerminalSignals {
    /// Whether there is one.
    pub fn any(self) -> bool {
        self.interrupt || self.quit || self.suspend
    }
}

/// What became of typed bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Input {
    /// How many were taken. The rest finds no room until a program reads or flushes: keep it and
    /// try again then.
    pub taken: usize,
    /// What the bytes taken ask to be sent to the foreground group.
    pub signals: TerminalSignals,
}

impl Terminal {
    /// What was typed, in order. Echo goes to the output. `now_ns` starts VTIME between bytes. On a
    /// line that hung up all is lost.
    pub fn input(&mut self, bytes: &[u8], now_ns: u64) -> Input {
        let mut signals = TerminalSignals::default();
        if self.hung_up {
            return Input {
                taken: bytes.len(),
                signals,
            };
        }
        let mut taken = 0;
        self.output.begin_echo();
        for &byte in bytes {
            if !self.make_room() {
                break;
            }
            self.receive(byte, &mut signals);
            taken += 1;
        }
        if taken > 0 {
            self.last_input_ns = now_ns;
            self.ask_for_pause();
        }
        Input { taken, signals }
    }

    /// A break on the line: nothing, SIGINT, or bytes to read (`IGNBRK`, `BRKINT`, `PARMRK`).
    pub fn input_break(&mut self, now_ns: u64) -> TerminalSignals {
        let mut signals = TerminalSignals::default();
        if self.hung_up || self.termios.has_input(linux::IGNBRK) {
            return signals;
        }
        if self.termios.has_input(linux::BRKINT) {
            signals.interrupt = true;
            self.flush_for_signal();
        } else if self.make_room() {
            if self.termios.has_input(linux::PARMRK) {
                self.queue.push(0xff);
                self.queue.push(0);
            }
            self.queue.push(0);
            self.last_input_ns = now_ns;
        }
        signals
    }

    /// Whether one more byte finds room. In a line that is too long only the last place is used,
    /// again and again, so that the end of the line still gets through.
    fn make_room(&mut self) -> bool {
        let free = INPUT_SIZE - self.queue.len();
        // A byte may become three.
        let free = if self.termios.has_input(linux::PARMRK) {
            free.div_ceil(3)
        } else {
            free
        };
        if free > 1 {
            return true;
        }
        let endless = self.termios.has_local(linux::ICANON) && self.queue.has_no_line();
        if endless && free == 0 {
            self.queue.pop();
        }
        endless
    }

    fn receive(&mut self, byte: u8, signals: &mut TerminalSignals) {
        if self.special.raw {
            self.queue.push(byte);
            return;
        }
        let mut byte = byte;
        if self.termios.has_input(linux::ISTRIP) {
            byte &= 0x7f;
        }
        if self.termios.has_input(linux::IUCLC) && self.termios.has_local(linux::IEXTEN) {
            byte = to_lower(byte);
        }
        if core::mem::take(&mut self.literal_next) || !self.special.contains(byte) {
            self.receive_plain(byte);
        } else {
            self.receive_special(byte, signals);
        }
    }

    fn receive_plain(&mut self, byte: u8) {
        self.start_by_any_key();
        if self.termios.has_local(linux::ECHO) {
            self.finish_erasing();
            self.echo_in_line(byte);
        }
        self.keep(byte);
    }

    fn receive_special(&mut self, byte: u8, signals: &mut TerminalSignals) {
        let is = |terminal: &Terminal, index| byte == terminal.termios.character(index);
        if self.termios.has_input(linux::IXON) {
            if is(self, linux::VSTART) {
                self.output.start(&self.termios);
                return;
            }
            if is(self, linux::VSTOP) {
                self.output.stop(false);
                return;
            }
        }
        if self.termios.has_local(linux::ISIG) {
            let signal = [
                (linux::VINTR, &mut signals.interrupt),
                (linux::VQUIT, &mut signals.quit),
                (linux::VSUSP, &mut signals.suspend),
            ]
            .into_iter()
            .find(|(index, _)| is(self, *index));
            if let Some((_, flag)) = signal {
                *flag = true;
                self.signal_typed(byte);
                return;
            }
        }
        self.start_by_any_key();
        let mut byte = byte;
        if byte == b'\r' {
            if self.termios.has_input(linux::IGNCR) {
                return;
            }
            if self.termios.has_input(linux::ICRNL) {
                byte = b'\n';
            }
        } else if byte == b'\n' && self.termios.has_input(linux::INLCR) {
            byte = b'\r';
        }
        if self.termios.has_local(linux::ICANON) && self.edit_line(byte) {
            return;
        }
        if self.termios.has_local(linux::ECHO) {
            self.finish_erasing();
            if byte == b'\n' {
                self.output.echo_byte(&self.termios, byte);
            } else {
                self.echo_in_line(byte);
            }
        }
        self.keep(byte);
    }

    /// A byte for the reader. Under `PARMRK` 0xff stands for an error, so a real one is doubled.
    fn keep(&mut self, byte: u8) {
        if byte == 0xff && self.termios.has_input(linux::PARMRK) {
            self.queue.push(byte);
        }
        self.queue.push(byte);
    }

    pub(crate) fn echo_in_line(&mut self, byte: u8) {
        if self.queue.line_is_empty() {
            self.output.echo(&self.termios, Echo::LineStart);
        }
        self.output.echo_character(&self.termios, byte);
    }

    fn signal_typed(&mut self, byte: u8) {
        self.flush_for_signal();
        if self.termios.has_input(linux::IXON) {
            self.output.start(&self.termios);
        }
        if self.termios.has_local(linux::ECHO) {
            self.output.echo_character(&self.termios, byte);
        }
    }

    fn flush_for_signal(&mut self) {
        if !self.termios.has_local(linux::NOFLSH) {
            self.output.flush();
            self.output.forget_echo();
            self.clear_input();
        }
    }

    fn start_by_any_key(&mut self) {
        if self.termios.has_input(linux::IXON) && self.termios.has_input(linux::IXANY) {
            self.output.start(&self.termios);
        }
    }

    pub(crate) fn clear_input(&mut self) {
        self.queue.clear();
        self.erasing = false;
        self.ask_to_go_on();
    }

    /// `IXOFF`: the other side shall stop sending before there is no room. Not while there is no
    /// complete line to read, for then only more input makes room.
    fn ask_for_pause(&mut self) {
        let full = INPUT_SIZE - self.queue.len() < STOP_BELOW;
        let hopeless = self.termios.has_local(linux::ICANON) && self.queue.has_no_line();
        let stop = self.termios.character(linux::VSTOP);
        if full && !hopeless && !self.throttled && self.termios.has_input(linux::IXOFF) {
            self.throttled = true;
            self.output.send_urgently(stop);
        }
    }

    /// `IXOFF`: there is room again.
    pub(crate) fn ask_to_go_on(&mut self) {
        if self.throttled && self.queue.len() <= START_BELOW {
            self.throttled = false;
            self.output
                .send_urgently(self.termios.character(linux::VSTART));
        }
    }
}
