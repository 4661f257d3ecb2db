// SPDX-License-Identifier: MIT OR Apache-2.0
//! Threads of a process: making one more, ending one.
use super::ProcessTable;
use crate::process::ThreadRef;
use crate::table::ids::Kind;
use crate::{AltStack, Comm, ExitStatus, PendingSignals, SignalSet, Thread, Tid};
use unix_abi::Errno;

impl<X> ProcessTable<X> {
    /// Makes another thread of the same process (`CLONE_THREAD`), with the caller's mask and
    /// name. `EAGAIN` as for fork, `ESRCH`.
    pub fn spawn_thread(&mut self, tid: Tid) -> Result<Tid, Errno> {
        let caller = self.thread_slot(tid).ok_or(Errno::ESRCH)?;
        let slot = self.threads[caller].process;
        self.room_for_one_more()?;
        self.room_for_user(slot)?;
        let new = Tid(self.ids.allocate().ok_or(Errno::EAGAIN)?);
        let old = &self.threads[caller];
        let thread = Thread {
            tid: new,
            process: slot,
            pid: old.pid,
            comm: old.comm,
            blocked: old.blocked,
            saved_mask: None,
            awaited: SignalSet::EMPTY,
            pending: PendingSignals::default(),
            alternate: AltStack::DISABLED,
            vfork_child: None,
            events_queued: 0,
        };
        let thread_slot = self.threads.insert(thread);
        self.ids.set(new.0, Kind::Thread, Some(thread_slot));
        self.processes[slot].threads.push(ThreadRef {
            tid: new,
            slot: thread_slot,
        });
        let uid = self.processes[slot].credentials.uid;
        self.add_task(uid);
        Ok(new)
    }

    /// Ends one thread (exit(2), not exit_group(2)). If it was the last one, the process ends
    /// with it, with the status of its first thread, and its extension comes back as from
    /// [`Self::exit`].
    pub fn exit_thread(&mut self, tid: Tid, status: ExitStatus) -> Option<X> {
        let thread = self.thread(tid)?;
        let (slot, pid) = (thread.process, thread.pid);
        let process = &mut self.processes[slot];
        if tid == pid.main_thread() {
            process.main_status = Some(status);
        }
        if process.threads.len() == 1 {
            let status = match process.dying {
                Some((signal, _)) => ExitStatus::Killed {
                    signal,
                    core_dumped: false,
                },
                None => process.main_status.unwrap_or(status),
            };
            return self.exit(pid, status);
        }
        process.threads.retain(|thread| thread.tid != tid);
        self.forget_thread(tid);
        // Signals for the process that it would have taken are for the others now.
        self.wake_for_shared(slot, SignalSet::ALL);
        None
    }

    /// Takes a thread out of the table (its process has to forget it too).
    pub(super) fn forget_thread(&mut self, tid: Tid) {
        let Some(thread_slot) = self.thread_slot(tid) else {
            return;
        };
        self.ids.set(tid.0, Kind::Thread, None);
        let mut thread = self.threads.remove(thread_slot);
        thread.pending.discard(SignalSet::ALL, |queued| {
            self.remove_queued_signal(queued.user)
        });
        if let Some(child) = thread.vfork_child {
            self.processes[child].vfork_parent = None;
        }
        if tid != thread.pid.main_thread() {
            let uid = self.processes[thread.process].credentials.uid;
            self.remove_task(uid);
        }
    }

    /// `PR_SET_NAME`, or a write to `/proc/PID/comm`.
    pub fn set_name(&mut self, tid: Tid, name: &[u8]) {
        if let Some(slot) = self.thread_slot(tid) {
            self.threads[slot].comm = Comm::new(name);
        }
    }
}
