// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether growth and shrinking for hours strand memory.
//!
//! `CROFT_OPERATIONS=1000000 cargo test --release -p croft-container-tree fragmentation -- --nocapture` prints how much.
use std::ops::Range;

use super::mock::{Mock, destroy, untypeds};
use super::verify::verify;
use crate::{Amount, BlockHandle, ContainerId, Name, Tree};

const NO_LIMIT: Amount = Amount {
    bytes: u64::MAX,
    slots: u32::MAX,
};

/// How much of the machine is in use, about, in percent.
const LOAD: u64 = 70;

/// Numbers that look random, the same in every run (splitmix64).
struct Random(u64);

impl Random {
    fn range(&mut self, range: Range<usize>) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^= number >> 31;
        range.start + (number % range.len() as u64) as usize
    }
}

struct Holder {
    id: ContainerId,
    blocks: Vec<BlockHandle>,
}

#[test]
fn memory_is_not_stranded() {
    let count = std::env::var("CROFT_OPERATIONS").ok();
    let count = count.and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let boot = untypeds(&[12, 13, 14, 15, 18, 20, 21, 22, 23, 25, 26, 27]);
    let mut tree = Tree::new(Mock::boot(&boot), &boot, 100..60_000, 4096).unwrap();
    let total = tree.info(ContainerId::ROOT).unwrap().limit.bytes;
    let mut random = Random(1);
    let name = Name::new("c");
    let world = tree
        .derive(ContainerId::ROOT, name, NO_LIMIT, Amount::ZERO)
        .unwrap();
    let mut holders = vec![Holder {
        id: world,
        blocks: Vec::new(),
    }];
    let mut refused = 0;
    for _ in 0..count {
        let place = random.range(0..holders.len());
        let used = tree.info(ContainerId::ROOT).unwrap().used.bytes;
        let full = used > total / 100 * LOAD;
        match random.range(0..100) {
            0..10 if holders.len() < 300 => {
                let id = tree.derive(world, name, NO_LIMIT, Amount::ZERO).unwrap();
                let blocks = Vec::new();
                holders.push(Holder { id, blocks });
            }
            10..12 if place != 0 => {
                let holder = holders.swap_remove(place);
                destroy(&mut tree, holder.id, |_, _| {}).unwrap();
            }
            12..70 if !full => {
                let bits = match random.range(0..100) {
                    0..10 => 10,
                    10..60 => 12,
                    60..90 => random.range(13..17) as u8,
                    90..98 => 18,
                    _ => 21,
                };
                let holder = &mut holders[place];
                match tree.allocate(holder.id, bits) {
                    Ok(block) => {
                        tree.kernel
                            .retype_objects(tree.block_slot(holder.id, block).unwrap());
                        holder.blocks.push(block);
                    }
                    Err(_) => refused += 1,
                }
            }
            _ => {
                let holder = &mut holders[place];
                if !holder.blocks.is_empty() {
                    let block = random.range(0..holder.blocks.len());
                    let block = holder.blocks.swap_remove(block);
                    tree.deallocate(holder.id, block).unwrap();
                }
            }
        }
    }
    verify(&tree);
    let used = tree.info(ContainerId::ROOT).unwrap().used.bytes;
    let free = total - used;
    let root = ContainerId::ROOT.number();
    let largest = tree.container(root).free.largest();
    let largest = largest.max(tree.untouched.largest());
    let largest = 1u64 << largest;
    // What a newcomer beside the others gets of what is free, in blocks of one size.
    let mut usable = |bits: u8| {
        let newcomer = tree.derive(world, name, NO_LIMIT, Amount::ZERO).unwrap();
        let mut got = 0;
        while tree.allocate(newcomer, bits).is_ok() {
            got += 1u64 << bits;
        }
        destroy(&mut tree, newcomer, |_, _| {}).unwrap();
        got * 100 / free
    };
    let (small, large) = (usable(15), usable(18));
    println!(
        "{count} operations, {refused} refused: {} of {} KiB in use by {} containers; largest free block {} KiB; \
         of what is free a newcomer gets {small} % in blocks of 32 KiB, {large} % in blocks of 256 KiB",
        used >> 10,
        total >> 10,
        holders.len(),
        largest >> 10,
    );
    assert!(largest >= 1 << 20 && small >= 85 && large >= 55);
}
