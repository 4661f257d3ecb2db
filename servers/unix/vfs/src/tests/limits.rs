// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a program cannot do to the server's memory.
use super::world::World;
use crate::*;
use unix_abi::Errno;
use unix_abi::linux::general as c;
use unix_pages::PageStore;

fn small(limits: Limits) -> World {
    World::with(limits, 4)
}

#[test]
fn files_are_bounded() {
    let mut world = small(Limits {
        inodes: 3,
        ..Limits::default()
    });
    world.file("/a", b"");
    world.mkdir("/b").expect("room");
    let before = world.vfs.usage();
    assert_eq!(world.mkdir("/c"), Err(Errno::ENOSPC));
    assert_eq!(world.symlink("x", "/c"), Err(Errno::ENOSPC));
    assert_eq!(
        world.try_open("/c", c::O_CREAT | c::O_WRONLY),
        Err(Errno::ENOSPC)
    );
    assert_eq!(
        world.try_open("/", c::O_TMPFILE | c::O_WRONLY),
        Err(Errno::ENOSPC)
    );
    let pipe = world.call(|vfs, _, caller| vfs.pipe(caller, 0));
    assert_eq!(pipe, Err(Errno::ENFILE));
    assert_eq!(world.vfs.usage(), before, "nothing is left of what failed");
    world.unlink("/a").expect("there");
    world.mkdir("/c").expect("room again");
}

#[test]
fn descriptions_are_bounded_and_nothing_is_created_then() {
    let mut world = small(Limits {
        descriptions: 2,
        ..Limits::default()
    });
    let one = world.open("/", c::O_RDONLY);
    let before = world.vfs.usage();
    let pipe = world.call(|vfs, _, caller| vfs.pipe(caller, 0));
    assert_eq!(pipe, Err(Errno::ENFILE));
    assert_eq!(world.vfs.usage(), before);
    let two = world.open("/", c::O_RDONLY);
    assert_eq!(
        world.try_open("/new", c::O_CREAT | c::O_WRONLY),
        Err(Errno::ENFILE)
    );
    assert_eq!(world.stat("/new").map(|_| ()), Err(Errno::ENOENT));
    assert_eq!(
        world.try_open("/", c::O_TMPFILE | c::O_WRONLY),
        Err(Errno::ENFILE)
    );
    assert_eq!(world.vfs.open_external(1, "", 0), Err(Errno::ENFILE));
    world
        .mknod("/fifo", c::S_IFIFO | 0o600, Device::default())
        .expect("room");
    assert_eq!(world.try_open("/fifo", c::O_RDWR), Err(Errno::ENFILE));
    world.release(one);
    world.release(two);
    assert_eq!(world.vfs.usage().pipes, 0);
    assert_eq!(world.vfs.usage().descriptions, 0);
}

#[test]
fn heap_is_bounded() {
    let room = World::new().vfs.usage().metadata_bytes;
    let mut world = small(Limits {
        metadata_bytes: room + 20_000,
        ..Limits::default()
    });
    let before = world.vfs.usage();
    let mut made = 0;
    let error = loop {
        match world.symlink(&"t".repeat(1000), &format!("/{made}")) {
            Ok(()) => made += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error, Errno::ENOSPC);
    assert!((5..20).contains(&made), "{made} links of a kilobyte");
    assert!(world.vfs.usage().metadata_bytes <= room + 20_000);
    for index in 0..made {
        world.unlink(&format!("/{index}")).expect("there");
    }
    assert_eq!(world.vfs.usage(), before);
    let id = world.open("/", c::O_RDONLY);
    let snapshot = world.vfs.set_snapshot(id, vec![0; 30_000]);
    assert_eq!(snapshot, Err(Errno::ENOMEM));
    world.release(id);
    assert_eq!(world.vfs.usage(), before);
}

#[test]
fn locks_are_bounded() {
    let mut world = small(Limits {
        locks: 4,
        ..Limits::default()
    });
    world.file("/a", b"");
    let id = world.open("/a", c::O_RDWR);
    let lock = |start| LockRequest {
        kind: LockKind::Write,
        whence: c::SEEK_SET,
        start,
        length: 1,
    };
    let owner = LockOwner::Process(1);
    let set = |world: &mut World, start| world.vfs.set_lock(id, owner, lock(start), false);
    let errors = (0..10)
        .filter(|n| set(&mut world, n * 2) == Err(Errno::ENOLCK))
        .count();
    assert!((6..=8).contains(&errors));
    assert!(world.vfs.usage().locks <= 4);
    world.release(id);
    // A process's own locks go with its descriptors, which the world closes.
    assert_eq!(world.vfs.usage().descriptions, 0);
}

#[test]
fn a_spent_store_keeps_what_was_written() {
    let mut world = small(Limits::default());
    let id = world.open("/a", c::O_CREAT | c::O_RDWR);
    assert_eq!(
        world.write(id, &[7; 5 * 4096]),
        Ok(Transfer::Done(4 * 4096))
    );
    assert_eq!(world.write(id, &[7; 10]), Err(Errno::ENOSPC));
    assert_eq!(world.stat("/a").expect("there").size, 4 * 4096);
    assert_eq!(world.contents("/a"), [7; 4 * 4096]);
    // Overwriting needs nothing; a hole does.
    assert_eq!(
        world.write_at(id, Position::At(9), b"x"),
        Ok(Transfer::Done(1))
    );
    let allocate = |world: &mut World, length| {
        world.call(|vfs, store, caller| vfs.allocate_range(store, caller, id, 0, 0, length))
    };
    assert_eq!(allocate(&mut world, 4 * 4096), Ok(()));
    assert_eq!(allocate(&mut world, 4 * 4096 + 1), Err(Errno::ENOSPC));
    assert_eq!(allocate(&mut world, i64::MAX as u64), Err(Errno::ENOSPC));
    assert_eq!(world.stat("/a").expect("there").size, 4 * 4096);
    world.release(id);
    world.unlink("/a").expect("there");
    assert_eq!((world.store.used(), world.vfs.usage().pages), (0, 0));
}

#[test]
fn a_write_from_nowhere_changes_nothing() {
    let mut world = small(Limits::default());
    let id = world.open("/a", c::O_CREAT | c::O_RDWR);
    let before = world.vfs.usage();
    let result = world.call(|vfs, store, caller| {
        vfs.write(
            store,
            caller,
            id,
            Position::At(5000),
            10_000,
            &mut SliceSource(b""),
        )
    });
    assert_eq!(result, Err(Errno::EFAULT));
    assert_eq!((world.vfs.usage(), world.store.used()), (before, 0));
    assert_eq!(world.stat("/a").expect("there").size, 0);
    let result = world.call(|vfs, store, caller| {
        vfs.write(
            store,
            caller,
            id,
            Position::At(5000),
            10_000,
            &mut SliceSource(b"some"),
        )
    });
    assert_eq!(result, Ok(Transfer::Done(4)));
    assert_eq!(world.stat("/a").expect("there").size, 5004);
}

#[test]
fn a_caller_has_a_greatest_file_size() {
    let mut world = World::new();
    let id = world.open("/a", c::O_CREAT | c::O_RDWR);
    world.file_size_limit = 100;
    assert_eq!(world.write(id, &[1; 150]), Ok(Transfer::Done(100)));
    assert_eq!(world.write(id, &[1; 1]), Err(Errno::EFBIG));
    let set = world.call(|vfs, store, caller| vfs.ftruncate(store, caller, id, 101));
    assert_eq!(set, Err(Errno::EFBIG));
    let set = world.call(|vfs, store, caller| vfs.ftruncate(store, caller, id, 50));
    assert_eq!(set, Ok(()));
}

#[test]
fn a_deep_tree_is_freed_without_a_deep_stack() {
    let mut world = World::new();
    let depth = 20_000;
    for _ in 0..depth {
        world.mkdir("d").expect("room");
        let place = world.resolve("d").expect("there");
        world
            .vfs
            .set_working(&mut world.store, &mut world.directories, place);
    }
    let path = world
        .call(|vfs, _, caller| vfs.working_directory(caller))
        .expect("linked");
    assert_eq!(path.len(), 2 * depth);
    for _ in 0..depth {
        let place = world.resolve("..").expect("there");
        world
            .vfs
            .set_working(&mut world.store, &mut world.directories, place);
        world.rmdir("d").expect("empty");
    }
    assert_eq!(world.vfs.usage().inodes, 1);
}
