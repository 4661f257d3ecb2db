// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kernel for tests: it keeps the derivation tree of untypeds and refuses what the real one would refuse.
use std::collections::BTreeMap;

use crate::{BlockHandle, BootUntyped, ContainerError, ContainerId, Kernel, Result, Slot, Tree};

/// Untypeds of such sizes, log2 of bytes, as the kernel gives them at boot.
pub(super) fn untypeds(sizes: &[u8]) -> Vec<BootUntyped> {
    let untyped = |(slot, &size_bits): (Slot, &u8)| BootUntyped { slot, size_bits };
    (10..).zip(sizes).map(untyped).collect()
}

#[derive(Debug)]
pub(super) struct Untyped {
    pub(super) base: u64,
    pub(super) bits: u8,
    pub(super) parent: Option<Slot>,
    /// Bytes from the start that must be cleared before the next use.
    dirty: u64,
    children: Vec<Slot>,
    objects: bool,
}

#[derive(Default)]
pub(super) struct Mock {
    pub(super) untypeds: BTreeMap<Slot, Untyped>,
    /// Bytes that were cleared.
    pub(super) cleared: u64,
    /// The most that were cleared in one go.
    pub(super) longest: u64,
    /// Operations that were asked for.
    pub(super) operations: u64,
    /// The operation after so many fails.
    pub(super) fail_after: Option<u32>,
}

/// What a failure that was asked for gives.
pub(super) const REFUSED: ContainerError = ContainerError::Kernel { error: 99 };

impl Mock {
    pub(super) fn boot(untypeds: &[BootUntyped]) -> Self {
        let mut mock = Self::default();
        let mut base = 1 << 40;
        for untyped in untypeds {
            let bytes = 1 << untyped.size_bits;
            base = u64::next_multiple_of(base, bytes);
            mock.add(untyped.slot, base, untyped.size_bits, None, bytes);
            base += bytes;
        }
        mock
    }

    fn add(&mut self, slot: Slot, base: u64, bits: u8, parent: Option<Slot>, dirty: u64) {
        let untyped = Untyped {
            base,
            bits,
            parent,
            dirty,
            children: Vec::new(),
            objects: false,
        };
        assert!(
            self.untypeds.insert(slot, untyped).is_none(),
            "slot {slot} is not empty"
        );
    }

    /// The client retypes a whole block into objects.
    pub(super) fn retype_objects(&mut self, slot: Slot) {
        let untyped = self.untypeds.get_mut(&slot).unwrap();
        assert!(untyped.children.is_empty() && !untyped.objects);
        self.cleared += untyped.dirty;
        self.longest = self.longest.max(untyped.dirty);
        untyped.dirty = 1 << untyped.bits;
        untyped.objects = true;
    }

    /// A free block is cleared ahead.
    pub(super) fn clear(&mut self, slot: Slot) {
        let untyped = self.untypeds.get_mut(&slot).expect("no such untyped");
        assert!(untyped.children.is_empty() && !untyped.objects);
        untyped.dirty = 0;
    }

    /// How many blocks with objects there are in an untyped, and their bytes.
    pub(super) fn below(&self, slot: Slot) -> (usize, u64) {
        let untyped = &self.untypeds[&slot];
        let own = (
            usize::from(untyped.objects),
            u64::from(untyped.objects) << untyped.bits,
        );
        let below = untyped.children.iter().map(|child| self.below(*child));
        below.fold(own, |sum, each| (sum.0 + each.0, sum.1 + each.1))
    }

    fn count(&mut self) -> Result<()> {
        self.operations += 1;
        match &mut self.fail_after {
            Some(0) => {
                self.fail_after = None;
                Err(REFUSED)
            }
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Kernel for Mock {
    fn split(&mut self, parent: Slot, size_bits: u8, first: Slot, count: u8) -> Result<()> {
        self.count()?;
        let untyped = self.untypeds.get_mut(&parent).expect("no such untyped");
        assert!(
            untyped.children.is_empty() && !untyped.objects,
            "split of an untyped in use"
        );
        let bytes = u64::from(count) << size_bits;
        assert!(bytes == 1 << untyped.bits, "parts do not fill the whole");
        self.cleared += untyped.dirty;
        self.longest = self.longest.max(untyped.dirty);
        untyped.dirty = bytes;
        untyped.children = (first..first + u32::from(count)).collect();
        let base = untyped.base;
        for part in 0..u32::from(count) {
            let base = base + (u64::from(part) << size_bits);
            self.add(first + part, base, size_bits, Some(parent), 0);
        }
        Ok(())
    }

    fn revoke(&mut self, slot: Slot) -> Result<()> {
        self.count()?;
        let untyped = self.untypeds.get_mut(&slot).expect("no such untyped");
        untyped.objects = false;
        let mut work = std::mem::take(&mut untyped.children);
        while let Some(child) = work.pop() {
            work.extend(self.untypeds.remove(&child).unwrap().children);
        }
        Ok(())
    }
}

/// Destroys a container as the root task does, all at once; `ended` is told of each container that ends.
pub(super) fn destroy(
    tree: &mut Tree<Mock>,
    top: ContainerId,
    mut ended: impl FnMut(&Tree<Mock>, ContainerId),
) -> Result<()> {
    tree.begin_destroy(top)?;
    loop {
        let leaf = tree.leaf(top);
        while let Some(revoke) = tree.next_revoke(leaf) {
            // What fails is tried again.
            while tree.kernel.revoke(revoke.slot).is_err() {}
            let mut rising = tree.revoked(leaf, revoke);
            while let Some(free) = rising {
                rising = tree.rise(free);
            }
        }
        tree.end(leaf);
        ended(tree, leaf);
        if leaf == top {
            return Ok(());
        }
    }
}

impl Tree<Mock> {
    /// Gives a block back as the root task does.
    pub(super) fn deallocate(&mut self, id: ContainerId, handle: BlockHandle) -> Result {
        let slot = self.block_slot(id, handle)?;
        self.kernel.revoke(slot)?;
        self.release(id, handle)
    }
}
