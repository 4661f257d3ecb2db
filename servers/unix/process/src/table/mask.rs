// SPDX-License-Identifier: MIT OR Apache-2.0
//! Actions, masks and stacks: what a thread says about its signals.
use super::{MaskChange, ProcessTable};
use crate::{
    AltStack, Disposition, Pid, SA_FLAGS_KNOWN, SigAction, SigInfo, Signal, SignalSet, Tid,
};
use unix_abi::Errno;

impl<X> ProcessTable<X> {
    /// rt_sigaction(2): the old action. A signal that is ignored from now on is thrown away where
    /// it is pending. `EINVAL` for changing SIGKILL or SIGSTOP, `ESRCH`.
    pub fn sigaction(
        &mut self,
        tid: Tid,
        signal: Signal,
        new: Option<&SigAction>,
    ) -> Result<SigAction, Errno> {
        let slot = self.thread(tid).ok_or(Errno::ESRCH)?.process;
        let number = self.processes[slot].handlers;
        let stored = self.handlers[number].get_mut(signal);
        let old = *stored;
        let Some(new) = new else { return Ok(old) };
        if Signal::UNCATCHABLE.contains(signal) {
            return Err(Errno::EINVAL);
        }
        *stored = SigAction {
            flags: new.flags & SA_FLAGS_KNOWN,
            mask: new.mask.maskable(),
            ..*new
        };
        if stored.ignores(signal) {
            self.discard_everywhere(slot, SignalSet::of(&[signal]));
        } else {
            self.timers_may_signal_again(slot, signal);
        }
        Ok(old)
    }

    /// What a process does about a signal; `None` if it has ended.
    pub fn action(&self, pid: Pid, signal: Signal) -> Option<&SigAction> {
        Some(self.handlers_of(self.living(pid)?).get(signal))
    }

    /// Signals that a process ignores, and signals that it has handlers for
    /// (`/proc/PID/status`: SigIgn, SigCgt).
    pub fn dispositions(&self, pid: Pid) -> (SignalSet, SignalSet) {
        let (mut ignored, mut caught) = (SignalSet::EMPTY, SignalSet::EMPTY);
        if let Some(slot) = self.living(pid) {
            for signal in SignalSet::ALL.iter() {
                match self.handlers_of(slot).get(signal).disposition() {
                    Disposition::Ignore => ignored.insert(signal),
                    Disposition::Handler(_) => caught.insert(signal),
                    Disposition::Default => {}
                }
            }
        }
        (ignored, caught)
    }

    /// rt_sigprocmask(2): the old mask.
    pub fn sigprocmask(&mut self, tid: Tid, change: Option<MaskChange>) -> SignalSet {
        let Some(slot) = self.thread_slot(tid) else {
            return SignalSet::EMPTY;
        };
        let old = self.threads[slot].blocked;
        match change {
            None => {}
            Some(MaskChange::Block(set)) => self.block(slot, old | set),
            Some(MaskChange::Unblock(set)) => self.block(slot, old.without(set)),
            Some(MaskChange::Set(set)) => self.block(slot, set),
        }
        old
    }

    /// rt_sigpending(2): what is pending and blocked.
    pub fn sigpending(&self, tid: Tid) -> SignalSet {
        let Some(thread) = self.thread(tid) else {
            return SignalSet::EMPTY;
        };
        (thread.pending.set | self.processes[thread.process].pending.set) & thread.blocked
    }

    /// sigsuspend, ppoll, pselect, epoll_pwait: this mask until the call ends. May be called again
    /// when the call is run again. The old mask goes into the frame of the handler that ends the
    /// call, or comes back with [`Self::restore_mask`].
    pub fn set_temporary_mask(&mut self, tid: Tid, mask: SignalSet) {
        let Some(slot) = self.thread_slot(tid) else {
            return;
        };
        let thread = &mut self.threads[slot];
        thread.saved_mask.get_or_insert(thread.blocked);
        self.block(slot, mask);
    }

    /// The call with a temporary mask ended without a handler. Does nothing if there is none.
    pub fn restore_mask(&mut self, tid: Tid) {
        let Some(slot) = self.thread_slot(tid) else {
            return;
        };
        if let Some(mask) = self.threads[slot].saved_mask.take() {
            self.block(slot, mask);
        }
    }

    /// rt_sigtimedwait(2): takes one of these signals; or notes what the thread waits for. Then
    /// block until [`crate::Event::Wake`] and call again (the class is
    /// [`crate::RestartClass::Never`]), and end with [`Self::end_sigtimedwait`] if it comes to nothing.
    pub fn sigtimedwait(&mut self, tid: Tid, set: SignalSet) -> Option<SigInfo> {
        let slot = self.thread_slot(tid)?;
        let set = set.maskable();
        let taken = self.dequeue(slot, set);
        self.threads[slot].awaited = if taken.is_some() {
            SignalSet::EMPTY
        } else {
            set
        };
        taken
    }

    /// sigtimedwait timed out or was interrupted.
    pub fn end_sigtimedwait(&mut self, tid: Tid) {
        if let Some(slot) = self.thread_slot(tid) {
            self.threads[slot].awaited = SignalSet::EMPTY;
        }
    }

    /// sigaltstack(2) of a thread with this stack pointer: the old one as it is reported. `EPERM`
    /// while running on it, `EINVAL`, `ENOMEM`, `ESRCH`.
    pub fn sigaltstack(
        &mut self,
        tid: Tid,
        new: Option<AltStack>,
        stack_pointer: u64,
    ) -> Result<AltStack, Errno> {
        let slot = self.thread_slot(tid).ok_or(Errno::ESRCH)?;
        let alternate = &mut self.threads[slot].alternate;
        let old = alternate.reported(stack_pointer);
        if let Some(new) = new {
            *alternate = alternate.replaced_by(new, stack_pointer)?;
        }
        Ok(old)
    }

    /// rt_sigreturn(2): mask and alternate stack (`uc_stack`) out of the frame; `stack_pointer` is
    /// the restored one. An alternate stack that cannot be set is left as it is.
    pub fn sigreturn(
        &mut self,
        tid: Tid,
        mask: SignalSet,
        alternate: AltStack,
        stack_pointer: u64,
    ) {
        let Some(slot) = self.thread_slot(tid) else {
            return;
        };
        let thread = &mut self.threads[slot];
        if let Ok(restored) = thread.alternate.replaced_by(alternate, stack_pointer) {
            thread.alternate = restored;
        }
        self.block(slot, mask);
    }

    /// Sets a thread's mask. Signals for the process that it no longer takes are for the other threads.
    pub(super) fn block(&mut self, thread_slot: usize, mask: SignalSet) {
        let thread = &mut self.threads[thread_slot];
        let mask = mask.maskable();
        let newly = mask.without(thread.blocked);
        thread.blocked = mask;
        let slot = thread.process;
        if !newly.is_empty() && self.processes[slot].threads.len() > 1 {
            self.wake_for_shared(slot, newly);
        }
    }
}
