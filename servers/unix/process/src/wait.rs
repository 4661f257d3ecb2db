// SPDX-License-Identifier: MIT OR Apache-2.0
//! What wait4(2) and waitid(2) ask for and get.
use crate::{ChildChange, Pid, Usage};
use unix_abi::{Errno, linux::general as linux};

/// Which children.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WaitTarget {
    /// All (-1, `P_ALL`).
    Any,
    /// One (`P_PID`).
    Process(Pid),
    /// Those of a group (`P_PGID`).
    Group(Pid),
    /// Those of the caller's own group (0).
    OwnGroup,
}

/// A wait call, checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WaitRequest {
    /// Which children.
    pub target: WaitTarget,
    /// `WNOHANG`, `WEXITED`, `WSTOPPED`, `WCONTINUED`, `WNOWAIT`, `__WALL`, `__WCLONE`, `__WNOTHREAD`.
    pub options: u32,
}

/// What a wait call found out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WaitOutcome {
    /// A child changed.
    Child(WaitedChild),
    /// There are such children, but none has changed: block until `Event::ChildChanged`
    /// (or return 0, when [`WaitRequest::no_hang`]).
    NothingYet,
}

/// The child that a wait call found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WaitedChild {
    /// Its number.
    pub pid: Pid,
    /// Its real user.
    pub uid: u32,
    /// What happened.
    pub change: ChildChange,
    /// What it and its waited-for children have used.
    pub usage: Usage,
}

impl WaitRequest {
    /// wait4(2). `EINVAL` for unknown options, `ESRCH` for the one number that has no negative.
    pub fn wait4(pid: i32, options: u32) -> Result<Self, Errno> {
        let known = linux::WNOHANG
            | linux::WUNTRACED
            | linux::WCONTINUED
            | linux::__WNOTHREAD
            | linux::__WCLONE
            | linux::__WALL;
        if options & !known != 0 {
            return Err(Errno::EINVAL);
        }
        let target = match pid {
            i32::MIN => return Err(Errno::ESRCH),
            -1 => WaitTarget::Any,
            0 => WaitTarget::OwnGroup,
            pid if pid < 0 => WaitTarget::Group(Pid(-pid)),
            pid => WaitTarget::Process(Pid(pid)),
        };
        Ok(Self {
            target,
            options: options | linux::WEXITED,
        })
    }

    /// waitid(2) (not `P_PIDFD`: that one the caller turns into a process). `EINVAL`.
    pub fn waitid(kind: u32, id: i32, options: u32) -> Result<Self, Errno> {
        let known = linux::WNOHANG
            | linux::WNOWAIT
            | linux::WEXITED
            | linux::WSTOPPED
            | linux::WCONTINUED
            | linux::__WNOTHREAD
            | linux::__WCLONE
            | linux::__WALL;
        let changes = linux::WEXITED | linux::WSTOPPED | linux::WCONTINUED;
        if options & !known != 0 || options & changes == 0 {
            return Err(Errno::EINVAL);
        }
        let target = match kind {
            linux::P_ALL => WaitTarget::Any,
            linux::P_PID if id > 0 => WaitTarget::Process(Pid(id)),
            linux::P_PGID if id == 0 => WaitTarget::OwnGroup,
            linux::P_PGID if id > 0 => WaitTarget::Group(Pid(id)),
            _ => return Err(Errno::EINVAL),
        };
        Ok(Self { target, options })
    }

    /// Whether the call returns at once (`WNOHANG`).
    pub fn no_hang(&self) -> bool {
        self.options & linux::WNOHANG != 0
    }

    pub(crate) fn wants(&self, option: u32) -> bool {
        self.options & option != 0
    }
}
