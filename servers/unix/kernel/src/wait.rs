// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who waits for what.
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;
use core::mem::take;
use unix_process::Pid;
use unix_vfs::Wait as FileWait;

/// Something that can happen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Key {
    /// The terminal has something to read.
    Terminal,
    /// Something in the file system: a pipe's end, a FIFO's opening, a lock.
    File(FileWait),
    /// A child of this process has changed its state.
    Child(Pid),
    /// The vfork child of this process runs in its own address space, or has ended.
    VforkDone(Pid),
    /// A futex word: the page behind it and the offset in the page.
    Futex(u32, u16),
}

/// How a wait ends when a signal arrives; signal(7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Interrupt {
    /// Runs again if the handler says SA_RESTART, else EINTR.
    Restart,
    /// Runs again only if no handler runs, else EINTR whatever the handler says.
    RestartWithoutHandler,
    /// Not interrupted at all, but by what kills.
    Never,
}

/// What a parked system call waits for.
#[derive(Clone, Debug)]
pub struct Wait {
    /// Any of these lets it run again.
    pub keys: Vec<Key>,
    /// So does this time (the machine's clock, nanoseconds).
    pub deadline: Option<u64>,
    /// What signals do to it.
    pub interrupt: Interrupt,
}

impl Wait {
    /// Waits for one thing, restartable.
    pub fn on(key: Key) -> Self {
        Wait {
            keys: alloc::vec![key],
            deadline: None,
            interrupt: Interrupt::Restart,
        }
    }

    /// Waits for a signal only.
    pub fn for_signal() -> Self {
        Wait {
            keys: Vec::new(),
            deadline: None,
            interrupt: Interrupt::RestartWithoutHandler,
        }
    }

    /// The same with a deadline.
    pub fn until(mut self, deadline: Option<u64>) -> Self {
        self.deadline = deadline;
        self
    }

    /// The same with another rule for signals.
    pub fn interrupted(mut self, interrupt: Interrupt) -> Self {
        self.interrupt = interrupt;
        self
    }
}

/// All wait queues of a world, and who is ready to run again.
#[derive(Default)]
pub struct WaitQueues {
    queues: BTreeMap<Key, Vec<Pid>>,
    deadlines: BTreeSet<(u64, Pid)>,
    ready: VecDeque<Pid>,
}

impl WaitQueues {
    /// Builds the tables anew, as small as they can be.
    pub fn compact(&mut self) {
        let anew = |(key, queue): (Key, Vec<Pid>)| (key, queue.as_slice().to_vec());
        self.queues = take(&mut self.queues).into_iter().map(anew).collect();
        self.deadlines = take(&mut self.deadlines).into_iter().collect();
        let ready = take(&mut self.ready);
        self.ready = VecDeque::with_capacity(ready.len());
        self.ready.extend(ready);
    }

    /// Enters a process into the queues of what it waits for.
    pub fn park(&mut self, pid: Pid, wait: &Wait) {
        for key in &wait.keys {
            let queue = self.queues.entry(*key).or_default();
            if !queue.contains(&pid) {
                queue.push(pid);
            }
        }
        if let Some(deadline) = wait.deadline {
            self.deadlines.insert((deadline, pid));
        }
    }

    /// Takes a process out of the queues of what it waited for.
    pub fn leave(&mut self, pid: Pid, wait: &Wait) {
        for key in &wait.keys {
            if let Some(queue) = self.queues.get_mut(key) {
                queue.retain(|waiting| *waiting != pid);
                if queue.is_empty() {
                    self.queues.remove(key);
                }
            }
        }
        if let Some(deadline) = wait.deadline {
            self.deadlines.remove(&(deadline, pid));
        }
    }

    /// Something has happened: whoever waits for it is ready.
    pub fn wake(&mut self, key: Key) {
        if let Some(queue) = self.queues.get(&key) {
            for pid in queue {
                if !self.ready.contains(pid) {
                    self.ready.push_back(*pid);
                }
            }
        }
    }

    /// The same for at most `most` of those who wait, the longest waiting first; how many.
    pub fn wake_some(&mut self, key: Key, most: usize) -> usize {
        let Some(queue) = self.queues.get_mut(&key) else {
            return 0;
        };
        let count = queue.len().min(most);
        for pid in queue.drain(..count) {
            if !self.ready.contains(&pid) {
                self.ready.push_back(pid);
            }
        }
        if queue.is_empty() {
            self.queues.remove(&key);
        }
        count
    }

    /// This process should look again, whatever it waits for.
    pub fn wake_process(&mut self, pid: Pid) {
        if !self.ready.contains(&pid) {
            self.ready.push_back(pid);
        }
    }

    /// Everyone whose deadline has come is ready.
    pub fn expire(&mut self, now: u64) {
        while let Some((deadline, pid)) = self.deadlines.first().copied() {
            if deadline > now {
                break;
            }
            self.deadlines.remove(&(deadline, pid));
            self.wake_process(pid);
        }
    }

    /// The next deadline.
    pub fn next_deadline(&self) -> Option<u64> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// The next process that should look again.
    pub fn take_ready(&mut self) -> Option<Pid> {
        self.ready.pop_front()
    }
}
