// SPDX-License-Identifier: MIT OR Apache-2.0
//! Single cases that say what is meant.
use super::mock::{Mock, destroy, untypeds};
use super::verify::verify;
use crate::{
    Amount, BlockHandle, CONTAINER_SLOTS, ContainerError, ContainerId, Currency, Kernel, Name,
    RECORD_SLOTS, Tree,
};

fn machine(sizes: &[u8]) -> Tree<Mock> {
    let boot = untypeds(sizes);
    Tree::new(Mock::boot(&boot), &boot, 100..1000, 64).unwrap()
}

fn amount(bytes: u64) -> Amount {
    Amount { bytes, slots: 500 }
}

#[test]
fn an_ancestors_limit_is_named() {
    let mut tree = machine(&[20]);
    let root = ContainerId::ROOT;
    let outer = tree
        .derive(root, Name::new("outer"), amount(100 << 10), Amount::ZERO)
        .unwrap();
    let inner = tree
        .derive(outer, Name::new("inner"), amount(1 << 30), Amount::ZERO)
        .unwrap();
    assert_eq!(tree.info(inner).unwrap().left.bytes, 100 << 10);
    tree.allocate(inner, 16).unwrap();
    assert_eq!(
        tree.allocate(inner, 16),
        Err(ContainerError::Limit {
            container: Name::new("outer"),
            currency: Currency::Bytes,
            asked: 64 << 10,
            left: 36 << 10
        })
    );
    assert_eq!(tree.info(outer).unwrap().used.bytes, 64 << 10);
    assert_eq!(tree.info(outer).unwrap().own.bytes, 0);
    verify(&tree);
}

#[test]
fn a_guarantee_is_set_aside_and_cannot_be_taken() {
    let mut tree = machine(&[20]);
    let root = ContainerId::ROOT;
    let guaranteed = Amount::bytes(512 << 10);
    let safe = tree
        .derive(root, Name::new("safe"), amount(1 << 20), guaranteed)
        .unwrap();
    let greedy = tree
        .derive(root, Name::new("greedy"), amount(1 << 20), Amount::ZERO)
        .unwrap();
    let mut taken = 0;
    let error = loop {
        match tree.allocate(greedy, 14) {
            Ok(_) => taken += 1 << 14,
            Err(error) => break error,
        }
    };
    assert_eq!(taken, 512 << 10);
    assert!(matches!(
        error,
        ContainerError::Limit { container, .. } if container.as_str() == "root"
    ));
    for _ in 0..512 >> 4 {
        tree.allocate(safe, 14).unwrap();
    }
    verify(&tree);
    destroy(&mut tree, safe, |_, _| {}).unwrap();
    assert_eq!(tree.info(root).unwrap().used.bytes, 512 << 10);
    tree.allocate(greedy, 14).unwrap();
}

#[test]
fn slots_are_a_currency() {
    let mut tree = machine(&[20]);
    let limit = Amount {
        bytes: 1 << 20,
        slots: CONTAINER_SLOTS + RECORD_SLOTS + 1,
    };
    let (root, name) = (ContainerId::ROOT, Name::new("c"));
    let id = tree.derive(root, name, limit, Amount::ZERO).unwrap();
    let slot = tree.take_slots(id).unwrap();
    assert_eq!(
        tree.take_slots(id),
        Err(ContainerError::Limit {
            container: name,
            currency: Currency::Slots,
            asked: RECORD_SLOTS.into(),
            left: 1
        })
    );
    verify(&tree);
    for wrong in [slot + 1, 0, 10, u32::MAX] {
        tree.return_slots(wrong);
    }
    assert_eq!(tree.info(id).unwrap().left.slots, 1);
    tree.return_slots(slot);
    tree.return_slots(slot);
    assert_eq!(tree.info(id).unwrap().left.slots, RECORD_SLOTS + 1);
    verify(&tree);
    let small = Amount {
        bytes: 1,
        slots: CONTAINER_SLOTS - 1,
    };
    let refused = tree.derive(id, Name::new("x"), small, Amount::ZERO);
    assert_eq!(refused, Err(ContainerError::BadLimit));
}

#[test]
fn a_block_belongs_to_one_container() {
    let mut tree = machine(&[20]);
    let ids: Vec<ContainerId> = (0..2)
        .map(|_| {
            let (root, name) = (ContainerId::ROOT, Name::new("c"));
            tree.derive(root, name, amount(1 << 20), Amount::ZERO)
                .unwrap()
        })
        .collect();
    let block = tree.allocate(ids[0], 12).unwrap();
    assert_eq!(
        tree.deallocate(ids[1], block),
        Err(ContainerError::NoSuchBlock)
    );
    for number in [0, 1, u64::MAX, 1 << 48 | block.number(), block.number() ^ 1] {
        let wrong = BlockHandle::from_number(number);
        assert_eq!(
            tree.deallocate(ids[0], wrong),
            Err(ContainerError::NoSuchBlock)
        );
    }
    let place = block.number() as u32;
    assert_eq!(tree.block_at(ids[0], place), Some((block, 12)));
    assert_eq!(tree.block_at(ids[1], place), None);
    assert_eq!((tree.owner(block), tree.tag(block)), (Some(ids[0]), 0));
    tree.set_tag(block, 7);
    assert_eq!(tree.tag(block), 7);
    tree.deallocate(ids[0], block).unwrap();
    assert_eq!((tree.owner(block), tree.tag(block)), (None, 0));
    let next = tree.allocate(ids[0], 12).unwrap();
    assert_eq!(tree.tag(next), 0);
}

#[test]
fn destroying_goes_in_steps_and_nothing_is_served_meanwhile() {
    let mut tree = machine(&[22]);
    let (root, name) = (ContainerId::ROOT, Name::new("c"));
    let top = tree
        .derive(root, name, amount(1 << 22), Amount::ZERO)
        .unwrap();
    let low = tree
        .derive(top, name, amount(1 << 22), Amount::ZERO)
        .unwrap();
    let block = tree.allocate(low, 12).unwrap();
    tree.begin_destroy(top).unwrap();
    assert_eq!(tree.allocate(low, 12), Err(ContainerError::Gone));
    assert_eq!(tree.deallocate(low, block), Err(ContainerError::Gone));
    assert_eq!(tree.begin_destroy(low), Err(ContainerError::Gone));
    let mut ended = Vec::new();
    loop {
        let leaf = tree.leaf(top);
        while let Some(revoke) = tree.next_revoke(leaf) {
            tree.kernel.revoke(revoke.slot).unwrap();
            let mut rising = tree.revoked(leaf, revoke);
            while let Some(free) = rising {
                rising = tree.rise(free);
            }
            assert_eq!(revoke.last, tree.next_revoke(leaf).is_none());
            assert_eq!(tree.allocate(leaf, 12), Err(ContainerError::Gone));
        }
        tree.end(leaf);
        verify(&tree);
        ended.push(leaf);
        if leaf == top {
            break;
        }
    }
    assert_eq!(ended, [low, top]);
    assert_eq!(tree.info(top), Err(ContainerError::Gone));
    assert_eq!(tree.info(root).unwrap().used.bytes, 0);
    assert_eq!(tree.begin_destroy(top), Err(ContainerError::Gone));
}

#[test]
fn the_walk_visits_the_subtree_in_order() {
    let mut tree = machine(&[22]);
    let mut child = |parent: ContainerId, name: &str| {
        tree.derive(parent, Name::new(name), amount(1 << 20), Amount::ZERO)
            .unwrap()
    };
    let a = child(ContainerId::ROOT, "a");
    let b = child(ContainerId::ROOT, "b");
    let aa = child(a, "aa");
    let ab = child(a, "ab");
    let aba = child(ab, "aba");
    let walk = |top: ContainerId| {
        let mut names = Vec::new();
        let mut next = Some(top);
        while let Some(id) = next {
            names.push(tree.info(id).unwrap().name.as_str().to_owned());
            next = tree.next_in_walk(top, id);
        }
        names
    };
    assert_eq!(
        walk(ContainerId::ROOT),
        ["root", "b", "a", "ab", "aba", "aa"]
    );
    assert_eq!(walk(ab), ["ab", "aba"]);
    assert_eq!(walk(b), ["b"]);
    assert!(tree.is_within(aba, a) && tree.is_within(a, a));
    assert!(!tree.is_within(aa, ab) && !tree.is_within(a, aa));
}

/// However much a container has, no revoke covers more than a piece of 64 KiB or one block.
#[test]
fn a_large_container_is_revoked_in_pieces() {
    let mut tree = machine(&[24]);
    let top = tree
        .derive(
            ContainerId::ROOT,
            Name::new("c"),
            amount(1 << 24),
            Amount::bytes(1 << 23),
        )
        .unwrap();
    for bits in [12, 18, 12, 21, 14, 10, 16, 17] {
        for _ in 0..4 {
            if let Ok(block) = tree.allocate(top, bits) {
                tree.kernel
                    .retype_objects(tree.block_slot(top, block).unwrap());
            }
        }
    }
    tree.begin_destroy(top).unwrap();
    let mut pieces = 0;
    while let Some(revoke) = tree.next_revoke(top) {
        let (objects, bytes) = tree.kernel.below(revoke.slot);
        assert!(
            objects <= 1 || bytes <= 1 << 16,
            "{objects} blocks, {bytes} bytes"
        );
        tree.kernel.revoke(revoke.slot).unwrap();
        let rising = tree.revoked(top, revoke);
        let rising = rising.and_then(|free| tree.rise(free));
        assert_eq!(rising, None, "the root's chunks stay");
        pieces += 1;
    }
    assert!(pieces > 10, "{pieces}");
    tree.end(top);
    verify(&tree);
    let root = tree.info(ContainerId::ROOT).unwrap();
    assert_eq!(root.used, Amount::slots(CONTAINER_SLOTS));
}

#[test]
fn a_use_that_passes_is_told_once_on_the_way_up() {
    let mut tree = machine(&[20]);
    let (root, name) = (ContainerId::ROOT, Name::new("c"));
    let outer = tree
        .derive(root, name, amount(1 << 20), Amount::ZERO)
        .unwrap();
    let inner = tree
        .derive(outer, name, amount(1 << 20), Amount::ZERO)
        .unwrap();
    tree.set_alarm(outer, 8191);
    tree.allocate(inner, 12).unwrap();
    assert_eq!(tree.alarmed(inner), None);
    tree.allocate(inner, 12).unwrap();
    assert_eq!(tree.alarmed(inner), Some((outer, 8192)));
    assert_eq!(tree.alarmed(inner), None);
    tree.allocate(inner, 12).unwrap();
    assert_eq!(tree.alarmed(inner), None);
    // What is passed already is told at once.
    tree.set_alarm(outer, 4096);
    assert_eq!(tree.alarmed(outer), Some((outer, 12288)));
}

/// What passes keeps its handle; all above see the same use, less the record's.
#[test]
fn what_a_dissolved_container_has_is_its_parents() {
    let mut tree = machine(&[22]);
    let (root, name) = (ContainerId::ROOT, Name::new("c"));
    let mut derive = |parent, guaranteed| {
        tree.derive(parent, name, amount(1 << 21), guaranteed)
            .unwrap()
    };
    let parent = derive(root, Amount::ZERO);
    let middle = derive(parent, Amount::bytes(1 << 18));
    let below = derive(middle, Amount::bytes(1 << 14));
    let blocks: Vec<BlockHandle> = [12, 10, 16, 12]
        .into_iter()
        .map(|bits| tree.allocate(middle, bits).unwrap())
        .collect();
    tree.deallocate(middle, blocks[3]).unwrap();
    let lent = tree.allocate(below, 12).unwrap();
    let slot = tree.take_slots(middle).unwrap();
    let used = |tree: &Tree<Mock>, id| tree.info(id).unwrap().used;
    tree.begin_dissolve(middle).unwrap();
    let before = [used(&tree, parent), used(&tree, root)];
    let bytes = (1 << 12) + (1 << 10) + (1 << 16) + (1 << 14);
    assert_eq!(before[0].bytes, bytes, "what was set aside is free");
    assert_eq!(tree.allocate(middle, 12), Err(ContainerError::Gone));
    let mut steps = 0;
    while tree.dissolve(middle).is_some() {
        // The derived container goes on meanwhile.
        let block = tree.allocate(below, 11).unwrap();
        tree.deallocate(below, block).unwrap();
        verify(&tree);
        steps += 1;
    }
    assert!(steps > 6, "{steps}");
    tree.pass_slots(slot, parent);
    assert_eq!(used(&tree, middle), Amount::slots(CONTAINER_SLOTS));
    tree.end(middle);
    verify(&tree);
    for (id, before) in [(parent, before[0]), (root, before[1])] {
        let after = used(&tree, id);
        assert_eq!(after.bytes, before.bytes);
        // Pieces that were free have joined since.
        assert!(after.slots + CONTAINER_SLOTS <= before.slots);
    }
    assert_eq!(tree.info(below).unwrap().depth, 2);
    assert_eq!(tree.owner(lent), Some(below));
    tree.return_slots(slot);
    for block in &blocks[..3] {
        tree.deallocate(parent, *block).unwrap();
    }
    destroy(&mut tree, below, |_, _| {}).unwrap();
    assert_eq!(used(&tree, parent), Amount::slots(CONTAINER_SLOTS));
    verify(&tree);
}

/// What is set above takes effect below, and a raise does not; nothing is above its parent.
#[test]
fn schedules_follow_the_parents() {
    let mut tree = machine(&[22]);
    let (root, name) = (ContainerId::ROOT, Name::new("c"));
    let derive = |tree: &mut Tree<Mock>, parent| {
        tree.derive(parent, name, amount(1 << 21), Amount::ZERO)
            .unwrap()
    };
    let outer = derive(&mut tree, root);
    assert_eq!(tree.set_priority(root, 3), Err(ContainerError::Root));
    assert_eq!(tree.set_suspended(root, true), Err(ContainerError::Root));
    tree.set_priority(outer, 100).unwrap();
    let inner = derive(&mut tree, outer);
    let most = ContainerError::BadPriority { most: 100 };
    assert_eq!(tree.set_priority(inner, 101), Err(most));
    assert_eq!(tree.schedule(inner).priority, 100);
    for (priority, expected) in [(60, 60), (80, 60)] {
        tree.set_priority(outer, priority).unwrap();
        tree.follow(outer);
        assert_eq!(tree.follow(inner).priority, expected);
    }
    for id in [outer, inner] {
        tree.set_suspended(id, true).unwrap();
    }
    assert!(tree.follow(outer).stopped && tree.follow(inner).stopped);
    let newest = derive(&mut tree, inner);
    let newest = tree.schedule(newest);
    assert!(newest.stopped && !newest.suspended && newest.priority == 60);
    tree.set_suspended(inner, false).unwrap();
    assert!(
        tree.follow(inner).stopped,
        "the outer one is suspended still"
    );
    tree.set_suspended(outer, false).unwrap();
    assert!(!tree.follow(outer).stopped && !tree.follow(inner).stopped);
}

/// What the server itself has is accounted, and nothing else is less by it.
#[test]
fn the_server_itself_is_in_the_accounts() {
    let mut tree = machine(&[20]);
    let info = |tree: &Tree<Mock>| tree.info(ContainerId::ROOT).unwrap();
    let before = info(&tree);
    let own = Amount {
        bytes: 5 << 20,
        slots: 4096,
    };
    tree.add_own(own);
    let after = info(&tree);
    assert_eq!(after.left, before.left);
    assert_eq!(after.limit, before.limit.plus(own));
    assert_eq!(after.own, before.own.plus(own));
    let block = tree.allocate(ContainerId::ROOT, 20).unwrap();
    assert_eq!(info(&tree).left.bytes, 0);
    tree.deallocate(ContainerId::ROOT, block).unwrap();
    assert_eq!(info(&tree), after);
}

#[test]
fn slots_in_which_somebody_is_busy_are_given_to_nobody() {
    let mut tree = machine(&[20]);
    let root = ContainerId::ROOT;
    let busy: Vec<crate::Slot> = (0..2).map(|_| tree.take_slots(root).unwrap()).collect();
    tree.set_busy(0, [Some(busy[0]), None, None]);
    tree.set_busy(1, [None, None, Some(busy[1] + 1)]);
    for slot in &busy {
        tree.return_slots(*slot);
    }
    let others: Vec<crate::Slot> = (0..3).map(|_| tree.take_slots(root).unwrap()).collect();
    assert!(others.iter().all(|slot| !busy.contains(slot)));
    tree.return_slots(others[1]);
    assert_eq!(tree.take_slots(root), Ok(others[1]));
    (0..2).for_each(|who| tree.set_busy(who, [None; 3]));
    let mut again: Vec<crate::Slot> = (0..2).map(|_| tree.take_slots(root).unwrap()).collect();
    again.sort_unstable();
    assert_eq!(again, busy);
    verify(&tree);
}

/// What was given back, and what will be used next, can be cleared ahead.
#[test]
fn a_block_is_clear_once_the_kernel_has_cleared_it() {
    let mut tree = machine(&[19, 24]);
    let root = ContainerId::ROOT;
    let next = tree.untouched().unwrap();
    assert!(tree.stale(next).is_some());
    let block = tree.allocate(root, 19).unwrap();
    assert_eq!(tree.stale(block), None, "in use");
    tree.deallocate(root, block).unwrap();
    assert!(tree.stale(block).is_some());
    tree.cleared(block);
    assert_eq!(tree.stale(block), None);
    let again = tree.allocate(root, 19).unwrap();
    tree.deallocate(root, again).unwrap();
    tree.cleared(block);
    assert!(tree.stale(again).is_some(), "another one's handle");
    tree.cleared(next);
    assert_eq!((tree.untouched(), tree.stale(next)), (None, None));
    let small = tree.allocate(root, 14).unwrap();
    assert_eq!(tree.stale(small), None);
    tree.deallocate(root, small).unwrap();
    assert_eq!(tree.stale(small), None, "too small to matter");
    verify(&tree);
}

/// Who can wait need not have a large block cleared at once, whether it is to be used or to be split.
#[test]
fn who_is_patient_is_told_what_to_have_cleared() {
    let mut tree = machine(&[19]);
    let root = ContainerId::ROOT;
    tree.patient = true;
    for bits in [19, 14] {
        assert_eq!(tree.allocate(root, bits), Err(ContainerError::Busy));
        let used = tree.info(root).unwrap().used;
        assert_eq!(used, Amount::slots(CONTAINER_SLOTS));
        let unclear = tree.unclear.take().unwrap();
        tree.kernel.clear(tree.stale(unclear).unwrap());
        tree.cleared(unclear);
        let block = tree.allocate(root, bits).unwrap();
        tree.kernel
            .retype_objects(tree.block_slot(root, block).unwrap());
        assert_eq!((tree.unclear, tree.kernel.longest), (None, 0));
        tree.deallocate(root, block).unwrap();
    }
    verify(&tree);
}
