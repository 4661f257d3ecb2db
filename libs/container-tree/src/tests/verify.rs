// SPDX-License-Identifier: MIT OR Apache-2.0
//! What must hold between any two operations.
use std::collections::BTreeMap;

use super::mock::Mock;
use crate::books::State;
use crate::container::Life;
use crate::free::{CLASSES, FreeLists, SPLIT};
use crate::tree::{EXTRA, Tree};
use crate::{Amount, CONTAINER_SLOTS, ContainerId, Entry, MIN_BITS, RECORD_SLOTS};

/// Everything that a failed operation must leave as it was: accounts, and how many free blocks of which size each
/// container has.
pub(super) fn snapshot(tree: &Tree<Mock>) -> Vec<(u16, Entry, Vec<usize>)> {
    (0..tree.containers.len() as u16)
        .filter_map(|number| {
            let info = tree.info(ContainerId(number)).ok()?;
            let free = (0..CLASSES as u8)
                .map(|class| free_list(tree, number, class).len())
                .collect();
            Some((number, info, free))
        })
        .collect()
}

/// The free blocks of a container in a size class; the root container's with the untouched ones.
pub(super) fn free_list(tree: &Tree<Mock>, container: u16, class: u8) -> Vec<u32> {
    let mut list = members(tree, &tree.container(container).free, class);
    if container == ContainerId::ROOT.0 {
        let untouched = members(tree, &tree.untouched, class);
        for block in &untouched {
            let block = tree.books.block(*block);
            assert!(block.parts == 0 && block.whole == 0);
        }
        list.extend(untouched);
    }
    list
}

fn members(tree: &Tree<Mock>, free: &FreeLists, class: u8) -> Vec<u32> {
    let head = free.0.head(class);
    let mut list = Vec::new();
    let mut number = head;
    while number != 0 {
        list.push(number);
        let next = tree.books.block(number).links.next;
        assert_eq!(tree.books.block(next).links.previous, number);
        number = if next == head { 0 } else { next };
    }
    assert!(list.is_empty() || free.smallest(class + MIN_BITS) == Some(head));
    list
}

#[derive(Default, Debug, PartialEq, Clone)]
struct Found {
    objects: u64,
    splits: u32,
    /// Slots of grants, processes and watches.
    kept: u32,
    free: Vec<u32>,
    chunk_bytes: u64,
    chunks: Vec<u32>,
}

/// Checks everything that can be checked.
pub(super) fn verify(tree: &Tree<Mock>) {
    let mut found: BTreeMap<u16, Found> = BTreeMap::new();
    let mut seen = 0;
    for first in (2..=tree.last_place()).step_by(2) {
        if tree.books.block(first).whole == EXTRA {
            let kept = tree.books.block(first);
            found.entry(kept.owner).or_default().kept += RECORD_SLOTS;
        }
        let block = tree.books.block(first);
        if tree.books.block(first).whole == 0 && block.chunk && block.state != State::Absent {
            walk(tree, first, None, &mut found, &mut seen);
        }
    }
    assert_eq!(
        seen,
        tree.kernel.untypeds.len(),
        "capabilities that the books do not know"
    );
    for number in 0..tree.containers.len() as u16 {
        let container = tree.container(number);
        if container.life == Life::Vacant {
            assert!(
                !found.contains_key(&number),
                "a vacant container owns blocks"
            );
            assert_eq!((container.free.largest(), container.chunks), (0, 0));
            continue;
        }
        let found = found.entry(number).or_default();
        let own = Amount {
            bytes: found.objects,
            slots: CONTAINER_SLOTS + found.splits * SPLIT.slots + found.kept,
        };
        assert_eq!(container.info.own, own, "own use of {number}");
        let below = (1..tree.containers.len() as u16)
            .map(|child| tree.container(child))
            .filter(|child| child.life != Life::Vacant && child.parent == number)
            .fold(Amount::ZERO, |sum, child| sum.plus(child.charge()));
        assert_eq!(
            container.info.used,
            own.plus(below),
            "use of {number} with descendants"
        );
        assert_eq!(container.held, found.chunk_bytes, "chunks of {number}");
        let (mut listed, mut chunk) = (Vec::new(), container.chunks);
        while chunk != 0 {
            listed.push(chunk);
            let next = tree.books.block(chunk).chunk_links.next;
            assert_eq!(tree.books.block(next).chunk_links.previous, chunk);
            chunk = if next == container.chunks { 0 } else { next };
        }
        listed.sort_unstable();
        found.chunks.sort_unstable();
        assert_eq!(listed, found.chunks);
        let mut listed: Vec<u32> = (0..CLASSES as u8)
            .flat_map(|class| {
                let list = free_list(tree, number, class);
                for block in &list {
                    let block = tree.books.block(*block);
                    assert_eq!(block.bits - MIN_BITS, class);
                }
                list
            })
            .collect();
        listed.sort_unstable();
        found.free.sort_unstable();
        assert_eq!(listed, found.free, "free blocks of {number}");
        assert!(
            container.held >= container.info.guaranteed.bytes,
            "guarantee of {number}"
        );
    }
}

/// Walks through a block that is in no larger free one.
fn walk(
    tree: &Tree<Mock>,
    number: u32,
    around: Option<u16>,
    found: &mut BTreeMap<u16, Found>,
    seen: &mut usize,
) {
    let block = *tree.books.block(number);
    check_capability(tree, number, seen);
    let owner = found.entry(block.owner).or_default();
    if block.chunk {
        owner.chunk_bytes += block.bytes();
        owner.chunks.push(number);
        assert_eq!(around.is_none(), block.owner == ContainerId::ROOT.0);
        let parent = tree.container(block.owner).parent;
        // What is being dissolved stands for its parent.
        let heir = |mut number| {
            while tree.container(number).life == Life::Dissolving {
                number = tree.container(number).parent;
            }
            number
        };
        assert_eq!(
            heir(parent),
            heir(around.unwrap_or(ContainerId::ROOT.0)),
            "a chunk lies in its parent's chunk"
        );
    } else {
        assert_eq!(Some(block.owner), around);
    }
    match block.state {
        State::Absent => panic!("block {number} is {:?}", block.state),
        State::Objects => {
            owner.objects += block.bytes();
            assert_eq!(block.parts, 0);
        }
        State::Free => {
            owner.free.push(number);
            hidden(tree, number, seen);
        }
        State::Split => {
            owner.splits += 1;
            let idle = |part: u32| {
                let part = tree.books.block(part);
                part.state == State::Free && !part.chunk
            };
            let first = block.parts;
            let single = tree.books.block(first + 1).state == State::Absent;
            assert!(
                !(idle(first) && (single || idle(first + 1))),
                "free parts are not merged"
            );
            walk(tree, first, Some(block.owner), found, seen);
            if !single {
                walk(tree, first + 1, Some(block.owner), found, seen);
            }
        }
    }
}

/// The kept parts of a free block are all free.
fn hidden(tree: &Tree<Mock>, number: u32, seen: &mut usize) {
    let block = tree.books.block(number);
    assert_eq!(block.state, State::Free);
    if block.parts == 0 {
        return;
    }
    let first = block.parts;
    let single = tree.books.block(first + 1).state == State::Absent;
    for part in first..first + 2 - u32::from(single) {
        assert!(!tree.books.block(part).chunk);
        check_capability(tree, part, seen);
        hidden(tree, part, seen);
    }
}

fn check_capability(tree: &Tree<Mock>, number: u32, seen: &mut usize) {
    *seen += 1;
    let untyped = &tree.kernel.untypeds[&tree.books.block(number).slot];
    assert_eq!(untyped.bits, tree.books.block(number).bits);
    let whole = tree.books.block(number).whole;
    let parent = (whole != 0).then(|| tree.books.block(whole).slot);
    assert_eq!(untyped.parent, parent, "the kernel's tree is another one");
}
