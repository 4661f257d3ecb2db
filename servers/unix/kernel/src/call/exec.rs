// SPDX-License-Identifier: MIT OR Apache-2.0
//! execve: another program in the same process.
use super::file::WORKING_DIRECTORY;
use super::program::{INTERPRETER_BASE, Image};
use super::refusal::Attempt;
use super::{Arguments, Call, Outcome};
use crate::World;
use crate::lifecycle::context_slot;
use crate::machine::Machine;
use crate::task::AfterRoutine;
use crate::world::as_caller;
use alloc::vec::Vec;
use unix_abi::linux::general as linux;
use unix_abi::{Errno, Result};
use unix_exec::stack::{self, Auxiliary, Identity, InitialStack, StackRequest};
use unix_exec::{Architecture, Role};
use unix_gate::{Registers, Routine, address, signal::MINIMUM_STACK};
use unix_pages::PAGE_SIZE;
use unix_process::{ExecRequest, Pid, Signal};

/// How large the stack can become, whatever RLIMIT_STACK says.
const LARGEST_STACK: usize = 64 << 20;

/// Everything that execve needs before the old program is given up.
struct Prepared {
    image: Image,
    interpreter: Option<Image>,
    stack: InitialStack,
    stack_limit: usize,
    /// Last part of the path.
    name: Vec<u8>,
    /// What the set-user-ID and set-group-ID bits make the process.
    ids: SetIds,
}

/// The user and the group that a program file gives to whoever executes it.
type SetIds = (Option<u32>, Option<u32>);

/// What to execute: changes as `#!` lines are followed.
pub(super) struct Wish {
    pub(super) base: usize,
    pub(super) path: Vec<u8>,
    pub(super) flags: u32,
    pub(super) arguments: Vec<Vec<u8>>,
}

impl<M: Machine> World<M> {
    /// execve(2).
    pub(super) fn execve(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [path, list, environment, ..] = arguments;
        self.execveat(pid, [WORKING_DIRECTORY, path, list, environment, 0, 0])
    }

    /// execveat(2).
    pub(super) fn execveat(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [base, path, list, environment, flags, _] = arguments;
        let known = linux::AT_EMPTY_PATH | linux::AT_SYMLINK_NOFOLLOW;
        let flags = super::directory::check_flags(flags, known)?;
        let space = self.space_of(pid);
        let path = self.read_path(space, path)?;
        let arguments = self.read_strings(pid, list)?;
        let environment = self.read_strings(pid, environment)?;
        let wish = Wish {
            base,
            path,
            flags,
            arguments,
        };
        match self.prepare(pid, wish, &environment) {
            Ok(prepared) => {
                self.replace_program(pid, prepared);
                Ok(Outcome::Gate)
            }
            Err(refusal) => {
                // The program that asked can only say what the number means.
                if let Some(reason) = &refusal.reason {
                    self.machine.report(reason);
                }
                Err(refusal.errno)
            }
        }
    }

    /// The first program of a world: the same, without a program that asks.
    pub(crate) fn exec_first(
        &mut self,
        pid: Pid,
        path: &[u8],
        arguments: Vec<Vec<u8>>,
        environment: &[Vec<u8>],
    ) -> Attempt<()> {
        let wish = Wish {
            base: WORKING_DIRECTORY,
            path: path.to_vec(),
            flags: 0,
            arguments,
        };
        let prepared = self.prepare(pid, wish, environment)?;
        self.replace_program(pid, prepared);
        Ok(())
    }

    /// An array of string pointers; a null array is an empty one.
    fn read_strings(&mut self, pid: Pid, address: usize) -> Result<Vec<Vec<u8>>> {
        let space = self.space_of(pid);
        let mut strings = Vec::new();
        let mut total = 0;
        if address == 0 {
            return Ok(strings);
        }
        for index in 0.. {
            let at = address.checked_add(index * 8).ok_or(Errno::EFAULT)?;
            let pointer = self.read_user_word(space, at)? as usize;
            if pointer == 0 {
                break;
            }
            let string =
                self.read_user_string(space, pointer, stack::MAXIMUM_STRING - 1, Errno::E2BIG)?;
            total += string.len() + 9;
            if total > stack::MAXIMUM_TOTAL {
                return Err(Errno::E2BIG);
            }
            strings.push(string);
        }
        Ok(strings)
    }

    /// Everything that can fail without harm.
    fn prepare(&mut self, pid: Pid, mut wish: Wish, environment: &[Vec<u8>]) -> Attempt<Prepared> {
        let executable = wish.path.clone();
        let image = self.open_program(pid, &mut wish)?;
        let ids = self.set_ids(pid, &image);
        let result = self.prepare_image(pid, &wish, &executable, environment, &image, ids);
        match result {
            Ok((interpreter, stack, stack_limit)) => {
                let name = executable
                    .rsplit(|byte| *byte == b'/')
                    .next()
                    .unwrap_or_default();
                Ok(Prepared {
                    image,
                    interpreter,
                    stack,
                    stack_limit,
                    name: name.to_vec(),
                    ids,
                })
            }
            Err(error) => {
                self.vfs.release(&mut self.machine, image.description);
                Err(error)
            }
        }
    }

    fn prepare_image(
        &mut self,
        pid: Pid,
        wish: &Wish,
        executable: &[u8],
        environment: &[Vec<u8>],
        image: &Image,
        (set_uid, set_gid): SetIds,
    ) -> Attempt<(Option<Image>, InitialStack, usize)> {
        let interpreter = match &image.plan.interpreter {
            Some(path) => Some(
                self.open_image(
                    pid,
                    WORKING_DIRECTORY,
                    path,
                    0,
                    INTERPRETER_BASE,
                    Role::Interpreter,
                )
                .map_err(|refusal| refusal.of_interpreter(&wish.path, path))?,
            ),
            None => None,
        };
        let stack_limit = (self
            .limit(pid, linux::RLIMIT_STACK)
            .min(LARGEST_STACK as u64) as usize)
            .max(128 << 10)
            & !(PAGE_SIZE - 1);
        let credentials = self.credentials(pid);
        let identity = Identity {
            user: credentials.uid,
            effective_user: set_uid.unwrap_or(credentials.euid),
            group: credentials.gid,
            effective_group: set_gid.unwrap_or(credentials.egid),
            secure: set_uid.is_some_and(|uid| uid != credentials.uid)
                || set_gid.is_some_and(|gid| gid != credentials.gid),
        };
        let mut auxiliary = Auxiliary::of(&image.plan, identity, MINIMUM_STACK);
        (auxiliary.hardware, auxiliary.hardware2) = self.machine.hardware_capabilities();
        if let Some(interpreter) = &interpreter {
            auxiliary.interpreter_base = interpreter.plan.bias;
        }
        let mut random = [0; 16];
        self.machine.random(&mut random);
        let request = StackRequest {
            architecture: Architecture::NATIVE,
            top: address::STACK_TOP,
            limit: stack_limit,
            arguments: &wish.arguments,
            environment,
            executable,
            random,
            auxiliary: &auxiliary,
        };
        let stack = stack::build(&request).inspect_err(|_| {
            if let Some(interpreter) = &interpreter {
                self.vfs.release(&mut self.machine, interpreter.description);
            }
        })?;
        Ok((interpreter, stack, stack_limit))
    }

    /// What the file's mode says of the ids of its processes (execve(2)).
    fn set_ids(&mut self, pid: Pid, image: &Image) -> SetIds {
        let place = self.vfs.description(image.description).place;
        let stat = as_caller!(self, pid, |vfs, _machine, caller| vfs.stat(caller, place));
        let Some(stat) = stat.ok().filter(|_| !self.task(pid).no_new_privileges) else {
            return (None, None);
        };
        let uid = (stat.mode & linux::S_ISUID != 0).then_some(stat.uid);
        // Without the group's execute bit the other one means mandatory locking.
        let both = linux::S_ISGID | linux::S_IXGRP;
        (uid, (stat.mode & both == both).then_some(stat.gid))
    }

    /// The point of no return: the old program goes, the new one comes.
    fn replace_program(&mut self, pid: Pid, prepared: Prepared) {
        let Prepared {
            image,
            interpreter,
            stack,
            stack_limit,
            name,
            ids,
        } = prepared;
        let executable = self.vfs.description(image.description).place;
        self.vfs.hold(executable);
        let space = self.own_space(pid);
        let loaded = self.load(space, &image, interpreter.as_ref(), &stack, stack_limit);
        let entry = interpreter
            .as_ref()
            .map_or(image.plan.entry, |image| image.plan.entry);
        for image in [Some(image), interpreter].into_iter().flatten() {
            self.vfs.release(&mut self.machine, image.description);
        }
        let World {
            vfs,
            machine,
            processes,
            ..
        } = self;
        let task = crate::world::extension_mut(processes, pid);
        task.files.close_marked(vfs, machine, pid.0 as u32);
        task.clear_child_tid = 0;
        task.call_registers = None;
        task.realtime_timers.clear();
        if let Some(old) = task.executable.replace(executable) {
            vfs.release_place(machine, old);
        }
        let (set_uid, set_gid) = ids;
        let request = ExecRequest {
            name: &name,
            set_uid,
            set_gid,
            readable: true,
        };
        let execed = self.processes.exec(pid.main_thread(), &request);
        if loaded.is_err() || execed.is_err() {
            self.report_spent(pid);
            self.killed(pid, Signal::KILL, false);
            return;
        }
        self.name_container(pid);
        self.task_mut(pid).progress = Default::default();
        let registers = Registers::for_program(entry, stack.pointer);
        let after = AfterRoutine::Continue(registers);
        self.run_routine(
            pid,
            &registers,
            Routine::InitialState,
            context_slot(),
            after,
        );
    }
}
