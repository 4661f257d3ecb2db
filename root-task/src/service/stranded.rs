// SPDX-License-Identifier: MIT OR Apache-2.0
//! Nobody waits for ever for the answer of a process that is gone.
//!
//! Who has called waits for an answer, and the kernel does not tell that the thread which took the call is gone. But a server's
//! endpoint is of its own container's memory: all capabilities for it vanished with it, whoever had them and wherever. So a thread
//! that is in a call through an empty slot is stranded. When a container with a client's process is gone, the root task looks at
//! the threads of all clients; those that are stranded try again, and their call fails.
//!
//! A thread with such registers that does not wait any more, as an interrupt came after its call, is merely stopped for a moment.
//! One that was answered and has not run since must be left alone: resumed, it would make its call again, with
//! the answer's registers. It is known by the answer's badge, 0, where the address was. Only who waits for the end of a container,
//! whose capability has vanished as well, is let wait for that.
use croft_container_tree::{ContainerId, HolderId, Slot};
use sel4::sys::syscall_id;
use sel4::{CapRights, Word, cap};

use super::convert::thread;
use super::{Service, slot_of};
use crate::slots::own;

/// What is done between two answers to others: looking at a record is 1, at a thread it is [`LOOK`].
const STEPS: u32 = 64;
const LOOK: u32 = 16;

impl Service {
    /// A client's process has ended: others may wait for it, and are all looked at from now on.
    pub(super) fn look_for_stranded(&mut self) {
        let begun = self.jobs.look != 0;
        self.jobs.needed = self.jobs.rounds + 1 + u32::from(begun);
    }

    /// Whether the end of a container has to wait until all were looked at who may wait for its processes; looks at some. What
    /// others end meanwhile is theirs to wait for.
    pub(super) fn waits_for_stranded(&mut self, top: ContainerId) -> bool {
        let Some(place) = self.jobs.end_of(top) else {
            return false;
        };
        let needed = self.jobs.needed;
        let rounds = *self.jobs.queue[place].rounds.get_or_insert(needed);
        if self.jobs.rounds < rounds {
            self.wake_stranded();
        }
        self.jobs.rounds < rounds
    }

    /// Wakes some of those that are stranded.
    fn wake_stranded(&mut self) {
        let mut steps = 0;
        while steps < STEPS {
            let number = self.jobs.look;
            if number >= self.processes.end() {
                (self.jobs.look, self.jobs.rounds) = (0, self.jobs.rounds + 1);
                return;
            }
            self.jobs.look += 1;
            let id = HolderId(number);
            let process = self.processes.get(number).filter(|_| id != self.me);
            match process.filter(|process| process.client) {
                Some(process) => {
                    if !self.waits_for_end(id) {
                        // It cannot fail: the thread is there as long as the record is.
                        let _ = self.wake(process.slots);
                    }
                    steps += LOOK;
                }
                None => steps += 1,
            }
        }
    }

    fn wake(&self, slots: Slot) -> sel4::Result<()> {
        let tcb = cap::Tcb::from_bits(thread(slots));
        let mut registers = tcb.tcb_read_all_registers(false)?;
        let address = *registers.c_param_mut(0);
        let calls = registers.call_number() == syscall_id::Call as Word && address != 0;
        if calls && self.is_empty(slots, address) {
            tcb.tcb_suspend()?;
            tcb.tcb_resume()?;
        }
        Ok(())
    }

    /// Whether nothing is in a slot of a client's CNode.
    fn is_empty(&self, slots: Slot, slot: u64) -> bool {
        let copy = own(self.transfer);
        let copied = copy.copy(&slot_of(slots.into(), slot), CapRights::all());
        // It cannot fail: the slot is the root task's own.
        let _ = copy.delete();
        copied == Err(sel4::Error::FailedLookup)
    }
}
