// SPDX-License-Identifier: MIT OR Apache-2.0
//! Circular lists through the records of a table. Number 0 is no record.
use core::mem::replace;

use crate::Table;

/// The neighbours of a record in a list.
#[derive(Clone, Copy, Debug, Default)]
pub struct Links {
    /// The next record; of the last one in the list the first. Of a record in no list it may be used for something else.
    pub next: u32,
    /// The record before; of the first one in the list the last.
    pub previous: u32,
}

impl<T> Table<T> {
    /// Puts a record at the end of the list that begins at `head`, which is in front of it; 0 for an empty list. Gives where
    /// the list begins. For who lets it begin at the new record instead, that one is the first.
    pub fn link(&mut self, links: impl Fn(&mut T) -> &mut Links, head: u32, number: u32) -> u32 {
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
    pub fn unlink(&mut self, links: impl Fn(&mut T) -> &mut Links, head: u32, number: u32) -> u32 {
        let Links { next, previous } = *links(&mut self[number]);
        if next == number {
            return 0;
        }
        links(&mut self[next]).previous = previous;
        links(&mut self[previous]).next = next;
        if number == head { next } else { head }
    }

    /// The records in the list that begins at `head`.
    pub fn list(&self, links: impl Fn(&T) -> &Links, head: u32) -> impl Iterator<Item = u32> {
        let next = move |number: &u32| {
            let next = links(&self[*number]).next;
            (next != head).then_some(next)
        };
        core::iter::successors((head != 0).then_some(head), next)
    }
}
