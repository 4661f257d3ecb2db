// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;

const ONE: Pid = Pid::INIT;

fn every(value_ns: u64, interval_ns: u64) -> TimerSetting {
    TimerSetting {
        value_ns,
        interval_ns,
    }
}

fn alarm_handler() -> Table {
    let mut t = table();
    t.on(ONE, Signal::ALRM, 0x1000, linux::SA_NODEFER);
    t
}

#[test]
fn alarm_once() {
    let mut t = alarm_handler();
    let real = IntervalTimer::Real;
    assert_eq!(t.next_deadline(), None);
    assert_eq!(
        t.set_interval_timer(ONE, real, every(100, 0), 1000),
        every(0, 0)
    );
    assert_eq!(t.next_deadline(), Some(1100));
    assert_eq!(t.interval_timer(ONE, real, 1040), every(60, 0));
    assert_eq!(
        t.set_interval_timer(ONE, real, every(500, 0), 1050),
        every(50, 0)
    );
    t.expire(1200);
    assert_eq!(t.next(ONE), None);
    t.expire(1550);
    assert_eq!(handled(t.next(ONE)).signal(), Signal::ALRM);
    assert_eq!(
        (t.next_deadline(), t.interval_timer(ONE, real, 1600)),
        (None, every(0, 0))
    );
    t.set_interval_timer(ONE, real, every(5, 0), 1700);
    t.set_interval_timer(ONE, real, every(0, 0), 1701);
    assert_eq!(t.next_deadline(), None);
    t.check();
}

#[test]
fn an_interval_goes_on_when_its_signal_was_taken() {
    let mut t = alarm_handler();
    t.set_interval_timer(ONE, IntervalTimer::Real, every(10, 10), 0);
    t.expire(12);
    assert_eq!(
        t.next_deadline(),
        None,
        "nothing more until the signal is taken"
    );
    assert_eq!(t.interval_timer(ONE, IntervalTimer::Real, 12), every(0, 10));
    t.expire(35);
    handled(t.next(ONE));
    assert_eq!(t.next_deadline(), Some(40));
    t.check();
    // Ignored, nobody takes the signal: as on Linux, that is the end of it.
    t.on(ONE, Signal::ALRM, 1, 0);
    t.expire(41);
    t.on(ONE, Signal::ALRM, 0x1000, 0);
    assert_eq!(t.next_deadline(), None);
    t.set_interval_timer(ONE, IntervalTimer::Real, every(10, 10), 41);
    assert_eq!(t.next_deadline(), Some(51));
    t.check();
}

#[test]
fn a_posix_timer_goes_on_when_its_signal_is_no_longer_ignored() {
    let mut t = table();
    t.on(ONE, Signal::USR1, 1, 0);
    let notify = TimerNotify::Signal {
        signal: Signal::USR1,
        value: None,
        thread: None,
    };
    let timer = t.timer_create(ONE, notify).unwrap();
    t.timer_settime(ONE, timer, every(10, 10), 0).unwrap();
    t.expire(11);
    assert_eq!(t.next_deadline(), None);
    t.expire(25);
    t.on(ONE, Signal::USR1, 0x1000, 0);
    assert_eq!(t.next_deadline(), Some(30));
    t.expire(30);
    t.on(ONE, Signal::USR1, 1, 0);
    assert!(!t.has_deliverable(Tid(1)));
    t.on(ONE, Signal::USR1, 0x1000, 0);
    assert_eq!(t.next_deadline(), Some(40));
    t.check();
}

#[test]
fn timers_end_with_the_process() {
    let mut t = alarm_handler();
    let child = t.child(ONE);
    t.set_interval_timer(child, IntervalTimer::Real, every(10, 10), 0);
    let timer = t.timer_create(child, TimerNotify::None).unwrap();
    t.timer_settime(child, timer, every(1, 1), 0).unwrap();
    t.exit(child, ExitStatus::Exited(0));
    assert_eq!(t.next_deadline(), None);
    assert_eq!(t.timer_gettime(child, timer, 0), Err(Errno::EINVAL));
    t.check();
}

#[test]
fn posix_timers_count_what_they_missed() {
    let mut t = table();
    let rt = Signal::new(34).unwrap();
    t.on(ONE, rt, 0x1000, linux::SA_NODEFER);
    let signal = TimerNotify::Signal {
        signal: rt,
        value: Some(0xabc),
        thread: None,
    };
    let plain = TimerNotify::Signal {
        signal: rt,
        value: None,
        thread: Some(Tid(1)),
    };
    assert_eq!(t.timer_create(ONE, signal), Ok(0));
    assert_eq!(t.timer_create(ONE, plain), Ok(1));
    t.check();
    assert_eq!(t.timer_settime(ONE, 0, every(100, 10), 0), Ok(every(0, 0)));
    assert_eq!(t.timer_gettime(ONE, 0, 30), Ok(every(70, 10)));
    t.expire(155);
    t.expire(155);
    let info = handled(t.next(ONE)).info;
    assert_eq!(
        info.detail,
        SigDetail::Timer {
            id: 0,
            overrun: 5,
            value: 0xabc
        }
    );
    assert_eq!(info.code, linux::SI_TIMER);
    assert_eq!(t.timer_getoverrun(ONE, 0), Ok(5));
    assert_eq!(t.next_deadline(), Some(160));
    t.timer_settime(ONE, 1, every(1, 0), 155).unwrap();
    t.expire(156);
    let detail = handled(t.next(ONE)).info.detail;
    assert_eq!(
        detail,
        SigDetail::Timer {
            id: 1,
            overrun: 0,
            value: 1
        }
    );
    assert_eq!(t.timer_gettime(ONE, 1, 200), Ok(every(0, 0)));
    t.expire(160);
    assert_eq!(t.timer_delete(ONE, 0), Ok(()));
    assert_eq!(t.next(ONE), None, "the pending signal goes with it");
    assert_eq!(t.timer_delete(ONE, 0), Err(Errno::EINVAL));
    assert_eq!(t.timer_settime(ONE, 0, every(1, 1), 0), Err(Errno::EINVAL));
    assert_eq!(t.timer_create(ONE, signal), Ok(2));
    t.check();
}

#[test]
fn timers_merge_with_nothing_else() {
    let mut t = table();
    t.on(ONE, Signal::USR1, 0x1000, linux::SA_NODEFER);
    let notify = TimerNotify::Signal {
        signal: Signal::USR1,
        value: None,
        thread: None,
    };
    let timer = t.timer_create(ONE, notify).unwrap();
    t.timer_settime(ONE, timer, every(1, 0), 0).unwrap();
    t.kill(ONE, 1, Signal::USR1.number()).unwrap();
    t.expire(1);
    assert!(matches!(
        handled(t.next(ONE)).info.detail,
        SigDetail::Sender { .. }
    ));
    assert!(matches!(
        handled(t.next(ONE)).info.detail,
        SigDetail::Timer { .. }
    ));
    assert_eq!(t.next(ONE), None);
    t.check();
}

#[test]
fn a_timer_without_a_signal_only_shows_the_time() {
    let mut t = table();
    let timer = t.timer_create(ONE, TimerNotify::None).unwrap();
    t.timer_settime(ONE, timer, every(10, 7), 0).unwrap();
    t.expire(10);
    assert_eq!(t.timer_gettime(ONE, timer, 12), Ok(every(5, 7)));
    assert!(!t.has_deliverable(Tid(1)));
    t.check();
}

#[test]
fn how_many_timers() {
    let mut t = table();
    t.set_limit(
        ONE,
        ONE,
        linux::RLIMIT_SIGPENDING,
        Some(Limit { soft: 1, hard: 1 }),
    )
    .unwrap();
    assert_eq!(t.timer_create(ONE, TimerNotify::None), Ok(0));
    assert_eq!(t.timer_create(ONE, TimerNotify::None), Err(Errno::EAGAIN));
    let child = t.child(ONE);
    let foreign = TimerNotify::Signal {
        signal: Signal::USR1,
        value: None,
        thread: Some(child.main_thread()),
    };
    assert_eq!(t.timer_create(ONE, foreign), Err(Errno::EINVAL));
    let exec = ExecRequest {
        name: b"x",
        set_uid: None,
        set_gid: None,
        readable: true,
    };
    t.exec(Tid(1), &exec).unwrap();
    assert_eq!(
        t.timer_gettime(ONE, 0, 0),
        Err(Errno::EINVAL),
        "exec deletes them"
    );
    assert_eq!(t.timer_create(ONE, TimerNotify::None), Ok(1));
    t.check();
}

#[test]
fn processor_time() {
    let mut t = table();
    t.on(ONE, Signal::VTALRM, 0x1000, linux::SA_NODEFER);
    t.on(ONE, Signal::PROF, 0x1000, linux::SA_NODEFER);
    t.on(ONE, Signal::XCPU, 0x1000, linux::SA_NODEFER);
    let (user, both) = (
        IntervalTimer::Cpu(CpuTimer::Virtual),
        IntervalTimer::Cpu(CpuTimer::Profile),
    );
    t.set_interval_timer(ONE, user, every(100, 30), 0);
    t.set_interval_timer(ONE, both, every(100, 0), 0);
    t.charge_time(ONE, 60, 39);
    assert_eq!(t.next(ONE), None);
    t.charge_time(ONE, 10, 0);
    assert_eq!(handled(t.next(ONE)).signal(), Signal::PROF);
    assert_eq!(t.interval_timer(ONE, both, 0), every(0, 0));
    t.charge_time(ONE, 65, 0);
    assert_eq!(handled(t.next(ONE)).signal(), Signal::VTALRM);
    assert_eq!(
        t.interval_timer(ONE, user, 0),
        every(25, 30),
        "35 over: one and 5 of the next"
    );
    t.set_limit(
        ONE,
        ONE,
        linux::RLIMIT_CPU,
        Some(Limit { soft: 1, hard: 3 }),
    )
    .unwrap();
    t.charge_time(ONE, 999_999_000, 0);
    let cpu = |t: &mut Table| {
        core::iter::from_fn(|| t.next(ONE))
            .filter(|d| matches!(d, Delivery::Handler(call) if call.signal() == Signal::XCPU))
            .count()
    };
    assert_eq!(cpu(&mut t), 0);
    t.charge_time(ONE, 1000, 0);
    assert_eq!(cpu(&mut t), 1);
    t.charge_time(ONE, 1000, 0);
    assert_eq!(cpu(&mut t), 0);
    t.charge_time(ONE, 1_000_000_000, 0);
    assert_eq!(cpu(&mut t), 1);
    t.charge_time(ONE, 1_000_000_000, 0);
    assert_eq!(
        t.next(ONE),
        Some(Delivery::Terminate {
            signal: Signal::KILL,
            core: false
        })
    );
}
