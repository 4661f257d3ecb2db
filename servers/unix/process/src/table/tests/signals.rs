// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;

#[test]
fn a_handler_runs_with_its_mask_and_the_old_one_comes_back() {
    let (mut t, p) = two();
    let tid = p.main_thread();
    let action = SigAction {
        handler: 0x1000,
        flags: u64::from(linux::SA_RESTORER | linux::SA_SIGINFO) | 1 << 40,
        restorer: 0x2000,
        mask: SignalSet::of(&[Signal::USR2, Signal::KILL]),
    };
    assert_eq!(
        t.sigaction(tid, Signal::USR1, Some(&action)),
        Ok(SigAction::DEFAULT)
    );
    t.block_signals(p, &[Signal::INT, Signal::STOP]);
    t.kill(Pid(1), p.0, Signal::USR1.number()).unwrap();
    assert_eq!(t.events(), [Event::Wake(tid)]);
    assert!(t.has_deliverable(tid));
    let call = handled(t.next_signal(tid));
    assert_eq!(
        call.info,
        SigInfo::from_sender(Signal::USR1, linux::SI_USER as i32, 1, 0)
    );
    assert_eq!((call.action.restorer, call.action.flags >> 40), (0x2000, 0));
    assert!(call.wants_info());
    assert_eq!(call.saved_mask, SignalSet::of(&[Signal::INT]));
    let during = SignalSet::of(&[Signal::INT, Signal::USR1, Signal::USR2]);
    assert_eq!(t.thread(tid).unwrap().mask(), during);
    t.send(p, Signal::USR1);
    assert_eq!(t.events(), []);
    assert!(!t.has_deliverable(tid));
    assert_eq!(t.sigpending(tid), SignalSet::of(&[Signal::USR1]));
    t.sigreturn(
        tid,
        call.saved_mask | SignalSet::of(&[Signal::KILL]),
        AltStack::DISABLED,
        0,
    );
    assert_eq!(t.thread(tid).unwrap().mask(), SignalSet::of(&[Signal::INT]));
    assert!(t.has_deliverable(tid));
    t.check();
}

#[test]
fn nodefer_and_resethand() {
    let (mut t, p) = two();
    t.on(
        p,
        Signal::USR1,
        0x1000,
        linux::SA_NODEFER | linux::SA_RESETHAND,
    );
    t.send(p, Signal::USR1);
    handled(t.next(p));
    assert!(t.thread(p.main_thread()).unwrap().mask().is_empty());
    assert_eq!(
        t.action(p, Signal::USR1).unwrap().disposition(),
        Disposition::Default
    );
    t.send(p, Signal::USR1);
    assert_eq!(
        t.next(p),
        Some(Delivery::Terminate {
            signal: Signal::USR1,
            core: false
        })
    );
    t.check();
}

#[test]
fn kill_and_stop_cannot_be_changed() {
    let (mut t, p) = two();
    for signal in [Signal::KILL, Signal::STOP] {
        let ignore = SigAction::IGNORE;
        assert_eq!(
            t.sigaction(p.main_thread(), signal, Some(&ignore)),
            Err(Errno::EINVAL)
        );
        assert_eq!(
            t.sigaction(p.main_thread(), signal, None),
            Ok(SigAction::DEFAULT)
        );
    }
    assert_eq!(
        t.sigprocmask(p.main_thread(), Some(MaskChange::Block(SignalSet::ALL)))
            .0,
        0
    );
    let mask = t.sigprocmask(p.main_thread(), Some(MaskChange::Unblock(SignalSet::ALL)));
    assert_eq!(mask, SignalSet::ALL.maskable());
    assert_eq!(t.sigprocmask(p.main_thread(), None), SignalSet::EMPTY);
}

#[test]
fn default_actions() {
    for number in 1..=64 {
        let signal = Signal::new(number).unwrap();
        let (mut t, p) = two();
        t.send(p, signal);
        let expected = match signal.default_action() {
            DefaultAction::Ignore | DefaultAction::Continue => None,
            DefaultAction::Terminate => Some(Delivery::Terminate {
                signal,
                core: false,
            }),
            DefaultAction::Core => Some(Delivery::Terminate { signal, core: true }),
            // The child of process 1 is in an orphaned group.
            DefaultAction::Stop if signal == Signal::STOP => Some(Delivery::Stop),
            DefaultAction::Stop => None,
        };
        assert_eq!(t.next(p), expected, "{signal:?}");
        t.check();
    }
    let count = |action| {
        (1..=64)
            .filter(|&n| Signal::new(n).unwrap().default_action() == action)
            .count()
    };
    assert_eq!(count(DefaultAction::Core), 10);
    assert_eq!(count(DefaultAction::Stop), 4);
    assert_eq!(count(DefaultAction::Ignore), 3);
}

#[test]
fn ignored_signals_are_dropped_unless_blocked() {
    let (mut t, p) = two();
    t.on(p, Signal::USR1, 1, 0);
    t.send(p, Signal::USR1);
    t.send(p, Signal::CHLD);
    assert!(t.process(p).unwrap().pending().is_empty());
    t.block_signals(p, &[Signal::USR1, Signal::CHLD]);
    t.send(p, Signal::USR1);
    t.send(p, Signal::CHLD);
    assert_eq!(t.sigpending(p.main_thread()).0.count_ones(), 2);
    t.on(p, Signal::CHLD, 0x1000, 0);
    t.on(p, Signal::USR1, 1, 0);
    assert_eq!(
        t.sigpending(p.main_thread()),
        SignalSet::of(&[Signal::CHLD])
    );
    t.block_signals(p, &[]);
    assert_eq!(handled(t.next(p)).signal(), Signal::CHLD);
    t.check();
}

#[test]
fn faults_cannot_be_put_off() {
    let fault = SigInfo::fault(Signal::SEGV, linux::SEGV_MAPERR, 0xdead_0000);
    let (mut t, p) = two();
    t.on(p, Signal::SEGV, 0x1000, 0);
    t.force_fault(p.main_thread(), fault);
    let call = handled(t.next(p));
    assert_eq!((call.info, call.action.handler), (fault, 0x1000));
    // It faults in its handler: the signal is blocked now.
    t.force_fault(p.main_thread(), fault);
    assert_eq!(
        t.next(p),
        Some(Delivery::Terminate {
            signal: Signal::SEGV,
            core: true
        })
    );
    for ignored in [true, false] {
        let (mut t, p) = two();
        if ignored {
            t.on(p, Signal::FPE, 1, 0);
        } else {
            t.block_signals(p, &[Signal::FPE]);
        }
        t.force_fault(
            p.main_thread(),
            SigInfo::fault(Signal::FPE, linux::FPE_INTDIV, 1),
        );
        assert_eq!(
            t.next(p),
            Some(Delivery::Terminate {
                signal: Signal::FPE,
                core: true
            })
        );
        t.check();
    }
    let (mut t, p) = two();
    t.on(p, Signal::SEGV, 0x1000, 0);
    t.frame_failed(p.main_thread(), Signal::USR1);
    handled(t.next(p));
    t.frame_failed(p.main_thread(), Signal::SEGV);
    assert_eq!(
        t.next(p),
        Some(Delivery::Terminate {
            signal: Signal::SEGV,
            core: true
        })
    );
}

#[test]
fn faults_go_first() {
    let (mut t, p) = two();
    for signal in [Signal::HUP, Signal::SEGV, Signal::BUS] {
        t.on(p, signal, 0x1000, 0);
    }
    t.send(p, Signal::HUP);
    t.kill(Pid(1), p.0, Signal::BUS.number()).unwrap();
    t.force_fault(
        p.main_thread(),
        SigInfo::fault(Signal::SEGV, linux::SEGV_ACCERR, 5),
    );
    let order: Vec<_> =
        core::iter::from_fn(|| t.next(p).map(|d| handled(Some(d)).signal())).collect();
    assert_eq!(order, [Signal::SEGV, Signal::BUS, Signal::HUP]);
}

#[test]
fn process_1_is_protected() {
    let (mut t, p) = two();
    let one = Pid::INIT;
    for signal in [Signal::TERM, Signal::KILL, Signal::STOP, Signal::SEGV] {
        assert_eq!(t.kill(p, 1, signal.number()), Ok(()));
        assert_eq!(t.next(one), None, "{signal:?}");
    }
    t.on(one, Signal::TERM, 0x1000, 0);
    t.kill(p, 1, Signal::TERM.number()).unwrap();
    handled(t.next(one));
    t.block_signals(one, &[Signal::INT]);
    t.kill(p, 1, Signal::INT.number()).unwrap();
    t.block_signals(one, &[]);
    assert_eq!(t.next(one), None, "nor by a signal that was blocked");
    t.force_fault(Tid(1), SigInfo::fault(Signal::SEGV, linux::SEGV_MAPERR, 0));
    assert_eq!(
        t.next(one),
        Some(Delivery::Terminate {
            signal: Signal::SEGV,
            core: true
        })
    );
    let mut open = Table::new(Config {
        max_threads: 2,
        protect_init: false,
    });
    open.spawn_init(b"x", 0, 0).unwrap();
    open.kill(one, 1, Signal::TERM.number()).unwrap();
    assert!(open.has_fatal(Tid(1)));
}
