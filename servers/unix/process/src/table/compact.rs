// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tables move to where they need least, so that the heap behind them can shrink.
use super::{Handlers, Process, ProcessTable};
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use core::mem::take;

impl<X> ProcessTable<X> {
    /// Builds all tables anew, as small as they can be. Nothing that can be seen from outside changes. Worth it after many
    /// processes have ended: a table that grew while there were many lies at the end of the heap and keeps it long.
    pub fn compact(&mut self) {
        self.ids.compact();
        let anew = |(slot, process): (usize, Box<Process<X>>)| (slot, Box::new(*process));
        self.processes = take(&mut self.processes).into_iter().map(anew).collect();
        for (_, process) in &mut self.processes {
            let waitable = &mut process.family.waitable;
            *waitable = take(waitable).into_iter().collect();
        }
        for (_, group) in &mut self.groups {
            group.members = group.members.clone();
        }
        for (_, session) in &mut self.sessions {
            session.members = session.members.clone();
        }
        self.threads = take(&mut self.threads).into_iter().collect();
        self.groups = take(&mut self.groups).into_iter().collect();
        self.sessions = take(&mut self.sessions).into_iter().collect();
        let anew = |(slot, handlers): (usize, Box<Handlers>)| (slot, Box::new(*handlers));
        self.handlers = take(&mut self.handlers).into_iter().map(anew).collect();
        self.users = take(&mut self.users).into_iter().collect();
        self.deadlines = take(&mut self.deadlines).into_iter().collect();
        self.terminals = take(&mut self.terminals).into_iter().collect();
        let events = take(&mut self.events);
        // Collecting would keep the old queue's memory.
        self.events = VecDeque::with_capacity(events.len());
        self.events.extend(events);
    }
}
