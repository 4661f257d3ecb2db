// SPDX-License-Identifier: MIT OR Apache-2.0
//! Locks: waiting, circles, and a model of ranges.
use super::world::World;
use crate::*;
use proptest::prelude::*;
use unix_abi::Errno;
use unix_abi::linux::general as c;

fn request(kind: LockKind, start: i64, length: i64) -> LockRequest {
    LockRequest {
        kind,
        whence: c::SEEK_SET,
        start,
        length,
    }
}

fn setup() -> (World, DescriptionId, InodeId) {
    let mut world = World::new();
    world.file("/file", b"0123456789");
    let inode = world.inode("/file");
    let id = world.open("/file", c::O_RDWR);
    (world, id, inode)
}

const ONE: LockOwner = LockOwner::Process(1);
const TWO: LockOwner = LockOwner::Process(2);
const THREE: LockOwner = LockOwner::Process(3);

#[test]
fn writers_exclude_each_other() {
    let (mut world, id, inode) = setup();
    let write = request(LockKind::Write, 0, 5);
    assert_eq!(
        world.vfs.set_lock(id, ONE, write, false),
        Ok(LockOutcome::Done)
    );
    assert_eq!(
        world.vfs.set_lock(id, TWO, write, false),
        Err(Errno::EAGAIN)
    );
    let on = Wait::Unlocked(inode);
    assert_eq!(
        world.vfs.set_lock(id, TWO, write, true),
        Ok(LockOutcome::Wait(on))
    );
    let info = LockInfo {
        owner: ONE,
        kind: LockKind::Write,
        start: 0,
        length: 5,
    };
    assert_eq!(world.vfs.get_lock(id, TWO, write), Ok(Some(info)));
    assert_eq!(world.vfs.get_lock(id, ONE, write), Ok(None));
    world.events();
    let unlock = request(LockKind::Unlock, 0, 0);
    assert_eq!(
        world.vfs.set_lock(id, ONE, unlock, false),
        Ok(LockOutcome::Done)
    );
    assert_eq!(world.events(), [Event::Wake(on)]);
    assert_eq!(
        world.vfs.set_lock(id, TWO, write, true),
        Ok(LockOutcome::Done)
    );
}

#[test]
fn a_circle_is_refused() {
    let (mut world, id, _) = setup();
    for (owner, start) in [(ONE, 0), (TWO, 1), (THREE, 2)] {
        let lock = request(LockKind::Write, start, 1);
        assert_eq!(
            world.vfs.set_lock(id, owner, lock, true),
            Ok(LockOutcome::Done)
        );
    }
    let byte = |start| request(LockKind::Write, start, 1);
    assert!(matches!(
        world.vfs.set_lock(id, ONE, byte(1), true),
        Ok(LockOutcome::Wait(_))
    ));
    assert!(matches!(
        world.vfs.set_lock(id, TWO, byte(2), true),
        Ok(LockOutcome::Wait(_))
    ));
    assert_eq!(
        world.vfs.set_lock(id, THREE, byte(0), true),
        Err(Errno::EDEADLK)
    );
    world.vfs.cancel_lock_wait(ONE);
    assert!(matches!(
        world.vfs.set_lock(id, THREE, byte(0), true),
        Ok(LockOutcome::Wait(_))
    ));
}

#[test]
fn closing_any_descriptor_drops_the_locks_of_the_process() {
    let (mut world, id, inode) = setup();
    let other = world.open("/file", c::O_RDONLY);
    let mut table = FileTable::new();
    table.insert(id, false, 0, 10).expect("room");
    let fd = table.insert(other, false, 0, 10).expect("room");
    world
        .vfs
        .set_lock(id, ONE, request(LockKind::Write, 0, 0), false)
        .expect("free");
    world
        .vfs
        .set_lock(id, TWO, request(LockKind::Read, 0, 0), false)
        .expect_err("locked");
    world.events();
    table
        .close(&mut world.vfs, &mut world.store, fd, 1)
        .expect("open");
    assert_eq!(world.events(), [Event::Wake(Wait::Unlocked(inode))]);
    world
        .vfs
        .set_lock(id, TWO, request(LockKind::Read, 0, 0), false)
        .expect("free");
    assert_eq!(world.vfs.usage().locks, 1);
    table.close_all(&mut world.vfs, &mut world.store, 2);
    assert_eq!(world.vfs.usage().locks, 0);
}

#[test]
fn flock_belongs_to_the_description() {
    let (mut world, id, inode) = setup();
    let other = world.open("/file", c::O_RDONLY);
    assert_eq!(world.vfs.flock(id, c::LOCK_EX), Ok(LockOutcome::Done));
    let wait = LockOutcome::Wait(Wait::Unlocked(inode));
    assert_eq!(world.vfs.flock(other, c::LOCK_SH), Ok(wait));
    assert_eq!(
        world.vfs.flock(other, c::LOCK_SH | c::LOCK_NB),
        Err(Errno::EAGAIN)
    );
    // A duplicate is the same description; only the last close gives it up.
    world.vfs.share(id);
    world.release(id);
    assert_eq!(world.vfs.flock(other, c::LOCK_SH), Ok(wait));
    world.events();
    world.release(id);
    assert_eq!(world.events(), [Event::Wake(Wait::Unlocked(inode))]);
    assert_eq!(world.vfs.flock(other, c::LOCK_SH), Ok(LockOutcome::Done));
}

#[test]
fn what_it_is_open_for_decides_what_can_be_locked() {
    let (mut world, id, _) = setup();
    let reader = world.open("/file", c::O_RDONLY);
    let read = request(LockKind::Read, 0, 1);
    let write = request(LockKind::Write, 0, 1);
    assert_eq!(
        world.vfs.set_lock(reader, ONE, write, false),
        Err(Errno::EBADF)
    );
    assert_eq!(
        world.vfs.set_lock(reader, ONE, read, false),
        Ok(LockOutcome::Done)
    );
    assert_eq!(
        world.vfs.set_lock(id, TWO, read, false),
        Ok(LockOutcome::Done)
    );
    let far = LockRequest {
        start: 2,
        whence: c::SEEK_CUR,
        ..read
    };
    world.vfs.seek(id, i64::MAX, c::SEEK_SET).expect("a file");
    assert_eq!(
        world.vfs.set_lock(id, TWO, far, false),
        Err(Errno::EOVERFLOW)
    );
}

proptest! {
    /// Locks of two processes against an array of bytes.
    #[test]
    fn ranges_are_like_an_array_of_bytes(
        steps in prop::collection::vec((0..2usize, 0..3u8, 0..24i64, 1..10i64), 1..60)
    ) {
        let (mut world, id, _) = setup();
        // For each byte and process: nothing, shared, exclusive.
        let mut model = [[0u8; 2]; 40];
        for (process, kind, start, length) in steps {
            let owner = LockOwner::Process(process as u32);
            let bytes = start as usize..(start + length) as usize;
            let conflict = model[bytes.clone()].iter().any(|byte| {
                kind > 0 && byte[1 - process].max(kind) == 2 && byte[1 - process] > 0
            });
            let asked = [LockKind::Unlock, LockKind::Read, LockKind::Write][kind as usize];
            let result = world.vfs.set_lock(id, owner, request(asked, start, length), false);
            if conflict {
                prop_assert_eq!(result, Err(Errno::EAGAIN));
            } else {
                prop_assert_eq!(result, Ok(LockOutcome::Done));
                for byte in &mut model[bytes] {
                    byte[process] = kind;
                }
            }
            // Ranges that touch are one: as many locks as there are changes.
            let mut runs = 0;
            for process in 0..2 {
                let mut last = 0;
                for byte in &model {
                    runs += u32::from(byte[process] != last && byte[process] != 0);
                    last = byte[process];
                }
            }
            prop_assert_eq!(world.vfs.usage().locks, runs);
        }
    }
}
