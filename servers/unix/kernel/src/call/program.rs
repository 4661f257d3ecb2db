// SPDX-License-Identifier: MIT OR Apache-2.0
//! Finding and opening what execve is to execute: `#!` lines, the file, its ELF header.
use super::exec::Wish;
use super::file::WORKING_DIRECTORY;
use crate::World;
use crate::machine::Machine;
use crate::memory::{HIGHEST, LOWEST};
use crate::world::as_caller;
use alloc::string::String;
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
            let at = Position::At((offset + done) as u64);
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
    pub(super) fn open_program(&mut self, pid: Pid, wish: &mut Wish) -> Result<Image> {
        for _ in 0..=script::MAXIMUM_DEPTH {
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
            match script? {
                Some(script) => {
                    wish.arguments = script.arguments(&wish.path, &wish.arguments);
                    wish.path = script.interpreter;
                    wish.base = WORKING_DIRECTORY;
                    wish.flags = 0;
                }
                None => {
                    let role = Role::Program {
                        allow_interpreter: true,
                    };
                    let path = wish.path.clone();
                    return self.open_image(pid, wish.base, &path, wish.flags, PROGRAM_BASE, role);
                }
            }
        }
        Err(Errno::ELOOP)
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
    ) -> Result<Image> {
        let target = Target {
            architecture: Architecture::NATIVE,
            user: LOWEST..HIGHEST,
            base: load_base,
        };
        let opened = self.open_executable(pid, base, path, flags);
        let opened = match (opened, &role) {
            (Err(error), Role::Interpreter) => Err((error, ElfError::InterpreterMissing)),
            (Err(error), _) => return Err(error),
            (Ok(description), _) => Ok(description),
        };
        let (description, error) = match opened {
            Ok(description) => {
                let plan = as_caller!(self, pid, |vfs, machine, caller| {
                    let mut reader = FileReader {
                        vfs,
                        machine,
                        caller,
                        description,
                    };
                    LoadPlan::read(&mut reader, &target, role)
                });
                let kind = self.vfs.description(description).kind;
                match (plan, kind) {
                    (Ok(plan), DescriptionKind::Regular(inode)) => {
                        return Ok(Image {
                            description,
                            inode,
                            plan,
                        });
                    }
                    (Ok(_), _) => (Some(description), (Errno::EACCES, None)),
                    (Err(error), _) => (Some(description), (error.errno(), Some(error))),
                }
            }
            // Linux says ENOENT for a program whose interpreter is not there.
            Err((errno, error)) => (None, (errno, Some(error))),
        };
        if let Some(description) = description {
            self.vfs.release(&mut self.machine, description);
        }
        // A file that is no ELF at all is for the shell to interpret; everything else is worth a
        // line, because the program that asked can only say "Exec format error".
        if let Some(error) = error.1.filter(|error| !matches!(error, ElfError::NotElf)) {
            let line = alloc::format!("{}: {error}", String::from_utf8_lossy(path));
            self.machine.report(&line);
        }
        Err(error.0)
    }
}
