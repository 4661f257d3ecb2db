// SPDX-License-Identifier: MIT OR Apache-2.0
//! A server that takes its time, or dies, as it is asked to.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]
extern crate alloc;

use alloc::vec::Vec;
use croft_calls_check::{
    Counts, NoRoom, Patience, PatienceInterface, PatienceLate, PatienceLateLong,
};
use croft_clock::ClockClient;
use croft_ipc::kernel::Endpoint;
use croft_ipc::{
    Caller, Capabilities, Deferrable, Dispatch, Incoming, Outgoing, SavedCaller, Server,
};
use croft_server::{Process, ServerCapabilities, SetupError, counter};
use sel4::cap;

croft_server::main!(|process| process.serve(|capabilities| Patient::new(&process, capabilities)));

/// The event bit of the timer.
const TIMER: u32 = 0;

/// Something to be done at a moment.
enum Due {
    Answer(u64, SavedCaller),
    AnswerLong([u64; 12], SavedCaller),
    Fail,
}

struct Patient {
    capabilities: ServerCapabilities,
    clock: ClockClient<Endpoint>,
    never: Vec<SavedCaller>,
    due: Vec<(u64, Due)>,
    asked: u64,
    twice: u64,
    last: Option<u64>,
}

impl Patient {
    fn new(process: &Process, capabilities: ServerCapabilities) -> Result<Self, SetupError> {
        let clock = ClockClient::connect(process)?;
        let subscribed = clock.subscribe(process.event(TIMER)?.into());
        subscribed.map_err(|_| SetupError::Capability("clock"))?;
        Ok(Self {
            capabilities,
            clock,
            never: Vec::new(),
            due: Vec::new(),
            asked: 0,
            twice: 0,
            last: None,
        })
    }

    fn note(&mut self, number: u64) {
        self.asked += 1;
        self.twice += u64::from(self.last.replace(number) == Some(number));
    }

    fn at(&mut self, ticks: u64, what: Due) {
        self.due.push((counter().saturating_add(ticks), what));
        self.set_timer();
    }

    fn set_timer(&self) {
        if let Some(next) = self.due.iter().map(|(at, _)| *at).min() {
            // Without the clock nobody would be answered, which shows.
            let _ = self.clock.set_timer(next);
        }
    }
}

/// A capability address that leads nowhere: to receive from it is a fault.
fn fail() {
    cap::Endpoint::from_bits(u64::MAX >> 1).recv(());
}

impl Server for Patient {
    fn message(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        PatienceInterface::dispatch(self, incoming, buffer)
    }

    fn event(&mut self, bits: u64) {
        if bits & 1 << TIMER == 0 {
            return;
        }
        let now = counter();
        for (_, due) in self.due.extract_if(.., |(at, _)| *at <= now) {
            match due {
                Due::Answer(number, caller) => self
                    .capabilities
                    .answer::<PatienceLate>(caller, Ok(number + 1)),
                Due::AnswerLong(numbers, caller) => self
                    .capabilities
                    .answer::<PatienceLateLong>(caller, Ok(numbers.map(|number| number + 1))),
                Due::Fail => fail(),
            }
        }
        self.set_timer();
    }
}

impl Patience for Patient {
    fn next(&mut self, number: u64) -> u64 {
        number + 1
    }

    fn never(&mut self, caller: Caller) -> Result<Deferrable<u64>, NoRoom> {
        self.never.push(self.capabilities.save_caller(caller)?);
        Ok(Deferrable::Later)
    }

    fn late(&mut self, caller: Caller, number: u64, ticks: u64) -> Result<Deferrable<u64>, NoRoom> {
        let caller = self.capabilities.save_caller(caller)?;
        self.note(number);
        self.at(ticks, Due::Answer(number, caller));
        Ok(Deferrable::Later)
    }

    fn late_long(
        &mut self,
        caller: Caller,
        numbers: [u64; 12],
        ticks: u64,
    ) -> Result<Deferrable<[u64; 12]>, NoRoom> {
        let caller = self.capabilities.save_caller(caller)?;
        self.note(numbers[0]);
        self.at(ticks, Due::AnswerLong(numbers, caller));
        Ok(Deferrable::Later)
    }

    fn counts(&mut self) -> Counts {
        Counts {
            never: self.never.len() as u32,
            late: self.due.len() as u32,
            asked: self.asked,
            twice: self.twice,
        }
    }

    fn fail(&mut self) {
        fail();
    }

    fn fail_later(&mut self, ticks: u64) {
        self.at(ticks, Due::Fail);
    }
}
