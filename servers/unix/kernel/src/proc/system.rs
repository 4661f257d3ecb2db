// SPDX-License-Identifier: MIT OR Apache-2.0
//! The text of the files of /proc that are about the system as a whole.
use super::Kind;
use crate::World;
use crate::call::system::{RELEASE, VERSION};
use crate::call::time::TICKS;
use crate::call::{CALLS, CallState};
use crate::machine::Machine;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;
use unix_abi::{Errno, Result};
use unix_pages::PAGE_SIZE;
use unix_process::Pid;
use uuid::Uuid;

/// A UUID of version 4.
pub(crate) fn random_uuid(machine: &mut impl Machine) -> Uuid {
    let mut bytes = [0; 16];
    machine.random(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

impl<M: Machine> World<M> {
    pub(super) fn system_contents(&mut self, kind: Kind) -> Result<Vec<u8>> {
        let text = match kind {
            Kind::Meminfo => self.meminfo(),
            Kind::Uptime => {
                let centiseconds = self.machine.now() / 10_000_000;
                let idle = self.idle_time() / 10_000_000;
                format!(
                    "{}.{:02} {}.{:02}\n",
                    centiseconds / 100,
                    centiseconds % 100,
                    idle / 100,
                    idle % 100
                )
            }
            Kind::Version => format!("Linux version {RELEASE} {VERSION}\n"),
            Kind::Cpuinfo => self.machine.processor(),
            Kind::Stat => self.system_stat(),
            Kind::Loadavg => {
                let running = self.count(|letter| letter == 'R');
                let all = self.processes.thread_count();
                format!(
                    "0.00 0.00 0.00 {running}/{all} {}\n",
                    self.processes.last_pid().0
                )
            }
            Kind::Filesystems => String::from("nodev\tproc\nnodev\ttmpfs\n"),
            Kind::Cmdline => String::from("croft\n"),
            Kind::CroftContainers => self.containers(),
            Kind::CroftCalls => self.calls(),
            Kind::SysHostname => format!("{}\n", String::from_utf8_lossy(&self.hostname)),
            Kind::SysOsrelease => format!("{RELEASE}\n"),
            Kind::SysOstype => String::from("Linux\n"),
            Kind::SysPidMax => String::from("32768\n"),
            Kind::SysNgroupsMax => format!("{}\n", unix_process::MAX_GROUPS),
            Kind::RandomBootId => format!("{}\n", self.boot_id),
            Kind::RandomUuid => format!("{}\n", random_uuid(&mut self.machine)),
            // What Linux says once its generator is ready, which this one is from the start.
            Kind::RandomEntropy | Kind::RandomPoolSize => String::from("256\n"),
            _ => return Err(Errno::EINVAL),
        };
        Ok(text.into_bytes())
    }

    /// The container tree, with the processes' numbers and names.
    fn containers(&mut self) -> String {
        // Who looks at the use wants to see what is needed, not what is kept to be quick.
        self.compact();
        let mut names = Vec::new();
        let mut next = Pid::INIT;
        while let Some(process) = self.processes.next_process(next) {
            let pid = process.pid();
            next = Pid(pid.0 + 1);
            if let Some(task) = process.extension() {
                names.push((task.handle, format!("{} {}", pid.0, self.name(pid))));
            }
        }
        self.machine.containers(&names)
    }

    fn meminfo(&self) -> String {
        let (total, free) = self.memory();
        let kib = |pages: usize| pages * (PAGE_SIZE / 1024);
        let cached = self.vfs.usage().pages;
        format!(
            "MemTotal:       {:8} kB\nMemFree:        {:8} kB\nMemAvailable:   {:8} kB\n\
             Buffers:               0 kB\nCached:         {:8} kB\nSwapCached:            0 kB\n\
             SwapTotal:             0 kB\nSwapFree:              0 kB\nShmem:          {:8} kB\n",
            kib(total),
            kib(free),
            kib(free),
            kib(cached),
            kib(cached),
        )
    }

    fn count(&self, wanted: impl Fn(char) -> bool) -> usize {
        let mut count = 0;
        let mut next = Pid::INIT;
        while let Some(process) = self.processes.next_process(next) {
            next = Pid(process.pid().0 + 1);
            count += usize::from(wanted(self.state_letter(process.pid())));
        }
        count
    }

    /// Processor time of all processes: in their programs and in the world.
    fn total_times(&mut self) -> (u64, u64) {
        let (mut user, mut system) = (0, 0);
        let mut next = Pid::INIT;
        while let Some(process) = self.processes.next_process(next) {
            let pid = process.pid();
            next = Pid(pid.0 + 1);
            if self.is_alive(pid) {
                self.charge(pid);
            }
            if let Some(process) = self.processes.process(pid) {
                user += process.usage.user_ns + process.children_usage().user_ns;
                system += process.usage.system_ns + process.children_usage().system_ns;
            }
        }
        (user, system)
    }

    fn idle_time(&mut self) -> u64 {
        let (user, system) = self.total_times();
        self.machine.now().saturating_sub(user + system)
    }

    fn system_stat(&mut self) -> String {
        let (user, system) = self.total_times();
        let idle = self.idle_time();
        let ticks = |nanoseconds: u64| nanoseconds / (1_000_000_000 / TICKS);
        let started = self.machine.realtime().saturating_sub(self.machine.now()) / 1_000_000_000;
        let times = format!(
            "{} 0 {} {} 0 0 0 0 0 0",
            ticks(user),
            ticks(system),
            ticks(idle)
        );
        format!(
            "cpu  {times}\ncpu0 {times}\nbtime {started}\nprocesses {}\nprocs_running {}\nprocs_blocked 0\n",
            self.processes.last_pid().0,
            self.count(|letter| letter == 'R'),
        )
    }

    /// Every system call that there is and its state; then what was asked for in vain.
    fn calls(&self) -> String {
        let mut text = String::new();
        for entry in CALLS {
            let _ = match entry.state {
                CallState::Full => writeln!(text, "{:<24}full", entry.call),
                CallState::Partial(missing) => {
                    writeln!(text, "{:<24}partial: {missing}", entry.call)
                }
                CallState::Stub(error) => writeln!(text, "{:<24}stub: {error:?}", entry.call),
            };
        }
        for (call, count) in &self.absent {
            let _ = writeln!(text, "{call:<24}absent, asked for {count} times");
        }
        text
    }
}
