// SPDX-License-Identifier: MIT OR Apache-2.0
//! Slots: copy, mint, move, mutate, rotate, delete, revoke, and their errors.

use sel4::init_thread::{Slot, slot};
use sel4::{
    CNodeCapData, CapRights, CapRightsBuilder, CapType, Error, MessageInfo, ObjectBlueprint,
    Result, Word, cap_type,
};

use crate::objects::{Objects, place};

/// Whether there is a capability in a slot: moving it onto itself fails for that reason first.
fn is_occupied<T: CapType>(slot: Slot<T>) -> bool {
    match place(slot).move_(&place(slot)) {
        Err(Error::DeleteFirst) => true,
        Err(Error::FailedLookup) => false,
        other => panic!("{other:?}"),
    }
}

/// The kernel's number of a capability's type, if it tells; else the same for all.
fn kind<T: CapType>(slot: Slot<T>) -> Word {
    slot.cap().debug_identify()
}

pub fn try_all(objects: &mut Objects) -> Result<()> {
    let endpoint = objects.make_slot::<cap_type::Endpoint>()?;
    let notification = objects.make_slot::<cap_type::Notification>()?;
    assert!(is_occupied(endpoint));
    assert_eq!(
        kind(endpoint) != kind(notification),
        sel4::sel4_cfg_bool!(DEBUG_BUILD)
    );

    // Copies have the same type, and the destination must be empty.
    let (a, b, c) = (objects.slot(), objects.slot(), objects.slot());
    assert!(!is_occupied(a));
    place(a).copy(&place(endpoint), CapRights::read_write())?;
    assert_eq!(kind(a), kind(endpoint));
    assert_eq!(
        place(a).copy(&place(endpoint), CapRights::all()),
        Err(Error::DeleteFirst)
    );
    assert_eq!(
        place(b).copy(&place(c), CapRights::all()),
        Err(Error::FailedLookup)
    );

    // A move empties the source.
    place(b).move_(&place(a))?;
    assert!(!is_occupied(a));
    assert_eq!(kind(b), kind(endpoint));

    // A rotation is two moves. (Not of endpoints: 5.0.0 would have to change a badge.)
    let thread = objects.make_slot::<cap_type::Tcb>()?;
    let frame = objects.make_slot::<cap_type::Granule>()?;
    let kinds = (kind(thread), kind(frame));
    place(a).rotate(0, &place(thread), 0, &place(frame))?;
    assert_eq!((kind(a), kind(thread)), kinds);
    assert!(!is_occupied(frame));

    // Badges arrive with signals, rights count, and a badged capability cannot get another badge.
    place(c).mint(
        &place(notification),
        CapRightsBuilder::none().write(true).build(),
        0x0abc_def1,
    )?;
    c.cast::<cap_type::Notification>().cap().signal();
    assert_eq!(notification.cap().poll(), ((), 0x0abc_def1));
    assert_eq!(notification.cap().poll(), ((), 0));
    let d = objects.slot();
    assert_eq!(
        place(d).mint(&place(c), CapRights::all(), 7),
        Err(Error::IllegalOperation)
    );

    // Revoking takes all copies, deleting one.
    place(a).delete()?;
    assert!(!is_occupied(a));
    place(a).copy(&place(notification), CapRights::all())?;
    place(notification).revoke()?;
    assert!(!is_occupied(a) && !is_occupied(c));
    assert!(is_occupied(b));
    assert!(is_occupied(notification));

    // A CNode with a guard, two levels deep: 2 + 4 bits in a guard of 58.
    let cnode = objects.make_from(&ObjectBlueprint::CNode { size_bits: 4 })?;
    let cnode = cnode.cast::<cap_type::CNode>();
    let guarded = objects.slot();
    let guard = CNodeCapData::new(0b10, 2);
    place(guarded).mutate(&place(cnode), guard.into_word())?;
    let guarded = guarded.cast::<cap_type::CNode>().cap();
    let inner = guarded.absolute_cptr_from_bits_with_depth(0b10_0011, 6);
    inner.copy(&place(endpoint), CapRights::all())?;
    let wrong_guard = guarded.absolute_cptr_from_bits_with_depth(0b01_0011, 6);
    assert_eq!(wrong_guard.delete(), Err(Error::FailedLookup));
    inner.delete()?;

    // Memory: too much, an occupied slot, too many at once.
    let untyped = objects.make_from(&ObjectBlueprint::Untyped { size_bits: 12 })?;
    let untyped = untyped.cast::<cap_type::Untyped>();
    let root = slot::CNODE.cap().absolute_cptr_for_self();
    let empty = objects.slot();
    let large = ObjectBlueprint::Untyped { size_bits: 13 };
    let retype = |blueprint: &ObjectBlueprint, slot: usize, number: usize| {
        untyped.cap().untyped_retype(blueprint, &root, slot, number)
    };
    assert_eq!(
        retype(&large, empty.index(), 1),
        Err(Error::NotEnoughMemory)
    );
    assert_eq!(
        retype(&ObjectBlueprint::Endpoint, endpoint.index(), 1),
        Err(Error::DeleteFirst)
    );
    assert_eq!(
        retype(&ObjectBlueprint::Endpoint, empty.index(), 257),
        Err(Error::RangeError)
    );
    retype(&ObjectBlueprint::Tcb, empty.index(), 1)?;
    assert_eq!(
        retype(&large, objects.slot().index(), 1),
        Err(Error::NotEnoughMemory)
    );
    place(untyped).revoke()?;
    assert!(!is_occupied(empty));

    // A message with nobody waiting goes nowhere.
    endpoint
        .cap()
        .nb_send_with_mrs(MessageInfo::new(1, 0, 0, 1), [1]);
    let nothing = endpoint.cap().nb_recv_with_mrs(());
    assert_eq!(nothing.badge, 0);
    Ok(())
}
