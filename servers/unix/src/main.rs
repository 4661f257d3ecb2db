// SPDX-License-Identifier: MIT OR Apache-2.0
//! The Unix-emulation server: one world, the monitor of its programs.
//!
//! Everything that Linux means is in `unix-kernel`; here is what takes a capability:
//!
//! ```text
//!   program ──trap──► fault message on the world's endpoint, badged with the program's number
//!                          │ traps.rs: what the message says
//!                          ▼
//!                     unix_kernel::World ◄── events.rs: console input, timer
//!                          │ Machine
//!                          ▼
//!   machine/  processes (container, TCB, CNode with one capability), mappings, pages, time, console
//! ```
//!
//! The server is an ordinary confined process: it can do what its container and the capabilities
//! `clock` and `console` allow. Whatever comes with a program's badge is that program's own voice; a
//! forged message can do no more than the program's own traps could.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]
extern crate alloc;

mod machine;
mod traps;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use croft_manifest::{Stream, Strings, WorldArguments};
use croft_server::Process;
use machine::SeL4Machine;
use sel4::MessageInfo;
use unix_kernel::{FirstProgram, Settings, StartError, World};

croft_server::main!(run);

/// Event bits of this server's notification.
const CONSOLE_EVENT: u32 = 0;
const CLOCK_EVENT: u32 = 1;
/// The exit status of a run that Croft itself could not do, as the host's runner has it.
const FAILED: u8 = 125;

fn run(process: Process) -> i32 {
    let mut world = match begin(&process) {
        Ok(world) => world,
        Err(NoWorld { why, status }) => {
            log::error!("{why}");
            if let Ok(console) = machine::console(&process) {
                // If even that fails, the log line is all that can be said.
                let _ = console.finish(status);
            }
            return i32::from(status);
        }
    };
    serve(&mut world)
}

/// Why there is no world, and the exit status of the run.
struct NoWorld {
    why: String,
    status: u8,
}

impl From<StartError> for NoWorld {
    fn from(error: StartError) -> Self {
        NoWorld {
            why: error.to_string(),
            status: error.status(),
        }
    }
}

/// Something that no program is the reason of.
fn failed(why: impl ToString) -> NoWorld {
    NoWorld {
        why: why.to_string(),
        status: FAILED,
    }
}

/// Builds the world and starts its first program.
fn begin(process: &Process) -> Result<World<SeL4Machine>, NoWorld> {
    let arguments = WorldArguments::decode(process.arguments())
        .map_err(|error| failed(format_args!("the world's arguments: {error}")))?;
    let archive = process.file("root").map_err(failed)?;
    log::debug!("{} bytes of files", archive.len());
    let machine = SeL4Machine::new(process, arguments.seed).map_err(failed)?;
    let settings = Settings {
        verbose: arguments.verbose,
        hostname: arguments.hostname.into(),
        terminals: arguments.streams.map(|stream| stream == Stream::Terminal),
    };
    let mut world = World::new(machine, settings, archive)?;
    let list = |strings: &Strings<'_>| strings.iter().map(<[u8]>::to_vec).collect::<Vec<_>>();
    log::debug!("the files are there");
    let window = arguments.window;
    let first = arguments
        .arguments
        .iter()
        .next()
        .ok_or_else(|| failed("the world has no first program"))?;
    let program = FirstProgram {
        path: first,
        arguments: list(&arguments.arguments),
        environment: list(&arguments.environment),
        directory: arguments.working_directory,
        window: (window.rows != 0).then_some((window.rows, window.columns)),
    };
    world.start(&program)?;
    log::info!("the first program starts");
    Ok(world)
}

/// Serves traps and events for ever.
fn serve(world: &mut World<SeL4Machine>) -> ! {
    let endpoint = world.machine.endpoint();
    let mut answer: Option<MessageInfo> = None;
    loop {
        world.leave_processor();
        let (info, badge) = match answer.take() {
            Some(answer) => endpoint.reply_recv(answer, ()),
            None => endpoint.recv(()),
        };
        if badge & croft_ipc::EVENT_BADGE_BIT != 0 {
            if badge & 1 << CLOCK_EVENT != 0 {
                world.on_timer();
            }
            if badge & 1 << CONSOLE_EVENT != 0 {
                world.on_console();
            }
        } else {
            answer = traps::serve(world, badge as u32, &info);
        }
    }
}
