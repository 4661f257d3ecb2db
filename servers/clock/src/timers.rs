// SPDX-License-Identifier: MIT OR Apache-2.0
//! The timer table: one one-shot timer for each client.

use heapless::Vec;

/// How many clients can have a timer.
pub const CLIENTS: usize = 32;

#[derive(Debug)]
struct Entry<N> {
    badge: u64,
    notification: N,
    deadline: Option<u64>,
}

/// Who is to be notified when. `N` names a notification.
///
/// A plain list: with at most [`CLIENTS`] entries a scan costs less than keeping an order.
#[derive(Debug)]
pub struct Timers<N> {
    entries: Vec<Entry<N>, CLIENTS>,
}

impl<N> Default for Timers<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<N> Timers<N> {
    /// No clients.
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
        }
    }

    /// Whether another client finds room.
    pub fn has_room_for(&self, badge: u64) -> bool {
        !self.entries.is_full() || self.entries.iter().any(|entry| entry.badge == badge)
    }

    /// Registers the client's notification; gives back the one that it replaces.
    ///
    /// # Errors
    /// Gives the notification back if the table is full.
    pub fn subscribe(&mut self, badge: u64, notification: N) -> Result<Option<N>, N> {
        if let Some(entry) = self.find(badge) {
            return Ok(Some(core::mem::replace(
                &mut entry.notification,
                notification,
            )));
        }
        match self.entries.push(Entry {
            badge,
            notification,
            deadline: None,
        }) {
            Ok(()) => Ok(None),
            Err(entry) => Err(entry.notification),
        }
    }

    /// Sets or takes back (`None`) the client's timer; false if it has not subscribed.
    pub fn set(&mut self, badge: u64, deadline: Option<u64>) -> bool {
        match self.find(badge) {
            Some(entry) => {
                entry.deadline = deadline;
                true
            }
            None => false,
        }
    }

    /// The earliest deadline.
    pub fn next(&self) -> Option<u64> {
        self.entries.iter().filter_map(|entry| entry.deadline).min()
    }

    /// Calls `expired` for each timer whose deadline has come, and takes it back.
    pub fn expire(&mut self, now: u64, mut expired: impl FnMut(&N)) {
        for entry in &mut self.entries {
            if entry.deadline.is_some_and(|deadline| deadline <= now) {
                entry.deadline = None;
                expired(&entry.notification);
            }
        }
    }

    fn find(&mut self, badge: u64) -> Option<&mut Entry<N>> {
        self.entries.iter_mut().find(|entry| entry.badge == badge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Debug, Clone)]
    enum Step {
        Subscribe(u64),
        Set(u64, Option<u64>),
        Advance(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0u64..40).prop_map(Step::Subscribe),
            (0u64..40, proptest::option::of(0u64..1000))
                .prop_map(|(badge, deadline)| Step::Set(badge, deadline)),
            (0u64..100).prop_map(Step::Advance),
        ]
    }

    proptest! {
        /// Against a map from badge to deadline.
        #[test]
        fn behaves_like_a_map(steps in prop::collection::vec(step(), 0..300)) {
            let mut timers = Timers::new();
            let mut model = BTreeMap::<u64, Option<u64>>::new();
            let mut now = 0;
            for step in steps {
                match step {
                    Step::Subscribe(badge) => {
                        let room = model.len() < CLIENTS || model.contains_key(&badge);
                        prop_assert_eq!(timers.has_room_for(badge), room);
                        let result = timers.subscribe(badge, badge);
                        if room {
                            let before = model.contains_key(&badge).then_some(badge);
                            prop_assert_eq!(result, Ok(before));
                            model.entry(badge).or_default();
                        } else {
                            prop_assert_eq!(result, Err(badge));
                        }
                    }
                    Step::Set(badge, deadline) => {
                        let known = model.contains_key(&badge);
                        prop_assert_eq!(timers.set(badge, deadline), known);
                        if known {
                            model.insert(badge, deadline);
                        }
                    }
                    Step::Advance(by) => {
                        now += by;
                        let mut expired = Vec::<u64, 64>::new();
                        timers.expire(now, |badge| expired.push(*badge).unwrap());
                        let mut expected = Vec::<u64, 64>::new();
                        for (badge, deadline) in &mut model {
                            if deadline.is_some_and(|deadline| deadline <= now) {
                                *deadline = None;
                                expected.push(*badge).unwrap();
                            }
                        }
                        expired.sort_unstable();
                        prop_assert_eq!(expired, expected);
                    }
                }
                prop_assert_eq!(timers.next(), model.values().filter_map(|deadline| *deadline).min());
            }
        }
    }
}
