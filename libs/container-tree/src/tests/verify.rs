// SPDX-License-Identifier: MIT OR Apache-2.0
//! What must hold between any two operations.
use std::collections::BTreeMap;

use super::mock::Mock;
use crate::books::State;
use crate::container::{Life, NOBODY};
use crate::free::SPLIT;
use crate::tree::{EXTRA, Tree};
use crate::{Amount, CONTAINER_SLOTS, ContainerId, Info, MIN_BITS};

/// Everything that a failed operation must leave as it was: accounts, and how many free blocks of which size each
/// container has.
pub(super) fn snapshot(tree: &Tree) -> Vec<(u16, Info, Vec<usize>)> {
    (0..tree.containers.len() as u16)
        .filter_map(|number| {
            let info = tree.info(ContainerId(number)).ok()?;
            let free = (0..tree.container(number).free.len())
                .map(|class| free_list(tree, number, class).len())
                .collect();
            Some((number, info, free))
        })
        .collect()
}

pub(super) fn free_list(tree: &Tree, container: u16, class: usize) -> Vec<u32> {
    let head = tree.container(container).free[class];
    let mut list = Vec::new();
    let mut number = head;
    while number != 0 {
        list.push(number);
        let next = tree.books.block(number).next;
        assert_eq!(tree.books.block(next).previous, number);
        number = if next == head { 0 } else { next };
    }
    let listed = tree.container(container).free_classes >> class & 1 == 1;
    assert_eq!(listed, !list.is_empty());
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
pub(super) fn verify(tree: &Tree, kernel: &Mock) {
    let mut found: BTreeMap<u16, Found> = BTreeMap::new();
    let mut seen = 0;
    for pair in tree.books.pairs() {
        let first = pair * 2;
        if tree.books.whole(first) == EXTRA {
            let kept = tree.books.block(first);
            found.entry(kept.owner).or_default().kept += SPLIT.slots + kept.next;
        }
        let block = tree.books.block(first);
        if tree.books.whole(first) == 0 && block.chunk && block.state != State::Absent {
            walk(tree, kernel, first, None, &mut found, &mut seen);
        }
    }
    assert_eq!(
        seen,
        kernel.untypeds.len(),
        "capabilities that the books do not know"
    );
    for number in 0..tree.containers.len() as u16 {
        let container = tree.container(number);
        if container.life == Life::Vacant {
            assert!(
                !found.contains_key(&number),
                "a vacant container owns blocks"
            );
            continue;
        }
        let found = found.entry(number).or_default();
        let own = Amount {
            bytes: found.objects,
            slots: CONTAINER_SLOTS + found.splits * SPLIT.slots + found.kept,
        };
        assert_eq!(container.own, own, "own use of {number}");
        let below = (0..tree.containers.len() as u16)
            .map(|child| tree.container(child))
            .filter(|child| child.life != Life::Vacant && child.parent == number)
            .fold(Amount::ZERO, |sum, child| sum.plus(child.charge()));
        assert_eq!(
            container.used,
            own.plus(below),
            "use of {number} with descendants"
        );
        assert_eq!(container.held, found.chunk_bytes, "chunks of {number}");
        if number != 0 {
            let (mut listed, mut chunk) = (Vec::new(), container.chunks);
            while chunk != 0 {
                listed.push(chunk);
                chunk = tree.books.block(chunk).next_chunk;
            }
            listed.sort_unstable();
            found.chunks.sort_unstable();
            assert_eq!(listed, found.chunks);
        }
        let mut listed: Vec<u32> = (0..container.free.len())
            .flat_map(|class| {
                let list = free_list(tree, number, class);
                for block in &list {
                    let block = tree.books.block(*block);
                    assert_eq!(usize::from(block.bits - MIN_BITS), class);
                }
                list
            })
            .collect();
        listed.sort_unstable();
        found.free.sort_unstable();
        assert_eq!(listed, found.free, "free blocks of {number}");
        assert!(
            container.held >= container.guaranteed.bytes,
            "guarantee of {number}"
        );
    }
}

/// Walks through a block that is in no larger free one.
fn walk(
    tree: &Tree,
    kernel: &Mock,
    number: u32,
    around: Option<u16>,
    found: &mut BTreeMap<u16, Found>,
    seen: &mut usize,
) {
    let block = *tree.books.block(number);
    check_capability(tree, kernel, number, seen);
    let owner = found.entry(block.owner).or_default();
    if block.chunk {
        owner.chunk_bytes += block.bytes();
        owner.chunks.push(number);
        let parent = tree.container(block.owner).parent;
        // What is being dissolved stands for its parent.
        let heir = |mut number| {
            while number != NOBODY && tree.container(number).life == Life::Dissolving {
                number = tree.container(number).parent;
            }
            number
        };
        assert_eq!(
            heir(parent),
            heir(around.unwrap_or(NOBODY)),
            "a chunk lies in its parent's chunk"
        );
    } else {
        assert_eq!(Some(block.owner), around);
    }
    match block.state {
        State::Absent | State::Revoked => panic!("block {number} is {:?}", block.state),
        State::Objects => {
            owner.objects += block.bytes();
            assert_eq!(block.parts, 0);
        }
        State::Free => {
            owner.free.push(number);
            hidden(tree, kernel, number, seen);
        }
        State::Split => {
            owner.splits += 1;
            let idle = |part: u32| {
                let part = tree.books.block(part);
                part.state == State::Free && !part.chunk
            };
            let first = block.parts * 2;
            let single = tree.books.single(block.parts);
            assert!(
                !(idle(first) && (single || idle(first + 1))),
                "free parts are not merged"
            );
            walk(tree, kernel, first, Some(block.owner), found, seen);
            if !single {
                walk(tree, kernel, first + 1, Some(block.owner), found, seen);
            }
        }
    }
}

/// The kept parts of a free block are all free.
fn hidden(tree: &Tree, kernel: &Mock, number: u32, seen: &mut usize) {
    let block = tree.books.block(number);
    assert_eq!(block.state, State::Free);
    if block.parts == 0 {
        return;
    }
    assert!(!block.untouched);
    let first = block.parts * 2;
    for part in first..first + 2 - u32::from(tree.books.single(block.parts)) {
        assert!(!tree.books.block(part).chunk);
        check_capability(tree, kernel, part, seen);
        hidden(tree, kernel, part, seen);
    }
}

fn check_capability(tree: &Tree, kernel: &Mock, number: u32, seen: &mut usize) {
    *seen += 1;
    let untyped = &kernel.untypeds[&tree.books.slot(number)];
    assert_eq!(untyped.bits, tree.books.block(number).bits);
    let whole = tree.books.whole(number);
    let parent = (whole != 0).then(|| tree.books.slot(whole));
    assert_eq!(untyped.parent, parent, "the kernel's tree is another one");
}
