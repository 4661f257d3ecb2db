// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signals that wait to be delivered, to a process or to one thread.
use super::{SigDetail, SigInfo, Signal, SignalSet};
use alloc::vec::Vec;
use unix_abi::linux::general as linux;

/// One signal with information, and the user in whose books (`RLIMIT_SIGPENDING`) it stands.
#[derive(Clone, Copy)]
pub(crate) struct Queued {
    pub info: SigInfo,
    pub user: Option<u32>,
}

/// Pending signals: which, and what is known about them in the order of arrival. A signal in the
/// set without an entry has lost its information, or never had any (SIGKILL).
#[derive(Default)]
pub(crate) struct PendingSignals {
    pub set: SignalSet,
    queue: Vec<Queued>,
}

impl PendingSignals {
    /// Makes a signal pending without information.
    pub fn mark(&mut self, signal: Signal) {
        self.set.insert(signal);
    }

    /// Makes a signal pending.
    pub fn push(&mut self, queued: Queued) {
        self.set.insert(queued.info.signal);
        self.queue.push(queued);
    }

    /// Which signal goes next, of those in `wanted`: faults before all others, then the lowest number.
    pub fn next(&self, wanted: SignalSet) -> Option<Signal> {
        let candidates = self.set & wanted;
        (candidates & Signal::SYNCHRONOUS)
            .first()
            .or(candidates.first())
    }

    /// The first real fault among the signals in `wanted` (one that the processor raised, not one
    /// that somebody sent under its number).
    pub fn next_fault(&self, wanted: SignalSet) -> Option<Signal> {
        let candidates = self.set & wanted & Signal::SYNCHRONOUS;
        if candidates.is_empty() {
            return None;
        }
        let is_fault = |queued: &&Queued| {
            queued.info.code > linux::SI_USER as i32 && candidates.contains(queued.info.signal)
        };
        self.queue
            .iter()
            .find(is_fault)
            .map(|queued| queued.info.signal)
    }

    /// Takes the oldest entry of a signal out. Without one: what is told of a signal whose
    /// information was lost.
    pub fn take(&mut self, signal: Signal) -> Queued {
        let mut entries = self
            .queue
            .iter()
            .enumerate()
            .filter(|(_, queued)| queued.info.signal == signal);
        let first = entries.next().map(|(index, _)| index);
        let more = entries.next().is_some();
        if !more {
            self.set.remove(signal);
        }
        match first {
            Some(index) => self.queue.remove(index),
            None => Queued {
                info: SigInfo::lost(signal),
                user: None,
            },
        }
    }

    /// Throws away all of these signals; what had been queued goes to `gone`.
    pub fn discard(&mut self, signals: SignalSet, mut gone: impl FnMut(Queued)) {
        if (self.set & signals).is_empty() {
            return;
        }
        self.set = self.set.without(signals);
        self.queue.retain(|queued| {
            let discarded = signals.contains(queued.info.signal);
            if discarded {
                gone(*queued);
            }
            !discarded
        });
    }

    /// Throws away what POSIX timers queued: of one timer, or of all.
    pub fn discard_timers(&mut self, timer: Option<i32>) {
        if self.queue.is_empty() {
            return;
        }
        let mut touched = SignalSet::EMPTY;
        self.queue.retain(|queued| match queued.info.detail {
            SigDetail::Timer { id, .. } if timer.is_none_or(|timer| timer == id) => {
                touched.insert(queued.info.signal);
                false
            }
            _ => true,
        });
        for signal in touched.iter() {
            if !self.queue.iter().any(|queued| queued.info.signal == signal) {
                self.set.remove(signal);
            }
        }
    }
}

#[cfg(test)]
impl PendingSignals {
    /// Counts the entries by user, and checks that the set and the queue agree.
    pub fn users(&self, count: &mut alloc::collections::BTreeMap<u32, u64>) {
        for queued in &self.queue {
            assert!(self.set.contains(queued.info.signal));
            if let Some(user) = queued.user {
                *count.entry(user).or_default() += 1;
            }
        }
    }
}
