// SPDX-License-Identifier: MIT OR Apache-2.0
//! Users and limits.
use super::*;

fn ids(c: &Credentials) -> [u32; 4] {
    [c.uid, c.euid, c.suid, c.fsuid]
}

fn group_ids(c: &Credentials) -> [u32; 4] {
    [c.gid, c.egid, c.sgid, c.fsgid]
}

#[test]
fn root_becomes_somebody_for_good() {
    let mut c = Credentials::root();
    assert_eq!(c.set_uid(u32::MAX), Err(Errno::EINVAL));
    assert_eq!(c.set_gid(u32::MAX), Err(Errno::EINVAL));
    assert_eq!(c.set_groups(&[4, u32::MAX]), Err(Errno::EINVAL));
    assert_eq!(c.set_groups(&vec![1; MAX_GROUPS + 1]), Err(Errno::EINVAL));
    c.set_groups(&[4, 5]).unwrap();
    c.set_gid(7).unwrap();
    c.set_uid(8).unwrap();
    assert_eq!((ids(&c), group_ids(&c)), ([8; 4], [7; 4]));
    assert!(c.in_group(7) && c.in_group(5) && !c.in_group(8));
    assert_eq!(c.set_uid(0), Err(Errno::EPERM));
    assert_eq!(c.set_gid(0), Err(Errno::EPERM));
    assert_eq!(c.set_groups(&[]), Err(Errno::EPERM));
    assert_eq!(c.set_reuid(Some(0), None), Err(Errno::EPERM));
    assert_eq!(c.set_regid(None, Some(0)), Err(Errno::EPERM));
    assert_eq!(c.set_resuid([None, None, Some(0)]), Err(Errno::EPERM));
    assert_eq!(c.set_resgid([None, Some(0), None]), Err(Errno::EPERM));
    assert_eq!((c.set_fsuid(0), c.set_fsgid(0)), (8, 7));
    assert_eq!((ids(&c), group_ids(&c)), ([8; 4], [7; 4]));
}

#[test]
fn somebody_with_a_saved_user() {
    let mut c = Credentials::user(10, 20);
    c.set_resuid([None; 3]).unwrap();
    c.after_exec(Some(11), Some(21));
    assert_eq!(
        (ids(&c), group_ids(&c)),
        ([10, 11, 11, 11], [20, 21, 21, 21])
    );
    c.set_uid(10).unwrap();
    assert_eq!(ids(&c), [10, 10, 11, 10], "the saved one is the way back");
    c.set_uid(11).unwrap();
    c.set_reuid(Some(11), Some(10)).unwrap();
    assert_eq!(ids(&c), [11, 10, 10, 10], "swapped; the saved one follows");
    c.set_regid(None, Some(20)).unwrap();
    assert_eq!(
        group_ids(&c),
        [20, 20, 21, 20],
        "set to the real one: the saved one stays"
    );
    c.set_resgid([Some(21), Some(21), Some(20)]).unwrap();
    assert_eq!(group_ids(&c), [21, 21, 20, 21]);
    assert_eq!(c.set_fsuid(11), 10);
    assert_eq!(c.set_fsuid(u32::MAX), 11);
    assert_eq!(ids(&c), [11, 10, 10, 11]);
}

#[test]
fn a_failed_change_changes_nothing() {
    let mut t = table();
    let child = t.child(Pid(1));
    let result = t.change_credentials(child, |c| {
        c.set_uid(9)?;
        c.set_uid(0)
    });
    assert_eq!(result, Err(Errno::EPERM));
    assert_eq!(
        t.process(child).unwrap().credentials(),
        &Credentials::root()
    );
    t.check();
}

#[test]
fn limits() {
    let mut t = table();
    let (a, b) = (t.child(Pid(1)), t.child(Pid(1)));
    let limits = t.process(a).unwrap().limits();
    assert_eq!(limits.soft(linux::RLIMIT_NOFILE), 1024);
    assert_eq!(
        limits.get(linux::RLIMIT_STACK),
        Ok(Limit {
            soft: 8 << 20,
            hard: INFINITY
        })
    );
    assert_eq!(limits.get(16), Err(Errno::EINVAL));
    let files = linux::RLIMIT_NOFILE;
    let limit = |soft, hard| Some(Limit { soft, hard });
    t.change_credentials(a, |c| c.set_uid(5)).unwrap();
    assert_eq!(t.set_limit(a, a, files, limit(3, 2)), Err(Errno::EINVAL));
    assert_eq!(t.set_limit(a, a, files, limit(3, 9999)), Err(Errno::EPERM));
    assert_eq!(t.set_limit(a, a, 16, None), Err(Errno::EINVAL));
    assert_eq!(
        t.set_limit(a, a, files, limit(3, 4)),
        Ok(Limit {
            soft: 1024,
            hard: 4096
        })
    );
    assert_eq!(t.set_limit(a, b, files, None), Err(Errno::EPERM));
    assert_eq!(t.set_limit(a, Pid(999), files, None), Err(Errno::ESRCH));
    assert_eq!(
        t.set_limit(b, a, files, limit(5, 6)),
        Ok(Limit { soft: 3, hard: 4 })
    );
    assert_eq!(
        t.set_limit(b, b, files, limit(5, NR_OPEN + 1)),
        Err(Errno::EPERM)
    );
    let inherited = t.child(a);
    assert_eq!(t.process(inherited).unwrap().limits().soft(files), 5);
}

#[test]
fn names() {
    let mut t = table();
    t.set_name(Tid(1), b"0123456789abcdefgh");
    assert_eq!(
        t.thread(Tid(1)).unwrap().comm().padded(),
        b"0123456789abcde\0"
    );
    t.set_name(Tid(1), b"a\0b");
    assert_eq!(t.thread(Tid(1)).unwrap().comm().name(), b"a");
}

#[test]
fn walking() {
    let mut t = table();
    let (a, b) = (t.child(Pid(1)), t.child(Pid(1)));
    let walk = |t: &Table| {
        let next = |from: i32| t.next_process(Pid(from)).map(|p| p.pid().0);
        core::iter::successors(next(1), |&pid| next(pid + 1)).collect::<Vec<_>>()
    };
    t.spawn_thread(a.main_thread()).unwrap();
    assert_eq!(walk(&t), [1, a.0, b.0]);
    t.exit(a, ExitStatus::Exited(0));
    assert_eq!(walk(&t), [1, a.0, b.0]);
    t.waited(Pid(1), &WAIT_ANY).unwrap();
    assert_eq!(walk(&t), [1, b.0]);
    let mut members: Vec<_> = t.group_members(Pid(1)).unwrap().collect();
    members.sort();
    assert_eq!(members, [Pid(1), b]);
    assert!(t.group_members(b).is_none());
    assert_eq!(t.last_pid(), Pid(4));
    assert_eq!(t.process_of(Tid(1)).unwrap().pid(), Pid(1));
    *t.process_of_mut(Tid(1)).unwrap().extension_mut().unwrap() = 9;
    assert_eq!(t.process_mut(Pid(1)).unwrap().extension(), Some(&9));
}
