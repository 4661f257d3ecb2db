// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signal numbers and what each does when nobody handles it, signal(7).
use super::SignalSet;
use unix_abi::linux::general as linux;

/// A signal number, 1 to 64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Signal(u8);

/// What happens when a signal is delivered to a process that set no handler.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DefaultAction {
    /// The process ends.
    Terminate,
    /// The process ends and would leave a core image.
    Core,
    /// Nothing.
    Ignore,
    /// The process stops.
    Stop,
    /// A stopped process goes on.
    Continue,
}

macro_rules! signals {
    ($($name:ident = $number:ident;)*) => {
        impl Signal {
            $(
                #[doc = concat!(stringify!($number), ", signal(7).")]
                pub const $name: Signal = Signal(linux::$number as u8);
            )*
        }
    };
}

signals! {
    HUP = SIGHUP; INT = SIGINT; QUIT = SIGQUIT; ILL = SIGILL; TRAP = SIGTRAP; ABRT = SIGABRT;
    BUS = SIGBUS; FPE = SIGFPE; KILL = SIGKILL; USR1 = SIGUSR1; SEGV = SIGSEGV; USR2 = SIGUSR2;
    PIPE = SIGPIPE; ALRM = SIGALRM; TERM = SIGTERM; STKFLT = SIGSTKFLT; CHLD = SIGCHLD;
    CONT = SIGCONT; STOP = SIGSTOP; TSTP = SIGTSTP; TTIN = SIGTTIN; TTOU = SIGTTOU; URG = SIGURG;
    XCPU = SIGXCPU; XFSZ = SIGXFSZ; VTALRM = SIGVTALRM; PROF = SIGPROF; WINCH = SIGWINCH;
    IO = SIGIO; PWR = SIGPWR; SYS = SIGSYS; RTMIN = SIGRTMIN;
}

impl Signal {
    /// The highest number.
    pub const MAX: u8 = 64;

    /// Signals that the processor raises; they go before all others.
    pub const SYNCHRONOUS: SignalSet = SignalSet::of(&[
        Signal::SEGV,
        Signal::BUS,
        Signal::ILL,
        Signal::TRAP,
        Signal::FPE,
        Signal::SYS,
    ]);
    /// Signals whose default is to stop.
    pub const STOPPING: SignalSet =
        SignalSet::of(&[Signal::STOP, Signal::TSTP, Signal::TTIN, Signal::TTOU]);
    /// Signals that can neither be caught nor blocked nor ignored.
    pub const UNCATCHABLE: SignalSet = SignalSet::of(&[Signal::KILL, Signal::STOP]);

    /// A signal number as a program gives it; `None` unless it is 1 to 64 (kill's 0 is not a signal).
    pub const fn new(number: i32) -> Option<Signal> {
        if number >= 1 && number <= Self::MAX as i32 {
            Some(Signal(number as u8))
        } else {
            None
        }
    }

    /// The number, 1 to 64.
    pub const fn number(self) -> i32 {
        self.0 as i32
    }

    /// Position in a table of 64 (0 to 63).
    pub(crate) const fn index(self) -> usize {
        self.0 as usize - 1
    }

    /// Real-time signals queue; standard ones are pending once.
    pub const fn is_real_time(self) -> bool {
        self.0 >= Self::RTMIN.0
    }

    /// What happens without a handler.
    pub const fn default_action(self) -> DefaultAction {
        match self {
            Self::CHLD | Self::URG | Self::WINCH => DefaultAction::Ignore,
            Self::CONT => DefaultAction::Continue,
            Self::STOP | Self::TSTP | Self::TTIN | Self::TTOU => DefaultAction::Stop,
            Self::QUIT
            | Self::ILL
            | Self::TRAP
            | Self::ABRT
            | Self::BUS
            | Self::FPE
            | Self::SEGV
            | Self::XCPU
            | Self::XFSZ
            | Self::SYS => DefaultAction::Core,
            _ => DefaultAction::Terminate,
        }
    }
}
