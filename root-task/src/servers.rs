// SPDX-License-Identifier: MIT OR Apache-2.0
//! The servers of the image, as children: created one after the other, watched, created anew if the image says so.
mod end;
mod plan;
mod requests;
mod traces;

use alloc::string::String;
use alloc::vec::Vec;

use croft_container::ContainerError;
use croft_container_tree::{Amount, ContainerId};
use croft_manifest::{Payload, Restart, Server};
use croft_process::handover::Refusal;
use croft_process::parent::{Child, CreateError, create};

use crate::devices::Devices;
use crate::error::BootError;
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
    /// It ended, and this container of its is being destroyed.
    Ending(ContainerId, Ended),
}

/// What is still to be done when the container of a server that ended is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ended {
    failed: bool,
    was_starting: bool,
}

/// One server of the image.
struct Slot {
    plan: Plan,
    state: State,
    child: Option<Child>,
    /// Whether it was asked to end.
    asked_to_end: bool,
    /// How often it was started.
    starts: u64,
    /// How often it may still be started anew.
    restarts: u32,
    /// The server whose successor it waits for, and the slot of its CNode for it.
    renews: Option<(usize, u64)>,
    /// The root task's slot for the right to answer to that.
    asked: u64,
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
    ) -> Result<Self, BootError> {
        let service = parent.service();
        let all = service.borrow().tree.info(ContainerId::ROOT);
        let total = all.map_or(Amount::ZERO, |root| root.left);
        let slot = |(plan, server): (Plan, Server<'static>)| {
            Ok(Slot {
                plan,
                state: State::Absent,
                child: None,
                asked_to_end: false,
                starts: 0,
                restarts: match server.restart {
                    Restart::Never => 0,
                    Restart::OnFailure { at_most } => at_most,
                },
                renews: None,
                asked: service.borrow_mut().own_slot()?,
            })
        };
        let slots = plan::all(payload.manifest(), total)
            .zip(payload.manifest().servers)
            .map(slot)
            .collect::<Result<_, BootError>>()?;
        Ok(Self {
            payload,
            machine,
            devices,
            parent,
            report,
            slots,
            next: 0,
        })
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
            log: server.log,
            trace: server.trace,
            startup,
            image: self.machine.frames(server.image),
            files: &files,
            arguments: server.arguments,
            capabilities: &capabilities,
            parent: (endpoint, badge),
            serves: true,
        };
        create(&mut self.parent, &description).map_err(|error| match error {
            CreateError::Container(ContainerError::Limit { .. }) => {
                alloc::format!("its reserve is too small: {error}")
            }
            error => alloc::format!("{error}"),
        })
    }

    fn badge(&self, place: usize) -> u64 {
        CHILD | (self.slots[place].starts & STARTS) << 16 | place as u64
    }

    /// The running server that a badge names; a badge of an earlier life names none.
    fn place(&self, badge: u64) -> Option<usize> {
        let place = (badge & PLACE) as usize;
        let slot = self.slots.get(place)?;
        let runs = matches!(slot.state, State::Starting | State::Running);
        (runs && self.badge(place) == badge).then_some(place)
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
