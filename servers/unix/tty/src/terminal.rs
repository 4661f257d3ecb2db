// SPDX-License-Identifier: MIT OR Apache-2.0
//! One terminal.
use crate::{Termios, WindowSize};
use unix_abi::Errno;

/// A terminal with its line discipline.
pub struct Terminal {
    termios: Termios,
    window: WindowSize,
}

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

/// What became of typed bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Input {
    /// How many were taken. The rest finds no room until a program reads or flushes: keep it and
    /// try again then.
    pub taken: usize,
    /// What the bytes taken ask to be sent to the foreground group.
    pub signals: TerminalSignals,
}

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
    /// 0 bytes: end of file typed, VTIME over, or the line hung up.
    EndOfFile,
    /// Nothing yet: try again after input, or at the deadline (nanoseconds) if there is one. With
    /// [`ReadRequest::at_once`] it is `EAGAIN` (or `EINTR`).
    WouldBlock {
        /// When VTIME is over.
        deadline_ns: Option<u64>,
    },
}

/// When new settings take hold: TCSETS, TCSETSW, TCSETSF.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SetWhen {
    /// At once (`TCSETS`).
    Now,
    /// When the output is out (`TCSETSW`).
    Drained,
    /// When the output is out, and what was typed is thrown away (`TCSETSF`).
    DrainedFlushed,
}

/// `TCFLSH`'s argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Queue {
    /// `TCIFLUSH`.
    Input,
    /// `TCOFLUSH`.
    Output,
    /// `TCIOFLUSH`.
    Both,
}

/// `TCXONC`'s argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FlowAction {
    /// `TCOOFF`: stop output.
    StopOutput,
    /// `TCOON`: go on.
    StartOutput,
    /// `TCIOFF`: send VSTOP to the line.
    SendStop,
    /// `TCION`: send VSTART to the line.
    SendStart,
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

/// A use of a terminal, for job control.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// read(2).
    Read,
    /// write(2).
    Write,
    /// An ioctl(2) by its number.
    Ioctl(u32),
}

/// Which job-control check a use of the terminal needs: ask the process table with this signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JobCheck {
    /// None.
    Free,
    /// The foreground only: SIGTTIN.
    Ttin,
    /// The foreground only: SIGTTOU.
    Ttou,
}

#[allow(unused_variables)]
impl Terminal {
    /// A terminal with Linux's first settings.
    pub fn new() -> Self {
        todo!()
    }
    /// What was typed, in order. Echo goes to the output. `now_ns` starts VTIME between bytes.
    pub fn input(&mut self, bytes: &[u8], now_ns: u64) -> Input {
        todo!()
    }
    /// A break on the line (BRKINT, IGNBRK, PARMRK).
    pub fn input_break(&mut self, now_ns: u64) -> TerminalSignals {
        todo!()
    }
    /// read(2) into `buffer`.
    pub fn read(&mut self, buffer: &mut [u8], request: &ReadRequest) -> ReadOutcome {
        todo!()
    }
    /// write(2): how many bytes were taken; fewer than given (even 0) means that the output is full or stopped: block
    /// (or `EAGAIN`) until [`Readiness::writable`]. `EIO` after a hang-up.
    pub fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        todo!()
    }
    /// Moves output (echo and writes, processed) into `buffer` for the line; gives how many bytes. 0 when there is
    /// none, or it is stopped (Ctrl-S).
    pub fn take_output(&mut self, buffer: &mut [u8]) -> usize {
        todo!()
    }
    /// Bytes that wait for the line (`TIOCOUTQ`).
    pub fn output_queued(&self) -> usize {
        todo!()
    }
    /// Whether all output has gone to the line: what `TCSETSW`, `TCSBRK` and close wait for.
    pub fn is_drained(&self) -> bool {
        todo!()
    }
    /// Bytes that a read could give (`FIONREAD`).
    pub fn input_available(&self) -> usize {
        todo!()
    }
    /// For poll, select, epoll.
    pub fn readiness(&self) -> Readiness {
        todo!()
    }
    /// The settings (`TCGETS`).
    pub fn termios(&self) -> &Termios {
        &self.termios
    }
    /// New settings. The caller waits for [`Self::is_drained`] first where `when` asks for it.
    pub fn set_termios(&mut self, new: &Termios, when: SetWhen) {
        todo!()
    }
    /// `TCFLSH`.
    pub fn flush(&mut self, queue: Queue) {
        todo!()
    }
    /// `TCXONC`.
    pub fn flow(&mut self, action: FlowAction) {
        todo!()
    }
    /// `TIOCGWINSZ`.
    pub fn window_size(&self) -> WindowSize {
        self.window
    }
    /// `TIOCSWINSZ`, or the line's own: whether it changed (then SIGWINCH goes to the foreground group).
    pub fn set_window_size(&mut self, new: WindowSize) -> bool {
        todo!()
    }
    /// The line is gone: reads give end of file, writes `EIO`.
    pub fn hang_up(&mut self) {
        todo!()
    }
    /// Somebody opened the terminal again after a hang-up.
    pub fn reopen(&mut self) {
        todo!()
    }
    /// Which job-control check a use needs before it is done.
    pub fn check_for(&self, usage: Use) -> JobCheck {
        todo!()
    }
}
