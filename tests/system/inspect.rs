// SPDX-License-Identifier: MIT OR Apache-2.0
//! The container tree of a running system, as the host is told it.
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use croft_images::inspect::{Form, draw};
use croft_images::{Arch, Entry, Run};
use croft_tests::Verdict;
use croft_tests::system::System;
use rustix::process::{Pid, Signal, kill_process};

use crate::Test;
use crate::command_line::{command, end};

const LIMIT: Duration = Duration::from_secs(120);

/// Two processes that wait, the second one as what it becomes.
const SCRIPT: &str = "sleep 1000 & until grep -q sleep /proc/$!/comm; do :; done; echo ready; \
    read line; kill $!; wait; echo done; read line";

/// Adds the tests of an architecture.
pub fn add(arch: Arch, tests: &mut Vec<Test>) {
    let mut add = |name: &str, run: fn(Arch) -> Verdict| {
        let title = format!("{arch}::inspect::{name}");
        tests.push(Test::new(title, move || run(arch)));
    };
    add("machine", machine);
    add("command", of_the_command);
}

/// Each server and each process is there, with what it uses, and goes when it ends.
fn machine(arch: Arch) -> Verdict {
    let text = |error: croft_images::Error| error.to_string();
    let system = System::of(arch)?;
    let run = Run {
        command: ["sh", "-c", SCRIPT].map(str::to_owned).to_vec(),
        ..Run::default()
    };
    let mut booted = system.boot(&system.tree, &run, LIMIT).map_err(text)?;
    let session = &mut booted.session;
    session.expect("ready\n").map_err(text)?;
    let first = session.inspect().map_err(text)?;
    let seen = draw(Form::Text, &first);
    let wrong = |what: &str| Err(format!("{what}:\n{seen}"));
    for (name, depth) in [
        ("root", 0),
        ("clock", 1),
        ("console", 1),
        ("unix", 1),
        ("1 sh", 2),
        ("2 sleep", 2),
    ] {
        let found = first.iter().find(|entry| entry.name.as_str() == name);
        match found {
            None => return wrong(&format!("there is no container {name}")),
            Some(entry) if (entry.depth, entry.processes) != (depth, 1) => {
                return wrong(&format!("{name} is not one process at depth {depth}"));
            }
            Some(entry) if entry.used.bytes == 0 || entry.used.slots == 0 => {
                return wrong(&format!("{name} uses nothing"));
            }
            Some(_) => {}
        }
    }
    accounts(&first).or_else(|error| wrong(&error))?;
    // What the host is told while somebody types is no input.
    session.send(b"go\n");
    session.expect("done\n").map_err(text)?;
    let second = session.inspect().map_err(text)?;
    let seen = draw(Form::Text, &second);
    let wrong = |what: &str| Err(format!("{what}:\n{seen}"));
    if second.len() + 1 != first.len() || seen.contains("sleep") {
        return wrong("a process that ended is still there");
    }
    accounts(&second).or_else(|error| wrong(&error))?;
    let age = |entries: &[Entry]| entries.first().map(|root| root.age);
    if age(&second) <= age(&first) {
        return wrong("the root container has not become older");
    }
    session.send(b"\n");
    booted.session.finish().map(drop).map_err(text)
}

/// Each container's use is its own and that of those below it, and none is older than its parent.
fn accounts(entries: &[Entry]) -> Result<(), String> {
    for (place, parent) in entries.iter().enumerate() {
        let below = entries.iter().skip(place + 1);
        let below = below.take_while(|entry| entry.depth > parent.depth);
        let children = below.filter(|entry| entry.depth == parent.depth + 1);
        let mut used = parent.own;
        for child in children {
            used = used.plus(child.used.max(child.guaranteed));
            if child.age > parent.age {
                return Err(format!("{} is older than {}", child.name, parent.name));
            }
        }
        if used != parent.used {
            return Err(format!("the use of {} is not the sum", parent.name));
        }
    }
    Ok(())
}

/// `images/run --inspect=FILE` draws when it is asked, and at the end.
fn of_the_command(arch: Arch) -> Verdict {
    System::of(arch)?;
    let error = |error: std::io::Error| error.to_string();
    let folder = tempfile::tempdir().map_err(error)?;
    let picture = folder.path().join("tree.svg");
    let option = format!("--inspect={}", picture.display());
    let arguments = [&option, "--", "sh", "-c", SCRIPT].map(str::to_owned);
    let mut child = command(arch, &arguments)
        .stdin(Stdio::piped())
        .spawn()
        .map_err(error)?;
    let mut input = child.stdin.take().ok_or("no input")?;
    let mut output = BufReader::new(child.stdout.take().ok_or("no output")?);
    let mut line = String::new();
    output.read_line(&mut line).map_err(error)?;
    if line != "ready\n" {
        let ended = end(child)?;
        return Err(format!("{line:?}\n{}", ended.errors));
    }
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    kill_process(pid.ok_or("no process")?, Signal::USR1).map_err(|error| error.to_string())?;
    let drawn = wait_for(|| std::fs::read_to_string(&picture).ok());
    let drawn = drawn.ok_or("nothing was drawn")?;
    for name in ["root", "console", "unix", "1 sh", "2 sleep"] {
        if !drawn.contains(&format!(">\n{name}\n<")) {
            return Err(format!("{name} is not in the picture:\n{drawn}"));
        }
    }
    input.write_all(b"go\n\n").map_err(error)?;
    drop(input);
    // Dropping the output would end the command.
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut output, &mut rest).map_err(error)?;
    let ended = end(child)?;
    if (ended.status, rest.as_str()) != (Some(0), "done\n") {
        return Err(format!("{:?} {rest:?}\n{}", ended.status, ended.errors));
    }
    let last = std::fs::read_to_string(&picture).map_err(error)?;
    if last.contains("sleep") || !last.contains(">\nunix\n<") {
        return Err(format!("not the end of the run:\n{last}"));
    }
    Ok(())
}

/// Asks until there is something.
fn wait_for<T>(mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let begun = Instant::now();
    loop {
        let found = ask();
        if found.is_some() || begun.elapsed() > LIMIT {
            return found;
        }
        thread::sleep(Duration::from_millis(50));
    }
}
