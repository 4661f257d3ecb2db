// SPDX-License-Identifier: MIT OR Apache-2.0
//! Views: a derived one never shows more than those that it was shown.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap as Map, BTreeSet as Set};
use std::string::String;

/// The views of two clients: 1 may publish under a and b, 2 sees a as x and may publish under c.
fn two() -> Views {
    let mut views = Views::default();
    views
        .add_client(
            1,
            "one",
            [("a", "a", true), ("b", "b", true), ("d", "d", false)].into_iter(),
        )
        .unwrap();
    views
        .add_client(2, "two", [("x", "a", false), ("c", "c", true)].into_iter())
        .unwrap();
    views
}

fn names(views: &Views, view: u64) -> Vec<(&str, usize, bool)> {
    views
        .list(view, "")
        .map(|(name, to)| (name, to.index, to.publish))
        .collect()
}

#[test]
fn clients_see_their_names_only() {
    let views = two();
    assert_eq!(
        names(&views, 1),
        [("a", 0, true), ("b", 1, true), ("d", 2, false)]
    );
    assert_eq!(names(&views, 2), [("c", 3, true), ("x", 0, false)]);
    assert_eq!(views.resolve(2, "a"), None);
    assert_eq!(names(&views, 3), []);
    assert_eq!(
        (views.identity(2), views.identity(3)),
        (Some(("two", false)), None)
    );
    assert!(views.may_publish(1, 0) && !views.may_publish(2, 0));
}

#[test]
fn clients_are_checked() {
    let mut views = two();
    let none = || core::iter::empty();
    assert_eq!(
        views.add_client(2, "again", none()),
        Err(RegistryError::Taken)
    );
    assert_eq!(
        views.add_client(DERIVED_BIT, "far", none()),
        Err(RegistryError::Full)
    );
    let twice = [("a", "a", true), ("a", "b", true)].into_iter();
    assert_eq!(
        views.add_client(3, "three", twice),
        Err(RegistryError::Taken)
    );
    for bad in ["", "A", "a/b", "12345678901234567890123456789012"] {
        let names = [("a", bad, true)].into_iter();
        assert_eq!(
            views.add_client(3, "three", names),
            Err(RegistryError::BadName)
        );
    }
    for number in 3..=CLIENTS as u64 {
        views.add_client(number, "more", none()).unwrap();
    }
    assert_eq!(
        views.add_client(600, "one more", none()),
        Err(RegistryError::Full)
    );
}

#[test]
fn names_are_renamed_restricted_and_composed() {
    let mut views = two();
    let derived = views.derive(1, true).unwrap();
    assert_eq!(names(&views, derived), []);
    views.show(1, derived, "a", "first", false).unwrap();
    // The other client's view as a part of it.
    views.show_all(2, derived, "two.", true).unwrap();
    let expected = [("first", 0, false), ("two.c", 3, true), ("two.x", 0, false)];
    assert_eq!(names(&views, derived), expected);
    let below = views.derive(derived, false).unwrap();
    views.show(derived, below, "two.c", "c", true).unwrap();
    assert_eq!(names(&views, below), [("c", 3, true)]);
    assert_eq!(views.identity(below), Some(("one", true)));
    // What is hidden is gone from what shows it.
    views.hide(1, derived, "two.c").unwrap();
    assert_eq!(names(&views, below), []);
    views.revoke(1, derived).unwrap();
    assert!(!views.contains(derived) && !views.contains(below));
}

#[test]
fn what_widens_is_refused() {
    let mut views = two();
    let old = views.derive(1, true).unwrap();
    let new = views.derive(1, false).unwrap();
    let no_view = Err(RegistryError::NoView);
    // No cycles, nothing into a client's own view, nothing through a view that is not there.
    assert_eq!(views.show(1, 1, "a", "z", true), no_view);
    assert_eq!(views.show(1, 2, "a", "z", true), no_view);
    assert_eq!(views.show(old, old, "a", "z", true), no_view);
    views.show(1, new, "a", "a", true).unwrap();
    // The newer one may not derive, the older one has no such name.
    assert_eq!(
        views.show(new, old, "a", "a", true),
        Err(RegistryError::NotAllowed)
    );
    assert_eq!(views.derive(new, true), Err(RegistryError::NotAllowed));
    assert_eq!(
        views.show(old, new, "a", "z", true),
        Err(RegistryError::NoSuchName)
    );
    assert_eq!(
        views.show(1, new, "b", "a", true),
        Err(RegistryError::Taken)
    );
    assert_eq!(
        views.show(1, new, "b", "B", true),
        Err(RegistryError::BadName)
    );
    // Others' views are not to be changed by who did not derive them.
    assert_eq!(views.hide(2, new, "a"), no_view);
    assert_eq!(views.revoke(2, new), no_view);
    assert_eq!(views.revoke(new, old), no_view);
    assert_eq!(views.revoke(1, 1), no_view);
    assert_eq!(names(&views, new), [("a", 0, true)]);
}

#[test]
fn all_or_none_of_the_names_are_shown() {
    let mut views = two();
    let derived = views.derive(1, true).unwrap();
    views.show(1, derived, "b", "p.d", true).unwrap();
    assert_eq!(
        views.show_all(1, derived, "p.", true),
        Err(RegistryError::Taken)
    );
    let long = "1234567890123456789012345678901";
    assert_eq!(
        views.show_all(1, derived, long, true),
        Err(RegistryError::BadName)
    );
    assert_eq!(names(&views, derived), [("p.d", 1, true)]);
}

#[test]
fn one_client_cannot_take_another_ones_room() {
    let mut views = two();
    let derived: Vec<u64> = (0..DERIVED)
        .map(|_| views.derive(1, true).unwrap())
        .collect();
    assert_eq!(views.derive(1, true), Err(RegistryError::Full));
    assert_eq!(views.derive(derived[0], true), Err(RegistryError::Full));
    let other = views.derive(2, true).unwrap();
    for number in 0..NAMES {
        views
            .show(
                1,
                derived[number % DERIVED],
                "a",
                &format!("n{number}"),
                true,
            )
            .unwrap();
    }
    assert_eq!(
        views.show(1, derived[0], "a", "more", true),
        Err(RegistryError::Full)
    );
    assert_eq!(
        views.show_all(1, derived[0], "more.", true),
        Err(RegistryError::Full)
    );
    // Nor in the other one's view; that one's names count for it.
    assert_eq!(
        views.show(1, other, "a", "a", true),
        Err(RegistryError::Full)
    );
    views.show(2, other, "x", "x", true).unwrap();
    // What ends makes room.
    views.revoke(1, derived[0]).unwrap();
    assert!(views.derive(1, true).is_ok());
    assert_eq!(views.show(1, derived[1], "a", "more", true), Ok(()));
}

#[test]
fn a_number_is_not_used_again() {
    let mut views = two();
    views.add_client(3, "three", core::iter::empty()).unwrap();
    let mut seen = Set::new();
    for _ in 0..DERIVED << GENERATION_BITS {
        let number = views.derive(3, true).unwrap();
        assert!(number < croft_ipc::OBJECT_BADGE_BIT && seen.insert(number));
        views.revoke(3, number).unwrap();
    }
    // Its places are worn out, the other ones' are not.
    assert_eq!(views.derive(3, true), Err(RegistryError::Full));
    assert!(views.derive(2, true).is_ok());
}

#[derive(Clone, Debug)]
enum Step {
    Derive(usize, bool),
    Show(usize, usize, usize, usize, bool),
    ShowAll(usize, usize, bool, bool),
    Hide(usize, usize, usize),
    Revoke(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let view = || 0usize..12;
    prop_oneof![
        3 => (view(), any::<bool>()).prop_map(|(a, b)| Step::Derive(a, b)),
        6 => (view(), view(), 0usize..6, 0usize..6, any::<bool>())
            .prop_map(|(a, b, c, d, e)| Step::Show(a, b, c, d, e)),
        2 => (view(), view(), any::<bool>(), any::<bool>()).prop_map(|(a, b, c, d)| Step::ShowAll(a, b, c, d)),
        1 => (view(), view(), 0usize..6).prop_map(|(a, b, c)| Step::Hide(a, b, c)),
        1 => (view(), view()).prop_map(|(a, b)| Step::Revoke(a, b)),
    ]
}

const WORDS: [&str; 6] = ["a", "b", "c", "d", "x", "p.a"];

proptest! {
    #[test]
    fn a_derived_view_shows_no_more_than_it_was_shown(steps in prop::collection::vec(step(), 0..120)) {
        let mut views = two();
        let mut numbers: Vec<u64> = Vec::from([1, 2, 3]);
        // Which views have shown something to a view.
        let mut shown: Map<u64, Set<u64>> = Map::new();
        for step in steps {
            let at = |place: usize| numbers[place % numbers.len()];
            match step {
                Step::Derive(through, may) => {
                    if let Ok(number) = views.derive(at(through), may) {
                        prop_assert!(!numbers.contains(&number));
                        numbers.push(number);
                    }
                }
                Step::Show(through, into, name, as_name, publish) => {
                    let (through, into) = (at(through), at(into));
                    let before = names(&views, into).len();
                    let done = views.show(through, into, WORDS[name], WORDS[as_name], publish);
                    prop_assert_eq!(names(&views, into).len(), before + usize::from(done.is_ok()));
                    if done.is_ok() {
                        shown.entry(into).or_default().insert(through);
                    }
                }
                Step::ShowAll(through, into, prefix, publish) => {
                    let (through, into) = (at(through), at(into));
                    let prefix = if prefix { "p." } else { "" };
                    let before = names(&views, into).len();
                    let all = names(&views, through).len();
                    if views.show_all(through, into, prefix, publish).is_ok() {
                        prop_assert_eq!(names(&views, into).len(), before + all);
                        shown.entry(into).or_default().insert(through);
                    } else {
                        prop_assert_eq!(names(&views, into).len(), before);
                    }
                }
                Step::Hide(through, view, name) => {
                    let (through, view) = (at(through), at(view));
                    let may = views.descends(view, through);
                    let had = views.resolve(view, WORDS[name]).is_some();
                    let done = views.hide(through, view, WORDS[name]).is_ok();
                    prop_assert!(may || !done);
                    prop_assert!(!(may && had) || done);
                    prop_assert!(!done || views.resolve(view, WORDS[name]).is_none());
                }
                Step::Revoke(through, view) => {
                    let (through, view) = (at(through), at(view));
                    let below: Vec<u64> = numbers.iter().copied().filter(|it| views.descends(*it, view)).collect();
                    if views.revoke(through, view).is_ok() {
                        for number in below.into_iter().chain([view]) {
                            prop_assert!(!views.contains(number));
                        }
                    }
                }
            }
            prop_assert_eq!(names(&views, 1), [("a", 0, true), ("b", 1, true), ("d", 2, false)]);
            prop_assert_eq!(names(&views, 2), [("c", 3, true), ("x", 0, false)]);
            for &number in numbers.iter().filter(|number| **number > 3) {
                for (_, index, publish) in names(&views, number) {
                    // One of the views that showed it something has it, with at least the same permission.
                    let from = shown.get(&number).into_iter().flatten();
                    let mut from = from.flat_map(|view| names(&views, *view));
                    prop_assert!(from.any(|(_, its, may)| its == index && may >= publish));
                }
            }
        }
        let own: Vec<String> = WORDS.map(String::from).into();
        prop_assert!(own.iter().all(|name| views.resolve(3, name).is_none()));
    }
}
