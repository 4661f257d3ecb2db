// SPDX-License-Identifier: MIT OR Apache-2.0
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use sel4_root_task::{Never, debug_println, root_task};

#[root_task(heap_size = 65536)]
fn main(bootinfo: &sel4::BootInfoPtr) -> sel4::Result<Never> {
    debug_println!("hello {:?}", bootinfo.empty());
    sel4::init_thread::suspend_self()
}
