// SPDX-License-Identifier: MIT OR Apache-2.0
//! Finding and opening what execve is to execute: `#!` lines, the file, its ELF header.
use super::exec::Wish;
use super::file::WORKING_DIRECTORY;
use super::refusal::{Attempt, Refusal};
use crate::World;
use crate::machine::Machine;
use crate::memory::{HIGHEST, LOWEST};
use crate::world::as_caller;
use alloc::vec::Vec;
use unix_abi::linux::general as linux;
use unix_abi::{Errno, Result};
use unix_exec::{Architecture, ElfError, ImageReader, LoadPlan, Role, Target, script};
use unix_gate::address;
use unix_process::Pid;
use unix_vfs::{
    Caller, DescriptionId, DescriptionKind, InodeId, Position, SliceSink, Transfer, Vfs,
};

/// Where a static-PIE program goes, and an interpreter: far from everything else.
pub(super) const PROGRAM_BASE: usize = 0x5555_5555_4000;
pub(super) const INTERPRETER_BASE: usize = address::STACK_TOP - (1 << 30);

/// Where programs may be: whoever checks programs before the world sees them must come to the same result.
const _: () = {
    let addresses = Architecture::NATIVE.program_addresses();
    assert!(addresses.start == LOWEST && addresses.end == HIGHEST);
};

/// An opened program file. Whoever has one gives the description back.
pub(super) struct Image {
    pub(super) description: DescriptionId,
    pub(super) inode: InodeId,
    pub(super) plan: LoadPlan,
}

struct FileReader<'a, M: Machine> {
    vfs: &'a mut Vfs,
    machine: &'a mut M,
    caller: &'a Caller<'a>,
    description: DescriptionId,
}

impl<M: Machine> ImageReader for FileReader<'_, M> {
    fn read_at(&mut self, offset: usize, buffer: &mut [u8]) -> Result<usize> {
        let mut done = 0;
        while done < buffer.len() {
            // No file reaches so far: what is said to be there is missing.
            let Some(at) = offset
                .checked_add(done)
                .filter(|at| i64::try_from(*at).is_ok())
            else {
                break;
            };
            let at = Position::At(at as u64);
            let rest = &mut buffer[done..];
            let length = rest.len();
            let sink = &mut SliceSink(rest);
            match self.vfs.read(
                self.machine,
                self.caller,
                self.description,
                at,
                length,
                sink,
            )? {
                Transfer::Done(0) => break,
                Transfer::Done(count) => done += count,
                _ => return Err(Errno::EIO),
            }
        }
        Ok(done)
    }
}

impl<M: Machine> World<M> {
    /// Opens the program, through all `#!` lines.
    pub(super) fn open_program(&mut self, pid: Pid, wish: &mut Wish) -> Attempt<Image> {
        let mut named_by: Option<Vec<u8>> = None;
        for _ in 0..=script::MAXIMUM_DEPTH {
            let opened = self.open_program_or_script(pid, wish);
            let opened = opened.map_err(|refusal| match &named_by {
                Some(script) => refusal.of_interpreter(script, &wish.path),
                None => refusal,
            })?;
            let script = match opened {
                Ok(image) => return Ok(image),
                Err(script) => script,
            };
            wish.arguments = script.arguments(&wish.path, &wish.arguments);
            named_by = Some(core::mem::replace(&mut wish.path, script.interpreter));
            wish.base = WORKING_DIRECTORY;
            wish.flags = 0;
        }
        Err(Errno::ELOOP.into())
    }

    /// One file: a program, or a script that names another file.
    fn open_program_or_script(
        &mut self,
        pid: Pid,
        wish: &Wish,
    ) -> Attempt<core::result::Result<Image, script::Script>> {
        let description = self.open_executable(pid, wish.base, &wish.path, wish.flags)?;
        let mut head = [0; script::HEAD];
        let read = as_caller!(self, pid, |vfs, machine, caller| {
            FileReader {
                vfs,
                machine,
                caller,
                description,
            }
            .read_at(0, &mut head)
        });
        let script = read.and_then(|length| script::parse(&head[..length]));
        self.vfs.release(&mut self.machine, description);
        if let Some(script) = script? {
            return Ok(Err(script));
        }
        let role = Role::Program {
            allow_interpreter: true,
        };
        self.open_image(pid, wish.base, &wish.path, wish.flags, PROGRAM_BASE, role)
            .map(Ok)
    }

    pub(super) fn open_executable(
        &mut self,
        pid: Pid,
        base: usize,
        path: &[u8],
        flags: u32,
    ) -> Result<DescriptionId> {
        let base = self.base(pid, base);
        let empty = flags & linux::AT_EMPTY_PATH != 0;
        let follow = super::directory::follow(flags);
        as_caller!(self, pid, |vfs, _machine, caller| vfs
            .open_executable(caller, base, path, follow, empty))
    }

    pub(super) fn open_image(
        &mut self,
        pid: Pid,
        base: usize,
        path: &[u8],
        flags: u32,
        load_base: usize,
        role: Role,
    ) -> Attempt<Image> {
        let target = Target {
            architecture: Architecture::NATIVE,
            user: Architecture::NATIVE.program_addresses(),
            base: load_base,
        };
        let description = self.open_executable(pid, base, path, flags)?;
        let plan = as_caller!(self, pid, |vfs, machine, caller| {
            let mut reader = FileReader {
                vfs,
                machine,
                caller,
                description,
            };
            LoadPlan::read(&mut reader, &target, role)
        });
        let total = self.most_memory();
        let refusal = match (plan, self.vfs.description(description).kind) {
            (Ok(plan), DescriptionKind::Regular(_)) if plan.zeros() > total => {
                let (zeros, total) = (plan.zeros() >> 10, total >> 10);
                let why =
                    alloc::format!("needs {zeros} KiB of memory, and the world has {total} KiB");
                Refusal::new(Errno::ENOMEM, path, why)
            }
            (Ok(plan), DescriptionKind::Regular(inode)) => {
                return Ok(Image {
                    description,
                    inode,
                    plan,
                });
            }
            (Ok(_), _) => Errno::EACCES.into(),
            (Err(error), _) if role == Role::Interpreter => {
                Refusal::new(Errno::ELIBBAD, path, error)
            }
            // A file that is no ELF at all is for the shell to interpret.
            (Err(ElfError::NotElf), _) => Errno::ENOEXEC.into(),
            (Err(error), _) => Refusal::new(error.errno(), path, error),
        };
        self.vfs.release(&mut self.machine, description);
        Err(refusal)
    }
}
