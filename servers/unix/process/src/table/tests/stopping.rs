// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;

#[test]
fn stopping_and_continuing_throw_each_other_away() {
    let (mut t, p) = two();
    let tid = p.main_thread();
    t.on(p, Signal::TSTP, 0x1000, 0);
    t.on(p, Signal::CONT, 0x2000, 0);
    t.block_signals(p, &[Signal::TSTP, Signal::CONT]);
    t.send(p, Signal::TSTP);
    t.send(p, Signal::CONT);
    assert_eq!(t.sigpending(tid), SignalSet::of(&[Signal::CONT]));
    t.send(p, Signal::STOP);
    assert_eq!(t.next(p), Some(Delivery::Stop));
    assert!(t.sigpending(tid).is_empty());
    assert!(t.has_deliverable(tid), "a stopped thread may not run");
    t.send(p, Signal::USR1);
    t.send(p, Signal::CONT);
    assert!(
        t.process(p).unwrap().state() == State::Running,
        "even though it is blocked"
    );
    assert_eq!(
        t.next(p),
        Some(Delivery::Terminate {
            signal: Signal::USR1,
            core: false
        }),
        "what came while it was stopped"
    );
    t.check();
}

#[test]
fn stop_and_go_before_anybody_looked_is_no_news() {
    let (mut t, p) = two();
    for _ in 0..5 {
        t.send(p, Signal::STOP);
        t.next(p);
        t.send(p, Signal::CONT);
        t.check();
    }
    let events = t.events();
    assert!(events.contains(&Event::Continue(p)) && !events.contains(&Event::Stop(p)));
    assert_eq!(events.len(), 3, "{events:?}");
}

#[test]
fn only_kill_reaches_the_stopped() {
    let (mut t, p) = two();
    t.send(p, Signal::STOP);
    t.next(p);
    t.events();
    t.send(p, Signal::TERM);
    assert_eq!(t.events(), []);
    assert_eq!(t.next(p), Some(Delivery::Stop));
    t.send(p, Signal::KILL);
    assert_eq!(t.events(), [Event::Wake(p.main_thread())]);
    assert_eq!(
        t.next(p),
        Some(Delivery::Terminate {
            signal: Signal::KILL,
            core: false
        })
    );
    t.send(p, Signal::CONT);
    assert!(t.has_fatal(p.main_thread()));
    t.settle(p);
    t.check();
}
