// SPDX-License-Identifier: MIT OR Apache-2.0
use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;

use crate::{Classes, Links, Record, Records, Table};

#[test]
fn a_table_has_its_limit_and_keeps_what_it_has() {
    let mut table = Table::new(200);
    for number in 0..200 {
        assert_eq!(table.push(number * 2), Some(number));
    }
    assert_eq!((table.push(7), table.len()), (None, 200));
    assert!((0..200).all(|number| table[number] == number * 2));
    table[130] = 5;
    assert_eq!((table.get(130), table.get(200)), (Some(&5), None));
}

const fn links(links: &mut Links) -> &mut Links {
    links
}

proptest! {
    #[test]
    fn a_list_is_in_order(operations in prop::collection::vec((0u8..3, 1u32..20), 1..200)) {
        let mut table = Table::new(20);
        while table.push(Links::default()).is_some() {}
        let (mut head, mut model) = (0, VecDeque::new());
        for (operation, number) in operations {
            match (operation, model.iter().position(|each| *each == number)) {
                (0, None) => {
                    head = table.link(links, head, number);
                    model.push_back(number);
                }
                (1, None) => {
                    table.link(links, head, number);
                    head = number;
                    model.push_front(number);
                }
                (2, Some(place)) => {
                    head = table.unlink(links, head, number);
                    model.remove(place);
                }
                _ => {}
            }
            prop_assert!(table.list(|links| links, head).eq(model.iter().copied()));
            prop_assert_eq!(head, model.front().copied().unwrap_or_default());
        }
    }

    #[test]
    fn classes_know_the_lowest_and_the_highest(
        operations in prop::collection::vec((0u8..64, 1u32..20, any::<bool>()), 1..200)
    ) {
        let mut table = Table::new(20);
        while table.push(Links::default()).is_some() {}
        let mut classes = Classes::<64>::EMPTY;
        let mut model: BTreeMap<u8, VecDeque<u32>> = BTreeMap::new();
        for (class, number, first) in operations {
            let found = model.iter().find(|(_, list)| list.contains(&number)).map(|(class, _)| *class);
            match found {
                Some(class) => {
                    classes.remove(&mut table, links, number, class);
                    model.get_mut(&class).unwrap().retain(|each| *each != number);
                    model.retain(|_, list| !list.is_empty());
                }
                None => {
                    classes.insert(&mut table, links, number, class, first);
                    let list = model.entry(class).or_default();
                    if first { list.push_front(number) } else { list.push_back(number) }
                }
            }
            for class in 0..64 {
                let list = model.get(&class).cloned().unwrap_or_default();
                prop_assert!(table.list(|links| links, classes.head(class)).eq(list));
                let lowest = model.range(class..).next().map(|(_, list)| list[0]);
                prop_assert_eq!(classes.lowest(class), lowest);
            }
            prop_assert_eq!(classes.highest(), model.keys().next_back().copied());
        }
    }

    #[test]
    fn records_are_found_by_number_and_by_what_they_belong_to(
        operations in prop::collection::vec((0u8..3, 0u16..5, 0u16..5, any::<usize>()), 1..300)
    ) {
        let mut records = Records::<Pair, 2>::default();
        let mut model: BTreeMap<u16, Pair> = BTreeMap::new();
        let mut given: BTreeMap<u16, u16> = BTreeMap::new();
        for (serial, (operation, one, other, pick)) in operations.into_iter().enumerate() {
            let pair = Pair { of: [one, other], serial };
            let number = model.keys().nth(pick % model.len().max(1)).copied();
            match (operation, number) {
                (0, _) => {
                    let number = records.add(pair).unwrap();
                    prop_assert!(number != 0 && number < records.end());
                    prop_assert_eq!(records.count(number), given.get(&number).copied().unwrap_or_default());
                    prop_assert!(model.insert(number, pair).is_none());
                }
                (1, Some(number)) => {
                    records.reserve(0, one).unwrap();
                    records.reserve(1, other).unwrap();
                    records.change(number, |record| *record = pair);
                    model.insert(number, pair);
                }
                (_, Some(number)) => {
                    prop_assert_eq!(records.remove(number), model.remove(&number));
                    prop_assert_eq!(records.remove(number), None);
                    *given.entry(number).or_default() += 1;
                }
                _ => {}
            }
            for number in 0..records.end() {
                prop_assert_eq!(records.get(number), model.get(&number).copied());
            }
            for (list, of) in (0..2).flat_map(|list| (0..6).map(move |of| (list, of))) {
                let mut found: Vec<_> = records.of(list, of).collect();
                found.sort_unstable_by_key(|(number, _)| *number);
                let expected = model.iter().filter(|(_, pair)| pair.of[list] == of);
                let expected: Vec<_> = expected.map(|(number, pair)| (*number, *pair)).collect();
                prop_assert_eq!(found, expected);
            }
        }
        // The newest is found first.
        let newest = Pair { of: [0, 0], serial: usize::MAX };
        let number = records.add(newest).unwrap();
        prop_assert_eq!(records.of(1, 0).next(), Some((number, newest)));
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pair {
    of: [u16; 2],
    serial: usize,
}

impl Record<2> for Pair {
    fn lists(&self) -> [u16; 2] {
        self.of
    }
}
