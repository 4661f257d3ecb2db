// SPDX-License-Identifier: MIT OR Apache-2.0
//! A server as a parent: what [`croft_process::parent::create`] needs of it.

use croft_container::{Container, primary};
use croft_ipc::kernel::Endpoint;
use croft_process::handover::{Blob, Environment, slot};
use croft_process::parent::{Frames, PAGE_WORDS, Parent, Startup};
use sel4::cap;

use crate::memory::{self, Access, MemoryError, SCRATCH};
use crate::{PAGE, Process, SetupError};

impl Process {
    /// The startup program for children, mapped: call it once and keep the result. The image description gives it to a server with
    /// `parent = true`.
    ///
    /// # Errors
    /// [`SetupError::File`], [`SetupError::Memory`].
    pub fn startup(&self) -> Result<Startup<'static>, SetupError> {
        Ok(Startup {
            bytes: self.file(Environment::STARTUP)?,
            frames: self.frames(Environment::STARTUP)?,
        })
    }

    /// Its own program, for a child that is to run the same.
    #[must_use]
    pub fn image(&self) -> Frames {
        frames(self.environment().image)
    }
}

const fn frames(blob: Blob) -> Frames {
    Frames {
        first_slot: blob.first_slot,
        length: blob.length,
    }
}

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
        map(frame, Access::Write)?;
        let to: *mut u8 = core::ptr::with_exposed_provenance_mut(SCRATCH as usize + offset);
        // SAFETY: the page is mapped writable for this function alone, and the range lies within it.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
        cap::Granule::from_bits(frame).frame_unmap()
    }

    fn read_frame(&mut self, frame: u64, words: &mut [u64; PAGE_WORDS]) -> sel4::Result<()> {
        map(frame, Access::Read)?;
        let from: *const u64 = core::ptr::with_exposed_provenance(SCRATCH as usize);
        for (place, word) in words.iter_mut().enumerate() {
            // SAFETY: the page is mapped, and the word lies within it. A volatile read takes whatever is there.
            *word = unsafe { from.add(place).read_volatile() };
        }
        cap::Granule::from_bits(frame).frame_unmap()
    }
}

/// Maps a frame where this process looks at frames of others.
fn map(frame: u64, access: Access) -> sel4::Result<()> {
    memory::with(|memory| memory.map(frame, SCRATCH, access)).map_err(|error| match error {
        MemoryError::Mapping { error, .. } | MemoryError::Kernel { error, .. } => error,
        _ => sel4::Error::NotEnoughMemory,
    })
}
