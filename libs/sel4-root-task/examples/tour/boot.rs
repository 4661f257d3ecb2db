// SPDX-License-Identifier: MIT OR Apache-2.0
//! The boot information, and the heap.

use alloc::collections::BTreeMap;

use sel4::{BootInfoPtr, FrameObjectType, IpcBuffer};
use sel4_root_task::debug_println;

pub fn look(bootinfo: &BootInfoPtr) {
    assert_eq!(bootinfo.ipc_buffer().addr() % IpcBuffer::SIZE, 0);
    assert_eq!(
        bootinfo.empty().end(),
        1 << bootinfo.init_thread_cnode_size_bits()
    );
    assert!(!bootinfo.user_image_frames().is_empty());
    assert_eq!(bootinfo.untyped().len(), bootinfo.untyped_list().len());
    assert_eq!(bootinfo.extra().count(), 0);

    let list = bootinfo.untyped_list();
    let ram = &list[bootinfo.kernel_untyped_range()];
    let devices = &list[bootinfo.device_untyped_range()];
    assert_eq!(ram.len() + devices.len(), list.len());
    assert!(ram.iter().all(|untyped| !untyped.is_device()));
    for untyped in ram {
        assert_eq!(untyped.paddr() % (1 << untyped.size_bits()), 0);
    }
    let bytes: usize = ram.iter().map(|untyped| 1 << untyped.size_bits()).sum();
    assert!(bytes > 16 << 20 && bytes < 64 << 30);

    // How many of each size: also a use of the heap.
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    for untyped in ram {
        *sizes.entry(untyped.size_bits()).or_default() += 1;
    }
    debug_println!("tour: {bytes} bytes in untyped memory of sizes {sizes:?}");
    assert!(
        sizes
            .keys()
            .any(|bits| *bits > FrameObjectType::LargePage.bits())
    );
}
