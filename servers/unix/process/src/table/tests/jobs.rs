// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;

const TTY: TerminalId = TerminalId(4);

/// Process 1, a shell that leads a session on a terminal, and two jobs of it.
fn shell() -> (Table, Pid, Pid, Pid) {
    let mut t = table();
    let shell = t.child(Pid(1));
    t.set_session(shell).unwrap();
    t.take_terminal(shell, TTY, false, true).unwrap();
    let (a, b) = (t.child(shell), t.child(shell));
    t.set_group(shell, a.0, a.0).unwrap();
    t.set_group(shell, b.0, b.0).unwrap();
    t.check();
    t.events();
    (t, shell, a, b)
}

#[test]
fn who_may_move_whom_to_which_group() {
    let (mut t, shell, a, b) = shell();
    let grandchild = t.child(a);
    assert_eq!(t.set_group(shell, grandchild.0, 0), Err(Errno::ESRCH));
    assert_eq!(t.set_group(shell, 999, 0), Err(Errno::ESRCH));
    assert_eq!(t.set_group(shell, a.0, -1), Err(Errno::EINVAL));
    assert_eq!(t.set_group(shell, a.0, 999), Err(Errno::EPERM));
    assert_eq!(
        t.set_group(shell, a.0, 1),
        Err(Errno::EPERM),
        "another session's"
    );
    assert_eq!(
        t.set_group(shell, 0, 0),
        Err(Errno::EPERM),
        "it leads the session"
    );
    assert_eq!(t.set_group(shell, a.0, b.0), Ok(()));
    assert_eq!(t.process(a).unwrap().group(), b);
    assert_eq!(t.set_group(a, 0, 0), Ok(()));
    let exec = ExecRequest {
        name: b"x",
        set_uid: None,
        set_gid: None,
        readable: true,
    };
    t.exec(b.main_thread(), &exec).unwrap();
    assert_eq!(t.set_group(shell, b.0, a.0), Err(Errno::EACCES));
    assert_eq!(t.set_group(b, 0, a.0), Ok(()), "for itself it still may");
    let other = t.child(shell);
    t.set_session(other).unwrap();
    assert_eq!(t.set_group(shell, other.0, a.0), Err(Errno::EPERM));
    t.check();
}

#[test]
fn a_new_session_is_for_those_who_lead_nothing() {
    let (mut t, shell, a, _) = shell();
    assert_eq!(t.set_session(shell), Err(Errno::EPERM));
    assert_eq!(t.set_session(a), Err(Errno::EPERM), "its own group exists");
    let child = t.child(a);
    assert_eq!(t.set_session(child), Ok(child));
    let process = t.process(child).unwrap();
    assert_eq!(
        (process.session(), process.group(), process.terminal()),
        (child, child, None)
    );
    assert!(process.leads_session());
    t.check();
}

#[test]
fn taking_a_terminal() {
    let (mut t, shell, a, _) = shell();
    assert_eq!(
        t.take_terminal(shell, TTY, false, true),
        Ok(()),
        "it has it already"
    );
    assert_eq!(t.take_terminal(a, TTY, false, true), Err(Errno::EPERM));
    assert_eq!(
        t.take_terminal(shell, TerminalId(5), false, true),
        Err(Errno::EPERM)
    );
    let other = t.child(shell);
    t.set_session(other).unwrap();
    assert_eq!(t.take_terminal(other, TTY, false, true), Err(Errno::EPERM));
    t.terminal_opened(other, TTY);
    assert_eq!(t.process(other).unwrap().terminal(), None);
    assert_eq!(t.foreground(other, TTY), Err(Errno::ENOTTY));
    assert_eq!(t.take_terminal(other, TTY, true, true), Ok(()));
    assert_eq!(t.process(shell).unwrap().terminal(), None, "stolen");
    assert_eq!(t.process(a).unwrap().terminal(), None);
    assert_eq!(t.foreground(other, TTY), Ok(other.0));
    assert_eq!(t.terminal_session(other, TTY), Ok(other));
    t.terminal_opened(shell, TerminalId(9));
    assert_eq!(t.process(shell).unwrap().terminal(), Some(TerminalId(9)));
    t.check();
}

#[test]
fn giving_up_a_terminal() {
    let (mut t, shell, a, b) = shell();
    t.set_foreground(shell, TTY, a.0).unwrap();
    assert_eq!(t.give_up_terminal(b, TTY), Ok(()));
    assert_eq!(t.give_up_terminal(b, TTY), Err(Errno::ENOTTY));
    assert_eq!(t.process(a).unwrap().terminal(), Some(TTY));
    assert_eq!(t.give_up_terminal(shell, TTY), Ok(()));
    assert_eq!(t.process(a).unwrap().terminal(), None);
    assert!(t.has_fatal(a.main_thread()), "SIGHUP");
    assert!(!t.has_deliverable(b.main_thread()));
    assert!(t.events().contains(&Event::TerminalReleased(TTY)));
    t.check();
}

#[test]
fn who_is_in_the_foreground() {
    let (mut t, shell, a, _) = shell();
    assert_eq!(t.foreground(shell, TTY), Ok(shell.0));
    assert_eq!(t.foreground(Pid(1), TTY), Err(Errno::ENOTTY));
    assert_eq!(t.set_foreground(shell, TTY, -3), Err(Errno::EINVAL));
    assert_eq!(t.set_foreground(shell, TTY, 999), Err(Errno::ESRCH));
    assert_eq!(t.set_foreground(shell, TTY, 1), Err(Errno::EPERM));
    assert_eq!(t.set_foreground(Pid(1), TTY, 1), Err(Errno::ENOTTY));
    assert_eq!(t.set_foreground(a, TTY, a.0), Ok(()));
    t.signal_foreground(TTY, Signal::INT);
    assert!(t.has_fatal(a.main_thread()) && !t.has_deliverable(shell.main_thread()));
    t.settle(a);
    t.waited(shell, &WAIT_ANY).unwrap();
    assert_eq!(
        t.foreground(shell, TTY),
        Ok(a.0),
        "as on Linux, even when it is gone"
    );
    t.signal_foreground(TTY, Signal::INT);
    t.check();
}

#[test]
fn the_background_may_not_read() {
    let (mut t, shell, a, b) = shell();
    t.set_foreground(shell, TTY, b.0).unwrap();
    let access =
        |t: &mut Table, pid: Pid, signal| t.terminal_access(pid.main_thread(), TTY, signal);
    assert_eq!(access(&mut t, b, Signal::TTIN), TerminalAccess::Allowed);
    assert_eq!(
        access(&mut t, Pid(1), Signal::TTIN),
        TerminalAccess::Allowed,
        "not its own"
    );
    assert_eq!(access(&mut t, a, Signal::TTIN), TerminalAccess::Signalled);
    assert_eq!(t.next(a), Some(Delivery::Stop));
    assert_eq!(t.process(a).unwrap().state(), State::Stopped(Signal::TTIN));
    t.send(a, Signal::CONT);
    t.block_signals(a, &[Signal::TTIN, Signal::TTOU]);
    assert_eq!(access(&mut t, a, Signal::TTIN), TerminalAccess::Refused);
    assert_eq!(access(&mut t, a, Signal::TTOU), TerminalAccess::Allowed);
    t.block_signals(a, &[]);
    t.on(a, Signal::TTOU, 1, 0);
    assert_eq!(access(&mut t, a, Signal::TTOU), TerminalAccess::Allowed);
    t.on(a, Signal::TTOU, 0, 0);
    // The shell goes: a's group has no connection with the session any more.
    let stays = t.child(a);
    t.exit(shell, ExitStatus::Exited(0));
    assert_eq!(t.process(stays).unwrap().terminal(), None);
    t.check();
}

#[test]
fn orphaned_groups_do_not_stop() {
    let (mut t, shell, a, b) = shell();
    assert!(!t.is_orphaned_group(a));
    assert!(
        t.is_orphaned_group(shell),
        "its parent is in another session"
    );
    assert!(t.is_orphaned_group(Pid(4711)));
    let child = t.child(b);
    t.exit(b, ExitStatus::Exited(0));
    assert_eq!(t.process(child).unwrap().group(), b);
    assert!(t.is_orphaned_group(b));
    t.set_foreground(shell, TTY, a.0).unwrap();
    assert_eq!(
        t.terminal_access(child.main_thread(), TTY, Signal::TTOU),
        TerminalAccess::Refused
    );
    t.send(child, Signal::TSTP);
    assert_eq!(t.next(child), None);
    t.send(child, Signal::STOP);
    assert_eq!(t.next(child), Some(Delivery::Stop));
    t.check();
}

#[test]
fn a_stopped_group_that_becomes_orphaned_is_woken() {
    let (mut t, shell, a, b) = shell();
    let child = t.child(a);
    t.on(child, Signal::HUP, 0x100, 0);
    t.send(child, Signal::TSTP);
    assert_eq!(t.next(child), Some(Delivery::Stop));
    t.events();
    t.exit(b, ExitStatus::Exited(0));
    assert!(t.process(child).unwrap().is_stopped());
    t.exit(a, ExitStatus::Exited(0));
    assert_eq!(t.process(child).unwrap().state(), State::Running);
    assert!(t.events().contains(&Event::Continue(child)));
    assert_eq!(handled(t.next(child)).signal(), Signal::HUP);
    assert!(t.process(shell).is_some());
    t.check();
}

#[test]
fn the_end_of_the_shell() {
    let (mut t, shell, a, b) = shell();
    t.set_foreground(shell, TTY, a.0).unwrap();
    t.send(b, Signal::TSTP);
    t.next(b);
    t.exit(shell, ExitStatus::Exited(0));
    assert!(t.has_fatal(a.main_thread()), "the foreground hangs up");
    // So does the stopped job, which is an orphan now.
    assert_eq!(
        t.next(b),
        Some(Delivery::Terminate {
            signal: Signal::HUP,
            core: false
        })
    );
    assert!(t.events().contains(&Event::TerminalReleased(TTY)));
    assert_eq!(t.process(a).unwrap().terminal(), None);
    t.check();
}

#[test]
fn the_end_of_the_line() {
    let (mut t, shell, a, _) = shell();
    t.set_foreground(shell, TTY, a.0).unwrap();
    t.terminal_hung_up(TTY);
    assert!(t.has_fatal(shell.main_thread()));
    assert!(!t.has_deliverable(a.main_thread()));
    t.check();
    t.settle(shell);
    assert!(t.has_fatal(a.main_thread()));
    t.terminal_hung_up(TTY);
    t.check();
}

#[test]
fn a_shell_may_be_process_1() {
    for (protect_init, stops) in [(false, true), (true, false)] {
        let mut t = Table::new(Config {
            max_threads: 8,
            protect_init,
        });
        t.spawn_init(b"sh", 1, 0).unwrap();
        t.take_terminal(Pid(1), TTY, false, true).unwrap();
        let job = t.child(Pid(1));
        t.set_group(Pid(1), job.0, 0).unwrap();
        t.set_foreground(Pid(1), TTY, job.0).unwrap();
        t.signal_foreground(TTY, Signal::TSTP);
        assert_eq!(t.next(job).is_some(), stops);
        t.check();
    }
}
