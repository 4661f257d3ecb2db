// SPDX-License-Identifier: MIT OR Apache-2.0
//! A root task that tries everything that the crate `sel4` offers, on a real kernel.
//!
//! It stops at the first thing that is not as it should be, and says so through the kernel if that is a
//! debug kernel. If all is well it says `tour: all is well`, on aarch64 also under a release kernel; on
//! x86_64 it ends QEMU with status 33 if QEMU has `-device isa-debug-exit,iobase=0xf4,iosize=4`.
//! It is built like every program for seL4 (see images/builder), and booted as the root task.
#![no_std]
#![no_main]

extern crate alloc;

#[cfg_attr(target_arch = "x86_64", path = "x86_64.rs")]
#[cfg_attr(target_arch = "aarch64", path = "aarch64.rs")]
mod arch;
mod boot;
mod capabilities;
mod faults;
mod interrupts;
mod memory;
mod messages;
mod objects;
mod spaces;
mod threads;

use sel4_root_task::{Never, debug_println, root_task};

use objects::Objects;

#[root_task(stack_size = 16 * 4096, heap_size = 256 * 1024)]
fn main(bootinfo: &sel4::BootInfoPtr) -> sel4::Result<Never> {
    boot::look(bootinfo);
    let mut objects = Objects::new(bootinfo);
    let mut step = |name: &str, run: fn(&mut Objects) -> sel4::Result<()>| {
        debug_println!("tour: {name}");
        run(&mut objects)
    };
    step("capabilities", capabilities::try_all)?;
    step("memory", memory::try_all)?;
    step("messages", messages::try_all)?;
    step("faults", faults::try_all)?;
    step("the stack's guard page", faults::find_guard_page)?;
    step("registers", threads::try_registers)?;
    step("interrupts", interrupts::try_all)?;
    step("address spaces", spaces::try_all)?;
    step("this architecture", arch::try_all)?;
    debug_println!("tour: all is well");
    arch::leave();
    sel4::init_thread::suspend_self()
}
