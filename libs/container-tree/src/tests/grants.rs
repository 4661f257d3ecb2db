// SPDX-License-Identifier: MIT OR Apache-2.0
use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::{ContainerId, Grant, Grants, HolderId, Rights};

proptest! {
    #[test]
    fn a_badge_names_one_grant_while_it_lasts(
        operations in prop::collection::vec((any::<bool>(), 0u16..6, 0u16..4, any::<usize>()), 1..300)
    ) {
        let mut grants = Grants::default();
        let mut model: BTreeMap<u64, Grant> = BTreeMap::new();
        let mut ended = Vec::new();
        for (add, container, holder, pick) in operations {
            if add {
                let grant = Grant {
                    container: ContainerId::from_number(container),
                    holder: HolderId(holder),
                    rights: Rights::Manage,
                    place: 0,
                    slot: pick as u32,
                };
                let badge = grants.add(grant).unwrap();
                prop_assert!(badge != 0 && badge < 1 << 26);
                prop_assert!(model.insert(badge, grant).is_none());
            } else if let Some(&badge) = model.keys().nth(pick % model.len().max(1)) {
                grants.remove(badge);
                model.remove(&badge);
                ended.push(badge);
            }
            for (badge, grant) in &model {
                prop_assert_eq!(grants.get(*badge), Some(*grant));
            }
            for badge in &ended {
                prop_assert!(grants.get(*badge).is_none() || model.contains_key(badge));
            }
            for number in 0..6 {
                let container = ContainerId::from_number(number);
                let mut found: Vec<_> = grants.of_container(container).collect();
                found.sort_unstable_by_key(|(badge, _)| *badge);
                let of = |(badge, grant): (&u64, &Grant)| (grant.container == container).then_some((*badge, *grant));
                prop_assert_eq!(found, model.iter().filter_map(of).collect::<Vec<_>>());
                let holder = HolderId(number);
                let mut found: Vec<_> = grants.of_holder(holder).collect();
                found.sort_unstable_by_key(|(badge, _)| *badge);
                let of = |(badge, grant): (&u64, &Grant)| (grant.holder == holder).then_some((*badge, *grant));
                prop_assert_eq!(found, model.iter().filter_map(of).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn any_badge_is_safe(badge: u64) {
        let mut grants = Grants::default();
        prop_assert_eq!(grants.get(badge), None);
        grants.remove(badge);
        let container = ContainerId::ROOT;
        let grant = Grant { container, holder: HolderId(0), rights: Rights::Look, place: 0, slot: 0 };
        let own = grants.add(grant).unwrap();
        prop_assert!(grants.get(badge).is_none() || badge == own);
    }
}
