// SPDX-License-Identifier: MIT OR Apache-2.0
//! The server on the host.

use super::*;
use croft_ipc::mock::{Machine, MockCapabilities, slot};
use croft_ipc::{CallError, CapabilityAddress};

fn machine() -> Machine<Service<MockCapabilities>> {
    let capabilities = MockCapabilities::default();
    Machine::new(Service::new(capabilities.clone()), capabilities)
}

#[test]
fn counters_count_apart() {
    let machine = machine();
    let counters = CountersClient::new(machine.client(1));
    counters.create(40, slot(10)).unwrap();
    counters.create(u64::MAX, slot(11)).unwrap();
    let [one, other] = [10, 11].map(|number| CounterClient::new(machine.received(slot(number))));
    assert_eq!(one.add(2), Ok(42));
    assert_eq!(other.add(1), Err(CallError::Refused(Overflow)));
    assert_eq!((one.get(), other.get()), (Ok(42), Ok(u64::MAX)));
}

#[test]
fn a_removed_counter_is_gone_and_its_successor_is_another() {
    let machine = machine();
    let counters = CountersClient::new(machine.client(1));
    counters.create(1, slot(10)).unwrap();
    counters.remove(CapabilityAddress(10)).unwrap();
    counters.create(2, slot(11)).unwrap();
    assert_eq!(
        CounterClient::new(machine.received(slot(10))).get(),
        Err(CallError::Gone)
    );
    assert_eq!(CounterClient::new(machine.received(slot(11))).get(), Ok(2));
    for no_counter in [10, 77] {
        let refused = counters.remove(CapabilityAddress(no_counter));
        assert_eq!(refused, Err(CallError::Refused(CountersError::NoCounter)));
    }
}

#[test]
fn a_client_of_the_service_is_no_counter_and_the_other_way_round() {
    let machine = machine();
    let unknown = Err(CallError::Protocol(
        croft_ipc::ProtocolError::UnknownInterface,
    ));
    assert_eq!(CounterClient::new(machine.client(1)).get(), unknown);
    CountersClient::new(machine.client(1))
        .create(1, slot(10))
        .unwrap();
    let made = CountersClient::new(machine.received(slot(10))).remove(CapabilityAddress(10));
    assert_eq!(
        made,
        Err(CallError::Protocol(
            croft_ipc::ProtocolError::UnknownInterface
        ))
    );
}

#[test]
fn there_are_so_many_and_no_more() {
    let machine = machine();
    let counters = CountersClient::new(machine.client(1));
    for number in 0..64 {
        counters.create(number, slot(number)).unwrap();
    }
    let refused = counters.create(0, slot(64));
    assert_eq!(refused, Err(CallError::Refused(CountersError::TooMany)));
    counters.remove(CapabilityAddress(3)).unwrap();
    assert!(counters.create(0, slot(64)).is_ok());
}
