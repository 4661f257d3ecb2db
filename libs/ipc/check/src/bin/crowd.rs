// SPDX-License-Identifier: MIT OR Apache-2.0
//! A parent of a thousand clients whose server dies while all of them wait for its answer.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]
extern crate alloc;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::error::Error;
use croft_calls_check::PatienceClient;
use croft_console::tell;
use croft_container::{Amount, Limits};
use croft_ipc::kernel::{Endpoint, Port, Ready};
use croft_ipc::{CallError, Caller, Deferrable, Dispatch};
use croft_process::handover::{
    Authority, Failure, LogLevel, Parenthood, ParenthoodInterface, Refusal,
};
use croft_process::parent::{Child, Description, Frames, Given, Startup, create};
use croft_server::{OwnParent, Process, counter};
use sel4::CapRights;

croft_server::main!(|process| tell(&process, run(&process)));

/// How many there are.
const MEMBERS: usize = 1000;

/// Bytes that each may have.
const RESERVE: u64 = 512 << 10;

/// log2 of the slots of each.
const RADIX: u8 = 9;

/// Instructions in a tick of the counter when QEMU counts them.
const TICK: u64 = if cfg!(target_arch = "aarch64") { 16 } else { 1 };

/// The most instructions from the death to the moment that the last of them has its error and asks for the successor, for
/// each who waits.
const ERROR_BOUND: u64 = 16_000;

/// A service that a child gets.
fn service<'a>(name: &'a str, slots: &'a [u64], badge: Option<u64>) -> Given<'a> {
    Given {
        name,
        authority: Authority::Service,
        slots,
        rights: CapRights::WRITE_GRANT,
        badge,
    }
}

/// All members, and what became of them.
struct Crowd {
    process: Process,
    /// The startup program.
    startup: &'static [u8],
    server: Endpoint,
    members: Vec<Option<Child>>,
    ready: usize,
    /// How many had an error and asked for the server's successor.
    renewed: usize,
    ended: usize,
    /// The first status that is not 0, and whose.
    failed: Option<(u64, i32)>,
}

fn run(process: &Process) -> Result<String, Box<dyn Error>> {
    let mut crowd = Crowd {
        process: *process,
        startup: process.file("startup")?,
        server: process.endpoint("patient")?,
        members: Vec::with_capacity(MEMBERS),
        ready: 0,
        renewed: 0,
        ended: 0,
        failed: None,
    };
    crowd.make()?;
    let mut port = Port::new(process.service()?);
    let mut answer = None;
    while crowd.ready < MEMBERS {
        answer = crowd.serve(&mut port, answer);
        crowd.check()?;
    }
    if let Some(answer) = answer.take() {
        answer.send();
    }
    let server = PatienceClient::new(crowd.server);
    while server.counts()?.never < MEMBERS as u32 {
        sel4::r#yield();
    }
    let death = counter();
    if server.fail() != Err(CallError::Gone) {
        return Err("the server's death is not seen".into());
    }
    let mut last_error = 0;
    while crowd.ended < MEMBERS {
        answer = crowd.serve(&mut port, answer);
        if crowd.renewed == MEMBERS && last_error == 0 {
            last_error = counter() - death;
        }
        crowd.check()?;
    }
    let error = last_error * TICK / MEMBERS as u64;
    let line = format!(
        "{} of {MEMBERS} callers had an error, {error} instructions for each until the last one had it (bound {ERROR_BOUND}); \
         all succeed with the successor",
        crowd.renewed
    );
    if crowd.renewed != MEMBERS || error > ERROR_BOUND {
        return Err(line.into());
    }
    crowd.own_server(&mut port)?;
    Ok(format!("{line}\nand one whose server is its sibling"))
}

impl Crowd {
    /// Makes all members.
    fn make(&mut self) -> Result<(), Box<dyn Error>> {
        let server = [self.server.0.bits()];
        for _ in 0..MEMBERS {
            self.child("member", &[service("patient", &server, None)])?;
        }
        Ok(())
    }

    /// Makes a child of that name and program. It is loaded when this process waits for what it says.
    fn child(
        &mut self,
        program: &'static str,
        capabilities: &[Given<'_>],
    ) -> Result<(), Box<dyn Error>> {
        let number = self.members.len() as u64;
        let description = Description {
            name: program,
            limits: Limits {
                limit: Amount {
                    bytes: RESERVE,
                    ..Amount::MAX
                },
                guaranteed: 0,
            },
            radix: RADIX,
            priority: self.process.environment().priority,
            log: LogLevel::Info,
            trace: 0,
            startup: Startup {
                bytes: self.startup,
                frames: self.frames("startup")?,
            },
            image: self.frames(program)?,
            files: &[],
            arguments: b"",
            capabilities,
            parent: (self.process.service()?.bits(), number),
            serves: true,
        };
        let child = create(&mut OwnParent, &description)
            .map_err(|error| format!("{program} {number}: {error}"))?;
        self.members.push(Some(child));
        Ok(())
    }

    fn frames(&self, name: &str) -> Result<Frames, &'static str> {
        let file = self.process.environment().file(name);
        file.map(|file| Frames {
            first_slot: file.content.first_slot,
            length: file.content.length,
        })
        .ok_or("a program is missing")
    }

    /// A server that is a child, and another child that waits for it when it is destroyed.
    fn own_server(&mut self, port: &mut Port) -> Result<(), Box<dyn Error>> {
        for member in 0..MEMBERS {
            self.destroy(member);
        }
        self.members.clear();
        let clock = [self.process.endpoint("clock")?.0.bits()];
        self.child("patient", &[service("clock", &clock, None)])?;
        let server = self
            .members
            .first()
            .and_then(Option::as_ref)
            .map(Child::service);
        let server = server.ok_or("there is no server")?;
        self.child("member", &[service("patient", &[server], Some(1))])?;
        let mut answer = None;
        while self.ready < MEMBERS + 2 {
            answer = self.serve(port, answer);
            self.check()?;
        }
        if let Some(answer) = answer.take() {
            answer.send();
        }
        // The endpoint without a badge calls as well.
        let client = PatienceClient::new(Endpoint::from_bits(server));
        while client.counts()?.never < 1 {
            sel4::r#yield();
        }
        self.end(0, 0);
        self.destroy(0);
        // It asks for a successor, which there is not, and says so.
        while self.ended < MEMBERS + 2 {
            answer = self.serve(port, answer);
        }
        match self.failed {
            Some((1, 3)) => Ok(()),
            other => Err(format!("the one that was woken: {other:?}").into()),
        }
    }

    fn serve(&mut self, port: &mut Port, answer: Option<Ready>) -> Option<Ready> {
        let message = port.wait(answer);
        port.answer(&message, |incoming, buffer| {
            if incoming.label.is_none() {
                // A fault.
                self.end(message.badge, -1);
                return None;
            }
            ParenthoodInterface::dispatch(self, incoming, buffer)
        })
    }

    fn end(&mut self, member: u64, status: i32) {
        if status != 0 {
            self.failed = self.failed.or(Some((member, status)));
        }
        self.ended += 1;
    }

    /// Destroys a child. What that takes is not part of what is measured.
    fn destroy(&mut self, member: usize) {
        if let Some(child) = self.members.get_mut(member).and_then(Option::take) {
            // Nobody else can have destroyed it.
            let _ = child.destroy(&mut OwnParent);
        }
    }

    fn check(&self) -> Result<(), String> {
        match self.failed {
            None => Ok(()),
            Some((member, status)) => Err(format!("member {member} ended with {status}")),
        }
    }
}

type Answer = Result<Deferrable<()>, Refusal>;

impl Parenthood for Crowd {
    fn ready(&mut self, _: Caller) -> Answer {
        self.ready += 1;
        Ok(Deferrable::Now(()))
    }

    fn failed(&mut self, caller: Caller, failure: Failure, detail: u64) -> Answer {
        log::error!("{failure} ({detail:#x})");
        self.end(caller.badge, -2);
        Ok(Deferrable::Later)
    }

    fn exit(&mut self, caller: Caller, status: i32) -> Answer {
        self.end(caller.badge, status);
        Ok(Deferrable::Later)
    }

    fn panic(&mut self, caller: Caller, text: &str) -> Answer {
        log::error!("{text}");
        self.end(caller.badge, -3);
        Ok(Deferrable::Later)
    }

    fn log(&mut self, _: Caller, text: &str) -> Answer {
        log::info!("{text}");
        Ok(Deferrable::Now(()))
    }

    /// A member gets what this process has: the successor, as soon as there is one.
    fn renew(&mut self, caller: Caller, slot: u64) -> Answer {
        let member = self
            .members
            .get(caller.badge as usize)
            .and_then(Option::as_ref);
        let member = member.ok_or(Refusal::NoSuccessor)?;
        if member.given_slot(0) != Some(slot) || self.renewed == MEMBERS {
            return Err(Refusal::NoSuccessor);
        }
        if self.renewed == 0 && self.process.renew(&self.server).is_err() {
            return Err(Refusal::NoSuccessor);
        }
        let from = self.server.0.bits();
        member
            .give(&OwnParent, slot, from, CapRights::WRITE_GRANT, None)
            .map_err(|_| Refusal::NoSuccessor)?;
        self.renewed += 1;
        Ok(Deferrable::Now(()))
    }
    fn write_traces(&mut self, _: Caller) -> Answer {
        Ok(Deferrable::Now(()))
    }
}
