// SPDX-License-Identifier: MIT OR Apache-2.0
//! Address spaces: mmap, munmap, mprotect and brk against a naive model, byte by byte of pages.
use super::harness::{DATA, Harness};
use crate::{Disposition, Touch};
use proptest::prelude::*;
use std::collections::BTreeMap;
use unix_abi::Errno;
use unix_abi::syscalls::Sysno;
use unix_process::Pid;

const INIT: Pid = Pid::INIT;
const BASE: usize = 0x1000_0000;
const PAGES: usize = 24;

#[test]
fn brk_grows_and_shrinks() {
    let mut harness = Harness::new();
    let start = harness.call(INIT, Sysno::brk, &[0]).unwrap();
    assert_eq!(
        harness.call(INIT, Sysno::brk, &[start + 5000]),
        Ok(start + 5000)
    );
    harness.poke(INIT, start + 4998, b"x");
    assert_eq!(harness.call(INIT, Sysno::brk, &[start]), Ok(start));
    assert_eq!(
        harness.touch(INIT, start, Touch::Read),
        Disposition::Nothing
    );
}

#[test]
fn a_private_file_mapping_does_not_change_the_file() {
    let mut harness = Harness::new();
    let fd = harness.open(INIT, "/etc/motd", 0).unwrap();
    let at = harness
        .call(INIT, Sysno::mmap, &[0, 4096, 3, 2, fd, 0])
        .unwrap();
    assert_eq!(harness.peek(INIT, at, 7), b"hello\n\0");
    harness.poke(INIT, at, b"HELLO");
    assert_eq!(harness.slurp(INIT, "/etc/motd"), "hello\n");
    assert_eq!(harness.touch(INIT, at, Touch::Write), Disposition::Repeat);
}

#[test]
fn a_shared_file_mapping_is_the_file() {
    let mut harness = Harness::new();
    let fd = harness.open(INIT, "/etc/motd", 2).unwrap();
    let at = harness
        .call(INIT, Sysno::mmap, &[0, 4096, 3, 1, fd, 0])
        .unwrap();
    harness.poke(INIT, at, b"HELLO");
    assert_eq!(harness.slurp(INIT, "/etc/motd"), "HELLO\n");
    assert_eq!(
        harness.touch(INIT, at + 4096, Touch::Read),
        Disposition::Nothing
    );
}

#[test]
fn the_gate_cannot_be_unmapped() {
    let mut harness = Harness::new();
    let gate = unix_gate::address::GATE_ADDRESS;
    assert_eq!(
        harness.call(INIT, Sysno::munmap, &[gate, 4096]),
        Err(Errno::EINVAL)
    );
    assert_eq!(
        harness.call(INIT, Sysno::mprotect, &[gate, 4096, 7]),
        Err(Errno::EACCES)
    );
    let fixed = harness.call(INIT, Sysno::mmap, &[gate, 4096, 3, 0x32, usize::MAX, 0]);
    assert_eq!(fixed, Err(Errno::ENOMEM));
}

#[derive(Clone, Debug)]
enum Operation {
    Map {
        page: usize,
        count: usize,
        protection: usize,
    },
    Unmap {
        page: usize,
        count: usize,
    },
    Protect {
        page: usize,
        count: usize,
        protection: usize,
    },
    Write {
        page: usize,
        value: u8,
    },
    Touch {
        page: usize,
        write: bool,
    },
    Fork,
}

fn operation() -> impl Strategy<Value = Operation> {
    let protection = prop_oneof![Just(0usize), Just(1), Just(3), Just(5), Just(7)];
    let range = (0..PAGES, 1..6usize);
    prop_oneof![
        (range.clone(), protection.clone()).prop_map(|((page, count), protection)| {
            Operation::Map {
                page,
                count,
                protection,
            }
        }),
        range
            .clone()
            .prop_map(|(page, count)| Operation::Unmap { page, count }),
        (range, protection).prop_map(|((page, count), protection)| Operation::Protect {
            page,
            count,
            protection
        }),
        (0..PAGES, any::<u8>()).prop_map(|(page, value)| Operation::Write { page, value }),
        (0..PAGES, any::<bool>()).prop_map(|(page, write)| Operation::Touch { page, write }),
        Just(Operation::Fork),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn memory_is_what_the_model_says(operations in prop::collection::vec(operation(), 1..60)) {
        let mut harness = Harness::new();
        let used = harness.world.machine.pages_used();
        // Page number to (protection, first byte).
        let mut model: BTreeMap<usize, (usize, u8)> = BTreeMap::new();
        let mut children = Vec::new();
        for operation in operations {
            match operation {
                Operation::Map { page, count, protection } => {
                    let at = BASE + page * 4096;
                    let result = harness.call(INIT, Sysno::mmap, &[at, count * 4096, protection, 0x32, usize::MAX, 0]);
                    prop_assert_eq!(result, Ok(at));
                    model.extend((page..page + count).map(|page| (page, (protection, 0))));
                }
                Operation::Unmap { page, count } => {
                    harness.call(INIT, Sysno::munmap, &[BASE + page * 4096, count * 4096]).unwrap();
                    model.retain(|known, _| !(page..page + count).contains(known));
                }
                Operation::Protect { page, count, protection } => {
                    let at = BASE + page * 4096;
                    let result = harness.call(INIT, Sysno::mprotect, &[at, count * 4096, protection]);
                    let all = (page..page + count).all(|page| model.contains_key(&page));
                    prop_assert_eq!(result.is_ok(), all);
                    if all {
                        for page in page..page + count {
                            model.get_mut(&page).unwrap().0 = protection;
                        }
                    }
                }
                Operation::Write { page, value } => {
                    let space = harness.space(INIT);
                    let result = harness.world.write_user(space, BASE + page * 4096, &[value]);
                    let may = model.get(&page).is_some_and(|(protection, _)| protection & 2 != 0);
                    prop_assert_eq!(result.is_ok(), may);
                    if may {
                        model.get_mut(&page).unwrap().1 = value;
                    }
                }
                Operation::Touch { page, write } => {
                    let touch = if write { Touch::Write } else { Touch::Read };
                    let child = harness.fork(INIT);
                    let at = BASE + page * 4096;
                    let may = model.get(&page).is_some_and(|(protection, _)| {
                        if write { protection & 2 != 0 } else { *protection != 0 }
                    });
                    let result = harness.touch(child, at, touch);
                    prop_assert_eq!(result == Disposition::Repeat, may);
                    if may {
                        prop_assert_eq!(harness.touch(INIT, at, touch), Disposition::Repeat);
                        harness.begin(child, Sysno::exit_group, &[0]);
                    }
                    harness.call(INIT, Sysno::wait4, &[usize::MAX, 0, 0, 0]).unwrap();
                }
                Operation::Fork if children.len() < 4 => {
                    children.push((harness.fork(INIT), model.clone()));
                }
                Operation::Fork => {}
            }
            for page in 0..PAGES {
                let space = harness.space(INIT);
                let mut byte = [0];
                let result = harness.world.read_user(space, BASE + page * 4096, &mut byte);
                match model.get(&page) {
                    Some((protection, value)) if *protection != 0 => {
                        prop_assert!(result.is_ok());
                        prop_assert_eq!(byte[0], *value);
                    }
                    _ => prop_assert!(result.is_err()),
                }
            }
        }
        // Children have what was there when they were made, and give it back.
        for (child, model) in children {
            for (page, (protection, value)) in model {
                if protection != 0 {
                    prop_assert_eq!(harness.peek(child, BASE + page * 4096, 1), [value]);
                }
            }
            harness.begin(child, Sysno::exit_group, &[0]);
            harness.call(INIT, Sysno::wait4, &[child.0 as usize, 0, 0, 0]).unwrap();
        }
        harness.call(INIT, Sysno::munmap, &[BASE, (PAGES + 8) * 4096]).unwrap();
        let rest = harness.world.machine.pages_used();
        // What the program itself has touched since: its code, its data, the gate.
        prop_assert!(rest <= used + 8, "{} pages were {}", rest, used);
        let _ = DATA;
    }
}
