// SPDX-License-Identifier: MIT OR Apache-2.0
//! What becomes of the memory behind the end of a file.
use super::world::World;
use unix_abi::linux::general as c;

#[test]
fn a_new_size_that_is_the_old_one_frees_what_was_allocated_behind_it() {
    for by_path in [false, true] {
        let mut world = World::new();
        world.file("/a", b"four");
        let file = world.open("/a", c::O_WRONLY);
        world
            .call(|vfs, store, caller| {
                vfs.allocate_range(store, caller, file, c::FALLOC_FL_KEEP_SIZE, 8192, 8192)
            })
            .expect("room");
        assert_eq!(world.stat("/a").map(|stat| stat.blocks), Ok(24));
        let place = world.resolve("/a").expect("there");
        world
            .call(|vfs, store, caller| {
                if by_path {
                    vfs.truncate(store, caller, place, 4)
                } else {
                    vfs.ftruncate(store, caller, file, 4)
                }
            })
            .expect("allowed");
        assert_eq!(world.stat("/a").map(|stat| stat.blocks), Ok(8));
    }
}
