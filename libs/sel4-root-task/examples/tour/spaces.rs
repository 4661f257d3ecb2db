// SPDX-License-Identifier: MIT OR Apache-2.0
//! Further address spaces.

use sel4::init_thread::slot;
use sel4::{Error, ObjectBlueprint, Result, VmAttributes, cap, cap_type};

use crate::memory::{START, map, map_new, read, write};
use crate::objects::{Objects, place};

pub fn try_all(objects: &mut Objects) -> Result<()> {
    // Nothing can be mapped before there is an identifier.
    let vspace = objects.make_slot::<cap_type::VSpace>()?;
    let frame = objects.make::<cap_type::Granule>()?;
    let attributes = VmAttributes::DEFAULT.execute_never();
    assert!(map(objects, vspace.cap(), frame, START, attributes).is_err());
    slot::ASID_POOL.cap().asid_pool_assign(vspace.cap())?;
    map(objects, vspace.cap(), frame, START, attributes)?;

    // A frame of the new space is seen in this one by a copy.
    let address = START + (80 << 20);
    let here = objects.copy(frame)?.cap();
    map(objects, slot::VSPACE.cap(), here, address, attributes)?;
    write(address, 3);
    assert_eq!(read(address), 3);

    // The second pool's identifiers work as well.
    let memory = objects.make_from(&ObjectBlueprint::asid_pool())?;
    let pool = objects.slot();
    let control = slot::ASID_CONTROL.cap();
    control.asid_control_make_pool(memory.cast().cap(), &place(pool))?;
    let pool: cap::AsidPool = pool.cast().cap();
    let second = objects.make::<cap_type::VSpace>()?;
    pool.asid_pool_assign(second)?;
    assert_eq!(pool.asid_pool_assign(second), Err(Error::InvalidCapability));
    let other = objects.copy(frame)?.cap();
    map(objects, second, other, START, attributes)?;

    // With a space its mappings go.
    frame.frame_unmap()?;
    place(vspace).delete()?;
    assert_eq!(read(address), 3);
    map_new(objects, address + 4096)?;
    Ok(())
}
