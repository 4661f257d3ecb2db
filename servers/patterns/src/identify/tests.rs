// SPDX-License-Identifier: MIT OR Apache-2.0
//! The registrar on the host.

use super::*;
use croft_ipc::mock::{Machine, MockCapabilities, MockPage, slot};
use croft_ipc::{CallError, ProtocolError};

type Issuer = DeedsClient<croft_ipc::mock::MockEndpoint<Registrar<MockCapabilities>>>;

fn machine() -> (Machine<Registrar<MockCapabilities>>, Issuer) {
    let capabilities = MockCapabilities::default();
    let machine = Machine::new(Registrar::new(capabilities.clone()), capabilities);
    let issuer = DeedsClient::new(machine.client(1));
    (machine, issuer)
}

fn genuine(what: &str) -> Result<Identity, CallError<croft_ipc::Never>> {
    Ok(Identity::Genuine {
        what: crate::name(what),
    })
}

#[test]
fn a_deed_is_genuine_until_it_is_taken_back() {
    let (machine, issuer) = machine();
    issuer.issue("north field", slot(10)).unwrap();
    issuer.issue("south field", slot(11)).unwrap();
    // Another client, who has it from whomever.
    let asker = IdentifyClient::new(machine.client(2));
    let ask = |number| asker.identify(CapabilityAddress(number));
    assert_eq!(ask(10), genuine("north field"));
    assert_eq!(ask(11), genuine("south field"));
    issuer.revoke(CapabilityAddress(10)).unwrap();
    assert_eq!(ask(10), Ok(Identity::Former));
    assert_eq!(ask(11), genuine("south field"));
    // The next one in its place is not taken for it.
    issuer.issue("third field", slot(12)).unwrap();
    assert_eq!(ask(10), Ok(Identity::Former));
    assert_eq!(ask(12), genuine("third field"));
    let again = issuer.revoke(CapabilityAddress(10));
    assert_eq!(again, Err(CallError::Refused(DeedError::NoDeed)));
}

#[test]
fn what_is_no_deed_is_foreign() {
    let (machine, issuer) = machine();
    issuer.issue("field", slot(10)).unwrap();
    issuer.asker(slot(11)).unwrap();
    let asker = IdentifyClient::new(machine.received(slot(11)));
    machine.share(slot(12), &MockPage::default());
    // A capability to ask, a page, something else.
    for number in [11, 12, 13] {
        let answer = asker.identify(CapabilityAddress(number));
        assert_eq!(answer, Ok(Identity::Foreign), "{number}");
    }
    // A client's own capability for the service.
    let mut registrar = machine.server();
    let client = ReceivedCapability::Own { badge: 1 };
    assert_eq!(
        Identify::identify(&mut *registrar, client),
        Identity::Foreign
    );
}

#[test]
fn who_may_ask_may_not_issue_and_a_deed_is_not_called() {
    let (machine, issuer) = machine();
    issuer.asker(slot(10)).unwrap();
    issuer.issue("field", slot(11)).unwrap();
    let unknown = CallError::Protocol(ProtocolError::UnknownInterface);
    for number in [10, 11] {
        let client = DeedsClient::new(machine.received(slot(number)));
        assert_eq!(client.issue("mine", slot(12)), Err(unknown));
        let revoked = client.revoke(CapabilityAddress(11));
        assert_eq!(
            revoked,
            Err(CallError::Protocol(ProtocolError::UnknownInterface))
        );
    }
    let deed = IdentifyClient::new(machine.received(slot(11)));
    let asked = deed.identify(CapabilityAddress(11));
    assert_eq!(
        asked,
        Err(CallError::Protocol(ProtocolError::UnknownInterface))
    );
    issuer.revoke(CapabilityAddress(11)).unwrap();
    assert_eq!(deed.identify(CapabilityAddress(11)), Err(CallError::Gone));
}

#[test]
fn there_are_so_many_and_no_more() {
    let (_, issuer) = machine();
    for _ in 0..256 {
        issuer.issue("field", slot(10)).unwrap();
    }
    let refused = Err(CallError::Refused(DeedError::TooMany));
    assert_eq!(issuer.issue("field", slot(11)), refused);
    assert_eq!(issuer.asker(slot(11)), refused);
}
