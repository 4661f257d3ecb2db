// SPDX-License-Identifier: MIT OR Apache-2.0
//! A signal comes into being: what it does at once, whether it stays, who is woken for it.
use super::ProcessTable;
use crate::signal::Queued;
use crate::{DefaultAction, Disposition, Pid, SigDetail, SigInfo, Signal, SignalSet, Tid};
use unix_abi::{Errno, linux::general as linux};

impl<X> ProcessTable<X> {
    /// A signal from the system to a process. `ESRCH`.
    pub fn send_to_process(&mut self, pid: Pid, info: SigInfo) -> Result<(), Errno> {
        let slot = self.slot(pid).ok_or(Errno::ESRCH)?;
        self.generate(slot, None, info)
    }

    /// A signal from the system to one thread (SIGPIPE, SIGXFSZ). `ESRCH`.
    pub fn send_to_thread(&mut self, tid: Tid, info: SigInfo) -> Result<(), Errno> {
        let thread = self.thread_slot(tid).ok_or(Errno::ESRCH)?;
        self.generate(self.threads[thread].process, Some(thread), info)
    }

    /// A fault of the thread's own (SIGSEGV, SIGILL, …). It cannot be put off: if the signal is
    /// blocked or ignored, the default action takes place and the process ends, even process 1.
    pub fn force_fault(&mut self, tid: Tid, info: SigInfo) {
        let Some(thread_slot) = self.thread_slot(tid) else {
            return;
        };
        let slot = self.threads[thread_slot].process;
        let number = self.processes[slot].handlers;
        let action = self.handlers[number].get_mut(info.signal);
        let thread = &mut self.threads[thread_slot];
        let blocked = thread.blocked.contains(info.signal);
        if blocked || action.disposition() == Disposition::Ignore {
            action.handler = 0;
            thread.blocked.remove(info.signal);
        }
        if action.disposition() == Disposition::Default {
            self.processes[slot].protected = false;
        }
        let _ = self.generate(slot, Some(thread_slot), info);
        // It may have been pending before, without anybody to notice.
        self.say_wake(thread_slot);
    }

    /// The frame of this signal could not be written: SIGSEGV instead, which ends the process if
    /// the signal was SIGSEGV itself.
    pub fn frame_failed(&mut self, tid: Tid, signal: Signal) {
        if signal == Signal::SEGV
            && let Some(thread) = self.thread(tid)
        {
            let number = self.processes[thread.process].handlers;
            self.handlers[number].get_mut(signal).handler = 0;
        }
        self.force_fault(tid, SigInfo::from_kernel(Signal::SEGV));
    }

    /// Generates a signal for a process, or for one thread of it. `EAGAIN`: too many are queued.
    pub(super) fn generate(
        &mut self,
        slot: usize,
        thread: Option<usize>,
        info: SigInfo,
    ) -> Result<(), Errno> {
        let signal = info.signal;
        let process = &self.processes[slot];
        if process.is_zombie() || process.dying.is_some() {
            return Ok(());
        }
        self.apply_at_once(slot, signal);
        if self.is_dropped(slot, thread, &info) {
            return Ok(());
        }
        let pending = match thread {
            Some(thread) => &mut self.threads[thread].pending,
            None => &mut self.processes[slot].pending,
        };
        let is_timer = matches!(info.detail, SigDetail::Timer { .. });
        if !signal.is_real_time() && pending.set.contains(signal) && !is_timer {
            return Ok(());
        }
        if signal == Signal::KILL {
            pending.mark(signal);
        } else {
            self.queue(slot, thread, info)?;
        }
        self.find_taker(slot, thread, signal);
        Ok(())
    }

    /// Stop signals and SIGCONT throw each other away wherever they are pending, and SIGCONT lets
    /// the process go on, whatever else becomes of it.
    fn apply_at_once(&mut self, slot: usize, signal: Signal) {
        if Signal::STOPPING.contains(signal) {
            self.discard_everywhere(slot, SignalSet::of(&[Signal::CONT]));
        } else if signal == Signal::CONT {
            self.discard_everywhere(slot, Signal::STOPPING);
            self.continue_stopped(slot);
        }
    }

    /// Whether the signal has no effect. Blocked signals always stay: the process may change its
    /// mind before it unblocks them.
    fn is_dropped(&self, slot: usize, thread: Option<usize>, info: &SigInfo) -> bool {
        let process = &self.processes[slot];
        let looked_at = thread.or_else(|| process.threads.first().map(|thread| thread.slot));
        let signal = info.signal;
        if looked_at.is_some_and(|thread| self.threads[thread].blocked.contains(signal)) {
            return false;
        }
        let action = self.handlers_of(slot).get(signal);
        let protects = process.protected
            && action.disposition() == Disposition::Default
            && !(info.code == linux::SI_KERNEL as i32 && Signal::UNCATCHABLE.contains(signal));
        // SIGCONT by default does nothing more than has been done already.
        protects || action.ignores(signal)
    }

    /// Puts the signal in its queue, in the books of the target's user. A standard signal for
    /// which there is no room stays pending without its information.
    fn queue(&mut self, slot: usize, thread: Option<usize>, info: SigInfo) -> Result<(), Errno> {
        let process = &self.processes[slot];
        let uid = process.credentials.uid;
        let limit = process.limits.soft(linux::RLIMIT_SIGPENDING);
        let by_system = !info.signal.is_real_time() && info.code >= 0;
        let user = if let SigDetail::Timer { id, .. } = info.detail {
            self.timer_signal_queued(slot, id);
            None // Paid for when the timer was made.
        } else if self.add_queued_signal(uid, (!by_system).then_some(limit)) {
            Some(uid)
        } else if info.signal.is_real_time() && info.code != linux::SI_USER as i32 {
            return Err(Errno::EAGAIN);
        } else {
            self.pending_mut(slot, thread).mark(info.signal);
            return Ok(());
        };
        self.pending_mut(slot, thread).push(Queued { info, user });
        Ok(())
    }

    /// Chooses a thread to deal with a pending signal and wakes it. A fatal signal takes hold of
    /// the whole process at once.
    fn find_taker(&mut self, slot: usize, thread: Option<usize>, signal: Signal) {
        let process = &self.processes[slot];
        let wants = |thread: usize| {
            let thread = &self.threads[thread];
            let open = !thread.blocked.contains(signal) || thread.awaited.contains(signal);
            open && (!process.is_stopped() || signal == Signal::KILL)
        };
        let taker = match thread {
            Some(thread) => wants(thread).then_some(thread),
            None => process
                .threads
                .iter()
                .map(|thread| thread.slot)
                .find(|&thread| wants(thread)),
        };
        let Some(taker) = taker else { return };
        let awaited = self.threads[taker].awaited.contains(signal);
        let defaulted = self.handlers_of(slot).get(signal).disposition() == Disposition::Default;
        let protected = process.protected && signal != Signal::KILL;
        let fatal = signal.default_action() == DefaultAction::Terminate && !protected;
        if fatal && defaulted && !awaited {
            self.doom(slot, signal);
        } else {
            self.say_wake(taker);
        }
    }

    /// The process is going to end by this signal.
    fn doom(&mut self, slot: usize, signal: Signal) {
        self.processes[slot].dying = Some((signal, false));
        if self.mark_running(slot) {
            self.processes[slot].stop_unreported = false;
            self.update_waitable(slot);
        }
        for index in 0..self.processes[slot].threads.len() {
            self.say_wake(self.processes[slot].threads[index].slot);
        }
    }

    /// Wakes a thread for what is pending for the process as a whole, after the thread that was
    /// woken for it is no longer there or has blocked `signals`.
    pub(super) fn wake_for_shared(&mut self, slot: usize, signals: SignalSet) {
        let process = &self.processes[slot];
        let waiting = process.pending.set & signals;
        if waiting.is_empty() {
            return;
        }
        let open = |thread: &&crate::process::ThreadRef| {
            !waiting
                .without(self.threads[thread.slot].blocked)
                .is_empty()
        };
        if let Some(thread) = process.threads.iter().find(open) {
            self.say_wake(thread.slot);
        }
    }

    fn pending_mut(
        &mut self,
        slot: usize,
        thread: Option<usize>,
    ) -> &mut crate::signal::PendingSignals {
        match thread {
            Some(thread) => &mut self.threads[thread].pending,
            None => &mut self.processes[slot].pending,
        }
    }

    /// Throws away what is pending for the process as a whole.
    pub(super) fn discard_shared(&mut self, slot: usize, signals: SignalSet) {
        let mut pending = core::mem::take(&mut self.processes[slot].pending);
        pending.discard(signals, |queued| self.forget_queued(slot, &queued));
        self.processes[slot].pending = pending;
    }

    /// Throws away what is pending for the process and for each of its threads.
    pub(super) fn discard_everywhere(&mut self, slot: usize, signals: SignalSet) {
        self.discard_shared(slot, signals);
        for index in 0..self.processes[slot].threads.len() {
            let thread = self.processes[slot].threads[index].slot;
            let mut pending = core::mem::take(&mut self.threads[thread].pending);
            pending.discard(signals, |queued| self.forget_queued(slot, &queued));
            self.threads[thread].pending = pending;
        }
    }

    fn forget_queued(&mut self, slot: usize, queued: &Queued) {
        self.remove_queued_signal(queued.user);
        if let SigDetail::Timer { id, .. } = queued.info.detail {
            self.timer_signal_lost(slot, id);
        }
    }
}
