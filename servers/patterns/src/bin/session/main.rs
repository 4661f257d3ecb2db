// SPDX-License-Identifier: MIT OR Apache-2.0
//! The common ancestor: makes programs that do not trust each other, gives each what it shall have and no more, and plays a scene
//! of each pattern. `images/run --image patterns`, and read along in the modules of the crate.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]
extern crate alloc;

mod collaboration;
mod identify;
mod paste;
mod power_box;
mod stage;

use alloc::boxed::Box;
use core::error::Error;
use croft_console::tell;
use croft_server::Process;
use stage::Stage;

type Result<T = ()> = core::result::Result<T, Box<dyn Error>>;

croft_server::main!(|process| tell(&process, play(&process)));

fn play(process: &Process) -> Result<&'static str> {
    let stage = &mut Stage::new(process)?;
    identify::play(stage)?;
    paste::play(stage)?;
    collaboration::play(stage)?;
    power_box::play(stage)?;
    Ok("the end")
}
