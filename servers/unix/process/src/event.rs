// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the caller has to do because of something the table decided.
use crate::{ExitStatus, Pid, TerminalId, Tid};

/// An effect on somebody else than the thread whose system call is being served.
///
/// Events say "look at this again", never "this is so": the caller asks the table for the truth.
/// Each is in the queue at most once, so the queue is never longer than a few entries a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// The thread has a signal to deal with: end its interruptible wait, or stop it where it runs
    /// in user mode, and call `ProcessTable::next_signal`. Also sent when a signal arrived that
    /// its sigtimedwait is for. A thread that the caller keeps parked because its process is
    /// stopped only gets this when it is to be killed.
    Wake(Tid),
    /// The process stopped: no thread of it may run in user mode until `Continue`.
    Stop(Pid),
    /// The process goes on.
    Continue(Pid),
    /// A child of this process changed: a thread of it that waits in wait4 or waitid should try again.
    ChildChanged(Pid),
    /// The thread's vfork child has exec'ed or ended: the thread goes on.
    VforkDone(Tid),
    /// A thread of a process with several has to end because its process does, or because another
    /// thread exec'ed: tear it down. The table has already forgotten it.
    ThreadEnds(Tid),
    /// The process is gone from the table (its status was taken, or nobody wanted it); its number may be used again.
    Reaped(Pid),
    /// The session that had this terminal has given it up: nobody's controlling terminal now. Linux
    /// hangs up a real line then (not a pseudo-terminal).
    TerminalReleased(TerminalId),
    /// Process 1 has ended: the world is over.
    InitEnded(ExitStatus),
}
