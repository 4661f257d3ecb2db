// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;

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
