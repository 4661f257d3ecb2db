// SPDX-License-Identifier: MIT OR Apache-2.0
//! How much RAM there is, from the device tree that QEMU leaves at the beginning of RAM.

use crate::fail::fail;
use core::ptr;
use dtoolkit::fdt::Fdt;

/// Where the RAM of QEMU's machine `virt` begins.
pub const START: u64 = 0x4000_0000;

/// The physical address after the last byte of RAM.
pub fn end() -> u64 {
    let tree = ptr::with_exposed_provenance::<u8>(START as usize);
    // SAFETY: QEMU puts a device tree here, and nothing has been written here yet. The bytes up to
    // the length that its header gives are RAM, because QEMU has put them there; without a tree
    // the first bytes are zero, which is refused before any length is believed.
    let tree = unsafe {
        if tree.cast::<u32>().read() == 0 {
            fail(format_args!(
                "no device tree at {START:#x}: this image boots with QEMU's -M virt -kernel only"
            ));
        }
        Fdt::from_raw(tree)
    };
    match tree.map(region_end) {
        Ok(Some(end)) => end,
        Ok(None) => fail(format_args!("the device tree names no RAM at {START:#x}")),
        Err(error) => fail(format_args!("the device tree is broken: {error}")),
    }
}

/// The end of the memory region that begins at [`START`].
fn region_end(tree: Fdt<'_>) -> Option<u64> {
    let regions = tree.memory().ok()?.reg().ok()??;
    for region in regions {
        let (Ok(start), Ok(size)) = (region.address::<u64>(), region.size::<u64>()) else {
            continue;
        };
        if start == START {
            return start.checked_add(size);
        }
    }
    None
}
