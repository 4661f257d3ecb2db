// SPDX-License-Identifier: MIT OR Apache-2.0
//! What execve(2) changes in the table.
use super::{ExecRequest, ProcessTable};
use crate::process::ThreadRef;
use crate::signal::Handlers;
use crate::table::fork::reset_handlers;
use crate::table::ids::Kind;
use crate::{AltStack, Comm, Event, Signal, Tid};
use alloc::{boxed::Box, vec, vec::Vec};
use unix_abi::Errno;

impl<X> ProcessTable<X> {
    /// execve(2) has succeeded. Handlers become the default, what is ignored stays ignored; the
    /// mask and what is pending stay; alternate stack and POSIX timers go; other threads end
    /// ([`Event::ThreadEnds`]); a vfork parent goes on. Gives the thread's number, which is now
    /// that of the process. `ESRCH`.
    pub fn exec(&mut self, tid: Tid, request: &ExecRequest<'_>) -> Result<Tid, Errno> {
        let thread_slot = self.thread_slot(tid).ok_or(Errno::ESRCH)?;
        let slot = self.threads[thread_slot].process;
        let tid = self.end_other_threads(slot, thread_slot);
        self.unshare_handlers(slot);
        let number = self.processes[slot].handlers;
        reset_handlers(&mut self.handlers[number].actions);
        self.delete_timers(slot);

        let process = &mut self.processes[slot];
        let pid = process.pid;
        process.execed = true;
        process.exec_count = process.exec_count.wrapping_add(1);
        process.exit_signal = Some(Signal::CHLD);
        let thread = &mut self.threads[thread_slot];
        thread.comm = Comm::new(request.name);
        thread.alternate = AltStack::DISABLED;

        self.change_credentials(pid, |credentials| {
            credentials.after_exec(request.set_uid, request.set_gid);
            Ok(())
        })?;
        let process = &mut self.processes[slot];
        let own = process.credentials.uid == process.credentials.euid
            && process.credentials.gid == process.credentials.egid;
        process.dumpable = u8::from(own && request.readable);
        self.finish_vfork(slot);
        Ok(tid)
    }

    /// The vfork parent of a process goes on.
    pub(super) fn finish_vfork(&mut self, slot: usize) {
        let Some(parent) = self.processes[slot].vfork_parent.take() else {
            return;
        };
        if let Some(thread) = self.thread_slot(parent) {
            self.threads[thread].vfork_child = None;
            self.say_vfork_done(thread);
        }
    }

    /// Leaves one thread, under the number of the process.
    fn end_other_threads(&mut self, slot: usize, thread_slot: usize) -> Tid {
        let main = self.processes[slot].pid.main_thread();
        let caller = self.threads[thread_slot].tid;
        let threads: Vec<_> = self.processes[slot]
            .threads()
            .filter(|&tid| tid != caller)
            .collect();
        for tid in threads {
            self.forget_thread(tid);
            self.say(Event::ThreadEnds(tid));
        }
        if caller != main {
            // The count of the first thread is the one that stays until the process is reaped.
            let uid = self.processes[slot].credentials.uid;
            self.remove_task(uid);
            self.ids.set(caller.0, Kind::Thread, None);
            self.ids.set(main.0, Kind::Thread, Some(thread_slot));
            let thread = &mut self.threads[thread_slot];
            thread.tid = main;
            thread.events_queued = 0;
            if let Some(child) = thread.vfork_child {
                self.processes[child].vfork_parent = Some(main);
            }
        }
        let process = &mut self.processes[slot];
        process.main_status = None;
        process.threads = vec![ThreadRef {
            tid: main,
            slot: thread_slot,
        }];
        main
    }

    fn unshare_handlers(&mut self, slot: usize) {
        let number = self.processes[slot].handlers;
        if self.handlers[number].references > 1 {
            let actions = self.handlers[number].actions;
            self.release_handlers(slot);
            self.processes[slot].handlers = self.handlers.insert(Box::new(Handlers {
                references: 1,
                actions,
            }));
        }
    }
}
