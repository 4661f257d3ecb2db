// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tests of the table: by topic, and one of random histories against its invariants.
use super::*;
use crate::*;
use unix_abi::{Errno, linux::general as linux};

mod fork_exec_exit;
mod histories;
mod identity;
mod invariants;
mod jobs;
mod masks;
mod sending;
mod signals;
mod stopping;
mod timers;
mod waiting;

pub(super) type Table = ProcessTable<u32>;

pub(super) const WAIT_ANY: WaitRequest = WaitRequest {
    target: WaitTarget::Any,
    options: linux::WEXITED,
};

/// A table with process 1.
pub(super) fn table() -> Table {
    let mut table = Table::new(Config {
        max_threads: 64,
        protect_init: true,
    });
    assert_eq!(table.spawn_init(b"init", 1, 0), Ok(Pid(1)));
    table
}

/// A table with process 1 and a child of it.
pub(super) fn two() -> (Table, Pid) {
    let mut t = table();
    let child = t.child(Pid(1));
    t.events();
    (t, child)
}

impl Table {
    pub(super) fn child(&mut self, parent: Pid) -> Pid {
        self.fork(parent.main_thread(), &CloneRequest::FORK, 0, |_, pid| {
            Ok(pid.0 as u32)
        })
        .unwrap()
    }

    pub(super) fn events(&mut self) -> Vec<Event> {
        core::iter::from_fn(|| self.next_event()).collect()
    }

    pub(super) fn on(&mut self, pid: Pid, signal: Signal, handler: u64, flags: u32) {
        let action = SigAction {
            handler,
            flags: flags.into(),
            ..SigAction::DEFAULT
        };
        self.sigaction(pid.main_thread(), signal, Some(&action))
            .unwrap();
    }

    pub(super) fn next(&mut self, pid: Pid) -> Option<Delivery> {
        self.next_signal(pid.main_thread())
    }

    pub(super) fn send(&mut self, pid: Pid, signal: Signal) {
        self.send_to_process(pid, SigInfo::from_kernel(signal))
            .unwrap();
    }

    pub(super) fn block_signals(&mut self, pid: Pid, signals: &[Signal]) {
        let set = MaskChange::Set(SignalSet::of(signals));
        self.sigprocmask(pid.main_thread(), Some(set));
    }

    /// Lets a process do what its signals ask for, as the caller would.
    pub(super) fn settle(&mut self, pid: Pid) {
        while let Some(delivery) = self.next(pid) {
            match delivery {
                Delivery::Handler(_) => {}
                Delivery::Stop => return,
                Delivery::Terminate { signal, .. } => {
                    self.exit(
                        pid,
                        ExitStatus::Killed {
                            signal,
                            core_dumped: false,
                        },
                    );
                    return;
                }
            }
        }
    }

    pub(super) fn waited(&mut self, pid: Pid, request: &WaitRequest) -> Option<(Pid, ChildChange)> {
        match self.wait(pid.main_thread(), request).unwrap() {
            WaitOutcome::Child(child) => Some((child.pid, child.change)),
            WaitOutcome::NothingYet => None,
        }
    }
}

pub(super) fn handled(delivery: Option<Delivery>) -> HandlerCall {
    match delivery {
        Some(Delivery::Handler(call)) => call,
        other => panic!("no handler is called: {other:?}"),
    }
}
