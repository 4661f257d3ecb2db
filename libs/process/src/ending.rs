// SPDX-License-Identifier: MIT OR Apache-2.0
//! How far the end of a child is that its parent wants: asked for first, by force when the time for it is over.
//!
//! Nothing in here does anything: the parent asks, waits and destroys. Time is whatever its parent measures it in, as
//! long as it never goes back: servers take the processor's counter, and the clock's timer for the deadline.

/// How far the end of a child is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// Nobody has asked for it.
    #[default]
    Unasked,
    /// It was asked, and has time until then.
    Asked {
        /// The first moment that is too late.
        deadline: u64,
    },
    /// It did not end in time: its parent destroys it.
    Forced,
    /// It is over.
    Over(Manner),
}

/// Whose doing the end of a child was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// The parent did not want it.
    Unasked,
    /// It ended after its parent had asked for it, before its time was over. Whether well or not tells how it ended.
    InTime,
    /// It did not, and was destroyed.
    Forced,
}

impl Ending {
    /// Its parent wants the end before `deadline`. Whether it has to be asked: it is asked once. Who asks again
    /// can shorten its time, but not lengthen it.
    pub fn ask(&mut self, deadline: u64) -> bool {
        match self {
            Self::Unasked => {
                *self = Self::Asked { deadline };
                return true;
            }
            Self::Asked { deadline: old } => *old = deadline.min(*old),
            Self::Forced | Self::Over(_) => {}
        }
        false
    }

    /// When its time is over, if it was asked and may still end of itself.
    #[must_use]
    pub const fn deadline(&self) -> Option<u64> {
        match self {
            Self::Asked { deadline } => Some(*deadline),
            _ => None,
        }
    }

    /// It is `now`. Whether that is too late, so that it has to be destroyed: told once.
    pub fn passed(&mut self, now: u64) -> bool {
        let late = self.deadline().is_some_and(|deadline| deadline <= now);
        if late {
            *self = Self::Forced;
        }
        late
    }

    /// It has ended, by whatever it was: its own word, a fault, its parent or somebody else who destroyed it. Whose doing that
    /// was; `None` if its end was known already.
    pub fn over(&mut self) -> Option<Manner> {
        let manner = match self {
            Self::Unasked => Manner::Unasked,
            Self::Asked { .. } => Manner::InTime,
            Self::Forced => Manner::Forced,
            Self::Over(_) => return None,
        };
        *self = Self::Over(manner);
        Some(manner)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn who_ends_when_asked_ends_in_time() {
        let mut ending = Ending::default();
        assert!(ending.ask(100));
        assert!(!ending.passed(99));
        assert_eq!(ending.over(), Some(Manner::InTime));
        assert!(!ending.passed(100));
    }

    #[test]
    fn who_does_not_is_forced_once() {
        let mut ending = Ending::default();
        assert!(ending.ask(100));
        assert!(ending.passed(100));
        assert!(!ending.passed(101));
        assert_eq!(ending.deadline(), None);
        assert_eq!(ending.over(), Some(Manner::Forced));
        assert_eq!(ending.over(), None);
    }

    #[test]
    fn nobody_asks_twice_or_gives_more_time() {
        let mut ending = Ending::default();
        assert!(ending.ask(100));
        assert!(!ending.ask(200));
        assert_eq!(ending.deadline(), Some(100));
        assert!(!ending.ask(50));
        assert_eq!(ending.deadline(), Some(50));
    }

    #[test]
    fn an_end_that_nobody_wanted_is_told_as_such() {
        let mut ending = Ending::default();
        assert!(!ending.passed(u64::MAX));
        assert_eq!(ending.over(), Some(Manner::Unasked));
        assert!(!ending.ask(100));
        assert_eq!(ending.over(), None);
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Ask(u64),
        Wait(u64),
        End,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0u64..40).prop_map(Step::Ask),
            (0u64..20).prop_map(Step::Wait),
            Just(Step::End),
        ]
    }

    proptest! {
        /// Whatever happens in which order: the child is asked at most once, destroyed at most once and only too late, and its
        /// end is told once, with the manner that the order of events says.
        #[test]
        fn any_order_of_events(steps in prop::collection::vec(step(), 0..40)) {
            let (mut ending, mut now) = (Ending::default(), 0);
            let (mut deadline, mut asked, mut forced, mut told) = (None::<u64>, 0, 0, 0);
            for step in steps {
                match step {
                    Step::Ask(time) => {
                        let wanted = now + time;
                        asked += u32::from(ending.ask(wanted));
                        if told == 0 && forced == 0 {
                            deadline = Some(deadline.map_or(wanted, |old| old.min(wanted)));
                        }
                    }
                    Step::Wait(time) => {
                        now += time;
                        let destroy = ending.passed(now);
                        let late = told == 0 && forced == 0 && deadline.is_some_and(|at| at <= now);
                        prop_assert_eq!(destroy, late);
                        forced += u32::from(destroy);
                    }
                    Step::End => {
                        let expected = match (told, forced, deadline) {
                            (1, ..) => None,
                            (_, 1, _) => Some(Manner::Forced),
                            (_, _, Some(_)) => Some(Manner::InTime),
                            _ => Some(Manner::Unasked),
                        };
                        prop_assert_eq!(ending.over(), expected);
                        told = 1;
                    }
                }
                prop_assert!(asked <= 1 && forced <= 1);
                prop_assert_eq!(asked == 1, deadline.is_some());
            }
        }
    }
}
