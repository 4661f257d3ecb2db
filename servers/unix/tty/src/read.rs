// SPDX-License-Identifier: MIT OR Apache-2.0
//! read(2), write(2) and poll(2) of a terminal.
use crate::Terminal;
use unix_abi::{Errno, linux::general as linux};

/// Nanoseconds in the tenth of a second that VTIME counts.
const TENTH_NS: u64 = 100_000_000;

/// A read(2) of the terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReadRequest {
    /// Time now, nanoseconds.
    pub now_ns: u64,
    /// When the program called: the same through all tries of one call. VTIME counts from it.
    pub since_ns: u64,
    /// `O_NONBLOCK`, or the call is being interrupted by a signal: give what there is.
    pub at_once: bool,
}

/// What a read(2) gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReadOutcome {
    /// So many bytes are in the buffer (at least 1).
    Bytes(usize),
    /// 0 bytes: end of file typed, VTIME over, no room in the buffer, or the line hung up.
    EndOfFile,
    /// Nothing yet: try again after input, or at the deadline (nanoseconds) if there is one. With
    /// [`ReadRequest::at_once`] it is `EAGAIN` (or `EINTR`).
    WouldBlock {
        /// When VTIME is over.
        deadline_ns: Option<u64>,
    },
}

/// What poll(2) says.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Readiness {
    /// A read would not block.
    pub readable: bool,
    /// A write would not block.
    pub writable: bool,
    /// The line hung up.
    pub hung_up: bool,
}

impl Terminal {
    /// read(2) into `buffer`: a line, or without `ICANON` what VMIN and VTIME ask for. Nothing is
    /// taken as long as it would block, so a call may be tried again from the start.
    pub fn read(&mut self, buffer: &mut [u8], request: &ReadRequest) -> ReadOutcome {
        if self.hung_up || buffer.is_empty() {
            return ReadOutcome::EndOfFile;
        }
        let outcome = if self.termios.has_local(linux::ICANON) {
            self.read_canonical(buffer)
        } else {
            self.read_raw(buffer, request)
        };
        self.ask_to_go_on();
        outcome
    }

    fn read_canonical(&mut self, buffer: &mut [u8]) -> ReadOutcome {
        if self.queue.has_no_line() {
            return ReadOutcome::WouldBlock { deadline_ns: None };
        }
        match self.queue.read_line(buffer) {
            0 => ReadOutcome::EndOfFile,
            count => ReadOutcome::Bytes(count),
        }
    }

    fn read_raw(&mut self, buffer: &mut [u8], request: &ReadRequest) -> ReadOutcome {
        let minimum = usize::from(self.termios.character(linux::VMIN)).min(buffer.len());
        let time = u64::from(self.termios.character(linux::VTIME)) * TENTH_NS;
        let available = self.queue.len();
        let deadline_ns = match (minimum, time) {
            // VTIME limits the whole call.
            (0, 0) => Some(0),
            (0, time) => Some(request.since_ns.saturating_add(time)),
            // VTIME limits the pause between bytes, once there is one.
            (_, 0) => None,
            (_, _) if available == 0 => None,
            (_, time) => Some(
                self.last_input_ns
                    .max(request.since_ns)
                    .saturating_add(time),
            ),
        };
        let enough = available >= minimum.max(1);
        let over = deadline_ns.is_some_and(|deadline| deadline <= request.now_ns);
        if enough || (available > 0 && (over || request.at_once)) {
            return ReadOutcome::Bytes(self.queue.read(buffer));
        }
        if over && minimum == 0 {
            return ReadOutcome::EndOfFile;
        }
        ReadOutcome::WouldBlock { deadline_ns }
    }

    /// write(2): how many bytes were taken. Fewer than given (even 0) means that the output is
    /// full or stopped: block (or `EAGAIN`) until [`Readiness::writable`]. `EIO` after a hang-up.
    pub fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        if self.hung_up {
            return Err(Errno::EIO);
        }
        Ok(self.output.write(&self.termios, bytes))
    }

    /// Moves output (echo and writes, processed) into `buffer` for the line; gives how many bytes.
    /// 0 when there is none, or it is stopped (Ctrl-S).
    pub fn take_output(&mut self, buffer: &mut [u8]) -> usize {
        self.output.take(buffer)
    }

    /// Bytes that wait for the line (`TIOCOUTQ`).
    pub fn output_queued(&self) -> usize {
        self.output.queued()
    }

    /// Whether all output has gone to the line: what `TCSETSW`, `TCSBRK` and close wait for.
    pub fn is_drained(&self) -> bool {
        self.output.is_drained()
    }

    /// Bytes that a read could give (`FIONREAD`).
    pub fn input_available(&self) -> usize {
        if self.termios.has_local(linux::ICANON) {
            self.queue.readable_in_lines()
        } else {
            self.queue.len()
        }
    }

    /// For poll, select, epoll. Without `ICANON` and VTIME, readable means VMIN bytes.
    pub fn readiness(&self) -> Readiness {
        let readable = if self.termios.has_local(linux::ICANON) {
            !self.queue.has_no_line()
        } else {
            let minimum = match self.termios.character(linux::VTIME) {
                0 => usize::from(self.termios.character(linux::VMIN)).max(1),
                _ => 1,
            };
            self.queue.len() >= minimum
        };
        Readiness {
            readable: readable || self.hung_up,
            writable: self.output.is_writable() || self.hung_up,
            hung_up: self.hung_up,
        }
    }
}
