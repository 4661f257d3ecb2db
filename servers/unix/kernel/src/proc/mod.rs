// SPDX-License-Identifier: MIT OR Apache-2.0
//! /proc: what the world tells of itself and of its processes.
//!
//! [`node`] says what there is; [`View`] answers for names and links while a path is walked;
//! [`contents`] and [`system`] make the text when a file is read.
mod contents;
mod maps;
mod node;
mod system;

pub(crate) use node::{Kind, Node, PROC};
pub(crate) use system::random_uuid;

use crate::task::Task;
use Kind::*;
use alloc::vec::Vec;
use unix_abi::linux::general as linux;
use unix_abi::{Errno, Result};
use unix_process::{Pid, Process, ProcessTable};
use unix_vfs::{Attributes, Device, FileType, Link, NodeId, Synthetic, SyntheticEntry, Timestamp};

/// Linux's number for /proc in statfs(2).
pub(crate) const PROC_MAGIC: u32 = linux::PROC_SUPER_MAGIC;

/// /proc as one process sees it while a path is walked.
pub(crate) struct View<'a> {
    pub(crate) processes: &'a ProcessTable<Task>,
    pub(crate) current: Pid,
    /// What is made up at this moment has this time.
    pub(crate) now: Timestamp,
}

impl View<'_> {
    fn process(&self, pid: Pid) -> Result<&Process<Task>> {
        self.processes.process(pid).ok_or(Errno::ENOENT)
    }

    fn task(&self, pid: Pid) -> Result<&Task> {
        self.process(pid)?.extension().ok_or(Errno::ENOENT)
    }
}

fn number(name: &[u8]) -> Option<u32> {
    let digits = core::str::from_utf8(name).ok()?;
    let canonical = digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    if canonical { digits.parse().ok() } else { None }
}

/// An entry of an `fd` directory.
fn descriptor(directory: Node, fd: u32) -> Node {
    Node {
        fd,
        ..directory.sibling(ProcessFd)
    }
}

fn decimal(value: u32, to: &mut Vec<u8>) {
    to.extend_from_slice(alloc::format!("{value}").as_bytes());
}

impl Synthetic for View<'_> {
    fn attributes(&self, node: NodeId) -> Result<Attributes> {
        let node = Node::from_id(node)?;
        let (mut uid, mut gid) = (0, 0);
        if node.pid.0 != 0 {
            let credentials = self.process(node.pid)?.credentials();
            (uid, gid) = (credentials.euid, credentials.egid);
        }
        Ok(Attributes {
            ino: node.ino(),
            mode: node.file_type().mode_bits() | node.permissions(),
            links: if node.file_type() == FileType::Directory {
                2
            } else {
                1
            },
            uid,
            gid,
            special: Device::default(),
            size: if node.kind == ProcessFd { 64 } else { 0 },
            time: self.now,
        })
    }

    fn lookup(&self, directory: NodeId, name: &[u8]) -> Result<NodeId> {
        let directory = Node::from_id(directory)?;
        if directory.file_type() != FileType::Directory {
            return Err(Errno::ENOTDIR);
        }
        let fixed = directory
            .names()
            .iter()
            .find(|(known, _)| known.as_bytes() == name);
        if let Some((_, kind)) = fixed {
            return Ok(directory.sibling(*kind).id());
        }
        let number = number(name).ok_or(Errno::ENOENT)?;
        match directory.kind {
            Root => {
                let pid = Pid(i32::try_from(number).map_err(|_| Errno::ENOENT)?);
                self.process(pid)?;
                Ok(Node::new(Process, pid).id())
            }
            ProcessTasks if number == directory.pid.0 as u32 => {
                Ok(Node::thread(directory.pid).id())
            }
            ProcessFds => {
                self.task(directory.pid)?
                    .files
                    .get(number)
                    .map_err(|_| Errno::ENOENT)?;
                Ok(descriptor(directory, number).id())
            }
            _ => Err(Errno::ENOENT),
        }
    }

    fn parent(&self, node: NodeId) -> NodeId {
        Node::from_id(node).map_or(PROC, |node| node.parent().id())
    }

    fn name(&self, node: NodeId, to: &mut Vec<u8>) {
        let Ok(node) = Node::from_id(node) else {
            return;
        };
        match node.kind {
            Process => decimal(node.pid.0 as u32, to),
            ProcessFd => decimal(node.fd, to),
            kind => {
                let found = node::ALL_NAMES
                    .iter()
                    .copied()
                    .flatten()
                    .find(|(_, known)| *known == kind);
                if let Some((name, _)) = found {
                    to.extend_from_slice(name.as_bytes());
                }
            }
        }
    }

    fn list(
        &self,
        directory: NodeId,
        position: u64,
        emit: &mut dyn FnMut(SyntheticEntry<'_>) -> bool,
    ) -> Result<()> {
        let directory = Node::from_id(directory)?;
        if directory.pid.0 != 0 {
            self.process(directory.pid)?;
        }
        let fixed = directory.names();
        for (index, (name, kind)) in fixed.iter().enumerate().skip(position as usize) {
            let node = directory.sibling(*kind);
            let entry = SyntheticEntry {
                name: name.as_bytes(),
                ino: node.ino(),
                file_type: node.file_type(),
                next: index as u64 + 1,
            };
            if !emit(entry) {
                return Ok(());
            }
        }
        // Numbers follow the names: position = names + number.
        let base = fixed.len() as u64;
        let from = position.saturating_sub(base);
        let mut each = |number: u32, node: Node| {
            let mut name = Vec::new();
            decimal(number, &mut name);
            emit(SyntheticEntry {
                name: &name,
                ino: node.ino(),
                file_type: node.file_type(),
                next: base + u64::from(number) + 1,
            })
        };
        match directory.kind {
            Root => {
                let mut next = Pid((from as i32).max(1));
                while let Some(process) = self.processes.next_process(next) {
                    let pid = process.pid();
                    next = Pid(pid.0 + 1);
                    if !each(pid.0 as u32, Node::new(Process, pid)) {
                        break;
                    }
                }
            }
            ProcessTasks => {
                let pid = directory.pid;
                if from <= pid.0 as u64 {
                    each(pid.0 as u32, Node::thread(pid));
                }
            }
            ProcessFds => {
                let pid = directory.pid;
                for (fd, _) in self.task(pid)?.files.iter() {
                    if u64::from(fd) >= from && !each(fd, descriptor(directory, fd)) {
                        break;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn read_link(&self, node: NodeId) -> Result<Link> {
        let node = Node::from_id(node)?;
        let text = |text: alloc::string::String| Ok(Link::Path(text.into_bytes()));
        match node.kind {
            SelfLink => text(alloc::format!("{}", self.current.0)),
            ThreadSelfLink => text(alloc::format!("{0}/task/{0}", self.current.0)),
            MountsLink => text("self/mounts".into()),
            ProcessExe => self
                .task(node.pid)?
                .executable
                .map(Link::Place)
                .ok_or(Errno::ENOENT),
            ProcessCwd => Ok(Link::Place(self.task(node.pid)?.directories.working())),
            ProcessRoot => Ok(Link::Place(self.task(node.pid)?.directories.root())),
            ProcessFd => {
                let files = &self.task(node.pid)?.files;
                files
                    .get(node.fd)
                    .map(Link::Description)
                    .map_err(|_| Errno::ENOENT)
            }
            _ => Err(Errno::EINVAL),
        }
    }
}
