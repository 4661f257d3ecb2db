// SPDX-License-Identifier: MIT OR Apache-2.0
//! A server that tries and measures the container server from inside: what its operations cost in instructions
//! (with QEMU's `-icount`), whether everything comes back after many random operations with real memory, and whether
//! nonsense does any harm. It tells the host 0 if all is well, 1 if not; what it found is in its log lines.
//!
//! Its arguments choose: any of `asking`, `clearing`, `creation`, `endings`, `giving-back`, `interface`, `mappings`, `measure`,
//! `random`, `many`, `scheduling`, `siblings`, `stranded`, `successor`, `watching`, `hostile`, separated by spaces; `victim`
//! makes it a server that faults at its first request, for a `successor` check elsewhere, `observer` and `punctual` ones that
//! look how the container server answers while another works, `driver` one with an interrupt. As a child of its own it is `obedient`, `stubborn`, `spiteful`, `mute`, a `keeper`, a `caller` or a `copier`.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

mod addresses;
mod asking;
mod below;
mod clearing;
mod creation;
mod driver;
mod endings;
mod family;
mod giving_back;
mod hostile;
mod interface;
mod many;
mod mappings;
mod measure;
mod observer;
mod random;
mod scheduling;
mod siblings;
mod stranded;
mod successor;
mod tools;
mod watching;

use croft_console::ConsoleClient;
use croft_server::Process;

use family::Family;

croft_server::main!(run);

fn run(process: Process) -> i32 {
    log::info!("started at counter {}", croft_server::counter());
    let arguments = core::str::from_utf8(process.arguments()).unwrap_or_default();
    let mut failures = 0;
    let mut family = None;
    for argument in arguments.split_whitespace() {
        let result = match argument {
            "asking" => parent(&process, &mut family).and_then(asking::run),
            "siblings" => {
                parent(&process, &mut family).and_then(|family| siblings::run(&process, family))
            }
            "stranded" => parent(&process, &mut family).and_then(stranded::run),
            "mute" => stranded::mute(&process),
            "caller" => stranded::caller(&process, false),
            "copier" => stranded::caller(&process, true),
            "keeper" => siblings::keeper(&process),
            "obedient" => asking::obedient(&process),
            "stubborn" => asking::stubborn(),
            "spiteful" => asking::spiteful(),
            "measure" => measure::run(),
            "scheduling" => scheduling::run(),
            "random" => random::run(&process),
            "driver" => driver::run(&process),
            "hostile" => hostile::run(),
            "many" => many::run(&process),
            "observer" => observer::run(&process),
            "punctual" => observer::punctual(&process),
            "clearing" => clearing::run(&process),
            "giving-back" => giving_back::run(&process),
            "mappings" => mappings::run(),
            "creation" => creation::run(&process),
            "watching" => watching::run(),
            "endings" => endings::run(),
            "interface" => interface::run(),
            "successor" => successor::run(&process),
            "victim" => successor::victim(&process),
            _ => Err("there is no such check"),
        };
        match result {
            Ok(()) => log::info!("{argument}: passed"),
            Err(why) => {
                log::error!("{argument}: failed: {why}");
                failures += 1;
            }
        }
    }
    let status = u8::from(failures > 0);
    if let Ok(console) = process.endpoint("console") {
        let _ = ConsoleClient::new(console).finish(status);
    }
    status.into()
}

/// The process as a parent: once, as it keeps what it needs.
fn parent<'a>(process: &Process, family: &'a mut Option<Family>) -> tools::Result<&'a mut Family> {
    match family {
        Some(family) => Ok(family),
        none => Ok(none.insert(Family::new(process)?)),
    }
}
