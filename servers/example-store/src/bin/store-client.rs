// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two clients, which argument says: the reader waits for what the writer stores, and the other way round.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]
extern crate alloc;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::error::Error;
use croft_console::{ConsoleClient, say, tell};
use croft_example_store::StoreClient;
use croft_ipc::kernel::Endpoint;
use croft_ipc::{CapabilityAddress, SharedMemory};
use croft_process::handover::slot;
use croft_server::{Process, SharedPage};

croft_server::main!(run);

fn run(process: Process) -> i32 {
    if process.arguments() == b"reader" {
        return tell(&process, read(&process));
    }
    match write(&process) {
        // The reader ends the run.
        Ok(()) => 0,
        Err(error) => tell(&process, Err::<&str, _>(error)),
    }
}

/// What is stored: all of a page.
fn value() -> [u8; 4096] {
    core::array::from_fn(|place| (place * 7 % 251) as u8)
}

fn open(process: &Process) -> Result<(StoreClient<Endpoint>, SharedPage), Box<dyn Error>> {
    let (store, page) = (StoreClient::connect(process)?, SharedPage::new()?);
    store.open(page.address().ok_or("a new page is this process' own")?)?;
    Ok((store, page))
}

fn read(process: &Process) -> Result<String, Box<dyn Error>> {
    let console = ConsoleClient::connect(process)?;
    let say = |line: String| say(&console, format!("reader: {line}"));
    let (store, page) = open(process)?;
    // The writer has not begun yet.
    say(format!("{:?}", store.get("letter")));
    say(format!("letter has version {:?}", store.wait("letter", 0)));
    let got = store.get("letter");
    let mut bytes = [0; 4096];
    page.read(0, &mut bytes)?;
    say(format!("{got:?}, as it was written: {}", bytes == value()));
    store.put("thanks", 0)?;
    Ok(format!(
        "reader: end has version {:?}",
        store.wait("end", 0)
    ))
}

fn write(process: &Process) -> Result<(), Box<dyn Error>> {
    let console = ConsoleClient::connect(process)?;
    let say = |line: String| say(&console, format!("writer: {line}"));
    let (store, page) = open(process)?;
    page.write(0, &value())?;
    store.put("letter", 4096)?;
    store.wait("thanks", 0)?;
    say(format!("{:?}", store.put("letter", 4097)));
    // The page is taken from under the server.
    drop(page);
    let put = store.put("letter", 1);
    say(format!("{put:?} {:?}", store.get("letter")));
    // Capabilities that are no pages: the thread, the CNode, the parent.
    for no_page in [slot::TCB, slot::CNODE, slot::PARENT] {
        say(format!("{:?}", store.open(CapabilityAddress(no_page))));
    }
    let (store, _page) = open(process)?;
    say(format!("{:?}", store.put("letter", 1)));
    store.put("end", 0)?;
    Ok(())
}
