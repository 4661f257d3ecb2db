// SPDX-License-Identifier: MIT OR Apache-2.0
//! One Unix world: all its state, and how its parts are reached.
use crate::machine::{Machine, ProcessHandle};
use crate::memory::{CodeCache, Space};
use crate::processor::Processor;
use crate::task::{Progress, Task};
use crate::wait::WaitQueues;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use slab::Slab;
use unix_abi::syscalls::Sysno;
use unix_pages::PageId;
use unix_process::{Pid, ProcessTable};
use unix_tty::Terminal;
use unix_vfs::{Timestamp, Vfs};

/// What the machine does about a trap when the world has served it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Disposition {
    /// The system call returns this value.
    Return(usize),
    /// The instruction is executed again.
    Repeat,
    /// Nothing: the thread waits, is gone, or was resumed by the world.
    Nothing,
}

/// How a world is run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Report system calls that do not exist.
    pub verbose: bool,
    /// The host name at the start.
    pub hostname: String,
    /// What is behind the descriptors 0, 1 and 2 of the first program.
    pub terminals: [bool; 3],
}

/// One Unix world.
pub struct World<M: Machine> {
    /// The machine below.
    pub machine: M,
    /// All files.
    pub vfs: Vfs,
    /// All processes.
    pub processes: ProcessTable<Task>,
    pub(crate) spaces: Slab<Space>,
    /// The most there were since the books were last compacted.
    pub(crate) most_spaces: usize,
    pub(crate) badges: Slab<Pid>,
    pub(crate) code: CodeCache,
    pub(crate) waits: WaitQueues,
    pub(crate) terminal: Terminal,
    pub(crate) typed: crate::console::Typed,
    pub(crate) settings: Settings,
    /// The gate's code and the page of data behind it.
    pub(crate) gate: (PageId, PageId),
    /// Calls that were asked for and are absent, and how often.
    pub(crate) absent: BTreeMap<Sysno, u64>,
    pub(crate) hostname: alloc::vec::Vec<u8>,
    /// /proc/sys/kernel/random/boot_id.
    pub(crate) boot_id: uuid::Uuid,
    pub(crate) processor: Processor,
    pub(crate) timer: Option<u64>,
    pub(crate) finished: bool,
}

/// The task of a process that is known to live.
///
/// The callers have it from the table or are serving a call of its own; a process cannot end while
/// one of its calls is being served, except by the call itself.
pub(crate) fn extension(processes: &ProcessTable<Task>, pid: Pid) -> &Task {
    processes
        .process(pid)
        .and_then(|process| process.extension())
        .expect("a living process")
}

/// The same, to change.
pub(crate) fn extension_mut(processes: &mut ProcessTable<Task>, pid: Pid) -> &mut Task {
    processes
        .process_mut(pid)
        .and_then(|process| process.extension_mut())
        .expect("a living process")
}

/// Runs an expression with the file system, the machine and the caller's identity borrowed side by
/// side. The identity is the one for files (fsuid).
macro_rules! as_caller {
    ($world:expr, $pid:expr, |$vfs:ident, $machine:ident, $caller:ident| $body:expr) => {
        $crate::world::as_caller_with!($world, $pid, true, |$vfs, $machine, $caller| $body)
    };
}

/// The same; with `$effective` false the identity is the real one (access(2)).
macro_rules! as_caller_with {
    ($world:expr, $pid:expr, $effective:expr, |$vfs:ident, $machine:ident, $caller:ident| $body:expr) => {{
        let now = $world.timestamp();
        let $crate::World {
            vfs: $vfs,
            machine: $machine,
            processes,
            ..
        } = &mut *$world;
        let view = $crate::proc::View {
            processes,
            current: $pid,
            now,
        };
        let process = processes.process($pid).expect("a living process");
        let credentials = process.credentials();
        let task = process.extension().expect("a living process");
        let (uid, gid) = match $effective {
            true => (credentials.fsuid, credentials.fsgid),
            false => (credentials.uid, credentials.gid),
        };
        let $caller = &unix_vfs::Caller {
            credentials: unix_vfs::Credentials {
                uid,
                gid,
                groups: &credentials.groups,
            },
            directories: &task.directories,
            now,
            file_size_limit: process
                .limits()
                .soft(unix_abi::linux::general::RLIMIT_FSIZE),
            synthetic: &view,
        };
        let _ = &$machine;
        $body
    }};
}
pub(crate) use {as_caller, as_caller_with};

impl<M: Machine> World<M> {
    /// The real time for time stamps.
    pub(crate) fn timestamp(&mut self) -> Timestamp {
        Timestamp::from_nanoseconds(self.machine.realtime() as i64)
    }

    pub(crate) fn task(&self, pid: Pid) -> &Task {
        extension(&self.processes, pid)
    }

    pub(crate) fn task_mut(&mut self, pid: Pid) -> &mut Task {
        extension_mut(&mut self.processes, pid)
    }

    pub(crate) fn is_alive(&self, pid: Pid) -> bool {
        self.processes
            .process(pid)
            .is_some_and(|process| process.extension().is_some())
    }

    pub(crate) fn space_of(&self, pid: Pid) -> usize {
        self.task(pid).space
    }

    pub(crate) fn handle(&self, pid: Pid) -> ProcessHandle {
        self.task(pid).handle
    }

    pub(crate) fn progress(&self, pid: Pid) -> &Progress {
        &self.task(pid).progress
    }

    pub(crate) fn progress_mut(&mut self, pid: Pid) -> &mut Progress {
        &mut self.task_mut(pid).progress
    }

    /// A soft limit of a process.
    pub(crate) fn limit(&self, pid: Pid, resource: u32) -> u64 {
        self.processes
            .process(pid)
            .map_or(0, |process| process.limits().soft(resource))
    }

    /// Calls the process' container by its number and the program's name: who looks at the containers from outside of the
    /// world knows nothing else of it.
    pub(crate) fn name_container(&mut self, pid: Pid) {
        let name = format!("{} {}", pid.0, self.name(pid));
        let handle = extension(&self.processes, pid).handle;
        self.machine.name_process(handle, &name);
    }

    /// The program's name, for people.
    pub(crate) fn name(&self, pid: Pid) -> String {
        let comm = self
            .processes
            .thread(pid.main_thread())
            .map(|thread| *thread.comm());
        comm.map_or_else(String::new, |comm| {
            String::from_utf8_lossy(comm.name()).into_owned()
        })
    }
}
