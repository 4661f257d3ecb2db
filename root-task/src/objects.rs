// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the interface's objects to the kernel's.
use croft_container::{
    ContainerError, MAX_BLOCK_BITS, MAX_COUNT, MAX_UNTYPED_BITS, MIN_BYTES, Object,
};
use sel4::{FrameObjectType, ObjectBlueprint, TranslationTableObjectType};

/// The smallest untyped that the kernel makes, log2 of bytes.
const MIN_UNTYPED_BITS: u8 = 4;

/// The largest CNode of a process that the root task makes for itself, log2 of slots.
pub const MAX_RADIX: u8 = 21;

/// The largest CNode that a client gets: as large as the largest block.
pub const MAX_CLIENT_RADIX: u8 = 16;

/// What the kernel has to make, and log2 of the bytes of the block for `count` of them.
pub fn blueprint(object: Object, count: u16) -> Result<(ObjectBlueprint, u8), ContainerError> {
    let blueprint = match object {
        Object::Untyped { bits } if (MIN_UNTYPED_BITS..=MAX_UNTYPED_BITS).contains(&bits) => {
            ObjectBlueprint::Untyped {
                size_bits: bits.into(),
            }
        }
        Object::Frame { bits } => FrameObjectType::from_bits(bits.into())
            .ok_or(ContainerError::BadObject)?
            .blueprint(),
        Object::CNode { radix } if (1..=MAX_CLIENT_RADIX).contains(&radix) => {
            ObjectBlueprint::CNode {
                size_bits: radix.into(),
            }
        }
        Object::Tcb if count == 1 => ObjectBlueprint::Tcb,
        Object::Endpoint => ObjectBlueprint::Endpoint,
        Object::Notification => ObjectBlueprint::Notification,
        // A root table is of no use without an address space number, which a conversion gives.
        Object::Table { level } if level > 0 => {
            TranslationTableObjectType::from_level(level.into())
                .ok_or(ContainerError::BadObject)?
                .blueprint()
        }
        _ => return Err(ContainerError::BadObject),
    };
    if !(1..=MAX_COUNT).contains(&count) {
        return Err(ContainerError::BadObject);
    }
    let bytes = (u64::from(count) << blueprint.physical_size_bits()).max(MIN_BYTES);
    let bits = bytes.next_power_of_two().trailing_zeros() as u8;
    if bits > MAX_BLOCK_BITS {
        return Err(ContainerError::BadObject);
    }
    Ok((blueprint, bits))
}
