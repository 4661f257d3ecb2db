// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a registry is told at its start: the arguments of the server `servers/registry`.
use serde::{Deserialize, Serialize};

use crate::{Error, Sequence, VERSION};

/// The arguments of a registry: which names each of its clients may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryArguments<'a> {
    /// Its clients, each once.
    #[serde(borrow)]
    pub clients: Sequence<'a, RegistryClient<'a>>,
}

/// One client of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryClient<'a> {
    /// The badge by which the registry sees it: its place in [`crate::Manifest::servers`] plus one.
    pub badge: u32,
    /// Its name in the image.
    pub name: &'a str,
    /// The names that it sees. Nothing else exists for it.
    #[serde(borrow)]
    pub names: Sequence<'a, ShownName<'a>>,
}

/// A name that a client of a registry sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownName<'a> {
    /// What the client calls it; unique among its names.
    pub shown: &'a str,
    /// The registry's own name for it.
    pub name: &'a str,
    /// Whether the client may publish under it.
    pub publish: bool,
}

impl<'a> RegistryArguments<'a> {
    /// Decodes what [`RegistryArguments::encode`] gave.
    ///
    /// # Errors
    /// [`Error::Version`] if another version encoded it, [`Error::Malformed`] if it is none, [`Error::BadName`] and
    /// [`Error::Duplicate`] if a client or a name of one is not what it must be.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, Error<'a>> {
        let (found, rest) =
            postcard::take_from_bytes::<u32>(bytes).map_err(|_| Error::Malformed)?;
        if found != VERSION {
            return Err(Error::Version { found });
        }
        let Ok((arguments, [])) = postcard::take_from_bytes::<Self>(rest) else {
            return Err(Error::Malformed);
        };
        for (place, client) in arguments.clients.iter().enumerate() {
            let mut earlier = arguments.clients.iter().take(place);
            let same = |other: RegistryClient<'_>| {
                other.badge == client.badge || other.name == client.name
            };
            if client.badge == 0 || earlier.any(same) {
                return Err(Error::Duplicate(client.name));
            }
            client.check()?;
        }
        Ok(arguments)
    }

    /// The encoded form, for [`crate::Server::arguments`].
    ///
    /// # Errors
    /// [`Error::Malformed`] if it has no encoding.
    #[cfg(feature = "alloc")]
    pub fn encode(&self) -> Result<alloc::vec::Vec<u8>, Error<'static>> {
        postcard::to_allocvec(&(VERSION, self)).map_err(|_| Error::Malformed)
    }
}

impl<'a> RegistryClient<'a> {
    fn check(&self) -> Result<(), Error<'a>> {
        crate::check::name(self.name)?;
        for (place, shown) in self.names.iter().enumerate() {
            crate::check::name(shown.shown)?;
            crate::check::name(shown.name)?;
            let mut earlier = self.names.iter().take(place);
            if earlier.any(|other| other.shown == shown.shown) {
                return Err(Error::Duplicate(shown.shown));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SequenceBuffer;
    use proptest::prelude::*;

    /// Arguments with two clients; `change` may spoil the second.
    fn arguments(change: impl FnOnce(&mut RegistryClient<'_>)) -> Vec<u8> {
        let mut names = SequenceBuffer::new();
        for (shown, name, publish) in [("date", "date", true), ("log", "log.date", false)] {
            let shown = ShownName {
                shown,
                name,
                publish,
            };
            names.push(&shown).unwrap();
        }
        let names = names.sequence().unwrap();
        let client = |badge, name| RegistryClient { badge, name, names };
        let mut second = client(4, "guest");
        change(&mut second);
        let mut clients = SequenceBuffer::new();
        clients.push(&client(3, "date")).unwrap();
        clients.push(&second).unwrap();
        let clients = clients.sequence().unwrap();
        RegistryArguments { clients }.encode().unwrap()
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = arguments(|_| {});
        let read = RegistryArguments::decode(&bytes).unwrap();
        let clients: Vec<_> = read.clients.iter().collect();
        assert_eq!((clients[1].badge, clients[1].name), (4, "guest"));
        let last = clients[1].names.iter().last().unwrap();
        assert_eq!((last.shown, last.name), ("log", "log.date"));
        assert!(!last.publish);
        assert_eq!(
            RegistryArguments::decode(&[77]),
            Err(Error::Version { found: 77 })
        );
    }

    #[test]
    fn clients_and_names_are_checked() {
        let refused = |change: fn(&mut RegistryClient<'_>), expected| {
            let bytes = arguments(change);
            assert_eq!(RegistryArguments::decode(&bytes).unwrap_err(), expected);
        };
        refused(|second| second.name = "date", Error::Duplicate("date"));
        refused(|second| second.badge = 3, Error::Duplicate("guest"));
        refused(|second| second.badge = 0, Error::Duplicate("guest"));
        refused(|second| second.name = "G", Error::BadName("G"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_arguments_or_an_error(bytes: Vec<u8>, at in 0usize..60, value: u8) {
            let _ = RegistryArguments::decode(&bytes).map(|arguments| format!("{arguments:?}"));
            let mut bytes = arguments(|_| {});
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
            let _ = RegistryArguments::decode(&bytes).map(|arguments| format!("{arguments:?}"));
        }
    }
}
