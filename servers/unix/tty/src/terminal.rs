// SPDX-License-Identifier: MIT OR Apache-2.0
//! One terminal: what it is made of, and its ioctls.
use crate::output::Output;
use crate::queue::InputQueue;
use crate::special::SpecialBytes;
use crate::{Termios, WindowSize};
use unix_abi::linux::{general as linux, ioctl};

/// A terminal with its line discipline.
pub struct Terminal {
    pub(crate) termios: Termios,
    pub(crate) special: SpecialBytes,
    pub(crate) queue: InputQueue,
    pub(crate) output: Output,
    window: WindowSize,
    /// The next byte means nothing but itself (VLNEXT).
    pub(crate) literal_next: bool,
    /// What was taken back is being printed (`ECHOPRT`).
    pub(crate) erasing: bool,
    /// The other side was asked to stop sending (`IXOFF`).
    pub(crate) throttled: bool,
    pub(crate) hung_up: bool,
    pub(crate) last_input_ns: u64,
}

/// What of a change of settings happens when: TCSETS, TCSETSW, TCSETSF.
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

impl Default for Terminal {
    fn default() -> Self {
        Self::new()
    }
}

impl SetWhen {
    /// From TCSETS, TCSETSW, TCSETSF or their kin for termios2.
    pub fn of_ioctl(request: u32) -> Option<Self> {
        match request {
            ioctl::TCSETS | ioctl::TCSETS2 => Some(Self::Now),
            ioctl::TCSETSW | ioctl::TCSETSW2 => Some(Self::Drained),
            ioctl::TCSETSF | ioctl::TCSETSF2 => Some(Self::DrainedFlushed),
            _ => None,
        }
    }
}

impl Queue {
    /// From the argument of `TCFLSH`; `None` is `EINVAL`.
    pub fn of_argument(argument: u64) -> Option<Self> {
        match u32::try_from(argument).ok()? {
            linux::TCIFLUSH => Some(Self::Input),
            linux::TCOFLUSH => Some(Self::Output),
            linux::TCIOFLUSH => Some(Self::Both),
            _ => None,
        }
    }
}

impl FlowAction {
    /// From the argument of `TCXONC`; `None` is `EINVAL`.
    pub fn of_argument(argument: u64) -> Option<Self> {
        match u32::try_from(argument).ok()? {
            linux::TCOOFF => Some(Self::StopOutput),
            linux::TCOON => Some(Self::StartOutput),
            linux::TCIOFF => Some(Self::SendStop),
            linux::TCION => Some(Self::SendStart),
            _ => None,
        }
    }
}

impl Terminal {
    /// A terminal with Linux's first settings.
    pub fn new() -> Self {
        let termios = Termios::default();
        Self {
            special: SpecialBytes::of(&termios),
            termios,
            queue: InputQueue::new(),
            output: Output::default(),
            window: WindowSize::default(),
            literal_next: false,
            erasing: false,
            throttled: false,
            hung_up: false,
            last_input_ns: 0,
        }
    }

    /// The settings (`TCGETS`).
    pub fn termios(&self) -> &Termios {
        &self.termios
    }

    /// New settings. The caller waits for [`Self::is_drained`] first where `when` asks for it.
    /// What was typed so far counts as a line when `ICANON` comes, as bytes when it goes. Blocked
    /// readers and writers should try again.
    pub fn set_termios(&mut self, new: &Termios, when: SetWhen) {
        if when == SetWhen::DrainedFlushed {
            self.clear_input();
        }
        let old = core::mem::replace(&mut self.termios, *new);
        self.special = SpecialBytes::of(new);
        if (old.local ^ new.local) & linux::ICANON != 0 {
            self.queue.change_mode(new.has_local(linux::ICANON));
            self.erasing = false;
            self.literal_next = false;
        }
        if old.has_input(linux::IXON) && !new.has_input(linux::IXON) {
            // Nobody could start it any more.
            self.output.start(&self.termios);
        }
    }

    /// `TCFLSH`.
    pub fn flush(&mut self, queue: Queue) {
        if queue != Queue::Output {
            self.clear_input();
        }
        if queue != Queue::Input {
            self.output.flush();
        }
    }

    /// `TCXONC`.
    pub fn flow(&mut self, action: FlowAction) {
        match action {
            FlowAction::StopOutput => self.output.stop(true),
            FlowAction::StartOutput => self.output.release(&self.termios),
            FlowAction::SendStop => self.send_character(linux::VSTOP),
            FlowAction::SendStart => self.send_character(linux::VSTART),
        }
    }

    fn send_character(&mut self, index: u32) {
        match self.termios.character(index) {
            0 => {}
            character => self.output.send_urgently(character),
        }
    }

    /// `TIOCGWINSZ`.
    pub fn window_size(&self) -> WindowSize {
        self.window
    }

    /// `TIOCSWINSZ`, or the line's own: whether it changed (then SIGWINCH goes to the foreground
    /// group).
    pub fn set_window_size(&mut self, new: WindowSize) -> bool {
        core::mem::replace(&mut self.window, new) != new
    }

    /// The line is gone: what was typed or not yet written is lost, reads give end of file, writes
    /// `EIO`.
    pub fn hang_up(&mut self) {
        self.hung_up = true;
        self.throttled = false;
        self.queue.clear();
        self.output = Output::default();
        self.erasing = false;
        self.literal_next = false;
    }

    /// Somebody opened the terminal again after a hang-up.
    pub fn reopen(&mut self) {
        self.hung_up = false;
    }

    /// Which job-control check a use needs before it is done.
    pub fn check_for(&self, usage: Use) -> JobCheck {
        match usage {
            Use::Read => JobCheck::Ttin,
            Use::Write if self.termios.has_local(linux::TOSTOP) => JobCheck::Ttou,
            Use::Write => JobCheck::Free,
            Use::Ioctl(request) if SetWhen::of_ioctl(request).is_some() => JobCheck::Ttou,
            Use::Ioctl(
                ioctl::TCSETA
                | ioctl::TCSETAW
                | ioctl::TCSETAF
                | ioctl::TCFLSH
                | ioctl::TCXONC
                | ioctl::TCSBRK
                | ioctl::TCSBRKP
                | ioctl::TIOCSBRK
                | ioctl::TIOCCBRK
                | ioctl::TIOCSETD
                | ioctl::TIOCSPGRP,
            ) => JobCheck::Ttou,
            Use::Ioctl(_) => JobCheck::Free,
        }
    }
}
