// SPDX-License-Identifier: MIT OR Apache-2.0
//! The text of the files of one process.
use super::{Kind, Node};
use crate::World;
use crate::call::time::TICKS;
use crate::machine::Machine;
use crate::memory::UserSlice;
use crate::task::Activity;
use crate::world::as_caller;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;
use unix_abi::{Errno, Result};
use unix_pages::PAGE_SIZE;
use unix_process::{Pid, State};
use unix_vfs::NodeId;

impl<M: Machine> World<M> {
    /// The contents of a file of /proc as they are now.
    pub(crate) fn synthetic_contents(&mut self, pid: Pid, node: NodeId) -> Result<Vec<u8>> {
        let node = Node::from_id(node)?;
        if node.pid.0 == 0 {
            return self.system_contents(node.kind);
        }
        if self.processes.process(node.pid).is_none() {
            return Err(Errno::ESRCH);
        }
        let text = match node.kind {
            Kind::ProcessStat => self.process_stat(node.pid),
            Kind::ProcessStatm => self.process_statm(node.pid),
            Kind::ProcessStatus => self.process_status(node.pid),
            Kind::ProcessComm => format!("{}\n", self.name(node.pid)),
            Kind::ProcessCmdline => return Ok(self.strings(node.pid, true)),
            Kind::ProcessEnviron => return Ok(self.strings(node.pid, false)),
            Kind::ProcessMaps => self.process_maps(node.pid),
            Kind::ProcessMounts => self.mounts(pid),
            Kind::ProcessLimits => self.process_limits(node.pid),
            _ => return Err(Errno::EINVAL),
        };
        Ok(text.into_bytes())
    }

    /// A write to a file of /proc.
    pub(crate) fn synthetic_write(&mut self, pid: Pid, node: NodeId, bytes: &[u8]) -> Result<()> {
        let node = Node::from_id(node)?;
        let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        match node.kind {
            Kind::SysHostname if self.credentials(pid).is_privileged() && line.len() <= 64 => {
                self.hostname = line.to_vec();
                Ok(())
            }
            Kind::ProcessComm if node.pid == pid => {
                self.processes.set_name(pid.main_thread(), line);
                self.name_container(pid);
                Ok(())
            }
            _ => Err(Errno::EACCES),
        }
    }

    /// argv or the environment, as it lies in the process's memory.
    fn strings(&mut self, pid: Pid, arguments: bool) -> Vec<u8> {
        if !self.is_alive(pid) {
            return Vec::new();
        }
        let index = self.space_of(pid);
        let space = self.space(index);
        let (start, end) = if arguments {
            space.argument_range
        } else {
            space.environment_range
        };
        let length = end.saturating_sub(start).min(2 << 20);
        let mut bytes = alloc::vec![0; length];
        let read = UserSlice::new(start, length)
            .and_then(|slice| self.read_user_part(index, slice, &mut bytes));
        bytes.truncate(read.unwrap_or(0));
        bytes
    }

    /// R, S, T or Z.
    pub(super) fn state_letter(&self, pid: Pid) -> char {
        let Some(process) = self.processes.process(pid) else {
            return 'X';
        };
        match process.state() {
            State::Zombie(_) => 'Z',
            State::Stopped(_) => 'T',
            State::Running => match process.extension().map(|task| &task.activity) {
                Some(Activity::Waiting(_) | Activity::VforkParent(_)) => 'S',
                _ => 'R',
            },
        }
    }

    /// Address space and resident pages, in bytes and pages.
    fn sizes(&self, pid: Pid) -> (usize, usize) {
        match self.is_alive(pid) {
            true => {
                let space = self.space(self.space_of(pid));
                (space.size(), space.resident.len())
            }
            false => (0, 0),
        }
    }

    /// proc(5), /proc/PID/stat: 52 fields.
    fn process_stat(&mut self, pid: Pid) -> String {
        if self.is_alive(pid) {
            self.charge(pid);
        }
        let (size, resident) = self.sizes(pid);
        let Some(process) = self.processes.process(pid) else {
            return String::new();
        };
        let ticks = |nanoseconds: u64| nanoseconds / (1_000_000_000 / TICKS);
        let (own, children) = (&process.usage, process.children_usage());
        let terminal = process.terminal();
        let foreground = terminal
            .and_then(|terminal| self.processes.foreground(pid, terminal).ok())
            .unwrap_or(-1);
        let terminal = terminal.map_or(0, |_| crate::console::FIRST_TERMINAL.encode());
        let threads = process.threads().count();
        let (start, nice) = (ticks(process.start_ns()), process.nice);
        let (ignored, caught) = self.processes.dispositions(pid);
        let mut text = format!(
            "{} ({}) {} {} {} {} {terminal} {foreground} 0 {} {} {} {} {} {} {} {} {} {nice} \
             {threads} 0 {start} {size} {resident} 18446744073709551615",
            pid.0,
            self.name(pid),
            self.state_letter(pid),
            process.parent(),
            process.group().0,
            process.session().0,
            own.minor_faults,
            children.minor_faults,
            own.major_faults,
            children.major_faults,
            ticks(own.user_ns),
            ticks(own.system_ns),
            ticks(children.user_ns),
            ticks(children.system_ns),
            20 + i32::from(nice),
        );
        // Code and stack addresses, then signals, then what there is no more to be said of.
        let blocked = self
            .processes
            .thread(pid.main_thread())
            .map_or(0, |thread| thread.mask().0);
        let _ = writeln!(
            text,
            " 0 0 0 0 0 {} {} {} {} 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0",
            process.pending().0,
            blocked,
            ignored.0,
            caught.0
        );
        text
    }

    /// /proc/PID/statm: pages.
    fn process_statm(&self, pid: Pid) -> String {
        let (size, resident) = self.sizes(pid);
        let pages = size / PAGE_SIZE;
        format!("{pages} {resident} 0 0 0 {pages} 0\n")
    }

    fn process_status(&self, pid: Pid) -> String {
        let Some(process) = self.processes.process(pid) else {
            return String::new();
        };
        let (size, resident) = self.sizes(pid);
        let letter = self.state_letter(pid);
        let word = match letter {
            'R' => "running",
            'S' => "sleeping",
            'T' => "stopped",
            _ => "zombie",
        };
        let who = process.credentials();
        let (ignored, caught) = self.processes.dispositions(pid);
        let thread = self.processes.thread(pid.main_thread());
        let (own_pending, blocked) =
            thread.map_or((0, 0), |thread| (thread.pending().0, thread.mask().0));
        let umask = process
            .extension()
            .map_or(0o22, |task| task.directories.umask);
        let descriptors = process
            .extension()
            .map_or(0, |task| task.files.iter().count());
        let mut groups = String::new();
        for group in who.groups.iter() {
            let _ = write!(groups, "{group} ");
        }
        format!(
            "Name:\t{}\nUmask:\t{umask:04o}\nState:\t{letter} ({word})\nTgid:\t{1}\nNgid:\t0\nPid:\t{1}\n\
             PPid:\t{2}\nTracerPid:\t0\nUid:\t{3}\t{4}\t{5}\t{6}\nGid:\t{7}\t{8}\t{9}\t{10}\n\
             FDSize:\t{11}\nGroups:\t{groups}\nVmPeak:\t{12} kB\nVmSize:\t{12} kB\nVmRSS:\t{13} kB\n\
             Threads:\t{14}\nSigPnd:\t{own_pending:016x}\nShdPnd:\t{15:016x}\nSigBlk:\t{blocked:016x}\n\
             SigIgn:\t{16:016x}\nSigCgt:\t{17:016x}\n",
            self.name(pid),
            pid.0,
            process.parent(),
            who.uid,
            who.euid,
            who.suid,
            who.fsuid,
            who.gid,
            who.egid,
            who.sgid,
            who.fsgid,
            descriptors.next_power_of_two().max(64),
            size / 1024,
            resident * PAGE_SIZE / 1024,
            process.threads().count(),
            process.pending().0,
            ignored.0,
            caught.0,
        )
    }

    fn process_limits(&self, pid: Pid) -> String {
        const NAMES: [(&str, &str); unix_process::RESOURCES] = [
            ("Max cpu time", "seconds"),
            ("Max file size", "bytes"),
            ("Max data size", "bytes"),
            ("Max stack size", "bytes"),
            ("Max core file size", "bytes"),
            ("Max resident set", "bytes"),
            ("Max processes", "processes"),
            ("Max open files", "files"),
            ("Max locked memory", "bytes"),
            ("Max address space", "bytes"),
            ("Max file locks", "locks"),
            ("Max pending signals", "signals"),
            ("Max msgqueue size", "bytes"),
            ("Max nice priority", ""),
            ("Max realtime priority", ""),
            ("Max realtime timeout", "us"),
        ];
        let Some(process) = self.processes.process(pid) else {
            return String::new();
        };
        let shown = |value: u64| match value {
            unix_process::INFINITY => String::from("unlimited"),
            value => format!("{value}"),
        };
        let mut text = format!(
            "{:<26}{:<21}{:<21}{:<10}\n",
            "Limit", "Soft Limit", "Hard Limit", "Units"
        );
        for (resource, (name, unit)) in NAMES.iter().enumerate() {
            if let Ok(limit) = process.limits().get(resource as u32) {
                let (soft, hard) = (shown(limit.soft), shown(limit.hard));
                let _ = writeln!(text, "{name:<26}{soft:<21}{hard:<21}{unit:<10}");
            }
        }
        text
    }

    /// /proc/PID/mounts, as the reader sees it.
    fn mounts(&mut self, pid: Pid) -> String {
        let mounts: Vec<_> = self
            .vfs
            .mounts()
            .map(|mount| {
                (
                    String::from_utf8_lossy(mount.source).into_owned(),
                    mount.file_system,
                    mount.place,
                )
            })
            .collect();
        let mut text = String::new();
        for (source, kind, place) in mounts {
            let mut path = Vec::new();
            as_caller!(self, pid, |vfs, _machine, caller| vfs
                .path_of(caller, place, &mut path));
            let _ = writeln!(
                text,
                "{source} {} {kind} rw 0 0",
                String::from_utf8_lossy(&path)
            );
        }
        text
    }
}
