// SPDX-License-Identifier: MIT OR Apache-2.0
//! Boot archives, good and bad.
use super::world::{NOW, World};
use crate::*;
use proptest::prelude::*;
use unix_abi::Errno;
use unix_abi::linux::general as c;
use unix_pages::PageStore;

struct Entry<'a> {
    name: &'a str,
    mode: u32,
    data: &'a [u8],
    ino: u32,
    links: u32,
    device: (u32, u32),
}

fn entry<'a>(name: &'a str, mode: u32, data: &'a [u8]) -> Entry<'a> {
    Entry {
        name,
        mode,
        data,
        ino: 0,
        links: 1,
        device: (0, 0),
    }
}

/// Writes an archive as cpio(5) describes it.
fn archive(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let end = entry("TRAILER!!!", 0, b"");
    for entry in entries.iter().chain([&end]) {
        let Entry {
            name,
            mode,
            data,
            ino,
            links,
            device,
        } = entry;
        let (uid, gid, time, check) = (7, 8, 1_600_000_000u32, 0);
        let fields = [
            *ino,
            *mode,
            uid,
            gid,
            *links,
            time,
            data.len() as u32,
            0,
            0,
            device.0,
            device.1,
            name.len() as u32 + 1,
            check,
        ];
        bytes.extend(b"070701");
        for field in fields {
            bytes.extend(format!("{field:08X}").bytes());
        }
        bytes.extend(name.bytes());
        bytes.push(0);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(*data);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes
}

fn fill(world: &mut World, bytes: Vec<u8>) -> Result<Filled, ArchiveError> {
    world
        .vfs
        .fill_from_archive(&mut world.store, bytes.leak(), NOW)
}

const FILE: u32 = c::S_IFREG | 0o644;
const DIRECTORY: u32 = c::S_IFDIR | 0o755;

#[test]
fn all_types_come_out() {
    let mut world = World::new();
    let large: Vec<u8> = (0..10_000u32).map(|n| n as u8).collect();
    let bytes = archive(&[
        entry(".", c::S_IFDIR | 0o711, b""),
        entry("bin", DIRECTORY, b""),
        entry("./bin/tool", c::S_IFREG | 0o4755, &large),
        entry("sbin", c::S_IFLNK | 0o777, b"bin"),
        entry("sbin/other", FILE, b"through the link"),
        entry("usr/share/doc/text", FILE, b"with directories on the way"),
        Entry {
            device: (1, 3),
            ..entry("/dev/null", c::S_IFCHR | 0o666, b"")
        },
        entry("fifo", c::S_IFIFO | 0o600, b""),
    ]);
    let filled = fill(&mut world, bytes).expect("a good archive");
    assert_eq!((filled.entries, filled.bytes), (8, 10_000 + 16 + 27 + 3));
    assert_eq!(world.store.used(), 0, "contents stay in the archive");
    assert_eq!(world.contents("/bin/tool"), large);
    assert_eq!(world.contents("/bin/other"), b"through the link");
    assert_eq!(
        world.contents("/usr/share/doc/text"),
        b"with directories on the way"
    );
    let stat = world.stat("/sbin/tool").expect("there");
    assert_eq!((stat.mode, stat.uid, stat.gid), (c::S_IFREG | 0o4755, 7, 8));
    assert_eq!((stat.size, stat.modified.seconds), (10_000, 1_600_000_000));
    assert_eq!(world.stat("/").expect("root").mode, c::S_IFDIR | 0o711);
    assert_eq!(
        world.stat("/dev/null").expect("there").special,
        Device::NULL
    );
    assert_eq!(world.stat("/fifo").expect("there").mode, c::S_IFIFO | 0o600);
}

#[test]
fn hard_links_are_one_file_whichever_name_has_the_contents() {
    for contents_at in 0..3 {
        let mut world = World::new();
        let data = |index| {
            if index == contents_at {
                b"contents".as_slice()
            } else {
                b""
            }
        };
        let names = ["one", "two", "three"];
        let link = |index: usize| Entry {
            ino: 5,
            links: 3,
            ..entry(names[index], FILE, data(index))
        };
        fill(&mut world, archive(&[link(0), link(1), link(2)])).expect("a good archive");
        for name in names {
            assert_eq!(world.contents(name), b"contents");
            assert_eq!(world.stat(name).expect("there").links, 3);
        }
    }
}

#[test]
fn a_later_archive_adds_to_an_earlier_one() {
    let mut world = World::new();
    let mut bytes = archive(&[entry("a", FILE, b"old"), entry("d", DIRECTORY, b"")]);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes.extend(archive(&[
        entry("a", FILE, b"new"),
        entry("d/b", FILE, b"more"),
    ]));
    fill(&mut world, bytes).expect("two good archives");
    assert_eq!(world.contents("/a"), b"new");
    assert_eq!(world.contents("/d/b"), b"more");
}

#[test]
fn the_links_of_one_archive_are_not_those_of_another() {
    let mut world = World::new();
    let linked = |name, data| Entry {
        ino: 5,
        links: 2,
        ..entry(name, FILE, data)
    };
    let mut bytes = archive(&[linked("a", b""), linked("b", b"one")]);
    bytes.extend(archive(&[linked("c", b""), linked("d", b"other")]));
    fill(&mut world, bytes).expect("two good archives");
    let all = ["a", "b", "c", "d"].map(|name| world.contents(name));
    assert_eq!(
        all,
        [
            b"one".to_vec(),
            b"one".to_vec(),
            b"other".to_vec(),
            b"other".to_vec()
        ]
    );
}

#[test]
fn writing_copies_a_page_and_no_more() {
    let mut world = World::new();
    let large = [1u8; 3 * 4096 + 10];
    fill(&mut world, archive(&[entry("file", FILE, &large)])).expect("a good archive");
    let id = world.open("/file", c::O_RDWR);
    world
        .write_at(id, Position::At(4096 + 5), b"new")
        .expect("room");
    assert_eq!(world.store.used(), 1);
    let mut expected = large.to_vec();
    expected[4096 + 5..4096 + 8].copy_from_slice(b"new");
    assert_eq!(world.contents("/file"), expected);
    // Shorter and longer again: what was cut off is zero, not what the archive has there.
    let set = |world: &mut World, size| {
        world
            .call(|vfs, store, caller| vfs.ftruncate(store, caller, id, size))
            .expect("a file");
    };
    set(&mut world, 100);
    set(&mut world, 5000);
    assert_eq!(world.store.used(), 0);
    expected.truncate(100);
    expected.resize(5000, 0);
    assert_eq!(world.contents("/file"), expected);
    assert_eq!(world.stat("/file").expect("there").blocks, 8);
}

#[test]
fn bad_archives_say_what_is_wrong() {
    let good = archive(&[entry("a", FILE, b"some contents")]);
    let fails = |bytes: Vec<u8>| fill(&mut World::new(), bytes).expect_err("bad");
    assert_eq!(fails(Vec::new()), ArchiveError::Empty);
    assert_eq!(fails(archive(&[])), ArchiveError::Empty);
    assert_eq!(fails(vec![0; 4096]), ArchiveError::Empty);
    assert_eq!(
        fails(b"\x1f\x8b compressed".repeat(20)),
        ArchiveError::NotCpio { offset: 0 }
    );
    for length in 1..good.len() {
        let error = fails(good[..length].to_vec());
        // The last padding may be missing.
        assert!(
            matches!(error, ArchiveError::Cut { .. }),
            "{length}: {error}"
        );
    }
    let mut damaged = good.clone();
    damaged[6 + 8] = b'x';
    assert!(matches!(
        fails(damaged),
        ArchiveError::Damaged { offset: 0, .. }
    ));
    let outside = fails(archive(&[entry("../a", FILE, b"")]));
    assert_eq!(
        outside,
        ArchiveError::Refused {
            name: "../a".into(),
            error: Errno::EINVAL
        }
    );
    let through = fails(archive(&[entry("a", FILE, b""), entry("a/b", FILE, b"")]));
    assert_eq!(
        through,
        ArchiveError::Refused {
            name: "a/b".into(),
            error: Errno::ENOTDIR
        }
    );
    let circle = fails(archive(&[
        entry("l", c::S_IFLNK, b"l"),
        entry("l/b", FILE, b""),
    ]));
    assert_eq!(
        circle,
        ArchiveError::Refused {
            name: "l/b".into(),
            error: Errno::ELOOP
        }
    );
    let name = "n".repeat(256);
    let long = fails(archive(&[entry(&name, FILE, b"")]));
    assert_eq!(
        long,
        ArchiveError::Refused {
            name,
            error: Errno::ENAMETOOLONG
        }
    );
    let mut small = World::with(
        Limits {
            inodes: 2,
            ..Limits::default()
        },
        10,
    );
    let many = archive(&[entry("a", FILE, b""), entry("b", FILE, b"")]);
    let error = fill(&mut small, many).expect_err("too many");
    assert_eq!(
        error,
        ArchiveError::Refused {
            name: "b".into(),
            error: Errno::ENOSPC
        }
    );
}

proptest! {
    /// No archive makes it panic, and none makes it hold more than the limits.
    #[test]
    fn damage_is_survived(places in prop::collection::vec((0..600usize, any::<u8>()), 1..20)) {
        let mut bytes = archive(&[
            entry("dir", DIRECTORY, b""),
            entry("dir/file", FILE, b"contents"),
            entry("link", c::S_IFLNK | 0o777, b"dir/file"),
            Entry { ino: 3, links: 2, ..entry("one", FILE, b"") },
            Entry { ino: 3, links: 2, ..entry("two", FILE, b"x") },
        ]);
        for (place, byte) in places {
            let index = place % bytes.len();
            bytes[index] = byte;
        }
        let mut world = World::new();
        let _ = fill(&mut world, bytes);
        prop_assert!(world.vfs.usage().inodes < 40);
    }
}
