// SPDX-License-Identifier: MIT OR Apache-2.0
//! Grants with their capabilities. The capability that all copies of a grant come from stays in a slot of the root
//! task's, so that revoking it ends all of them.
use croft_container::{Block, ContainerError};
use croft_container_tree::{ContainerId, Grant, HolderId, Rights};
use sel4::CapRights;

use super::{Service, address, bad_slots, slot_of};
use crate::error::kernel_error;
use crate::slots::own;

impl Service {
    /// The grant of a badge, if it lasts.
    pub fn granted(&self, badge: u64) -> Option<Grant> {
        self.grants.get(badge)
    }

    /// The badge of the root task's own grant for a container: one that lasts, or a new one.
    pub fn own_grant(&mut self, container: ContainerId) -> Result<u64, ContainerError> {
        let slot = self.slots.allocate().map_err(|_| ContainerError::NoBooks)?;
        self.grant(container, self.me, Rights::Manage, self.me, slot)
    }

    /// The badge of the capability that the root task itself holds in that slot.
    pub fn own_badge(&self, slot: u64) -> Option<u64> {
        self.own_capabilities
            .iter()
            .find(|(at, badge)| *at == slot && self.grants.get(*badge).is_some())
            .map(|(_, badge)| *badge)
    }

    /// Makes a grant for `holder` and puts its capability into slot `slot` of the CNode of `place`.
    pub(super) fn grant(
        &mut self,
        container: ContainerId,
        holder: HolderId,
        rights: Rights,
        place: HolderId,
        slot: u64,
    ) -> Result<u64, ContainerError> {
        let cnode = self.cnode(place)?;
        let kept = self.tree.take_slots(container)?;
        let grant = Grant {
            container,
            holder,
            rights,
            slot: kept,
        };
        let badge = match self.grants.add(grant) {
            Ok(badge) => badge,
            Err(error) => {
                self.tree.return_slots(kept, Some(container));
                return Err(error);
            }
        };
        let made = address(kept)
            .mint(&own(self.endpoint), CapRights::WRITE_GRANT, badge)
            .map_err(kernel_error)
            .and_then(|()| {
                slot_of(cnode, slot)
                    .copy(&address(kept), CapRights::WRITE_GRANT)
                    .map_err(|error| bad_slots(error, slot, 1))
            });
        match made {
            Ok(()) => {
                self.note_own(place, slot, badge);
                Ok(badge)
            }
            Err(error) => {
                self.end_grant(badge);
                Err(error)
            }
        }
    }

    fn note_own(&mut self, place: HolderId, slot: u64, badge: u64) {
        if place == self.me {
            let grants = &self.grants;
            self.own_capabilities
                .retain(|(at, badge)| *at != slot && grants.get(*badge).is_some());
            self.own_capabilities.push((slot, badge));
        }
    }

    /// Ends a grant: all copies of its capability vanish.
    pub(super) fn end_grant(&mut self, badge: u64) {
        if let Some(grant) = self.grants.get(badge) {
            // It cannot fail: the slot is the root task's own.
            let _ = address(grant.slot).revoke();
            self.forget_grant(badge);
        }
    }

    /// Another capability for the same container and holder, with at most the same rights. The container pays for it, so who
    /// can only look cannot make any.
    pub fn reduce(
        &mut self,
        grant: &Grant,
        rights: Rights,
        slot: u64,
    ) -> Result<(), ContainerError> {
        self.require(grant, rights.max(Rights::Allocate))?;
        self.grant(grant.container, grant.holder, rights, grant.holder, slot)
            .map(drop)
    }

    /// A capability for the container of `grant` in the CNode of a process in it or below it, which becomes its holder.
    pub fn share(
        &mut self,
        grant: &Grant,
        process: Block,
        slot: u64,
        rights: Rights,
    ) -> Result<(), ContainerError> {
        self.require(grant, rights.max(Rights::Allocate))?;
        let holder = self.process_within(grant.container, process)?;
        self.grant(grant.container, holder, rights, holder, slot)
            .map(drop)
    }

    /// The slot of the capability of a holder's CNode.
    pub(super) fn cnode(&self, holder: HolderId) -> Result<u64, ContainerError> {
        let process = self.processes.get(holder);
        let client = process.filter(|process| process.client);
        client
            .map(|process| process.slots.into())
            .ok_or(ContainerError::NoSuchProcess)
    }
}
