// SPDX-License-Identifier: MIT OR Apache-2.0
//! Objects of a server, each behind capabilities with a badge of its own.

use crate::{Dispatch, Incoming, Outgoing, ProtocolError, refuse};
use core::fmt;
use heapless::Vec;

/// Badges of objects carry this bit; those that a parent gives to a server's clients do not.
pub const OBJECT_BADGE_BIT: u64 = 1 << 26;

const INDEX_BITS: u32 = 12;
const GENERATION_BITS: u32 = 14;

/// There is no room for another object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableFull;

impl fmt::Display for TableFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the table of objects is full: remove some first")
    }
}

impl core::error::Error for TableFull {}

/// Up to `N` (at most 4096) objects, found by badge.
///
/// A badge is a place in the table and a generation, which changes when an object is removed. So a badge of one that is
/// gone finds nothing, although its place has a new tenant; and so does any number that was never given out. After
/// 16384 tenants a place stays empty.
#[derive(Debug)]
pub struct Objects<T, const N: usize> {
    places: Vec<Place<T>, N>,
}

#[derive(Debug)]
struct Place<T> {
    generation: u16,
    object: Option<T>,
}

impl<T, const N: usize> Default for Objects<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize> Objects<T, N> {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(N <= 1 << INDEX_BITS, "a badge has room for 4096 objects") };
        Self { places: Vec::new() }
    }

    /// Keeps an object; its badge.
    ///
    /// # Errors
    /// [`TableFull`].
    pub fn insert(&mut self, object: T) -> Result<u64, TableFull> {
        let usable = |place: &Place<T>| {
            place.object.is_none() && u32::from(place.generation) < 1 << GENERATION_BITS
        };
        let index = match self.places.iter().position(usable) {
            Some(index) => index,
            None => {
                let place = Place {
                    generation: 0,
                    object: None,
                };
                self.places.push(place).map_err(|_| TableFull)?;
                self.places.len() - 1
            }
        };
        let place = &mut self.places[index];
        place.object = Some(object);
        Ok(OBJECT_BADGE_BIT | u64::from(place.generation) << INDEX_BITS | index as u64)
    }

    /// The object of a badge; `None` if it is gone or never was.
    pub fn get_mut(&mut self, badge: u64) -> Option<&mut T> {
        self.place(badge)?.object.as_mut()
    }

    /// Takes the object of a badge out. All capabilities with that badge lead nowhere from then on.
    pub fn remove(&mut self, badge: u64) -> Option<T> {
        let place = self.place(badge)?;
        let object = place.object.take()?;
        place.generation += 1;
        Some(object)
    }

    /// All objects with their badges.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (u64, &mut T)> {
        self.places
            .iter_mut()
            .enumerate()
            .filter_map(|(index, place)| {
                let badge =
                    OBJECT_BADGE_BIT | u64::from(place.generation) << INDEX_BITS | index as u64;
                Some((badge, place.object.as_mut()?))
            })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places
            .iter()
            .filter(|place| place.object.is_some())
            .count()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Dispatches a message to the object that its caller's badge names. If that is gone, the caller gets
    /// [`CallError::Gone`](crate::CallError::Gone).
    #[inline]
    pub fn dispatch<I: Dispatch<T>>(
        &mut self,
        incoming: &Incoming<'_>,
        buffer: &mut [u8],
    ) -> Option<Outgoing> {
        match self.get_mut(incoming.call.badge) {
            Some(object) => I::dispatch(object, incoming, buffer),
            None => Some(refuse(incoming, ProtocolError::NoSuchObject, buffer)),
        }
    }

    #[inline]
    fn place(&mut self, badge: u64) -> Option<&mut Place<T>> {
        let index = badge & ((1 << INDEX_BITS) - 1);
        let place = self.places.get_mut(index as usize)?;
        let known = OBJECT_BADGE_BIT | u64::from(place.generation) << INDEX_BITS | index;
        (known == badge).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn a_badge_finds_its_object_or_nothing(steps in prop::collection::vec((any::<bool>(), any::<u64>()), 0..400)) {
            let mut objects = Objects::<u64, 8>::new();
            let (mut known, mut old) = (BTreeMap::new(), Vec::<u64, 400>::new());
            for (add, value) in steps {
                if add {
                    match objects.insert(value) {
                        Ok(badge) => {
                            prop_assert!(badge & crate::EVENT_BADGE_BIT == 0 && badge < 1 << 28);
                            prop_assert!(known.insert(badge, value).is_none() && !old.contains(&badge));
                        }
                        Err(TableFull) => prop_assert_eq!(known.len(), 8),
                    }
                } else if let Some(&badge) = known.keys().nth(value as usize % (known.len() + 1)) {
                    prop_assert_eq!(objects.remove(badge), known.remove(&badge));
                    prop_assert!(old.push(badge).is_ok());
                }
                for badge in &old {
                    prop_assert!(objects.get_mut(*badge).is_none());
                }
                for (badge, value) in &known {
                    prop_assert_eq!(objects.get_mut(*badge), Some(&mut value.clone()));
                }
                prop_assert_eq!(objects.len(), known.len());
            }
        }

        #[test]
        fn a_forged_badge_finds_nothing(badge: u64) {
            let mut objects = Objects::<u8, 4>::new();
            let own = objects.insert(1).unwrap();
            prop_assert_eq!(objects.get_mut(badge).is_some(), badge == own);
        }
    }

    #[test]
    fn a_worn_out_place_stays_empty() {
        let mut objects = Objects::<u8, 1>::new();
        let mut last = 0;
        for _ in 0..1 << GENERATION_BITS {
            let badge = objects.insert(0).unwrap();
            assert_ne!(badge, last);
            last = badge;
            objects.remove(badge);
        }
        assert_eq!(objects.insert(0), Err(TableFull));
        assert_eq!(objects.remove(last), None);
    }
}
