// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a parent learns of a child that faults: what it did, and where.
use croft_container::{Object, primary};
use croft_process::handover::{LogLevel, layout};
use croft_process::parent::{Description, End, Frames, Parent, Startup, create};
use croft_server::OwnParent;
use sel4::{Fault, cap};

use crate::creation::startup;
use crate::tools::{Result, UNLIMITED, ensure, return_slots, slots, used};

/// The address that the child reads, where nothing is mapped.
const ADDRESS: u64 = 0x1234_5678;

/// Instructions that read it.
#[cfg(target_arch = "x86_64")]
const READ: &[u8] = &[
    0xb8, 0x78, 0x56, 0x34, 0x12, // mov eax, 0x12345678
    0x8b, 0x00, // mov eax, [rax]
];
#[cfg(target_arch = "aarch64")]
const READ: &[u8] = &[
    0x00, 0xcf, 0x8a, 0xd2, // mov x0, #0x5678
    0x80, 0x46, 0xa2, 0xf2, // movk x0, #0x1234, lsl #16
    0x00, 0x00, 0x40, 0xb9, // ldr w0, [x0]
];

/// Instructions that write to the page that they are in, which all children of a parent share.
#[cfg(target_arch = "x86_64")]
const WRITE: &[u8] = &[
    0xb8, 0x00, 0x00, 0x00, 0x70, // mov eax, 0x70000000
    0x89, 0x00, // mov [rax], eax
];
#[cfg(target_arch = "aarch64")]
const WRITE: &[u8] = &[
    0x00, 0x00, 0xae, 0xd2, // mov x0, #0x70000000
    0x00, 0x00, 0x00, 0xb9, // str w0, [x0]
];

/// The badge of the child's capability for its parent.
const BADGE: u64 = 77;

/// Who reads nothing, and who writes to what is shared.
pub fn run() -> Result {
    faults(READ, ADDRESS)?;
    faults(WRITE, layout::START)
}

/// Makes the child and hears of its end.
fn faults(code: &[u8], address: u64) -> Result {
    let first = slots(3)?;
    let block = primary()
        .allocate_objects(Object::Endpoint, 1, first)
        .map_err(|_| "no endpoint")?;
    let bytes = startup(code);
    let pages = primary()
        .allocate_frames(2, first + 1)
        .map_err(|_| "no frames")?;
    for (content, frame) in bytes.chunks(croft_server::PAGE).zip(first + 1..) {
        OwnParent
            .write_frame(frame, 0, content)
            .map_err(|_| "not written")?;
    }
    let frames = Frames {
        first_slot: first + 1,
        length: bytes.len() as u64,
    };
    let before = used()?;
    let description = Description {
        name: "faulty",
        limits: UNLIMITED,
        radix: 8,
        priority: 100,
        log: LogLevel::Info,
        trace: 0,
        startup: Startup {
            bytes: &bytes,
            frames,
        },
        image: frames,
        files: &[],
        arguments: b"",
        capabilities: &[],
        parent: (first, BADGE),
        serves: false,
    };
    let child = create(&mut OwnParent, &description).map_err(|_| "no child")?;
    let message = cap::Endpoint::from_bits(first).recv_with_mrs(());
    let fault =
        sel4::with_ipc_buffer(|buffer| Fault::with_mrs(buffer, &message.info, &message.msg));
    let fault = fault.ok_or("no fault")?;
    let end = End::Faulted {
        fault: &fault,
        registers: None,
    };
    log::info!("the child {end}");
    ensure(message.badge == BADGE, "another child")?;
    ensure(end.failed(), "a fault is no failure")?;
    ensure(end.fault_address() == Some(address), "another address")?;
    child.destroy(&mut OwnParent).map_err(|_| "not destroyed")?;
    ensure(used()? == before, "the child left something")?;
    for block in [block, pages] {
        primary().deallocate(block).map_err(|_| "not taken back")?;
    }
    return_slots(first, 3);
    Ok(())
}
