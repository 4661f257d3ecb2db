// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;

#[test]
fn a_child_is_a_copy_with_its_own_books() {
    let mut t = table();
    let one = Pid::INIT;
    t.on(one, Signal::USR1, 0x1000, linux::SA_RESTART);
    t.block_signals(one, &[Signal::USR2]);
    t.send(one, Signal::USR2);
    t.process_mut(one).unwrap().umask = 0o77;
    t.set_interval_timer(
        one,
        IntervalTimer::Real,
        TimerSetting {
            value_ns: 5,
            interval_ns: 0,
        },
        0,
    );
    let child = t.child(one);
    let process = t.process(child).unwrap();
    assert_eq!((process.parent(), process.umask), (1, 0o77));
    assert_eq!(process.group(), Pid(1));
    assert!(process.pending().is_empty());
    let thread = t.thread(child.main_thread()).unwrap();
    assert_eq!(thread.mask(), SignalSet::of(&[Signal::USR2]));
    assert_eq!(thread.comm().name(), b"init");
    assert_eq!(t.action(child, Signal::USR1).unwrap().handler, 0x1000);
    assert_eq!(
        t.interval_timer(child, IntervalTimer::Real, 0),
        TimerSetting::default()
    );
    t.on(child, Signal::USR1, 0, 0);
    assert_eq!(t.action(one, Signal::USR1).unwrap().handler, 0x1000);
    t.check();
}

#[test]
fn a_failed_copy_changes_nothing() {
    let mut t = table();
    let result = t.fork(Tid(1), &CloneRequest::FORK, 0, |_, _| Err(Errno::ENOMEM));
    assert_eq!(result, Err(Errno::ENOMEM));
    assert_eq!(t.process_count(), 1);
    t.check();
}

#[test]
fn limits_on_processes() {
    let mut t = Table::new(Config {
        max_threads: 3,
        protect_init: true,
    });
    t.spawn_init(b"init", 1, 0).unwrap();
    assert_eq!(t.spawn_init(b"init", 1, 0), Err(Errno::EEXIST));
    let two = t.child(Pid(1));
    let three = t.child(Pid(1));
    let fork =
        |t: &mut Table, pid: Pid| t.fork(pid.main_thread(), &CloneRequest::FORK, 0, |_, _| Ok(0));
    assert_eq!(fork(&mut t, Pid(1)), Err(Errno::EAGAIN));
    t.exit(three, ExitStatus::Exited(0)).unwrap();
    assert_eq!(
        fork(&mut t, Pid(1)),
        Err(Errno::EAGAIN),
        "a zombie still has its place"
    );
    t.waited(Pid(1), &WAIT_ANY).unwrap();
    t.change_credentials(two, |c| c.set_uid(1000)).unwrap();
    t.set_limit(
        two,
        two,
        linux::RLIMIT_NPROC,
        Some(Limit { soft: 1, hard: 1 }),
    )
    .unwrap();
    assert_eq!(fork(&mut t, two), Err(Errno::EAGAIN));
    assert_eq!(fork(&mut t, Pid(1)), Ok(Pid(4)));
    t.check();
}

#[test]
fn exec_resets_handlers_and_keeps_what_is_ignored() {
    let mut t = table();
    let child = t.child(Pid(1));
    t.on(child, Signal::USR1, 0x1000, linux::SA_RESTART);
    t.on(child, Signal::PIPE, 1, 0);
    t.block_signals(child, &[Signal::USR1]);
    t.send(child, Signal::USR1);
    let stack = AltStack {
        base: 0x5000,
        flags: 0,
        size: 0x4000,
    };
    t.sigaltstack(child.main_thread(), Some(stack), 0).unwrap();
    let exec = ExecRequest {
        name: b"a-name-of-more-than-fifteen",
        set_uid: None,
        set_gid: None,
        readable: true,
    };
    assert_eq!(t.exec(child.main_thread(), &exec), Ok(child.main_thread()));
    assert_eq!(*t.action(child, Signal::USR1).unwrap(), SigAction::DEFAULT);
    assert_eq!(*t.action(child, Signal::PIPE).unwrap(), SigAction::IGNORE);
    let thread = t.thread(child.main_thread()).unwrap();
    assert_eq!(thread.comm().name(), b"a-name-of-more-");
    assert_eq!(*thread.alternate_stack(), AltStack::DISABLED);
    assert_eq!(
        t.sigpending(child.main_thread()),
        SignalSet::of(&[Signal::USR1])
    );
    assert!(t.process(child).unwrap().has_execed());
    t.check();
}

#[test]
fn set_user_id_exec() {
    let mut t = table();
    let child = t.child(Pid(1));
    t.change_credentials(child, |c| c.set_resuid([Some(5); 3]))
        .unwrap();
    t.set_parent_death_signal(child, Some(Signal::TERM));
    let exec = ExecRequest {
        name: b"su",
        set_uid: Some(0),
        set_gid: None,
        readable: true,
    };
    t.exec(child.main_thread(), &exec).unwrap();
    let process = t.process(child).unwrap();
    let c = process.credentials();
    assert_eq!((c.uid, c.euid, c.suid, c.fsuid), (5, 0, 0, 0));
    assert_eq!((process.dumpable, process.parent_death_signal()), (0, None));
    t.check();
}

#[test]
fn a_vfork_parent_goes_on_at_exec_or_exit() {
    let mut t = table();
    let exec = ExecRequest {
        name: b"x",
        set_uid: None,
        set_gid: None,
        readable: true,
    };
    for by_exec in [true, false] {
        let child = t
            .fork(Tid(1), &CloneRequest::VFORK, 0, |_, _| Ok(7))
            .unwrap();
        assert!(t.thread(Tid(1)).unwrap().waits_for_vfork());
        assert_eq!(t.events(), []);
        if by_exec {
            t.exec(child.main_thread(), &exec).unwrap();
        } else {
            t.exit(child, ExitStatus::Exited(0));
        }
        assert!(t.events().contains(&Event::VforkDone(Tid(1))));
        assert!(!t.thread(Tid(1)).unwrap().waits_for_vfork());
        t.check();
    }
}

#[test]
fn the_parent_dying_first_ends_the_vfork_relation() {
    let mut t = table();
    let parent = t.child(Pid(1));
    let child = t
        .fork(parent.main_thread(), &CloneRequest::VFORK, 0, |_, _| Ok(7))
        .unwrap();
    t.exit(parent, ExitStatus::Exited(1));
    t.check();
    t.events();
    t.exit(child, ExitStatus::Exited(0));
    assert!(
        !t.events()
            .iter()
            .any(|event| matches!(event, Event::VforkDone(_)))
    );
    t.check();
}

#[test]
fn the_extension_comes_back_and_a_zombie_has_none() {
    let mut t = table();
    let child = t.child(Pid(1));
    assert_eq!(t.exit(child, ExitStatus::Exited(3)), Some(child.0 as u32));
    assert_eq!(t.exit(child, ExitStatus::Exited(4)), None);
    let process = t.process(child).unwrap();
    assert_eq!(process.state(), State::Zombie(ExitStatus::Exited(3)));
    assert!(process.extension().is_none());
    assert_eq!(t.kill(Pid(1), child.0, 9), Ok(()));
    assert!(t.thread(child.main_thread()).is_none());
    t.check();
}

#[test]
fn orphans_go_to_the_nearest_subreaper_or_to_process_1() {
    let mut t = table();
    let reaper = t.child(Pid(1));
    t.set_subreaper(reaper, true);
    let middle = t.child(reaper);
    let father = t.child(middle);
    let (child, zombie) = (t.child(father), t.child(father));
    t.exit(zombie, ExitStatus::Exited(9));
    t.exit(father, ExitStatus::Exited(0));
    assert_eq!(t.process(child).unwrap().parent(), reaper.0);
    assert_eq!(t.process(zombie).unwrap().parent(), reaper.0);
    t.check();
    assert_eq!(
        t.children(reaper).collect::<Vec<_>>(),
        [middle, child, zombie]
    );
    assert_eq!(
        t.waited(reaper, &WAIT_ANY),
        Some((zombie, ChildChange::Ended(ExitStatus::Exited(9))))
    );
    t.exit(reaper, ExitStatus::Exited(0));
    assert_eq!(t.process(child).unwrap().parent(), 1);
    assert_eq!(t.process(middle).unwrap().parent(), 1);
    t.check();
}

#[test]
fn parent_death_signal() {
    let mut t = table();
    let father = t.child(Pid(1));
    let child = t.child(father);
    t.set_parent_death_signal(child, Some(Signal::TERM));
    t.exit(father, ExitStatus::Exited(0));
    assert!(t.has_fatal(child.main_thread()));
    t.check();
}

#[test]
fn nobody_is_left_when_process_1_ends() {
    let mut t = table();
    let child = t.child(Pid(1));
    assert_eq!(t.exit(Pid(1), ExitStatus::Exited(4)), Some(1));
    assert!(
        t.events()
            .contains(&Event::InitEnded(ExitStatus::Exited(4)))
    );
    assert_eq!(t.process(child).unwrap().parent(), 0);
    t.check();
    assert_eq!(t.exit(child, ExitStatus::Exited(0)), Some(child.0 as u32));
    assert_eq!(t.process_count(), 0);
    t.check();
}

#[test]
fn threads_share_the_process_and_exec_leaves_one() {
    let mut t = table();
    let child = t.child(Pid(1));
    let other = t.spawn_thread(child.main_thread()).unwrap();
    let third = t.spawn_thread(other).unwrap();
    assert_eq!(t.process(child).unwrap().threads().count(), 3);
    t.check();
    // The signal goes to a thread that takes it.
    t.block_signals(child, &[Signal::USR1]);
    t.sigprocmask(other, Some(MaskChange::Set(SignalSet::of(&[Signal::USR1]))));
    t.on(child, Signal::USR1, 0x10, 0);
    t.events();
    t.send(child, Signal::USR1);
    assert_eq!(t.events(), [Event::Wake(third)]);
    assert!(t.has_deliverable(third) && !t.has_deliverable(other));
    // It blocks it before it took it: nobody is left, until another one opens.
    t.sigprocmask(third, Some(MaskChange::Set(SignalSet::ALL)));
    assert!(!t.has_deliverable(third));
    t.sigprocmask(other, Some(MaskChange::Set(SignalSet::EMPTY)));
    assert!(t.has_deliverable(other));
    handled(t.next_signal(other));

    let exec = ExecRequest {
        name: b"new",
        set_uid: None,
        set_gid: None,
        readable: true,
    };
    assert_eq!(t.exec(other, &exec), Ok(child.main_thread()));
    let events = t.events();
    assert!(events.contains(&Event::ThreadEnds(child.main_thread())));
    assert!(events.contains(&Event::ThreadEnds(third)));
    assert!(t.thread(other).is_none());
    assert_eq!(t.thread(child.main_thread()).unwrap().comm().name(), b"new");
    t.check();
}

#[test]
fn a_process_ends_with_its_last_thread_and_its_first_ones_status() {
    let mut t = table();
    let child = t.child(Pid(1));
    let other = t.spawn_thread(child.main_thread()).unwrap();
    assert_eq!(
        t.exit_thread(child.main_thread(), ExitStatus::Exited(5)),
        None
    );
    t.check();
    assert_eq!(t.waited(Pid(1), &WAIT_ANY), None);
    assert_eq!(t.tgkill(Pid(1), Some(child.0), child.0, 0), Ok(()));
    assert_eq!(
        t.exit_thread(other, ExitStatus::Exited(6)),
        Some(child.0 as u32)
    );
    let ended = ChildChange::Ended(ExitStatus::Exited(5));
    assert_eq!(t.waited(Pid(1), &WAIT_ANY), Some((child, ended)));
    t.check();
}
