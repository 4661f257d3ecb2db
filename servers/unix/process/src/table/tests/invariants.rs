// SPDX-License-Identifier: MIT OR Apache-2.0
//! What holds of a table at any time.
use super::*;
use crate::table::ids::Kind;
use std::collections::BTreeSet;

impl Table {
    /// Checks every list against every other.
    pub(in super::super) fn check(&self) {
        let mut threads = 0;
        let mut tasks: BTreeMap<u32, u64> = BTreeMap::new();
        let mut queued: BTreeMap<u32, u64> = BTreeMap::new();
        let mut listed = 0;
        for (slot, p) in self.processes.iter() {
            assert_eq!(self.slot(p.pid), Some(slot));
            let group = &self.groups[p.group.slot];
            assert_eq!(group.members[p.group.index], slot);
            assert_eq!(self.ids.get(p.group.id.0, Kind::Group), Some(p.group.slot));
            assert_eq!(group.session, p.session.id);
            assert_eq!(self.sessions[p.session.slot].members[p.session.index], slot);
            assert_eq!(
                self.ids.get(p.session.id.0, Kind::Session),
                Some(p.session.slot)
            );
            assert_eq!(p.is_zombie(), p.threads.is_empty());
            assert_eq!(p.is_zombie(), p.extension.is_none());
            if p.is_zombie() {
                assert!(p.pending.set.is_empty() && p.timers.is_empty());
            } else {
                assert!(self.handlers.contains(p.handlers));
            }
            if p.leads_session {
                assert_eq!((p.session.id, p.group.id), (p.pid, p.pid));
            }
            for thread in &p.threads {
                let t = &self.threads[thread.slot];
                assert_eq!((t.tid, t.process, t.pid), (thread.tid, slot, p.pid));
                assert_eq!(self.thread_slot(t.tid), Some(thread.slot));
                assert!((t.blocked & Signal::UNCATCHABLE).is_empty());
                if let Some(child) = t.vfork_child {
                    assert_eq!(self.processes[child].vfork_parent, Some(t.tid));
                }
                t.pending.users(&mut queued);
            }
            p.pending.users(&mut queued);
            if let Some(parent) = p.vfork_parent {
                assert_eq!(self.thread(parent).unwrap().vfork_child, Some(slot));
            }
            for timer in &p.timers {
                *queued.entry(timer.payer).or_default() += 1;
            }
            threads += p.threads.len();
            let first_is_gone = p.threads.iter().all(|t| t.tid != p.pid.main_thread());
            let count = p.threads.len() as u64 + u64::from(first_is_gone);
            *tasks.entry(p.credentials.uid).or_default() += count;
            self.check_family(slot);
            listed += self.child_slots(slot).count();
            if let Some(terminal) = p.terminal {
                assert_eq!(self.terminals[&terminal].session, p.session.id);
            }
        }
        assert_eq!(threads, self.threads.len());
        let without_parent = self
            .processes
            .iter()
            .filter(|(_, p)| p.family.parent.is_none())
            .count();
        assert_eq!(listed + without_parent, self.processes.len());
        assert_eq!(tasks.values().sum::<u64>(), self.tasks as u64);
        let users: BTreeMap<u32, u64> = self
            .users
            .iter()
            .map(|(&uid, user)| (uid, user.tasks))
            .filter(|u| u.1 > 0)
            .collect();
        assert_eq!(users, tasks);
        let signals: BTreeMap<u32, u64> = self
            .users
            .iter()
            .map(|(&uid, user)| (uid, user.queued_signals))
            .filter(|u| u.1 > 0)
            .collect();
        assert_eq!(signals, queued);
        self.check_groups();
        self.check_deadlines();
        self.check_events();
    }

    fn check_family(&self, slot: usize) {
        let mut previous = None;
        let mut last_order = 0;
        let mut waitable = BTreeMap::new();
        for child in self.child_slots(slot) {
            let c = &self.processes[child];
            assert_eq!(c.family.parent, Some(slot));
            assert_eq!(c.family.parent_pid, self.processes[slot].pid.0);
            assert_eq!(c.family.previous_sibling, previous);
            assert!(c.family.order > last_order);
            last_order = c.family.order;
            previous = Some(child);
            if c.is_zombie() || c.stop_unreported || c.continue_unreported {
                waitable.insert(c.family.order, child);
            }
            assert!(!c.stop_unreported || c.is_stopped());
        }
        assert_eq!(self.processes[slot].family.last_child, previous);
        assert_eq!(self.processes[slot].family.waitable, waitable);
    }

    fn check_groups(&self) {
        let mut members = 0;
        for (_, group) in self.groups.iter() {
            assert!(!group.members.is_empty());
            members += group.members.len();
            let stopped = group
                .members
                .iter()
                .filter(|&&m| self.processes[m].is_stopped());
            assert_eq!(stopped.count(), group.stopped);
        }
        assert_eq!(members, self.processes.len());
        let members: usize = self
            .sessions
            .iter()
            .map(|(_, session)| session.members.len())
            .sum();
        assert_eq!(members, self.processes.len());
        let references: u32 = self
            .handlers
            .iter()
            .map(|(_, handlers)| handlers.references)
            .sum();
        let living = self
            .processes
            .iter()
            .filter(|(_, p)| !p.is_zombie())
            .count();
        assert_eq!(references as usize, living);
        for owner in self.terminals.values() {
            let leader = self
                .process(owner.session)
                .expect("a terminal's session has its leader");
            assert!(leader.leads_session && !leader.is_zombie());
        }
        let subreapers = self.processes.iter().filter(|(_, p)| p.subreaper).count();
        assert_eq!(subreapers, self.subreapers);
    }

    fn check_deadlines(&self) {
        let mut armed = BTreeSet::new();
        for (slot, p) in self.processes.iter() {
            if let (Some(deadline), false) = (p.real_timer.deadline, p.real_timer.waiting) {
                armed.insert((deadline, slot, crate::table::expiry::REAL));
            }
            for timer in &p.timers {
                if let (Some(deadline), false) = (timer.clock.deadline, timer.clock.waiting) {
                    armed.insert((deadline, slot, timer.id));
                }
            }
        }
        assert_eq!(armed, self.deadlines);
    }

    fn check_events(&self) {
        let mut seen = BTreeSet::new();
        for event in &self.events {
            let living = match event {
                Event::Wake(tid) | Event::VforkDone(tid) => self.thread(*tid).is_some(),
                _ => true,
            };
            assert!(
                seen.insert(format!("{event:?}")) || !living,
                "twice: {event:?}"
            );
        }
    }
}
