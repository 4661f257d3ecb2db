// SPDX-License-Identifier: MIT OR Apache-2.0
//! The factory's agents are children of the process that it runs in.

use super::{Agents, Factory, MeetingError};
use croft_clock::ClockClient;
use croft_ipc::CapabilityAddress;
use croft_ipc::kernel::Endpoint;
use croft_ipc::{Incoming, Outgoing, Server};
use croft_process::parent::Frames;
use croft_server::memory::Memory;
use croft_server::{
    ChildEnded, Family, NewChild, ParentServer, Process, ServerCapabilities, SetupError, Slot,
    counter,
};
use sel4::{AbsoluteCPtr, CapRights};

/// Bytes that an agent may use.
const RESERVE: u64 = 512 << 10;

/// The event bit of the timer.
const TIMER: u32 = 0;

/// Makes processes of the programs that this process has as files. A program is told its name as its argument.
pub struct ChildAgents {
    process: Process,
    children: Family,
    clock: ClockClient<Endpoint>,
    /// Ticks that a meeting lasts at most.
    lasts: u64,
    /// Where what goes back with a reply stands.
    seat: Slot,
}

impl Agents for ChildAgents {
    fn make(&mut self, program: &str) -> Result<u64, MeetingError> {
        let files = self.process.environment().files;
        // The startup program is there to begin others.
        let found = files
            .iter()
            .find(|file| file.name == program && program != "startup");
        let content = found.ok_or(MeetingError::NoSuchProgram)?.content;
        let new = NewChild {
            name: program,
            image: Frames {
                first_slot: content.first_slot,
                length: content.length,
            },
            files: &[],
            arguments: program.as_bytes(),
            // An agent that could talk to somebody else could tell what it knows.
            capabilities: &[],
            reserve: RESERVE,
        };
        let made = self.children.create(&new);
        made.map_err(|error| {
            log::warn!("no agent {program}: {error}");
            MeetingError::NoMemory
        })
    }

    fn seat(&mut self, agent: u64, seat: u64) -> Result<CapabilityAddress, MeetingError> {
        let service = self
            .children
            .service(agent)
            .ok_or(MeetingError::NoMeeting)?;
        self.seat.clear();
        Memory::absolute(self.seat.address().0)
            .mint(&Memory::absolute(service), CapRights::WRITE_GRANT, seat)
            .map_err(|_| MeetingError::NoMeeting)?;
        Ok(self.seat.address())
    }

    fn request_end(&mut self, agent: u64) {
        self.children.request_end(agent);
    }

    fn times(&mut self) -> (u64, u64) {
        let now = counter();
        (now, now.saturating_add(self.lasts))
    }

    fn alarm(&mut self, at: u64) {
        // Without a clock meetings last until both have bid.
        let _ = self.clock.set_timer(at);
    }
}

/// The factory as a program: what it serves, and its children.
pub struct FactoryServer(Factory<ServerCapabilities, ChildAgents>);

impl FactoryServer {
    /// A factory whose meetings last so many milliseconds at most, and where it receives capabilities. Needs what
    /// [`Family::new`] needs, and a clock.
    ///
    /// # Errors
    /// [`SetupError`], also if the clock does not answer.
    pub fn new(process: &Process, milliseconds: u64) -> Result<(Self, AbsoluteCPtr), SetupError> {
        let capabilities = ServerCapabilities::new(process.service()?.bits())?;
        let receive = capabilities.receive_slot();
        let clock = ClockClient::connect(process)?;
        let event = process.event(TIMER)?;
        let parameters = clock
            .subscribe(event.into())
            .map_err(|_| SetupError::Capability("clock"))?;
        let agents = ChildAgents {
            process: *process,
            children: Family::new(process)?,
            clock,
            lasts: parameters.frequency / 1000 * milliseconds,
            seat: Slot::new()?,
        };
        Ok((Self(Factory::new(capabilities, agents)), receive))
    }
}

impl Server for FactoryServer {
    fn message(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        self.0.message(incoming, buffer)
    }

    fn event(&mut self, _: u64) {
        self.0.alarm();
    }
}

impl ParentServer for FactoryServer {
    fn family(&mut self) -> &mut Family {
        &mut self.0.agents.children
    }

    fn ended(&mut self, child: u64, _: &ChildEnded) {
        self.0.agent_ended(child);
    }
}
