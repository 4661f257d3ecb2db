// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether the tree agrees with the model, and whether an error is justified.

use super::Model;
use crate::free::CLASSES;
use crate::tests::mock::{Mock, REFUSED};
use crate::tests::verify::{free_list, verify};
use crate::{ContainerError, ContainerId, Currency, Name, Tree};

/// The accounts agree, and the structure is sound.
pub(super) fn compare(tree: &Tree<Mock>, model: &Model) {
    for (number, container) in model.0.iter().enumerate() {
        if container.alive {
            let info = tree.info(container.id).unwrap();
            assert_eq!(
                info.used.bytes,
                model.used(number),
                "use of {:?}",
                container.id
            );
        }
    }
    verify(tree);
}

/// The container of that name: its number, or the root container's.
pub(super) fn named(name: Name) -> ContainerId {
    ContainerId::from_number(name.as_str().parse().unwrap_or_default())
}

/// Whether an error other than a byte limit is justified.
pub(super) fn justified(
    tree: &Tree<Mock>,
    from: ContainerId,
    error: ContainerError,
    failing: bool,
    guaranteed: u64,
) -> bool {
    match error {
        REFUSED => failing,
        ContainerError::Limit {
            container,
            currency: Currency::Slots,
            asked,
            left,
        } => {
            let info = tree.info(named(container)).unwrap();
            // Some splits of the same operation may have been paid already when it failed.
            asked > left && u64::from(info.left.slots) >= left
        }
        ContainerError::NoMemory { .. } if guaranteed != 0 => {
            // What is free on the way up does not suffice in sum.
            let mut free = 0;
            let mut number = from.number();
            loop {
                let container = tree.container(number);
                for class in 0..CLASSES as u8 {
                    let count = free_list(tree, number, class).len();
                    free += (count as u64) << (class + crate::MIN_BITS);
                }
                if number == 0 {
                    return free < guaranteed.next_multiple_of(1 << crate::MIN_BITS);
                }
                number = container.parent;
            }
        }
        ContainerError::NoMemory { bits } => {
            // No container on the way up has a free block of that size.
            let mut number = from.number();
            loop {
                let container = tree.container(number);
                if container.free.smallest(bits).is_some() {
                    return false;
                }
                if number == 0 {
                    return tree.untouched.smallest(bits).is_none();
                }
                number = container.parent;
            }
        }
        _ => false,
    }
}
