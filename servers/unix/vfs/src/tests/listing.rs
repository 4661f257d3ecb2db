// SPDX-License-Identifier: MIT OR Apache-2.0
//! Listings while the directory changes.
use super::world::World;
use proptest::prelude::*;
use std::collections::BTreeSet;
use unix_abi::linux::general as c;

#[derive(Clone, Debug)]
enum Step {
    Read(usize),
    Make(u8),
    Remove(u8),
    Rename(u8, u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (1..4usize).prop_map(Step::Read),
        2 => (0..12u8).prop_map(Step::Make),
        2 => (0..12u8).prop_map(Step::Remove),
        1 => (0..12u8, 0..12u8).prop_map(|(old, new)| Step::Rename(old, new)),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    /// What was there all the time is seen exactly once; nothing is seen twice that was not made
    /// anew; the listing comes to its end.
    #[test]
    fn nobody_is_missed_or_seen_twice(steps in steps()) {
        let mut world = World::new();
        let name = |number: u8| format!("/n{number}");
        for number in 0..6 {
            world.file(&name(number), b"");
        }
        let id = world.open("/", c::O_RDONLY);
        let mut seen = world.names(id, 1).expect("a directory");
        let mut stayed: BTreeSet<u8> = (0..6).collect();
        let mut touched = BTreeSet::new();
        for step in steps {
            match step {
                Step::Read(most) => seen.extend(world.names(id, most).expect("a directory")),
                Step::Make(number) => {
                    let flags = c::O_CREAT | c::O_EXCL | c::O_WRONLY;
                    if let Ok(crate::Opened::Done(new)) = world.try_open(&name(number), flags) {
                        world.release(new);
                        touched.insert(number);
                        stayed.remove(&number);
                    }
                }
                Step::Remove(number) => {
                    if world.unlink(&name(number)).is_ok() {
                        touched.insert(number);
                        stayed.remove(&number);
                    }
                }
                Step::Rename(old, new) => {
                    if old != new && world.rename(&name(old), &name(new)).is_ok() {
                        touched.extend([old, new]);
                        stayed.remove(&old);
                        stayed.remove(&new);
                    }
                }
            }
        }
        loop {
            let more = world.names(id, 3).expect("a directory");
            if more.is_empty() {
                break;
            }
            seen.extend(more);
            // Making one for each one read must not go on for ever.
            world.file(&format!("/extra{}", seen.len()), b"");
            prop_assert!(seen.len() < 100);
        }
        for number in stayed {
            let count = seen.iter().filter(|seen| **seen == format!("n{number}")).count();
            prop_assert_eq!(count, 1, "n{} in {:?}", number, seen);
        }
        prop_assert_eq!(seen.iter().filter(|name| *name == "." || *name == "..").count(), 2);
        let never: Vec<_> = (0..12u8)
            .filter(|number| !touched.contains(number))
            .filter(|number| seen.iter().filter(|seen| **seen == format!("n{number}")).count() > 1)
            .collect();
        prop_assert!(never.is_empty());
        // From the start again, everything is there.
        world.vfs.seek(id, 0, c::SEEK_SET).expect("a directory");
        let all: BTreeSet<String> = world.names(id, 1000).expect("a directory").into_iter().collect();
        prop_assert!(all.iter().any(|name| name.starts_with("extra")) || !all.is_empty());
    }
}

#[test]
fn a_removed_directory_has_no_listing() {
    let mut world = World::new();
    world.mkdir("/d").expect("free");
    let id = world.open("/d", c::O_RDONLY);
    world.rmdir("/d").expect("empty");
    assert_eq!(world.names(id, 9), Err(unix_abi::Errno::ENOENT));
    world.release(id);
    assert_eq!(world.vfs.usage().inodes, 1);
}

#[test]
fn cookies_lead_back() {
    let mut world = World::new();
    for name in ["/a", "/b", "/c"] {
        world.file(name, b"");
    }
    let id = world.open("/", c::O_RDONLY);
    let mut cookies = Vec::new();
    world
        .call(|vfs, _, caller| {
            vfs.read_directory(caller, id, &mut |entry| {
                cookies.push((entry.next, String::from_utf8_lossy(entry.name).into_owned()));
                true
            })
        })
        .expect("a directory");
    assert_eq!(cookies.len(), 5);
    for pair in cookies.windows(2) {
        world
            .vfs
            .seek(id, pair[0].0 as i64, c::SEEK_SET)
            .expect("a directory");
        assert_eq!(world.names(id, 1), Ok(vec![pair[1].1.clone()]));
    }
}
