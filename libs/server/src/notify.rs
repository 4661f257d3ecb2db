// SPDX-License-Identifier: MIT OR Apache-2.0
//! Notification capabilities that clients sent, kept to be signalled later.

use crate::memory::{self, Memory};
use sel4::{AbsoluteCPtr, CPtr, MessageInfo, cap_type};

/// Keeps capabilities that arrive in a server's receive slot.
///
/// A client can send any capability, so what is kept is only believed to be a notification. Signalling it never
/// blocks, whatever it is, and does nothing if its owner has taken it back.
#[derive(Clone, Copy, Debug)]
pub struct Notifications {
    receive: AbsoluteCPtr,
}

impl Notifications {
    /// Of the server whose receive slot that is.
    pub fn new(receive: AbsoluteCPtr) -> Self {
        Self { receive }
    }

    /// Takes the capability out of the receive slot; the slot that it is kept in. `None` if the CNode is full or nothing is
    /// there.
    pub fn keep(&self) -> Option<u64> {
        memory::with(|memory| {
            let slot = memory.slots.allocate().ok()?;
            match Memory::absolute(slot).move_(&self.receive) {
                Ok(()) => Some(slot),
                Err(_) => {
                    memory.slots.free(slot, 1);
                    None
                }
            }
        })
    }

    /// Gives a kept capability back.
    pub fn forget(&self, kept: u64) {
        if Memory::absolute(kept).delete().is_ok() {
            memory::with(|memory| memory.slots.free(kept, 1));
        }
    }

    /// Signals it.
    pub fn signal(&self, kept: u64) {
        // A plain signal would wait for a receiver if this were an endpoint.
        CPtr::from_bits(kept)
            .cast::<cap_type::Notification>()
            .nb_send_with_mrs(MessageInfo::default(), ());
    }
}
