// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is behind the names: publications, and those who wait for one.

use crate::views::{DERIVED, Resolved, Views};
use crate::{
    Handing, Identity, LIST_LENGTH, Name, RegistryError, Shown, View, ViewInterface, ViewWait,
};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use croft_ipc::{
    Caller, Capabilities, CapabilityAddress, Deferrable, Dispatch, Incoming, Kept, Outgoing,
    PassOnError, ProtocolError, ReceivedCapability, SavedCaller, Server, refuse,
};

/// How many callers of one view can wait at a time.
pub const WAITING: usize = 4;

/// The registry. It calls nobody, so nobody can keep it waiting.
pub struct Service<C> {
    views: Views,
    /// What is published, by the registry's own names.
    publications: Vec<Option<Publication>>,
    waiting: Vec<Waiting>,
    capabilities: C,
}

struct Publication {
    /// The view that it was published through.
    owner: u64,
    handing: Handing,
    kept: Kept,
}

struct Waiting {
    view: u64,
    name: String,
    caller: SavedCaller,
}

type Result<T> = core::result::Result<T, RegistryError>;

impl<C: Capabilities> Service<C> {
    /// Nothing is published yet.
    pub fn new(views: Views, capabilities: C) -> Self {
        let mut publications = Vec::new();
        publications.resize_with(views.names(), || None);
        Self {
            views,
            publications,
            waiting: Vec::new(),
            capabilities,
        }
    }

    /// The most slots that it ever needs.
    #[must_use]
    pub fn most_slots(&self) -> usize {
        let views = self.views.clients() * (1 + DERIVED);
        // One more capability is there while it takes another one's place.
        views * WAITING + self.publications.len() + 1
    }

    /// The most bytes of heap that it ever needs beside what it has now.
    #[must_use]
    pub fn most_bytes(&self) -> usize {
        // Views, names and waiting callers as they stand in their trees and lists, generously.
        self.views.clients() * (16 << 10)
    }

    fn resolve(&self, caller: Caller, name: &str) -> Result<Resolved> {
        let resolved = self.views.resolve(caller.badge, name);
        resolved.ok_or(RegistryError::NoSuchName)
    }

    /// What is published there now. That a publisher has ended shows in that what it published has vanished.
    fn current(&mut self, index: usize) -> Option<&Publication> {
        let place = self.publications.get_mut(index)?;
        if let Some(gone) = place.take_if(|it| !self.capabilities.is_there(&it.kept)) {
            self.capabilities.forget(gone.kept);
        }
        place.as_ref()
    }

    /// Answers those who wait for what is there now.
    fn announce(&mut self, index: usize) {
        let (views, capabilities) = (&self.views, &mut self.capabilities);
        let is_there = |it: &mut Waiting| {
            let resolved = views.resolve(it.view, &it.name);
            resolved.is_some_and(|resolved| resolved.index == index)
        };
        for it in self.waiting.extract_if(.., is_there) {
            capabilities.answer::<ViewWait>(it.caller, Ok(()));
        }
    }

    /// Ends what views that have changed or ended do not allow any more.
    fn sweep(&mut self) {
        let (views, capabilities) = (&self.views, &mut self.capabilities);
        for (index, place) in self.publications.iter_mut().enumerate() {
            if let Some(ends) = place.take_if(|it| !views.may_publish(it.owner, index)) {
                capabilities.forget(ends.kept);
            }
        }
        let lost = |it: &mut Waiting| views.resolve(it.view, &it.name).is_none();
        for it in self.waiting.extract_if(.., lost) {
            if views.contains(it.view) {
                let no_name = Err(RegistryError::NoSuchName);
                capabilities.answer::<ViewWait>(it.caller, no_name);
            } else {
                capabilities.abandon(it.caller);
            }
        }
    }

    /// Makes room for another caller of a view that waits: those whose threads have ended do not.
    fn make_room(&mut self, view: u64) -> Result<()> {
        let capabilities = &mut self.capabilities;
        let ended = |it: &mut Waiting| it.view == view && !capabilities.is_waiting(&it.caller);
        let ended: Vec<_> = self.waiting.extract_if(.., ended).collect();
        for it in ended {
            self.capabilities.abandon(it.caller);
        }
        let waits = self.waiting.iter().filter(|it| it.view == view).count();
        if waits < WAITING {
            return Ok(());
        }
        Err(RegistryError::Full)
    }
}

/// The number of a view whose capability came along.
fn number(view: ReceivedCapability) -> Result<u64> {
    match view {
        ReceivedCapability::Own { badge } => Ok(badge),
        _ => Err(RegistryError::NoView),
    }
}

impl<C: Capabilities> View for Service<C> {
    fn look_up(&mut self, caller: Caller, name: &str) -> Result<CapabilityAddress> {
        let index = self.resolve(caller, name)?.index;
        let there = self.current(index).map(|it| it.handing);
        let badge = match there.ok_or(RegistryError::NotThere)? {
            Handing::Same => None,
            Handing::ByCaller => Some(caller.badge),
        };
        let publication = self.publications[index].as_ref();
        let kept = &publication.ok_or(RegistryError::NotThere)?.kept;
        let copy = self.capabilities.pass_on(kept, badge);
        copy.map_err(|_| RegistryError::NotThere)
    }

    fn wait(&mut self, caller: Caller, name: &str) -> Result<Deferrable<()>> {
        let index = self.resolve(caller, name)?.index;
        if self.current(index).is_some() {
            return Ok(Deferrable::Now(()));
        }
        self.make_room(caller.badge)?;
        let waiting = Waiting {
            view: caller.badge,
            name: name.to_string(),
            caller: self.capabilities.save_caller(caller)?,
        };
        self.waiting.push(waiting);
        Ok(Deferrable::Later)
    }

    fn publish(
        &mut self,
        caller: Caller,
        name: &str,
        handing: Handing,
        capability: ReceivedCapability,
    ) -> Result<()> {
        let Resolved { index, publish } = self.resolve(caller, name)?;
        if !publish {
            return Err(RegistryError::NotAllowed);
        }
        let owner = caller.badge;
        if self.current(index).is_some_and(|it| it.owner != owner) {
            return Err(RegistryError::Taken);
        }
        if capability != ReceivedCapability::InSlot {
            return Err(RegistryError::NoCapability);
        }
        let kept = self.capabilities.keep()?;
        let badge = matches!(handing, Handing::ByCaller).then_some(owner);
        if let Err(error) = self.capabilities.pass_on(&kept, badge) {
            self.capabilities.forget(kept);
            return Err(match error {
                PassOnError::Badged => RegistryError::Badged,
                PassOnError::Gone => RegistryError::NoCapability,
            });
        }
        let publication = Publication {
            owner,
            handing,
            kept,
        };
        if let Some(before) = self.publications[index].replace(publication) {
            self.capabilities.forget(before.kept);
        }
        self.announce(index);
        Ok(())
    }

    fn withdraw(&mut self, caller: Caller, name: &str) -> Result<()> {
        let index = self.resolve(caller, name)?.index;
        let owner = self.current(index).map(|it| it.owner);
        if owner.ok_or(RegistryError::NotThere)? != caller.badge {
            return Err(RegistryError::NotAllowed);
        }
        if let Some(withdrawn) = self.publications[index].take() {
            self.capabilities.forget(withdrawn.kept);
        }
        Ok(())
    }

    fn list(&mut self, caller: Caller, after: &str) -> Result<heapless::Vec<Shown, LIST_LENGTH>> {
        let mut list = heapless::Vec::new();
        for (name, resolved) in self.views.list(caller.badge, after).take(LIST_LENGTH) {
            let publication = self.publications[resolved.index].as_ref();
            let shown = Shown {
                name: name_of(name)?,
                publish: resolved.publish,
                there: publication.is_some_and(|it| self.capabilities.is_there(&it.kept)),
            };
            list.push(shown).map_err(|_| RegistryError::Full)?;
        }
        Ok(list)
    }

    fn derive(&mut self, caller: Caller, may_derive: bool) -> Result<CapabilityAddress> {
        let number = self.views.derive(caller.badge, may_derive)?;
        self.capabilities.mint(number).map_err(|no_slot| {
            // It was just derived.
            let _ = self.views.revoke(caller.badge, number);
            no_slot.into()
        })
    }

    fn show(
        &mut self,
        caller: Caller,
        view: ReceivedCapability,
        name: &str,
        shown: &str,
        publish: bool,
    ) -> Result<()> {
        let into = number(view)?;
        self.views.show(caller.badge, into, name, shown, publish)
    }

    fn show_all(
        &mut self,
        caller: Caller,
        view: ReceivedCapability,
        prefix: &str,
        publish: bool,
    ) -> Result<()> {
        let into = number(view)?;
        self.views.show_all(caller.badge, into, prefix, publish)
    }

    fn hide(&mut self, caller: Caller, view: ReceivedCapability, shown: &str) -> Result<()> {
        self.views.hide(caller.badge, number(view)?, shown)?;
        self.sweep();
        Ok(())
    }

    fn revoke(&mut self, caller: Caller, view: ReceivedCapability) -> Result<()> {
        self.views.revoke(caller.badge, number(view)?)?;
        self.sweep();
        Ok(())
    }

    fn identify(&mut self, _: Caller, number: u64) -> Result<Identity> {
        let (client, derived) = self.views.identity(number).ok_or(RegistryError::NoView)?;
        let client = name_of(client)?;
        Ok(Identity { client, derived })
    }
}

/// A name as it travels.
fn name_of(name: &str) -> Result<Name> {
    Name::try_from(name).map_err(|_| RegistryError::BadName)
}

impl<C: Capabilities> Server for Service<C> {
    fn message(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        if self.views.contains(incoming.call.badge) {
            return ViewInterface::dispatch(self, incoming, buffer);
        }
        // A view that was revoked.
        Some(refuse(incoming, ProtocolError::NoSuchObject, buffer))
    }
}
