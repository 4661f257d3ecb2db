// SPDX-License-Identifier: MIT OR Apache-2.0
//! Processor time: whose it is, and that none is counted twice.
use super::harness::{DATA, Harness};
use unix_abi::syscalls::Sysno;
use unix_process::Pid;

const INIT: Pid = Pid::INIT;
const MILLISECOND: u64 = 1_000_000;

/// User time of a process in milliseconds.
fn user(harness: &mut Harness, pid: Pid) -> u64 {
    harness.world.usage(pid).0.user_ns / MILLISECOND
}

fn pass(harness: &mut Harness, milliseconds: u64) {
    harness.world.machine.time += milliseconds * MILLISECOND;
}

#[test]
fn time_belongs_to_who_traps_and_long_times_to_all_that_run() {
    let mut harness = Harness::new();
    let child = harness.fork(INIT);
    pass(&mut harness, 3);
    harness.call(INIT, Sysno::getpid, &[]).unwrap();
    assert_eq!(
        (user(&mut harness, INIT), user(&mut harness, child)),
        (3, 0)
    );
    pass(&mut harness, 5);
    harness.call(child, Sysno::getpid, &[]).unwrap();
    assert_eq!(
        (user(&mut harness, INIT), user(&mut harness, child)),
        (3, 5)
    );
    pass(&mut harness, 40);
    harness.call(child, Sysno::getpid, &[]).unwrap();
    assert_eq!(
        (user(&mut harness, INIT), user(&mut harness, child)),
        (23, 25)
    );
}

#[test]
fn waiting_is_nobodys_time() {
    let mut harness = Harness::new();
    let child = harness.fork(INIT);
    assert_eq!(
        harness.begin(INIT, Sysno::wait4, &[usize::MAX, 0, 0, 0]),
        None
    );
    pass(&mut harness, 4);
    harness.poke(child, DATA, &[[1u8, 0, 0, 0, 0, 0, 0, 0], [0; 8]].concat());
    assert_eq!(harness.begin(child, Sysno::nanosleep, &[DATA, 0]), None);
    pass(&mut harness, 1000);
    harness.world.on_timer();
    harness.world.leave_processor();
    assert_eq!(harness.result(child), Some(Ok(0)));
    assert_eq!(
        (user(&mut harness, INIT), user(&mut harness, child)),
        (0, 4)
    );
    // What a program computes while an event comes is its time all the same.
    pass(&mut harness, 2);
    harness.world.on_console();
    harness.world.leave_processor();
    assert_eq!(
        (user(&mut harness, INIT), user(&mut harness, child)),
        (0, 6)
    );
}
