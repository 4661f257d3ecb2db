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

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    /// Boot information as the kernel lays it out: a page, then chunks.
    #[repr(C, align(4096))]
    struct Page {
        bootinfo: [u8; 1 << crate::PAGE_BITS],
        extra: [u8; 256],
    }

    fn page(extra: &[&[u64]], extra_len: usize) -> Page {
        let mut page = Page {
            bootinfo: [0; 1 << crate::PAGE_BITS],
            extra: [0; 256],
        };
        let words = extra.iter().flat_map(|chunk| chunk.iter());
        for (place, word) in page.extra.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_ne_bytes());
        }
        let mut bootinfo = sys::seL4_BootInfo {
            extraLen: extra_len as Word,
            untyped: sys::seL4_SlotRegion { start: 20, end: 23 },
            ..Default::default()
        };
        bootinfo.untypedList[1].sizeBits = 30;
        bootinfo.untypedList[0].isDevice = 1;
        // SAFETY: the page is larger than the structure, and aligned.
        unsafe {
            page.bootinfo
                .as_mut_ptr()
                .cast::<sys::seL4_BootInfo>()
                .write(bootinfo)
        };
        page
    }

    fn chunks(page: &Page) -> Vec<(Word, Vec<u8>)> {
        // SAFETY: the page holds boot information and what follows it.
        let bootinfo = unsafe { BootInfoPtr::new((&raw const *page).cast()) };
        let chunks = bootinfo.extra();
        chunks
            .map(|chunk| (chunk.id, chunk.content.to_vec()))
            .collect()
    }

    #[test]
    fn untyped_memory_is_told_by_kind() {
        let page = page(&[], 0);
        // SAFETY: as in `chunks`.
        let bootinfo = unsafe { BootInfoPtr::new((&raw const page).cast()) };
        assert_eq!(bootinfo.untyped_list().len(), 3);
        assert_eq!(bootinfo.untyped_list()[1].size_bits(), 30);
        assert_eq!(bootinfo.device_untyped_range(), 0..1);
        assert_eq!(bootinfo.kernel_untyped_range(), 1..3);
        assert_eq!(bootinfo.untyped().index(1).index(), 21);
        assert!(chunks(&page).is_empty());
    }

    #[test]
    fn extra_chunks_come_without_padding() {
        let chunk: &[u64] = &[1, 24, 0x0807_0605_0403_0201];
        let padding: &[u64] = &[0, 32, 0, 0];
        let expected = vec![(1, vec![1, 2, 3, 4, 5, 6, 7, 8])];
        assert_eq!(chunks(&page(&[padding, chunk], 56)), expected);
        // One that is cut off is not told, nor one that is shorter than its header.
        assert_eq!(chunks(&page(&[chunk, chunk], 40)), expected);
        assert_eq!(chunks(&page(&[chunk, &[2, 0]], 64)), expected);
    }
}
