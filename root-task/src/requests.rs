// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a container capability's holder may ask, and what the service does then.
use croft_container::{
    Allocation, Block, Blocks, ContainerError, Containers, DeriveProcess, Entry, Identity,
    LIST_LENGTH, Limits, Name, NewProcess, Object, Schedule, Usage,
};
use croft_container_tree::{Amount, ContainerId, Grant, Result, Rights};
use croft_ipc::{Deferrable, ReceivedCapability};
use croft_server::counter;

use crate::service::{Service, require_domains};
use crate::slots::Tree;

/// At how many places of the books is looked for blocks in one call.
const PLACES: u32 = 512;

/// A request through the container capability of that badge.
pub struct Request<'a> {
    /// Who does it.
    pub service: &'a mut Service,
    /// The badge.
    pub badge: u64,
}

impl Request<'_> {
    /// The grant, if it lasts and allows that.
    fn grant(&self, needed: Rights) -> Result<Grant> {
        let grant = self.service.grants.get(self.badge);
        let grant = grant.ok_or(ContainerError::Gone)?;
        let rights = grant.rights;
        if rights >= needed {
            Ok(grant)
        } else {
            Err(ContainerError::Forbidden { rights, needed })
        }
    }

    /// The container, for questions.
    fn container(&self) -> Result<ContainerId> {
        self.grant(Rights::Look).map(|grant| grant.container)
    }

    fn reschedule(
        &mut self,
        change: impl FnOnce(&mut Tree, ContainerId) -> Result,
    ) -> Result<Deferrable<()>> {
        let grant = self.grant(Rights::Manage)?;
        self.service.reschedule(&grant, self.badge, change)
    }

    fn entry(&self, id: ContainerId) -> Result<Entry> {
        let mut entry = self.service.tree.info(id)?;
        // How long ago that was, in milliseconds.
        entry.age = counter().saturating_sub(entry.age) / self.service.ticks;
        Ok(entry)
    }
}

impl Containers for Request<'_> {
    fn allocate(&mut self, object: Object, count: u16, first_slot: u64) -> Result<Block> {
        let grant = self.grant(Rights::Allocate)?;
        self.service
            .allocate(grant.container, grant.holder, object, count, first_slot)
    }

    fn deallocate(&mut self, block: Block) -> Result<Deferrable<()>> {
        let grant = self.grant(Rights::Allocate)?;
        self.service.deallocate(&grant, self.badge, block)
    }

    fn derive(&mut self, limits: Limits, slot: u64) -> Result {
        let grant = self.grant(Rights::Derive)?;
        self.service.derive(&grant, &limits, slot).map(drop)
    }

    fn convert(&mut self, radix: u8, client: bool, first_slot: u64) -> Result<Block> {
        let grant = self.grant(Rights::Allocate)?;
        self.service
            .convert(grant.container, grant.holder, radix, client, first_slot)
    }

    fn derive_process(&mut self, what: DeriveProcess, first_slot: u64) -> Result<NewProcess> {
        let grant = self.grant(Rights::Derive)?;
        self.service.derive_process(&grant, &what, first_slot)
    }

    fn destroy(&mut self) -> Result<Deferrable<()>> {
        let grant = self.grant(Rights::Manage)?;
        self.service.destroy(&grant, self.badge)
    }

    fn usage(&mut self) -> Result<Usage> {
        let info = self.service.tree.info(self.container()?)?;
        let (used, left) = (info.used, info.left);
        Ok(Usage { used, left })
    }

    /// The container pays for the new capability, so who can only look cannot make any.
    fn reduce(&mut self, rights: Rights, slot: u64) -> Result {
        let grant = self.grant(rights.max(Rights::Allocate))?;
        self.service
            .grant(grant.container, grant.holder, rights, slot)
            .map(drop)
    }

    /// The process, in the container or below it, becomes the holder.
    fn share(&mut self, process: Block, slot: u64, rights: Rights) -> Result {
        let container = self.grant(rights.max(Rights::Allocate))?.container;
        let holder = self.service.process_within(container, process)?;
        self.service
            .grant(container, holder, rights, slot)
            .map(drop)
    }

    fn null(&mut self) -> Result {
        self.container().map(drop)
    }

    fn info(&mut self) -> Result<Entry> {
        self.entry(self.container()?)
    }

    fn list(&mut self, after: Option<u16>) -> Result<heapless::Vec<Entry, LIST_LENGTH>> {
        let (top, tree) = (self.container()?, &self.service.tree);
        let mut next = match after.map(ContainerId::from_number) {
            None => Some(top),
            Some(id) if tree.info(id).is_ok() && tree.is_within(id, top) => {
                tree.next_in_walk(top, id)
            }
            Some(_) => return Err(ContainerError::NoSuchContainer),
        };
        let mut entries = heapless::Vec::new();
        while let Some(id) = next
            && !entries.is_full()
        {
            // There is room: it was asked for just now.
            let _ = entries.push(self.entry(id)?);
            next = tree.next_in_walk(top, id);
        }
        Ok(entries)
    }

    fn set_name(&mut self, name: Name) -> Result {
        let grant = self.grant(Rights::Manage)?;
        self.service.tree.set_name(grant.container, name)
    }

    fn set_limit(&mut self, limit: Amount) -> Result {
        let grant = self.grant(Rights::Manage)?;
        self.service.tree.set_limit(grant.container, limit)
    }

    fn identify(&mut self, capability: ReceivedCapability) -> Result<Option<Identity>> {
        let container = self.container()?;
        let ReceivedCapability::Own { badge } = capability else {
            return Ok(None);
        };
        let other = self.service.grants.get(badge);
        Ok(other.map(|other| Identity {
            rights: other.rights,
            same: other.container == container,
            within: self.service.tree.is_within(other.container, container),
        }))
    }

    fn watch(&mut self, slot: u64, above: u64) -> Result {
        let grant = self.grant(Rights::Allocate)?;
        self.service.watch(&grant, self.badge, slot, above)
    }

    fn dissolve(&mut self) -> Result<Deferrable<()>> {
        let grant = self.grant(Rights::Manage)?;
        self.service.dissolve(&grant, self.badge)
    }

    fn blocks(&mut self, from: u32) -> Result<Blocks> {
        let (container, tree) = (self.container()?, &self.service.tree);
        let (mut blocks, mut next) = (heapless::Vec::new(), Some(from));
        for _ in 0..PLACES {
            let Some(place) = next.filter(|_| !blocks.is_full()) else {
                break;
            };
            if let Some((block, bits)) = tree.block_at(container, place) {
                // There is room: it was asked for just now.
                let _ = blocks.push(Allocation {
                    block: Block(block.number()),
                    bits,
                    process: tree.tag(block) != 0,
                });
            }
            next = (place < tree.last_place()).then_some(place + 1);
        }
        Ok(Blocks { blocks, next })
    }

    fn suspend(&mut self) -> Result<Deferrable<()>> {
        require_domains()?;
        self.reschedule(|tree, id| tree.set_suspended(id, true))
    }

    fn resume(&mut self) -> Result<Deferrable<()>> {
        self.reschedule(|tree, id| tree.set_suspended(id, false))
    }

    fn set_priority(&mut self, priority: u8) -> Result<Deferrable<()>> {
        self.reschedule(|tree, id| tree.set_priority(id, priority))
    }

    fn schedule(&mut self) -> Result<Schedule> {
        Ok(self.service.tree.schedule(self.container()?))
    }
}
