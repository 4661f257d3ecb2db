// SPDX-License-Identifier: MIT OR Apache-2.0
//! The books by user: how many tasks and queued signals each has.
use super::ProcessTable;

impl<X> ProcessTable<X> {
    pub(super) fn add_task(&mut self, uid: u32) {
        self.tasks += 1;
        self.users.entry(uid).or_default().tasks += 1;
    }

    pub(super) fn remove_task(&mut self, uid: u32) {
        self.tasks = self.tasks.saturating_sub(1);
        self.remove_user_tasks(uid, 1);
    }

    /// Tasks that change hands by setuid.
    pub(super) fn move_tasks(&mut self, from: u32, to: u32, tasks: u64) {
        if from != to {
            self.users.entry(to).or_default().tasks += tasks;
            self.remove_user_tasks(from, tasks);
        }
    }

    fn remove_user_tasks(&mut self, uid: u32, tasks: u64) {
        if let Some(user) = self.users.get_mut(&uid) {
            user.tasks = user.tasks.saturating_sub(tasks);
        }
        self.forget_idle_user(uid);
    }

    pub(super) fn tasks_of_user(&self, uid: u32) -> u64 {
        self.users.get(&uid).map_or(0, |user| user.tasks)
    }

    /// Enters one more queued signal, if the user may have `limit` of them.
    pub(super) fn add_queued_signal(&mut self, uid: u32, limit: Option<u64>) -> bool {
        let user = self.users.entry(uid).or_default();
        if limit.is_some_and(|limit| user.queued_signals >= limit) {
            self.forget_idle_user(uid);
            return false;
        }
        user.queued_signals += 1;
        true
    }

    pub(super) fn remove_queued_signal(&mut self, uid: Option<u32>) {
        let Some(uid) = uid else { return };
        if let Some(user) = self.users.get_mut(&uid) {
            user.queued_signals = user.queued_signals.saturating_sub(1);
        }
        self.forget_idle_user(uid);
    }

    fn forget_idle_user(&mut self, uid: u32) {
        if self
            .users
            .get(&uid)
            .is_some_and(|user| user.tasks == 0 && user.queued_signals == 0)
        {
            self.users.remove(&uid);
        }
    }
}
