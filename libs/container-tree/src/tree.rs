// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tree of containers and its accounts.
use crate::books::Books;
use crate::container::{Container, Life, NOBODY};
use crate::table::Table;
use crate::{
    Amount, CONTAINER_SLOTS, ContainerError, ContainerId, Kernel, MAX_DEPTH, Name, Result,
    Schedule, Slot,
};

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
pub struct Tree {
    pub(crate) containers: Table<Container>,
    /// Head of the list of vacant records.
    pub(crate) vacant: u16,
    pub(crate) books: Books,
    /// Whether some container passed its alarm.
    pub(crate) alarmed: bool,
    /// How often a block was given back for somebody else.
    #[cfg(test)]
    pub(crate) reclaims: u32,
}

impl Tree {
    /// A tree with the root container only, which owns the boot untypeds; those too small or too large to be a block
    /// are left alone. `slots` are empty slots of the root task for the books alone; `containers` is the most that
    /// there can be, the root container included.
    ///
    /// # Errors
    /// [`ContainerError::NoBooks`] if the heap does not even suffice for that.
    pub fn new(
        untypeds: &[BootUntyped],
        slots: core::ops::Range<Slot>,
        containers: u16,
    ) -> Result<Self> {
        let available = slots.end.saturating_sub(slots.start) & !1;
        let mut tree = Self {
            containers: Table::new(u32::from(containers)),
            vacant: NOBODY,
            books: Books::new(slots).ok_or(ContainerError::NoBooks)?,
            alarmed: false,
            #[cfg(test)]
            reclaims: 0,
        };
        let root = Container::new(Name::new("root"), NOBODY);
        let root = tree.containers.push(root).ok_or(ContainerError::NoBooks)?;
        let mut bytes = 0;
        for untyped in untypeds {
            if !(crate::MIN_BITS..=crate::MAX_BITS).contains(&untyped.size_bits) {
                continue;
            }
            let untouched = untyped.size_bits >= UNTOUCHED_BITS;
            let block = tree
                .books
                .add_boot(untyped, untouched)
                .ok_or(ContainerError::NoBooks)?;
            tree.insert_free(ContainerId::ROOT.0, block);
            bytes += 1 << untyped.size_bits;
        }
        let root = &mut tree.containers[root];
        root.limit = Amount {
            bytes,
            slots: available,
        };
        root.held = bytes;
        root.used.slots = CONTAINER_SLOTS;
        root.own.slots = CONTAINER_SLOTS;
        Ok(tree)
    }

    /// Enters what the server itself has beside the untypeds and the slots for the books: the root container's limit is all
    /// that the machine has then, and this is its own use.
    pub fn add_own(&mut self, own: Amount) {
        let root = self.container_mut(ContainerId::ROOT.0);
        root.limit = root.limit.plus(own);
        self.charge(ContainerId::ROOT.0, own);
    }

    /// The record of a living container: it does not end, and no ancestor is being destroyed.
    pub(crate) fn living(&self, id: ContainerId) -> Result<&Container> {
        let container = self.containers.get(u32::from(id.0));
        let container = container.filter(|container| container.life == Life::Living);
        let container = container.ok_or(ContainerError::Gone)?;
        let mut each = container;
        while each.life != Life::Dying {
            if each.parent == NOBODY {
                return Ok(container);
            }
            each = self.container(each.parent);
        }
        Err(ContainerError::Gone)
    }

    /// The same, for what cannot be done to the root container.
    pub(crate) fn below_root(&self, id: ContainerId) -> Result<&Container> {
        match id {
            ContainerId::ROOT => Err(ContainerError::Root),
            id => self.living(id),
        }
    }

    /// A container and its ancestors, from there up.
    pub(crate) fn upwards(&self, number: u16) -> impl Iterator<Item = u16> {
        core::iter::successors(Some(number), |number| {
            Some(self.container(*number).parent).filter(|parent| *parent != NOBODY)
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
    /// [`ContainerError::Limit`], [`ContainerError::NoMemory`], [`ContainerError::NoBooks`], [`ContainerError::TooDeep`], [`ContainerError::BadLimit`]; for the parent [`ContainerError::Gone`] or [`ContainerError::Gone`].
    pub fn derive<K: Kernel>(
        &mut self,
        kernel: &mut K,
        parent: ContainerId,
        name: Name,
        limit: Amount,
        guaranteed: Amount,
    ) -> Result<ContainerId> {
        self.living(parent)?;
        if self.upwards(parent.0).count() > MAX_DEPTH.into() {
            return Err(ContainerError::TooDeep);
        }
        if guaranteed.exceeds(limit).is_some() {
            return Err(ContainerError::BadLimit);
        }
        let record = Amount::slots(CONTAINER_SLOTS);
        if record.exceeds(limit).is_some() {
            return Err(ContainerError::BadLimit);
        }
        self.check(parent.0, record.max(guaranteed))?;
        let child = self.new_record(parent.0, name)?;
        let container = self.container_mut(child);
        container.limit = limit;
        container.own = record;
        self.account(child, |child| child.used = record);
        if let Err(error) = self.set_guarantee(kernel, child, guaranteed) {
            self.discharge(child, record);
            self.remove_record(child);
            return Err(error);
        }
        Ok(ContainerId(child))
    }

    /// Sets a new limit. It may be below the present use: then nothing more can be allocated until enough was returned.
    ///
    /// # Errors
    /// [`ContainerError::BadLimit`]; [`ContainerError::Root`] for the root container, whose limit is the machine's memory.
    pub fn set_limit(&mut self, id: ContainerId, limit: Amount) -> Result<()> {
        let guaranteed = self.below_root(id)?.guaranteed;
        if guaranteed.exceeds(limit).is_some() {
            return Err(ContainerError::BadLimit);
        }
        self.container_mut(id.0).limit = limit;
        Ok(())
    }

    /// Renames.
    ///
    /// # Errors
    /// [`ContainerError::Gone`].
    pub fn set_name(&mut self, id: ContainerId, name: Name) -> Result<()> {
        self.living(id)?;
        self.container_mut(id.0).name = name;
        Ok(())
    }

    /// Notes since when a container exists, by the server's clock: it means nothing here.
    pub fn set_since(&mut self, id: ContainerId, now: u64) {
        if let Some(container) = self.containers.get_mut(u32::from(id.0)) {
            container.since = now;
        }
    }

    /// Has [`Tree::alarmed`] tell when the use of a container passes so many bytes, or [`u64::MAX`] for never.
    pub fn set_alarm(&mut self, id: ContainerId, above: u64) {
        if let Some(container) = self.containers.get_mut(u32::from(id.0)) {
            (container.alarm, container.alarmed) = (above, false);
            self.alarmed |= container.note_alarm();
        }
    }

    /// A container that passed its alarm, and its use: `id` or an ancestor of it. Ask with the container that was just
    /// charged until there is none; it is not told again before [`Tree::set_alarm`].
    pub fn alarmed(&mut self, id: ContainerId) -> Option<(ContainerId, u64)> {
        let mut number = id.0;
        while self.alarmed && number != NOBODY {
            let container = self.container_mut(number);
            if container.alarmed {
                container.alarm = u64::MAX;
                container.alarmed = false;
                return Some((ContainerId(number), container.used.bytes));
            }
            number = container.parent;
        }
        self.alarmed = false;
        None
    }

    /// Counts a process in or out.
    pub fn count_processes(&mut self, id: ContainerId, change: i16) {
        if let Some(container) = self.containers.get_mut(u32::from(id.0)) {
            container.processes = container.processes.saturating_add_signed(change);
        }
    }

    /// A record for a new child, linked to its parent.
    fn new_record(&mut self, parent: u16, name: Name) -> Result<u16> {
        let mut record = Container::new(name, parent);
        record.schedule = Schedule {
            suspended: false,
            ..self.container(parent).schedule
        };
        let number = match self.vacant {
            NOBODY => self
                .containers
                .push(record)
                .ok_or(ContainerError::NoBooks)? as u16,
            number => {
                self.vacant = self.container(number).next_sibling;
                *self.container_mut(number) = record;
                number
            }
        };
        self.link(parent, number, self.container(parent).first_child);
        Ok(number)
    }

    /// Makes a record a child of `parent`, in front of its child `next`; [`NOBODY`] if it has none.
    pub(crate) fn link(&mut self, parent: u16, number: u16, next: u16) {
        let previous = match next {
            NOBODY => NOBODY,
            _ => core::mem::replace(&mut self.container_mut(next).previous_sibling, number),
        };
        let record = self.container_mut(number);
        (record.parent, record.next_sibling, record.previous_sibling) = (parent, next, previous);
        match previous {
            NOBODY => self.container_mut(parent).first_child = number,
            _ => self.container_mut(previous).next_sibling = number,
        }
        self.container_mut(parent).children += 1;
    }

    /// The opposite.
    pub(crate) fn unlink(&mut self, number: u16) {
        let record = self.container(number);
        let (parent, next, previous) =
            (record.parent, record.next_sibling, record.previous_sibling);
        match previous {
            NOBODY => self.container_mut(parent).first_child = next,
            _ => self.container_mut(previous).next_sibling = next,
        }
        if next != NOBODY {
            self.container_mut(next).previous_sibling = previous;
        }
        self.container_mut(parent).children -= 1;
    }

    /// Unlinks a record from its parent and makes it vacant.
    pub(crate) fn remove_record(&mut self, number: u16) {
        self.unlink(number);
        let vacant = self.vacant;
        let record = self.container_mut(number);
        record.life = Life::Vacant;
        record.next_sibling = vacant;
        self.vacant = number;
    }
}
