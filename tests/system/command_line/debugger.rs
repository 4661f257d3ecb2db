// SPDX-License-Identifier: MIT OR Apache-2.0
//! `--gdb`: a debugger reaches the machine, which waits for it, and the command says how.
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use croft_images::Arch;
use croft_tests::Verdict;
use croft_tests::system::System;

use super::{command, end};

/// How long the stub may take to be there, and to answer.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn check(arch: Arch) -> Verdict {
    System::of(arch)?;
    let port = free_port().map_err(|error| error.to_string())?;
    let words = [
        &format!("--gdb={port}"),
        "--",
        "sh",
        "-c",
        "echo debugged; exit 5",
    ];
    let mut command = command(arch, &words.map(str::to_owned));
    let mut child = command
        .spawn()
        .map_err(|error| format!("{command:?}: {error}"))?;
    let talked = talk(port);
    if talked.is_err() {
        let _ = child.kill();
    }
    let ended = end(child)?;
    let context = |wrong: String| Err(format!("{wrong}\nstandard error:\n{}", ended.errors));
    if let Err(error) = talked {
        return context(format!("talking to the stub: {error}"));
    }
    let advice = format!("gdb-multiarch -ex 'target remote :{port}' ");
    if !ended.errors.contains(&advice) || !ended.errors.contains("/kernel.elf\n") {
        return context(format!("{advice:?} with a kernel is not in"));
    }
    match (ended.output.as_str(), ended.status) {
        ("debugged\n", Some(5)) => Ok(()),
        (output, status) => context(format!("{output:?} with status {status:?}")),
    }
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Asks why the machine stands still, and lets it go.
fn talk(port: u16) -> std::io::Result<()> {
    let begun = Instant::now();
    let mut stub = loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(stub) => break stub,
            Err(error) if begun.elapsed() > PATIENCE => return Err(error),
            Err(_) => thread::sleep(Duration::from_millis(100)),
        }
    };
    stub.set_read_timeout(Some(PATIENCE))?;
    // A packet is $…# and the sum of its bytes; + says that one has arrived.
    stub.write_all(b"+$?#3f")?;
    let answer = packet(&mut stub)?;
    if !answer.starts_with(b"T05") {
        let text = String::from_utf8_lossy(&answer).into_owned();
        return Err(std::io::Error::other(format!("{text:?} is no stop")));
    }
    stub.write_all(b"+$D#44")?;
    packet(&mut stub).map(drop)
}

/// What is in the next packet.
fn packet(stub: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut byte = [0];
    let mut packet = Vec::new();
    while byte != *b"$" {
        stub.read_exact(&mut byte)?;
    }
    loop {
        stub.read_exact(&mut byte)?;
        if byte == *b"#" {
            return Ok(packet);
        }
        packet.push(byte[0]);
    }
}
