// SPDX-License-Identifier: MIT OR Apache-2.0
//! Random histories of calls, also with numbers that do not exist: no call may panic or break an
//! invariant, whatever came before.
use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Fork {
        who: i32,
        vfork: bool,
        signal: i32,
        shares: bool,
        sibling: bool,
    },
    Thread {
        who: i32,
    },
    ExitThread {
        who: i32,
    },
    Exec {
        who: i32,
    },
    Exit {
        who: i32,
    },
    Wait {
        who: i32,
        target: i32,
        options: u32,
    },
    SetGroup {
        who: i32,
        pid: i32,
        group: i32,
    },
    SetSession {
        who: i32,
    },
    Terminal {
        who: i32,
        terminal: u32,
        what: u8,
    },
    Action {
        who: i32,
        signal: i32,
        handler: u64,
        flags: u32,
    },
    Mask {
        who: i32,
        mask: u64,
        temporary: bool,
    },
    Await {
        who: i32,
        mask: u64,
    },
    Kill {
        who: i32,
        target: i32,
        signal: i32,
    },
    Tgkill {
        who: i32,
        target: i32,
        signal: i32,
    },
    Queue {
        who: i32,
        target: i32,
        signal: i32,
        code: i32,
    },
    Fault {
        who: i32,
        signal: i32,
    },
    Next {
        who: i32,
    },
    Settle {
        who: i32,
    },
    User {
        who: i32,
        uid: u32,
    },
    Subreaper {
        who: i32,
        on: bool,
    },
    DeathSignal {
        who: i32,
        signal: i32,
    },
    Alarm {
        who: i32,
        value: u64,
        interval: u64,
    },
    Timer {
        who: i32,
        what: u8,
        signal: i32,
        value: u64,
        interval: u64,
    },
    Expire {
        by: u64,
    },
    Charge {
        who: i32,
        time: u64,
    },
    Limit {
        who: i32,
        resource: u32,
        soft: u64,
    },
    Events,
}

fn who() -> impl Strategy<Value = i32> {
    prop_oneof![1..12i32, 1..40i32, any::<i32>()]
}

fn target() -> impl Strategy<Value = i32> {
    prop_oneof![-15..15i32, any::<i32>()]
}

fn signal() -> impl Strategy<Value = i32> {
    prop_oneof![
        prop::sample::select(vec![
            1, 2, 9, 10, 11, 14, 17, 18, 18, 19, 19, 20, 21, 22, 40
        ]),
        0..66i32
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let flags = prop::sample::select(vec![
        0,
        linux::SA_RESTART,
        linux::SA_RESETHAND,
        linux::SA_NODEFER,
        linux::SA_NOCLDSTOP,
        linux::SA_NOCLDWAIT,
    ]);
    prop_oneof![
        6 => (who(), any::<bool>(), prop_oneof![3 => Just(17), 1 => signal()], any::<bool>(), any::<bool>())
            .prop_map(|(who, vfork, signal, shares, sibling)| Step::Fork { who, vfork, signal, shares, sibling }),
        1 => who().prop_map(|who| Step::Thread { who }),
        1 => who().prop_map(|who| Step::ExitThread { who }),
        1 => who().prop_map(|who| Step::Exec { who }),
        3 => who().prop_map(|who| Step::Exit { who }),
        3 => (who(), target(), 0..64u32).prop_map(|(who, target, options)| Step::Wait { who, target, options }),
        3 => (who(), target(), target()).prop_map(|(who, pid, group)| Step::SetGroup { who, pid, group }),
        2 => who().prop_map(|who| Step::SetSession { who }),
        3 => (who(), 0..3u32, any::<u8>()).prop_map(|(who, terminal, what)| Step::Terminal { who, terminal, what }),
        3 => (who(), signal(), 0..4u64, flags).prop_map(|(who, signal, handler, flags)| Step::Action { who, signal, handler, flags }),
        2 => (who(), any::<u64>(), any::<bool>()).prop_map(|(who, mask, temporary)| Step::Mask { who, mask, temporary }),
        1 => (who(), any::<u64>()).prop_map(|(who, mask)| Step::Await { who, mask }),
        6 => (who(), target(), signal()).prop_map(|(who, target, signal)| Step::Kill { who, target, signal }),
        2 => (who(), who(), signal()).prop_map(|(who, target, signal)| Step::Tgkill { who, target, signal }),
        2 => (who(), who(), signal(), -3..2i32).prop_map(|(who, target, signal, code)| Step::Queue { who, target, signal, code }),
        1 => (who(), signal()).prop_map(|(who, signal)| Step::Fault { who, signal }),
        4 => who().prop_map(|who| Step::Next { who }),
        4 => who().prop_map(|who| Step::Settle { who }),
        1 => (who(), 0..4u32).prop_map(|(who, uid)| Step::User { who, uid }),
        1 => (who(), any::<bool>()).prop_map(|(who, on)| Step::Subreaper { who, on }),
        1 => (who(), signal()).prop_map(|(who, signal)| Step::DeathSignal { who, signal }),
        1 => (who(), prop_oneof![0..20u64, any::<u64>()], prop_oneof![0..5u64, any::<u64>()])
            .prop_map(|(who, value, interval)| Step::Alarm { who, value, interval }),
        2 => (who(), any::<u8>(), signal(), 0..20u64, 0..5u64)
            .prop_map(|(who, what, signal, value, interval)| Step::Timer { who, what, signal, value, interval }),
        2 => (0..30u64).prop_map(|by| Step::Expire { by }),
        1 => (who(), any::<u64>()).prop_map(|(who, time)| Step::Charge { who, time: time >> 30 }),
        1 => (who(), 0..18u32, 0..8u64).prop_map(|(who, resource, soft)| Step::Limit { who, resource, soft }),
        1 => Just(Step::Events),
    ]
}

fn apply(t: &mut Table, now: &mut u64, step: Step) {
    match step {
        Step::Fork {
            who,
            vfork,
            signal,
            shares,
            sibling,
        } => {
            let request = CloneRequest {
                exit_signal: Signal::new(signal),
                shares_memory: shares,
                vfork,
                parent: sibling && signal % 2 == 0,
                shares_handlers: shares && signal % 3 == 0,
                clears_handlers: signal % 5 == 0,
            };
            let _ = t.fork(Tid(who), &request, *now, |_, pid| Ok(pid.0 as u32));
        }
        Step::Thread { who } => drop(t.spawn_thread(Tid(who))),
        Step::ExitThread { who } => drop(t.exit_thread(Tid(who), ExitStatus::Exited(1))),
        Step::Exec { who } => {
            let exec = ExecRequest {
                name: b"x",
                set_uid: None,
                set_gid: None,
                readable: true,
            };
            let _ = t.exec(Tid(who), &exec);
        }
        Step::Exit { who } => {
            // Process 1 mostly stays, or there would be no world to test.
            if who != 1 || now.is_multiple_of(7) {
                t.exit(Pid(who), ExitStatus::Exited(2));
            }
        }
        Step::Wait {
            who,
            target,
            options,
        } => {
            if let Ok(request) = WaitRequest::wait4(target, options & 0xb) {
                let _ = t.wait(Tid(who), &request);
            }
            if let Ok(request) = WaitRequest::waitid(options % 4, target, options) {
                let _ = t.wait(Tid(who), &request);
            }
        }
        Step::SetGroup { who, pid, group } => drop(t.set_group(Pid(who), pid, group)),
        Step::SetSession { who } => drop(t.set_session(Pid(who))),
        Step::Terminal {
            who,
            terminal,
            what,
        } => {
            let (pid, terminal) = (Pid(who), TerminalId(terminal));
            match what % 8 {
                0 | 1 => t.terminal_opened(pid, terminal),
                2 => drop(t.take_terminal(pid, terminal, what & 8 != 0, what & 16 != 0)),
                3 => drop(t.give_up_terminal(pid, terminal)),
                4 => drop(t.set_foreground(pid, terminal, i32::from(what >> 4))),
                5 => drop(t.terminal_access(Tid(who), terminal, Signal::TTIN)),
                6 => t.signal_foreground(terminal, Signal::TSTP),
                _ if what > 200 => t.terminal_hung_up(terminal),
                _ => drop(t.terminal_access(Tid(who), terminal, Signal::TTOU)),
            }
        }
        Step::Action {
            who,
            signal,
            handler,
            flags,
        } => {
            let action = SigAction {
                handler,
                flags: flags.into(),
                ..SigAction::DEFAULT
            };
            if let Some(signal) = Signal::new(signal) {
                let _ = t.sigaction(Tid(who), signal, Some(&action));
            }
        }
        Step::Mask {
            who,
            mask,
            temporary: true,
        } => {
            t.set_temporary_mask(Tid(who), SignalSet(mask));
        }
        Step::Mask {
            who,
            mask,
            temporary: false,
        } => {
            t.restore_mask(Tid(who));
            t.sigprocmask(Tid(who), Some(MaskChange::Set(SignalSet(mask))));
        }
        Step::Await { who, mask } => drop(t.sigtimedwait(Tid(who), SignalSet(mask))),
        Step::Kill {
            who,
            target,
            signal,
        } => drop(t.kill(Pid(who), target, signal)),
        Step::Tgkill {
            who,
            target,
            signal,
        } => drop(t.tgkill(Pid(who), None, target, signal)),
        Step::Queue {
            who,
            target,
            signal,
            code,
        } => {
            let mut info = [7; SigInfo::SIZE];
            info[8..12].copy_from_slice(&code.to_le_bytes());
            let _ = t.sigqueue(
                Pid(who),
                target,
                (code == -2).then_some(target),
                signal,
                &info,
            );
        }
        Step::Fault { who, signal } => {
            if let Some(signal) = Signal::new(signal) {
                t.force_fault(Tid(who), SigInfo::fault(signal, 1, 2));
                t.frame_failed(Tid(who), signal);
            }
        }
        Step::Next { who } => {
            let delivery = t.next_signal(Tid(who));
            assert!(
                delivery.is_none()
                    || t.has_deliverable(Tid(who))
                    || matches!(delivery, Some(Delivery::Handler(_)))
            );
            if delivery.is_none() {
                assert!(!t.has_deliverable(Tid(who)), "all is taken");
            }
        }
        Step::Settle { who } => t.settle(Pid(who)),
        Step::User { who, uid } => drop(t.change_credentials(Pid(who), |c| c.set_uid(uid))),
        Step::Subreaper { who, on } => t.set_subreaper(Pid(who), on),
        Step::DeathSignal { who, signal } => {
            t.set_parent_death_signal(Pid(who), Signal::new(signal));
        }
        Step::Alarm {
            who,
            value,
            interval,
        } => {
            let setting = TimerSetting {
                value_ns: value,
                interval_ns: interval,
            };
            t.set_interval_timer(Pid(who), IntervalTimer::Real, setting, *now);
            t.set_interval_timer(
                Pid(who),
                IntervalTimer::Cpu(CpuTimer::Profile),
                setting,
                *now,
            );
        }
        Step::Timer {
            who,
            what,
            signal,
            value,
            interval,
        } => {
            let pid = Pid(who);
            let timer = i32::from(what >> 4);
            let setting = TimerSetting {
                value_ns: value,
                interval_ns: interval,
            };
            let notify = match Signal::new(signal) {
                Some(signal) => TimerNotify::Signal {
                    signal,
                    value: None,
                    thread: None,
                },
                None => TimerNotify::None,
            };
            match what % 4 {
                0 => drop(t.timer_create(pid, notify)),
                1 | 2 => drop(t.timer_settime(pid, timer, setting, *now)),
                _ => drop(t.timer_delete(pid, timer)),
            }
        }
        Step::Expire { by } => {
            *now += by;
            t.expire(*now);
            assert!(t.next_deadline().is_none_or(|deadline| deadline > *now));
        }
        Step::Charge { who, time } => t.charge_time(Pid(who), time, time / 3),
        Step::Limit {
            who,
            resource,
            soft,
        } => {
            let limit = Limit {
                soft,
                hard: INFINITY,
            };
            let _ = t.set_limit(Pid(who), Pid(who), resource, Some(limit));
        }
        Step::Events => drop(t.events()),
    }
}

proptest! {
    #[test]
    fn any_history_keeps_the_books(steps in prop::collection::vec(step(), 1..150)) {
        let mut t = Table::new(Config { max_threads: 24, protect_init: true });
        t.spawn_init(b"init", 1, 0).unwrap();
        let mut now = 0;
        for step in steps {
            apply(&mut t, &mut now, step);
            t.check();
        }
        // Everybody ends and is waited for: nothing is left.
        while let Some(pid) = t.next_process(Pid(1)).map(|p| p.pid()) {
            for pid in core::iter::successors(Some(pid), |pid| {
                t.next_process(Pid(pid.0 + 1)).map(|p| p.pid())
            }).collect::<Vec<_>>().into_iter().rev() {
                t.exit(pid, ExitStatus::Exited(0));
                t.check();
            }
        }
        prop_assert_eq!(t.process_count() + t.thread_count() + t.tasks, 0);
        prop_assert!(t.users.is_empty() && t.groups.is_empty() && t.sessions.is_empty());
        prop_assert!(t.handlers.is_empty() && t.terminals.is_empty() && t.deadlines.is_empty());
        t.events();
        prop_assert!(t.events.is_empty());
    }
}
