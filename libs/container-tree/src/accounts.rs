// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is charged to whom.
use crate::container::{Container, NOBODY};
use crate::free::SPLIT;
use crate::tree::{EXTRA, Tree};
use crate::{Amount, ContainerError, ContainerId, Kernel, Result, Slot};

impl Tree {
    /// Whether `container` may use that much more, and all its ancestors.
    pub(crate) fn check(&self, container: u16, more: Amount) -> Result<()> {
        let (mut number, mut more) = (container, more);
        while number != NOBODY && more != Amount::ZERO {
            let container = self.container(number);
            let left = container.limit.minus(container.used);
            // A currency of which nothing is asked is no reason, even if its limit was lowered below the use.
            if let Some(currency) = more.exceeds(left) {
                return Err(ContainerError::Limit {
                    container: container.name,
                    currency,
                    asked: more.of(currency),
                    left: left.of(currency),
                });
            }
            let used = container.used.plus(more);
            more = used.max(container.guaranteed).minus(container.charge());
            number = container.parent;
        }
        Ok(())
    }

    /// Adds to the use of `container` and all its ancestors, after [`Tree::check`].
    pub(crate) fn charge(&mut self, container: u16, more: Amount) {
        let own = &mut self.container_mut(container).own;
        *own = own.plus(more);
        self.account(container, |record| record.used = record.used.plus(more));
    }

    /// Takes from the use of `container` and all its ancestors.
    pub(crate) fn discharge(&mut self, container: u16, less: Amount) {
        let own = &mut self.container_mut(container).own;
        *own = own.minus(less);
        self.account(container, |record| record.used = record.used.minus(less));
    }

    /// Has `to` pay what `from` paid.
    pub(crate) fn pass(&mut self, from: u16, to: u16, amount: Amount) {
        self.discharge(from, amount);
        self.charge(to, amount);
    }

    /// Changes the use of `container`, or what is guaranteed to it, and carries the change of its charge upwards.
    pub(crate) fn account(&mut self, container: u16, change: impl FnOnce(&mut Container)) {
        let record = self.container_mut(container);
        let mut before = record.charge();
        change(record);
        let passed = record.note_alarm();
        let (mut after, mut number) = (record.charge(), record.parent);
        self.alarmed |= passed;
        while number != NOBODY && before != after {
            let record = self.container_mut(number);
            let charge = record.charge();
            record.used = record.used.plus(after).minus(before);
            let passed = record.note_alarm();
            (before, after, number) = (charge, record.charge(), record.parent);
            self.alarmed |= passed;
        }
    }

    /// Two neighbouring empty slots for something else that is kept for the container, a grant, a watch or a process, and
    /// whose record costs so many slots more; charged to it; the first one.
    ///
    /// # Errors
    /// [`ContainerError::Limit`], [`ContainerError::NoBooks`], [`ContainerError::Gone`].
    pub fn take_slots<K: Kernel>(
        &mut self,
        kernel: &mut K,
        id: ContainerId,
        record: u32,
    ) -> Result<Slot> {
        self.living(id)?;
        let cost = SPLIT.plus(Amount::slots(record));
        self.check(id.0, cost)?;
        let pair = self.new_pair(kernel, EXTRA)?;
        let noted = self.books.block_mut(pair * 2);
        (noted.owner, noted.next) = (id.0, record);
        self.charge(id.0, cost);
        Ok(self.books.first_slot(pair))
    }

    /// Gives slots back that [`Tree::take_slots`] gave; both are empty again.
    pub fn return_slots(&mut self, slot: Slot) {
        if let Some((pair, owner, cost)) = self.taken(slot) {
            self.books.return_pair(pair);
            self.discharge(owner, cost);
        }
    }

    /// Has `to` pay for what [`Tree::take_slots`] charged to somebody else.
    pub fn pass_slots(&mut self, slot: Slot, to: ContainerId) {
        if let Some((pair, owner, cost)) = self.taken(slot) {
            self.books.block_mut(pair * 2).owner = to.0;
            self.pass(owner, to.0, cost);
        }
    }

    /// The pair that [`Tree::take_slots`] gave, who pays for it, and how much.
    fn taken(&self, slot: Slot) -> Option<(u32, u16, Amount)> {
        let pair = self.books.pair_of_slot(slot)?;
        let noted = self.books.block(pair * 2);
        let cost = SPLIT.plus(Amount::slots(noted.next));
        (self.books.whole(pair * 2) == EXTRA).then_some((pair, noted.owner, cost))
    }
}
