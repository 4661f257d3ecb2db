// SPDX-License-Identifier: MIT OR Apache-2.0
//! File tables against a model.
use super::world::World;
use crate::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use unix_abi::Errno;

#[derive(Clone, Debug)]
enum Step {
    Open,
    Close(u32),
    Duplicate(u32, u32, bool),
    DuplicateTo(u32, u32, bool),
    Mark(u32, bool),
    Sweep,
    Fork,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let fd = || 0..12u32;
    let step = prop_oneof![
        4 => Just(Step::Open),
        3 => fd().prop_map(Step::Close),
        2 => (fd(), fd(), any::<bool>()).prop_map(|(fd, to, mark)| Step::Duplicate(fd, to, mark)),
        2 => (fd(), fd(), any::<bool>())
            .prop_map(|(fd, to, mark)| Step::DuplicateTo(fd, to, mark)),
        1 => (fd(), any::<bool>()).prop_map(|(fd, mark)| Step::Mark(fd, mark)),
        1 => Just(Step::Sweep),
        1 => Just(Step::Fork),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #[test]
    fn a_table_is_like_a_map(steps in steps()) {
        const LIMIT: u32 = 10;
        let mut world = World::new();
        let mut table = FileTable::new();
        let mut model: BTreeMap<u32, (DescriptionId, bool)> = BTreeMap::new();
        let free = |model: &BTreeMap<u32, _>, from| (from..LIMIT).find(|fd| !model.contains_key(fd));
        for step in steps {
            match step {
                Step::Open => {
                    let id = world.vfs.open_external(9, "anon_inode:[test]", 0).expect("room");
                    let expected = free(&model, 0);
                    let got = table.insert(id, false, 0, LIMIT);
                    prop_assert_eq!(got, expected.ok_or(Errno::EMFILE));
                    prop_assert_eq!(table.check_free(LIMIT).is_ok(), {
                        if let Some(fd) = expected { model.insert(fd, (id, false)); }
                        free(&model, 0).is_some()
                    });
                    if expected.is_none() {
                        world.release(id);
                    }
                }
                Step::Close(fd) => {
                    let got = table.close(&mut world.vfs, &mut world.store, fd, 1);
                    prop_assert_eq!(got, model.remove(&fd).map(|_| ()).ok_or(Errno::EBADF));
                }
                Step::Duplicate(fd, minimum, mark) => {
                    let expected = match (model.get(&fd).copied(), free(&model, minimum)) {
                        (None, _) => Err(Errno::EBADF),
                        _ if minimum >= LIMIT => Err(Errno::EINVAL),
                        (_, None) => Err(Errno::EMFILE),
                        (Some((id, _)), Some(new)) => {
                            model.insert(new, (id, mark));
                            Ok(new)
                        }
                    };
                    prop_assert_eq!(
                        table.duplicate(&mut world.vfs, fd, minimum, mark, LIMIT),
                        expected
                    );
                }
                Step::DuplicateTo(fd, to, mark) => {
                    let expected = match model.get(&fd).copied() {
                        None => Err(Errno::EBADF),
                        _ if to >= LIMIT => Err(Errno::EBADF),
                        Some(_) if fd == to => Ok(to),
                        Some((id, _)) => {
                            model.insert(to, (id, mark));
                            Ok(to)
                        }
                    };
                    let (vfs, store) = (&mut world.vfs, &mut world.store);
                    let got = table.duplicate_to(vfs, store, fd, to, mark, LIMIT, 1);
                    prop_assert_eq!(got, expected);
                }
                Step::Mark(fd, mark) => {
                    let entry = model.get_mut(&fd).map(|entry| entry.1 = mark);
                    prop_assert_eq!(
                        table.set_close_on_exec(fd, mark),
                        entry.ok_or(Errno::EBADF)
                    );
                }
                Step::Sweep => {
                    table.close_marked(&mut world.vfs, &mut world.store, 1);
                    model.retain(|_, entry| !entry.1);
                }
                Step::Fork => {
                    let mut child = table.fork(&mut world.vfs);
                    prop_assert!(child.iter().eq(table.iter()));
                    std::mem::swap(&mut child, &mut table);
                    child.close_all(&mut world.vfs, &mut world.store, 2);
                }
            }
            let listed: Vec<_> = table.iter().collect();
            let expected: Vec<_> = model.iter().map(|(&fd, &(id, _))| (fd, id)).collect();
            prop_assert_eq!(listed, expected);
            for (&fd, &(_, mark)) in &model {
                prop_assert_eq!(table.close_on_exec(fd), Ok(mark));
            }
        }
        let open: std::collections::BTreeSet<_> = model.values().map(|entry| entry.0).collect();
        prop_assert_eq!(world.vfs.usage().descriptions as usize, open.len());
        world.events();
        table.close_all(&mut world.vfs, &mut world.store, 1);
        prop_assert_eq!(world.vfs.usage().descriptions, 0);
        prop_assert_eq!(world.events().len(), open.len(), "the world hears of each");
    }
}
