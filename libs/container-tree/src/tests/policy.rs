// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the allocation policy promises about cost.
use super::mock::{Mock, destroy, untypeds};
use super::verify::verify;
use crate::{Amount, ContainerError, ContainerId, Name, Tree};

const NO_LIMIT: Amount = Amount {
    bytes: u64::MAX,
    slots: u32::MAX,
};

/// The boot untypeds of a machine of 256 MiB, roughly.
fn machine() -> Tree<Mock> {
    let boot = untypeds(&[12, 13, 14, 15, 18, 20, 21, 22, 23, 25, 26, 27]);
    Tree::new(Mock::boot(&boot), &boot, 100..60_000, 4096).unwrap()
}

fn derive(tree: &mut Tree<Mock>, parent: ContainerId) -> ContainerId {
    tree.derive(parent, Name::new("c"), NO_LIMIT, Amount::ZERO)
        .unwrap()
}

fn allocate(tree: &mut Tree<Mock>, id: ContainerId, bits: u8) -> crate::BlockHandle {
    let handle = tree.allocate(id, bits).unwrap();
    tree.kernel
        .retype_objects(tree.block_slot(id, handle).unwrap());
    handle
}

/// The kernel clears a whole boot untyped when it is first used: that waits until nothing else will do.
#[test]
fn large_untypeds_stay_untouched() {
    let mut tree = machine();
    let server = derive(&mut tree, ContainerId::ROOT);
    for _ in 0..14 << 20 >> 16 {
        allocate(&mut tree, server, 16);
    }
    // 14 MiB came out of the untypeds up to 8 MiB, of which there are about 15 MiB.
    assert!(
        tree.kernel.cleared < 16 << 20,
        "{} bytes cleared",
        tree.kernel.cleared
    );
    for _ in 0..4 << 20 >> 16 {
        allocate(&mut tree, server, 16);
    }
    assert!(
        tree.kernel.cleared < 50 << 20,
        "{} bytes cleared",
        tree.kernel.cleared
    );
    verify(&tree);
}

/// Everything can be had in small pieces, down to the last one.
#[test]
fn all_memory_is_usable() {
    let mut tree = machine();
    let total = tree.info(ContainerId::ROOT).unwrap().left.bytes;
    let one = derive(&mut tree, ContainerId::ROOT);
    let two = derive(&mut tree, one);
    let mut got = 0;
    while let Ok(handle) = tree.allocate(two, 12) {
        tree.kernel
            .retype_objects(tree.block_slot(two, handle).unwrap());
        got += 1 << 12;
        if tree.info(two).unwrap().left.slots < 100 {
            break;
        }
    }
    let slots_left = tree.info(two).unwrap().left.slots;
    assert!(got == total || slots_left < 100, "{got} of {total} bytes");
    verify(&tree);
}

/// Making and destroying a small container again and again asks little of the kernel and clears only what was used.
#[test]
fn fork_and_exit_are_cheap() {
    let mut tree = machine();
    let world = derive(&mut tree, ContainerId::ROOT);
    for _ in 0..8 {
        allocate(&mut tree, world, 18);
    }
    let mut round = |rounds: u64| {
        let (operations, cleared) = (tree.kernel.operations, tree.kernel.cleared);
        for _ in 0..rounds {
            let process = derive(&mut tree, world);
            allocate(&mut tree, process, 13);
            allocate(&mut tree, process, 15);
            destroy(&mut tree, process, |_, _| {}).unwrap();
        }
        (
            tree.kernel.operations - operations,
            tree.kernel.cleared - cleared,
        )
    };
    round(1);
    let (operations, cleared) = round(100);
    assert_eq!(operations, 200, "two revokes each");
    assert_eq!(cleared, 100 * ((8 + 32) << 10));
}

/// One allocation in a deep tree.
#[test]
fn depth_costs_little() {
    let mut tree = machine();
    let mut id = ContainerId::ROOT;
    for _ in 0..crate::MAX_DEPTH {
        id = derive(&mut tree, id);
    }
    let too_deep = tree.derive(id, Name::new("x"), NO_LIMIT, Amount::ZERO);
    assert_eq!(too_deep, Err(ContainerError::TooDeep));
    allocate(&mut tree, id, 12);
    let before = tree.kernel.operations;
    for _ in 0..15 {
        allocate(&mut tree, id, 12);
    }
    assert!(
        tree.kernel.operations - before < 100,
        "{}",
        tree.kernel.operations - before
    );
    verify(&tree);
    let all = tree
        .next_in_walk(ContainerId::ROOT, ContainerId::ROOT)
        .unwrap();
    destroy(&mut tree, all, |_, _| {}).unwrap();
    verify(&tree);
}

/// The tables hold what they promise.
#[test]
fn thousands_of_containers() {
    let mut tree = machine();
    let mut count = 1;
    while let Ok(id) = tree.derive(ContainerId::ROOT, Name::new("c"), NO_LIMIT, Amount::ZERO) {
        allocate(&mut tree, id, 12);
        count += 1;
    }
    assert_eq!(count, 4096);
    verify(&tree);
}
