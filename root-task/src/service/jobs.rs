// SPDX-License-Identifier: MIT OR Apache-2.0
//! What waits to be done because it takes long, and whose turn it is ([`super::work`] does it).
use alloc::collections::VecDeque;
use core::cmp::Reverse;

use croft_container_tree::{BlockHandle, ContainerId, Revoke, Rising, Slot};
use croft_ipc::KeptRequest;

use crate::worker::Worker;

/// What is to be done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// Destroy the container.
    Destroy,
    /// Dissolve it.
    Dissolve,
    /// Have it and all below it follow what was set, from that container on.
    Follow(Option<ContainerId>),
    /// Have a block cleared, and then answer a request that failed because it was not.
    Clear(BlockHandle, KeptRequest),
    /// Take a block back. What is to be revoked next for that: first itself.
    Deallocate(BlockHandle, Option<BlockHandle>),
}

impl Task {
    /// Whether the container ends by that.
    pub(super) const fn ends(&self) -> bool {
        matches!(self, Self::Destroy | Self::Dissolve)
    }
}

/// A destruction, or something else that may take long.
#[derive(Clone, Copy)]
pub(super) struct Job {
    pub(super) top: ContainerId,
    pub(super) task: Task,
    /// The badge of who asked; `None`: the root task itself, or nobody any more.
    pub(super) by: Option<u64>,
    /// At which priority the worker works for it.
    pub(super) priority: u8,
    /// Whether a part of it is done already.
    pub(super) begun: bool,
    /// Whether the grant by which it was asked for has no copies any more: it stays until the answer.
    pub(super) last: bool,
    /// For how many rounds of looking for who is stranded it waits, once that is known.
    pub(super) rounds: Option<u32>,
}

/// A part of one: what the kernel has to do to a container's memory and capabilities.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) leaf: ContainerId,
    pub(super) memory: Option<Revoke>,
    /// The slot of a block that is taken back.
    pub(super) block: Option<Slot>,
    /// A grant's badge.
    pub(super) grant: Option<u64>,
    /// A block that is to be cleared, and its slot.
    pub(super) clear: Option<(BlockHandle, Slot)>,
}

impl Part {
    /// Nothing to do: it is the next one's turn.
    pub(super) const fn nothing(leaf: ContainerId) -> Self {
        Self {
            leaf,
            memory: None,
            block: None,
            grant: None,
            clear: None,
        }
    }
}

/// All jobs, and who carries them out.
#[derive(Default)]
pub struct Jobs {
    pub(super) queue: VecDeque<Job>,
    /// What the worker has to do just now.
    pub(super) current: Option<Part>,
    /// What is cleared ahead just now.
    pub(super) cleaning: Option<BlockHandle>,
    /// Blocks that were given back and are to be cleared while nobody has anything to do; others are cleared when they are used.
    pub(super) stale: heapless::Vec<BlockHandle, 16>,
    /// What is free of the part that was done last, and goes to whom it came from.
    pub(super) rising: Option<Rising>,
    pub(super) worker: Option<Worker>,
    pub(super) cleaner: Option<Worker>,
    /// The number of the next process to look at for whether it is stranded.
    pub(super) look: u16,
    /// How often all were looked at, and how often they are to be.
    pub(super) rounds: u32,
    pub(super) needed: u32,
    /// Whose turn it is if somebody is answered: the worker's, unless it took one meanwhile.
    pub(super) turn: Turn,
}

/// Who did something last.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Turn {
    /// Somebody was answered.
    #[default]
    Answered,
    /// The worker was let go first after that.
    LetWork,
    /// The worker did a part of itself.
    Worked,
}

impl Jobs {
    /// Whether there is work that somebody waits for.
    pub fn waits(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Somebody else was just answered: now the worker may do a part. So who asks often does not hold it up.
    pub fn let_work(&mut self) {
        let next = self.next();
        if let (Some((priority, _)), Some(worker)) = (next, &mut self.worker)
            && self.turn != Turn::Worked
        {
            worker.go_first(priority);
            self.turn = Turn::LetWork;
        } else {
            self.turn = Turn::Answered;
        }
    }

    /// The highest priority that any job has, and the first job that has it.
    pub(super) fn next(&self) -> Option<(u8, usize)> {
        let jobs = self.queue.iter().enumerate();
        let best = jobs.max_by_key(|(place, job)| (job.priority, Reverse(*place)));
        best.map(|(place, job)| (job.priority, place))
    }

    /// The job by which a container ends.
    pub(super) fn end_of(&self, top: ContainerId) -> Option<usize> {
        let mut jobs = self.queue.iter();
        jobs.position(|job| job.top == top && job.task.ends())
    }

    /// Nobody waits any more for what was asked for by the grant of that badge. Whether somebody did.
    pub(super) fn forget(&mut self, badge: u64) -> bool {
        let of_it = |job: &&mut Job| job.by == Some(badge);
        let waiting = self.queue.iter_mut().filter(of_it);
        waiting.map(|job| job.by = None).count() != 0
    }
}
