// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signals: handlers, interrupted calls, stopping, timers.
use super::harness::{CODE, DATA, Harness};
use crate::{Disposition, Touch};
use unix_abi::Errno;
use unix_abi::linux::general as linux;
use unix_abi::syscalls::Sysno;
use unix_gate::{Routine, address};
use unix_process::{Pid, SigAction, SignalSet};

const INIT: Pid = Pid::INIT;
const HANDLER: usize = CODE + 0x200;
const RESTORER: usize = CODE + 0x300;

fn catch(harness: &mut Harness, pid: Pid, signal: u32, flags: u32) {
    let action = SigAction {
        handler: HANDLER as u64,
        flags: u64::from(flags | linux::SA_RESTORER),
        restorer: RESTORER as u64,
        mask: SignalSet::EMPTY,
    };
    harness.poke(pid, DATA + 64, &action.to_bytes());
    harness
        .call(
            pid,
            Sysno::rt_sigaction,
            &[signal as usize, DATA + 64, 0, 8],
        )
        .unwrap();
}

/// The process is on its way into its handler; it runs, and returns.
fn run_handler(harness: &mut Harness, pid: Pid, signal: u32) {
    let badge = harness.badge(pid);
    let process = harness.world.machine.by_badge(badge);
    let routine = Routine::containing(address::GATE_ADDRESS, process.registers.pc());
    assert_eq!(routine, Some(Routine::SignalEntry), "not in a handler");
    #[cfg(target_arch = "x86_64")]
    {
        assert_eq!(process.registers.rdi, u64::from(signal));
        // The handler returns to the restorer, which calls rt_sigreturn.
        process.registers.rsp += 8;
    }
    #[cfg(target_arch = "aarch64")]
    assert_eq!(process.registers.x[0], u64::from(signal));
    let sp = process.registers.sp();
    let kept = process.registers;
    let result = harness.begin(pid, Sysno::rt_sigreturn, &[]);
    let _ = (sp, kept, result);
}

#[test]
fn a_handler_runs_and_returns_where_it_was() {
    let mut harness = Harness::new();
    catch(&mut harness, INIT, linux::SIGUSR1, 0);
    let badge = harness.badge(INIT);
    let before = harness.world.machine.by_badge(badge).registers;
    let result = harness.begin(INIT, Sysno::kill, &[1, linux::SIGUSR1 as usize]);
    let _ = (before, result);
    run_handler(&mut harness, INIT, linux::SIGUSR1);
    assert_eq!(
        harness.result(INIT),
        Some(Ok(0)),
        "kill's own result comes back"
    );
    let pc = harness.world.machine.by_badge(badge).registers.pc();
    assert!(pc > CODE + 0x100 && pc < CODE + 0x110);
}

#[test]
fn a_read_is_interrupted_or_restarted() {
    for (flags, expected) in [(0, Some(Err(Errno::EINTR))), (linux::SA_RESTART, None)] {
        let mut harness = Harness::new();
        harness.call(INIT, Sysno::pipe2, &[DATA, 0]).unwrap();
        let child = harness.fork(INIT);
        catch(&mut harness, child, linux::SIGUSR1, flags);
        assert_eq!(harness.begin(child, Sysno::read, &[3, DATA, 10]), None);
        harness
            .call(
                INIT,
                Sysno::kill,
                &[child.0 as usize, linux::SIGUSR1 as usize],
            )
            .unwrap();
        run_handler(&mut harness, child, linux::SIGUSR1);
        match expected {
            Some(_) => assert_eq!(harness.result(child), expected),
            // It stands at the call again.
            None => {
                let badge = harness.badge(child);
                assert_eq!(
                    harness.world.machine.by_badge(badge).registers.pc(),
                    CODE + 0x100
                );
            }
        }
    }
}

#[test]
fn a_fault_without_a_handler_kills() {
    let mut harness = Harness::new();
    let child = harness.fork(INIT);
    assert_eq!(
        harness.touch(child, 0x10, Touch::Read),
        Disposition::Nothing
    );
    assert!(!harness.world.is_alive(child));
    harness
        .call(INIT, Sysno::wait4, &[usize::MAX, DATA, 0, 0])
        .unwrap();
    assert_eq!(harness.peek(INIT, DATA, 4), [linux::SIGSEGV as u8, 0, 0, 0]);
}

#[test]
fn a_fault_with_a_handler_runs_it() {
    let mut harness = Harness::new();
    catch(&mut harness, INIT, linux::SIGSEGV, linux::SA_SIGINFO);
    assert_eq!(
        harness.touch(INIT, CODE, Touch::Write),
        Disposition::Nothing
    );
    run_handler(&mut harness, INIT, linux::SIGSEGV);
    assert!(harness.world.is_alive(INIT));
}

#[test]
fn stop_and_continue_a_waiting_and_a_running_process() {
    let mut harness = Harness::new();
    harness.call(INIT, Sysno::pipe2, &[DATA, 0]).unwrap();
    let child = harness.fork(INIT);
    let target = child.0 as usize;
    // Running.
    harness
        .call(INIT, Sysno::kill, &[target, linux::SIGSTOP as usize])
        .unwrap();
    let badge = harness.badge(child);
    assert!(!harness.world.machine.by_badge(badge).running);
    let options = linux::WUNTRACED as usize;
    assert_eq!(
        harness.call(INIT, Sysno::wait4, &[usize::MAX, DATA, options, 0]),
        Ok(target)
    );
    assert_eq!(harness.peek(INIT, DATA, 2), [0x7f, linux::SIGSTOP as u8]);
    harness
        .call(INIT, Sysno::kill, &[target, linux::SIGCONT as usize])
        .unwrap();
    assert!(harness.world.machine.by_badge(badge).running);
    // Waiting in a call: what comes while it is stopped is there when it goes on.
    assert_eq!(harness.begin(child, Sysno::read, &[3, DATA, 10]), None);
    harness
        .call(INIT, Sysno::kill, &[target, linux::SIGSTOP as usize])
        .unwrap();
    harness.call(INIT, Sysno::write, &[4, DATA, 2]).unwrap();
    assert_eq!(harness.result(child), None);
    harness
        .call(INIT, Sysno::kill, &[target, linux::SIGCONT as usize])
        .unwrap();
    assert_eq!(harness.result(child), Some(Ok(2)));
    // And it can be killed while it is stopped.
    harness
        .call(INIT, Sysno::kill, &[target, linux::SIGSTOP as usize])
        .unwrap();
    harness
        .call(INIT, Sysno::kill, &[target, linux::SIGKILL as usize])
        .unwrap();
    assert!(!harness.world.is_alive(child));
}

#[test]
fn sleeping_ends_by_time() {
    let mut harness = Harness::new();
    harness.poke(INIT, DATA, &[2u64, 500].map(u64::to_le_bytes).concat());
    assert_eq!(harness.begin(INIT, Sysno::nanosleep, &[DATA, 0]), None);
    let deadline = harness.world.machine.timer.expect("a timer");
    assert_eq!(deadline, harness.world.machine.time + 2_000_000_500);
    harness.world.machine.time = deadline;
    harness.world.on_timer();
    assert_eq!(harness.result(INIT), Some(Ok(0)));
}

#[test]
fn an_interval_timer_interrupts() {
    let mut harness = Harness::new();
    let setting = [0u64, 0, 0, 1000].map(u64::to_le_bytes).concat();
    catch(&mut harness, INIT, linux::SIGALRM, 0);
    harness.poke(INIT, DATA, &setting);
    harness.call(INIT, Sysno::setitimer, &[0, DATA, 0]).unwrap();
    harness.world.machine.time += 1_000_000;
    harness.world.on_timer();
    run_handler(&mut harness, INIT, linux::SIGALRM);
    assert!(harness.world.is_alive(INIT));
}

#[test]
fn a_parent_hears_of_its_child() {
    let mut harness = Harness::new();
    let child = harness.fork(INIT);
    assert_eq!(
        harness.begin(INIT, Sysno::wait4, &[usize::MAX, DATA, 0, 0]),
        None
    );
    harness.begin(child, Sysno::exit_group, &[5]);
    assert_eq!(harness.result(INIT), Some(Ok(child.0 as usize)));
}
