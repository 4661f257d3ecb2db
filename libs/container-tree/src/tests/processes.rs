// SPDX-License-Identifier: MIT OR Apache-2.0
use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::{BlockHandle, ContainerId, Process, Processes};

proptest! {
    #[test]
    fn processes_are_found_by_number_and_container(
        operations in prop::collection::vec((0u8..3, 0u16..5, 0u64..20, any::<usize>()), 1..300)
    ) {
        let mut processes = Processes::default();
        let mut model: BTreeMap<u16, Process> = BTreeMap::new();
        for (operation, container, block, pick) in operations {
            let container = ContainerId::from_number(container);
            let block = BlockHandle::from_number(block);
            let taken = model.values().any(|each| each.block == block);
            if operation == 0 && !taken {
                let process = Process { container, block, pool: None, cnode_block: None, slots: 0, client: false, priority: 0, stopped: false };
                let id = processes.add(process).unwrap();
                prop_assert!(model.insert(id, process).is_none());
            } else if let Some(&id) = model.keys().nth(pick % model.len().max(1)) {
                if operation == 1 {
                    processes.reserve(0, container.number()).unwrap();
                    processes.change(id, |process| process.container = container);
                    model.get_mut(&id).unwrap().container = container;
                } else {
                    prop_assert_eq!(processes.remove(id), model.remove(&id));
                    prop_assert_eq!(processes.remove(id), None);
                }
            }
            for (&id, &process) in &model {
                prop_assert_eq!(processes.get(id), Some(process));
            }
            for number in 0..6 {
                let container = ContainerId::from_number(number);
                let mut found: Vec<_> = processes.of(0, number).collect();
                found.sort_unstable_by_key(|(id, _)| *id);
                let of = |(id, each): (&u16, &Process)| (each.container == container).then_some((*id, *each));
                prop_assert_eq!(found, model.iter().filter_map(of).collect::<Vec<_>>());
            }
        }
    }
}
