// SPDX-License-Identifier: MIT OR Apache-2.0
//! Delivery: what a thread has to do before it goes back to its program.
use super::ProcessTable;
use crate::signal::Queued;
use crate::{
    AltStack, DefaultAction, Delivery, Disposition, HandlerCall, SigDetail, SigInfo, Signal,
    SignalSet, State, Tid,
};
use unix_abi::linux::general as linux;

impl<X> ProcessTable<X> {
    /// Whether [`Self::next_signal`] has something to look at. A few instructions: for the way
    /// out of every system call.
    #[inline]
    pub fn has_deliverable(&self, tid: Tid) -> bool {
        let Some(slot) = self.thread_slot(tid) else {
            return false;
        };
        let thread = &self.threads[slot];
        let process = &self.processes[thread.process];
        let open = (thread.pending.set | process.pending.set).without(thread.blocked);
        !open.is_empty() || process.dying.is_some() || process.state != State::Running
    }

    /// Whether the process is going to end by a signal: what a wait asks that only ends for that
    /// (vfork).
    pub fn has_fatal(&self, tid: Tid) -> bool {
        self.process_of(tid)
            .is_some_and(|process| process.dying.is_some())
    }

    /// What the thread has to do next before it goes back to its program; `None`: it may go.
    pub fn next_signal(&mut self, tid: Tid) -> Option<Delivery> {
        let thread_slot = self.thread_slot(tid)?;
        let slot = self.threads[thread_slot].process;
        loop {
            let process = &self.processes[slot];
            if let Some((signal, core)) = process.dying {
                return Some(Delivery::Terminate { signal, core });
            }
            if process.is_stopped() {
                return Some(Delivery::Stop);
            }
            let protected = process.protected;
            let info = self.dequeue(thread_slot, !self.threads[thread_slot].blocked)?;
            let signal = info.signal;
            let action = self.handlers_of(slot).get(signal);
            match action.disposition() {
                Disposition::Ignore => continue,
                Disposition::Handler(_) => return Some(self.call_handler(thread_slot, info)),
                Disposition::Default => {}
            }
            if protected && !Signal::UNCATCHABLE.contains(signal) {
                continue;
            }
            match signal.default_action() {
                DefaultAction::Ignore | DefaultAction::Continue => {}
                DefaultAction::Stop => {
                    let group = self.processes[slot].group.id;
                    if signal == Signal::STOP || !self.is_orphaned_group(group) {
                        self.stop(slot, signal);
                    }
                }
                DefaultAction::Terminate => self.processes[slot].dying = Some((signal, false)),
                DefaultAction::Core => self.processes[slot].dying = Some((signal, true)),
            }
        }
    }

    fn call_handler(&mut self, thread_slot: usize, info: SigInfo) -> Delivery {
        let thread = &mut self.threads[thread_slot];
        let number = self.processes[thread.process].handlers;
        let stored = self.handlers[number].get_mut(info.signal);
        let action = *stored;
        if action.has(linux::SA_RESETHAND) {
            stored.handler = 0;
        }
        let saved_mask = thread.saved_mask.take().unwrap_or(thread.blocked);
        let mut blocked = thread.blocked | action.mask;
        if !action.has(linux::SA_NODEFER) {
            blocked.insert(info.signal);
        }
        let alternate = thread.alternate;
        if alternate.flags & linux::SS_AUTODISARM != 0 {
            thread.alternate = AltStack::DISABLED;
        }
        thread.awaited = SignalSet::EMPTY;
        self.block(thread_slot, blocked);
        Delivery::Handler(HandlerCall {
            info,
            action,
            saved_mask,
            alternate,
        })
    }

    /// Takes the next of the wanted signals: the thread's own before the process's.
    pub(super) fn dequeue(&mut self, thread_slot: usize, wanted: SignalSet) -> Option<SigInfo> {
        let slot = self.threads[thread_slot].process;
        let own = &mut self.threads[thread_slot].pending;
        let shared = &mut self.processes[slot].pending;
        let taken = if let Some(signal) = own.next_fault(wanted).or_else(|| own.next(wanted)) {
            own.take(signal)
        } else {
            let signal = shared.next(wanted)?;
            shared.take(signal)
        };
        Some(self.taken(slot, taken))
    }

    fn taken(&mut self, slot: usize, queued: Queued) -> SigInfo {
        self.remove_queued_signal(queued.user);
        let mut info = queued.info;
        if let SigDetail::Timer { id, value, .. } = info.detail {
            let overrun = self.timer_signal_taken(slot, id);
            info.detail = SigDetail::Timer { id, overrun, value };
        } else if info.signal == Signal::ALRM {
            self.rearm_real_timer(slot);
        }
        info
    }
}
