// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a container capability's holder may ask, and what the service does then.
use croft_container::{
    Allocation, Block, Blocks, ContainerError, Containers, DeriveProcess, Entry, Identity,
    LIST_LENGTH, Limits, Name, NewProcess, Object, Schedule, Usage,
};
use croft_container_tree::{Amount, ContainerId, Grant, Rights};
use croft_ipc::{Caller, Deferrable, ReceivedCapability};

use crate::service::{Service, require_domains};
use crate::slots::Tree;

type Result<T> = core::result::Result<T, ContainerError>;

impl Containers for Service {
    fn allocate(
        &mut self,
        caller: Caller,
        object: Object,
        count: u16,
        first_slot: u64,
    ) -> Result<Block> {
        let grant = self.grant_of(caller)?;
        self.allocate(&grant, object, count, first_slot)
    }

    fn deallocate(&mut self, caller: Caller, block: Block) -> Result<()> {
        let grant = self.grant_of(caller)?;
        self.deallocate(&grant, block)
    }

    fn derive(&mut self, caller: Caller, limits: Limits, slot: u64) -> Result<()> {
        let grant = self.grant_of(caller)?;
        self.derive(&grant, &limits, slot).map(drop)
    }

    fn convert(
        &mut self,
        caller: Caller,
        radix: u8,
        client: bool,
        first_slot: u64,
    ) -> Result<Block> {
        let grant = self.grant_of(caller)?;
        self.convert(&grant, radix, client, first_slot)
    }

    fn derive_process(
        &mut self,
        caller: Caller,
        what: DeriveProcess,
        first_slot: u64,
    ) -> Result<NewProcess> {
        let grant = self.grant_of(caller)?;
        self.derive_process(&grant, &what, first_slot)
    }

    fn destroy(&mut self, caller: Caller) -> Result<Deferrable<()>> {
        let grant = self.grant_of(caller)?;
        self.destroy(&grant, caller.badge).map(perhaps)
    }

    fn usage(&mut self, caller: Caller) -> Result<Usage> {
        let info = self.tree().info(self.grant_of(caller)?.container)?;
        let (used, left) = (info.used, info.left);
        Ok(Usage { used, left })
    }

    fn reduce(&mut self, caller: Caller, rights: Rights, slot: u64) -> Result<()> {
        let grant = self.grant_of(caller)?;
        self.reduce(&grant, rights, slot)
    }

    fn share(&mut self, caller: Caller, process: Block, slot: u64, rights: Rights) -> Result<()> {
        let grant = self.grant_of(caller)?;
        self.share(&grant, process, slot, rights)
    }

    fn null(&mut self, caller: Caller) -> Result<()> {
        self.grant_of(caller).map(drop)
    }

    fn info(&mut self, caller: Caller) -> Result<Entry> {
        self.entry(self.grant_of(caller)?.container)
    }

    fn list(
        &mut self,
        caller: Caller,
        after: Option<u16>,
    ) -> Result<heapless::Vec<Entry, LIST_LENGTH>> {
        self.entries(self.grant_of(caller)?.container, after)
    }

    fn set_name(&mut self, caller: Caller, name: Name) -> Result<()> {
        let grant = self.grant_of(caller)?;
        self.set_name(&grant, name)
    }

    fn set_limit(&mut self, caller: Caller, limit: Amount) -> Result<()> {
        let grant = self.grant_of(caller)?;
        self.set_limit(&grant, limit)
    }

    fn identify(
        &mut self,
        caller: Caller,
        capability: ReceivedCapability,
    ) -> Result<Option<Identity>> {
        let grant = self.grant_of(caller)?;
        Ok(self.identity(&grant, capability))
    }

    fn watch(&mut self, caller: Caller, slot: u64, above: u64) -> Result<()> {
        let grant = self.grant_of(caller)?;
        self.watch(&grant, caller.badge, slot, above)
    }

    fn dissolve(&mut self, caller: Caller) -> Result<Deferrable<()>> {
        let grant = self.grant_of(caller)?;
        self.dissolve(&grant, caller.badge)?;
        Ok(perhaps(false))
    }

    fn blocks(&mut self, caller: Caller, from: u32) -> Result<Blocks> {
        let container = self.grant_of(caller)?.container;
        let (mut blocks, mut next) = (heapless::Vec::new(), Some(from));
        for _ in 0..PLACES {
            let Some(place) = next.filter(|_| !blocks.is_full()) else {
                break;
            };
            if let Some((block, bits)) = self.tree().block_at(container, place) {
                // There is room: it was asked for just now.
                let _ = blocks.push(Allocation {
                    block: Block(block.number()),
                    bits,
                    process: self.tree().tag(block) != 0,
                });
            }
            next = (place < self.tree().last_place()).then_some(place + 1);
        }
        Ok(Blocks { blocks, next })
    }

    fn suspend(&mut self, caller: Caller) -> Result<Deferrable<()>> {
        let grant = self.grant_of(caller)?;
        require_domains()?;
        let change = |tree: &mut Tree, id| tree.set_suspended(id, true);
        self.reschedule(&grant, caller.badge, change).map(perhaps)
    }

    fn resume(&mut self, caller: Caller) -> Result<Deferrable<()>> {
        let grant = self.grant_of(caller)?;
        let change = |tree: &mut Tree, id| tree.set_suspended(id, false);
        self.reschedule(&grant, caller.badge, change).map(perhaps)
    }

    fn set_priority(&mut self, caller: Caller, priority: u8) -> Result<Deferrable<()>> {
        let grant = self.grant_of(caller)?;
        let change = |tree: &mut Tree, id| tree.set_priority(id, priority);
        self.reschedule(&grant, caller.badge, change).map(perhaps)
    }

    fn schedule(&mut self, caller: Caller) -> Result<Schedule> {
        let container = self.grant_of(caller)?.container;
        Ok(self.tree().schedule(container))
    }
}

/// The answer of what may be `done` already, or is told later.
fn perhaps(done: bool) -> Deferrable<()> {
    if done {
        Deferrable::Now(())
    } else {
        Deferrable::Later
    }
}

/// At how many places of the books is looked for blocks in one call.
const PLACES: u32 = 512;

impl Service {
    fn grant_of(&self, caller: Caller) -> Result<Grant> {
        self.granted(caller.badge).ok_or(ContainerError::Gone)
    }

    fn entry(&self, id: ContainerId) -> Result<Entry> {
        let info = self.tree().info(id)?;
        Ok(Entry {
            number: id.number(),
            name: info.name,
            depth: info.depth,
            limit: info.limit,
            guaranteed: info.guaranteed,
            used: info.used,
            own: info.own,
            left: info.left,
            children: info.children,
            processes: info.processes,
            age: self.age(info.since),
        })
    }

    fn entries(
        &self,
        top: ContainerId,
        after: Option<u16>,
    ) -> Result<heapless::Vec<Entry, LIST_LENGTH>> {
        let mut next = match after.map(ContainerId::from_number) {
            None => Some(top),
            Some(id) if self.tree().info(id).is_ok() && self.tree().is_within(id, top) => {
                self.tree().next_in_walk(top, id)
            }
            Some(_) => return Err(ContainerError::NoSuchContainer),
        };
        let mut entries = heapless::Vec::new();
        while let Some(id) = next
            && !entries.is_full()
        {
            // There is room: it was asked for just now.
            let _ = entries.push(self.entry(id)?);
            next = self.tree().next_in_walk(top, id);
        }
        Ok(entries)
    }

    fn identity(&self, grant: &Grant, capability: ReceivedCapability) -> Option<Identity> {
        let ReceivedCapability::Own { badge } = capability else {
            return None;
        };
        let other = self.granted(badge)?;
        Some(Identity {
            rights: other.rights,
            same: other.container == grant.container,
            within: self.tree().is_within(other.container, grant.container),
        })
    }
}
