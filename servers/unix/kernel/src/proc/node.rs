// SPDX-License-Identifier: MIT OR Apache-2.0
//! What there is in /proc: kinds of files, the names in directories, and nodes as numbers.
use Kind::*;
use unix_abi::{Errno, Result};
use unix_process::Pid;
use unix_vfs::{FileType, NodeId};

macro_rules! kinds {
    ($($kind:ident,)*) => {
        /// What a node is.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub(crate) enum Kind {
            $($kind,)*
        }

        /// Every kind, at the place of its number.
        const KINDS: &[Kind] = &[$($kind,)*];
    };
}

kinds! {
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
    SysRandom,
    RandomBootId,
    RandomEntropy,
    RandomPoolSize,
    RandomUuid,
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

/// The fixed names in a directory.
pub(super) type Names = &'static [(&'static str, Kind)];

const ROOT: Names = &[
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
const CROFT: Names = &[("calls", CroftCalls), ("containers", CroftContainers)];
const SYS: Names = &[("kernel", SysKernel)];
const SYS_KERNEL: Names = &[
    ("hostname", SysHostname),
    ("ngroups_max", SysNgroupsMax),
    ("osrelease", SysOsrelease),
    ("ostype", SysOstype),
    ("pid_max", SysPidMax),
    ("random", SysRandom),
];
const SYS_RANDOM: Names = &[
    ("boot_id", RandomBootId),
    ("entropy_avail", RandomEntropy),
    ("poolsize", RandomPoolSize),
    ("uuid", RandomUuid),
];
const PROCESS: Names = &[
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
/// What the directory of a thread has: all but the last, the list of threads.
const THREAD: Names = match PROCESS.split_last() {
    Some((_, rest)) => rest,
    None => &[],
};

/// All directories with fixed names.
pub(super) const ALL_NAMES: [Names; 6] = [ROOT, CROFT, SYS, SYS_KERNEL, SYS_RANDOM, PROCESS];

/// A node taken apart.
///
/// As a number: whether it is below a thread in the highest bit, then the process up to the middle,
/// the kind in the next eight bits, a descriptor in the rest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Node {
    /// The process; 0 for what belongs to none.
    pub(crate) pid: Pid,
    /// Is it in `/proc/PID/task/TID` instead of `/proc/PID`? A process has one thread, with its own
    /// number.
    pub(crate) in_thread: bool,
    pub(crate) kind: Kind,
    /// The number in `fd`; 0 elsewhere.
    pub(crate) fd: u32,
}

/// The root of /proc.
pub(crate) const PROC: NodeId = Node::new(Root, Pid(0)).id();

const IN_THREAD: u64 = 1 << 63;

impl Node {
    /// A node that is no descriptor, outside of threads.
    pub(super) const fn new(kind: Kind, pid: Pid) -> Node {
        Node {
            pid,
            in_thread: false,
            kind,
            fd: 0,
        }
    }

    /// Another one of the same process (or thread).
    pub(super) const fn sibling(self, kind: Kind) -> Node {
        Node {
            kind,
            fd: 0,
            ..self
        }
    }

    /// The directory of a thread.
    pub(super) const fn thread(pid: Pid) -> Node {
        Node {
            in_thread: true,
            ..Node::new(Process, pid)
        }
    }

    pub(crate) const fn id(self) -> NodeId {
        let thread = if self.in_thread { IN_THREAD } else { 0 };
        NodeId(thread | (self.pid.0 as u64) << 32 | (self.kind as u64) << 24 | self.fd as u64)
    }

    pub(crate) fn from_id(id: NodeId) -> Result<Node> {
        let kind = *KINDS
            .get((id.0 >> 24 & 0xff) as usize)
            .ok_or(Errno::ENOENT)?;
        Ok(Node {
            pid: Pid(((id.0 & !IN_THREAD) >> 32) as i32),
            in_thread: id.0 & IN_THREAD != 0,
            kind,
            fd: id.0 as u32 & 0xff_ffff,
        })
    }

    /// The inode number that programs see.
    pub(super) const fn ino(self) -> u64 {
        self.id().0 + 1
    }

    /// The names in it, if it is a directory with fixed ones.
    pub(super) fn names(self) -> Names {
        match self.kind {
            Root => ROOT,
            Croft => CROFT,
            Sys => SYS,
            SysKernel => SYS_KERNEL,
            SysRandom => SYS_RANDOM,
            Process if self.in_thread => THREAD,
            Process => PROCESS,
            _ => &[],
        }
    }

    pub(super) fn file_type(self) -> FileType {
        match self.kind {
            Root | Croft | Sys | SysKernel | SysRandom | Process | ProcessFds | ProcessTasks => {
                FileType::Directory
            }
            SelfLink | ThreadSelfLink | MountsLink | ProcessExe | ProcessCwd | ProcessRoot
            | ProcessFd => FileType::Symlink,
            _ => FileType::Regular,
        }
    }

    /// Permission bits.
    pub(super) fn permissions(self) -> u32 {
        match (self.file_type(), self.kind) {
            (_, ProcessFds) => 0o500,
            (_, ProcessFd) => 0o700,
            (FileType::Directory, _) => 0o555,
            (FileType::Symlink, _) => 0o777,
            (_, ProcessEnviron) => 0o400,
            (_, SysHostname | ProcessComm) => 0o644,
            _ => 0o444,
        }
    }

    /// The directory it is in.
    pub(super) fn parent(self) -> Node {
        match self.kind {
            ProcessFd => self.sibling(ProcessFds),
            Process if self.in_thread => Node::new(ProcessTasks, self.pid),
            Process => Node::new(Root, Pid(0)),
            _ if self.pid.0 != 0 => self.sibling(Process),
            CroftContainers | CroftCalls => self.sibling(Croft),
            SysKernel => self.sibling(Sys),
            SysHostname | SysOsrelease | SysOstype | SysPidMax | SysNgroupsMax | SysRandom => {
                self.sibling(SysKernel)
            }
            RandomBootId | RandomEntropy | RandomPoolSize | RandomUuid => self.sibling(SysRandom),
            _ => Node::new(Root, Pid(0)),
        }
    }
}
