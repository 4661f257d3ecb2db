// SPDX-License-Identifier: MIT OR Apache-2.0
use proptest::prelude::*;

use crate::{ContainerId, Watch, Watches};

proptest! {
    #[test]
    fn watches_are_found_by_container_and_grant(
        operations in prop::collection::vec((0u8..4, 0u16..4, 1u32..6, 0u64..100), 1..300)
    ) {
        let mut watches = Watches::default();
        let mut model: Vec<Watch> = Vec::new();
        for (operation, container, badge, bytes) in operations {
            let container = ContainerId::from_number(container);
            let of = |watch: &Watch| watch.container == container;
            match operation {
                0 if !model.iter().any(|watch| of(watch) && watch.badge == badge) => {
                    let watch = Watch { container, badge, slot: bytes as u32, above: bytes };
                    watches.add(watch).unwrap();
                    model.push(watch);
                }
                1 => {
                    let expected = model.iter().position(|watch| of(watch) && watch.badge == badge);
                    let expected = expected.map(|place| model.remove(place));
                    prop_assert_eq!(watches.remove(container, Some(badge)), expected);
                }
                2 => {
                    let found = watches.remove(container, None);
                    prop_assert_eq!(found.is_some(), model.iter().any(of));
                    model.retain(|watch| Some(*watch) != found);
                }
                _ => {
                    let mut told = Vec::new();
                    while let Some(watch) = watches.passed(container, bytes) {
                        prop_assert!(watch.above < bytes);
                        told.push(watch.badge);
                    }
                    let mut expected = Vec::new();
                    for watch in model.iter_mut().filter(|watch| of(watch) && watch.above < bytes) {
                        watch.above = u64::MAX;
                        expected.push(watch.badge);
                    }
                    told.sort_unstable();
                    expected.sort_unstable();
                    prop_assert_eq!(told, expected);
                }
            }
            let least = model.iter().filter(|watch| of(watch)).map(|watch| watch.above).min();
            prop_assert_eq!(watches.least(container), least.unwrap_or(u64::MAX));
        }
    }
}
