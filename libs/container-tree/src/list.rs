// SPDX-License-Identifier: MIT OR Apache-2.0
//! Circular lists through the records of a table, so that each operation takes the same time. Number 0 is no record.
use core::mem::replace;

use crate::table::Table;

/// The neighbours of a record in a list.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Links {
    pub(crate) next: u32,
    pub(crate) previous: u32,
}

impl<T> Table<T> {
    /// Puts a record at the end of the list that begins at `head`, which is in front of it; 0 for an empty list. Gives where
    /// the list begins.
    pub(crate) fn link(
        &mut self,
        links: impl Fn(&mut T) -> &mut Links,
        head: u32,
        number: u32,
    ) -> u32 {
        let (mut next, mut previous) = (number, number);
        if head != 0 {
            next = head;
            previous = replace(&mut links(&mut self[head]).previous, number);
            links(&mut self[previous]).next = number;
        }
        *links(&mut self[number]) = Links { next, previous };
        next
    }

    /// Takes a record out of the list that begins at `head`. Gives where the list begins then.
    pub(crate) fn unlink(
        &mut self,
        links: impl Fn(&mut T) -> &mut Links,
        head: u32,
        number: u32,
    ) -> u32 {
        let Links { next, previous } = *links(&mut self[number]);
        if next == number {
            return 0;
        }
        links(&mut self[next]).previous = previous;
        links(&mut self[previous]).next = next;
        if number == head { next } else { head }
    }
}
