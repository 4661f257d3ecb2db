// SPDX-License-Identifier: MIT OR Apache-2.0
//! What goes over the serial line, each in a frame of its own (`croft_console_frame::trace`).
use serde::{Deserialize, Serialize};

use crate::Event;

/// The most notes in one [`Piece::Events`]: so many fit a frame.
pub const EVENTS: usize = 40;

/// A piece of a trace, in postcard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Piece<'a> {
    /// The notes of a server begin.
    Server {
        /// Its name.
        name: &'a str,
        /// The badge by which the other servers of the image see it.
        badge: u64,
        /// How often it was started before.
        restarts: u64,
        /// Ticks of its counter in a second; 0 if nobody knows.
        hertz: u64,
        /// The number of the first note that follows: so many are lost.
        first: u64,
    },
    /// The server that this one reaches by the capability in a slot.
    Service {
        /// The slot, which is the capability's address.
        slot: u64,
        /// The name of the server that is reached.
        server: &'a str,
    },
    /// The next notes: each [`Event::WORDS`] little-endian words.
    Events(&'a [u8]),
    /// All servers were gone through.
    Complete,
}

impl<'a> Piece<'a> {
    /// Reads one; `None` if the bytes are none.
    #[must_use]
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        match postcard::take_from_bytes(bytes) {
            Ok((piece, [])) => Some(piece),
            _ => None,
        }
    }

    /// Writes it to the start of `buffer`; `None` if that is too short. 1024 bytes are enough for any piece.
    #[must_use]
    pub fn encode<'b>(&self, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        postcard::to_slice(self, buffer).ok().map(|bytes| &*bytes)
    }

    /// The notes of [`Piece::Events`]; what is none is left out.
    pub fn events(self) -> impl Iterator<Item = Option<Event>> + 'a {
        let bytes = match self {
            Piece::Events(bytes) => bytes,
            _ => &[],
        };
        bytes.chunks_exact(Event::WORDS * 8).map(|note| {
            let mut words = [0; Event::WORDS];
            for (word, bytes) in words.iter_mut().zip(note.chunks_exact(8)) {
                *word = u64::from_le_bytes(bytes.try_into().ok()?);
            }
            Event::from_words(words)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;
    use crate::Kind;

    /// What a frame on the serial line carries.
    const FRAME: usize = 1024;

    #[test]
    fn pieces_fit_a_frame_and_are_read() {
        let event = Event {
            time: u64::MAX,
            kind: Kind::Returned,
            label: u32::MAX,
            words: 120,
            capability: true,
            who: u64::MAX,
        };
        let words = event.to_words();
        let note: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let notes = note.repeat(EVENTS);
        let name = core::str::from_utf8(&[b'x'; 31]).unwrap();
        let largest = u64::MAX;
        for piece in [
            Piece::Server {
                name,
                badge: largest,
                restarts: largest,
                hertz: largest,
                first: largest,
            },
            Piece::Service {
                slot: largest,
                server: name,
            },
            Piece::Events(&notes),
            Piece::Complete,
        ] {
            let mut buffer = [0; FRAME];
            let bytes = piece.encode(&mut buffer).unwrap();
            assert_eq!(Piece::decode(bytes), Some(piece));
        }
        let events: Vec<_> = Piece::Events(&notes).events().collect();
        assert_eq!(events, [Some(event); EVENTS]);
        assert_eq!(Piece::Complete.encode(&mut []), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_piece_or_none(bytes: Vec<u8>) {
            if let Some(piece) = Piece::decode(&bytes) {
                let _ = piece.events().count();
            }
        }
    }
}
