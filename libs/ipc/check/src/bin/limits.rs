// SPDX-License-Identifier: MIT OR Apache-2.0
//! A client that waits only so long, and goes on with successors: its servers have the same priority as it, a higher and
//! a lower one.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]
extern crate alloc;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::error::Error;
use core::time::Duration;
use croft_calls_check::PatienceClient;
use croft_clock::{ClockClient, CounterScale};
use croft_console::{ConsoleClient, say, tell};
use croft_ipc::kernel::Endpoint;
use croft_ipc::{CallError, Transport};
use croft_server::{Process, counter};

croft_server::main!(|process| tell(&process, run(&process)));

type Result<T = ()> = core::result::Result<T, Box<dyn Error>>;

/// Calls with limits by chance, to each of three servers.
const CALLS: u64 = 3_400;

/// The most microseconds that answer or limit take then.
const MOST: u64 = 60;

/// What a call is late by, or has left, when there can be no doubt.
const PLENTY: u64 = 3_000;

/// How often a call is measured.
const TIMES: u64 = 1000;

/// What a limit may add to a call, in instructions.
const LIMIT_BOUND: u64 = 400;

struct Context<'p> {
    process: &'p Process,
    console: ConsoleClient<Endpoint>,
    scale: CounterScale,
}

fn run(process: &Process) -> Result<String> {
    let context = Context {
        process,
        console: ConsoleClient::connect(process)?,
        scale: ClockClient::connect(process)?.parameters()?.scale(),
    };
    for server in ["equal", "above", "below"] {
        context.simple(server)?;
        context.by_chance(server)?;
    }
    context.restarts("equal")?;
    context.cost("equal")?;
    Ok("all is well".into())
}

fn ensure(so: bool, why: impl Into<String>) -> Result {
    if so { Ok(()) } else { Err(why.into().into()) }
}

const fn micro(microseconds: u64) -> Duration {
    Duration::from_micros(microseconds)
}

impl Context<'_> {
    fn say(&self, line: &str) {
        say(&self.console, line);
    }

    fn ticks(&self, microseconds: u64) -> u64 {
        self.scale.ticks(microseconds * 1000)
    }

    /// A server that does not answer, that answers in time, and that answers late.
    fn simple(&self, server: &'static str) -> Result {
        let limited = |microseconds| {
            let within = self.process.within(micro(microseconds))?;
            PatienceClient::connect_to(&within, server)
        };
        for microseconds in [0, 1, 50, 2000] {
            let start = counter();
            let answer = limited(microseconds)?.never();
            let waited = counter() - start;
            ensure(
                answer == Err(CallError::TimedOut),
                format!("{microseconds} us: {answer:?}"),
            )?;
            ensure(
                waited >= self.ticks(microseconds) && waited < self.ticks(microseconds + PLENTY),
                format!("{microseconds} us: waited {waited} ticks"),
            )?;
        }
        let client = limited(PLENTY)?;
        ensure(client.next(4) == Ok(5), "no answer at once")?;
        let answer = client.late(7, self.ticks(100));
        ensure(answer == Ok(8), format!("in time: {answer:?}"))?;
        let answer = client.late_long([7; 12], self.ticks(100));
        ensure(answer == Ok([8; 12]), format!("long, in time: {answer:?}"))?;
        let late = self.ticks(2 * PLENTY);
        ensure(client.late(7, late) == Err(CallError::TimedOut), "late")?;
        let answer = client.late_long([7; 12], late);
        ensure(answer == Err(CallError::TimedOut), "long and late")?;
        // What comes now is for nobody.
        ensure(client.next(1) == Ok(2), "the call after it")?;
        self.wait(PLENTY * 3);
        ensure(client.next(2) == Ok(3), "the call after the late answer")?;
        self.say(&format!("{server}: never, in time, late"));
        Ok(())
    }

    /// Limits around the moment of the answer: each call has its own answer or none, and none is made twice.
    fn by_chance(&self, server: &'static str) -> Result {
        let plain = PatienceClient::connect_to(self.process, server)?;
        let before = plain.counts()?;
        let mut numbers = Numbers(before.asked + server.len() as u64);
        let (mut answered, mut too_late) = (0, 0);
        for number in 0..CALLS {
            let (mut limit, mut answer) = (numbers.below(MOST), numbers.below(MOST));
            let certain = match numbers.below(16) {
                0 => {
                    limit = answer + PLENTY;
                    Some(true)
                }
                1 if number % 16 == 0 => {
                    answer = limit + PLENTY;
                    Some(false)
                }
                _ => None,
            };
            let (within, ticks) = (self.process.within(micro(limit))?, self.ticks(answer));
            let client = PatienceClient::connect_to(&within, server)?;
            let start = counter();
            let result = match number % 4 {
                0 => client
                    .late_long([number; 12], ticks)
                    .map(|all| if all == [number + 1; 12] { all[0] } else { 0 }),
                _ => client.late(number, ticks),
            };
            let waited = counter() - start;
            let wrong = |what: &str| {
                format!(
                    "{server}: call {number}, limit {limit}, answer {answer} us: {what} {result:?}"
                )
            };
            match &result {
                Ok(next) => {
                    answered += 1;
                    ensure(*next == number + 1, wrong("another's answer:"))?;
                }
                Err(CallError::TimedOut) => {
                    too_late += 1;
                    ensure(waited >= self.ticks(limit), wrong("too early:"))?;
                }
                Err(_) => return Err(wrong("").into()),
            }
            ensure(
                certain.is_none_or(|certain| certain == result.is_ok()),
                wrong("there is no doubt here:"),
            )?;
        }
        self.wait(2 * PLENTY);
        let after = plain.counts()?;
        // Who waits for its turn when the time is over has not asked.
        let asked = after.asked - before.asked;
        ensure(
            (answered..=CALLS).contains(&asked) && after.twice == before.twice,
            format!("{server}: of {CALLS} calls {after:?}"),
        )?;
        ensure(after.late == 0, format!("{server}: {after:?}"))?;
        self.say(&format!(
            "{server}: {CALLS} calls, {asked} received, {answered} answered, {too_late} timed out"
        ));
        ensure(
            answered > CALLS / 10 && too_late > CALLS / 10,
            "this tries little",
        )
    }

    /// A server that dies, with and without a successor.
    fn restarts(&self, server: &'static str) -> Result {
        let within = self.process.within(micro(PLENTY * 100))?;
        let limited = PatienceClient::connect_to(&within, server)?;
        let lasting = PatienceClient::connect_to(&within.across_restarts(), server)?;
        let plain = PatienceClient::connect_to(self.process, server)?;
        // It dies while the client waits with a limit.
        plain.fail_later(self.ticks(200))?;
        let start = counter();
        let answer = limited.never();
        ensure(answer == Err(CallError::Gone), format!("death: {answer:?}"))?;
        ensure(
            counter() - start < self.ticks(PLENTY * 50),
            "it was seen late",
        )?;
        ensure(plain.next(1) == Err(CallError::Gone), "there is no server")?;
        // What is repeatable is repeated, and the others go on with it.
        ensure(lasting.next(1) == Ok(2), "not repeated")?;
        ensure(
            plain.next(1) == Ok(2) && limited.next(1) == Ok(2),
            "not all go on",
        )?;
        ensure(plain.counts()?.asked == 0, "it is not another one")?;
        // What is not is told.
        let answer = lasting.fail();
        ensure(answer == Err(CallError::Restarted), format!("{answer:?}"))?;
        ensure(lasting.next(1) == Ok(2), "not connected")?;
        // There is nobody left.
        let answer = lasting.fail();
        ensure(answer == Err(CallError::Gone), format!("{answer:?}"))?;
        ensure(lasting.next(1) == Err(CallError::Gone), "who is that?")?;
        ensure(
            self.process.renew(plain.transport()).is_err(),
            "a successor",
        )?;
        self.say(&format!("{server}: a successor, another one, none"));
        Ok(())
    }

    /// What a limit costs.
    fn cost(&self, _: &str) -> Result {
        let within = self.process.within(Duration::from_millis(50))?;
        let plain = self.time(&PatienceClient::connect_to(self.process, "above")?)?;
        let limited = self.time(&PatienceClient::connect_to(&within, "above")?)?;
        let lasting = self.time(&PatienceClient::connect_to(
            &within.across_restarts(),
            "above",
        )?)?;
        let line = format!(
            "a call: {plain} ns, with a limit: {limited} ns, and across restarts: {lasting} ns (bound {LIMIT_BOUND} more)"
        );
        self.say(&line);
        ensure(
            limited.max(lasting) <= plain + LIMIT_BOUND,
            "a limit costs too much",
        )
    }

    fn time<T: Transport>(&self, client: &PatienceClient<T>) -> Result<u64> {
        for number in 0..16 {
            ensure(client.next(number) == Ok(number + 1), "no answer")?;
        }
        let (start, mut sum) = (counter(), 0);
        for number in 0..TIMES {
            sum += client.next(number).unwrap_or_default();
        }
        let ticks = counter() - start;
        ensure(sum == (1..=TIMES).sum(), "no answer")?;
        Ok(self.scale.monotonic(self.scale.parameters().epoch + ticks) / TIMES)
    }

    fn wait(&self, microseconds: u64) {
        let end = counter() + self.ticks(microseconds);
        while counter() < end {
            sel4::r#yield();
        }
    }
}

/// Numbers that look random, the same in every run (xorshift64*, Vigna 2016).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }
}
