// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tree of containers and its accounts.
use crate::books::{Books, State};
use crate::container::{Container, Life};
use crate::free::FreeLists;
use crate::{
    Amount, BlockHandle, CONTAINER_SLOTS, ContainerError, ContainerId, Kernel, MAX_BITS, MAX_DEPTH,
    MIN_BITS, Name, Result, Slot,
};
use croft_tables::Table;

/// An untyped that the kernel gave at boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootUntyped {
    /// Where its capability is.
    pub slot: Slot,
    /// log2 of its bytes.
    pub size_bits: u8,
}

/// log2 of the smallest boot untyped that is left alone as long as possible. The kernel clears 1 MiB in 0.1 million
/// instructions; below, it does not matter which is used first.
const UNTOUCHED_BITS: u8 = 20;

/// Instead of the block that was split: the slots of this pair are used for something else.
pub(crate) const EXTRA: u32 = u32::MAX;

/// All containers.
pub struct Tree<K> {
    pub(crate) kernel: K,
    pub(crate) containers: Table<Container>,
    /// Head of the list of vacant records.
    pub(crate) vacant: u32,
    pub(crate) books: Books,
    /// Large boot untypeds that the kernel has not cleared yet. They are the root container's, but nobody finds them before
    /// there is nothing else.
    pub(crate) untouched: FreeLists,
    /// Whether some container passed its alarm.
    pub(crate) alarmed: bool,
    /// Whether who asks can wait until a large block is clear: instead of having it cleared at once, operations fail with
    /// [`ContainerError::Busy`] then, and can be tried again when it is [`Tree::cleared`].
    pub patient: bool,
    /// That block, which is [`Tree::stale`] unless its container has been destroyed since.
    pub unclear: Option<BlockHandle>,
}

impl<K: Kernel> Tree<K> {
    /// A tree with the root container only, which owns the boot untypeds; those too small or too large to be a block
    /// are left alone. `slots` are empty slots of the root task for the books alone; `containers` is the most that
    /// there can be, the root container included.
    ///
    /// # Errors
    /// [`ContainerError::NoBooks`] if the heap does not even suffice for that.
    pub fn new(
        kernel: K,
        untypeds: &[BootUntyped],
        slots: core::ops::Range<Slot>,
        containers: u16,
    ) -> Result<Self> {
        let limit = Amount::slots(slots.len() as u32 & !1);
        let mut tree = Self {
            kernel,
            containers: Table::new(u32::from(containers)),
            vacant: 0,
            books: Books::new(slots)?,
            untouched: FreeLists::EMPTY,
            alarmed: false,
            patient: false,
            unclear: None,
        };
        let root = ContainerId::ROOT.0;
        let record = Container::new(root, Name::new("root"), limit, crate::schedule::ROOT);
        let pushed = tree.containers.push(record);
        pushed.ok_or(ContainerError::NoBooks)?;
        let useful = |untyped: &&BootUntyped| (MIN_BITS..=MAX_BITS).contains(&untyped.size_bits);
        for untyped in untypeds.iter().filter(useful) {
            let number = tree.books.push_pair(untyped.slot)?;
            let block = tree.books.block_mut(number);
            (block.state, block.bits, block.used) = (State::Free, untyped.size_bits, true);
            tree.attach_chunk(root, number, true);
            if untyped.size_bits < UNTOUCHED_BITS {
                tree.insert_free(root, number);
            } else {
                tree.untouched.insert(&mut tree.books, number);
            }
        }
        let record = tree.container_mut(root);
        record.info.limit.bytes = record.held;
        tree.charge(root, Amount::slots(CONTAINER_SLOTS));
        Ok(tree)
    }

    /// Enters what the server itself has beside the untypeds and the slots for the books: the root container's limit is all
    /// that the machine has then, and this is its own use.
    pub fn add_own(&mut self, own: Amount) {
        let root = self.container_mut(ContainerId::ROOT.0);
        root.info.limit = root.info.limit.plus(own);
        self.charge(ContainerId::ROOT.0, own);
    }

    /// The record of a living container: it does not end, and no ancestor is being destroyed.
    pub(crate) fn living(&self, id: ContainerId) -> Result<&Container> {
        let container = self.containers.get(id.0.into());
        let dying = || self.upwards(id.0).any(|(_, each)| each.life == Life::Dying);
        let living = container.filter(|each| each.life == Life::Living && !dying());
        living.ok_or(ContainerError::Gone)
    }

    /// The same, for what cannot be done to the root container.
    pub(crate) fn below_root(&self, id: ContainerId) -> Result<&Container> {
        match id {
            ContainerId::ROOT => Err(ContainerError::Root),
            id => self.living(id),
        }
    }

    /// A container and its ancestors, from there up.
    pub(crate) fn upwards(&self, number: u16) -> impl Iterator<Item = (u16, &Container)> {
        let record = |number| (number, self.container(number));
        core::iter::successors(Some(record(number)), move |(number, container)| {
            (*number != ContainerId::ROOT.0).then(|| record(container.parent))
        })
    }

    pub(crate) fn container(&self, number: u16) -> &Container {
        &self.containers[u32::from(number)]
    }

    pub(crate) fn container_mut(&mut self, number: u16) -> &mut Container {
        &mut self.containers[u32::from(number)]
    }

    /// Derives a container from `parent` and backs what is guaranteed.
    ///
    /// # Errors
    /// [`ContainerError::Limit`], [`ContainerError::NoMemory`], [`ContainerError::NoBooks`], [`ContainerError::TooDeep`], [`ContainerError::BadLimit`]; for the parent [`ContainerError::Gone`];
    /// [`ContainerError::Busy`] with [`Tree::patient`].
    pub fn derive(
        &mut self,
        parent: ContainerId,
        name: Name,
        limit: Amount,
        guaranteed: Amount,
    ) -> Result<ContainerId> {
        self.living(parent)?;
        if self.upwards(parent.0).count() > MAX_DEPTH.into() {
            return Err(ContainerError::TooDeep);
        }
        let record = Amount::slots(CONTAINER_SLOTS);
        let charge = record.max(guaranteed);
        if charge.exceeds(limit).is_some() {
            return Err(ContainerError::BadLimit);
        }
        self.check(parent.0, charge)?;
        let child = self.new_record(parent.0, name, limit)?;
        self.account(child, |info| {
            (info.used, info.own, info.guaranteed) = (record, record, guaranteed);
        });
        let (id, backed) = (ContainerId(child), self.back(child));
        if backed.is_err() {
            self.undo(id);
        }
        backed.map(|()| id)
    }

    /// Ends a container that was just derived, without anything for the kernel to do: nothing is allocated from it.
    pub fn undo(&mut self, id: ContainerId) {
        while self.container(id.0).chunks != 0 {
            self.shrink(id.0);
        }
        self.end(id);
    }

    /// Sets a new limit. It may be below the present use: then nothing more can be allocated until enough was returned.
    ///
    /// # Errors
    /// [`ContainerError::BadLimit`]; [`ContainerError::Root`] for the root container, whose limit is the machine's memory.
    pub fn set_limit(&mut self, id: ContainerId, limit: Amount) -> Result {
        let info = &self.below_root(id)?.info;
        if info.guaranteed.exceeds(limit).is_some() {
            return Err(ContainerError::BadLimit);
        }
        self.container_mut(id.0).info.limit = limit;
        Ok(())
    }

    /// Renames.
    ///
    /// # Errors
    /// [`ContainerError::Gone`].
    pub fn set_name(&mut self, id: ContainerId, name: Name) -> Result {
        self.living(id)?;
        self.container_mut(id.0).info.name = name;
        Ok(())
    }

    /// Notes since when a container exists, by the server's clock: it means nothing here.
    pub fn set_since(&mut self, id: ContainerId, now: u64) {
        self.container_mut(id.0).info.age = now;
    }

    /// Has [`Tree::alarmed`] tell when the use of a container passes so many bytes, or [`u64::MAX`] for never.
    pub fn set_alarm(&mut self, id: ContainerId, above: u64) {
        let container = self.container_mut(id.0);
        container.alarm = above;
        self.alarmed |= container.info.used.bytes > above;
    }

    /// A container that passed its alarm, and its use: `id` or an ancestor of it. Ask with the container that was just
    /// charged until there is none; it is not told again before [`Tree::set_alarm`].
    pub fn alarmed(&mut self, id: ContainerId) -> Option<(ContainerId, u64)> {
        let mut number = id.0;
        while self.alarmed {
            let container = self.container_mut(number);
            let used = container.info.used.bytes;
            if used > container.alarm {
                container.alarm = u64::MAX;
                return Some((ContainerId(number), used));
            }
            self.alarmed = number != ContainerId::ROOT.0;
            number = self.container(number).parent;
        }
        None
    }

    /// Counts a process in or out.
    pub fn count_processes(&mut self, id: ContainerId, change: i16) {
        let processes = &mut self.container_mut(id.0).info.processes;
        *processes = processes.saturating_add_signed(change);
    }

    /// A record for a new child, linked to its parent.
    fn new_record(&mut self, parent: u16, name: Name, limit: Amount) -> Result<u16> {
        let above = self.container(parent);
        let first = above.first_child;
        let mut record = Container::new(parent, name, limit, above.schedule);
        record.schedule.suspended = false;
        let mut number = self.vacant;
        if number == 0 {
            let pushed = self.containers.push(record);
            number = pushed.ok_or(ContainerError::NoBooks)?;
        } else {
            self.vacant = self.containers.unlink(Container::siblings, number, number);
            self.containers[number] = record;
        }
        self.containers[number].info.number = number as u16;
        self.link(parent, number, first);
        Ok(number as u16)
    }

    /// Makes a record a child of `parent`, in front of its child `next`; 0 if it has none.
    pub(crate) fn link(&mut self, parent: u16, number: u32, next: u32) {
        self.containers.link(Container::siblings, next, number);
        self.containers[number].parent = parent;
        let above = self.container_mut(parent);
        above.info.children += 1;
        if above.first_child == next {
            above.first_child = number;
        }
    }

    /// The opposite.
    pub(crate) fn unlink(&mut self, number: u32) {
        let parent = self.containers[number].parent;
        let first = self.container(parent).first_child;
        let first = self.containers.unlink(Container::siblings, first, number);
        let above = self.container_mut(parent);
        above.info.children -= 1;
        above.first_child = first;
    }
}
