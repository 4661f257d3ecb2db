// SPDX-License-Identifier: MIT OR Apache-2.0
//! The root task: the container server, and the only holder of untyped memory.
//!
//! It takes the machine from the kernel ([`machine`]), makes the root container out of all memory ([`service`]),
//! creates the servers of the image one after the other ([`servers`]), and then answers: requests to
//! containers, what its children tell their parent, and their faults ([`serve`]). What takes long is done by two
//! other threads, which have no state ([`worker`]). It does nothing else: whatever could be done by a server is done by one.
//!
//! It trusts nobody. A message can be anything, and gets an answer; who sent it is told by the badge that the root
//! task itself minted.
#![no_std]
#![no_main]
#![deny(unsafe_code)]

extern crate alloc;

mod address_spaces;
mod devices;
mod error;
mod machine;
mod objects;
mod parent;
mod report;
mod requests;
mod serve;
mod servers;
mod service;
mod slots;
mod uart;
mod window;
mod worker;

use core::cell::RefCell;

use croft_container_tree::BYTES_PER_SLOT;
use sel4::BootInfoPtr;
use sel4_root_task::{Never, root_task};

use devices::Devices;
use error::BootError;
use machine::Machine;
use parent::RootParent;
use report::Report;
use servers::Servers;
use service::Service;

/// The heap in bytes. All books come out of it, and what they need is bounded by the slots that pay for them; the rest is
/// for the servers' descriptions.
const HEAP: usize = 4 << 20;

const _: () = assert!(HEAP >= machine::BOOK_SLOTS * BYTES_PER_SLOT + (384 << 10));

#[root_task(stack_size = 64 * 1024, heap_size = HEAP)]
fn main(bootinfo: &BootInfoPtr) -> ! {
    report::install_panic_hook();
    match run(bootinfo) {
        Ok(never) => match never {},
        Err(error) => report::fatal(format_args!("{error}")),
    }
}

fn run(bootinfo: &BootInfoPtr) -> Result<Never, BootError> {
    let machine = Machine::new(bootinfo)?;
    let mut service = Service::new(&machine)?;
    let accounts = machine.accounts(&service.tree);
    let window = window::Window::new(&mut service)?;
    let mut devices = Devices::new(&machine.devices);
    uart::initialise(&mut service, &mut devices, &window)?;
    Report.information(format_args!("{accounts}"));
    let worker = worker::Worker::new(0, &mut service, &window)?;
    let cleaner = worker::Worker::new(1, &mut service, &window)?;
    service.set_workers(worker, cleaner);
    let service = RefCell::new(service);
    let payload = machine.payload()?;
    let parent = RootParent::new(&service, window)?;
    let mut servers = Servers::new(&payload, &machine, devices, parent, Report)?;
    servers.start_next();
    serve::serve(&service, &mut servers)
}
