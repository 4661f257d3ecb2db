// SPDX-License-Identifier: MIT OR Apache-2.0
//! A little `/proc`: a directory for each of two processes, magic links, contents on demand.
use super::world::World;
use crate::*;
use std::cell::Cell;
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};

/// Nodes: 1 the root, 2 `self`, 10·pid the process, and behind it its files.
struct Proc;

thread_local! {
    static PROCESS_2_LIVES: Cell<bool> = const { Cell::new(true) };
    static TARGET: Cell<Option<(Place, DescriptionId)>> = const { Cell::new(None) };
}

const FILES: [&[u8]; 5] = [b"status", b"exe", b"fd0", b"tty", b"private"];

impl Synthetic for Proc {
    fn attributes(&self, node: NodeId) -> Result<Attributes> {
        if node.0 >= 20 && node.0 < 30 && !PROCESS_2_LIVES.get() {
            return Err(Errno::ENOENT);
        }
        let mode = match (node.0, node.0 % 10) {
            (1, _) | (_, 0) => c::S_IFDIR | 0o555,
            (2, _) | (_, 2 | 3) => c::S_IFLNK | 0o777,
            (_, 4) => c::S_IFCHR | 0o666,
            (_, 5) => c::S_IFREG | 0o400,
            _ => c::S_IFREG | 0o444,
        };
        let time = Timestamp::default();
        let special = if node.0 % 10 == 4 {
            Device::TTY
        } else {
            Device::default()
        };
        Ok(Attributes {
            ino: node.0,
            mode,
            links: 1,
            uid: 9,
            gid: 9,
            special,
            size: 0,
            time,
        })
    }

    fn lookup(&self, directory: NodeId, name: &[u8]) -> Result<NodeId> {
        match (directory.0, name) {
            (1, b"self") => Ok(NodeId(2)),
            (1, b"1") => Ok(NodeId(10)),
            (1, b"2") if PROCESS_2_LIVES.get() => Ok(NodeId(20)),
            (10 | 20, _) => {
                let index = FILES.iter().position(|file| *file == name);
                Ok(NodeId(directory.0 + 1 + index.ok_or(Errno::ENOENT)? as u64))
            }
            _ => Err(Errno::ENOENT),
        }
    }

    fn parent(&self, node: NodeId) -> NodeId {
        if node.0 < 10 || node.0.is_multiple_of(10) {
            NodeId(1)
        } else {
            NodeId(node.0 / 10 * 10)
        }
    }

    fn name(&self, node: NodeId, to: &mut Vec<u8>) {
        match (node.0, node.0 % 10) {
            (2, _) => to.extend(b"self"),
            (_, 0) => to.extend((node.0 / 10).to_string().bytes()),
            (_, file) => to.extend(FILES[file as usize - 1]),
        }
    }

    fn list(
        &self,
        directory: NodeId,
        position: u64,
        emit: &mut dyn FnMut(SyntheticEntry<'_>) -> bool,
    ) -> Result<()> {
        let children: &[u64] = if directory.0 == 1 {
            &[2, 10, 20]
        } else {
            &[11, 12, 13, 14, 15]
        };
        for (index, child) in children.iter().enumerate().skip(position as usize) {
            let mut name = Vec::new();
            self.name(NodeId(*child), &mut name);
            let attributes = self.attributes(NodeId(*child))?;
            let file_type = FileType::from_mode(attributes.mode).expect("a type");
            let next = index as u64 + 1;
            if !emit(SyntheticEntry {
                name: &name,
                ino: *child,
                file_type,
                next,
            }) {
                break;
            }
        }
        Ok(())
    }

    fn read_link(&self, node: NodeId) -> Result<Link> {
        let target = TARGET.get();
        match node.0 {
            2 => Ok(Link::Path(b"1".to_vec())),
            12 => Ok(Link::Place(target.ok_or(Errno::ENOENT)?.0)),
            13 => Ok(Link::Description(target.ok_or(Errno::ENOENT)?.1)),
            _ => Err(Errno::EINVAL),
        }
    }
}

fn setup() -> World {
    PROCESS_2_LIVES.set(true);
    TARGET.set(None);
    let mut world = World::new();
    world.synthetic = &Proc;
    world.mkdir("/proc").expect("free");
    let on = world.resolve("/proc").expect("there");
    let magic = c::PROC_SUPER_MAGIC;
    world
        .call(|vfs, _, caller| vfs.mount_synthetic(caller, on, NodeId(1), "proc", magic))
        .expect("a directory");
    world
}

fn link_text(world: &mut World, path: &str) -> Result<String> {
    let mut text = Vec::new();
    world
        .call(|vfs, _, caller| vfs.read_link(caller, Base::Working, path.as_bytes(), &mut text))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn paths_lead_in_and_out() {
    let mut world = setup();
    assert_eq!(world.stat("/proc/self/status").expect("there").ino, 11);
    assert_eq!(world.stat("/proc/2/../1/./status").expect("there").ino, 11);
    assert_eq!(world.stat("/proc/1/../../proc/2").expect("there").ino, 20);
    assert_eq!(world.stat("/proc/1/../..").expect("there").ino, 1);
    assert_eq!(world.stat("/proc/3").map(|_| ()), Err(Errno::ENOENT));
    assert_eq!(
        world.stat("/proc/1/status/x").map(|_| ()),
        Err(Errno::ENOTDIR)
    );
    assert_eq!(
        world.stat("/proc/1/status/").map(|_| ()),
        Err(Errno::ENOTDIR)
    );
    let place = world.resolve("/proc/self/status").expect("there");
    let mut path = Vec::new();
    world.call(|vfs, _, caller| vfs.path_of(caller, place, &mut path));
    assert_eq!(path, b"/proc/1/status");
    let statfs = world
        .call(|vfs, store, _| vfs.statfs(store, place))
        .expect("known");
    assert_eq!((statfs.magic, statfs.blocks), (c::PROC_SUPER_MAGIC, 0));
}

#[test]
fn nobody_makes_or_removes_files_there() {
    let mut world = setup();
    assert_eq!(world.mkdir("/proc/new"), Err(Errno::EPERM));
    assert_eq!(world.mkdir("/proc/1"), Err(Errno::EEXIST));
    assert_eq!(world.try_open("/proc/new", c::O_CREAT), Err(Errno::EACCES));
    assert_eq!(world.unlink("/proc/1/status"), Err(Errno::EPERM));
    assert_eq!(world.rmdir("/proc/1"), Err(Errno::EPERM));
    assert_eq!(
        world.rename("/proc/1/status", "/proc/1/x"),
        Err(Errno::EPERM)
    );
    assert_eq!(world.rename("/proc/1/status", "/x"), Err(Errno::EXDEV));
    world.uid = 3;
    assert_eq!(world.mkdir("/proc/new"), Err(Errno::EACCES));
    assert_eq!(
        world.try_open("/proc/1/private", c::O_RDONLY),
        Err(Errno::EACCES)
    );
    world.uid = 9;
    let id = world.open("/proc/1/private", c::O_RDONLY);
    world.release(id);
}

#[test]
fn contents_are_made_when_they_are_read() {
    let mut world = setup();
    let id = world.open("/proc/1/status", c::O_RDONLY);
    assert_eq!(
        world.read(id, 4).map(|it| it.0),
        Ok(Transfer::Synthetic(NodeId(11)))
    );
    world
        .vfs
        .set_snapshot(id, b"Name: init\n".to_vec())
        .expect("room");
    assert_eq!(world.bytes(id, 4), b"Name");
    assert_eq!(world.bytes(id, 100), b": init\n");
    assert_eq!(world.bytes(id, 100), b"");
    // From the start again it is made anew.
    world.vfs.seek(id, 0, c::SEEK_SET).expect("a file");
    assert_eq!(
        world.read(id, 4).map(|it| it.0),
        Ok(Transfer::Synthetic(NodeId(11)))
    );
    world
        .vfs
        .set_snapshot(id, b"Name: other\n".to_vec())
        .expect("room");
    assert_eq!(world.bytes(id, 100), b"Name: other\n");
    // Copied as sendfile does.
    world.vfs.seek(id, 0, c::SEEK_SET).expect("a file");
    world
        .vfs
        .set_snapshot(id, vec![b'x'; 10_000])
        .expect("room");
    let to = world.open("/copy", c::O_CREAT | c::O_WRONLY);
    let (from, to) = ((id, Position::Current), (to, Position::Current));
    let copied = world.call(|vfs, store, caller| vfs.copy(store, caller, from, to, 20_000));
    assert_eq!(copied, Ok(Transfer::Done(10_000)));
    assert_eq!(world.contents("/copy"), [b'x'; 10_000]);
    world.release(id);
    world.release(to.0);
    let heap = world.vfs.usage().metadata_bytes;
    let id = world.open("/proc/1/status", c::O_RDONLY);
    world.vfs.set_snapshot(id, vec![0; 1000]).expect("room");
    world.vfs.set_snapshot(id, vec![0; 10]).expect("room");
    world.release(id);
    assert_eq!(world.vfs.usage().metadata_bytes, heap);
}

#[test]
fn listings_go_on_where_they_stopped() {
    let mut world = setup();
    let id = world.open("/proc", c::O_RDONLY);
    assert_eq!(
        world.names(id, 3),
        Ok(vec![".".into(), "..".into(), "self".into()])
    );
    assert_eq!(world.names(id, 1), Ok(vec!["1".into()]));
    assert_eq!(world.names(id, 9), Ok(vec!["2".into()]));
    assert_eq!(world.names(id, 9), Ok(vec![]));
    let root = world.open("/", c::O_RDONLY);
    let mut inos = Vec::new();
    world
        .call(|vfs, _, caller| {
            vfs.read_directory(caller, root, &mut |entry| {
                inos.push((entry.name.to_vec(), entry.ino));
                true
            })
        })
        .expect("a directory");
    assert!(inos.contains(&(b"proc".to_vec(), 1)));
}

#[test]
fn magic_links_lead_to_what_they_stand_for() {
    let mut world = setup();
    world.file("/program", b"code");
    let place = world.resolve("/program").expect("there");
    let (reader, writer) = world
        .call(|vfs, _, caller| vfs.pipe(caller, 0))
        .expect("a pipe");
    world.vfs.hold(place);
    TARGET.set(Some((place, reader)));
    assert_eq!(
        link_text(&mut world, "/proc/self/exe"),
        Ok("/program".into())
    );
    assert_eq!(world.contents("/proc/self/exe"), b"code");
    // It leads there even when the name is gone.
    world.unlink("/program").expect("there");
    assert_eq!(
        link_text(&mut world, "/proc/self/exe"),
        Ok("/program (deleted)".into())
    );
    assert_eq!(world.contents("/proc/1/exe"), b"code");
    world.vfs.release_place(&mut world.store, place);
    // A pipe opened anew through its link is the same pipe, and does not wait for a partner.
    let text = link_text(&mut world, "/proc/1/fd0").expect("a link");
    assert!(text.starts_with("pipe:["), "{text}");
    world.write(writer, b"bytes").expect("room");
    let again = world.open("/proc/1/fd0", c::O_RDONLY);
    assert_eq!(world.bytes(again, 9), b"bytes");
    let other_end = world.open("/proc/1/fd0", c::O_WRONLY | c::O_NONBLOCK);
    world.release(writer);
    world.write(other_end, b"more").expect("room");
    assert_eq!(world.bytes(reader, 9), b"more");
    for id in [reader, again, other_end] {
        world.release(id);
    }
    TARGET.set(Some((place, reader)));
    assert_eq!(link_text(&mut world, "/proc/1/fd0"), Err(Errno::ENOENT));
    assert_eq!(world.vfs.usage().inodes, 2);
}

#[test]
fn devices_there_are_devices() {
    let mut world = setup();
    let id = world.open("/proc/1/tty", c::O_RDWR);
    let device = Device::TTY;
    let kind = DescriptionKind::Device {
        device,
        block: false,
    };
    assert_eq!(world.vfs.description(id).kind, kind);
    assert_eq!(
        world.read(id, 1).map(|it| it.0),
        Ok(Transfer::Device(device))
    );
    assert_eq!(world.write(id, b"x"), Ok(Transfer::Device(device)));
    assert_eq!(world.vfs.readiness(id), Readiness::Device(device));
    world.release(id);
    assert_eq!(world.events(), [Event::DeviceClosed(device)]);
}

#[test]
fn a_directory_that_vanishes_is_gone_for_those_who_stand_in_it() {
    let mut world = setup();
    let place = world.resolve("/proc/2").expect("there");
    world
        .call(|vfs, _, caller| vfs.check_directory(caller, place))
        .expect("a directory");
    world
        .vfs
        .set_working(&mut world.store, &mut world.directories, place);
    let path = world.call(|vfs, _, caller| vfs.working_directory(caller));
    assert_eq!(path, Ok(b"/proc/2".to_vec()));
    assert_eq!(world.stat("status").expect("there").ino, 21);
    let root = world.resolve("/proc").expect("there");
    let busy = world.call(|vfs, store, caller| vfs.unmount(store, caller, root));
    assert_eq!(busy, Err(Errno::EBUSY));
    PROCESS_2_LIVES.set(false);
    assert_eq!(world.stat("status").map(|_| ()), Err(Errno::ENOENT));
    let path = world.call(|vfs, _, caller| vfs.working_directory(caller));
    assert_eq!(path, Err(Errno::ENOENT));
    let place = world.resolve("/").expect("there");
    world
        .vfs
        .set_working(&mut world.store, &mut world.directories, place);
    let done = world.call(|vfs, store, caller| vfs.unmount(store, caller, root));
    assert_eq!(done, Ok(()));
}
