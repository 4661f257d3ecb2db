// SPDX-License-Identifier: MIT OR Apache-2.0
//! The check as the parent of processes that are paid by one of its containers.
use croft_container::Container;
use croft_ipc::kernel::Endpoint;
use croft_process::parent::{PAGE_WORDS, Parent};
use croft_server::OwnParent;
use sel4::cap;

/// This process as the parent of processes whose containers are derived from the one in that slot.
pub struct Below(pub u64);

impl Parent for Below {
    type Transport = Endpoint;

    fn cnode(&self) -> cap::CNode {
        OwnParent.cnode()
    }

    fn container(&self) -> Container {
        self.container_at(self.0)
    }

    fn container_at(&self, slot: u64) -> Container {
        OwnParent.container_at(slot)
    }

    fn take_slots(&mut self, count: u64) -> Option<u64> {
        OwnParent.take_slots(count)
    }

    fn return_slots(&mut self, first: u64, count: u64) {
        OwnParent.return_slots(first, count);
    }

    fn write_frame(&mut self, frame: u64, offset: usize, bytes: &[u8]) -> sel4::Result<()> {
        OwnParent.write_frame(frame, offset, bytes)
    }

    fn read_frame(&mut self, frame: u64, words: &mut [u64; PAGE_WORDS]) -> sel4::Result<()> {
        OwnParent.read_frame(frame, words)
    }
}
