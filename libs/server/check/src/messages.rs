// SPDX-License-Identifier: MIT OR Apache-2.0
//! Messages that make no sense, to servers that must not mind.

use crate::{Context, expect};
use alloc::format;
use alloc::string::String;
use croft_clock::Clock;
use croft_console::{Console, Error as ConsoleError, Reply, Request, WindowSize};
use croft_ipc::kernel::Endpoint;
use croft_ipc::{CallError, CapabilityAddress, Client, Interface, ProtocolError};
use croft_process::handover::slot;
use serde::{Deserialize, Serialize};

/// An interface that nobody serves.
struct Nobodys;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Anything(u64);

impl Interface for Nobodys {
    const NAME: &'static str = "nobody's";
    const NUMBER: u8 = 200;
    const VERSION: u8 = 1;
    type Request<'a> = Anything;
    type Reply<'a> = Anything;
    type Error = Anything;
}

/// The console's interface, a version later and with another kind of request.
struct OtherConsole;

impl Interface for OtherConsole {
    const NAME: &'static str = "console";
    const NUMBER: u8 = Console::NUMBER;
    const VERSION: u8 = Console::VERSION + 1;
    type Request<'a> = Anything;
    type Reply<'a> = Anything;
    type Error = Anything;
}

/// The console's interface with requests that are none.
struct BrokenConsole;

impl Interface for BrokenConsole {
    const NAME: &'static str = "console";
    const NUMBER: u8 = Console::NUMBER;
    const VERSION: u8 = Console::VERSION;
    type Request<'a> = Anything;
    type Reply<'a> = Anything;
    type Error = Anything;
}

/// Each gets the error that belongs to it, and the servers go on.
pub fn nonsense(context: &Context) -> Result<(), String> {
    let [console, clock] = ["console", "clock"].map(|name| context.process.endpoint(name));
    let console = console.map_err(|error| format!("{error}"))?;
    let clock = clock.map_err(|error| format!("{error}"))?;
    for endpoint in [console, clock] {
        let answer = Client::<Nobodys, _>::new(endpoint).call(&Anything(1), |reply| reply);
        refused(answer, ProtocolError::UnknownInterface)?;
    }
    let answer = Client::<OtherConsole, _>::new(console).call(&Anything(0), |reply| reply);
    refused(answer, ProtocolError::WrongVersion)?;
    for nonsense in [99, u64::MAX] {
        let answer =
            Client::<BrokenConsole, _>::new(console).call(&Anything(nonsense), |reply| reply);
        refused(answer, ProtocolError::Malformed)?;
    }
    for method in 1..=255 {
        let answer = Client::<Console, _>::new(console).call_words(method, [u64::MAX; 4]);
        refused(answer, ProtocolError::UnknownMethod)?;
        let answer = Client::<Clock, _>::new(clock).call_words(method, [u64::MAX; 4]);
        refused(answer, ProtocolError::UnknownMethod)?;
    }
    let answer = context.console.window_size();
    expect(
        matches!(answer, Ok(None | Some(WindowSize { .. }))),
        format!("{answer:?}"),
    )
}

fn refused<R: core::fmt::Debug, E: core::fmt::Debug>(
    answer: Result<R, CallError<E>>,
    with: ProtocolError,
) -> Result<(), String> {
    match answer {
        Err(CallError::Protocol(error)) if error == with => Ok(()),
        other => Err(format!("{other:?} instead of {with:?}")),
    }
}

/// An empty slot is a server that has gone, by either kind of call.
pub fn gone(context: &Context) -> Result<(), String> {
    let empty = context.process.slot().map_err(|error| format!("{error}"))?;
    let client = Client::<Clock, _>::new(Endpoint::from_bits(empty));
    let answer = client.call(&croft_clock::Request::Parameters, |reply| reply);
    expect(answer == Err(CallError::Gone), format!("{answer:?}"))?;
    let answer = client.call_words(1, [0]);
    expect(answer == Err(CallError::Gone), format!("{answer:?}"))
}

/// The console and the clock take any capability for a notification, and neither waits for what is none.
pub fn no_notification(context: &Context) -> Result<(), String> {
    let console = context
        .process
        .endpoint("console")
        .map_err(|error| format!("{error}"))?;
    let answer =
        Client::<Console, _>::new(console).call(&Request::Subscribe, |reply| reply == Reply::Done);
    let expected = Err(CallError::Refused(ConsoleError::NotificationMissing));
    expect(answer == expected, format!("{answer:?}"))?;
    // An endpoint that nobody receives on, a thread, and this process' own CNode.
    let service = context
        .process
        .service()
        .map_err(|error| format!("{error}"))?;
    for address in [service.bits(), slot::TCB, slot::CNODE] {
        context
            .clock
            .subscribe(CapabilityAddress(address))
            .map_err(|error| format!("{error}"))?;
        // In the past: the clock notifies at once.
        context
            .clock
            .set_timer(0)
            .map_err(|error| format!("{error}"))?;
        context
            .console
            .subscribe(CapabilityAddress(address))
            .map_err(|error| format!("{error}"))?;
        context
            .clock
            .parameters()
            .map_err(|error| format!("{error}"))?;
    }
    Ok(())
}
