// SPDX-License-Identifier: MIT OR Apache-2.0
//! /proc: what the world tells of itself and of its processes.
//!
//! A node is a number: the process in the upper half, the kind of file in the next bits, a
//! descriptor in the lowest. [`View`] answers for names and links while a path is walked;
//! [`contents`] makes the text when a file is read.
mod contents;
mod maps;
mod system;

use crate::task::Task;
use alloc::vec::Vec;
use unix_abi::linux::general as linux;
use unix_abi::{Errno, Result};
use unix_process::{Pid, Process, ProcessTable};
use unix_vfs::{Attributes, Device, FileType, Link, NodeId, Synthetic, SyntheticEntry, Timestamp};

/// What a node is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Kind {
    Root,
    SelfLink,
    ThreadSelfLink,
    MountsLink,
    Meminfo,
    Uptime,
    Version,
    Cpuinfo,
    Stat,
    Loadavg,
    Filesystems,
    Cmdline,
    Croft,
    CroftContainers,
    CroftCalls,
    Sys,
    SysKernel,
    SysHostname,
    SysOsrelease,
    SysOstype,
    SysPidMax,
    SysNgroupsMax,
    Process,
    ProcessStat,
    ProcessStatm,
    ProcessStatus,
    ProcessCmdline,
    ProcessComm,
    ProcessEnviron,
    ProcessMaps,
    ProcessMounts,
    ProcessLimits,
    ProcessExe,
    ProcessCwd,
    ProcessRoot,
    ProcessFds,
    ProcessFd,
    ProcessTasks,
}

use Kind::*;

/// Every kind, at the place of its number.
const KINDS: [Kind; 38] = [
    Root,
    SelfLink,
    ThreadSelfLink,
    MountsLink,
    Meminfo,
    Uptime,
    Version,
    Cpuinfo,
    Stat,
    Loadavg,
    Filesystems,
    Cmdline,
    Croft,
    CroftContainers,
    CroftCalls,
    Sys,
    SysKernel,
    SysHostname,
    SysOsrelease,
    SysOstype,
    SysPidMax,
    SysNgroupsMax,
    Process,
    ProcessStat,
    ProcessStatm,
    ProcessStatus,
    ProcessCmdline,
    ProcessComm,
    ProcessEnviron,
    ProcessMaps,
    ProcessMounts,
    ProcessLimits,
    ProcessExe,
    ProcessCwd,
    ProcessRoot,
    ProcessFds,
    ProcessFd,
    ProcessTasks,
];

const ROOT: &[(&str, Kind)] = &[
    ("cmdline", Cmdline),
    ("cpuinfo", Cpuinfo),
    ("croft", Croft),
    ("filesystems", Filesystems),
    ("loadavg", Loadavg),
    ("meminfo", Meminfo),
    ("mounts", MountsLink),
    ("self", SelfLink),
    ("stat", Stat),
    ("sys", Sys),
    ("thread-self", ThreadSelfLink),
    ("uptime", Uptime),
    ("version", Version),
];
const CROFT: &[(&str, Kind)] = &[("calls", CroftCalls), ("containers", CroftContainers)];
const SYS: &[(&str, Kind)] = &[("kernel", SysKernel)];
const SYS_KERNEL: &[(&str, Kind)] = &[
    ("hostname", SysHostname),
    ("ngroups_max", SysNgroupsMax),
    ("osrelease", SysOsrelease),
    ("ostype", SysOstype),
    ("pid_max", SysPidMax),
];
const PROCESS: &[(&str, Kind)] = &[
    ("cmdline", ProcessCmdline),
    ("comm", ProcessComm),
    ("cwd", ProcessCwd),
    ("environ", ProcessEnviron),
    ("exe", ProcessExe),
    ("fd", ProcessFds),
    ("limits", ProcessLimits),
    ("maps", ProcessMaps),
    ("mounts", ProcessMounts),
    ("root", ProcessRoot),
    ("stat", ProcessStat),
    ("statm", ProcessStatm),
    ("status", ProcessStatus),
    ("task", ProcessTasks),
];

/// A node taken apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Node {
    pub(crate) pid: Pid,
    pub(crate) kind: Kind,
    pub(crate) fd: u32,
}

/// The root of /proc.
pub(crate) const PROC: NodeId = Node {
    pid: Pid(0),
    kind: Root,
    fd: 0,
}
.id();
/// Linux's number for /proc in statfs(2).
pub(crate) const PROC_MAGIC: u32 = linux::PROC_SUPER_MAGIC;

impl Node {
    const fn new(kind: Kind, pid: Pid) -> Node {
        Node { pid, kind, fd: 0 }
    }

    pub(crate) const fn id(self) -> NodeId {
        NodeId((self.pid.0 as u64) << 32 | (self.kind as u64) << 24 | self.fd as u64)
    }

    pub(crate) fn from_id(id: NodeId) -> Result<Node> {
        let kind = *KINDS
            .get((id.0 >> 24 & 0xff) as usize)
            .ok_or(Errno::ENOENT)?;
        Ok(Node {
            pid: Pid((id.0 >> 32) as i32),
            kind,
            fd: id.0 as u32 & 0xff_ffff,
        })
    }
}

/// The names in a directory of which the names are fixed.
fn names(kind: Kind) -> &'static [(&'static str, Kind)] {
    match kind {
        Root => ROOT,
        Croft => CROFT,
        Sys => SYS,
        SysKernel => SYS_KERNEL,
        Process => PROCESS,
        _ => &[],
    }
}

fn file_type(kind: Kind) -> FileType {
    match kind {
        Root | Croft | Sys | SysKernel | Process | ProcessFds | ProcessTasks => FileType::Directory,
        SelfLink | ThreadSelfLink | MountsLink | ProcessExe | ProcessCwd | ProcessRoot
        | ProcessFd => FileType::Symlink,
        _ => FileType::Regular,
    }
}

/// /proc as one process sees it while a path is walked.
pub(crate) struct View<'a> {
    pub(crate) processes: &'a ProcessTable<Task>,
    pub(crate) current: Pid,
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
        let file_type = file_type(node.kind);
        let permissions = match (file_type, node.kind) {
            (_, ProcessFds) => 0o500,
            (_, ProcessFd) => 0o700,
            (FileType::Directory, _) => 0o555,
            (FileType::Symlink, _) => 0o777,
            (_, ProcessEnviron) => 0o400,
            (_, SysHostname | ProcessComm) => 0o644,
            _ => 0o444,
        };
        Ok(Attributes {
            ino: node.id().0 + 1,
            mode: file_type.mode_bits() | permissions,
            links: if file_type == FileType::Directory {
                2
            } else {
                1
            },
            uid,
            gid,
            special: Device::default(),
            size: if node.kind == ProcessFd { 64 } else { 0 },
            time: Timestamp::default(),
        })
    }

    fn lookup(&self, directory: NodeId, name: &[u8]) -> Result<NodeId> {
        let directory = Node::from_id(directory)?;
        if file_type(directory.kind) != FileType::Directory {
            return Err(Errno::ENOTDIR);
        }
        let fixed = names(directory.kind)
            .iter()
            .find(|(known, _)| known.as_bytes() == name);
        if let Some((_, kind)) = fixed {
            return Ok(Node::new(*kind, directory.pid).id());
        }
        let number = number(name).ok_or(Errno::ENOENT)?;
        match directory.kind {
            Root => {
                let pid = Pid(i32::try_from(number).map_err(|_| Errno::ENOENT)?);
                self.process(pid)?;
                Ok(Node::new(Process, pid).id())
            }
            ProcessTasks if number == directory.pid.0 as u32 => {
                Ok(Node::new(Process, directory.pid).id())
            }
            ProcessFds => {
                self.task(directory.pid)?
                    .files
                    .get(number)
                    .map_err(|_| Errno::ENOENT)?;
                Ok(Node {
                    pid: directory.pid,
                    kind: ProcessFd,
                    fd: number,
                }
                .id())
            }
            _ => Err(Errno::ENOENT),
        }
    }

    fn parent(&self, node: NodeId) -> NodeId {
        let Ok(node) = Node::from_id(node) else {
            return PROC;
        };
        match node.kind {
            ProcessFd => Node::new(ProcessFds, node.pid).id(),
            Process => PROC,
            _ if node.pid.0 != 0 => Node::new(Process, node.pid).id(),
            CroftContainers | CroftCalls => Node::new(Croft, node.pid).id(),
            SysKernel => Node::new(Sys, node.pid).id(),
            SysHostname | SysOsrelease | SysOstype | SysPidMax | SysNgroupsMax => {
                Node::new(SysKernel, node.pid).id()
            }
            _ => PROC,
        }
    }

    fn name(&self, node: NodeId, to: &mut Vec<u8>) {
        let Ok(node) = Node::from_id(node) else {
            return;
        };
        match node.kind {
            Process => decimal(node.pid.0 as u32, to),
            ProcessFd => decimal(node.fd, to),
            kind => {
                let all = [ROOT, CROFT, SYS, SYS_KERNEL, PROCESS];
                let found = all
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
        let fixed = names(directory.kind);
        for (index, (name, kind)) in fixed.iter().enumerate().skip(position as usize) {
            let entry = SyntheticEntry {
                name: name.as_bytes(),
                ino: Node::new(*kind, directory.pid).id().0 + 1,
                file_type: file_type(*kind),
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
                ino: node.id().0 + 1,
                file_type: file_type(node.kind),
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
                    each(pid.0 as u32, Node::new(Process, pid));
                }
            }
            ProcessFds => {
                let pid = directory.pid;
                for (fd, _) in self.task(pid)?.files.iter() {
                    if u64::from(fd) >= from
                        && !each(
                            fd,
                            Node {
                                pid,
                                kind: ProcessFd,
                                fd,
                            },
                        )
                    {
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
