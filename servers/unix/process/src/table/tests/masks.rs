// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;

#[test]
fn sigsuspend() {
    let (mut t, p) = two();
    let tid = p.main_thread();
    t.on(p, Signal::USR1, 0x1000, 0);
    t.block_signals(p, &[Signal::USR1]);
    t.send(p, Signal::USR1);
    t.events();
    assert!(!t.has_deliverable(tid));
    let mask = SignalSet::of(&[Signal::USR2]);
    t.set_temporary_mask(tid, mask);
    t.set_temporary_mask(tid, mask);
    assert!(t.has_deliverable(tid));
    let call = handled(t.next(p));
    assert_eq!(call.saved_mask, SignalSet::of(&[Signal::USR1]));
    assert_eq!(
        call.interrupted_call(RestartClass::WithoutHandler),
        CallOutcome::Interrupted
    );
    assert_eq!(
        t.thread(tid).unwrap().mask(),
        SignalSet::of(&[Signal::USR1, Signal::USR2])
    );
    t.restore_mask(tid);
    assert_eq!(
        t.thread(tid).unwrap().mask(),
        SignalSet::of(&[Signal::USR1, Signal::USR2])
    );
    t.sigreturn(tid, call.saved_mask, AltStack::DISABLED, 0);
    t.set_temporary_mask(tid, SignalSet::EMPTY);
    t.restore_mask(tid);
    assert_eq!(
        t.thread(tid).unwrap().mask(),
        SignalSet::of(&[Signal::USR1])
    );
}

#[test]
fn sigtimedwait() {
    let (mut t, p) = two();
    let tid = p.main_thread();
    let set = SignalSet::of(&[Signal::USR1, Signal::TERM]);
    t.block_signals(p, &[Signal::USR1]);
    assert_eq!(t.sigtimedwait(tid, set), None);
    // A blocked one wakes, one that would be fatal does not kill.
    t.send(p, Signal::USR1);
    assert_eq!(t.events(), [Event::Wake(tid)]);
    t.kill(Pid(1), p.0, Signal::TERM.number()).unwrap();
    assert!(!t.has_fatal(tid));
    assert_eq!(
        t.sigtimedwait(tid, set).map(|info| info.signal),
        Some(Signal::USR1)
    );
    assert_eq!(
        t.sigtimedwait(tid, set).map(|info| info.signal),
        Some(Signal::TERM)
    );
    assert_eq!(t.sigtimedwait(tid, set), None);
    t.end_sigtimedwait(tid);
    t.events();
    t.send(p, Signal::USR1);
    assert_eq!(t.events(), []);
    t.check();
}

#[test]
fn restarting() {
    let (mut t, p) = two();
    use CallOutcome::*;
    use RestartClass::*;
    for (flags, outcomes) in [
        (
            linux::SA_RESTART,
            [Restart, Interrupted, Interrupted, Restart],
        ),
        (0, [Interrupted, Interrupted, Interrupted, Restart]),
    ] {
        t.on(p, Signal::USR1, 0x1000, flags | linux::SA_NODEFER);
        t.send(p, Signal::USR1);
        let call = handled(t.next(p));
        let classes = [Restartable, WithoutHandler, Never, Always];
        assert_eq!(classes.map(|class| call.interrupted_call(class)), outcomes);
    }
    assert_eq!(
        [Restartable, WithoutHandler, Never, Always].map(RestartClass::without_handler),
        [Restart, Restart, Interrupted, Restart]
    );
}

#[test]
fn the_alternate_stack() {
    let (mut t, p) = two();
    let tid = p.main_thread();
    let stack = AltStack {
        base: 0x10_0000,
        flags: 0,
        size: 0x8000,
    };
    let small = AltStack {
        size: u64::from(linux::MINSIGSTKSZ) - 1,
        ..stack
    };
    let odd = AltStack { flags: 8, ..stack };
    assert_eq!(t.sigaltstack(tid, Some(small), 0), Err(Errno::ENOMEM));
    assert_eq!(t.sigaltstack(tid, Some(odd), 0), Err(Errno::EINVAL));
    assert_eq!(t.sigaltstack(tid, Some(stack), 0), Ok(AltStack::DISABLED));
    assert_eq!(
        t.sigaltstack(tid, None, 0x10_8000).unwrap().flags,
        linux::SS_ONSTACK
    );
    assert_eq!(t.sigaltstack(tid, None, 0x10_0000).unwrap().flags, 0);
    assert_eq!(
        t.sigaltstack(tid, Some(stack), 0x10_4000),
        Err(Errno::EPERM)
    );
    t.on(
        p,
        Signal::USR1,
        0x1000,
        linux::SA_ONSTACK | linux::SA_NODEFER,
    );
    t.send(p, Signal::USR1);
    let call = handled(t.next(p));
    assert_eq!(call.stack_top(0x7000_0000), 0x10_8000);
    assert_eq!(call.stack_top(0x10_4000), 0x10_4000, "already on it");
    assert_eq!(t.sigaltstack(tid, None, 0).unwrap(), stack);
    // With SS_AUTODISARM it is off while a handler runs, and sigreturn brings it back.
    let auto = AltStack {
        flags: linux::SS_AUTODISARM,
        ..stack
    };
    t.sigaltstack(tid, Some(auto), 0).unwrap();
    t.send(p, Signal::USR1);
    let call = handled(t.next(p));
    assert_eq!(call.stack_top(5), 0x10_8000);
    let saved = call.alternate.reported(5);
    assert_eq!(saved, auto);
    assert_eq!(t.sigaltstack(tid, None, 0).unwrap(), AltStack::DISABLED);
    t.sigreturn(tid, call.saved_mask, saved, 5);
    assert_eq!(t.sigaltstack(tid, None, 0).unwrap(), auto);
    let off = AltStack {
        flags: linux::SS_DISABLE,
        ..stack
    };
    t.sigaltstack(tid, Some(off), 0).unwrap();
    assert_eq!(t.sigaltstack(tid, None, 0).unwrap(), AltStack::DISABLED);
    assert_eq!(AltStack::from_bytes(&auto.to_bytes()), auto);
}

#[test]
fn layouts() {
    let action = SigAction {
        handler: 1 << 40,
        flags: 2,
        restorer: 3,
        mask: SignalSet(4),
    };
    assert_eq!(SigAction::from_bytes(&action.to_bytes()), action);
    assert_eq!(size_of::<linux::kernel_sigaction>(), SigAction::SIZE);
    assert_eq!(size_of::<linux::siginfo_t>(), SigInfo::SIZE);
    assert_eq!(size_of::<linux::stack_t>(), AltStack::SIZE);
    let details = [
        SigDetail::Sender { pid: 1, uid: 2 },
        SigDetail::Queued {
            pid: 1,
            uid: 2,
            value: 3,
        },
        SigDetail::Timer {
            id: 1,
            overrun: 2,
            value: 3,
        },
        SigDetail::Child {
            pid: 1,
            uid: 2,
            status: 3,
            user_ticks: 4,
            system_ticks: 5,
        },
        SigDetail::Fault {
            address: 0x0102_0304_0506_0708,
        },
        SigDetail::Poll { band: 1, fd: 2 },
        SigDetail::Raw {
            words: [1, 2, 3, 4],
        },
    ];
    let expected: [&[(usize, u8)]; 7] = [
        &[(16, 1), (20, 2)],
        &[(16, 1), (20, 2), (24, 3)],
        &[(16, 1), (20, 2), (24, 3)],
        &[(16, 1), (20, 2), (24, 3), (32, 4), (40, 5)],
        &[
            (16, 8),
            (17, 7),
            (18, 6),
            (19, 5),
            (20, 4),
            (21, 3),
            (22, 2),
            (23, 1),
        ],
        &[(16, 1), (24, 2)],
        &[(16, 1), (24, 2), (32, 3), (40, 4)],
    ];
    for (detail, places) in details.into_iter().zip(expected) {
        let bytes = SigInfo {
            signal: Signal::CHLD,
            errno: 6,
            code: -1,
            detail,
        }
        .to_bytes();
        let mut wanted = [0; SigInfo::SIZE];
        (wanted[0], wanted[4]) = (17, 6);
        wanted[8..12].fill(0xff);
        for &(at, byte) in places {
            wanted[at] = byte;
        }
        assert_eq!(bytes, wanted, "{detail:?}");
    }
}
