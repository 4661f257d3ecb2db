// SPDX-License-Identifier: MIT OR Apache-2.0
//! Telling what happens to containers, by notifications that clients name.
//!
//! The root task copies the capability out of the client's CNode. It may be any capability: what is done with it is done
//! without waiting, and means something to notifications only.
use croft_container_tree::{ContainerId, Grant, Result, Watch};
use sel4::{CapRights, MessageInfoBuilder, cap};

use super::{Service, bad_slots, slot_of};
use crate::slots::own;

impl Service {
    /// Has the notification in slot `slot` of the holder's CNode signalled when the container of `grant` ends, and once when
    /// its use is above so many bytes. It takes the place of what this grant asked for before; slot 0 is none.
    pub fn watch(&mut self, grant: &Grant, badge: u64, slot: u64, above: u64) -> Result {
        let container = grant.container;
        self.unwatch(container, badge);
        if slot == 0 {
            return Ok(());
        }
        let cnode = self.cnode(grant.holder)?;
        let kept = self.tree.take_slots(container)?;
        let watch = Watch {
            container,
            badge: badge as u32,
            slot: kept,
            above,
        };
        let copied = own(kept).copy(&slot_of(cnode, slot), CapRights::WRITE_ONLY);
        let added = copied.map_err(|error| bad_slots(error, slot, 1));
        let added = added.and_then(|()| self.watches.add(watch));
        let added = added.inspect_err(|_| self.forget_watch(&watch));
        self.tree
            .set_alarm(container, self.watches.least(container));
        added
    }

    /// Ends what a grant asked for.
    pub(super) fn unwatch(&mut self, container: ContainerId, badge: u64) {
        if let Some(watch) = self.watches.remove(container, Some(badge as u32)) {
            self.forget_watch(&watch);
            self.tree
                .set_alarm(container, self.watches.least(container));
        }
    }

    /// Tells those who want to know of the use of containers, after a request through the grant of that badge was done.
    pub fn tell_alarms(&mut self, badge: u64) {
        let Some(charged) = self.grants.get(badge).map(|grant| grant.container) else {
            return;
        };
        while let Some((container, used)) = self.tree.alarmed(charged) {
            while let Some(watch) = self.watches.passed(container, used) {
                tell(&watch);
            }
            self.tree
                .set_alarm(container, self.watches.least(container));
        }
    }

    /// Tells everybody who watches a container that it is gone.
    pub(super) fn tell_end(&mut self, container: ContainerId) {
        while let Some(watch) = self.watches.remove(container, None) {
            tell(&watch);
            self.forget_watch(&watch);
        }
    }

    fn forget_watch(&mut self, watch: &Watch) {
        // It cannot fail: the slot is the root task's own.
        let _ = own(watch.slot).delete();
        self.tree.return_slots(watch.slot);
    }
}

/// Signals a notification. Nothing that else may be in the slot understands a message without a label.
fn tell(watch: &Watch) {
    let nothing = MessageInfoBuilder::default().build();
    cap::Endpoint::from_bits(watch.slot.into()).nb_send_with_mrs(nothing, ());
}
