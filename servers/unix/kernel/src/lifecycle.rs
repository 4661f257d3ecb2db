// SPDX-License-Identifier: MIT OR Apache-2.0
//! How processes come and go: the second half of fork, the end, and what the table says must happen.
use crate::World;
use crate::call::Outcome;
use crate::machine::{Machine, ProcessHandle};
use crate::memory::Space;
use crate::task::{Activity, AfterRoutine, Progress, Request, Resumption, Task};
use crate::wait::{Key, Wait};
use alloc::boxed::Box;
use unix_abi::linux::general as linux;
use unix_abi::{Errno, Result};
use unix_gate::{Registers, Routine, address};
use unix_process::{CloneRequest, Event, ExitStatus, Pid, Signal};
use unix_vfs::{Event as FileEvent, Wait as FileWait};

/// Pages that have to be left for a fork to be allowed, beside those of the parent.
const FORK_HEADROOM: usize = 64;
/// Bytes of heap for each page of the child's, at most: an entry in a tree whose nodes are half full.
const BOOKS_OF_PAGE: usize = 2 * (size_of::<usize>() + size_of::<crate::memory::Resident>());

/// What a clone(2) wants beside a process of its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct CloneWish {
    /// The flags.
    pub flags: u64,
    /// The child's stack pointer; 0 for the parent's.
    pub stack: usize,
    /// Where the parent's memory gets the child's number.
    pub parent_tid: usize,
    /// Where the child's memory gets it.
    pub child_tid: usize,
    /// The child's thread pointer.
    pub thread_pointer: usize,
    /// Sent to the parent at the end; 0 for none.
    pub exit_signal: i32,
}

fn has(flags: u64, flag: u32) -> bool {
    flags & u64::from(flag) != 0
}

impl<M: Machine> World<M> {
    /// The gate has saved what the world cannot read: now the child is made. The parent's registers
    /// are those at its call.
    pub(crate) fn continue_fork(&mut self, pid: Pid, registers: Registers) {
        let wish = self.clone_wish(pid, &registers);
        let mut parent = registers;
        let made = wish.and_then(|wish| Ok((self.make_child(pid, &registers, &wish)?, wish)));
        match made {
            Ok((child, wish)) if has(wish.flags, linux::CLONE_VFORK) => {
                parent.complete_call(Ok(child.0 as usize));
                self.task_mut(pid).activity = Activity::VforkParent(parent);
            }
            Ok((child, _)) => {
                parent.complete_call(Ok(child.0 as usize));
                self.deliver(pid, parent);
            }
            Err(error) => {
                parent.complete_call(Err(error));
                self.deliver(pid, parent);
            }
        }
    }

    /// Makes the child and lets it run.
    fn make_child(&mut self, pid: Pid, registers: &Registers, wish: &CloneWish) -> Result<Pid> {
        let shares = has(wish.flags, linux::CLONE_VM);
        let request = CloneRequest {
            exit_signal: Signal::new(wish.exit_signal),
            shares_memory: shares,
            vfork: has(wish.flags, linux::CLONE_VFORK),
            parent: has(wish.flags, linux::CLONE_PARENT),
            shares_handlers: false,
            clears_handlers: wish.flags & u64::from(linux::CLONE_CLEAR_SIGHAND as u32) != 0
                && wish.flags >> 32 & 1 != 0,
        };
        let badge = self.badges.insert(pid) as u32;
        let task = self.child_task(pid, badge, shares);
        let mut task = match task {
            Ok(task) => Some(task),
            Err(error) => {
                self.badges.remove(badge as usize);
                return Err(error);
            }
        };
        let now = self.machine.now();
        let made = self
            .processes
            .fork(pid.main_thread(), &request, now, |_, _| {
                task.take().ok_or(Errno::EAGAIN)
            });
        let child = match made {
            Ok(child) => child,
            Err(error) => {
                if let Some(task) = task {
                    self.take_apart(task, pid);
                }
                return Err(error);
            }
        };
        self.badges[badge as usize] = child;
        // Who shares its parent's memory becomes something else at once.
        if !shares {
            self.name_container(child);
        }
        self.start_child(pid, child, registers, wish);
        Ok(child)
    }

    /// The child's own things, before the table knows it.
    fn child_task(&mut self, pid: Pid, badge: u32, shares: bool) -> Result<Task> {
        // What is left is for those that are there already: a program that only forks ends up here.
        let resident = self.spaces[self.space_of(pid)].resident.len();
        if self.machine.available() < FORK_HEADROOM + resident {
            return Err(Errno::EAGAIN);
        }
        if !shares && self.ensure_books(resident * BOOKS_OF_PAGE).is_err() {
            return Err(Errno::ENOMEM);
        }
        let handle = self
            .machine
            .create_process(badge)
            .map_err(|_| Errno::EAGAIN)?;
        let space = self.space_of(pid);
        let space = if shares {
            self.spaces[space].users += 1;
            self.machine.use_space(handle, self.spaces[space].handle);
            space
        } else {
            match self.fork_space(space, handle) {
                Ok(space) => space,
                Err(_) => {
                    self.machine.destroy_process(handle);
                    return Err(Errno::ENOMEM);
                }
            }
        };
        let World { vfs, processes, .. } = self;
        let parent = crate::world::extension(processes, pid);
        if let Some(executable) = parent.executable {
            vfs.hold(executable);
        }
        Ok(Task {
            handle,
            space,
            files: parent.files.fork(vfs),
            directories: vfs.clone_directories(&parent.directories),
            executable: parent.executable,
            badge,
            request: Request::default(),
            progress: Progress::default(),
            activity: Activity::Trap,
            clear_child_tid: 0,
            no_new_privileges: parent.no_new_privileges,
            call_registers: None,
            realtime_timers: Default::default(),
            user_time: 0,
            system_time: 0,
            faults: 0,
        })
    }

    /// The child's first steps: what clone's flags store, then the gate, then the program.
    fn start_child(&mut self, pid: Pid, child: Pid, registers: &Registers, wish: &CloneWish) {
        let number = child.0.to_le_bytes();
        let mut own = *registers;
        own.complete_call(Ok(0));
        if wish.stack != 0 {
            own.set_sp(wish.stack);
        }
        // Linux, too, does not undo a clone because of a bad pointer here.
        if has(wish.flags, linux::CLONE_PARENT_SETTID) {
            let _ = self.write_user(self.space_of(pid), wish.parent_tid, &number);
        }
        if has(wish.flags, linux::CLONE_CHILD_SETTID) {
            let _ = self.write_user(self.space_of(child), wish.child_tid, &number);
        }
        let task = self.task_mut(child);
        if has(wish.flags, linux::CLONE_CHILD_CLEARTID) {
            task.clear_child_tid = wish.child_tid;
        }
        let slot = context_slot();
        if has(wish.flags, linux::CLONE_SETTLS) {
            self.set_thread_pointer(child, &mut own, slot, wish.thread_pointer);
        }
        self.run_routine(
            child,
            &own,
            Routine::RestoreState,
            slot,
            AfterRoutine::Continue(own),
        );
    }

    /// CLONE_SETTLS: into the registers, or into the saved context where it is not among them.
    fn set_thread_pointer(
        &mut self,
        pid: Pid,
        registers: &mut Registers,
        slot: usize,
        pointer: usize,
    ) {
        if Registers::HOLDS_THREAD_POINTER {
            // clone_wish has refused what cannot be set.
            let _ = registers.set_thread_pointer(pointer);
        } else {
            let at = slot + unix_gate::context::Context::THREAD_POINTER;
            let _ = self.write_user(self.space_of(pid), at, &(pointer as u64).to_le_bytes());
        }
    }

    /// A process ends.
    pub(crate) fn end(&mut self, pid: Pid, status: ExitStatus) {
        if !self.is_alive(pid) {
            return;
        }
        if let Activity::Waiting(wait) = &self.task(pid).activity {
            let wait: Wait = wait.clone();
            self.waits.leave(pid, &wait);
        }
        let word = self.task(pid).clear_child_tid;
        if word != 0 && self.spaces[self.space_of(pid)].users > 1 {
            let space = self.space_of(pid);
            let _ = self.write_user(space, word, &[0; 4]);
        }
        self.charge(pid);
        if let Some(task) = self.processes.exit(pid, status) {
            self.take_apart(task, pid);
        }
    }

    /// Gives back everything that a process had.
    fn take_apart(&mut self, mut task: Task, pid: Pid) {
        self.machine.suspend(task.handle);
        task.files
            .close_all(&mut self.vfs, &mut self.machine, pid.0 as u32);
        self.vfs
            .release_directories(&mut self.machine, task.directories);
        if let Some(executable) = task.executable {
            self.vfs.release_place(&mut self.machine, executable);
        }
        if let Some(opening) = task.progress.opening {
            self.vfs.release(&mut self.machine, opening);
        }
        self.badges.remove(task.badge as usize);
        let owned = self.spaces[task.space].handle == task.handle;
        self.leave_space(task.space, task.handle);
        if !owned {
            self.machine.destroy_process(task.handle);
        }
    }

    /// A process does not use an address space any more. The space, and the process of the machine
    /// that holds it, end with the last user.
    pub(crate) fn leave_space(&mut self, space: usize, user: ProcessHandle) {
        let owner = self.spaces[space].handle;
        self.spaces[space].users -= 1;
        if owner == user {
            self.spaces[space].owner_gone = true;
        }
        if self.spaces[space].users == 0 {
            let gone = self.spaces[space].owner_gone;
            self.discard_space(space);
            if gone {
                self.machine.destroy_process(owner);
            }
        }
    }

    /// Gives an execing process an address space of its own again.
    pub(crate) fn own_space(&mut self, pid: Pid) -> usize {
        let (space, handle) = (self.space_of(pid), self.handle(pid));
        if self.spaces[space].handle == handle && self.spaces[space].users == 1 {
            self.empty_space(space);
            self.leave_code(space);
            return space;
        }
        self.leave_space(space, handle);
        let own = self.spaces.insert(Space::new(handle));
        self.machine.use_space(handle, handle);
        self.task_mut(pid).space = own;
        own
    }

    /// The reserve is spent: ends the process that has most pages, unless that is the one that asks or
    /// the first one. Whether something came back.
    pub(crate) fn relieve(&mut self, asking: Pid) -> bool {
        let mut largest: Option<(usize, Pid)> = None;
        let mut next = Pid(Pid::INIT.0 + 1);
        while let Some(process) = self.processes.next_process(next) {
            let pid = process.pid();
            next = Pid(pid.0 + 1);
            if let Some(task) = process.extension() {
                let pages = self.spaces[task.space].resident.len();
                largest = largest.max(Some((pages, pid)));
            }
        }
        match largest {
            Some((_, victim)) if victim != asking => {
                self.report_spent(victim);
                self.killed(victim, Signal::KILL, false);
                true
            }
            _ => false,
        }
    }

    /// Says that a process has to end because the reserve is spent.
    pub(crate) fn report_spent(&mut self, pid: Pid) {
        let line = alloc::format!(
            "{} ({}) was killed: the world's reserve is spent ({} pages in use)",
            self.name(pid),
            pid.0,
            self.machine.used()
        );
        self.machine.report(&line);
    }

    /// Tells the table of the processor time that a process has used.
    pub(crate) fn charge(&mut self, pid: Pid) {
        self.settle_account(pid);
        let task = self.task_mut(pid);
        let (user, system) = (task.user_time, task.system_time);
        (task.user_time, task.system_time) = (0, 0);
        let (faults, space) = (core::mem::take(&mut task.faults), task.space);
        self.processes.charge_time(pid, user, system);
        let resident = self
            .spaces
            .get(space)
            .map_or(0, |space| space.resident.len() as u64 * 4);
        if let Some(process) = self.processes.process_mut(pid) {
            process.usage.minor_faults += faults;
            process.usage.max_resident_kib = process.usage.max_resident_kib.max(resident);
        }
    }

    /// What the process table says must happen.
    pub(crate) fn on_process_event(&mut self, event: Event) {
        match event {
            Event::Wake(tid) => self.attend(Pid(tid.0)),
            Event::Stop(pid) => self.stop(pid),
            Event::Continue(pid) => self.resume_stopped(pid),
            Event::ChildChanged(pid) => self.waits.wake(Key::Child(pid)),
            Event::VforkDone(tid) => self.vfork_done(Pid(tid.0)),
            // There is one thread in a process.
            Event::ThreadEnds(_) | Event::Reaped(_) | Event::TerminalReleased(_) => {}
            Event::InitEnded(status) => self.init_ended(status),
        }
    }

    /// A process stops: what runs in its program is held; a trap's end sees to the rest.
    fn stop(&mut self, pid: Pid) {
        if self.is_alive(pid) && matches!(self.task(pid).activity, Activity::Program) {
            self.machine.suspend(self.handle(pid));
            let registers = self.program_registers(pid);
            self.task_mut(pid).activity =
                Activity::Stopped(Resumption::Registers(Box::new(registers)));
        }
    }

    fn resume_stopped(&mut self, pid: Pid) {
        if !self.is_alive(pid) {
            return;
        }
        match &self.task(pid).activity {
            Activity::Stopped(Resumption::Registers(registers)) => {
                let registers = **registers;
                self.deliver(pid, registers);
            }
            Activity::Stopped(Resumption::Call) => self.run_again(pid),
            _ => {}
        }
    }

    fn vfork_done(&mut self, pid: Pid) {
        if self.is_alive(pid)
            && let Activity::VforkParent(registers) = &self.task(pid).activity
        {
            let registers = *registers;
            self.deliver(pid, registers);
        }
    }

    fn init_ended(&mut self, status: ExitStatus) {
        if self.finished {
            return;
        }
        self.finished = true;
        self.flush_terminal();
        self.drain_outputs(None);
        let status = match status {
            ExitStatus::Exited(code) => code,
            ExitStatus::Killed { signal, .. } => 128 + signal.number() as u8,
        };
        self.machine.finish(status);
    }

    /// What the file system says must happen.
    pub(crate) fn on_file_event(&mut self, event: FileEvent) {
        match event {
            FileEvent::Wake(wait) => {
                self.waits.wake(Key::File(wait));
                match wait {
                    FileWait::Writable(inode) if self.is_input_pipe(inode) => {
                        self.input_has_room();
                    }
                    FileWait::Readable(inode) => self.drain_outputs(Some(inode)),
                    _ => {}
                }
            }
            FileEvent::Truncated {
                inode,
                first_page,
                pages,
            } => {
                self.unmap_file_pages(inode, first_page, pages);
            }
            FileEvent::ExternalClosed(_) | FileEvent::DeviceClosed(_) => {}
        }
    }

    /// exit(2), by the program itself.
    pub(crate) fn exit_call(&mut self, pid: Pid, code: usize) -> crate::call::Call {
        self.end(pid, ExitStatus::Exited(code as u8));
        Ok(Outcome::Gone)
    }
}

/// The context slot of a process's one thread.
pub(crate) fn context_slot() -> usize {
    address::CONTEXT_ADDRESS
}

/// Waiting for a file's readiness as a wait.
impl From<FileWait> for Wait {
    fn from(wait: FileWait) -> Self {
        Wait::on(Key::File(wait))
    }
}
