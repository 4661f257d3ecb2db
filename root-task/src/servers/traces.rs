// SPDX-License-Identifier: MIT OR Apache-2.0
//! What servers have noted of their messages, written to the host.
use croft_manifest::Authority;
use croft_trace::{EVENTS, Event, Notes, Piece, places};

use super::{Servers, plan};

impl Servers<'_, '_> {
    /// Writes the notes of all servers that run and are traced. Those of the others were written when they ended.
    pub(super) fn write_traces(&mut self) {
        for place in 0..self.slots.len() {
            self.write_trace(place);
        }
        let is_traced = |server: croft_manifest::Server<'_>| server.trace != 0;
        if self.payload.manifest().servers.iter().any(is_traced) {
            self.report.trace(&Piece::Complete);
        }
    }

    /// Writes the notes of a server, if it is traced. What is in them is its affair, and for the host to make sense of.
    pub(super) fn write_trace(&mut self, place: usize) {
        let (Some(server), Some(child)) = (self.server(place), &self.slots[place].child) else {
            return;
        };
        let pages = child.trace_pages();
        let Some(first) = child.trace_page(&mut self.parent, 0) else {
            return;
        };
        let notes = Notes::read(&first, pages);
        self.report.trace(&Piece::Server {
            name: server.name,
            badge: plan::client_badge(place),
            restarts: self.slots[place].starts.saturating_sub(1),
            hertz: notes.hertz.unwrap_or(self.machine.counter_hertz),
            first: notes.first,
        });
        for (wish, capability) in server.capabilities.iter().enumerate() {
            if let (Authority::Service { server }, Some(slot)) =
                (capability.authority, child.given_slot(wish))
            {
                self.report.trace(&Piece::Service { slot, server });
            }
        }
        let mut page = (0, first);
        let (mut bytes, mut length) = ([0; EVENTS * Event::WORDS * 8], 0);
        for (number, word) in places(notes, pages) {
            if number != page.0 {
                let Some(words) = child.trace_page(&mut self.parent, number) else {
                    break;
                };
                page = (number, words);
            }
            for word in &page.1[word..word + Event::WORDS] {
                bytes[length..length + 8].copy_from_slice(&word.to_le_bytes());
                length += 8;
            }
            if length == bytes.len() {
                self.report.trace(&Piece::Events(&bytes));
                length = 0;
            }
        }
        if length > 0 {
            self.report.trace(&Piece::Events(&bytes[..length]));
        }
    }
}
