// SPDX-License-Identifier: MIT OR Apache-2.0
//! `images/run --trace`: the messages of a run, as a file that a person can look at.
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use croft_images::trace::{Names, Trace};
use croft_images::{
    Arch, Components, Description, Image, Machine, Run, Session, Size, Tree, Workspace,
};
use croft_tests::Verdict;
use serde_json::Value;

use crate::Test;

/// How long a boot may take.
const LIMIT: Duration = Duration::from_secs(120);

pub fn add(arch: Arch, tests: &mut Vec<Test>) {
    let mut test = |name: &str, run: fn(Arch) -> Verdict| {
        tests.push(Test::new(format!("{arch}::traces::{name}"), move || {
            run(arch)
        }));
    };
    test("calls-meet", calls_meet);
    test("oldest-are-lost", oldest_are_lost);
    test("files", files);
}

/// Boots an example with notes.
fn boot(arch: Arch, image: &str, prepare: impl Fn(&mut Description)) -> Result<Trace, String> {
    let text = |error: croft_images::Error| error.to_string();
    let workspace = Workspace::find();
    let mut description = Description::read(&workspace.description(image)).map_err(text)?;
    prepare(&mut description);
    let components = Components::build(&workspace, arch, false, &description).map_err(text)?;
    let (tree, run, scratch) = (Tree::default(), Run::default(), workspace.output(arch));
    let image = Image::assemble(&scratch, &components, &description, &tree, &run).map_err(text)?;
    let outcome = Session::run(&image, &Machine::default(), b"", LIMIT).map_err(text)?;
    if !outcome.recording.is_complete() {
        let log: Vec<_> = outcome.log.iter().map(|(_, line)| line.as_str()).collect();
        return Err(format!("status {}\n{}", outcome.status, log.join("\n")));
    }
    Ok(Trace::new(&outcome.recording))
}

/// Every call that a client of an example makes to its server is found there, and answered before it returns; some answers
/// come late. Nothing else was received.
fn calls_meet(arch: Arch) -> Verdict {
    for (image, server, client, late) in [
        ("example-counter", "counter", "client", false),
        ("example-store", "store", "reader", true),
    ] {
        let trace = boot(arch, image, Description::trace_all)?;
        let place = |name: &str| {
            let mut names = trace.participants.iter();
            names
                .position(|each| each == name)
                .ok_or(format!("no {name} in {:?}", trace.participants))
        };
        let (server, client) = (place(server)?, place(client)?);
        let served: Vec<_> = trace
            .calls
            .iter()
            .filter(|call| call.to == server)
            .collect();
        if served.len() < 3 || !served.iter().any(|call| call.from == client) {
            return Err(format!("{image}: hardly any calls: {served:?}"));
        }
        for (number, call) in served.iter().enumerate() {
            let times = [call.called, call.received, call.answered, call.returned];
            // The run may end before a client goes on, or is answered.
            let last = !served[number + 1..]
                .iter()
                .any(|other| other.from == call.from);
            let there: Vec<_> = times.iter().flatten().collect();
            if !there.is_sorted() || there.len() < if last { 2 } else { 4 } {
                return Err(format!("{image}: half a call: {call:?}"));
            }
            if call.answered.is_some() != call.answer.is_some() {
                return Err(format!("{image}: half an answer: {call:?}"));
            }
        }
        if served.iter().any(|call| call.put_off.is_some()) != late {
            return Err(format!("{image}: late answers: {served:?}"));
        }
        if !trace.lost.is_empty() || !trace.in_nanoseconds {
            return Err(format!("{image}: lost {:?}", trace.lost));
        }
    }
    Ok(())
}

/// With little room the newest notes are kept, and how many are lost is told. (Who notes so much does not keep within the
/// bounds that this image measures, so its status says nothing.)
fn oldest_are_lost(arch: Arch) -> Verdict {
    let trace = boot(arch, "ipc-bench", |description| {
        for server in &mut description.servers {
            server.trace = Some(Size(4096));
        }
    })?;
    let client = trace.participants.iter().position(|name| name == "measure");
    let own: Vec<_> = trace
        .calls
        .iter()
        .filter(|call| Some(call.from) == client && call.called.is_some())
        .collect();
    let lost = trace.lost.iter().find(|(name, _)| name == "measure");
    // A page has 170; the oldest one may be about to be overwritten, and a call is two of them.
    if lost.is_none_or(|(_, lost)| *lost <= 10_000) || !(80..=85).contains(&own.len()) {
        return Err(format!(
            "{} calls are there, lost are {:?}",
            own.len(),
            trace.lost
        ));
    }
    let finish = Names::of(&Workspace::find()).map_err(|error| error.to_string())?;
    match own.last().map(|call| finish.request(call.label)) {
        Some(name) if name == "console.finish" => Ok(()),
        other => Err(format!("the last call is {other:?}")),
    }
}

/// The command writes each of the formats, and says what it has written.
fn files(arch: Arch) -> Verdict {
    let text = |error: std::io::Error| error.to_string();
    let folder = tempfile::tempdir().map_err(text)?;
    let written = |name: &str| -> Result<String, String> {
        let path = folder.path().join(name);
        run(arch, &path)?;
        fs::read_to_string(path).map_err(text)
    };
    let diagram = written("counter.txt")?;
    for wanted in [
        " counters.create [1] ",
        " done [0+cap] ",
        " counter.add [1] ",
        " refused [",
        " root task",
    ] {
        if !diagram.contains(wanted) {
            return Err(format!("{wanted:?} is not in\n{diagram}"));
        }
    }
    let mermaid = written("counter.mmd")?;
    if !mermaid.starts_with("sequenceDiagram\n") || !mermaid.contains(": counters.create [1]\n") {
        return Err(mermaid);
    }
    let chrome = written("counter.json")?;
    let document: Value = serde_json::from_str(&chrome).map_err(|error| error.to_string())?;
    let events = document["traceEvents"].as_array().ok_or("no events")?;
    // Each arrow begins and ends.
    let mut arrows: BTreeMap<u64, Vec<&str>> = BTreeMap::new();
    for event in events {
        if let (Some(kind @ ("s" | "f")), Some(id)) = (event["ph"].as_str(), event["id"].as_u64()) {
            arrows.entry(id).or_default().push(kind);
        }
    }
    if arrows.len() < 10 || arrows.values().any(|ends| ends != &["s", "f"]) {
        return Err(format!("arrows: {arrows:?}"));
    }
    Ok(())
}

fn run(arch: Arch, path: &Path) -> Verdict {
    let output = Command::new(Workspace::find().root().join("images/run"))
        .args([
            "--arch",
            arch.name(),
            "--image",
            "example-counter",
            "--trace",
        ])
        .arg(path)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    let errors = String::from_utf8_lossy(&output.stderr);
    match output.status.success() && errors.contains(" calls and ") {
        true => Ok(()),
        false => Err(format!("{}\n{errors}", output.status)),
    }
}
