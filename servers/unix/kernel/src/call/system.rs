// SPDX-License-Identifier: MIT OR Apache-2.0
//! The system as a whole: uname, sysinfo, getrandom, host name, prctl, reboot.
use super::{Arguments, Call, DONE};
use crate::World;
use crate::layout::Layout;
use crate::machine::Machine;
use alloc::vec::Vec;
use unix_abi::Errno;
use unix_abi::linux::{general as linux, prctl as option};
use unix_exec::Architecture;
use unix_pages::PAGE_SIZE;
use unix_process::{Pid, Signal};

/// The Linux whose behaviour this system has; programs compare it with what they need.
pub(crate) const RELEASE: &str = "6.1.0-croft";
/// What uname(2) says after the release.
pub(crate) const VERSION: &str = concat!("Croft ", env!("CARGO_PKG_VERSION"), " on seL4");
/// Bytes in each field of struct utsname.
const FIELD: usize = 65;
/// Longest host name (HOST_NAME_MAX).
const HOST_NAME: usize = 64;

impl<M: Machine> World<M> {
    /// uname(2).
    pub(super) fn uname(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let fields: [&[u8]; 6] = [
            b"Linux",
            &self.hostname,
            RELEASE.as_bytes(),
            VERSION.as_bytes(),
            Architecture::NATIVE.name().as_bytes(),
            b"(none)",
        ];
        let mut bytes = Vec::with_capacity(6 * FIELD);
        for (index, field) in fields.iter().enumerate() {
            bytes.extend_from_slice(&field[..field.len().min(FIELD - 1)]);
            bytes.resize((index + 1) * FIELD, 0);
        }
        self.write_user(self.space_of(pid), arguments[0], &bytes)?;
        DONE
    }

    /// sethostname(2).
    pub(super) fn sethostname(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [address, length, ..] = arguments;
        if !self.credentials(pid).is_privileged() {
            return Err(Errno::EPERM);
        }
        if length > HOST_NAME {
            return Err(Errno::EINVAL);
        }
        let mut name = alloc::vec![0; length];
        self.read_user(self.space_of(pid), address, &mut name)?;
        self.hostname = name;
        DONE
    }

    /// Pages that the world can have, and that are free, as far as it knows.
    pub(crate) fn memory(&self) -> (usize, usize) {
        let free = self.machine.available();
        (free + self.machine.used(), free)
    }

    /// sysinfo(2).
    pub(super) fn sysinfo(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let (total, free) = self.memory();
        let uptime = self.machine.now() / 1_000_000_000;
        let processes = self.processes.process_count() as u16;
        let bytes = Layout::new()
            .u64(uptime)
            .bytes(&[0; 24])
            .u64((total * PAGE_SIZE) as u64)
            .u64((free * PAGE_SIZE) as u64)
            .bytes(&[0; 32])
            .u16(processes)
            .bytes(&[0; 6])
            .bytes(&[0; 16])
            .u32(1)
            .pad_to(size_of::<unix_abi::linux::system::sysinfo>())
            .finish();
        self.write_user(self.space_of(pid), arguments[0], &bytes)?;
        DONE
    }

    /// getrandom(2).
    pub(super) fn getrandom(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [address, length, flags, ..] = arguments;
        let known = linux::GRND_NONBLOCK | linux::GRND_RANDOM | linux::GRND_INSECURE;
        let both = linux::GRND_RANDOM | linux::GRND_INSECURE;
        if flags as u32 & !known != 0 || flags as u32 & both == both {
            return Err(Errno::EINVAL);
        }
        let slice = crate::memory::UserSlice::new(address, length.min(0x1ff_ffff))?;
        self.fill_random(pid, slice).map(Into::into)
    }

    /// prctl(2).
    pub(super) fn prctl(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [what, argument, ..] = arguments;
        let space = self.space_of(pid);
        let tid = pid.main_thread();
        match what as u32 {
            option::PR_SET_NAME => {
                let mut name = [0; 16];
                let slice = crate::memory::UserSlice::new(argument, 15)?;
                let length = self.read_user_part(space, slice, &mut name)?;
                let end = name[..length]
                    .iter()
                    .position(|byte| *byte == 0)
                    .unwrap_or(length);
                self.processes.set_name(tid, &name[..end]);
                self.name_container(pid);
                DONE
            }
            option::PR_GET_NAME => {
                let comm = self
                    .processes
                    .thread(tid)
                    .map(|thread| *thread.comm())
                    .ok_or(Errno::ESRCH)?;
                self.write_user(space, argument, comm.padded())?;
                DONE
            }
            option::PR_SET_PDEATHSIG => {
                let signal = match argument as i32 {
                    0 => None,
                    number => Some(Signal::new(number).ok_or(Errno::EINVAL)?),
                };
                self.processes.set_parent_death_signal(pid, signal);
                DONE
            }
            option::PR_SET_CHILD_SUBREAPER => {
                self.processes.set_subreaper(pid, argument != 0);
                DONE
            }
            option::PR_GET_DUMPABLE => Ok(self
                .processes
                .process(pid)
                .map_or(0, |process| process.dumpable as usize)
                .into()),
            option::PR_SET_DUMPABLE => {
                if argument > 1 {
                    return Err(Errno::EINVAL);
                }
                if let Some(process) = self.processes.process_mut(pid) {
                    process.dumpable = argument as u8;
                }
                DONE
            }
            option::PR_SET_NO_NEW_PRIVS if argument == 1 => {
                self.task_mut(pid).no_new_privileges = true;
                DONE
            }
            option::PR_GET_NO_NEW_PRIVS => Ok(usize::from(self.task(pid).no_new_privileges).into()),
            _ => Err(Errno::EINVAL),
        }
    }

    /// arch_prctl(2): the thread pointer. GS belongs to seL4 here.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn arch_prctl(&mut self, pid: Pid, arguments: Arguments) -> Call {
        /// From asm/prctl.h, which no crate carries.
        const ARCH_SET_FS: usize = 0x1002;
        const ARCH_GET_FS: usize = 0x1003;
        let [what, address, ..] = arguments;
        match what {
            ARCH_SET_FS => {
                let mut registers = self.program_registers(pid);
                registers.set_thread_pointer(address)?;
                self.task_mut(pid).call_registers = Some(registers);
                DONE
            }
            ARCH_GET_FS => {
                let base = self.program_registers(pid).fs_base;
                self.write_user(self.space_of(pid), address, &base.to_le_bytes())?;
                DONE
            }
            _ => Err(Errno::EINVAL),
        }
    }

    /// reboot(2): the run is over.
    pub(super) fn reboot(&mut self, pid: Pid, arguments: Arguments) -> Call {
        /// From linux/reboot.h, which no crate carries.
        const MAGIC: u32 = 0xfee1_dead;
        const SECOND_MAGICS: [u32; 4] = [672_274_793, 85_072_278, 369_367_448, 537_993_216];
        const CONTROL_ALT_DELETE: [u32; 2] = [0, 0x89ab_cdef];
        let [first, second, command, ..] = arguments.map(|argument| argument as u32);
        if !self.credentials(pid).is_privileged() {
            return Err(Errno::EPERM);
        }
        if first != MAGIC || !SECOND_MAGICS.contains(&second) {
            return Err(Errno::EINVAL);
        }
        if CONTROL_ALT_DELETE.contains(&command) {
            return DONE;
        }
        self.flush_terminal();
        self.drain_outputs(None);
        self.finished = true;
        self.machine.finish(0);
        DONE
    }

    /// rseq(2), membarrier(2): the C libraries do without.
    pub(super) fn no_call(&mut self, _: Pid, _: Arguments) -> Call {
        Err(Errno::ENOSYS)
    }
}
