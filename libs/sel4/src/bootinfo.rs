// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the kernel tells the first thread.

use core::mem;
use core::ops::{Deref, Range};
use core::slice;

use crate::init_thread::SlotRegion;
use crate::{IpcBuffer, Word, cap_type, sys};

/// Where the kernel put the boot information.
#[derive(Clone, Copy, Debug)]
pub struct BootInfoPtr {
    pointer: *const BootInfo,
}

impl BootInfoPtr {
    /// The boot information at an address.
    ///
    /// # Safety
    /// The kernel must have put it there, followed by its extra information, and it must stay mapped
    /// and unchanged.
    #[must_use]
    pub const unsafe fn new(pointer: *const sys::seL4_BootInfo) -> Self {
        Self {
            pointer: pointer.cast(),
        }
    }

    /// Its address.
    #[must_use]
    pub const fn ptr(self) -> *const BootInfo {
        self.pointer
    }

    /// The extra information: chunks that the kernel appended, each with an identifier.
    pub fn extra(&self) -> impl Iterator<Item = BootInfoExtra<'_>> {
        // SAFETY: the promise of `new`: the extra information follows in the next page.
        let mut rest = unsafe {
            slice::from_raw_parts(
                self.pointer.cast::<u8>().add(1 << crate::PAGE_BITS),
                self.extra_len(),
            )
        };
        core::iter::from_fn(move || {
            let header = mem::size_of::<sys::seL4_BootInfoHeader>();
            let word = |at: usize| {
                let bytes = rest.get(at..at + mem::size_of::<Word>())?;
                Some(Word::from_ne_bytes(bytes.try_into().ok()?))
            };
            let id = word(mem::offset_of!(sys::seL4_BootInfoHeader, id))?;
            let length = word(mem::offset_of!(sys::seL4_BootInfoHeader, len))? as usize;
            let content = rest.get(header..length)?;
            rest = &rest[length..];
            Some(BootInfoExtra { id, content })
        })
        .filter(|chunk| chunk.id != Word::from(sys::SEL4_BOOTINFO_HEADER_PADDING))
    }
}

impl Deref for BootInfoPtr {
    type Target = BootInfo;

    fn deref(&self) -> &BootInfo {
        // SAFETY: the promise of `new`.
        unsafe { &*self.pointer }
    }
}

/// A chunk of extra boot information.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootInfoExtra<'a> {
    /// What it is: a `SEL4_BOOTINFO_HEADER_…`.
    pub id: Word,
    /// Its content, without the header.
    pub content: &'a [u8],
}

/// The boot information.
#[repr(transparent)]
pub struct BootInfo(sys::seL4_BootInfo);

impl BootInfo {
    /// The kernel's type.
    #[must_use]
    pub const fn inner(&self) -> &sys::seL4_BootInfo {
        &self.0
    }

    /// Bytes of extra information.
    #[must_use]
    pub fn extra_len(&self) -> usize {
        self.0.extraLen as usize
    }

    /// Where the first thread's IPC buffer is.
    #[must_use]
    pub fn ipc_buffer(&self) -> *mut IpcBuffer {
        self.0.ipcBuffer.cast()
    }

    /// The empty slots of the first thread's CNode.
    #[must_use]
    pub fn empty(&self) -> SlotRegion<cap_type::Null> {
        SlotRegion::from_sys(self.0.empty)
    }

    /// The frames of the first thread's image, in ascending order of addresses.
    #[must_use]
    pub fn user_image_frames(&self) -> SlotRegion<cap_type::Granule> {
        SlotRegion::from_sys(self.0.userImageFrames)
    }

    /// The translation tables of the first thread's image.
    #[must_use]
    pub fn user_image_paging(
        &self,
    ) -> SlotRegion<cap_type::UnspecifiedIntermediateTranslationTable> {
        SlotRegion::from_sys(self.0.userImagePaging)
    }

    /// The frames of the extra information.
    #[must_use]
    pub fn extra_frames(&self) -> SlotRegion<cap_type::Granule> {
        SlotRegion::from_sys(self.0.extraBIPages)
    }

    /// log2 of the number of slots of the first thread's CNode.
    #[must_use]
    pub fn init_thread_cnode_size_bits(&self) -> usize {
        self.0.initThreadCNodeSizeBits as usize
    }

    /// The first thread's scheduling domain.
    #[must_use]
    pub fn init_thread_domain(&self) -> usize {
        self.0.initThreadDomain as usize
    }

    /// On x86_64 the frequency of the time stamp counter in MHz.
    #[must_use]
    pub fn arch_info(&self) -> Word {
        self.0.archInfo
    }

    /// All untyped memory; the same order as [`BootInfo::untyped_list`].
    #[must_use]
    pub fn untyped(&self) -> SlotRegion<cap_type::Untyped> {
        SlotRegion::from_sys(self.0.untyped)
    }

    /// What each untyped is.
    #[must_use]
    pub fn untyped_list(&self) -> &[UntypedDesc] {
        let list = &raw const self.0.untypedList;
        let capacity = (mem::size_of::<sys::seL4_BootInfo>()
            - mem::offset_of!(sys::seL4_BootInfo, untypedList))
            / mem::size_of::<UntypedDesc>();
        let length = self.untyped().len().min(capacity);
        // SAFETY: the list is part of this structure, its elements are packed like ours, and the
        // length is within it.
        unsafe { slice::from_raw_parts(list.cast(), length) }
    }

    /// The positions of untyped memory that is or is not a device's.
    fn untyped_range(&self, device: bool) -> Range<usize> {
        let list = self.untyped_list();
        let is_wanted = |descriptor: &UntypedDesc| descriptor.is_device() == device;
        let start = list.iter().position(is_wanted).unwrap_or(list.len());
        let length = list[start..]
            .iter()
            .position(|descriptor| !is_wanted(descriptor))
            .unwrap_or(list.len() - start);
        start..start + length
    }

    /// The positions of the untyped memory that is RAM.
    #[must_use]
    pub fn kernel_untyped_range(&self) -> Range<usize> {
        self.untyped_range(false)
    }

    /// The positions of the untyped memory that is not RAM.
    #[must_use]
    pub fn device_untyped_range(&self) -> Range<usize> {
        self.untyped_range(true)
    }
}

/// What an untyped is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct UntypedDesc(sys::seL4_UntypedDesc);

impl UntypedDesc {
    /// Its physical address.
    #[must_use]
    pub fn paddr(&self) -> usize {
        self.0.paddr as usize
    }

    /// log2 of its size in bytes.
    #[must_use]
    pub fn size_bits(&self) -> usize {
        self.0.sizeBits as usize
    }

    /// Whether it is not RAM: it cannot hold kernel objects, and is not cleared.
    #[must_use]
    pub fn is_device(&self) -> bool {
        self.0.isDevice != 0
    }
}
