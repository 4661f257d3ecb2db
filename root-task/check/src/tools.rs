// SPDX-License-Identifier: MIT OR Apache-2.0
//! What all checks need.
use croft_container::{Amount, Container, Limits, primary};
use croft_ipc::kernel::Endpoint;
use croft_server::memory;

/// A check's result: what was not as it should be.
pub type Result<T = ()> = core::result::Result<T, &'static str>;

/// Instructions in a tick of the counter when QEMU counts them.
pub const TICK: u64 = if cfg!(target_arch = "aarch64") { 16 } else { 1 };

/// No limit but the ancestors'.
pub const UNLIMITED: Limits = Limits {
    limit: Amount::MAX,
    guaranteed: 0,
};

/// Slots in a row.
pub fn slots(count: u64) -> Result<u64> {
    memory::with(|memory| memory.slots.allocate_row(count)).map_err(|_| "no slots")
}

/// The slots are empty again.
pub fn return_slots(first: u64, count: u64) {
    memory::with(|memory| memory.slots.free(first, count));
}

/// The container whose capability is in that slot.
pub fn at(slot: u64) -> Container {
    Container::new(Endpoint::from_bits(slot))
}

/// What the primary container and all below it use.
pub fn used() -> Result<Amount> {
    primary()
        .usage()
        .map(|usage| usage.used)
        .map_err(|_| "the primary container does not answer")
}

/// Fails with `why` unless it is so.
pub fn ensure(so: bool, why: &'static str) -> Result {
    if so { Ok(()) } else { Err(why) }
}

/// Numbers that look random, the same in every run.
pub struct Numbers(pub u64);

impl Numbers {
    /// The next one (xorshift64*, Vigna 2016).
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// One below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() >> 33) as usize % end.max(1)
    }
}
