// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;

fn wait4(pid: i32, options: u32) -> WaitRequest {
    WaitRequest::wait4(pid, options).unwrap()
}

#[test]
fn status_words() {
    let killed = |core_dumped| ExitStatus::Killed {
        signal: Signal::SEGV,
        core_dumped,
    };
    let words = [
        (
            ChildChange::Ended(ExitStatus::Exited(0x12)),
            0x1200,
            linux::CLD_EXITED,
            0x12,
        ),
        (ChildChange::Ended(killed(false)), 11, linux::CLD_KILLED, 11),
        (
            ChildChange::Ended(killed(true)),
            0x8b,
            linux::CLD_DUMPED,
            11,
        ),
        (
            ChildChange::Stopped(Signal::TSTP),
            0x147f,
            linux::CLD_STOPPED,
            20,
        ),
        (ChildChange::Continued, 0xffff, linux::CLD_CONTINUED, 18),
    ];
    for (change, word, code, status) in words {
        assert_eq!(
            (change.wait_status(), change.code(), change.status()),
            (word, code as i32, status)
        );
    }
}

#[test]
fn which_calls_are_wrong() {
    assert_eq!(WaitRequest::wait4(-1, 0x10), Err(Errno::EINVAL));
    assert_eq!(WaitRequest::wait4(i32::MIN, 0), Err(Errno::ESRCH));
    assert_eq!(
        WaitRequest::waitid(linux::P_ALL, 0, linux::WNOHANG),
        Err(Errno::EINVAL)
    );
    assert_eq!(
        WaitRequest::waitid(linux::P_PID, 0, linux::WEXITED),
        Err(Errno::EINVAL)
    );
    assert_eq!(
        WaitRequest::waitid(linux::P_PGID, -1, linux::WEXITED),
        Err(Errno::EINVAL)
    );
    assert_eq!(
        WaitRequest::waitid(9, 1, linux::WEXITED),
        Err(Errno::EINVAL)
    );
    let own = WaitRequest::waitid(linux::P_PGID, 0, linux::WEXITED).unwrap();
    assert_eq!(own.target, WaitTarget::OwnGroup);
    assert!(wait4(5, linux::WNOHANG).no_hang());
}

#[test]
fn children_are_found_by_number_group_and_age() {
    let mut t = table();
    let one = Pid::INIT;
    assert_eq!(t.wait(Tid(1), &WAIT_ANY), Err(Errno::ECHILD));
    let (a, b, c) = (t.child(one), t.child(one), t.child(one));
    let grandchild = t.child(a);
    t.set_group(one, b.0, 0).unwrap();
    t.set_group(one, c.0, b.0).unwrap();
    assert_eq!(t.wait(Tid(1), &wait4(grandchild.0, 0)), Err(Errno::ECHILD));
    assert_eq!(t.wait(Tid(1), &wait4(999, 0)), Err(Errno::ECHILD));
    assert_eq!(t.wait(Tid(1), &wait4(-999, 0)), Err(Errno::ECHILD));
    assert_eq!(t.waited(one, &wait4(a.0, 0)), None);
    for pid in [c, b, a] {
        t.exit(pid, ExitStatus::Exited(pid.0 as u8));
    }
    t.check();
    let ended = |pid: Pid| Some((pid, ChildChange::Ended(ExitStatus::Exited(pid.0 as u8))));
    assert_eq!(
        t.waited(one, &wait4(-b.0, 0)),
        ended(b),
        "the oldest of the group"
    );
    assert_eq!(
        t.waited(one, &wait4(0, 0)),
        ended(a),
        "the caller's own group"
    );
    assert_eq!(t.waited(one, &wait4(c.0, 0)), ended(c));
    assert_eq!(t.waited(one, &WAIT_ANY), None, "the grandchild is left");
    t.check();
}

#[test]
fn a_zombie_can_be_looked_at() {
    let mut t = table();
    let child = t.child(Pid(1));
    t.exit(child, ExitStatus::Exited(2));
    let look = WaitRequest::waitid(linux::P_PID, child.0, linux::WEXITED | linux::WNOWAIT).unwrap();
    let ended = Some((child, ChildChange::Ended(ExitStatus::Exited(2))));
    assert_eq!(t.waited(Pid(1), &look), ended);
    assert_eq!(t.waited(Pid(1), &look), ended);
    let stops = WaitRequest::waitid(linux::P_ALL, 0, linux::WSTOPPED).unwrap();
    assert_eq!(
        t.wait(Tid(1), &stops),
        Err(Errno::ECHILD),
        "it never will stop"
    );
    assert_eq!(t.waited(Pid(1), &WAIT_ANY), ended);
    assert!(t.process(child).is_none());
    assert!(t.events().contains(&Event::Reaped(child)));
    t.check();
}

#[test]
fn stops_and_continues_are_reported_once_and_only_if_asked() {
    let mut t = table();
    let child = t.child(Pid(1));
    t.send(child, Signal::STOP);
    assert_eq!(t.next(child), Some(Delivery::Stop));
    assert_eq!(t.waited(Pid(1), &WAIT_ANY), None);
    let stops = wait4(-1, linux::WUNTRACED);
    let stopped = Some((child, ChildChange::Stopped(Signal::STOP)));
    assert_eq!(t.waited(Pid(1), &stops), stopped);
    assert_eq!(t.waited(Pid(1), &stops), None);
    t.check();
    t.send(child, Signal::CONT);
    assert_eq!(t.next(child), None);
    assert_eq!(t.waited(Pid(1), &stops), None);
    let continues = wait4(child.0, linux::WCONTINUED);
    assert_eq!(
        t.waited(Pid(1), &continues),
        Some((child, ChildChange::Continued))
    );
    assert_eq!(t.waited(Pid(1), &continues), None);
    t.send(child, Signal::STOP);
    t.next(child);
    t.send(child, Signal::CONT);
    assert_eq!(t.waited(Pid(1), &stops), None, "the stop is over");
    t.check();
}

#[test]
fn a_parent_that_does_not_care_has_no_zombies() {
    let mut t = table();
    let one = Pid::INIT;
    t.on(one, Signal::CHLD, 1, 0);
    let child = t.child(one);
    t.exit(child, ExitStatus::Exited(0));
    assert!(t.process(child).is_none());
    assert_eq!(t.events(), [Event::ChildChanged(one), Event::Reaped(child)]);
    assert_eq!(t.wait(Tid(1), &WAIT_ANY), Err(Errno::ECHILD));
    t.on(one, Signal::CHLD, 0x1000, linux::SA_NOCLDWAIT);
    let child = t.child(one);
    t.exit(child, ExitStatus::Exited(0));
    assert!(t.process(child).is_none());
    assert_eq!(
        handled(t.next(one)).signal(),
        Signal::CHLD,
        "the signal is sent all the same"
    );
    t.check();
}

#[test]
fn what_the_parent_is_told() {
    let mut t = table();
    let one = Pid::INIT;
    t.on(one, Signal::CHLD, 0x1000, 0);
    let child = t.child(one);
    t.change_credentials(child, |c| c.set_uid(77)).unwrap();
    t.charge_time(child, 25_000_000, 1_000_000_000);
    t.events();
    t.send(child, Signal::TSTP);
    t.block_signals(one, &[Signal::CHLD]);
    t.settle(child);
    // Its group is orphaned (its parent is process 1): SIGTSTP does nothing.
    assert_eq!(t.next(one), None);
    t.send(child, Signal::STOP);
    t.settle(child);
    assert_eq!(
        t.events(),
        [
            Event::Wake(child.main_thread()),
            Event::Stop(child),
            Event::ChildChanged(one)
        ]
    );
    t.block_signals(one, &[]);
    let call = handled(t.next(one));
    assert_eq!(call.info.code, linux::CLD_STOPPED as i32);
    let detail = SigDetail::Child {
        pid: child.0,
        uid: 77,
        status: Signal::STOP.number(),
        user_ticks: 2,
        system_ticks: 100,
    };
    assert_eq!(call.info.detail, detail);
    t.sigreturn(Tid(1), call.saved_mask, AltStack::DISABLED, 0);
    t.on(one, Signal::CHLD, 0x1000, linux::SA_NOCLDSTOP);
    t.send(child, Signal::CONT);
    assert_eq!(t.next(one), None);
    t.check();
}

#[test]
fn clones_with_another_signal_are_for_those_who_ask() {
    let mut t = table();
    let one = Pid::INIT;
    t.on(one, Signal::USR1, 0x1000, 0);
    let request = CloneRequest {
        exit_signal: Some(Signal::USR1),
        ..CloneRequest::FORK
    };
    let clone = t.fork(Tid(1), &request, 0, |_, _| Ok(0)).unwrap();
    assert_eq!(t.wait(Tid(1), &WAIT_ANY), Err(Errno::ECHILD));
    assert_eq!(t.waited(one, &wait4(-1, linux::__WALL)), None);
    t.exit(clone, ExitStatus::Exited(0));
    assert_eq!(handled(t.next(one)).signal(), Signal::USR1);
    assert_eq!(t.wait(Tid(1), &wait4(clone.0, 0)), Err(Errno::ECHILD));
    assert!(t.waited(one, &wait4(-1, linux::__WCLONE)).is_some());
    // Exec makes an ordinary child of it.
    let clone = t.fork(Tid(1), &request, 0, |_, _| Ok(0)).unwrap();
    let exec = ExecRequest {
        name: b"x",
        set_uid: None,
        set_gid: None,
        readable: true,
    };
    t.exec(clone.main_thread(), &exec).unwrap();
    t.exit(clone, ExitStatus::Exited(0));
    assert!(t.waited(one, &WAIT_ANY).is_some());
    t.check();
}

#[test]
fn use_is_added_up_when_waited_for() {
    let mut t = table();
    let father = t.child(Pid(1));
    let child = t.child(father);
    t.charge_time(child, 10, 1);
    t.process_mut(child).unwrap().usage.max_resident_kib = 500;
    t.charge_time(father, 100, 20);
    t.exit(child, ExitStatus::Exited(0));
    t.waited(father, &WAIT_ANY).unwrap();
    t.exit(father, ExitStatus::Exited(0));
    let WaitOutcome::Child(found) = t.wait(Tid(1), &WAIT_ANY).unwrap() else {
        panic!()
    };
    assert_eq!((found.usage.user_ns, found.usage.system_ns), (110, 21));
    assert_eq!(found.usage.max_resident_kib, 500);
    assert_eq!(t.process(Pid(1)).unwrap().children_usage().user_ns, 110);
    t.check();
}
