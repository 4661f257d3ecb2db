// SPDX-License-Identifier: MIT OR Apache-2.0
//! Making processes: process 1 and fork, vfork, clone.
use super::{CloneRequest, ProcessTable};
use crate::process::{Family, Membership, ThreadRef};
use crate::signal::Handlers;
use crate::table::ids::Kind;
use crate::{
    AltStack, Comm, Credentials, Disposition, Limits, PendingSignals, Pid, Process, SigAction,
    Signal, SignalSet, State, Thread, Tid, Usage,
};
use alloc::{boxed::Box, vec};
use unix_abi::{Errno, linux::general as linux};

const NOWHERE: Membership = Membership {
    id: Pid(0),
    slot: usize::MAX,
    index: 0,
};

impl<X> ProcessTable<X> {
    /// Makes process 1: leader of session and group 1, without a terminal, user root. `EEXIST`,
    /// `EAGAIN`.
    pub fn spawn_init(&mut self, name: &[u8], extension: X, now_ns: u64) -> Result<Pid, Errno> {
        if self.ids.last() != 0 {
            return Err(Errno::EEXIST);
        }
        self.room_for_one_more()?;
        let pid = Pid(self.ids.allocate().ok_or(Errno::EAGAIN)?);
        let handlers = self.handlers.insert(Box::new(Handlers {
            references: 1,
            actions: [SigAction::DEFAULT; Signal::MAX as usize],
        }));
        let limits = Limits::linux_defaults(self.config.max_threads as u64);
        let mut process = blank(
            pid,
            extension,
            Credentials::root(),
            limits,
            handlers,
            now_ns,
        );
        process.protected = self.config.protect_init;
        process.leads_session = true;
        let thread = Thread {
            tid: pid.main_thread(),
            process: 0,
            pid,
            comm: Comm::new(name),
            blocked: SignalSet::EMPTY,
            saved_mask: None,
            awaited: SignalSet::EMPTY,
            pending: PendingSignals::default(),
            alternate: AltStack::DISABLED,
            vfork_child: None,
            events_queued: 0,
        };
        self.enter(process, thread, pid, pid);
        Ok(pid)
    }

    /// Makes a child process of the thread's process, with one thread that is a copy of the
    /// caller as far as signals go. `make` builds its extension out of the parent's and the
    /// child's number; nothing has changed if it fails.
    ///
    /// `EAGAIN` when there are too many (of all, or of the user: `RLIMIT_NPROC`), `EINVAL` for
    /// flags that exclude each other or process 1 asking for a sibling, `ESRCH`; or `make`'s error.
    pub fn fork(
        &mut self,
        tid: Tid,
        request: &CloneRequest,
        now_ns: u64,
        make: impl FnOnce(&mut X, Pid) -> Result<X, Errno>,
    ) -> Result<Pid, Errno> {
        let thread_slot = self.thread_slot(tid).ok_or(Errno::ESRCH)?;
        let caller = self.threads[thread_slot].process;
        if request.shares_handlers && (!request.shares_memory || request.clears_handlers) {
            return Err(Errno::EINVAL);
        }
        let parent = if request.parent {
            self.processes[caller].family.parent.ok_or(Errno::EINVAL)?
        } else {
            caller
        };
        self.room_for_one_more()?;
        self.room_for_user(caller)?;
        let pid = Pid(self.ids.allocate().ok_or(Errno::EAGAIN)?);
        let extension = self.processes[caller]
            .extension
            .as_mut()
            .ok_or(Errno::ESRCH)?;
        let extension = make(extension, pid)?;

        let handlers = self.clone_handlers(caller, request);
        let old = &self.processes[caller];
        let mut child = blank(
            pid,
            extension,
            old.credentials.clone(),
            old.limits.clone(),
            handlers,
            now_ns,
        );
        child.umask = old.umask;
        child.nice = old.nice;
        child.dumpable = old.dumpable;
        child.terminal = old.terminal;
        child.exit_signal = if request.parent {
            old.exit_signal
        } else {
            request.exit_signal
        };
        child.parent_exec_count = if request.parent {
            old.parent_exec_count
        } else {
            old.exec_count
        };
        child.exec_count = old.exec_count;
        child.vfork_parent = request.vfork.then_some(tid);
        let (group, session) = (old.group.id, old.session.id);

        let old = &self.threads[thread_slot];
        let keeps_stack = !request.shares_memory || request.vfork;
        let thread = Thread {
            tid: pid.main_thread(),
            process: 0,
            pid,
            comm: old.comm,
            blocked: old.blocked,
            saved_mask: None,
            awaited: SignalSet::EMPTY,
            pending: PendingSignals::default(),
            alternate: if keeps_stack {
                old.alternate
            } else {
                AltStack::DISABLED
            },
            vfork_child: None,
            events_queued: 0,
        };
        let slot = self.enter(child, thread, group, session);
        self.link_child(parent, slot);
        if request.vfork
            && let Some(former) = self.threads[thread_slot].vfork_child.replace(slot)
        {
            self.processes[former].vfork_parent = None;
        }
        Ok(pid)
    }

    pub(super) fn room_for_one_more(&self) -> Result<(), Errno> {
        if self.tasks >= self.config.max_threads {
            Err(Errno::EAGAIN)
        } else {
            Ok(())
        }
    }

    /// `RLIMIT_NPROC`, from which user 0 and privileged processes are free.
    pub(super) fn room_for_user(&self, slot: usize) -> Result<(), Errno> {
        let process = &self.processes[slot];
        let uid = process.credentials.uid;
        let limit = process.limits.soft(linux::RLIMIT_NPROC);
        let free = uid == 0 || process.credentials.is_privileged();
        if !free && self.tasks_of_user(uid) >= limit {
            Err(Errno::EAGAIN)
        } else {
            Ok(())
        }
    }

    /// Puts a new process with its first thread into all lists but its parent's.
    fn enter(&mut self, process: Process<X>, thread: Thread, group: Pid, session: Pid) -> usize {
        let (pid, uid) = (process.pid, process.credentials.uid);
        let slot = self.processes.insert(Box::new(process));
        let thread_slot = self.threads.insert(Thread {
            process: slot,
            ..thread
        });
        self.ids.set(pid.0, Kind::Process, Some(slot));
        self.ids.set(pid.0, Kind::Thread, Some(thread_slot));
        let session = self.join_session(slot, session);
        let group = self.join_group(slot, group, session.id);
        let process = &mut self.processes[slot];
        process.session = session;
        process.group = group;
        process.threads = vec![ThreadRef {
            tid: pid.main_thread(),
            slot: thread_slot,
        }];
        self.add_task(uid);
        slot
    }

    fn clone_handlers(&mut self, slot: usize, request: &CloneRequest) -> usize {
        let number = self.processes[slot].handlers;
        if request.shares_handlers {
            self.handlers[number].references += 1;
            return number;
        }
        let mut actions = self.handlers[number].actions;
        if request.clears_handlers {
            reset_handlers(&mut actions);
        }
        self.handlers.insert(Box::new(Handlers {
            references: 1,
            actions,
        }))
    }

    /// Takes a process's reference to its handlers away.
    pub(super) fn release_handlers(&mut self, slot: usize) {
        let number = core::mem::replace(&mut self.processes[slot].handlers, usize::MAX);
        if let Some(handlers) = self.handlers.get_mut(number) {
            handlers.references -= 1;
            if handlers.references == 0 {
                self.handlers.remove(number);
            }
        }
    }
}

/// Handlers become the default, what is ignored stays ignored; flags and masks go.
pub(super) fn reset_handlers(actions: &mut [SigAction]) {
    for action in actions {
        *action = match action.disposition() {
            Disposition::Ignore => SigAction::IGNORE,
            _ => SigAction::DEFAULT,
        };
    }
}

fn blank<X>(
    pid: Pid,
    extension: X,
    credentials: Credentials,
    limits: Limits,
    handlers: usize,
    start_ns: u64,
) -> Process<X> {
    Process {
        pid,
        extension: Some(extension),
        umask: 0o022,
        nice: 0,
        dumpable: 1,
        usage: Usage::default(),
        children_usage: Usage::default(),
        start_ns,
        credentials,
        limits,
        state: State::Running,
        dying: None,
        stop_unreported: false,
        continue_unreported: false,
        main_status: None,
        family: Family::default(),
        exit_signal: Some(Signal::CHLD),
        parent_death_signal: None,
        subreaper: false,
        protected: false,
        execed: false,
        exec_count: 0,
        parent_exec_count: 0,
        vfork_parent: None,
        group: NOWHERE,
        session: NOWHERE,
        leads_session: false,
        terminal: None,
        old_foreground: None,
        threads: vec![],
        handlers,
        pending: PendingSignals::default(),
        real_timer: Default::default(),
        cpu_timers: Default::default(),
        timers: vec![],
        next_timer: 0,
        events_queued: 0,
        events_valid: 0,
    }
}
