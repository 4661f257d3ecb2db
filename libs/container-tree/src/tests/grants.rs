// SPDX-License-Identifier: MIT OR Apache-2.0
use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::{ContainerId, Grant, Grants, HolderId, Rights};

proptest! {
    #[test]
    fn a_badge_names_one_grant_while_it_lasts(
        operations in prop::collection::vec((any::<bool>(), 0u16..6, 0u16..4, any::<usize>()), 1..300)
    ) {
        let mut grants = Grants::new();
        let mut model: BTreeMap<u64, Grant> = BTreeMap::new();
        let mut ended = Vec::new();
        for (add, container, holder, pick) in operations {
            if add {
                let grant = Grant {
                    container: ContainerId::from_number(container),
                    holder: HolderId(holder),
                    rights: Rights::Manage,
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
            for container in 0..6 {
                let any = model.iter().any(|(_, grant)| grant.container.number() == container);
                let id = ContainerId::from_number(container);
                let found = grants.of_container(id, None);
                // The one that comes last is found only if it is the only one.
                let other = grants.of_container(id, found);
                let count = model.values().filter(|grant| grant.container == id).count();
                prop_assert_eq!(other != found, count > 1);
                prop_assert_eq!(found.is_some(), any);
                let right = found.is_none_or(|badge| model[&badge].container.number() == container);
                prop_assert!(right);
            }
            for holder in 0..4 {
                let any = model.values().any(|grant| grant.holder == HolderId(holder));
                let found = grants.of_holder(HolderId(holder));
                prop_assert_eq!(found.is_some(), any);
                prop_assert!(found.is_none_or(|badge| model[&badge].holder == HolderId(holder)));
            }
        }
    }

    #[test]
    fn any_badge_is_safe(badge: u64) {
        let mut grants = Grants::new();
        prop_assert_eq!(grants.get(badge), None);
        grants.remove(badge);
        let container = ContainerId::ROOT;
        let grant = Grant { container, holder: HolderId(0), rights: Rights::Look, slot: 0 };
        let own = grants.add(grant).unwrap();
        prop_assert!(grants.get(badge).is_none() || badge == own);
    }
}
