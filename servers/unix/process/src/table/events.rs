// SPDX-License-Identifier: MIT OR Apache-2.0
//! The queue of events: each at most once.
//!
//! Whether an event is in the queue is a bit in the process or thread that it is about. A stop
//! and a going on cancel each other: they stay in the queue but are not handed out.
use super::ProcessTable;
use crate::{Event, Pid, Tid};

const STOP: u8 = 1;
const CONTINUE: u8 = 2;
const CHILD: u8 = 4;
const WAKE: u8 = 1;
const VFORK: u8 = 2;

impl<X> ProcessTable<X> {
    /// The next effect that the caller has to bring about.
    pub fn next_event(&mut self) -> Option<Event> {
        loop {
            let event = self.events.pop_front()?;
            let holds = match event {
                Event::Wake(tid) => self.thread_event_taken(tid, WAKE),
                Event::VforkDone(tid) => self.thread_event_taken(tid, VFORK),
                Event::Stop(pid) => self.process_event_taken(pid, STOP),
                Event::Continue(pid) => self.process_event_taken(pid, CONTINUE),
                Event::ChildChanged(pid) => self.process_event_taken(pid, CHILD),
                _ => true,
            };
            if holds {
                return Some(event);
            }
        }
    }

    pub(super) fn say(&mut self, event: Event) {
        self.events.push_back(event);
    }

    pub(super) fn say_wake(&mut self, thread: usize) {
        self.say_to_thread(thread, WAKE, Event::Wake);
    }

    pub(super) fn say_vfork_done(&mut self, thread: usize) {
        self.say_to_thread(thread, VFORK, Event::VforkDone);
    }

    pub(super) fn say_stop(&mut self, slot: usize) {
        self.say_of_process(slot, STOP, CONTINUE, Event::Stop);
    }

    pub(super) fn say_continue(&mut self, slot: usize) {
        self.say_of_process(slot, CONTINUE, STOP, Event::Continue);
    }

    pub(super) fn say_child_changed(&mut self, slot: usize) {
        self.say_of_process(slot, CHILD, 0, Event::ChildChanged);
    }

    fn say_to_thread(&mut self, thread: usize, bit: u8, event: fn(Tid) -> Event) {
        let thread = &mut self.threads[thread];
        if thread.events_queued & bit == 0 {
            thread.events_queued |= bit;
            self.events.push_back(event(thread.tid));
        }
    }

    fn say_of_process(&mut self, slot: usize, bit: u8, opposite: u8, event: fn(Pid) -> Event) {
        let process = &mut self.processes[slot];
        process.events_valid = process.events_valid & !opposite | bit;
        if process.events_queued & bit == 0 {
            process.events_queued |= bit;
            self.events.push_back(event(process.pid));
        }
    }

    fn thread_event_taken(&mut self, tid: Tid, bit: u8) -> bool {
        let Some(slot) = self.thread_slot(tid) else {
            return false;
        };
        let queued = &mut self.threads[slot].events_queued;
        let holds = *queued & bit != 0;
        *queued &= !bit;
        holds
    }

    fn process_event_taken(&mut self, pid: Pid, bit: u8) -> bool {
        let Some(slot) = self.living(pid) else {
            return false;
        };
        let process = &mut self.processes[slot];
        let holds = process.events_valid & bit != 0;
        process.events_queued &= !bit;
        process.events_valid &= !bit;
        holds
    }
}
