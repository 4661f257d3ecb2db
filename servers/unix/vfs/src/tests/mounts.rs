// SPDX-License-Identifier: MIT OR Apache-2.0
//! Trees mounted on trees.
use super::world::World;
use crate::*;
use unix_abi::Errno;
use unix_abi::linux::general as c;
use unix_pages::PageStore;

fn mount(world: &mut World, path: &str) -> MountId {
    let on = world.resolve(path).expect("there");
    world
        .call(|vfs, _, caller| vfs.mount_tree(caller, on, b"none", 0o1777))
        .expect("a directory")
}

#[test]
fn a_mount_covers_a_directory_and_uncovers_it() {
    let mut world = World::new();
    world.mkdir("/tmp").expect("free");
    world.file("/tmp/below", b"");
    let id = mount(&mut world, "/tmp");
    assert_eq!(world.stat("/tmp").expect("there").device, id.device());
    assert_eq!(world.stat("/tmp").expect("there").mode, c::S_IFDIR | 0o1777);
    assert_eq!(world.stat("/tmp/below").map(|_| ()), Err(Errno::ENOENT));
    world.mkdir("/tmp/d").expect("free");
    world.file("/tmp/d/f", b"contents");
    assert_eq!(world.stat("/tmp/d/../..").map(|stat| stat.ino), Ok(1));
    assert_eq!(world.rename("/tmp/d/f", "/f"), Err(Errno::EXDEV));
    let link = world.call(|vfs, _, caller| {
        vfs.link(
            caller,
            (Base::Working, b"/tmp/d/f"),
            (Base::Working, b"/f"),
            0,
        )
    });
    assert_eq!(link, Err(Errno::EXDEV));
    assert_eq!(world.rmdir("/tmp"), Err(Errno::EBUSY));
    assert_eq!(world.rename("/tmp", "/other"), Err(Errno::EBUSY));
    let place = world.resolve("/tmp/d").expect("there");
    let mut path = Vec::new();
    world.call(|vfs, _, caller| vfs.path_of(caller, place, &mut path));
    assert_eq!(path, b"/tmp/d");
    let kinds: Vec<_> = world.vfs.mounts().map(|mount| mount.file_system).collect();
    assert_eq!(kinds, ["tmpfs", "tmpfs"]);

    let open = world.open("/tmp/d/f", c::O_RDONLY);
    let root = world.resolve("/tmp").expect("there");
    let unmount =
        |world: &mut World| world.call(|vfs, store, caller| vfs.unmount(store, caller, root));
    assert_eq!(unmount(&mut world), Err(Errno::EBUSY));
    world.release(open);
    world.uid = 3;
    assert_eq!(unmount(&mut world), Err(Errno::EPERM));
    world.uid = 0;
    let inside = world.call(|vfs, store, caller| vfs.unmount(store, caller, place));
    assert_eq!(inside, Err(Errno::EINVAL));
    assert_eq!(unmount(&mut world), Ok(()));
    assert_eq!(world.contents("/tmp/below"), b"");
    assert_eq!(world.store.used(), 0);
    assert_eq!(world.vfs.usage().inodes, 3);
}

#[test]
fn mounts_stack() {
    let mut world = World::new();
    world.mkdir("/m").expect("free");
    mount(&mut world, "/m");
    world.file("/m/one", b"");
    mount(&mut world, "/m");
    world.file("/m/two", b"");
    assert_eq!(world.stat("/m/one").map(|_| ()), Err(Errno::ENOENT));
    assert_eq!(world.stat("/m/..").map(|stat| stat.ino), Ok(1));
    for _ in 0..2 {
        let place = world.resolve("/m").expect("there");
        world
            .call(|vfs, store, caller| vfs.unmount(store, caller, place))
            .expect("idle");
    }
    let root = world.resolve("/").expect("there");
    let unmount = world.call(|vfs, store, caller| vfs.unmount(store, caller, root));
    assert_eq!(unmount, Err(Errno::EBUSY));
    world.rmdir("/m").expect("empty");
    let empty = World::new().vfs.usage();
    assert_eq!(world.vfs.usage(), empty);
}

#[test]
fn who_stands_below_a_covered_directory_comes_out_on_top() {
    let mut world = World::new();
    world.mkdir("/m").expect("free");
    world.mkdir("/m/d").expect("free");
    let below = world.resolve("/m/d").expect("there");
    world
        .vfs
        .set_working(&mut world.store, &mut world.directories, below);
    let id = mount(&mut world, "/m");
    assert_eq!(world.stat("..").expect("there").device, id.device());
    assert_ne!(world.stat(".").expect("there").device, id.device());
}

#[test]
fn space_is_the_stores() {
    let mut world = World::with(Limits::default(), 100);
    world.file("/f", &[1; 10 * 4096]);
    let place = world.resolve("/").expect("there");
    let statfs = world
        .call(|vfs, store, _| vfs.statfs(store, place))
        .expect("known");
    assert_eq!(
        (statfs.blocks, statfs.blocks_free, statfs.magic),
        (100, 90, c::TMPFS_MAGIC)
    );
    assert_eq!(statfs.files - statfs.files_free, 2);
}
