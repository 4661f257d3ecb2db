// SPDX-License-Identifier: MIT OR Apache-2.0
//! The server on the host.

use super::server::MOST;
use super::*;
use croft_ipc::mock::{Machine, MockCapabilities, MockEndpoint, MockPage, slot};
use croft_ipc::{CallError, CapabilityAddress, Serving, SharedMemory};

type Server = Serving<StoreInterface, Service<MockCapabilities>>;

fn machine() -> (Machine<Server>, MockCapabilities) {
    let capabilities = MockCapabilities::default();
    let server = Serving::new(Service::new(capabilities.clone()));
    (Machine::new(server, capabilities.clone()), capabilities)
}

/// A client with a session.
fn client(machine: &Machine<Server>, badge: u64) -> (StoreClient<MockEndpoint<Server>>, MockPage) {
    let (client, page) = (StoreClient::new(machine.client(badge)), MockPage::default());
    client.open(machine.share(slot(badge), &page)).unwrap();
    (client, page)
}

#[test]
fn values_travel_in_the_page() {
    let (machine, _) = machine();
    let ((one, page), (other, other_page)) = (client(&machine, 1), client(&machine, 2));
    page.write(0, &[7; 4096]).unwrap();
    assert_eq!(one.put("heather", 4096), Ok(1));
    assert_eq!(other.get("heather"), Ok((1, 4096)));
    let mut bytes = [0; 4096];
    other_page.read(0, &mut bytes).unwrap();
    assert_eq!(bytes, [7; 4096]);
    assert_eq!(other.put("heather", 0), Ok(2));
    assert_eq!(one.get("heather"), Ok((2, 0)));
    assert_eq!(
        one.get("sheep"),
        Err(CallError::Refused(StoreError::NoSuchKey))
    );
}

#[test]
fn who_waits_is_answered_by_a_newer_value_only() {
    let (machine, capabilities) = machine();
    let ((reader, _), (writer, _)) = (client(&machine, 1), client(&machine, 2));
    let before = writer.clone();
    machine.meanwhile(move || assert_eq!(before.put("other", 1), Ok(1)));
    machine.meanwhile(move || assert_eq!(writer.put("key", 1), Ok(1)));
    assert_eq!(reader.wait("key", 0), Ok(1));
    assert_eq!(reader.wait("key", 0), Ok(1));
    assert_eq!(capabilities.waiting(), 0);
    // Nobody writes any more.
    assert_eq!(reader.wait("key", 1), Err(CallError::Gone));
    assert_eq!(capabilities.waiting(), 1);
}

#[test]
fn a_page_that_is_not_there_hurts_its_owner_only() {
    let (machine, _) = machine();
    let nobody = StoreClient::new(machine.client(3));
    assert_eq!(
        nobody.put("key", 0),
        Err(CallError::Refused(StoreError::NoSession))
    );
    let no_page = nobody.open(CapabilityAddress(99));
    assert_eq!(no_page, Err(CallError::Refused(StoreError::NoPage)));
    let ((one, page), (other, _)) = (client(&machine, 1), client(&machine, 2));
    assert_eq!(
        one.put("key", 4097),
        Err(CallError::Refused(StoreError::BadPage))
    );
    one.put("key", 9).unwrap();
    page.take_back();
    assert_eq!(
        one.put("key", 1),
        Err(CallError::Refused(StoreError::BadPage))
    );
    assert_eq!(one.get("key"), Err(CallError::Refused(StoreError::BadPage)));
    assert_eq!(other.get("key"), Ok((1, 9)));
}

#[test]
fn everything_is_bounded() {
    let (machine, capabilities) = machine();
    let (client, _) = client(&machine, 1);
    for number in 0..MOST {
        client.put(&number.to_string(), 0).unwrap();
        assert_eq!(client.wait("key", 0), Err(CallError::Gone));
    }
    assert_eq!(
        client.put("one more", 0),
        Err(CallError::Refused(StoreError::Full))
    );
    assert_eq!(client.put("0", 0), Ok(2));
    assert_eq!(
        client.wait("key", 0),
        Err(CallError::Refused(StoreError::Full))
    );
    capabilities.limit_slots(0);
    assert_eq!(
        client.wait("0", 2),
        Err(CallError::Refused(StoreError::Full))
    );
}
