// SPDX-License-Identifier: MIT OR Apache-2.0
//! The table: everything that concerns more than one process.
//!
//! Processes, threads, groups, sessions and sets of handlers are in one slab each and refer to
//! each other by slot. One method group a file.
use crate::signal::Handlers;
use crate::{Event, Pid, Process, TerminalId, Thread, Tid};
use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet, VecDeque},
    vec::Vec,
};
use ids::{IdTable, Kind};
use slab::Slab;

mod books;
mod compact;
mod credentials;
mod deliver;
mod events;
mod exec;
mod exit;
mod expiry;
mod fork;
mod generate;
mod ids;
mod interval;
mod jobs;
mod mask;
mod members;
mod request;
mod send;
mod terminals;
mod threads;
mod timers;
mod wait;

pub use request::{CloneRequest, Config, ExecRequest, MaskChange, TerminalAccess};

/// All processes of a world; `X` is what the caller keeps for each.
pub struct ProcessTable<X> {
    config: Config,
    ids: IdTable,
    processes: Slab<Box<Process<X>>>,
    threads: Slab<Thread>,
    groups: Slab<Group>,
    sessions: Slab<Session>,
    handlers: Slab<Box<Handlers>>,
    terminals: BTreeMap<TerminalId, Owner>,
    users: BTreeMap<u32, User>,
    /// Threads and zombies.
    tasks: usize,
    events: VecDeque<Event>,
    /// When, whose (slot), which: a POSIX timer, or [`expiry::REAL`].
    deadlines: BTreeSet<(u64, usize, i32)>,
    /// The latest time that the caller has told.
    clock_ns: u64,
    /// How many subreapers there are.
    subreapers: usize,
    /// Counts children, so that siblings have an order.
    births: u64,
}

/// A process group.
struct Group {
    session: Pid,
    members: Vec<usize>,
    /// How many of its members are stopped.
    stopped: usize,
}

/// A session.
struct Session {
    members: Vec<usize>,
}

/// Whose controlling terminal one is.
struct Owner {
    session: Pid,
    /// The foreground group. The number is held, so it always means the group that was set.
    foreground: Option<Pid>,
}

/// What a (real) user has.
#[derive(Default)]
struct User {
    tasks: u64,
    queued_signals: u64,
}

impl<X> ProcessTable<X> {
    /// An empty table.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            ids: IdTable::new(),
            processes: Slab::new(),
            threads: Slab::new(),
            groups: Slab::new(),
            sessions: Slab::new(),
            handlers: Slab::new(),
            terminals: BTreeMap::new(),
            users: BTreeMap::new(),
            tasks: 0,
            events: VecDeque::new(),
            deadlines: BTreeSet::new(),
            clock_ns: 0,
            subreapers: 0,
            births: 0,
        }
    }

    /// A process that is alive or a zombie.
    pub fn process(&self, pid: Pid) -> Option<&Process<X>> {
        Some(&self.processes[self.slot(pid)?])
    }

    /// A process, to change those of its fields that are public and its extension.
    pub fn process_mut(&mut self, pid: Pid) -> Option<&mut Process<X>> {
        let slot = self.slot(pid)?;
        Some(&mut self.processes[slot])
    }

    /// A thread.
    pub fn thread(&self, tid: Tid) -> Option<&Thread> {
        Some(&self.threads[self.thread_slot(tid)?])
    }

    /// The process that a thread belongs to.
    pub fn process_of(&self, tid: Tid) -> Option<&Process<X>> {
        Some(&self.processes[self.thread(tid)?.process])
    }

    /// The process that a thread belongs to, to change.
    pub fn process_of_mut(&mut self, tid: Tid) -> Option<&mut Process<X>> {
        let slot = self.thread(tid)?.process;
        Some(&mut self.processes[slot])
    }

    /// The first process whose number is at least `from`: walks `/proc` in order.
    pub fn next_process(&self, from: Pid) -> Option<&Process<X>> {
        Some(&self.processes[self.ids.next(from.0, Kind::Process)?])
    }

    /// The processes of a group, zombies too; `None` if there is no such group.
    pub fn group_members(&self, group: Pid) -> Option<impl Iterator<Item = Pid>> {
        let members = &self.groups[self.ids.get(group.0, Kind::Group)?].members;
        Some(members.iter().map(|&slot| self.processes[slot].pid))
    }

    /// A process's children, oldest first.
    pub fn children(&self, pid: Pid) -> impl Iterator<Item = Pid> {
        let slots = self.slot(pid).map(|slot| self.child_slots(slot));
        slots
            .into_iter()
            .flatten()
            .map(|slot| self.processes[slot].pid)
    }

    /// How many processes there are, zombies too.
    pub fn process_count(&self) -> usize {
        self.processes.len()
    }

    /// How many threads there are.
    pub fn thread_count(&self) -> usize {
        self.threads.len()
    }

    /// The number that was given out last (`/proc/loadavg`).
    pub fn last_pid(&self) -> Pid {
        Pid(self.ids.last())
    }

    fn slot(&self, pid: Pid) -> Option<usize> {
        self.ids.get(pid.0, Kind::Process)
    }

    fn child_slots(&self, slot: usize) -> impl Iterator<Item = usize> {
        let mut next = self.processes[slot].family.first_child;
        core::iter::from_fn(move || {
            let child = next?;
            next = self.processes[child].family.next_sibling;
            Some(child)
        })
    }

    /// A process that has not ended.
    fn living(&self, pid: Pid) -> Option<usize> {
        self.slot(pid)
            .filter(|&slot| !self.processes[slot].is_zombie())
    }

    fn thread_slot(&self, tid: Tid) -> Option<usize> {
        self.ids.get(tid.0, Kind::Thread)
    }

    /// The handlers of a process that has not ended.
    fn handlers_of(&self, slot: usize) -> &Handlers {
        &self.handlers[self.processes[slot].handlers]
    }
}

#[cfg(test)]
mod tests;
