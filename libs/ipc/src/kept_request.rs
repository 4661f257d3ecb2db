// SPDX-License-Identifier: MIT OR Apache-2.0
//! Requests that are put aside, to be answered later as if they came then.

use crate::{Call, Incoming, Label, ReceivedCapability};

/// The longest request that can be kept, in bytes.
pub const KEPT_BYTES: usize = 64;

/// A request with which no capability came. Who keeps it saves the right to answer beside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeptRequest {
    label: Option<Label>,
    badge: u64,
    bytes: [u8; KEPT_BYTES],
    length: usize,
}

impl KeptRequest {
    /// Keeps a request; `None` if it is longer than [`KEPT_BYTES`] or a capability came with it.
    #[must_use]
    pub fn new(incoming: &Incoming<'_>) -> Option<Self> {
        let mut kept = Self {
            label: incoming.label,
            badge: incoming.call.badge,
            bytes: [0; KEPT_BYTES],
            length: incoming.bytes.len(),
        };
        let room = kept.bytes.get_mut(..kept.length)?;
        room.copy_from_slice(incoming.bytes);
        (incoming.call.capability == ReceivedCapability::None).then_some(kept)
    }

    /// The request as it came.
    #[must_use]
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming {
            label: self.label,
            bytes: &self.bytes[..self.length],
            call: Call {
                badge: self.badge,
                capability: ReceivedCapability::None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_request_is_as_it_was(label: u64, badge: u64, bytes in prop::collection::vec(any::<u8>(), 0..80), own: bool) {
            let capability = match own {
                true => ReceivedCapability::Own { badge },
                false => ReceivedCapability::None,
            };
            let incoming = Incoming {
                label: Label::from_bits(label),
                bytes: &bytes,
                call: Call { badge, capability },
            };
            match KeptRequest::new(&incoming) {
                Some(kept) => {
                    let again = kept.incoming();
                    prop_assert_eq!((again.label, again.bytes, again.call), (incoming.label, incoming.bytes, incoming.call));
                }
                None => prop_assert!(own || bytes.len() > KEPT_BYTES),
            }
        }
    }
}
