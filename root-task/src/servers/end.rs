// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a server ends, and what becomes of those that used it.
use croft_container_tree::ContainerId;
use croft_ipc::kernel;
use croft_manifest::Authority;
use croft_process::handover::{ParenthoodRenew, Refusal};
use croft_process::parent::End;
use sel4::{CPtr, CapRights, Fault, cap};

use super::{Ended, Servers, State, plan};
use crate::slots::own;

impl Servers<'_, '_> {
    /// A child faulted (or sent what looks like it, which is its own affair).
    pub fn fault(&mut self, badge: u64, fault: Option<&Fault>) {
        let Some(place) = self.place(badge) else {
            return;
        };
        let child = self.slots[place].child.as_ref();
        if let (Some(Fault::VmFault(_)), Some(child)) = (fault, child)
            && child.recover() == Ok(true)
        {
            return;
        }
        let tcb = child.map(|child| cap::Tcb::from_bits(child.slots().tcb));
        let registers = tcb.and_then(|tcb| tcb.tcb_read_all_registers(false).ok());
        let registers = registers.as_ref();
        let end = fault.map(|fault| End::Faulted { fault, registers });
        self.end(place, &end.unwrap_or(End::Nonsense));
    }

    /// Reports the end of a server and has it destroyed.
    pub(super) fn end(&mut self, place: usize, end: &End<'_>) {
        let (name, failed) = (self.name(place), end.failed());
        if failed {
            self.report.error(format_args!("server {name} {end}"));
            if end.is_sudden() {
                self.report_backtrace(place);
            }
        } else {
            self.report.information(format_args!("server {name} {end}"));
        }
        self.write_trace(place);
        let slot = &self.slots[place];
        let was_starting = slot.state == State::Starting;
        let ended = Ended {
            failed,
            was_starting,
        };
        let Some(container) = slot.child.as_ref().map(|child| child.slots().container) else {
            return;
        };
        let destroyed = self.parent.service().borrow_mut().destroy_child(container);
        match destroyed {
            Ok(id) => self.slots[place].state = State::Ending(id, ended),
            Err(error) => {
                self.report
                    .error(format_args!("server {name} cannot be destroyed: {error}"));
                self.ended(place, ended);
            }
        }
    }

    /// Reports where a server is and how it came there. The host knows the names of the places.
    fn report_backtrace(&mut self, place: usize) {
        let name = self.name(place);
        let Some(child) = &self.slots[place].child else {
            return;
        };
        let tcb = cap::Tcb::from_bits(child.slots().tcb);
        if let Ok(registers) = tcb.tcb_read_all_registers(false) {
            let backtrace = child.backtrace(&mut self.parent, &registers);
            self.report
                .error(format_args!("server {name}: {backtrace}"));
        }
    }

    /// A container that was to be destroyed is gone.
    pub fn gone(&mut self, id: ContainerId) {
        let ending = |(place, slot): (usize, &super::Slot)| match slot.state {
            State::Ending(container, ended) if container == id => Some((place, ended)),
            _ => None,
        };
        if let Some((place, ended)) = self.slots.iter().enumerate().find_map(ending) {
            self.ended(place, ended);
        }
    }

    /// Does what is to be done after the end of a server; starts it anew if it may.
    fn ended(&mut self, place: usize, ended: Ended) {
        let slot = &mut self.slots[place];
        slot.state = State::Absent;
        let asked = core::mem::take(&mut slot.asked_to_end);
        slot.renews = None;
        if let Some(child) = slot.child.take() {
            child.forget(&mut self.parent);
        }
        let again = ended.failed && !asked && slot.restarts > 0;
        if again {
            slot.restarts -= 1;
        }
        let runs = again && self.start(place);
        self.answer_renewals(place);
        if runs {
            return;
        }
        if ended.was_starting {
            // Those after it must not wait for it; they find out what they miss.
            self.start_next();
        }
        if ended.failed && !self.has_purpose() {
            self.report.give_up();
        }
        self.end_unused();
    }

    /// Whether a server runs, ends, or is still to come.
    fn is_there(&self, place: usize) -> bool {
        place >= self.next || self.slots[place].state != State::Absent
    }

    /// The servers that use that one.
    fn clients(&self, place: usize) -> impl Iterator<Item = usize> {
        let server = self.name(place);
        let servers = self.payload.manifest().servers.iter().enumerate();
        servers.filter_map(move |(client, each)| {
            let mut wishes = each.capabilities.iter();
            wishes
                .any(|wish| wish.authority == Authority::Service { server })
                .then_some(client)
        })
    }

    /// Whether there is a server, running or to come, that is not merely there for others.
    pub(super) fn has_purpose(&self) -> bool {
        (0..self.slots.len())
            .any(|place| self.is_there(place) && self.clients(place).next().is_none())
    }

    /// Asks those to end that were there for others which have all ended; so the last ones are those that all others use. There is
    /// no hurry and no clock: who does not care stays. When all have ended the run is over.
    fn end_unused(&mut self) {
        for place in 0..self.slots.len() {
            let is_for_others = self.clients(place).next().is_some();
            let used = self.clients(place).any(|client| self.is_there(client));
            let name = self.name(place);
            let slot = &mut self.slots[place];
            if let (true, false, false, Some(child)) =
                (is_for_others, used, slot.asked_to_end, &slot.child)
            {
                child.request_end();
                slot.asked_to_end = true;
                self.report.information(format_args!(
                    "server {name} is asked to end: nobody uses it"
                ));
            }
        }
        if (0..self.slots.len()).all(|place| !self.is_there(place)) {
            self.report.over(0);
        }
    }

    /// Gives a client the successor of a server that it used by the capability in that slot of its CNode. Whether
    /// that is done; if not, the client is answered when the server's end is complete.
    pub(super) fn renew(&mut self, client: usize, slot: u64) -> Result<bool, Refusal> {
        let provider = self.provider(client, slot).ok_or(Refusal::NoSuccessor)?;
        if matches!(self.slots[provider].state, State::Ending(..)) {
            let asking = &mut self.slots[client];
            // Who has several threads can ask several times.
            own(asking.asked)
                .save_caller()
                .map_err(|_| Refusal::OutOfOrder)?;
            asking.renews = Some((provider, slot));
            return Ok(false);
        }
        let endpoint = self.slots[provider].child.as_ref();
        let endpoint = endpoint.ok_or(Refusal::NoSuccessor)?.service();
        let child = self.slots[client].child.as_ref();
        let (rights, badge) = (CapRights::WRITE_GRANT, plan::client_badge(client));
        child
            .ok_or(Refusal::NoSuccessor)?
            .give(&self.parent, slot, endpoint, rights, Some(badge))
            .map_err(|_| Refusal::NoSuccessor)?;
        Ok(true)
    }

    /// The server that a client was given by the capability in that slot of its CNode.
    fn provider(&self, client: usize, slot: u64) -> Option<usize> {
        let child = self.slots[client].child.as_ref()?;
        let mut wishes = self.server(client)?.capabilities.iter().enumerate();
        let (_, wish) = wishes.find(|(wish, _)| child.given_slot(*wish) == Some(slot))?;
        let Authority::Service { server } = wish.authority else {
            return None;
        };
        let mut names = self.payload.manifest().servers.iter();
        names.position(|each| each.name == server)
    }

    /// Answers those that wait for a server's successor, which there is now, or not.
    fn answer_renewals(&mut self, provider: usize) {
        for client in 0..self.slots.len() {
            let Some((_, slot)) = self.slots[client]
                .renews
                .take_if(|(waits_for, _)| *waits_for == provider)
            else {
                continue;
            };
            let result = self.renew(client, slot).map(drop);
            let reply = CPtr::from_bits(self.slots[client].asked);
            kernel::answer_late::<ParenthoodRenew>(reply, result);
        }
    }
}
