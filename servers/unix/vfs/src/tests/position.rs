// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where reads and writes leave the position.
use super::world::World;
use crate::*;
use unix_abi::linux::general as c;

#[test]
fn an_append_of_nothing_leaves_the_position() {
    let mut world = World::new();
    world.file("/a", b"four");
    let appends = world.open("/a", c::O_WRONLY | c::O_APPEND);
    let position = |world: &mut World| world.vfs.seek(appends, 0, c::SEEK_CUR);
    assert_eq!(world.write(appends, b""), Ok(Transfer::Done(0)));
    assert_eq!(position(&mut world), Ok(0));
    assert_eq!(world.write(appends, b"five"), Ok(Transfer::Done(4)));
    assert_eq!(position(&mut world), Ok(8));
}
