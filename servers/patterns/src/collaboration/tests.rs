// SPDX-License-Identifier: MIT OR Apache-2.0
//! Factory and agent on the host.

use super::*;
use crate::identify::{IdentifyClient, Identity};
use croft_ipc::mock::{Machine, MockCapabilities, MockEndpoint, slot};
use croft_ipc::{CallError, CapabilityAddress, ProtocolError};

fn auction() -> (Machine<Auction<MockCapabilities>>, MockCapabilities) {
    let capabilities = MockCapabilities::default();
    let machine = Machine::new(Auction::new(capabilities.clone()), capabilities.clone());
    (machine, capabilities)
}

fn seat<S: croft_ipc::Server>(machine: &Machine<S>, seat: u64) -> BidsClient<MockEndpoint<S>> {
    BidsClient::new(machine.client(seat))
}

fn refused<T, E>(error: E) -> Result<T, CallError<E>> {
    Err(CallError::Refused(error))
}

#[test]
fn each_hears_how_it_stands_and_no_more() {
    use Standing::{Equal, Higher, Lower};
    for (one, other, first, second) in [
        (70, 65, Higher, Lower),
        (0, u64::MAX, Lower, Higher),
        (5, 5, Equal, Equal),
    ] {
        let (machine, capabilities) = auction();
        let bob = seat(&machine, 2);
        machine.meanwhile(move || assert_eq!(bob.bid(other), Ok(second)));
        assert_eq!(seat(&machine, 1).bid(one), Ok(first));
        // Another try would be a search for the other one's bid.
        for number in [1, 2] {
            assert_eq!(seat(&machine, number).bid(9), refused(BidError::Over));
        }
        assert_eq!(capabilities.waiting(), 0);
        assert!(croft_ipc::Server::finished(&*machine.server()));
    }
}

#[test]
fn one_seat_bids_once() {
    let (machine, _) = auction();
    let (again, bob) = (seat(&machine, 1), seat(&machine, 2));
    machine.meanwhile(move || assert_eq!(again.bid(1), refused(BidError::Twice)));
    machine.meanwhile(move || assert_eq!(bob.bid(65), Ok(Standing::Lower)));
    assert_eq!(seat(&machine, 1).bid(70), Ok(Standing::Higher));
}

#[test]
fn who_is_gone_takes_its_bid_along() {
    let (machine, capabilities) = auction();
    let bob = seat(&machine, 2);
    let caller = capabilities.clone();
    machine.meanwhile(move || {
        caller.end_callers();
        assert_eq!(bob.bid(65), refused(BidError::Withdrawn));
        assert_eq!(bob.bid(80), refused(BidError::Over));
    });
    // Nobody is there to hear this.
    assert_eq!(seat(&machine, 1).bid(70), Err(CallError::Gone));
    assert_eq!(capabilities.waiting(), 0);
}

#[test]
fn who_waits_at_the_end_is_told() {
    let (machine, capabilities) = auction();
    let (other, end) = (auction().0, machine.clone());
    machine.meanwhile(move || {
        let ended = core::mem::replace(
            &mut *end.server(),
            Auction::new(MockCapabilities::default()),
        );
        drop(ended);
    });
    assert_eq!(seat(&machine, 1).bid(70), Err(CallError::Gone));
    assert_eq!(capabilities.waiting(), 0);
    drop(other);
}

#[test]
fn an_agent_without_a_slot_says_so() {
    let (machine, capabilities) = auction();
    capabilities.limit_slots(0);
    assert_eq!(seat(&machine, 1).bid(1), refused(BidError::NoSlot));
}

/// What the numbers of agents begin behind.
const AGENT: u64 = 1000;

/// Agents that are only numbers.
#[derive(Default)]
struct Numbers {
    made: u64,
    now: u64,
    alarm: Option<u64>,
    asked_to_end: Vec<u64>,
}

impl Agents for Numbers {
    fn make(&mut self, program: &str) -> Result<u64, MeetingError> {
        if program != "auction" {
            return Err(MeetingError::NoSuchProgram);
        }
        self.made += 1;
        Ok(AGENT + self.made)
    }

    fn seat(&mut self, agent: u64, seat: u64) -> Result<CapabilityAddress, MeetingError> {
        assert!((1..=SEATS).contains(&seat));
        Ok(CapabilityAddress(agent))
    }

    fn request_end(&mut self, agent: u64) {
        self.asked_to_end.push(agent);
    }

    fn times(&mut self) -> (u64, u64) {
        (self.now, self.now + 10)
    }

    fn alarm(&mut self, at: u64) {
        self.alarm = Some(at);
    }
}

type Made = Factory<MockCapabilities, Numbers>;

fn factory() -> (Machine<Made>, MeetingsClient<MockEndpoint<Made>>) {
    let capabilities = MockCapabilities::default();
    let factory = Factory::new(capabilities.clone(), Numbers::default());
    let machine = Machine::new(factory, capabilities);
    let client = MeetingsClient::new(machine.client(1));
    (machine, client)
}

#[test]
fn a_meeting_has_two_seats_and_is_known() {
    let (machine, alice) = factory();
    alice.make("auction", slot(10)).unwrap();
    let bob = MeetingsClient::new(machine.client(2));
    let ask = IdentifyClient::new(machine.client(2));
    let what = crate::name("auction");
    let meeting = CapabilityAddress(10);
    assert_eq!(ask.identify(meeting), Ok(Identity::Genuine { what }));
    alice.enter(meeting, slot(11)).unwrap();
    bob.enter(meeting, slot(12)).unwrap();
    assert_eq!(bob.enter(meeting, slot(13)), refused(MeetingError::Full));
    // What is no meeting of this factory's.
    for number in [1, 77] {
        let fake = CapabilityAddress(number);
        assert_eq!(ask.identify(fake), Ok(Identity::Foreign));
        assert_eq!(bob.enter(fake, slot(13)), refused(MeetingError::NoMeeting));
    }
    // A meeting lets nobody make another one.
    let through = MeetingsClient::new(machine.received(slot(10)));
    assert!(matches!(
        through.make("auction", slot(13)),
        Err(CallError::Protocol(_))
    ));
    machine.server().agent_ended(AGENT + 1);
    assert_eq!(ask.identify(meeting), Ok(Identity::Former));
    assert_eq!(
        bob.enter(meeting, slot(13)),
        refused(MeetingError::NoMeeting)
    );
}

#[test]
fn an_agent_talks_to_its_seats_only() {
    let (machine, alice) = factory();
    alice.make("auction", slot(10)).unwrap();
    let agent = MeetingsClient::new(machine.client(AGENT + 1));
    let unknown = CallError::Protocol(ProtocolError::UnknownInterface);
    assert_eq!(agent.make("auction", slot(11)), Err(unknown));
    let entered = agent.enter(CapabilityAddress(10), slot(11));
    assert_eq!(entered, Err(unknown));
}

#[test]
fn nobody_takes_all_meetings() {
    let (machine, alice) = factory();
    assert_eq!(
        alice.make("other", slot(10)),
        refused(MeetingError::NoSuchProgram)
    );
    for _ in 0..MEETINGS_OF_ONE {
        alice.make("auction", slot(10)).unwrap();
    }
    let too_many = refused(MeetingError::TooMany);
    assert_eq!(alice.make("auction", slot(10)), too_many);
    let bob = MeetingsClient::new(machine.client(2));
    for _ in 0..MEETINGS - MEETINGS_OF_ONE {
        bob.make("auction", slot(11)).unwrap();
    }
    let carol = MeetingsClient::new(machine.client(3));
    assert_eq!(carol.make("auction", slot(12)), too_many);
    machine.server().agent_ended(AGENT + 1);
    assert!(alice.make("auction", slot(10)).is_ok());
    assert_eq!(machine.server().agents.made, MEETINGS as u64 + 1);
}

#[test]
fn meetings_end_when_their_time_has_come() {
    let (machine, alice) = factory();
    alice.make("auction", slot(10)).unwrap();
    machine.server().agents.now = 4;
    alice.make("auction", slot(11)).unwrap();
    let mut factory = machine.server();
    assert_eq!(factory.agents.alarm, Some(10));
    factory.agents.now = 10;
    factory.alarm();
    assert_eq!(factory.agents.asked_to_end, [AGENT + 1]);
    assert_eq!(factory.agents.alarm, Some(14));
    factory.agent_ended(AGENT + 1);
    factory.agents.now = 20;
    factory.alarm();
    assert_eq!(factory.agents.asked_to_end, [AGENT + 1, AGENT + 2]);
}
