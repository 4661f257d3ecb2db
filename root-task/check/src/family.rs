// SPDX-License-Identifier: MIT OR Apache-2.0
//! A server as a parent: children that run this same program in other roles, made canonically by the real startup program.
use alloc::vec::Vec;

use croft_clock::{ClockClient, CounterScale};
use croft_container::{Object, primary};
use croft_ipc::EVENT_BADGE_BIT;
use croft_ipc::kernel::{Endpoint, Port, Ready};
use croft_process::ending::Manner;
use croft_process::handover::{LogLevel, slot};
use croft_process::parent::{Child, Description, End, Given, Startup};
use croft_server::{Children, Process, counter};
use sel4::{CPtr, Fault, cap};

use crate::below::Below;
use crate::tools::{Result, UNLIMITED, ensure, slots};

/// Event bits of this thread: the clock's timer, and the end of a child's container.
const TIMER: u32 = 1;
const WATCH: u32 = 2;

/// The badges of children.
const BADGES: core::ops::Range<u64> = 1..1 << 20;

/// log2 of the slots of a child's CNode.
pub const RADIX: u8 = 10;

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Exited(i32),
    /// It accessed memory at that address.
    Faulted(Option<u64>),
    Killed,
    Forced,
    Other,
}

impl Told {
    fn new(end: &End<'_>) -> Self {
        match end {
            End::Exited { status } => Self::Exited(*status),
            End::Faulted {
                fault: Fault::VmFault(_),
                ..
            } => Self::Faulted(end.fault_address()),
            End::Faulted { .. } => Self::Faulted(None),
            End::Killed => Self::Killed,
            End::Forced => Self::Forced,
            End::Unloadable { .. } | End::Panicked { .. } | End::Nonsense => Self::Other,
        }
    }
}

/// The parent.
pub struct Family {
    process: Process,
    startup: Startup<'static>,
    clock: ClockClient<Endpoint>,
    scale: CounterScale,
    watch: CPtr,
    port: Port,
    /// The slot of the endpoint that the children speak through.
    pub endpoint: u64,
    children: Children<Below>,
    ends: Vec<(u64, Told, Manner)>,
    /// Whose doing the last end was.
    pub manner: Manner,
}

impl Family {
    /// No children yet.
    pub fn new(process: &Process) -> Result<Self> {
        let endpoint = slots(1)?;
        primary()
            .allocate_objects(Object::Endpoint, 1, endpoint)
            .map_err(|_| "no endpoint")?;
        let clock = ClockClient::new(process.endpoint("clock").map_err(|_| "no clock")?);
        let timer = process.event(TIMER).map_err(|_| "no event")?;
        let parameters = clock
            .subscribe(timer.into())
            .map_err(|_| "the clock refuses")?;
        Ok(Self {
            process: *process,
            startup: process.startup().map_err(|_| "no startup program")?,
            clock,
            scale: parameters.scale(),
            watch: process.event(WATCH).map_err(|_| "no event")?,
            port: Port::new(cap::Endpoint::from_bits(endpoint)),
            endpoint,
            children: Children::new(Below(slot::CONTAINER), endpoint, BADGES),
            ends: Vec::new(),
            manner: Manner::Unasked,
        })
    }

    /// What a child in that role is.
    pub fn description<'a>(&self, role: &'a str, given: &'a [Given<'a>]) -> Description<'a> {
        Description {
            name: role,
            limits: UNLIMITED,
            radix: RADIX,
            priority: 100,
            log: LogLevel::Info,
            trace: 0,
            startup: self.startup,
            image: self.process.image(),
            files: &[],
            arguments: role.as_bytes(),
            capabilities: given,
            parent: (self.endpoint, BADGES.start),
            serves: true,
        }
    }

    /// From now on children's containers are derived from the one in that slot.
    pub fn derive_from(&mut self, container: u64) {
        self.children.parent_mut().0 = container;
    }

    /// Lets others run for so many milliseconds.
    pub fn pause(&self, milliseconds: u64) {
        let end = counter() + self.scale.ticks(milliseconds * 1_000_000);
        while counter() < end {
            sel4::r#yield();
        }
    }

    /// Makes a child in that role.
    pub fn make(&mut self, role: &str, given: &[Given<'_>]) -> Result<u64> {
        let description = self.description(role, given);
        self.children
            .create(&description, Some(self.watch))
            .map_err(|error| {
                log::error!("{role}: {error}");
                "no child"
            })
    }

    /// A child that runs.
    pub fn get(&self, badge: u64) -> Result<&Child> {
        self.children.get(badge).ok_or("the child has ended")
    }

    /// Waits until a child's program is loaded: from then on it can be called.
    pub fn loaded(&mut self, badge: u64) -> Result {
        let mut answer = None;
        while !self.children.is_loaded(badge) {
            ensure(self.ends.is_empty(), "a child ended too early")?;
            answer = self.hear(answer);
        }
        if let Some(answer) = answer {
            answer.send();
        }
        Ok(())
    }

    /// Wants the end of a child in so many milliseconds; when that is over by the counter.
    pub fn end(&mut self, badge: u64, milliseconds: u64) -> Result<u64> {
        let deadline = counter() + self.scale.ticks(milliseconds * 1_000_000);
        ensure(self.children.end(badge, deadline), "there is no such child")?;
        Ok(deadline)
    }

    /// The next end of a child.
    pub fn wait(&mut self) -> Result<(u64, Told)> {
        let mut answer = None;
        loop {
            if let Some((child, told, manner)) = self.ends.pop() {
                self.manner = manner;
                return Ok((child, told));
            }
            if answer.is_none()
                && let Some(deadline) = self.children.deadline()
            {
                self.clock
                    .set_timer(deadline)
                    .map_err(|_| "the clock refuses")?;
            }
            answer = self.hear(answer);
        }
    }

    /// One message or event.
    fn hear(&mut self, answer: Option<Ready>) -> Option<Ready> {
        let message = self.port.wait(answer);
        let (children, ends) = (&mut self.children, &mut self.ends);
        let mut ended = |badge: u64, end: &End<'_>, manner| {
            log::info!("child {badge} {end}");
            ends.push((badge, Told::new(end), manner));
        };
        match message.badge & EVENT_BADGE_BIT {
            0 => children.message(&mut self.port, &message, &mut ended),
            _ => {
                children.look(counter(), &mut ended);
                None
            }
        }
    }
}
