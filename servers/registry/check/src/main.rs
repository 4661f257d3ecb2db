// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tries the registry from inside a booted system: `images/run --image registry-check`. Its argument says what the program
//! is: the client `main` or `guest`, or the publisher `late` or `phoenix`.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

mod guest;
mod main_client;
mod probe;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::error::Error;
use croft_console::{ConsoleClient, say};
use croft_ipc::Transport;
use croft_registry::Names;
use croft_server::Process;
use probe::{ProbeInterface, Prober};

croft_server::main!(run);

/// What a check finds out, or why it did not get so far.
type Finding = Result<String, Box<dyn Error>>;

/// A check.
type Check = fn(&Process, &Names) -> Finding;

fn run(process: Process) -> i32 {
    let names = match Names::of(&process) {
        Ok(names) => names,
        Err(error) => {
            log::error!("{error}");
            return 1;
        }
    };
    match process.arguments() {
        b"main" => main_client::run(&process, &names),
        b"guest" => guest::run(&process, &names),
        b"late" => {
            // Whoever waits for this one says so first.
            publish(&process, &names, Some("go"), &["late"])
        }
        _ => publish(&process, &names, None, &["phoenix", "secret"]),
    }
}

/// Publishes this program's service, and serves.
fn publish(process: &Process, names: &Names, after: Option<&'static str>, under: &[&str]) -> i32 {
    let found = after.map(|name| names.find(name)).transpose();
    let published = found.and_then(|_| {
        under
            .iter()
            .try_for_each(|name| names.publish(process, name))
    });
    if let Err(error) = published {
        log::error!("{error}");
        return 1;
    }
    process.serve(|_| {
        Ok(croft_ipc::Serving::<ProbeInterface, _>::new(
            Prober::default(),
        ))
    })
}

/// Makes each check and says what it found.
fn report(process: &Process, names: &Names, checks: &[(&str, Check)]) -> bool {
    let Ok(console) = ConsoleClient::connect(process) else {
        return false;
    };
    let own = String::from_utf8_lossy(process.arguments());
    checks.iter().all(|(name, check)| {
        let found = check(process, names).unwrap_or_else(|error| format!("FAILED {error}"));
        say(&console, format!("{own}: {name}: {found}"))
    })
}

/// All that a view shows, as one line.
fn list<T: Transport>(names: &Names<T>) -> Finding {
    let shown = names.view().list("")?;
    let names: Vec<_> = shown
        .iter()
        .map(|shown| {
            let publish = if shown.publish { " (publishes)" } else { "" };
            let there = if shown.there { "" } else { " (not there)" };
            [shown.name.as_str(), publish, there].concat()
        })
        .collect();
    Ok(names.join(", "))
}

/// A result as it is shown.
fn told<R, E: core::fmt::Display>(result: Result<R, E>) -> String {
    match result {
        Ok(_) => "done".to_string(),
        Err(error) => error.to_string(),
    }
}
