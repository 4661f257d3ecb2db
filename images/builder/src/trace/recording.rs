// SPDX-License-Identifier: MIT OR Apache-2.0
//! What came over the serial line.
use std::collections::BTreeMap;

use croft_trace::{Event, Piece};

/// The notes of all servers, as far as they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// By name and how often the server was started before.
    pub(super) servers: BTreeMap<(String, u64), Notes>,
    /// The server that pieces are of, and the number of its next note.
    present: Option<((String, u64), u64)>,
    complete: bool,
}

/// The notes of one life of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Notes {
    /// The badge by which other servers see it.
    pub(super) badge: u64,
    /// Ticks of the counter in a second; 0 if nobody knows.
    pub(super) hertz: u64,
    /// The servers that it reaches, by the addresses of its capabilities.
    pub(super) services: BTreeMap<u64, String>,
    /// By number, so that what comes twice counts once; none if it made no sense.
    pub(super) events: BTreeMap<u64, Option<Event>>,
}

impl Recording {
    /// Takes a piece. One that makes no sense is left out.
    pub fn take(&mut self, bytes: &[u8]) {
        let Some(piece) = Piece::decode(bytes) else {
            return;
        };
        match piece {
            Piece::Server {
                name,
                badge,
                restarts,
                hertz,
                first,
            } => {
                self.complete = false;
                let key = (name.to_owned(), restarts);
                let notes = self.servers.entry(key.clone()).or_default();
                (notes.badge, notes.hertz) = (badge, hertz);
                self.present = Some((key, first));
            }
            Piece::Service { slot, server } => {
                if let Some((key, _)) = &self.present
                    && let Some(notes) = self.servers.get_mut(key)
                {
                    notes.services.insert(slot, server.to_owned());
                }
            }
            Piece::Events(_) => {
                if let Some((key, next)) = &mut self.present
                    && let Some(notes) = self.servers.get_mut(key)
                {
                    for event in piece.events() {
                        notes.events.insert(*next, event);
                        *next = next.wrapping_add(1);
                    }
                }
            }
            Piece::Complete => (self.present, self.complete) = (None, true),
        }
    }

    /// Whether all servers were gone through since the last one began.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether nothing came.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.servers.is_empty()
    }
}

impl Notes {
    /// How many notes are missing.
    pub(super) fn lost(&self) -> u64 {
        let after = self.events.last_key_value().map_or(0, |(last, _)| last + 1);
        after - self.events.len() as u64
    }
}
