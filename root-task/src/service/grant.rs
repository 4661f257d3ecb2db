// SPDX-License-Identifier: MIT OR Apache-2.0
//! Grants with their capabilities. The capability that all copies of a grant come from stays in a slot of the root
//! task's, so that revoking it ends all of them.
use croft_container::ContainerError;
use croft_container_tree::{ContainerId, Grant, HolderId, Result, Rights};
use sel4::CapRights;

use super::ask::answer;
use super::{Service, bad_slots, slot_of};
use crate::error::kernel_error;
use crate::slots::own;

impl Service {
    /// The badge of a new grant of the root task's own for the root container.
    pub fn own_grant(&mut self) -> Result<u64> {
        let slot = self.slots.allocate().map_err(|_| ContainerError::NoBooks)?;
        self.grant(ContainerId::ROOT, self.me, Rights::Manage, slot)
    }

    /// The badge of the capability that the root task itself holds in that slot.
    pub fn own_badge(&self, slot: u64) -> Option<u64> {
        let mut own = self.grants.of_holder(self.me);
        let (badge, _) = own.find(|(_, grant)| u64::from(grant.place) == slot)?;
        Some(badge)
    }

    /// Makes a grant for `holder` and puts its capability into slot `slot` of its CNode.
    pub fn grant(
        &mut self,
        container: ContainerId,
        holder: HolderId,
        rights: Rights,
        slot: u64,
    ) -> Result<u64> {
        let cnode = self.cnode(holder)?;
        let kept = self.tree.take_slots(container)?;
        let grant = Grant {
            container,
            holder,
            rights,
            place: slot as u32,
            slot: kept,
        };
        let added = self.grants.add(grant);
        let badge = added.inspect_err(|_| self.tree.return_slots(kept))?;
        let made = own(kept)
            .mint(&own(self.endpoint), CapRights::WRITE_GRANT, badge)
            .map_err(kernel_error)
            .and_then(|()| {
                slot_of(cnode, slot)
                    .copy(&own(kept), CapRights::WRITE_GRANT)
                    .map_err(|error| bad_slots(error, slot, 1))
            });
        made.inspect_err(|_| self.end_grant(badge))?;
        Ok(badge)
    }

    /// Ends a grant: all copies of its capability vanish.
    pub(super) fn end_grant(&mut self, badge: u64) {
        if let Some(grant) = self.grants.get(badge) {
            // It cannot fail: the slot is the root task's own.
            let _ = own(grant.slot).revoke();
            self.forget_grant(badge);
        }
    }

    /// Forgets a grant whose capability has no copies any more. Whoever waits for an answer to a request by it is told
    /// that it is gone.
    pub(super) fn forget_grant(&mut self, badge: u64) {
        let Some(grant) = self.grants.get(badge) else {
            return;
        };
        if self.jobs.forget(badge) {
            answer(&grant, Err(ContainerError::Gone));
        }
        // It cannot fail: the slot is the root task's own and holds the grant's capability, or nothing.
        let _ = own(grant.slot).delete();
        self.grants.remove(badge);
        // Who watches a container that is being destroyed wants to know when it is gone.
        if self.tree.lives(grant.container) {
            self.unwatch(grant.container, badge);
        }
        self.tree.return_slots(grant.slot);
    }

    /// The slot of the capability of a holder's CNode.
    pub(super) fn cnode(&self, holder: HolderId) -> Result<u64> {
        let process = self.processes.get(holder.0);
        let client = process.filter(|process| process.client);
        client
            .map(|process| process.slots.into())
            .ok_or(ContainerError::NoSuchProcess)
    }
}
