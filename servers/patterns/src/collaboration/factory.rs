// SPDX-License-Identifier: MIT OR Apache-2.0
//! The factory.

use super::{MeetingError, Meetings, MeetingsInterface, SEATS};
use crate::identify::{Found, Identify, IdentifyInterface, Identity, find};
use crate::{Name, interface_of, name};
use croft_ipc::{
    Caller, Capabilities, CapabilityAddress, Definition, Dispatch, Incoming, OBJECT_BADGE_BIT,
    Objects, Outgoing, ProtocolError, ReceivedCapability, Server, refuse,
};

/// Meetings at a time.
pub const MEETINGS: usize = 8;

/// Meetings of one client at a time.
pub const MEETINGS_OF_ONE: usize = 4;

/// What the factory does to processes and to time.
pub trait Agents {
    /// Makes an agent of that program; its number, which is the badge that it would call the factory with.
    ///
    /// # Errors
    /// [`MeetingError::NoSuchProgram`], [`MeetingError::NoMemory`].
    fn make(&mut self, program: &str) -> Result<u64, MeetingError>;

    /// A capability for the agent with the badge `seat`, to go back with a reply. It stands there until the next one.
    ///
    /// # Errors
    /// [`MeetingError::NoMeeting`] if the agent has ended.
    fn seat(&mut self, agent: u64, seat: u64) -> Result<CapabilityAddress, MeetingError>;

    /// Asks an agent to end: who waits for its answer is told.
    fn request_end(&mut self, agent: u64);

    /// The present time, and when a meeting that begins now has to be over.
    fn times(&mut self) -> (u64, u64);

    /// Has [`Factory::alarm`] called at that time, in place of an earlier call.
    fn alarm(&mut self, at: u64);
}

struct Meeting {
    program: Name,
    agent: u64,
    /// The badge of the client that had it made.
    maker: u64,
    taken: u64,
    end: u64,
}

/// Makes agents. Their meetings are objects of its own.
pub struct Factory<C, A> {
    meetings: Objects<Meeting, MEETINGS>,
    capabilities: C,
    /// What makes the agents.
    pub agents: A,
}

impl<C: Capabilities, A: Agents> Factory<C, A> {
    /// No meetings yet.
    pub fn new(capabilities: C, agents: A) -> Self {
        Self {
            meetings: Objects::new(),
            capabilities,
            agents,
        }
    }

    /// An agent has ended: its meeting is over.
    pub fn agent_ended(&mut self, agent: u64) {
        let is_it = |(_, meeting): &(u64, &mut Meeting)| meeting.agent == agent;
        let found = self.meetings.iter_mut().find(is_it).map(|(badge, _)| badge);
        if let Some(badge) = found {
            self.meetings.remove(badge);
        }
    }

    /// Ends the meetings whose time has come.
    pub fn alarm(&mut self) {
        let (now, _) = self.agents.times();
        for (_, meeting) in self.meetings.iter_mut() {
            if meeting.end <= now {
                self.agents.request_end(meeting.agent);
            }
        }
        self.set_alarm(now);
    }

    /// Has the earliest end that is still to come told.
    fn set_alarm(&mut self, now: u64) {
        let ends = self.meetings.iter_mut().map(|(_, meeting)| meeting.end);
        if let Some(end) = ends.filter(|end| *end > now).min() {
            self.agents.alarm(end);
        }
    }
}

impl<C: Capabilities, A: Agents> Meetings for Factory<C, A> {
    fn make(&mut self, caller: Caller, program: &str) -> Result<CapabilityAddress, MeetingError> {
        let meetings = self.meetings.iter_mut();
        let own = meetings.filter(|(_, meeting)| meeting.maker == caller.badge);
        if own.count() >= MEETINGS_OF_ONE || self.meetings.len() >= MEETINGS {
            return Err(MeetingError::TooMany);
        }
        let agent = self.agents.make(program)?;
        let (now, end) = self.agents.times();
        let meeting = Meeting {
            program: name(program),
            agent,
            maker: caller.badge,
            taken: 0,
            end,
        };
        let made = self.meetings.insert(meeting).map_err(|_| ());
        let made = made.and_then(|badge| self.capabilities.mint(badge).map_err(|_| ()));
        self.set_alarm(now);
        made.map_err(|()| {
            // Its end takes the meeting with it.
            self.agents.request_end(agent);
            MeetingError::TooMany
        })
    }

    fn enter(&mut self, meeting: ReceivedCapability) -> Result<CapabilityAddress, MeetingError> {
        let Found::Genuine(meeting) = find(&mut self.meetings, meeting) else {
            return Err(MeetingError::NoMeeting);
        };
        if meeting.taken == SEATS {
            return Err(MeetingError::Full);
        }
        let seat = self.agents.seat(meeting.agent, meeting.taken + 1)?;
        meeting.taken += 1;
        Ok(seat)
    }
}

impl<C: Capabilities, A: Agents> Identify for Factory<C, A> {
    fn identify(&mut self, capability: ReceivedCapability) -> Identity {
        match find(&mut self.meetings, capability) {
            Found::Genuine(meeting) => Identity::Genuine {
                what: meeting.program.clone(),
            },
            Found::Former => Identity::Former,
            Found::Foreign => Identity::Foreign,
        }
    }
}

impl<C: Capabilities, A: Agents> Server for Factory<C, A> {
    fn message(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        let badge = incoming.call.badge;
        let is_agent = |(_, meeting): (u64, &mut Meeting)| meeting.agent == badge;
        // A meeting is shown, not called. And an agent that could make others could talk to whom it likes.
        if badge & OBJECT_BADGE_BIT != 0 || self.meetings.iter_mut().any(is_agent) {
            return Some(refuse(incoming, ProtocolError::UnknownInterface, buffer));
        }
        match interface_of(incoming) {
            IdentifyInterface::NUMBER => IdentifyInterface::dispatch(self, incoming, buffer),
            _ => MeetingsInterface::dispatch(self, incoming, buffer),
        }
    }
}
