// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;

fn two() -> (Table, Pid) {
    let mut t = table();
    let child = t.child(Pid(1));
    t.events();
    (t, child)
}

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
fn standard_signals_merge_and_real_time_ones_queue() {
    let (mut t, p) = two();
    let rt = Signal::new(40).unwrap();
    t.on(p, Signal::USR1, 0x1000, 0);
    t.on(p, rt, 0x2000, 0);
    t.block_signals(p, &[Signal::USR1, rt]);
    let mut info = SigInfo::from_kernel(rt).to_bytes();
    info[8..12].copy_from_slice(&linux::SI_QUEUE.to_le_bytes());
    for value in 0..3u8 {
        info[24] = value;
        t.sigqueue(Pid(1), p.0, None, 40, &info).unwrap();
        t.sigqueue(Pid(1), p.0, None, Signal::USR1.number(), &info)
            .unwrap();
    }
    t.check();
    t.block_signals(p, &[]);
    let mut seen = vec![];
    while let Some(Delivery::Handler(call)) = t.next(p) {
        let SigDetail::Queued { value, .. } = call.info.detail else {
            panic!()
        };
        seen.push((call.signal().number(), value));
        t.block_signals(p, &[]);
    }
    assert_eq!(seen, [(10, 0), (40, 0), (40, 1), (40, 2)]);
    t.check();
}

#[test]
fn the_bound_on_queued_signals() {
    let (mut t, p) = two();
    t.set_limit(
        p,
        p,
        linux::RLIMIT_SIGPENDING,
        Some(Limit { soft: 2, hard: 2 }),
    )
    .unwrap();
    let rt = Signal::new(50).unwrap();
    t.on(p, Signal::USR1, 0x1000, 0);
    t.on(p, rt, 0x1000, 0);
    t.block_signals(p, &[Signal::USR1, rt]);
    let mut info = SigInfo::from_kernel(rt).to_bytes();
    info[8..12].copy_from_slice(&linux::SI_QUEUE.to_le_bytes());
    info[24] = 7;
    let queue = |t: &mut Table, signal| t.sigqueue(Pid(1), p.0, None, signal, &info);
    assert_eq!(queue(&mut t, 50), Ok(()));
    assert_eq!(queue(&mut t, 50), Ok(()));
    assert_eq!(queue(&mut t, 50), Err(Errno::EAGAIN));
    assert_eq!(t.kill(Pid(1), p.0, 50), Ok(()), "kill always works");
    assert_eq!(
        queue(&mut t, Signal::USR1.number()),
        Ok(()),
        "without its information"
    );
    t.check();
    t.block_signals(p, &[]);
    assert_eq!(handled(t.next(p)).info, SigInfo::lost(Signal::USR1));
    let mut count = 0;
    while let Some(Delivery::Handler(_)) = t.next(p) {
        count += 1;
        t.block_signals(p, &[]);
    }
    assert_eq!(count, 2);
    t.check();
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

#[test]
fn who_may_signal_whom() {
    let mut t = table();
    let a = t.child(Pid(1));
    let b = t.child(a);
    t.change_credentials(a, |c| c.set_uid(100)).unwrap();
    t.change_credentials(b, |c| c.set_uid(200)).unwrap();
    assert_eq!(t.kill(a, b.0, 0), Err(Errno::EPERM));
    assert_eq!(t.kill(a, 1, 15), Err(Errno::EPERM));
    assert_eq!(
        t.kill(a, b.0, Signal::CONT.number()),
        Ok(()),
        "the same session"
    );
    t.set_session(b).unwrap();
    assert_eq!(t.kill(a, b.0, Signal::CONT.number()), Err(Errno::EPERM));
    assert_eq!(t.kill(Pid(1), b.0, 0), Ok(()));
    assert_eq!(t.kill(a, a.0, 0), Ok(()));
    assert_eq!(t.kill(a, 999, 0), Err(Errno::ESRCH));
    assert_eq!(t.kill(a, 999, 65), Err(Errno::ESRCH));
    assert_eq!(t.kill(a, a.0, 65), Err(Errno::EINVAL));
    assert_eq!(t.kill(a, a.0, -1), Err(Errno::EINVAL));
    assert_eq!(t.kill(a, i32::MIN, 0), Err(Errno::ESRCH));
    assert_eq!(t.kill(Pid(999), a.0, 0), Err(Errno::ESRCH));
    t.check();
}

#[test]
fn groups_and_everybody() {
    let mut t = table();
    let (a, b) = (t.child(Pid(1)), t.child(Pid(1)));
    t.set_group(Pid(1), a.0, a.0).unwrap();
    t.set_group(Pid(1), b.0, a.0).unwrap();
    assert_eq!(t.kill(Pid(1), -a.0, 0), Ok(()));
    assert_eq!(t.kill(Pid(1), -999, 15), Err(Errno::ESRCH));
    t.change_credentials(a, |c| c.set_uid(5)).unwrap();
    t.kill(a, 0, Signal::TERM.number()).unwrap();
    assert!(t.has_fatal(a.main_thread()) && !t.has_fatal(b.main_thread()));
    t.settle(a);
    t.kill(Pid(1), -1, Signal::TERM.number()).unwrap();
    assert!(t.has_fatal(b.main_thread()));
    assert!(!t.has_deliverable(Tid(1)));
    t.kill(b, -1, Signal::TERM.number()).unwrap();
    assert!(!t.has_deliverable(Tid(1)));
    let mut alone = table();
    assert_eq!(alone.kill(Pid(1), -1, 0), Err(Errno::ESRCH));
}

#[test]
fn one_thread() {
    let (mut t, p) = two();
    let other = t.spawn_thread(p.main_thread()).unwrap();
    t.on(p, Signal::USR1, 0x1000, 0);
    assert_eq!(
        t.tgkill(Pid(1), Some(p.0), other.0, Signal::USR1.number()),
        Ok(())
    );
    assert!(t.has_deliverable(other) && !t.has_deliverable(p.main_thread()));
    assert_eq!(handled(t.next_signal(other)).info.code, linux::SI_TKILL);
    assert_eq!(t.tgkill(Pid(1), Some(1), other.0, 10), Err(Errno::ESRCH));
    assert_eq!(t.tgkill(Pid(1), Some(0), other.0, 10), Err(Errno::EINVAL));
    assert_eq!(t.tgkill(Pid(1), None, -4, 10), Err(Errno::EINVAL));
    assert_eq!(t.tgkill(Pid(1), None, 4711, 10), Err(Errno::ESRCH));
    assert_eq!(t.tgkill(Pid(1), None, other.0, 0), Ok(()));
    // kill(2) with a thread's number means its process.
    assert_eq!(t.kill(Pid(1), other.0, Signal::USR1.number()), Ok(()));
    assert!(t.has_deliverable(p.main_thread()));
    t.check();
}

#[test]
fn what_a_program_may_queue() {
    let (mut t, p) = two();
    let mut info = [0; SigInfo::SIZE];
    for code in [0, 1, linux::SI_TKILL] {
        info[8..12].copy_from_slice(&code.to_le_bytes());
        assert_eq!(t.sigqueue(Pid(1), p.0, None, 10, &info), Err(Errno::EPERM));
        assert_eq!(
            t.sigqueue(p, p.0, None, 0, &info),
            Ok(()),
            "to itself anything"
        );
    }
    info[8..12].copy_from_slice(&linux::SI_ASYNCIO.to_le_bytes());
    info[40] = 9;
    t.on(p, Signal::USR1, 0x1000, 0);
    assert_eq!(t.sigqueue(Pid(1), p.0, Some(p.0), 10, &info), Ok(()));
    info[0] = 10;
    assert_eq!(handled(t.next(p)).info.to_bytes(), info);
    assert_eq!(
        t.sigqueue(Pid(1), p.0, Some(0), 10, &info),
        Err(Errno::EINVAL)
    );
    assert_eq!(t.sigqueue(Pid(1), 999, None, 10, &info), Err(Errno::ESRCH));
    t.check();
}

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
