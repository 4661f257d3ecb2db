// SPDX-License-Identifier: MIT OR Apache-2.0
//! A server as a parent: what [`croft_process::parent::create`] needs of it.

use croft_container::{Container, primary};
use croft_ipc::kernel::Endpoint;
use croft_process::handover::slot;
use croft_process::parent::Parent;
use sel4::cap;

use crate::PAGE;
use crate::memory::{self, Access, MemoryError, SCRATCH};

/// This process as the parent of processes whose containers are derived from its primary one.
#[derive(Clone, Copy, Debug, Default)]
pub struct OwnParent;

impl Parent for OwnParent {
    type Transport = Endpoint;

    fn cnode(&self) -> cap::CNode {
        cap::CNode::from_bits(slot::CNODE)
    }

    fn container(&self) -> Container {
        primary()
    }

    fn container_at(&self, slot: u64) -> Container {
        Container::new(Endpoint::from_bits(slot))
    }

    fn take_slots(&mut self, count: u64) -> Option<u64> {
        memory::with(|memory| memory.slots.allocate_row(count)).ok()
    }

    fn return_slots(&mut self, first: u64, count: u64) {
        memory::with(|memory| memory.slots.free(first, count));
    }

    fn write_frame(&mut self, frame: u64, offset: usize, bytes: &[u8]) -> sel4::Result<()> {
        if offset > PAGE || bytes.len() > PAGE - offset {
            return Err(sel4::Error::RangeError);
        }
        memory::with(|memory| memory.map(frame, SCRATCH, Access::Write)).map_err(|error| {
            match error {
                MemoryError::Mapping { error, .. } | MemoryError::Kernel { error, .. } => error,
                _ => sel4::Error::NotEnoughMemory,
            }
        })?;
        let to: *mut u8 = core::ptr::with_exposed_provenance_mut(SCRATCH as usize + offset);
        // SAFETY: the page is mapped writable for this function alone, and the range lies within it.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
        cap::Granule::from_bits(frame).frame_unmap()
    }
}
