// SPDX-License-Identifier: MIT OR Apache-2.0
//! What memory mapping sees of a file.
use super::world::World;
use crate::*;
use unix_abi::Errno;
use unix_abi::linux::general as c;
use unix_pages::PageStore;

#[test]
fn mapped_pages_are_the_files_pages() {
    let mut world = World::new();
    let id = world.open("/f", c::O_CREAT | c::O_RDWR);
    world.write(id, b"first").expect("room");
    world
        .write_at(id, Position::At(3 * 4096), b"last")
        .expect("room");
    let inode = world.inode("/f");
    let FilePage::Page(page) = world.vfs.page_for_mapping(inode, 0) else {
        panic!("a page was written");
    };
    assert_eq!(&world.store.bytes(page)[..6], b"first\0");
    assert_eq!(world.vfs.page_for_mapping(inode, 1), FilePage::Hole);
    assert_eq!(world.vfs.page_for_mapping(inode, 4), FilePage::BeyondEnd);
    let (vfs, store) = (&mut world.vfs, &mut world.store);
    assert_eq!(vfs.cache_page(store, inode, 0), Ok(page));
    assert_eq!(vfs.cache_page(store, inode, 4), Err(Errno::EFAULT));
    let hole = vfs.cache_page(store, inode, 1).expect("room");
    // A write through the mapping is one to the file, and the other way round.
    store.bytes_mut(hole)[7] = 9;
    let before = vfs.change_counter(inode);
    world.call(|vfs, _, caller| vfs.touch_mapped(caller, inode));
    assert_ne!(world.vfs.change_counter(inode), before);
    assert_eq!(world.contents("/f")[4096 + 7], 9);
    let before = world.vfs.change_counter(inode);
    world
        .write_at(id, Position::At(4096 + 8), &[8])
        .expect("no room needed");
    assert_eq!(world.store.bytes(hole)[7..9], [9, 8]);
    assert_ne!(world.vfs.change_counter(inode), before);
}

#[test]
fn a_mapping_hears_of_what_is_cut_off() {
    let mut world = World::new();
    world.file("/f", &[1; 5 * 4096]);
    let inode = world.inode("/f");
    let id = world.open("/f", c::O_RDWR);
    let set = |world: &mut World, size| {
        world
            .call(|vfs, store, caller| vfs.ftruncate(store, caller, id, size))
            .expect("a file");
    };
    set(&mut world, 4 * 4096 + 1);
    assert_eq!(world.events(), [], "nobody maps it");
    world.vfs.hold_mapping(inode);
    set(&mut world, 4096 + 1);
    assert_eq!(
        world.events(),
        [Event::Truncated {
            inode,
            first_page: 2,
            pages: 3
        }]
    );
    let mode = c::FALLOC_FL_PUNCH_HOLE | c::FALLOC_FL_KEEP_SIZE;
    let punched =
        world.call(|vfs, store, caller| vfs.allocate_range(store, caller, id, mode, 0, 8000));
    assert_eq!(punched, Ok(()));
    assert_eq!(
        world.events(),
        [Event::Truncated {
            inode,
            first_page: 0,
            pages: 1
        }]
    );
    // It outlives its name and descriptors.
    world.release(id);
    world.unlink("/f").expect("there");
    assert_eq!(world.vfs.usage().inodes, 2);
    world.vfs.release_mapping(&mut world.store, inode);
    assert_eq!(world.vfs.usage().inodes, 1);
    assert_eq!(world.store.used(), 0);
}

#[test]
fn bytes_behind_the_end_do_not_come_up() {
    let mut world = World::new();
    let id = world.open("/f", c::O_CREAT | c::O_RDWR);
    world.write(id, b"0123456789").expect("room");
    let inode = world.inode("/f");
    let page = world
        .vfs
        .cache_page(&mut world.store, inode, 0)
        .expect("there");
    world.store.bytes_mut(page)[10..20].fill(b'x');
    world.write_at(id, Position::At(100), b"y").expect("room");
    assert_eq!(world.contents("/f")[8..22], *b"89\0\0\0\0\0\0\0\0\0\0\0\0");
    world.store.bytes_mut(page)[101..120].fill(b'x');
    world
        .call(|vfs, store, caller| vfs.ftruncate(store, caller, id, 110))
        .expect("a file");
    assert_eq!(world.contents("/f")[100..], *b"y\0\0\0\0\0\0\0\0\0");
}

#[test]
fn a_program_that_runs_is_not_written() {
    let mut world = World::new();
    world.file("/p", b"program");
    let place = world.resolve("/p").expect("there");
    let open = |world: &mut World| {
        world.call(|vfs, _, caller| {
            vfs.open_executable(caller, Base::Working, b"/p", Follow::Last, false)
        })
    };
    assert_eq!(
        open(&mut world),
        Err(Errno::EACCES),
        "not even the superuser"
    );
    world
        .call(|vfs, _, caller| vfs.chmod(caller, place, 0o755))
        .expect("own");
    let writer = world.open("/p", c::O_WRONLY);
    assert_eq!(open(&mut world), Err(Errno::ETXTBSY));
    world.release(writer);
    let running = open(&mut world).expect("a program");
    assert_eq!(world.try_open("/p", c::O_WRONLY), Err(Errno::ETXTBSY));
    assert_eq!(
        world.try_open("/p", c::O_RDONLY | c::O_TRUNC),
        Err(Errno::ETXTBSY)
    );
    let cut = world.call(|vfs, store, caller| vfs.truncate(store, caller, place, 0));
    assert_eq!(cut, Err(Errno::ETXTBSY));
    world.release(running);
    let writer = world.open("/p", c::O_WRONLY);
    world.release(writer);
}
