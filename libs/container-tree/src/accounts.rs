// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is charged to whom.
use crate::tree::{EXTRA, Tree};
use crate::{Amount, ContainerError, ContainerId, Entry, Kernel, Result, Slot};

/// What is charged for something that is kept.
const RECORD: Amount = Amount::slots(crate::RECORD_SLOTS);

impl<K: Kernel> Tree<K> {
    /// Whether `container` may use that much more, and all its ancestors.
    pub(crate) fn check(&self, container: u16, mut more: Amount) -> Result {
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
    pub(crate) fn account(&mut self, container: u16, change: impl FnOnce(&mut Entry)) {
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

    /// Two neighbouring empty slots for something else that is kept for the container, a grant, a watch or a process, charged to
    /// it with its record; the first one.
    ///
    /// # Errors
    /// [`ContainerError::Limit`], [`ContainerError::NoBooks`], [`ContainerError::Gone`].
    pub fn take_slots(&mut self, id: ContainerId) -> Result<Slot> {
        self.living(id)?;
        self.check(id.0, RECORD)?;
        let pair = self.new_pair(EXTRA)?;
        self.books.block_mut(pair).owner = id.0;
        self.charge(id.0, RECORD);
        Ok(self.books.block(pair).slot)
    }

    /// Somebody else, one of two, may do something in these slots until they are other ones: though they are given back, they are
    /// not given to anybody.
    pub const fn set_busy(&mut self, who: usize, slots: [Option<Slot>; 3]) {
        self.books.busy[who] = slots;
    }

    /// Gives slots back that [`Tree::take_slots`] gave; both are empty again.
    pub fn return_slots(&mut self, slot: Slot) {
        if let Some(pair) = self.taken(slot) {
            self.discharge(self.books.block(pair).owner, RECORD);
            self.books.return_pair(pair);
        }
    }

    /// Has `to` pay for what [`Tree::take_slots`] charged to somebody else.
    pub fn pass_slots(&mut self, slot: Slot, to: ContainerId) {
        if let Some(pair) = self.taken(slot) {
            self.pass(self.books.block(pair).owner, to.0, RECORD);
            self.books.block_mut(pair).owner = to.0;
        }
    }

    /// The pair that [`Tree::take_slots`] gave.
    fn taken(&self, slot: Slot) -> Option<u32> {
        let pair = self.books.pair_at(slot)?;
        (self.books.block(pair).whole == EXTRA).then_some(pair)
    }
}
