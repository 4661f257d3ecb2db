// SPDX-License-Identifier: MIT OR Apache-2.0
//! Messages that make no sense, to servers that must not mind.

use crate::{Context, expect};
use alloc::format;
use alloc::string::String;
use croft_clock::{ClockClient, ClockInterface};
use croft_console::{ConsoleClient, ConsoleInterface, Error as ConsoleError, WindowSize};
use croft_ipc::kernel::Endpoint;
use croft_ipc::{
    CallError, CapabilityAddress, Definition, Label, ProtocolError, Send, Status, Transport,
    interface, numbers,
};
use croft_process::handover::slot;

/// An interface that nobody serves.
#[interface(number = 200, version = 1, recorded = false)]
trait Nobodys {
    fn ask(&mut self, what: u64) -> u64;
}

/// The console's interface, a version later and with another kind of request.
#[interface(number = numbers::CONSOLE, version = 3, recorded = false)]
trait OtherConsole {
    fn ask(&mut self, what: u64) -> u64;
}

/// The console's interface with requests that are none.
#[interface(number = numbers::CONSOLE, version = 2, recorded = false)]
trait BrokenConsole {
    fn write(&mut self, what: u64) -> u64;
    fn read(&mut self, what: u64) -> u64;
}

/// Each gets the error that belongs to it, and the servers go on.
pub fn nonsense(context: &Context) -> Result<(), String> {
    let [console, clock] = ["console", "clock"].map(|name| context.process.endpoint(name));
    let console = console.map_err(|error| format!("{error}"))?;
    let clock = clock.map_err(|error| format!("{error}"))?;
    for endpoint in [console, clock] {
        let answer = NobodysClient::new(endpoint).ask(1);
        refused(answer, ProtocolError::UnknownInterface)?;
    }
    let answer = OtherConsoleClient::new(console).ask(0);
    refused(answer, ProtocolError::WrongVersion)?;
    for nonsense in [99, u64::MAX] {
        let broken = BrokenConsoleClient::new(console);
        refused(broken.write(nonsense), ProtocolError::Malformed)?;
        refused(broken.read(nonsense), ProtocolError::Malformed)?;
    }
    for method in 0..=255 {
        if method > ConsoleInterface::METHODS.len() as u8 || method == 0 {
            unknown(console, Label::of::<ConsoleInterface>(method))?;
        }
        if method > ClockInterface::METHODS.len() as u8 || method == 0 {
            unknown(clock, Label::of::<ClockInterface>(method))?;
        }
    }
    let answer = context.console.window_size();
    expect(
        matches!(answer, Ok(None | Some(WindowSize { .. }))),
        format!("{answer:?}"),
    )
}

/// A method that is not there, with a message of all lengths.
fn unknown(endpoint: Endpoint, label: Label) -> Result<(), String> {
    let send = Send {
        label,
        capability: None,
        receive: None,
    };
    for length in [0, 8, 960] {
        let encode = |buffer: &mut [u8]| {
            buffer[..length].fill(0xff);
            Ok(length)
        };
        let answer = endpoint.call(send, encode, |outcome| {
            (outcome.label.status(), outcome.bytes.first().copied())
        });
        let expected = Some(ProtocolError::UnknownMethod.code());
        expect(
            answer == Ok((Some(Status::Protocol), expected)),
            format!("{label:?}: {answer:?}"),
        )?;
    }
    Ok(())
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
    let answer = ClockClient::new(Endpoint::from_bits(empty)).parameters();
    expect(answer == Err(CallError::Gone), format!("{answer:?}"))?;
    let answer = ConsoleClient::new(Endpoint::from_bits(empty)).subscribe(CapabilityAddress(0));
    expect(answer == Err(CallError::Gone), format!("{answer:?}"))
}

/// The console and the clock take any capability for a notification, and neither waits for what is none.
pub fn no_notification(context: &Context) -> Result<(), String> {
    // None at all: the address leads nowhere.
    let empty = context.process.slot().map_err(|error| format!("{error}"))?;
    let answer = context.console.subscribe(CapabilityAddress(empty));
    let expected: Result<(), CallError<ConsoleError>> =
        Err(CallError::Protocol(ProtocolError::CapabilityMissing));
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
