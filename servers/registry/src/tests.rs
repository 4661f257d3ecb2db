// SPDX-License-Identifier: MIT OR Apache-2.0
//! The server on the host: publishers, clients and views over messages.

use crate::*;
use croft_ipc::mock::{Machine, MockCapabilities, MockEndpoint, MockObject, slot};
use croft_ipc::{CallError, CapabilityAddress};

type Server = Service<MockCapabilities>;
type Client = ViewClient<MockEndpoint<Server>>;

/// What a client calls each of its names, what the registry calls it, and whether the client may publish there.
type Names = &'static [(&'static str, &'static str, bool)];

/// The publisher, a second publisher of the same name, a client that calls it otherwise, and one that sees nothing of it.
fn machine() -> (Machine<Server>, MockCapabilities, [Client; 4]) {
    let mut views = Views::default();
    let clients: [(&str, Names); 4] = [
        ("publisher", &[("date", "date", true)]),
        ("other", &[("date", "date", true)]),
        ("desk", &[("time", "date", false), ("free", "free", true)]),
        ("stranger", &[("free", "free", false)]),
    ];
    for ((client, names), badge) in clients.iter().zip(1..) {
        views
            .add_client(badge, client, names.iter().copied())
            .unwrap();
    }
    let capabilities = MockCapabilities::default();
    let server = Service::new(views, capabilities.clone());
    let machine = Machine::new(server, capabilities.clone());
    let clients = [1, 2, 3, 4].map(|badge| ViewClient::new(machine.client(badge)));
    (machine, capabilities, clients)
}

/// The endpoint of a service.
fn service(number: u64, badge: u64) -> MockObject {
    MockObject { number, badge }
}

fn refused<R>(error: RegistryError) -> Result<R, CallError<RegistryError>> {
    Err(CallError::Refused(error))
}

#[test]
fn each_caller_gets_a_badge_of_its_own() {
    let (machine, capabilities, [publisher, _, desk, stranger]) = machine();
    let own = machine.hold(slot(1), service(7, 0));
    assert_eq!(
        desk.look_up("time", slot(2)).map(drop),
        refused(RegistryError::NotThere)
    );
    publisher.publish("date", Handing::ByCaller, own).unwrap();
    desk.look_up("time", slot(2)).unwrap();
    assert_eq!(machine.held(slot(2)), Some(service(7, 3)));
    publisher.look_up("date", slot(3)).unwrap();
    assert_eq!(machine.held(slot(3)), Some(service(7, 1)));
    // Who does not see it does not learn whether it is there.
    for name in ["date", "time", "", "no such name"] {
        let error = refused(RegistryError::NoSuchName);
        assert_eq!(stranger.look_up(name, slot(4)).map(drop), error);
        assert_eq!(stranger.wait(name), error);
    }
    let identity = publisher.identify(3).unwrap();
    assert_eq!(
        (identity.client.as_str(), identity.derived),
        ("desk", false)
    );
    assert_eq!(publisher.identify(99), refused(RegistryError::NoView));
    assert_eq!(capabilities.kept(), 1);
}

#[test]
fn a_badge_cannot_be_given_twice() {
    let (machine, capabilities, [publisher, _, desk, _]) = machine();
    let badged = machine.hold(slot(1), service(7, 40));
    let by_caller = publisher.publish("date", Handing::ByCaller, badged);
    assert_eq!(by_caller, refused(RegistryError::Badged));
    assert_eq!(capabilities.kept(), 0);
    publisher.publish("date", Handing::Same, badged).unwrap();
    desk.look_up("time", slot(2)).unwrap();
    assert_eq!(machine.held(slot(2)), Some(service(7, 40)));
    // A view is no capability to publish, and neither is nothing.
    desk.derive(true, slot(5)).unwrap();
    for address in [5, 99] {
        let none = desk.publish("free", Handing::Same, CapabilityAddress(address));
        assert_eq!(none, refused(RegistryError::NoCapability));
    }
    assert_eq!(capabilities.kept(), 1);
}

#[test]
fn only_who_may_publishes_and_only_its_own_is_replaced() {
    let (machine, capabilities, [publisher, other, desk, stranger]) = machine();
    let [one, two] = [1, 2].map(|number| machine.hold(slot(number), service(number, 0)));
    publisher.publish("date", Handing::ByCaller, one).unwrap();
    assert_eq!(
        desk.publish("time", Handing::Same, two),
        refused(RegistryError::NotAllowed)
    );
    assert_eq!(
        stranger.publish("date", Handing::Same, two),
        refused(RegistryError::NoSuchName)
    );
    assert_eq!(
        other.publish("date", Handing::Same, two),
        refused(RegistryError::Taken)
    );
    assert_eq!(other.withdraw("date"), refused(RegistryError::NotAllowed));
    assert_eq!(desk.withdraw("time"), refused(RegistryError::NotAllowed));
    publisher.publish("date", Handing::ByCaller, two).unwrap();
    desk.look_up("time", slot(3)).unwrap();
    assert_eq!(machine.held(slot(3)), Some(service(2, 3)));
    publisher.withdraw("date").unwrap();
    assert_eq!(publisher.withdraw("date"), refused(RegistryError::NotThere));
    assert_eq!(capabilities.kept(), 0);
    other.publish("date", Handing::ByCaller, two).unwrap();
}

#[test]
fn what_its_publisher_leaves_behind_is_not_there() {
    let (machine, capabilities, [publisher, other, desk, _]) = machine();
    let [one, two] = [1, 2].map(|number| machine.hold(slot(number), service(number, 0)));
    publisher.publish("date", Handing::ByCaller, one).unwrap();
    capabilities.end(1);
    assert!(!desk.list("").unwrap()[1].there);
    assert_eq!(
        desk.look_up("time", slot(3)).map(drop),
        refused(RegistryError::NotThere)
    );
    assert_eq!(capabilities.kept(), 0);
    // Somebody else can take the name then, and the first one comes back too late.
    other.publish("date", Handing::ByCaller, two).unwrap();
    assert_eq!(
        publisher.publish("date", Handing::ByCaller, two),
        refused(RegistryError::Taken)
    );
}

#[test]
fn who_waits_is_answered_when_it_is_there() {
    let (machine, capabilities, [publisher, _, desk, _]) = machine();
    let own = machine.hold(slot(1), service(1, 0));
    let late = publisher.clone();
    machine.meanwhile(move || late.publish("date", Handing::ByCaller, own).unwrap());
    assert_eq!(desk.wait("time"), Ok(()));
    assert_eq!(desk.wait("time"), Ok(()));
    // It ends and comes back.
    capabilities.end(1);
    let again = machine.hold(slot(1), service(2, 0));
    machine.meanwhile(move || publisher.publish("date", Handing::ByCaller, again).unwrap());
    assert_eq!(desk.wait("time"), Ok(()));
    assert_eq!(capabilities.waiting(), 0);
}

#[test]
fn those_who_wait_are_bounded_for_each_view() {
    let (_, capabilities, [publisher, _, desk, _]) = machine();
    for _ in 0..WAITING {
        // Nobody publishes.
        assert_eq!(desk.wait("time"), Err(CallError::Gone));
    }
    assert_eq!(desk.wait("free"), refused(RegistryError::Full));
    assert_eq!(publisher.wait("date"), Err(CallError::Gone));
    assert_eq!(capabilities.waiting(), WAITING + 1);
    // Those that have ended make room.
    capabilities.end_callers();
    assert_eq!(desk.wait("time"), Err(CallError::Gone));
    assert_eq!(capabilities.waiting(), 2);
    capabilities.limit_slots(0);
    assert_eq!(desk.wait("time"), refused(RegistryError::Full));
}

#[test]
fn a_derived_view_shows_what_it_was_shown() {
    let (machine, _, [publisher, _, desk, stranger]) = machine();
    let own = machine.hold(slot(1), service(1, 0));
    publisher.publish("date", Handing::ByCaller, own).unwrap();
    desk.derive(false, slot(5)).unwrap();
    let (child, view) = (
        ViewClient::new(machine.received(slot(5))),
        CapabilityAddress(5),
    );
    assert_eq!(child.list(""), Ok(heapless::Vec::new()));
    desk.show(view, "time", "clock", true).unwrap();
    stranger.show_all(view, "strange.", true).unwrap();
    let list = child.list("").unwrap();
    let names: Vec<_> = list
        .iter()
        .map(|it| (it.name.as_str(), it.publish, it.there))
        .collect();
    assert_eq!(
        names,
        [("clock", false, true), ("strange.free", false, false)]
    );
    child.look_up("clock", slot(6)).unwrap();
    let badge = machine.held(slot(6)).unwrap().badge;
    let identity = publisher.identify(badge).unwrap();
    assert_eq!((identity.client.as_str(), identity.derived), ("desk", true));
    // It can neither publish nor derive, nor reach what it was not shown.
    assert_eq!(
        child.publish("clock", Handing::Same, own),
        refused(RegistryError::NotAllowed)
    );
    assert_eq!(
        child.derive(true, slot(7)).map(drop),
        refused(RegistryError::NotAllowed)
    );
    assert_eq!(
        child.look_up("time", slot(7)).map(drop),
        refused(RegistryError::NoSuchName)
    );
    let shown = child.show(view, "clock", "time", true);
    assert_eq!(shown, refused(RegistryError::NotAllowed));
    // What is no view is none, and others' views are not to be ended.
    let none = desk.show(own, "time", "time", true);
    assert_eq!(none, refused(RegistryError::NoView));
    assert_eq!(stranger.revoke(view), refused(RegistryError::NoView));
    assert_eq!(stranger.hide(view, "clock"), refused(RegistryError::NoView));
    desk.revoke(view).unwrap();
    assert_eq!(child.list(""), Err(CallError::Gone));
    assert_eq!(desk.revoke(view), refused(RegistryError::NoView));
}

#[test]
fn what_a_view_did_ends_with_it() {
    let (machine, capabilities, [_, _, desk, stranger]) = machine();
    let own = machine.hold(slot(1), service(1, 0));
    desk.derive(true, slot(5)).unwrap();
    let (child, view) = (
        ViewClient::new(machine.received(slot(5))),
        CapabilityAddress(5),
    );
    desk.show(view, "free", "free", true).unwrap();
    desk.show(view, "time", "time", true).unwrap();
    child.publish("free", Handing::ByCaller, own).unwrap();
    stranger.look_up("free", slot(6)).unwrap();
    // The name that it published under is taken from it.
    desk.hide(view, "free").unwrap();
    assert_eq!(
        stranger.look_up("free", slot(6)).map(drop),
        refused(RegistryError::NotThere)
    );
    assert_eq!(capabilities.kept(), 0);
    // The name that it waits for is taken from it, and then the view itself.
    let hides = desk.clone();
    machine.meanwhile(move || hides.hide(view, "time").unwrap());
    assert_eq!(child.wait("time"), refused(RegistryError::NoSuchName));
    desk.show(view, "time", "time", true).unwrap();
    desk.show(view, "free", "free", true).unwrap();
    child.publish("free", Handing::ByCaller, own).unwrap();
    machine.meanwhile(move || desk.revoke(view).unwrap());
    assert_eq!(child.wait("time"), Err(CallError::Gone));
    assert_eq!((capabilities.waiting(), capabilities.kept()), (0, 0));
}

#[test]
fn long_lists_come_in_pieces() {
    let names: Vec<String> = (0..40).map(|number| format!("n{number:02}")).collect();
    let mut views = Views::default();
    let shown = names.iter().map(|name| (name.as_str(), "one", true));
    views.add_client(1, "client", shown).unwrap();
    let capabilities = MockCapabilities::default();
    let machine = Machine::new(Service::new(views, capabilities.clone()), capabilities);
    let client = ViewClient::new(machine.client(1));
    let (mut all, mut after) = (Vec::new(), Name::new());
    loop {
        let list = client.list(&after).unwrap();
        let Some(last) = list.last() else { break };
        after = last.name.clone();
        all.extend(list.into_iter().map(|it| it.name.to_string()));
    }
    assert_eq!(all, names);
}
