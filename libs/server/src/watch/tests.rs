// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use std::cell::Cell;
use std::sync::atomic::AtomicBool;
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Time that passes, and the alarm.
#[derive(Default)]
struct Clock {
    now: AtomicU64,
    alarm: Mutex<Option<u64>>,
    signalled: Mutex<bool>,
    signal: Condvar,
    over: AtomicBool,
}

impl Clock {
    fn now(&self) -> u64 {
        self.now.load(SeqCst)
    }

    fn set(&self, deadline: u64) -> bool {
        *self.alarm.lock().unwrap() = Some(deadline);
        true
    }

    fn run(&self) {
        while !self.over.load(SeqCst) {
            let now = self.now.fetch_add(1, SeqCst) + 1;
            let due = self.alarm.lock().unwrap().take_if(|alarm| *alarm <= now);
            if due.is_some() {
                *self.signalled.lock().unwrap() = true;
                self.signal.notify_one();
            }
            thread::yield_now();
        }
        *self.signalled.lock().unwrap() = true;
        self.signal.notify_one();
    }

    fn wait(&self) {
        let signalled = self.signalled.lock().unwrap();
        let mut signalled = self.signal.wait_while(signalled, |it| !*it).unwrap();
        *signalled = false;
    }
}

/// Numbers that look random.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Two threads that the machine switches between as it likes: who is not answered is always let go, and nobody whose call
/// is over or whose time is not.
#[test]
fn who_waits_is_let_go_in_time_and_nobody_else() {
    let (watch, clock) = (Watch::new(), Clock::default());
    let calling = AtomicBool::new(false);
    let (mut stopped, mut made) = (0, 0);
    thread::scope(|scope| {
        scope.spawn(|| clock.run());
        scope.spawn(|| {
            while !clock.over.load(SeqCst) {
                clock.wait();
                let fire = || {
                    assert!(calling.load(SeqCst), "there is no call");
                    let deadline = watch.deadline.load(SeqCst);
                    assert!(deadline <= clock.now(), "its time is not over");
                };
                watch.woken(|| clock.now(), |deadline| clock.set(deadline), fire);
            }
        });
        let mut numbers = Numbers(88_172_645_463_325_252);
        let (start, mut calls) = (Instant::now(), 0);
        // On a machine with other things to do it takes long to switch.
        while calls < 20_000 && (calls < 200 || start.elapsed() < Duration::from_secs(3)) {
            calls += 1;
            calling.store(true, SeqCst);
            let deadline = clock.now() + 1 + numbers.below(30);
            let armed = watch.begin(
                deadline,
                || clock.now(),
                |deadline| clock.set(deadline),
                thread::yield_now,
            );
            let armed = match armed {
                Ok(armed) => armed,
                Err(error) => {
                    assert_eq!(error, NoCall::Over);
                    assert!(deadline <= clock.now());
                    continue;
                }
            };
            let answer = clock.now() + numbers.below(30);
            let never = numbers.below(8) == 0;
            while watch.state().load(SeqCst) == armed && (never || clock.now() < answer) {
                thread::yield_now();
            }
            stopped += u32::from(watch.state().load(SeqCst) != armed);
            watch.end(armed, thread::yield_now);
            calling.store(false, SeqCst);
        }
        made = calls;
        clock.over.store(true, SeqCst);
    });
    // Otherwise this would test little.
    assert!((made / 20..made).contains(&stopped), "{stopped} of {made}");
}

#[test]
fn without_an_alarm_there_is_no_call() {
    let watch = Watch::new();
    let none = watch.begin(5, || 0, |_| false, || {});
    assert_eq!(none, Err(NoCall::NoAlarm));
    let over = watch.begin(5, || 5, |_| true, || {});
    assert_eq!(over, Err(NoCall::Over));
    assert_eq!(watch.state().load(SeqCst), 0);
    // The next one tries again.
    let set = Cell::new(None);
    let armed = watch.begin(7, || 0, |at| set.replace(Some(at)).is_none(), || {});
    assert_eq!(set.get(), Some(7));
    watch.end(armed.unwrap(), || {});
    // An alarm that goes off before is good for a later deadline.
    let armed = watch.begin(8, || 0, |_| panic!("it is set"), || {});
    // Who cannot set the alarm again does not leave the caller waiting.
    let mut fired = 0;
    watch.woken(|| 7, |_| false, || fired += 1);
    assert_eq!((fired, watch.state().load(SeqCst)), (1, 0));
    watch.end(armed.unwrap(), || {});
}

#[test]
fn an_alarm_that_goes_off_before_the_call_is_set_again() {
    let watch = Watch::new();
    let times = Cell::new(0);
    let set = |_| {
        times.set(times.get() + 1);
        if times.get() < 3 {
            // The watchdog is quicker than the caller.
            watch.woken(
                || 1,
                |_| panic!("there is no call"),
                || panic!("nor one to stop"),
            );
        }
        true
    };
    let armed = watch.begin(9, || 1, set, || {}).unwrap();
    assert_eq!((times.get(), watch.state().load(SeqCst)), (3, armed));
    watch.end(armed, || {});
    // It is not tried for ever.
    let now = Cell::new(0);
    let set = |_| {
        now.set(now.get() + 1);
        watch.woken(|| 0, |_| true, || {});
        true
    };
    watch.alarm.store(u64::MAX, SeqCst);
    let armed = watch.begin(5, || now.get(), set, || {});
    assert_eq!((armed, now.get()), (Err(NoCall::Over), 5));
}

#[test]
fn a_thread_goes_on_with_its_answer_or_without() {
    let places = Places {
        begin: 100,
        enter: 120,
        answered: 122,
        cancelled: 140,
    };
    let slot = 17;
    // Before, in it, waiting in the kernel, with an answer, behind it.
    for (at, capability, next) in [
        (99, slot, 99),
        (100, 0, 140),
        (119, slot, 140),
        (120, slot, 140),
        (120, 0, 122),
        (122, 0, 122),
        (150, slot, 150),
    ] {
        assert_eq!(places.next(at, capability), next, "{at}");
    }
}
