// SPDX-License-Identifier: MIT OR Apache-2.0
//! The registrar.

use super::{DeedError, Deeds, DeedsInterface, Found, Identify, IdentifyInterface, Identity, find};
use crate::{Name, interface_of, name};
use croft_ipc::{
    Capabilities, CapabilityAddress, Definition, Dispatch, Incoming, OBJECT_BADGE_BIT, Objects,
    Outgoing, ProtocolError, ReceivedCapability, Server, refuse,
};

/// What the registrar's capabilities are for.
enum Entry {
    /// It is genuine, and this.
    Deed(Name),
    /// Who has it may ask.
    Asker,
}

/// Makes deeds and says whether a capability is one.
pub struct Registrar<C> {
    entries: Objects<Entry, 256>,
    capabilities: C,
}

impl<C: Capabilities> Registrar<C> {
    /// No deeds yet.
    pub fn new(capabilities: C) -> Self {
        let entries = Objects::new();
        Self {
            entries,
            capabilities,
        }
    }

    fn make(&mut self, entry: Entry) -> Result<CapabilityAddress, DeedError> {
        let badge = self.entries.insert(entry).map_err(|_| DeedError::TooMany)?;
        self.capabilities.mint(badge).map_err(|_| {
            self.entries.remove(badge);
            DeedError::TooMany
        })
    }
}

impl<C: Capabilities> Identify for Registrar<C> {
    fn identify(&mut self, capability: ReceivedCapability) -> Identity {
        match find(&mut self.entries, capability) {
            Found::Genuine(Entry::Deed(what)) => Identity::Genuine { what: what.clone() },
            Found::Former => Identity::Former,
            Found::Genuine(Entry::Asker) | Found::Foreign => Identity::Foreign,
        }
    }
}

impl<C: Capabilities> Deeds for Registrar<C> {
    fn issue(&mut self, what: &str) -> Result<CapabilityAddress, DeedError> {
        self.make(Entry::Deed(name(what)))
    }

    fn revoke(&mut self, deed: ReceivedCapability) -> Result<(), DeedError> {
        let ReceivedCapability::Own { badge } = deed else {
            return Err(DeedError::NoDeed);
        };
        match self.entries.get_mut(badge) {
            Some(Entry::Deed(_)) => drop(self.entries.remove(badge)),
            Some(Entry::Asker) | None => return Err(DeedError::NoDeed),
        }
        Ok(())
    }

    fn asker(&mut self) -> Result<CapabilityAddress, DeedError> {
        self.make(Entry::Asker)
    }
}

impl<C: Capabilities> Server for Registrar<C> {
    fn message(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        let badge = incoming.call.badge;
        let may_issue = badge & OBJECT_BADGE_BIT == 0;
        match self.entries.get_mut(badge) {
            None if !may_issue => Some(refuse(incoming, ProtocolError::NoSuchObject, buffer)),
            None if interface_of(incoming) == DeedsInterface::NUMBER => {
                DeedsInterface::dispatch(self, incoming, buffer)
            }
            None | Some(Entry::Asker) => IdentifyInterface::dispatch(self, incoming, buffer),
            // A deed is shown, not called.
            Some(Entry::Deed(_)) => Some(refuse(incoming, ProtocolError::UnknownInterface, buffer)),
        }
    }
}
