// SPDX-License-Identifier: MIT OR Apache-2.0
//! Frames and translation tables.

use core::ptr;

use sel4::init_thread::slot;
use sel4::{
    Cap, CapRights, CapTypeForFrame, Error, FrameObjectType, Result, TranslationTableObjectType,
    VmAttributes, cap, cap_type, vspace_levels, with_ipc_buffer,
};

use crate::objects::Objects;

/// Addresses that nothing else uses.
pub const START: usize = 0x20_0000_0000;

/// Maps a frame, with the tables that are missing on the way.
pub fn map<T: CapTypeForFrame>(
    objects: &mut Objects,
    vspace: cap::VSpace,
    frame: Cap<T>,
    address: usize,
    attributes: VmAttributes,
) -> Result<()> {
    loop {
        let rights = CapRights::read_write();
        match frame.frame_map(vspace, address, rights, attributes) {
            Err(Error::FailedLookup) => {}
            result => return result,
        }
        let failed = with_ipc_buffer(|buffer| buffer.mapping_failed_lookup_level());
        let level = vspace_levels::missing_level(failed).expect("no such level");
        let kind = TranslationTableObjectType::from_level(level).expect("no such level");
        let table = objects.make_from(&kind.blueprint())?;
        let table = table.cast::<cap_type::UnspecifiedIntermediateTranslationTable>();
        table.cap().generic_intermediate_translation_table_map(
            kind,
            vspace,
            address,
            VmAttributes::DEFAULT,
        )?;
    }
}

/// Makes a frame and maps it in this address space.
pub fn map_new(objects: &mut Objects, address: usize) -> Result<cap::Granule> {
    let frame = objects.make::<cap_type::Granule>()?;
    let vspace = slot::VSPACE.cap();
    map(objects, vspace, frame, address, VmAttributes::DEFAULT)?;
    Ok(frame)
}

pub fn write(address: usize, value: u64) {
    // SAFETY: callers mapped a frame there, which no reference points into.
    unsafe { ptr::with_exposed_provenance_mut::<u64>(address).write_volatile(value) }
}

pub fn read(address: usize) -> u64 {
    // SAFETY: callers mapped a frame there.
    unsafe { ptr::with_exposed_provenance::<u64>(address).read_volatile() }
}

pub fn try_all(objects: &mut Objects) -> Result<()> {
    let (one, two) = (START, START + FrameObjectType::GRANULE.bytes());
    let vspace = slot::VSPACE.cap();
    let (rights, attributes) = (CapRights::read_write(), VmAttributes::DEFAULT);

    let frame = map_new(objects, one)?;
    assert_eq!(read(one), 0);
    write(one, 0x1234_5678_9abc_def0);
    assert_eq!(
        frame.frame_get_address()? % FrameObjectType::GRANULE.bytes(),
        0
    );

    // The same memory at two places, by a second capability; a capability maps once.
    let copy = objects.copy(frame)?.cap();
    map(objects, vspace, copy, two, attributes)?;
    write(two, 42);
    assert_eq!(read(one), 42);
    assert!(
        copy.frame_map(vspace, two + 4096, rights, attributes)
            .is_err()
    );
    copy.frame_remap(vspace, CapRights::read_only(), attributes)?;
    assert_eq!(read(two), 42);
    let other = objects.make::<cap_type::Granule>()?;
    assert_eq!(
        other.frame_map(vspace, two, rights, attributes),
        Err(Error::DeleteFirst)
    );
    assert_eq!(
        other.frame_map(vspace, two + 1, rights, attributes),
        Err(Error::AlignmentError)
    );
    copy.frame_unmap()?;
    copy.frame_unmap()?;
    map(objects, vspace, other, two, attributes)?;
    assert_eq!(read(two), 0);

    // A large page.
    let large = objects.make::<cap_type::LargePage>()?;
    let address = START + (1 << 30);
    map(objects, vspace, large, address, attributes)?;
    let last = address + FrameObjectType::LargePage.bytes() - 8;
    write(last, 7);
    assert_eq!((read(address), read(last)), (0, 7));
    large.frame_unmap()
}
