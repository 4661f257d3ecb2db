// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two clients, which argument says: the reader waits for what the writer stores, and the other way round.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]
extern crate alloc;

use alloc::format;
use alloc::string::String;
use croft_console::{Channel, ConsoleClient};
use croft_example_store::StoreClient;
use croft_ipc::kernel::Endpoint;
use croft_ipc::{CapabilityAddress, SharedMemory};
use croft_process::handover::slot;
use croft_server::{Process, SharedPage};

croft_server::main!(run);

fn run(process: Process) -> i32 {
    let Ok(console) = process.endpoint("console").map(ConsoleClient::new) else {
        return 1;
    };
    let say = |text: &str| {
        // Without a console there is nobody to tell.
        let _ = console.write_all(Channel::Output, text.as_bytes());
    };
    let is_reader = process.arguments() == b"reader";
    let result = match is_reader {
        true => read(&process, say),
        false => write(&process, say),
    };
    let status = u8::from(result.is_err());
    if let Err(error) = &result {
        say(&format!("{error}\n"));
    }
    if is_reader || status != 0 {
        return i32::from(console.finish(status).is_err());
    }
    0
}

/// What is stored: all of a page.
fn value() -> [u8; 4096] {
    core::array::from_fn(|place| (place * 7 % 251) as u8)
}

fn open(process: &Process) -> Result<(StoreClient<Endpoint>, SharedPage), String> {
    let store = StoreClient::connect(process).map_err(|error| format!("{error}"))?;
    let page = SharedPage::new().map_err(|error| format!("{error}"))?;
    let frame = page.address().ok_or("a new page is this process' own")?;
    store.open(frame).map_err(|error| format!("{error}"))?;
    Ok((store, page))
}

fn read(process: &Process, say: impl Fn(&str)) -> Result<(), String> {
    let (store, page) = open(process)?;
    // The writer has not begun yet.
    say(&format!("reader: {:?}\n", store.get("letter")));
    say(&format!(
        "reader: letter has version {:?}\n",
        store.wait("letter", 0)
    ));
    let got = store.get("letter");
    let mut bytes = [0; 4096];
    page.read(0, &mut bytes)
        .map_err(|error| format!("{error}"))?;
    say(&format!(
        "reader: {got:?}, as it was written: {}\n",
        bytes == value()
    ));
    store.put("thanks", 0).map_err(|error| format!("{error}"))?;
    say(&format!(
        "reader: end has version {:?}\n",
        store.wait("end", 0)
    ));
    Ok(())
}

fn write(process: &Process, say: impl Fn(&str)) -> Result<(), String> {
    let (store, page) = open(process)?;
    page.write(0, &value())
        .map_err(|error| format!("{error}"))?;
    store
        .put("letter", 4096)
        .map_err(|error| format!("{error}"))?;
    store
        .wait("thanks", 0)
        .map_err(|error| format!("{error}"))?;
    say(&format!("writer: {:?}\n", store.put("letter", 4097)));
    // The page is taken from under the server.
    drop(page);
    say(&format!(
        "writer: {:?} {:?}\n",
        store.put("letter", 1),
        store.get("letter")
    ));
    // Capabilities that are no pages: the thread, the CNode, the parent.
    for no_page in [slot::TCB, slot::CNODE, slot::PARENT] {
        say(&format!(
            "writer: {:?}\n",
            store.open(CapabilityAddress(no_page))
        ));
    }
    let (store, _page) = open(process)?;
    say(&format!("writer: {:?}\n", store.put("letter", 1)));
    store
        .put("end", 0)
        .map(drop)
        .map_err(|error| format!("{error}"))
}
