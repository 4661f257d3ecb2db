// SPDX-License-Identifier: MIT OR Apache-2.0
//! Memory that Rust's rules do not cover: the image behind the program, one page to look at frames through, and the
//! registers of a serial port. All `unsafe` of the root task is here.
#![expect(
    unsafe_code,
    reason = "mapped memory has to be turned into slices and registers somewhere"
)]

use core::ptr;
use core::slice;

use sel4::init_thread::slot;
use sel4::{CapRights, IpcBuffer, TranslationTableObjectType, VmAttributes, cap, vspace_levels};

use crate::error::BootError;
use crate::service::Service;

/// Bytes in a page.
pub const PAGE: usize = 1 << sel4::PAGE_BITS;

/// Where frames are mapped for a moment: an address that neither the kernel nor the image uses.
const WINDOW: usize = 0x3000_0000;

/// Where the serial port's registers are mapped.
const REGISTERS: usize = WINDOW + PAGE;

/// Where the first worker's IPC buffer is mapped; those of others follow.
const BUFFERS: usize = REGISTERS + PAGE;

unsafe extern "C" {
    /// The image's first byte, by the linker.
    static __executable_start: u8;
    /// The first byte after the program, by the linker.
    static _end: u8;
}

/// What the image builder put behind the program, from the next page on, and that page's number in the image of `pages`
/// pages.
pub fn payload(pages: usize) -> (&'static [u8], usize) {
    let start = (&raw const __executable_start).addr() & !(PAGE - 1);
    let first = (&raw const _end).addr().next_multiple_of(PAGE);
    let page = (first - start) / PAGE;
    let length = pages.saturating_sub(page) * PAGE;
    if length == 0 {
        return (&[], page);
    }
    // SAFETY: the kernel mapped the image's pages one after the other and readable, they are ours for good, and nobody
    // writes behind the program's end.
    let bytes = unsafe { slice::from_raw_parts(ptr::with_exposed_provenance(first), length) };
    (bytes, page)
}

/// A page of the root task's own address space.
pub struct Window(());

impl Window {
    /// Makes the page table that the window needs. To be called once.
    pub fn new(service: &mut Service) -> Result<Self, BootError> {
        let window = Self(());
        let frame = service.own_object(&sel4::FrameObjectType::GRANULE.blueprint())?;
        let frame = cap::Granule::from_bits(frame);
        loop {
            match map(frame, WINDOW, VmAttributes::DEFAULT) {
                Ok(()) => break,
                Err(sel4::Error::FailedLookup) => add_table(service)?,
                Err(error) => return Err(BootError::kernel("the window's mapping")(error)),
            }
        }
        frame
            .frame_unmap()
            .map_err(BootError::kernel("the window's unmapping"))?;
        Ok(window)
    }

    /// Writes into a frame that is mapped nowhere.
    pub fn write(&mut self, frame: cap::Granule, offset: usize, bytes: &[u8]) -> sel4::Result<()> {
        if offset > PAGE || bytes.len() > PAGE - offset {
            return Err(sel4::Error::RangeError);
        }
        map(frame, WINDOW, VmAttributes::DEFAULT)?;
        let to: *mut u8 = ptr::with_exposed_provenance_mut(WINDOW + offset);
        // SAFETY: the page is mapped writable for this function alone, and the range lies within it.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
        frame.frame_unmap()
    }

    /// Reads the words of a frame that is mapped nowhere, with no right but to read it. Others may be writing.
    pub fn read(&mut self, frame: cap::Granule, words: &mut [u64; PAGE / 8]) -> sel4::Result<()> {
        let attributes = VmAttributes::DEFAULT.execute_never();
        frame.frame_map(slot::VSPACE.cap(), WINDOW, CapRights::READ_ONLY, attributes)?;
        let from: *const u64 = ptr::with_exposed_provenance(WINDOW);
        for (place, word) in words.iter_mut().enumerate() {
            // SAFETY: the page is mapped, and the word lies within it. A volatile read takes whatever is there.
            *word = unsafe { from.add(place).read_volatile() };
        }
        frame.frame_unmap()
    }

    /// An IPC buffer for a worker, in a page of its own: its frame's capability, and the buffer. There is one for each number.
    pub fn ipc_buffer(
        &self,
        number: usize,
        service: &mut Service,
    ) -> Result<(cap::Granule, &'static mut IpcBuffer), BootError> {
        let frame = service.own_object(&sel4::FrameObjectType::GRANULE.blueprint())?;
        let frame = cap::Granule::from_bits(frame);
        let address = BUFFERS + number * PAGE;
        map(frame, address, VmAttributes::DEFAULT)
            .map_err(BootError::kernel("the mapping of an IPC buffer"))?;
        // SAFETY: the page is mapped for good, and nobody refers to it but whoever gets this reference: a second call
        // fails above, as something is mapped there. It is no other thread's buffer.
        let buffer = unsafe { IpcBuffer::from_ptr(ptr::with_exposed_provenance_mut(address)) };
        Ok((frame, buffer))
    }

    /// Maps the page of device registers in `frame` for good; there is one.
    #[cfg(target_arch = "aarch64")]
    pub fn registers(&self, frame: cap::Granule) -> sel4::Result<Registers> {
        map(frame, REGISTERS, VmAttributes::DEVICE)?;
        Ok(Registers(()))
    }
}

/// A mapped page of device registers.
#[cfg(target_arch = "aarch64")]
#[derive(Clone, Copy)]
pub struct Registers(());

#[cfg(target_arch = "aarch64")]
impl Registers {
    /// The page, if it is `mapped`.
    pub fn get(mapped: bool) -> Option<Self> {
        mapped.then_some(Self(()))
    }

    /// Reads the register at byte `offset` (a multiple of 4).
    pub fn read(self, offset: usize) -> u32 {
        let register = ptr::with_exposed_provenance::<u32>(REGISTERS + offset % PAGE / 4 * 4);
        // SAFETY: the page is mapped for good; it is a device's, whose registers may be read.
        unsafe { register.read_volatile() }
    }

    /// Writes the register at byte `offset` (a multiple of 4).
    pub fn write(self, offset: usize, value: u32) {
        let register = ptr::with_exposed_provenance_mut::<u32>(REGISTERS + offset % PAGE / 4 * 4);
        // SAFETY: the page is mapped writable for good; no Rust object is there.
        unsafe { register.write_volatile(value) }
    }
}

fn map(frame: cap::Granule, address: usize, attributes: VmAttributes) -> sel4::Result<()> {
    let attributes = attributes.execute_never();
    frame.frame_map(
        slot::VSPACE.cap(),
        address,
        CapRights::READ_WRITE,
        attributes,
    )
}

/// Puts in the table that the window's last mapping missed. All of them share it.
fn add_table(service: &mut Service) -> Result<(), BootError> {
    let failed = sel4::with_ipc_buffer(sel4::IpcBuffer::mapping_failed_lookup_level);
    let missing = BootError::kernel("the window's page table");
    let level =
        vspace_levels::missing_level(failed).ok_or_else(|| missing(sel4::Error::FailedLookup))?;
    let kind = TranslationTableObjectType::ALL[level];
    let table = service.own_object(&kind.blueprint())?;
    cap::UnspecifiedIntermediateTranslationTable::from_bits(table)
        .generic_intermediate_translation_table_map(
            kind,
            slot::VSPACE.cap(),
            WINDOW,
            VmAttributes::DEFAULT,
        )
        .map_err(missing)
}

const _: () = assert!(WINDOW / (512 * PAGE) == (BUFFERS + PAGE) / (512 * PAGE));
