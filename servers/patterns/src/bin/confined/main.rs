// SPDX-License-Identifier: MIT OR Apache-2.0
//! The programs that do not trust each other. The first word of its arguments says which one it is. None has a capability but
//! those that its parent names in `bin/session`.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]
extern crate alloc;

mod bidder;
mod editor;
mod middleman;
mod receiver;
mod sender;

use alloc::boxed::Box;
use alloc::format;
use core::error::Error;
use core::fmt::Display;
use croft_ipc::kernel::Endpoint;
use croft_patterns::scene::SceneClient;
use croft_process::handover::slot;
use croft_server::Process;

type Result = core::result::Result<(), Box<dyn Error>>;

croft_server::main!(run);

fn run(process: Process) -> i32 {
    let arguments = core::str::from_utf8(process.arguments()).unwrap_or_default();
    let (role, rest) = arguments.split_once(' ').unwrap_or((arguments, ""));
    let result = match role {
        "middleman" => middleman::run(&process),
        "sender" => sender::run(&process, rest),
        "receiver" => receiver::run(&process, rest),
        "bidder" => bidder::run(&process, rest),
        "editor" => editor::run(&process),
        _ => Err("there is no such program".into()),
    };
    match result {
        Ok(()) => 0,
        Err(error) => {
            say(&process, error);
            1
        }
    }
}

/// The parent.
fn parent() -> SceneClient<Endpoint> {
    SceneClient::new(Endpoint::from_bits(slot::PARENT))
}

/// Says a line.
fn say(process: &Process, line: impl Display) {
    let line = format!("{}: {line}", process.environment().name);
    // Nobody else is there to be told.
    let _ = parent().say(&line);
}
