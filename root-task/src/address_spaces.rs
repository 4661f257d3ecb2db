// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers of address spaces (ASIDs). The kernel hands them out in pools; a pool is made when all others are full.
use alloc::vec::Vec;

use sel4::{cap, init_thread};

struct Pool {
    slot: u64,
    full: bool,
}

/// All pools.
pub struct AddressSpaces(Vec<Pool>);

impl AddressSpaces {
    /// The pool that the kernel made, from which the root task's own number came.
    pub fn new() -> Self {
        let slot = init_thread::slot::ASID_POOL.cptr_bits();
        Self(Vec::from([Pool { slot, full: false }]))
    }

    /// Gives an address space a number; tells the pool that it came from. `None` if all pools are full.
    ///
    /// # Errors
    /// The kernel's.
    pub fn assign(&mut self, vspace: cap::VSpace) -> sel4::Result<Option<u8>> {
        for (pool, number) in self.0.iter_mut().zip(0..) {
            if pool.full {
                continue;
            }
            match cap::AsidPool::from_bits(pool.slot).asid_pool_assign(vspace) {
                Ok(()) => return Ok(Some(number)),
                // How many fit is the kernel's secret; it tells when there are no more.
                Err(sel4::Error::DeleteFirst) => pool.full = true,
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// A number of that pool is free again.
    pub fn release(&mut self, pool: u8) {
        if let Some(pool) = self.0.get_mut(usize::from(pool)) {
            pool.full = false;
        }
    }

    /// Adds a pool, whose capability is in that slot.
    pub fn add(&mut self, slot: u64) {
        self.0.push(Pool { slot, full: false });
    }
}
