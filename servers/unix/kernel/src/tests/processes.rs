// SPDX-License-Identifier: MIT OR Apache-2.0
//! Fork, exec, exit and wait; and that everything comes back.
use super::harness::{CODE, DATA, Harness};
use crate::Touch;
use unix_abi::Errno;
use unix_abi::linux::general as linux;
use unix_abi::syscalls::Sysno;
use unix_process::Pid;

const INIT: Pid = Pid::INIT;

fn exec(harness: &mut Harness, pid: Pid, path: &str) -> Option<Result<usize, Errno>> {
    let at = harness.path(pid, path);
    harness.poke(
        pid,
        DATA + 0x2800,
        &[at as u64, 0].map(u64::to_le_bytes).concat(),
    );
    harness.begin(pid, Sysno::execve, &[at, DATA + 0x2800, 0])
}

#[test]
fn containers_have_the_numbers_and_names_of_their_processes() {
    let mut harness = Harness::new();
    let child = harness.fork(INIT);
    let names = |harness: &Harness| -> Vec<String> {
        let processes = harness.world.machine.processes.values();
        processes.map(|process| process.name.clone()).collect()
    };
    assert_eq!(
        names(&harness),
        ["1 program", &format!("{} program", child.0)]
    );
    assert!(exec(&mut harness, child, "/bin/script").is_some());
    assert_eq!(
        names(&harness),
        ["1 program", &format!("{} script", child.0)]
    );
    // PR_SET_NAME.
    harness.poke(INIT, DATA, b"other\0");
    assert_eq!(harness.call(INIT, Sysno::prctl, &[15, DATA]), Ok(0));
    assert_eq!(names(&harness)[0], "1 other");
}

#[test]
fn fork_shares_until_somebody_writes() {
    let mut harness = Harness::new();
    harness.poke(INIT, DATA, b"before");
    harness.touch(INIT, DATA, Touch::Write);
    let child = harness.fork(INIT);
    let before = harness.world.machine.pages_used();
    harness.poke(INIT, DATA, b"parent");
    assert_eq!(harness.peek(child, DATA, 6), b"before");
    harness.touch(child, DATA, Touch::Write);
    harness.poke(child, DATA, b"child!");
    assert_eq!(harness.peek(INIT, DATA, 6), b"parent");
    assert!(harness.world.machine.pages_used() > before);
}

#[test]
fn everything_comes_back() {
    let mut harness = Harness::new();
    for path in ["/bin/program", "/bin/script"] {
        // The first time fills caches that stay.
        let mut marks = Vec::new();
        for _ in 0..3 {
            let child = harness.fork(INIT);
            harness.touch(child, DATA, Touch::Write);
            harness.touch(child, CODE, Touch::Execute);
            assert!(exec(&mut harness, child, path).is_some());
            harness.touch(child, CODE, Touch::Execute);
            harness.touch(child, DATA, Touch::Write);
            let grand = harness.fork(child);
            harness.begin(grand, Sysno::exit_group, &[3]);
            harness.begin(child, Sysno::exit_group, &[7]);
            let waited = harness
                .call(INIT, Sysno::wait4, &[usize::MAX, DATA, 0, 0])
                .unwrap();
            assert_eq!(waited as i32, child.0);
            assert_eq!(harness.peek(INIT, DATA, 4), [0, 7, 0, 0]);
            let last = harness.call(INIT, Sysno::wait4, &[usize::MAX, DATA, 0, 0]);
            assert_eq!(last, Ok(grand.0 as usize));
            marks.push((
                harness.world.machine.pages_used(),
                harness.world.machine.mappings.len(),
                harness.world.machine.processes.len(),
                harness.world.vfs.usage(),
            ));
        }
        assert_eq!(marks[1], marks[2]);
    }
    let gone = harness.call(INIT, Sysno::wait4, &[usize::MAX, DATA, 0, 0]);
    assert_eq!(gone, Err(Errno::ECHILD));
}

#[test]
fn exec_brings_arguments_and_a_script_its_interpreter() {
    let mut harness = Harness::new();
    let child = harness.fork(INIT);
    exec(&mut harness, child, "/bin/script");
    let line = harness.slurp(INIT, &format!("/proc/{}/cmdline", child.0));
    assert_eq!(line, "/bin/program\0-x\0/bin/script\0");
    assert_eq!(
        harness.slurp(INIT, &format!("/proc/{}/comm", child.0)),
        "script\n"
    );
}

#[test]
fn what_cannot_be_executed_is_said_and_changes_nothing() {
    let mut harness = Harness::new();
    let child = harness.fork(INIT);
    assert_eq!(
        exec(&mut harness, child, "/bin/nothing"),
        Some(Err(Errno::ENOENT))
    );
    assert_eq!(
        exec(&mut harness, child, "/etc/motd"),
        Some(Err(Errno::EACCES))
    );
    assert!(matches!(
        exec(&mut harness, child, "/bin/cut"),
        Some(Err(_))
    ));
    let reports = &harness.world.machine.reports;
    assert!(
        reports.iter().any(|line| line.starts_with("/bin/cut: ")),
        "{reports:?}"
    );
    assert_eq!(harness.peek(child, DATA, 4), b"data");
}

#[test]
fn the_parent_of_a_vfork_waits_for_exec() {
    let mut harness = Harness::new();
    let flags = (linux::CLONE_VM | linux::CLONE_VFORK | linux::SIGCHLD) as usize;
    assert_eq!(
        harness.begin(INIT, Sysno::clone, &[flags, 0, 0, 0, 0]),
        None
    );
    let child = harness
        .world
        .processes
        .children(INIT)
        .next()
        .expect("a child");
    harness.pass_gate(child);
    assert_eq!(harness.space(child), harness.space(INIT));
    harness.poke(child, DATA, b"shared");
    assert_eq!(harness.result(INIT), None);
    exec(&mut harness, child, "/bin/program");
    assert_eq!(harness.result(INIT), Some(Ok(child.0 as usize)));
    assert_eq!(harness.peek(INIT, DATA, 6), b"shared");
    assert_eq!(harness.peek(child, DATA, 4), b"data");
    harness.begin(child, Sysno::exit_group, &[0]);
    assert!(
        harness
            .call(INIT, Sysno::wait4, &[usize::MAX, 0, 0, 0])
            .is_ok()
    );
}

#[test]
fn a_vfork_parent_that_is_killed_leaves_its_memory_to_the_child() {
    let mut harness = Harness::new();
    let parent = harness.fork(INIT);
    let flags = (linux::CLONE_VM | linux::CLONE_VFORK | linux::SIGCHLD) as usize;
    assert_eq!(
        harness.begin(parent, Sysno::clone, &[flags, 0, 0, 0, 0]),
        None
    );
    let child = harness
        .world
        .processes
        .children(parent)
        .next()
        .expect("a child");
    harness.pass_gate(child);
    harness
        .call(INIT, Sysno::kill, &[parent.0 as usize, 9])
        .unwrap();
    assert!(!harness.world.is_alive(parent));
    harness.poke(child, DATA, b"still there");
    assert_eq!(harness.peek(child, DATA, 11), b"still there");
    exec(&mut harness, child, "/bin/program");
    harness.begin(child, Sysno::exit_group, &[0]);
    assert_eq!(harness.world.machine.processes.len(), 1);
}

#[test]
fn a_fork_without_room_leaves_no_trace() {
    let mut harness = Harness::new();
    harness.world.machine.most_processes = 1;
    let before = (
        harness.world.machine.pages_used(),
        harness.world.vfs.usage(),
    );
    let flags = linux::SIGCHLD as usize;
    assert_eq!(
        harness.call(INIT, Sysno::clone, &[flags, 0, 0, 0, 0]),
        Err(Errno::EAGAIN)
    );
    let context = harness.space(INIT);
    let _ = context;
    assert_eq!(
        (
            harness.world.machine.pages_used(),
            harness.world.vfs.usage()
        ),
        before
    );
}

#[test]
fn the_end_of_the_first_program_ends_the_world() {
    let mut harness = Harness::new();
    harness.begin(INIT, Sysno::exit_group, &[42]);
    assert_eq!(harness.world.machine.finished, Some(42));
}

#[test]
fn a_spent_reserve_kills_the_one_that_asks() {
    let mut harness = Harness::with(120, [false; 3]);
    let child = harness.fork(INIT);
    let size = 200 * 4096;
    let asked = harness.call(child, Sysno::mmap, &[0, size, 3, 0x22, usize::MAX, 0]);
    assert_eq!(asked, Err(Errno::ENOMEM), "more than there is at all");
    let (flags, none) = (0x22 | linux::MAP_NORESERVE as usize, usize::MAX);
    let start = harness
        .call(child, Sysno::mmap, &[0, size, 3, flags, none, 0])
        .unwrap();
    for offset in (0..size).step_by(4096) {
        harness.touch(child, start + offset, Touch::Write);
        if !harness.world.is_alive(child) {
            break;
        }
    }
    assert!(!harness.world.is_alive(child));
    assert_eq!(
        harness.call(INIT, Sysno::wait4, &[usize::MAX, DATA, 0, 0]),
        Ok(child.0 as usize)
    );
    assert_eq!(harness.peek(INIT, DATA, 4), [9, 0, 0, 0]);
    assert!(
        harness
            .world
            .machine
            .reports
            .iter()
            .any(|line| line.contains("reserve is spent"))
    );
}

#[test]
fn a_cheap_call_many_times() {
    let mut harness = Harness::new();
    for _ in 0..2000 {
        assert_eq!(harness.call(INIT, Sysno::getppid, &[]), Ok(0));
    }
}

#[test]
fn compacting_changes_nothing_that_programs_see() {
    let mut harness = Harness::new();
    let mut children = Vec::new();
    for number in 0..40u8 {
        let child = harness.fork(INIT);
        harness.touch(child, CODE, Touch::Execute);
        harness.touch(child, DATA, Touch::Write);
        harness.poke(child, DATA, &[number; 8]);
        children.push(child);
    }
    let rest = children.split_off(35);
    for child in &children {
        harness.begin(*child, Sysno::exit_group, &[0]);
    }
    let (used, files) = (
        harness.world.machine.pages_used(),
        harness.world.vfs.usage().inodes,
    );
    harness.world.compact();
    assert!(harness.world.machine.pages_used() <= used);
    assert_eq!(harness.world.vfs.usage().inodes, files);
    let highest = |harness: &Harness| {
        let spaces = harness.world.spaces.iter();
        let pages = spaces.flat_map(|(_, space)| space.resident.values());
        pages.map(|resident| resident.page.0 as usize).max()
    };
    assert!(
        highest(&harness) < Some(used),
        "the pages have moved to the front"
    );
    for (number, child) in (35..40).zip(&rest) {
        assert_eq!(harness.peek(*child, DATA, 8), [number; 8]);
        harness.touch(*child, CODE, Touch::Execute);
        harness.touch(*child, DATA, Touch::Write);
        assert_eq!(
            harness.call(*child, Sysno::getpid, &[]),
            Ok(child.0 as usize)
        );
        harness.begin(*child, Sysno::exit_group, &[0]);
    }
    for _ in 0..40 {
        let waited = harness.call(INIT, Sysno::wait4, &[usize::MAX, DATA, 0, 0]);
        assert!(waited.is_ok());
    }
}
