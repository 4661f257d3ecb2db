// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a server ends, and what becomes of those that used it.
use croft_manifest::Authority;
use croft_process::handover::Refusal;
use sel4::{CapRights, Fault, cap};

use super::{Servers, State, plan};
use crate::faults::Description;

impl Servers<'_, '_> {
    /// A child faulted (or sent what looks like it, which is its own affair).
    pub fn fault(&mut self, badge: u64, fault: Option<&Fault>) {
        let Some(place) = self.place(badge) else {
            return;
        };
        let tcb = self.slots[place]
            .child
            .as_ref()
            .map(|child| cap::Tcb::from_bits(child.slots().tcb));
        let registers = tcb.and_then(|tcb| tcb.tcb_read_all_registers(false).ok());
        match fault {
            Some(fault) => {
                let registers = registers.as_ref();
                self.end(
                    place,
                    true,
                    format_args!("{}", Description { fault, registers }),
                );
            }
            None => self.end(place, true, format_args!("sent nonsense to its parent")),
        }
    }

    /// Reports the end of a server, destroys it, and starts it anew if it may.
    pub(super) fn end(&mut self, place: usize, failed: bool, how: core::fmt::Arguments<'_>) {
        let name = self.name(place);
        if failed {
            self.report.error(format_args!("server {name} {how}"));
        } else {
            self.report.information(format_args!("server {name} {how}"));
        }
        let slot = &mut self.slots[place];
        let was_starting = slot.state == State::Starting;
        slot.state = State::Absent;
        if let Some(child) = slot.child.take()
            && let Err(error) = child.destroy(&mut self.parent)
        {
            self.report
                .error(format_args!("server {name} cannot be destroyed: {error}"));
        }
        let slot = &mut self.slots[place];
        let again = failed && slot.restarts > 0;
        if again {
            slot.restarts -= 1;
        }
        self.wake_clients(place);
        if again && self.start(place) {
            return;
        }
        if was_starting {
            // Those after it must not wait for it; they find out what they miss.
            self.start_next();
        }
        if failed && !self.has_purpose() {
            self.report.give_up();
        }
    }

    /// Whether there is a server, running or to come, that is not merely there for others.
    pub(super) fn has_purpose(&self) -> bool {
        let servers = || self.payload.manifest().servers.iter();
        servers().enumerate().any(|(place, server)| {
            let there = place >= self.next || self.slots[place].state != State::Absent;
            let mut wishes = servers().flat_map(|each| each.capabilities);
            let is_for_others = wishes.any(|wish| {
                wish.authority
                    == Authority::Service {
                        server: server.name,
                    }
            });
            there && !is_for_others
        })
    }

    /// Wakes the clients that wait for an answer of a server that is gone.
    fn wake_clients(&self, place: usize) {
        let service = Authority::Service {
            server: self.name(place),
        };
        for (client, server) in self.payload.manifest().servers.iter().enumerate() {
            let Some(child) = &self.slots[client].child else {
                continue;
            };
            let wishes = server.capabilities.iter().enumerate();
            for (wish, _) in wishes.filter(|(_, wish)| wish.authority == service) {
                let woken = child.given_slot(wish).map(|slot| child.wake_from(slot));
                if let Some(Err(error)) = woken {
                    let name = server.name;
                    self.report
                        .error(format_args!("server {name} cannot be woken: {error}"));
                }
            }
        }
    }

    /// Gives a client the successor of a server that it used by the capability in that slot of its CNode.
    pub(super) fn renew(&self, client: usize, slot: u64) -> Result<(), Refusal> {
        let child = self.slots[client].child.as_ref();
        let child = child.ok_or(Refusal::NoSuccessor)?;
        let wishes = self.server(client).map(|server| server.capabilities);
        let wish = wishes
            .into_iter()
            .flatten()
            .enumerate()
            .find(|(wish, _)| child.given_slot(*wish) == Some(slot))
            .map(|(_, wish)| wish.authority);
        let Some(Authority::Service { server }) = wish else {
            return Err(Refusal::NoSuccessor);
        };
        let mut names = self.payload.manifest().servers.iter();
        let provider = names.position(|each| each.name == server);
        let provider = provider.and_then(|provider| self.slots[provider].child.as_ref());
        let endpoint = provider.ok_or(Refusal::NoSuccessor)?.service();
        let (rights, badge) = (CapRights::WRITE_GRANT, plan::client_badge(client));
        child
            .give(&self.parent, slot, endpoint, rights, badge)
            .map_err(|_| Refusal::NoSuccessor)
    }
}
