// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the child holds.
use croft_container::Rights;
use sel4::{CapRights, ObjectBlueprint};

use super::Builder;
use crate::handover::{END_REQUESTED, slot};
use crate::parent::layout::Slots;
use crate::parent::{CreateError, Frames, Parent};

impl<P: Parent> Builder<'_, '_, P> {
    /// The endpoint that the child serves, and its notification.
    pub(super) fn objects(&mut self) -> Result<(), CreateError> {
        let (service, events) = (self.child.service(), self.child.events());
        self.retype(&ObjectBlueprint::Endpoint, service)?;
        self.retype(&ObjectBlueprint::Notification, events)?;
        let source = self.own(events);
        self.own(self.child.end_request())
            .mint(&source, CapRights::WRITE_ONLY, END_REQUESTED)
            .map_err(CreateError::kernel("a notification's copy"))
    }

    /// The capabilities that every process has.
    pub(super) fn fixed_capabilities(&mut self, slots: &Slots) -> Result<(), CreateError> {
        let copied = CreateError::kernel("a capability's copy");
        let guard = self.guard().into_word();
        let (endpoint, badge) = self.description.parent;
        let all = CapRights::all();
        let cnode = self.own(self.slots.cnode);
        self.there(slot::CNODE)
            .mint(&cnode, all, guard)
            .map_err(&copied)?;
        for (to, from) in [
            (slot::VSPACE, self.slots.vspace),
            (slot::TCB, self.slots.tcb),
        ] {
            let from = self.own(from);
            self.there(to).copy(&from, all).map_err(&copied)?;
        }
        let endpoint = self.own(endpoint);
        self.there(slot::PARENT)
            .mint(&endpoint, CapRights::WRITE_GRANT, badge)
            .map_err(&copied)?;
        let events = self.own(self.child.events());
        self.there(slot::EVENTS)
            .copy(&events, CapRights::READ_WRITE)
            .map_err(&copied)?;
        if self.description.serves {
            let service = self.own(self.child.service());
            self.there(slots.service)
                .copy(&service, all)
                .map_err(&copied)?;
        }
        let process = self.child.process;
        self.container()
            .share(process, slot::CONTAINER, Rights::Derive)?;
        Ok(())
    }

    /// What the child gets by name.
    pub(super) fn given_capabilities(&mut self, slots: &Slots) -> Result<(), CreateError> {
        let copied = CreateError::kernel("a given capability's copy");
        let mut to = slots.given;
        for given in self.description.capabilities {
            self.child.given.push(to);
            for &from in given.slots {
                let (there, from) = (self.there(to), self.own(from));
                match given.badge {
                    Some(badge) => there.mint(&from, given.rights, badge),
                    None => there.copy(&from, given.rights),
                }
                .map_err(&copied)?;
                to += 1;
            }
        }
        self.give_frames(self.description.image, slots.image)?;
        let mut to = slots.files;
        for (_, file) in self.description.files {
            self.give_frames(*file, to)?;
            to += file.pages();
        }
        Ok(())
    }

    fn give_frames(&self, frames: Frames, first: u64) -> Result<(), CreateError> {
        for page in 0..frames.pages() {
            self.there(first + page)
                .copy(&self.own(frames.first_slot + page), CapRights::READ_ONLY)
                .map_err(CreateError::kernel("a file page's copy"))?;
        }
        Ok(())
    }
}
