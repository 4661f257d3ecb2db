// SPDX-License-Identifier: MIT OR Apache-2.0
//! What callers ask of the table, as types.
use crate::{Signal, SignalSet};

/// What a table is made for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// Most threads and zombies at a time, over all users; one more is `EAGAIN`.
    pub max_threads: usize,
    /// Whether process 1 is protected from signals it has no handler for, as on Linux.
    pub protect_init: bool,
}

/// What clone(2) asks for, as far as it concerns the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CloneRequest {
    /// Sent to the parent at the end (the low byte of clone's flags); `None`: nothing is.
    pub exit_signal: Option<Signal>,
    /// `CLONE_VM`.
    pub shares_memory: bool,
    /// `CLONE_VFORK`: the caller waits until the child has exec'ed or ended (`Event::VforkDone`).
    pub vfork: bool,
    /// `CLONE_PARENT`: a sibling, not a child.
    pub parent: bool,
    /// `CLONE_SIGHAND`.
    pub shares_handlers: bool,
    /// `CLONE_CLEAR_SIGHAND`.
    pub clears_handlers: bool,
}

impl CloneRequest {
    /// fork(2).
    pub const FORK: CloneRequest = CloneRequest {
        exit_signal: Some(Signal::CHLD),
        shares_memory: false,
        vfork: false,
        parent: false,
        shares_handlers: false,
        clears_handlers: false,
    };
    /// vfork(2).
    pub const VFORK: CloneRequest = CloneRequest {
        shares_memory: true,
        vfork: true,
        ..CloneRequest::FORK
    };
}

/// What execve(2) changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExecRequest<'a> {
    /// Last part of the path.
    pub name: &'a [u8],
    /// The file's owner, if it has the set-user-ID bit.
    pub set_uid: Option<u32>,
    /// The file's group, if it has the set-group-ID bit.
    pub set_gid: Option<u32>,
    /// The process may read the file (else it is not dumpable).
    pub readable: bool,
}

/// `how` of sigprocmask(2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MaskChange {
    /// `SIG_BLOCK`.
    Block(SignalSet),
    /// `SIG_UNBLOCK`.
    Unblock(SignalSet),
    /// `SIG_SETMASK`.
    Set(SignalSet),
}

/// Whether a process may use a terminal now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TerminalAccess {
    /// Yes.
    Allowed,
    /// It is in the background: the signal has been sent to its group; the call is interrupted
    /// (`RestartClass::Restartable`).
    Signalled,
    /// It is in the background, and stopping it would be of no use: `EIO`.
    Refused,
}
