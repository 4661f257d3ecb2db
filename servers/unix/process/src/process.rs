// SPDX-License-Identifier: MIT OR Apache-2.0
//! One process.
use crate::timer::{CpuTimerState, PosixTimer, RealTimer};
use crate::{
    Credentials, ExitStatus, Limits, PendingSignals, Pid, Signal, SignalSet, TerminalId, Tid, Usage,
};
use alloc::{collections::BTreeMap, vec::Vec};

/// A process.
pub struct Process<X> {
    pub(crate) pid: Pid,
    pub(crate) extension: Option<X>,
    /// umask(2).
    pub umask: u32,
    /// Nice value, -20 to 19.
    pub nice: i8,
    /// `PR_SET_DUMPABLE`: 0 or 1.
    pub dumpable: u8,
    /// What the process itself has used. The times are counted by `ProcessTable::charge_time`.
    pub usage: Usage,
    pub(crate) children_usage: Usage,
    pub(crate) start_ns: u64,
    pub(crate) credentials: Credentials,
    pub(crate) limits: Limits,

    pub(crate) state: State,
    /// A fatal signal was accepted; whether its default is to leave a core image.
    pub(crate) dying: Option<(Signal, bool)>,
    /// The stop, or the going on, has not been waited for.
    pub(crate) stop_unreported: bool,
    pub(crate) continue_unreported: bool,
    /// How the first thread ended, if others went on.
    pub(crate) main_status: Option<ExitStatus>,

    pub(crate) family: Family,
    /// Sent to the parent at the end.
    pub(crate) exit_signal: Option<Signal>,
    pub(crate) parent_death_signal: Option<Signal>,
    pub(crate) subreaper: bool,
    /// Protected from signals that it has no handler for (process 1).
    pub(crate) protected: bool,
    pub(crate) execed: bool,
    /// How often it has exec'ed, and how often its parent had when it was forked.
    pub(crate) exec_count: u32,
    pub(crate) parent_exec_count: u32,
    /// The thread that waits for this vfork child.
    pub(crate) vfork_parent: Option<Tid>,

    pub(crate) group: Membership,
    pub(crate) session: Membership,
    pub(crate) leads_session: bool,
    pub(crate) terminal: Option<TerminalId>,
    /// The foreground group of a terminal that hung up under this session leader.
    pub(crate) old_foreground: Option<Pid>,

    pub(crate) threads: Vec<ThreadRef>,
    pub(crate) handlers: usize,
    pub(crate) pending: PendingSignals,
    pub(crate) real_timer: RealTimer,
    pub(crate) cpu_timers: [CpuTimerState; 2],
    pub(crate) timers: Vec<PosixTimer>,
    pub(crate) next_timer: i32,
    /// Which kinds of event are in the queue, and which of these still hold.
    pub(crate) events_queued: u8,
    pub(crate) events_valid: u8,
}

/// Place in the tree of processes, by slots.
#[derive(Default)]
pub(crate) struct Family {
    pub parent: Option<usize>,
    pub parent_pid: i32,
    pub previous_sibling: Option<usize>,
    pub next_sibling: Option<usize>,
    pub first_child: Option<usize>,
    pub last_child: Option<usize>,
    /// Order among siblings.
    pub order: u64,
    /// Children that a wait could report, by their order.
    pub waitable: BTreeMap<u64, usize>,
}

/// Being in a group or session: its number, its slot, the place in its list of members.
#[derive(Clone, Copy)]
pub(crate) struct Membership {
    pub id: Pid,
    pub slot: usize,
    pub index: usize,
}

/// A thread of a process.
#[derive(Clone, Copy)]
pub(crate) struct ThreadRef {
    pub tid: Tid,
    pub slot: usize,
}

/// Where a process is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It runs, or waits in a system call.
    Running,
    /// It was stopped by this signal.
    Stopped(Signal),
    /// It has ended; nobody has asked how yet.
    Zombie(ExitStatus),
}

impl<X> Process<X> {
    /// Its number.
    pub fn pid(&self) -> Pid {
        self.pid
    }
    /// Its parent's number; 0 for process 1.
    pub fn parent(&self) -> i32 {
        self.family.parent_pid
    }
    /// Its process group.
    pub fn group(&self) -> Pid {
        self.group.id
    }
    /// Its session.
    pub fn session(&self) -> Pid {
        self.session.id
    }
    /// Whether it leads its session.
    pub fn leads_session(&self) -> bool {
        self.leads_session
    }
    /// Its controlling terminal.
    pub fn terminal(&self) -> Option<TerminalId> {
        self.terminal
    }
    /// Running, stopped or ended.
    pub fn state(&self) -> State {
        self.state
    }
    /// Whether it has ended.
    pub fn is_zombie(&self) -> bool {
        matches!(self.state, State::Zombie(_))
    }
    /// Whether it is stopped.
    pub fn is_stopped(&self) -> bool {
        matches!(self.state, State::Stopped(_))
    }
    /// Whether a fatal signal was accepted: next_signal says [`crate::Delivery::Terminate`].
    pub fn is_dying(&self) -> bool {
        self.dying.is_some()
    }
    /// Who it is. Changed by `ProcessTable::change_credentials`.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }
    /// Its limits. Changed by `ProcessTable::set_limit`.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
    /// What its waited-for children have used.
    pub fn children_usage(&self) -> &Usage {
        &self.children_usage
    }
    /// When it was made: the `now_ns` of its fork.
    pub fn start_ns(&self) -> u64 {
        self.start_ns
    }
    /// Whether it has exec'ed since it was forked.
    pub fn has_execed(&self) -> bool {
        self.execed
    }
    /// What its parent is told at its end (`/proc/PID/stat`).
    pub fn exit_signal(&self) -> Option<Signal> {
        self.exit_signal
    }
    /// `PR_GET_PDEATHSIG`.
    pub fn parent_death_signal(&self) -> Option<Signal> {
        self.parent_death_signal
    }
    /// `PR_GET_CHILD_SUBREAPER`.
    pub fn is_subreaper(&self) -> bool {
        self.subreaper
    }
    /// Its threads, the first one first for as long as that lives. None once it has ended.
    pub fn threads(&self) -> impl Iterator<Item = Tid> {
        self.threads.iter().map(|thread| thread.tid)
    }
    /// Signals pending for the process as a whole (`/proc/PID/status`: ShdPnd).
    pub fn pending(&self) -> SignalSet {
        self.pending.set
    }
    /// The caller's own part. `None` once the process has ended.
    pub fn extension(&self) -> Option<&X> {
        self.extension.as_ref()
    }
    /// The caller's own part, to change.
    pub fn extension_mut(&mut self) -> Option<&mut X> {
        self.extension.as_mut()
    }
}
