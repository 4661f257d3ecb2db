// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who is in which group and session, and whose child: the lists, all with constant-time changes.
use super::{Group, ProcessTable, Session};
use crate::Pid;
use crate::process::Membership;
use crate::table::ids::Kind;
use alloc::vec::Vec;

impl<X> ProcessTable<X> {
    /// Enters a process in a group of its session, making the group if need be.
    pub(super) fn join_group(&mut self, slot: usize, id: Pid, session: Pid) -> Membership {
        let group = self.ids.get(id.0, Kind::Group).unwrap_or_else(|| {
            let group = self.groups.insert(Group {
                session,
                members: Vec::new(),
                stopped: 0,
            });
            self.ids.set(id.0, Kind::Group, Some(group));
            group
        });
        let members = &mut self.groups[group].members;
        members.push(slot);
        Membership {
            id,
            slot: group,
            index: members.len() - 1,
        }
    }

    /// Takes a process out of its group; an empty group goes away.
    pub(super) fn leave_group(&mut self, slot: usize) {
        let Membership {
            id,
            slot: group,
            index,
        } = self.processes[slot].group;
        let members = &mut self.groups[group].members;
        members.swap_remove(index);
        match members.get(index) {
            Some(&moved) => self.processes[moved].group.index = index,
            None if members.is_empty() => {
                self.groups.remove(group);
                self.ids.set(id.0, Kind::Group, None);
            }
            None => {}
        }
    }

    /// Moves a process to another group of the same or of its new session.
    pub(super) fn change_group(&mut self, slot: usize, id: Pid, session: Pid) {
        let stopped = usize::from(self.processes[slot].is_stopped());
        self.groups[self.processes[slot].group.slot].stopped -= stopped;
        self.leave_group(slot);
        self.processes[slot].group = self.join_group(slot, id, session);
        self.groups[self.processes[slot].group.slot].stopped += stopped;
    }

    /// Enters a process in a session, making the session if need be.
    pub(super) fn join_session(&mut self, slot: usize, id: Pid) -> Membership {
        let session = self.ids.get(id.0, Kind::Session).unwrap_or_else(|| {
            let session = self.sessions.insert(Session {
                members: Vec::new(),
            });
            self.ids.set(id.0, Kind::Session, Some(session));
            session
        });
        let members = &mut self.sessions[session].members;
        members.push(slot);
        Membership {
            id,
            slot: session,
            index: members.len() - 1,
        }
    }

    /// Takes a process out of its session; an empty session goes away.
    pub(super) fn leave_session(&mut self, slot: usize) {
        let Membership {
            id,
            slot: session,
            index,
        } = self.processes[slot].session;
        let members = &mut self.sessions[session].members;
        members.swap_remove(index);
        match members.get(index) {
            Some(&moved) => self.processes[moved].session.index = index,
            None if members.is_empty() => {
                self.sessions.remove(session);
                self.ids.set(id.0, Kind::Session, None);
            }
            None => {}
        }
    }

    /// Makes a process the youngest child of another.
    pub(super) fn link_child(&mut self, parent: usize, child: usize) {
        self.births += 1;
        let order = self.births;
        let pid = self.processes[parent].pid.0;
        let last = self.processes[parent].family.last_child.replace(child);
        match last {
            Some(last) => self.processes[last].family.next_sibling = Some(child),
            None => self.processes[parent].family.first_child = Some(child),
        }
        let family = &mut self.processes[child].family;
        family.parent = Some(parent);
        family.parent_pid = pid;
        family.order = order;
        family.previous_sibling = last;
        family.next_sibling = None;
    }

    /// Takes a child away from its parent.
    pub(super) fn unlink_child(&mut self, child: usize) {
        let family = &mut self.processes[child].family;
        let (previous, next) = (family.previous_sibling.take(), family.next_sibling.take());
        let order = family.order;
        family.parent_pid = 0;
        let Some(parent) = family.parent.take() else {
            return;
        };
        match previous {
            Some(previous) => self.processes[previous].family.next_sibling = next,
            None => self.processes[parent].family.first_child = next,
        }
        match next {
            Some(next) => self.processes[next].family.previous_sibling = previous,
            None => self.processes[parent].family.last_child = previous,
        }
        self.processes[parent].family.waitable.remove(&order);
    }

    /// Brings the parent's list of reportable children up to date about one of them.
    pub(super) fn update_waitable(&mut self, child: usize) {
        let process = &self.processes[child];
        let reportable =
            process.is_zombie() || process.stop_unreported || process.continue_unreported;
        let (parent, order) = (process.family.parent, process.family.order);
        let Some(parent) = parent else { return };
        let waitable = &mut self.processes[parent].family.waitable;
        if reportable {
            waitable.insert(order, child);
        } else {
            waitable.remove(&order);
        }
    }
}
