// SPDX-License-Identifier: MIT OR Apache-2.0
//! The servers of the image, as children: created one after the other, watched, created anew if the image says so.
mod plan;

use alloc::string::String;
use alloc::vec::Vec;

use croft_ipc::{Answer, Call, Handler, HandlerResult};
use croft_manifest::{Authority, Payload, Restart, Server};
use croft_process::handover::{ProcessInterface, Refusal, Request};
use croft_process::parent::{Child, create};
use sel4::{CapRights, Fault, cap};

use crate::devices::Devices;
use crate::faults::Description;
use crate::machine::Machine;
use crate::parent::RootParent;
use crate::report::Report;
use plan::Plan;

/// The bit of a badge that says that one of the root task's own children speaks to its parent; the other bits are its
/// place in the manifest and, above that, how often it was started.
pub const CHILD: u64 = 1 << 26;

/// The bits of the place.
const PLACE: u64 = (1 << 16) - 1;

/// How often a server was started counts in so many bits.
const STARTS: u64 = (1 << 10) - 1;

/// What a server is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Its turn has not come, or it has ended for good.
    Absent,
    /// Its startup code runs.
    Starting,
    /// It runs.
    Running,
}

/// One server of the image.
struct Slot {
    plan: Plan,
    state: State,
    child: Option<Child>,
    /// How often it was started.
    starts: u64,
    /// How often it may still be started anew.
    restarts: u32,
}

/// All servers of the image.
pub struct Servers<'a, 'p> {
    payload: &'p Payload<'static>,
    machine: &'p Machine,
    devices: Devices,
    parent: RootParent<'a>,
    report: Report,
    slots: Vec<Slot>,
    /// The next one to be started for the first time.
    next: usize,
}

impl<'a, 'p> Servers<'a, 'p> {
    /// The servers of the payload, none of them started.
    pub fn new(
        payload: &'p Payload<'static>,
        machine: &'p Machine,
        devices: Devices,
        parent: RootParent<'a>,
        report: Report,
    ) -> Self {
        let total = parent.service().borrow().total();
        let slots = plan::all(payload.manifest(), total)
            .zip(payload.manifest().servers)
            .map(|(plan, server)| Slot {
                plan,
                state: State::Absent,
                child: None,
                starts: 0,
                restarts: match server.restart {
                    Restart::Never => 0,
                    Restart::OnFailure { at_most } => at_most,
                },
            })
            .collect();
        Self {
            payload,
            machine,
            devices,
            parent,
            report,
            slots,
            next: 0,
        }
    }

    /// Starts the next server in order; it says when it is ready for those after it.
    pub fn start_next(&mut self) {
        while self.next < self.slots.len() {
            let place = self.next;
            self.next += 1;
            if self.start(place) {
                return;
            }
            if !self.has_purpose() {
                self.report.give_up();
            }
        }
    }

    fn server(&self, place: usize) -> Option<Server<'static>> {
        self.payload.manifest().servers.iter().nth(place)
    }

    /// Creates a server. Whether that worked.
    fn start(&mut self, place: usize) -> bool {
        let Some(server) = self.server(place) else {
            return false;
        };
        match self.create(place, &server) {
            Ok(child) => {
                let slot = &mut self.slots[place];
                slot.child = Some(child);
                slot.state = State::Starting;
                self.report
                    .information(format_args!("server {} starts", server.name));
                true
            }
            Err(error) => {
                self.report.error(format_args!(
                    "server {} cannot be created: {error}",
                    server.name
                ));
                false
            }
        }
    }

    fn create(&mut self, place: usize, server: &Server<'static>) -> Result<Child, String> {
        self.slots[place].starts += 1;
        let badge = self.badge(place);
        let given = plan::given(self, place, server)?;
        let manifest = self.payload.manifest();
        let startup = croft_process::parent::Startup {
            bytes: self.payload.file(manifest.startup),
            frames: self.machine.frames(manifest.startup),
        };
        let files: Vec<_> = server
            .files
            .iter()
            .map(|file| (file.name, self.machine.frames(file.range)))
            .collect();
        let endpoint = self.parent.service().borrow().endpoint().bits();
        let capabilities = given.capabilities();
        let plan = &self.slots[place].plan;
        let description = croft_process::parent::Description {
            name: server.name,
            limits: plan.limits,
            radix: plan.radix,
            priority: server.priority,
            verbose: manifest.verbose,
            startup,
            image: self.machine.frames(server.image),
            files: &files,
            arguments: server.arguments,
            capabilities: &capabilities,
            parent: (endpoint, badge),
            serves: true,
        };
        create(&mut self.parent, &description).map_err(|error| alloc::format!("{error}"))
    }

    fn badge(&self, place: usize) -> u64 {
        CHILD | (self.slots[place].starts & STARTS) << 16 | place as u64
    }

    /// The running server that a badge names; a badge of an earlier life names none.
    fn place(&self, badge: u64) -> Option<usize> {
        let place = (badge & PLACE) as usize;
        let slot = self.slots.get(place)?;
        (slot.child.is_some() && self.badge(place) == badge).then_some(place)
    }

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
    fn end(&mut self, place: usize, failed: bool, how: core::fmt::Arguments<'_>) {
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
    fn has_purpose(&self) -> bool {
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
    fn renew(&self, client: usize, slot: u64) -> Result<(), Refusal> {
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

    fn name(&self, place: usize) -> &'static str {
        self.server(place).map_or("?", |server| server.name)
    }

    fn ready(&mut self, place: usize) -> Result<(), Refusal> {
        let slot = &mut self.slots[place];
        if slot.state != State::Starting {
            return Err(Refusal::OutOfOrder);
        }
        slot.state = State::Running;
        let name = self.name(place);
        self.report
            .information(format_args!("server {name} is loaded"));
        if self.slots[place].starts == 1 {
            self.start_next();
        }
        Ok(())
    }
}

impl Handler for Servers<'_, '_> {
    type Interface = ProcessInterface;

    fn handle<'s>(
        &'s mut self,
        request: Request<'_>,
        call: &Call,
    ) -> HandlerResult<'s, ProcessInterface> {
        let Some(place) = self.place(call.badge) else {
            return Ok(Answer::Deferred);
        };
        match request {
            Request::Ready => {
                self.ready(place)?;
                return Ok(Answer::Reply(()));
            }
            Request::Log { text } => {
                let name = self.name(place);
                self.report.information(format_args!("{name}: {text}"));
                return Ok(Answer::Reply(()));
            }
            Request::Renew { slot } => {
                self.renew(place, slot)?;
                return Ok(Answer::Reply(()));
            }
            Request::Failed { failure, detail } => self.end(
                place,
                true,
                format_args!("cannot be loaded: {failure} ({detail:#x})"),
            ),
            Request::Exit { status } => {
                self.end(
                    place,
                    status != 0,
                    format_args!("ended with status {status}"),
                );
            }
            Request::Panic { text } => {
                self.end(place, true, format_args!("panicked: {text}"));
            }
        }
        // Who ended does not wait for an answer.
        Ok(Answer::Deferred)
    }
}
