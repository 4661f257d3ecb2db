// SPDX-License-Identifier: MIT OR Apache-2.0
//! State of a process with one thread.

use core::cell::{RefCell, RefMut};

/// A value that is set once, at the start, and then used by the one thread.
pub(crate) struct Single<T>(RefCell<Option<T>>);

// SAFETY: a process that uses this crate has one thread that runs its code (the crate's head says so) and no signal
// handlers, so there is no second thread to share with. The watchdog (`within`) uses no such value.
unsafe impl<T> Sync for Single<T> {}

impl<T> Single<T> {
    pub(crate) const fn new() -> Self {
        Self(RefCell::new(None))
    }

    pub(crate) fn set(&self, value: T) {
        *self.0.borrow_mut() = Some(value);
    }

    /// The value; `None` before it was set and while it is in use.
    pub(crate) fn get(&self) -> Option<RefMut<'_, T>> {
        RefMut::filter_map(self.0.try_borrow_mut().ok()?, Option::as_mut).ok()
    }
}
