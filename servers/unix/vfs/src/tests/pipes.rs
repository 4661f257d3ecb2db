// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pipes and FIFOs: waiting, waking, ends.
use super::world::World;
use crate::*;
use proptest::prelude::*;
use unix_abi::Errno;
use unix_abi::linux::general as c;
use unix_pages::PageStore;

fn pipe(world: &mut World, flags: u32) -> (DescriptionId, DescriptionId, InodeId) {
    let (reader, writer) = world
        .call(|vfs, _, caller| vfs.pipe(caller, flags))
        .expect("a pipe");
    let DescriptionKind::Pipe(inode) = world.vfs.description(reader).kind else {
        panic!("no pipe");
    };
    (reader, writer, inode)
}

#[test]
fn bytes_go_through_and_ends_are_noticed() {
    let mut world = World::new();
    let (reader, writer, inode) = pipe(&mut world, 0);
    assert_eq!(world.store.used(), 0, "an idle pipe holds no page");
    let on = Wait::Readable(inode);
    assert_eq!(
        world.read(reader, 10).map(|read| read.0),
        Ok(Transfer::Wait { done: 0, on })
    );
    assert_eq!(world.write(writer, b"hello"), Ok(Transfer::Done(5)));
    assert_eq!(world.events(), [Event::Wake(on)]);
    assert_eq!(world.bytes(reader, 3), b"hel");
    assert_eq!(world.bytes(reader, 10), b"lo");
    world.vfs.trim(&mut world.store);
    assert_eq!(world.store.used(), 0);
    world.events();
    world.release(writer);
    assert_eq!(
        world.events(),
        [Event::Wake(on)],
        "the reader hears of the end"
    );
    assert_eq!(world.bytes(reader, 10), b"");
    assert_eq!(world.vfs.readiness(reader), Readiness::Ready(c::POLLHUP));
    world.release(reader);
    assert_eq!(world.vfs.usage().pipes, 0);
    assert_eq!(world.vfs.usage().inodes, 1);
}

#[test]
fn a_reader_that_goes_breaks_the_pipe() {
    let mut world = World::new();
    let (reader, writer, inode) = pipe(&mut world, 0);
    world.release(reader);
    assert_eq!(world.events(), [Event::Wake(Wait::Writable(inode))]);
    assert_eq!(world.write(writer, b"x"), Err(Errno::EPIPE));
    assert_eq!(world.write(writer, b""), Ok(Transfer::Done(0)));
    let bits = c::POLLERR | c::POLLOUT | c::POLLWRNORM;
    assert_eq!(world.vfs.readiness(writer), Readiness::Ready(bits));
}

#[test]
fn a_long_write_waits_in_the_middle() {
    let mut world = World::new();
    let (reader, writer, inode) = pipe(&mut world, 0);
    let on = Wait::Writable(inode);
    let bytes: Vec<u8> = (0..100_000u32).map(|n| n as u8).collect();
    assert_eq!(
        world.write(writer, &bytes),
        Ok(Transfer::Wait { done: 65536, on })
    );
    assert_eq!(world.vfs.readable_bytes(reader), Ok(65536));
    assert_eq!(
        world.write(writer, b"x"),
        Ok(Transfer::Wait { done: 0, on })
    );
    world.events();
    assert_eq!(world.bytes(reader, 10), bytes[..10]);
    assert_eq!(world.events(), [], "no whole page is free yet");
    assert_eq!(world.bytes(reader, 5000), bytes[10..5010]);
    assert_eq!(world.events(), [Event::Wake(on)]);
    assert_eq!(
        world.write(writer, &bytes[65536..]),
        Ok(Transfer::Wait { done: 4096, on })
    );
}

#[test]
fn nothing_waits_without_blocking() {
    let mut world = World::new();
    let (reader, writer, _) = pipe(&mut world, c::O_NONBLOCK);
    assert_eq!(world.read(reader, 10), Err(Errno::EAGAIN));
    assert_eq!(world.write(writer, &[1; 70_000]), Ok(Transfer::Done(65536)));
    assert_eq!(world.write(writer, &[1; 1]), Err(Errno::EAGAIN));
}

#[test]
fn a_fault_in_the_middle_loses_nothing() {
    let mut world = World::new();
    let (reader, writer, _) = pipe(&mut world, 0);
    world.write(writer, b"0123456789").expect("room");
    let mut got = Vec::new();
    // A sink that has room for four bytes.
    let mut sink = |store: &mut unix_pages::VecPages, chunk: Chunk<'_>| {
        let mut bytes = vec![0; chunk.length()];
        chunk.copy_to(store, &mut bytes);
        let room = 4 - got.len();
        got.extend_from_slice(&bytes[..room.min(bytes.len())]);
        room
    };
    let done = world.call(|vfs, store, caller| {
        vfs.read(store, caller, reader, Position::Current, 10, &mut sink)
    });
    assert_eq!(done, Ok(Transfer::Done(4)));
    assert_eq!(got, b"0123");
    assert_eq!(world.bytes(reader, 10), b"456789");
}

#[test]
fn a_spent_store_is_an_error_and_not_a_loss() {
    let mut world = World::with(Limits::default(), 2);
    let (reader, writer, _) = pipe(&mut world, 0);
    assert_eq!(world.write(writer, &[3; 10_000]), Ok(Transfer::Done(8192)));
    assert_eq!(world.write(writer, &[3; 10]), Err(Errno::ENOMEM));
    assert_eq!(world.bytes(reader, 10_000), [3; 8192]);
}

#[test]
fn fifo_opens_wait_for_each_other() {
    let mut world = World::new();
    world
        .mknod("/fifo", c::S_IFIFO | 0o666, Device::default())
        .expect("a FIFO");
    assert_eq!(
        world.try_open("/fifo", c::O_WRONLY | c::O_NONBLOCK),
        Err(Errno::ENXIO)
    );
    let Ok(Opened::Wait(reader, on)) = world.try_open("/fifo", c::O_RDONLY) else {
        panic!("the reader waits");
    };
    assert_eq!(world.vfs.open_continue(reader), Opened::Wait(reader, on));
    world.events();
    let Ok(Opened::Done(writer)) = world.try_open("/fifo", c::O_WRONLY) else {
        panic!("the reader is there");
    };
    assert_eq!(world.events(), [Event::Wake(on)]);
    // The writer may even be gone before the reader runs.
    world.write(writer, b"x").expect("room");
    world.release(writer);
    assert_eq!(world.vfs.open_continue(reader), Opened::Done(reader));
    assert_eq!(world.bytes(reader, 10), b"x");
    assert_eq!(world.bytes(reader, 10), b"");
    world.release(reader);
    assert_eq!(world.vfs.usage().pipes, 0);
    // One that is given up leaves no reader behind.
    let Ok(Opened::Wait(reader, _)) = world.try_open("/fifo", c::O_RDONLY) else {
        panic!("the reader waits");
    };
    world.release(reader);
    assert_eq!(
        world.try_open("/fifo", c::O_WRONLY | c::O_NONBLOCK),
        Err(Errno::ENXIO)
    );
    // Both at once never waits.
    let both = world.open("/fifo", c::O_RDWR);
    world.write(both, b"self").expect("room");
    assert_eq!(world.bytes(both, 9), b"self");
}

#[test]
fn a_reader_without_a_writer_is_not_hung_up_yet() {
    let mut world = World::new();
    world
        .mknod("/fifo", c::S_IFIFO | 0o666, Device::default())
        .expect("a FIFO");
    let reader = world.open("/fifo", c::O_RDONLY | c::O_NONBLOCK);
    assert_eq!(world.vfs.readiness(reader), Readiness::Ready(0));
    let writer = world.open("/fifo", c::O_WRONLY);
    world.release(writer);
    assert_eq!(world.vfs.readiness(reader), Readiness::Ready(c::POLLHUP));
    // One that was opened while a writer was there is, when that one goes.
    let writer = world.open("/fifo", c::O_WRONLY);
    let late = world.open("/fifo", c::O_RDONLY);
    assert_eq!(world.vfs.readiness(late), Readiness::Ready(0));
    world.release(writer);
    assert_eq!(world.vfs.readiness(late), Readiness::Ready(c::POLLHUP));
}

#[test]
fn only_the_superuser_makes_large_pipes() {
    let mut world = World::new();
    let (reader, ..) = pipe(&mut world, 0);
    let large = (1 << 20) + 1;
    world.uid = 5;
    let set = world.call(|vfs, _, caller| vfs.set_pipe_size(caller, reader, large));
    assert_eq!(set, Err(Errno::EPERM));
    world.uid = 0;
    let set = world.call(|vfs, _, caller| vfs.set_pipe_size(caller, reader, large));
    assert_eq!(set, Ok(2 << 20));
    let set = world.call(|vfs, _, caller| vfs.set_pipe_size(caller, reader, u32::MAX));
    assert_eq!(set, Err(Errno::EINVAL));
}

#[test]
fn copies_between_files_and_pipes() {
    let mut world = World::new();
    let bytes: Vec<u8> = (0..200_000u32).map(|n| (n / 7) as u8).collect();
    world.file("/from", &bytes);
    let from = world.open("/from", c::O_RDONLY);
    let to = world.open("/to", c::O_RDWR | c::O_CREAT);
    let (reader, writer, inode) = pipe(&mut world, 0);
    let current = Position::Current;
    let mut copied = 0;
    while copied < bytes.len() {
        let length = bytes.len() - copied;
        let result = world.call(|vfs, store, caller| {
            vfs.copy(store, caller, (from, current), (writer, current), length)
        });
        copied += match result {
            Ok(Transfer::Done(done)) => done,
            Ok(Transfer::Wait {
                done,
                on: Wait::Writable(it),
            }) if it == inode => done,
            other => panic!("{other:?}"),
        };
        let result = world.call(|vfs, store, caller| {
            vfs.copy(store, caller, (reader, current), (to, current), 1 << 20)
        });
        let on = Wait::Readable(inode);
        assert!(matches!(result, Ok(Transfer::Wait { done: 1.., on: it }) if it == on));
    }
    assert_eq!(world.contents("/to"), bytes);
    assert_eq!(world.vfs.description(from).offset, bytes.len() as u64);
}

proptest! {
    /// What comes out is what went in, whatever the sizes of reads and writes; and a write of at
    /// most `PIPE_BUF` bytes is never torn.
    #[test]
    fn a_pipe_is_a_queue(steps in prop::collection::vec((any::<bool>(), 0..9000usize), 1..60)) {
        let mut world = World::new();
        let (reader, writer, _) = pipe(&mut world, c::O_NONBLOCK);
        let (mut model, mut next) = (std::collections::VecDeque::new(), 0u64);
        for (is_write, length) in steps {
            if is_write {
                let bytes: Vec<u8> =
                    (0..length as u64).map(|n| ((next + n) * 31 % 251) as u8).collect();
                let done = match world.write(writer, &bytes) {
                    Ok(Transfer::Done(done)) => done,
                    Err(Errno::EAGAIN) => 0,
                    other => panic!("{other:?}"),
                };
                prop_assert!(length > 4096 || done == 0 || done == length);
                model.extend(bytes[..done].iter().copied());
                next += done as u64;
            } else {
                let expected: Vec<u8> = model.drain(..length.min(model.len())).collect();
                match world.read(reader, length) {
                    Ok((Transfer::Done(_), bytes)) => prop_assert_eq!(bytes, expected),
                    Err(Errno::EAGAIN) => prop_assert!(expected.is_empty()),
                    other => panic!("{other:?}"),
                }
            }
            prop_assert_eq!(world.vfs.readable_bytes(reader), Ok(model.len() as u64));
            prop_assert_eq!(world.vfs.usage().pages, world.store.used());
        }
    }
}
