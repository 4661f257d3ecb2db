// SPDX-License-Identifier: MIT OR Apache-2.0
//! A converter: makes plain text of run lengths (`4a3b` becomes `aaaabbb`). It runs at the receiver, as the receiver's child.
//! Text that begins with `!` makes it misbehave, as a converter of a sender with bad intentions would.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]
extern crate alloc;

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::iter::repeat_n;
use croft_ipc::SharedMemory;
use croft_ipc::kernel::Endpoint;
use croft_patterns::paste::{OUTPUT_MAX, OutputClient};
use croft_process::handover::slot;
use croft_process::parent::Parent;
use croft_server::memory::Memory;
use croft_server::{OwnParent, Process, Slot};
use sel4::{CPtr, CapRights, MessageInfo, cap_type};

croft_server::main!(|process| i32::from(convert(&process).is_none()));

fn convert(process: &Process) -> Option<()> {
    let input = process.shared_file("input").ok()?;
    let mut bytes = vec![0; input.length()];
    input.read(0, &mut bytes).ok()?;
    let text = String::from_utf8(bytes.clone()).ok()?;
    let output = OutputClient::new(Endpoint::from_bits(slot::PARENT));
    match text.as_str() {
        // Write to the sender's page, by a copy of its capability with all rights, mapped to be written to.
        "!write" => {
            let (copy, frame) = (Slot::new().ok()?, process.frames("input").ok()?.first_slot);
            Memory::absolute(copy.address().0)
                .copy(&Memory::absolute(frame), CapRights::ALL)
                .ok()?;
            OwnParent.write_frame(copy.address().0, 0, b"kilroy").ok()
        }
        // Read until the sender takes its page back.
        "!read" => loop {
            if let Err(error) = input.read(0, &mut bytes[..1]) {
                return output.write(format!("{error}").as_bytes()).ok();
            }
        },
        "!hang" => loop {
            sel4::r#yield();
        },
        "!flood" => loop {
            let _ = output.write(&[b'x'; OUTPUT_MAX]);
        },
        // Look for somebody to talk to: say something through everything that it has, but its parent.
        "!search" => {
            let slots = 1 << process.environment().cnode_radix_bits;
            for address in (1..slots).filter(|address| *address != slot::PARENT) {
                CPtr::from_bits(address)
                    .cast::<cap_type::Notification>()
                    .nb_send_with_mrs(MessageInfo::default(), ());
            }
            output.write(format!("tried {slots} slots").as_bytes()).ok()
        }
        text => output.write(&expand(text)?).ok(),
    }
}

/// `None` if it is not in that format.
fn expand(text: &str) -> Option<Vec<u8>> {
    let mut expanded = Vec::new();
    for pair in text.as_bytes().chunks(2) {
        let [count @ b'1'..=b'9', byte] = pair else {
            return None;
        };
        expanded.extend(repeat_n(*byte, usize::from(count - b'0')));
    }
    Some(expanded)
}
