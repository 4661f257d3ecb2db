// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a thread has to do about its signals before it goes back to its program.
use super::{AltStack, SigAction, SigInfo, Signal, SignalSet};
use unix_abi::linux::general as linux;

/// The next thing to do before a thread returns to user mode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Delivery {
    /// Make a signal frame and call the handler. Ask again afterwards: there may be more.
    Handler(HandlerCall),
    /// End the process: tear down what it has, then `ProcessTable::exit`.
    Terminate {
        /// What killed it.
        signal: Signal,
        /// Whether the signal's default is to leave a core image. The status has the core bit
        /// only if one was really written.
        core: bool,
    },
    /// The process is now stopped and its parent knows: park the thread until
    /// `Event::Continue` (a system call it was blocked in is run again then, or fails with
    /// `EINTR` if it is of the class [`RestartClass::Never`]).
    Stop,
}

/// A handler to be called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HandlerCall {
    /// The signal and what is known about it.
    pub info: SigInfo,
    /// Address of the handler, flags, restorer.
    pub action: SigAction,
    /// The mask that the frame keeps and sigreturn restores. (The thread's own mask is already
    /// the one for the handler.)
    pub saved_mask: SignalSet,
    /// The alternate stack as it was: `uc_stack` is `alternate.reported(stack pointer)`.
    pub alternate: AltStack,
}

/// How a system call that a signal interrupted goes on, signal(7) "Interruption of system calls".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RestartClass {
    /// read, write, wait4, open, flock, futex wait, …: run again if the handler has `SA_RESTART`,
    /// and always when there was no handler.
    Restartable,
    /// poll, select, pause, sigsuspend, nanosleep …: run again only when there was no handler.
    WithoutHandler,
    /// sigtimedwait, epoll_wait, and whatever has already had an effect: `EINTR` even when there was no handler.
    Never,
    /// Run again whatever happens (fork that saw a signal).
    Always,
}

/// What becomes of an interrupted system call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallOutcome {
    /// It is run again (after the handler, if there is one).
    Restart,
    /// It returns `EINTR`.
    Interrupted,
}

impl RestartClass {
    /// The rule when no handler is called (the process was stopped and continued).
    pub fn without_handler(self) -> CallOutcome {
        match self {
            RestartClass::Never => CallOutcome::Interrupted,
            _ => CallOutcome::Restart,
        }
    }
}

impl HandlerCall {
    /// The signal.
    pub fn signal(&self) -> Signal {
        self.info.signal
    }

    /// Whether the handler takes three arguments (`SA_SIGINFO`). Linux passes them in any case.
    pub fn wants_info(&self) -> bool {
        self.action.has(linux::SA_SIGINFO)
    }

    /// What becomes of the system call that this handler interrupts. Only the first handler of
    /// several decides.
    pub fn interrupted_call(&self, class: RestartClass) -> CallOutcome {
        match class {
            RestartClass::Always => CallOutcome::Restart,
            RestartClass::Restartable if self.action.has(linux::SA_RESTART) => CallOutcome::Restart,
            _ => CallOutcome::Interrupted,
        }
    }

    /// Where the frame goes: the top of the alternate stack if the handler wants it and the
    /// thread is not on it already, else the thread's own stack pointer. (Red zone and alignment
    /// are the caller's; there is no red zone on a stack that is entered from its top.)
    pub fn stack_top(&self, stack_pointer: u64) -> u64 {
        let alternate = &self.alternate;
        if self.action.has(linux::SA_ONSTACK)
            && alternate.size != 0
            && !alternate.holds(stack_pointer)
        {
            alternate.base.wrapping_add(alternate.size)
        } else {
            stack_pointer
        }
    }
}
