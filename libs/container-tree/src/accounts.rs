// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is charged to whom.
use crate::free::SPLIT;
use crate::tree::{EXTRA, Tree};
use crate::{Amount, ContainerError, ContainerId, Info, Kernel, Result, Slot};

impl<K: Kernel> Tree<K> {
    /// Whether `container` may use that much more, and all its ancestors.
    pub(crate) fn check(&self, container: u16, mut more: Amount) -> Result<()> {
        for (_, container) in self.upwards(container) {
            if more == Amount::ZERO {
                break;
            }
            let info = &container.info;
            let left = info.limit.minus(info.used);
            // A currency of which nothing is asked is no reason, even if its limit was lowered below the use.
            if let Some(currency) = more.exceeds(left) {
                return Err(ContainerError::Limit {
                    container: info.name,
                    currency,
                    asked: more.of(currency),
                    left: left.of(currency),
                });
            }
            let used = info.used.plus(more);
            more = used.max(info.guaranteed).minus(container.charge());
        }
        Ok(())
    }

    /// Adds to the use of `container` and all its ancestors, after [`Tree::check`].
    pub(crate) fn charge(&mut self, container: u16, more: Amount) {
        self.account(container, |info| {
            info.used = info.used.plus(more);
            info.own = info.own.plus(more);
        });
    }

    /// Takes from the use of `container` and all its ancestors.
    pub(crate) fn discharge(&mut self, container: u16, less: Amount) {
        self.account(container, |info| {
            info.used = info.used.minus(less);
            info.own = info.own.minus(less);
        });
    }

    /// Has `to` pay what `from` paid.
    pub(crate) fn pass(&mut self, from: u16, to: u16, amount: Amount) {
        self.discharge(from, amount);
        self.charge(to, amount);
    }

    /// Changes the use of `container`, or what is guaranteed to it, and carries the change of its charge upwards.
    pub(crate) fn account(&mut self, container: u16, change: impl FnOnce(&mut Info)) {
        let mut number = container;
        let mut record = &mut self.containers[number.into()];
        let mut before = record.charge();
        change(&mut record.info);
        loop {
            self.alarmed |= record.info.used.bytes > record.alarm;
            let after = record.charge();
            if number == ContainerId::ROOT.0 || before == after {
                break;
            }
            number = record.parent;
            record = &mut self.containers[number.into()];
            let charge = record.charge();
            record.info.used = record.info.used.plus(after).minus(before);
            before = charge;
        }
    }

    /// Two neighbouring empty slots for something else that is kept for the container, a grant or a process, charged to
    /// it; the first one.
    ///
    /// # Errors
    /// [`ContainerError::Limit`], [`ContainerError::NoBooks`], [`ContainerError::Gone`].
    pub fn take_slots(&mut self, id: ContainerId) -> Result<Slot> {
        self.living(id)?;
        self.check(id.0, SPLIT)?;
        let pair = self.new_pair(EXTRA)?;
        self.books.block_mut(pair).owner = id.0;
        self.charge(id.0, SPLIT);
        Ok(self.books.block(pair).slot)
    }

    /// Gives slots back that [`Tree::take_slots`] gave; both are empty again. What was charged to a container that has
    /// ended since is forgotten with it: `of` is `None` then.
    pub fn return_slots(&mut self, slot: Slot, of: Option<ContainerId>) {
        let Some(pair) = self.books.pair_at(slot) else {
            return;
        };
        if self.books.block(pair).whole == EXTRA {
            self.books.return_pair(pair);
            if let Some(id) = of {
                self.discharge(id.0, SPLIT);
            }
        }
    }

    /// Has `to` pay for a record of so many slots of `from`'s, and for slots that [`Tree::take_slots`] gave it.
    pub fn pass_slots(&mut self, slot: Slot, record: u32, from: ContainerId, to: ContainerId) {
        if let Some(pair) = self.books.pair_at(slot) {
            self.books.block_mut(pair).owner = to.0;
            self.pass(from.0, to.0, SPLIT.plus(Amount::slots(record)));
        }
    }

    /// Charges slots that pay for a record of somebody else's books, such as a process'.
    ///
    /// # Errors
    /// [`ContainerError::Limit`], [`ContainerError::Gone`].
    pub fn charge_record(&mut self, id: ContainerId, slots: u32) -> Result<()> {
        self.living(id)?;
        self.check(id.0, Amount::slots(slots))?;
        self.charge(id.0, Amount::slots(slots));
        Ok(())
    }

    /// Gives back what [`Tree::charge_record`] took from a container that has not ended since.
    pub fn discharge_record(&mut self, id: ContainerId, slots: u32) {
        if self.living(id).is_ok() {
            self.discharge(id.0, Amount::slots(slots));
        }
    }
}
