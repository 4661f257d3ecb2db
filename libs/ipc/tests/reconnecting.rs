// SPDX-License-Identifier: MIT OR Apache-2.0
//! Clients whose server ends, and has a successor or not.

use croft_ipc::mock::{Machine, MockCapabilities, MockEndpoint, slot};
use croft_ipc::*;

/// Remembers a number for each client, and makes rooms.
#[interface(number = 202, version = 1, recorded = false)]
trait Hotel {
    #[repeatable]
    fn double(&mut self, number: u64) -> u64;
    #[repeatable]
    fn doubles(&mut self, numbers: [u64; 8]) -> [u64; 8];
    #[repeatable]
    #[max(32)]
    fn greeting(&mut self, #[max(8)] name: &str) -> &str;
    fn remember(&mut self, caller: Caller, number: u64);
    fn remembered(&mut self, caller: Caller) -> Result<u64, Unknown>;
    fn room(&mut self) -> CapabilityAddress;
    #[repeatable]
    fn wait(&mut self, caller: Caller) -> Result<Deferrable<u64>, Unknown>;
}

/// Nothing was remembered.
#[data]
struct Unknown;

struct Service {
    /// Which of them this is.
    life: u64,
    remembered: Option<(u64, u64)>,
    text: String,
    capabilities: MockCapabilities,
    calls: u64,
}

impl Hotel for Service {
    fn double(&mut self, number: u64) -> u64 {
        self.calls += 1;
        number * 2
    }
    fn doubles(&mut self, numbers: [u64; 8]) -> [u64; 8] {
        self.calls += 1;
        numbers.map(|number| number * 2)
    }
    fn greeting(&mut self, name: &str) -> &str {
        self.calls += 1;
        self.text = format!("hello {name}, in life {}", self.life);
        &self.text
    }
    fn remember(&mut self, caller: Caller, number: u64) {
        self.remembered = Some((caller.badge, number));
    }
    fn remembered(&mut self, caller: Caller) -> Result<u64, Unknown> {
        match self.remembered {
            Some((badge, number)) if badge == caller.badge => Ok(number),
            _ => Err(Unknown),
        }
    }
    fn room(&mut self) -> CapabilityAddress {
        self.capabilities.mint(OBJECT_BADGE_BIT).unwrap()
    }
    fn wait(&mut self, caller: Caller) -> Result<Deferrable<u64>, Unknown> {
        if self.life > 1 {
            return Ok(Deferrable::Now(self.life));
        }
        let _waits = self.capabilities.save_caller(caller);
        Ok(Deferrable::Later)
    }
}

type Hall = Serving<HotelInterface, Service>;

fn life(life: u64, capabilities: &MockCapabilities) -> Hall {
    Serving::new(Service {
        life,
        remembered: None,
        text: String::new(),
        capabilities: capabilities.clone(),
        calls: 0,
    })
}

/// A machine whose server is in its first life, and what makes it another one.
fn machine() -> (Machine<Hall>, impl Fn(u64) + Clone + 'static) {
    let capabilities = MockCapabilities::default();
    let machine = Machine::new(life(1, &capabilities), capabilities.clone());
    let restart = {
        let machine = machine.clone();
        move |number| machine.restart(life(number, &capabilities))
    };
    (machine, restart)
}

type Lasting = Reconnecting<MockEndpoint<Hall>, fn(&MockEndpoint<Hall>) -> bool>;

fn reconnecting(machine: &Machine<Hall>) -> HotelClient<Lasting> {
    HotelClient::new(Reconnecting::new(machine.client(7), MockEndpoint::renew))
}

#[test]
fn what_is_repeatable_is_repeated_and_the_rest_is_told() {
    let (machine, restart) = machine();
    let client = reconnecting(&machine);
    client.remember(5).unwrap();
    assert_eq!(client.remembered(), Ok(5));
    restart(2);
    // In registers, in the buffer, with a reply that is borrowed.
    assert_eq!(client.double(4), Ok(8));
    restart(3);
    assert_eq!(client.doubles([3; 8]), Ok([6; 8]));
    restart(4);
    let greeting = client.greeting("you", |text| text.to_owned());
    assert_eq!(greeting.unwrap(), "hello you, in life 4");
    assert_eq!(machine.server().state.calls, 1);
    restart(5);
    // It may have been remembered, or not: that is for the client to decide.
    assert_eq!(client.remember(6), Err(CallError::Restarted));
    assert_eq!(client.remembered(), Err(CallError::Refused(Unknown)));
    client.remember(6).unwrap();
    assert_eq!(client.remembered(), Ok(6));
}

#[test]
fn without_a_successor_it_is_gone() {
    let (machine, restart) = machine();
    let (client, plain) = (reconnecting(&machine), HotelClient::new(machine.client(8)));
    machine.end();
    assert_eq!(client.double(1), Err(CallError::Gone));
    assert_eq!(client.remember(1), Err(CallError::Gone));
    restart(2);
    // Who does not ask for it is not connected again.
    assert_eq!(plain.double(1), Err(CallError::Gone));
    assert!(plain.transport().renew());
    assert_eq!(plain.double(1), Ok(2));
    assert!(!plain.transport().renew());
    assert_eq!(client.double(1), Ok(2));
}

#[test]
fn objects_are_gone_with_their_server() {
    let (machine, restart) = machine();
    let client = reconnecting(&machine);
    client.room(slot(10)).unwrap();
    let room = HotelClient::new(Reconnecting::new(
        machine.received(slot(10)),
        MockEndpoint::renew,
    ));
    assert_eq!(room.double(1), Ok(2));
    restart(2);
    // A successor of the server is none of the room.
    assert_eq!(room.double(1), Err(CallError::Gone));
    assert_eq!(client.room(slot(10)).unwrap_err(), CallError::Restarted);
    client.room(slot(10)).unwrap();
}

#[test]
fn who_waits_when_the_server_ends_is_told() {
    let (machine, restart) = machine();
    let (client, plain) = (reconnecting(&machine), HotelClient::new(machine.client(8)));
    let other = machine.clone();
    machine.meanwhile(move || other.end());
    assert_eq!(plain.wait(), Err(CallError::Gone));
    restart(1);
    assert_eq!(client.double(1), Ok(2));
    machine.meanwhile(move || restart(2));
    assert_eq!(client.wait(), Ok(2));
}
