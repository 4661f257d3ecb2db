// SPDX-License-Identifier: MIT OR Apache-2.0
//! What goes to the line: output processing (`c_oflag`), columns, the queue, stopping.
use crate::characters::{is_continuation, is_control, to_upper};
use crate::echo::Echo;
use crate::{OUTPUT_SIZE, Termios};
use alloc::collections::VecDeque;
use unix_abi::linux::general as linux;

/// Bytes that only echo may fill, so that typing is seen while programs write as fast as they can.
const ECHO_RESERVE: usize = OUTPUT_SIZE / 2;

/// Output of a terminal, and where its cursor is in the line.
#[derive(Default)]
pub(crate) struct Output {
    queue: VecDeque<u8>,
    /// VSTART or VSTOP, which go out before everything else, even while output is stopped.
    urgent: Option<u8>,
    /// Columns from the left edge, as far as one can know.
    pub(crate) column: usize,
    /// Column of the first character of the line that is being typed.
    pub(crate) line_column: usize,
    /// The two columns before what is being typed was echoed.
    before_echo: (usize, usize),
    /// Echo that waits for output to go on.
    pub(crate) remembered: VecDeque<Echo>,
    /// Stopped by VSTOP or `TCOOFF`.
    stopped: bool,
    /// Stopped by `TCOOFF`: only `TCOON` starts it.
    held: bool,
}

impl Output {
    /// Writes a program's bytes; gives how many were taken.
    pub fn write(&mut self, termios: &Termios, bytes: &[u8]) -> usize {
        if self.stopped {
            return 0;
        }
        let limit = OUTPUT_SIZE - ECHO_RESERVE;
        if !termios.has_output(linux::OPOST) {
            let room = limit.saturating_sub(self.queue.len()).min(bytes.len());
            self.queue.extend(&bytes[..room]);
            return room;
        }
        let refused = bytes
            .iter()
            .position(|&byte| !self.process(termios, byte, limit));
        refused.unwrap_or(bytes.len())
    }

    /// Typed bytes arrive: until [`Self::forget_echo`], what is echoed from here on can still be taken back.
    pub fn begin_echo(&mut self) {
        self.before_echo = (self.column, self.line_column);
    }

    /// What was typed and echoed at once with a signal's character has never been seen: like Linux, which
    /// had it in a queue of its own so long, takes it out of the columns.
    pub fn forget_echo(&mut self) {
        (self.column, self.line_column) = self.before_echo;
    }

    pub fn move_back(&mut self) {
        self.column = self.column.saturating_sub(1);
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Stops output; if it is `held`, only [`Self::release`] starts it again.
    pub fn stop(&mut self, held: bool) {
        self.stopped = true;
        self.held |= held;
    }

    /// Output goes on, unless it is held.
    pub fn start(&mut self, termios: &Termios) {
        if self.stopped && !self.held {
            self.stopped = false;
            self.show_remembered(termios);
            self.begin_echo();
        }
    }

    /// Output that was held goes on.
    pub fn release(&mut self, termios: &Termios) {
        if core::mem::take(&mut self.held) {
            self.start(termios);
        }
    }

    /// A byte for the other side's flow control.
    pub fn send_urgently(&mut self, byte: u8) {
        self.urgent = Some(byte);
    }

    /// Moves output to the line.
    pub fn take(&mut self, buffer: &mut [u8]) -> usize {
        let mut taken = 0;
        if let (Some(first), Some(byte)) = (buffer.first_mut(), self.urgent) {
            *first = byte;
            self.urgent = None;
            taken = 1;
        }
        if !self.stopped {
            let count = self.queue.len().min(buffer.len() - taken);
            for (to, from) in buffer[taken..].iter_mut().zip(self.queue.drain(..count)) {
                *to = from;
            }
            taken += count;
        }
        taken
    }

    /// Bytes in the queue.
    pub fn queued(&self) -> usize {
        self.queue.len() + usize::from(self.urgent.is_some())
    }

    /// Whether everything has gone to the line.
    pub fn is_drained(&self) -> bool {
        self.queued() == 0 && self.remembered.is_empty()
    }

    /// Whether a writer should try: there is a good deal of room.
    pub fn is_writable(&self) -> bool {
        !self.stopped && self.queue.len() <= (OUTPUT_SIZE - ECHO_RESERVE) / 2
    }

    /// Throws away what has not gone to the line, echo included.
    pub fn flush(&mut self) {
        self.queue.clear();
        self.remembered.clear();
    }

    pub fn put(&mut self, byte: u8, limit: usize) -> bool {
        let fits = self.queue.len() < limit;
        if fits {
            self.queue.push_back(byte);
        }
        fits
    }

    /// Output processing of one byte; false if there is no room.
    pub fn process(&mut self, termios: &Termios, byte: u8, limit: usize) -> bool {
        let room = limit.saturating_sub(self.queue.len());
        let mut byte = byte;
        match byte {
            b'\n' => {
                if termios.has_output(linux::ONLRET) {
                    self.column = 0;
                }
                if termios.has_output(linux::ONLCR) {
                    if room < 2 {
                        return false;
                    }
                    self.queue.push_back(b'\r');
                    self.queue.push_back(b'\n');
                    (self.column, self.line_column) = (0, 0);
                    return true;
                }
                self.line_column = self.column;
            }
            b'\r' => {
                if termios.has_output(linux::ONOCR) && self.column == 0 {
                    return true;
                }
                if termios.has_output(linux::OCRNL) {
                    byte = b'\n';
                    if termios.has_output(linux::ONLRET) {
                        (self.column, self.line_column) = (0, 0);
                    }
                } else {
                    (self.column, self.line_column) = (0, 0);
                }
            }
            b'\t' => {
                let spaces = 8 - self.column % 8;
                if termios.output & linux::TABDLY == linux::XTABS {
                    if room < spaces {
                        return false;
                    }
                    self.column += spaces;
                    self.queue.extend(core::iter::repeat_n(b' ', spaces));
                    return true;
                }
                if room > 0 {
                    self.column += spaces;
                }
            }
            b'\x08' => self.move_back(),
            _ if is_control(byte) => {}
            _ => {
                if termios.has_output(linux::OLCUC) {
                    byte = to_upper(byte);
                }
                let continues = termios.has_input(linux::IUTF8) && is_continuation(byte);
                if room > 0 && !continues {
                    self.column += 1;
                }
            }
        }
        self.put(byte, limit)
    }
}
