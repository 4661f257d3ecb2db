// SPDX-License-Identifier: MIT OR Apache-2.0
//! The random operations, and how often each is.

use proptest::prelude::*;

#[derive(Clone, Debug)]
pub(super) enum Operation {
    Allocate {
        container: usize,
        bits: u8,
    },
    Deallocate {
        container: usize,
        block: usize,
    },
    /// `deep`: from the deepest container instead of a random one.
    Derive {
        parent: usize,
        deep: bool,
        limit: u64,
        guaranteed: u64,
    },
    Destroy {
        container: usize,
    },
    /// It takes as many of the following operations as it has steps.
    Dissolve {
        container: usize,
    },
    SetLimit {
        container: usize,
        limit: u64,
    },
    /// Some kernel operation during the next call fails.
    Fail {
        after: u32,
    },
}

/// An operation; destructions are as often as `destroy` says, of 96: the rarer, the deeper the tree.
pub(super) fn operation(destroy: u32) -> impl Strategy<Value = Operation> {
    let container = any::<usize>();
    let bytes = prop_oneof![Just(0), 1u64..1 << 14, 1u64..1 << 19, 1u64..1 << 24];
    let limit = prop_oneof![1u64 << 12..1 << 18, 1u64 << 16..1 << 25, Just(1 << 40)];
    prop_oneof![
        32 => (container, 8u8..20).prop_map(|(container, bits)| Operation::Allocate { container, bits }),
        8 => (container, 10u8..13).prop_map(|(container, bits)| Operation::Allocate { container, bits }),
        24 => (container, any::<usize>()).prop_map(|(container, block)| Operation::Deallocate { container, block }),
        16 => (container, any::<bool>(), limit.clone(), bytes)
            .prop_map(|(parent, deep, limit, guaranteed)| Operation::Derive { parent, deep, limit, guaranteed }),
        destroy => container.prop_map(|container| Operation::Destroy { container }),
        destroy => container.prop_map(|container| Operation::Dissolve { container }),
        4 => (container, limit).prop_map(|(container, limit)| Operation::SetLimit { container, limit }),
        4 => (0u32..4).prop_map(|after| Operation::Fail { after }),
    ]
}
