// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files without a name (`O_TMPFILE`).
use super::world::World;
use unix_abi::linux::general as c;

#[test]
fn the_group_is_that_of_a_directory_with_its_set_group_id_bit() {
    let mut world = World::new();
    world.mkdir("/shared").expect("room");
    let directory = world.resolve("/shared").expect("there");
    let changed = world.call(|vfs, _, caller| vfs.chmod(caller, directory, 0o2777));
    changed.expect("the owner's");
    world.uid = 1000;
    let file = world.open("/shared", c::O_TMPFILE | c::O_WRONLY);
    let attributes = world.call(|vfs, _, caller| vfs.stat_description(caller, file));
    let attributes = attributes.expect("open");
    assert_eq!((attributes.uid, attributes.gid), (1000, 0));
}
