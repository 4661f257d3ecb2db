// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is told of servers that fail, and how much servers log: `libs/server/check/troubled.toml`.
use std::fs;
use std::time::Duration;

use croft_images::description::LogChoice;
use croft_images::{
    Arch, Components, Description, Image, Level, Machine, Outcome, Run, Session, Tree, Workspace,
};
use croft_tests::Verdict;

use crate::Test;

/// How long a boot may take.
const LIMIT: Duration = Duration::from_secs(120);
/// The program that fails.
const SOURCE: &str = "libs/server/check/src/bin/troubled.rs";
/// What a server says that says everything.
const SAID: [&str; 5] = [
    "this is an error",
    "this is a warning",
    "this is information",
    "this is of use for debugging",
    "this is a step",
];

pub fn add(arch: Arch, tests: &mut Vec<Test>) {
    let mut test = |name: &str, run: fn(Arch) -> Verdict| {
        tests.push(Test::new(format!("{arch}::failures::{name}"), move || {
            run(arch)
        }));
    };
    test("backtraces", backtraces);
    test("log-levels", log_levels);
}

fn boot(arch: Arch, verbose: bool, choices: &[&str]) -> Result<Outcome, String> {
    let text = |error: croft_images::Error| error.to_string();
    let workspace = Workspace::find();
    let path = workspace.root().join("libs/server/check/troubled.toml");
    let mut description = Description::read(&path).map_err(text)?;
    for choice in choices {
        let choice: LogChoice = choice.parse()?;
        description.choose_log(&choice).map_err(text)?;
    }
    let components = Components::build(&workspace, arch, false, &description).map_err(text)?;
    let run = Run {
        verbose,
        ..Run::default()
    };
    let scratch = workspace.output(arch);
    let image = Image::assemble(&scratch, &components, &description, &Tree::default(), &run);
    let outcome = Session::run(&image.map_err(text)?, &Machine::default(), b"", LIMIT);
    let outcome = outcome.map_err(text)?;
    match (outcome.status, outcome.text().as_str()) {
        (0, "talked\n") => Ok(outcome),
        (status, output) => Err(format!("status {status}: {output}\n{}", log(&outcome))),
    }
}

fn log(outcome: &Outcome) -> String {
    let lines: Vec<_> = outcome.log.iter().map(|(_, line)| line.as_str()).collect();
    lines.join("\n")
}

/// A server that panics three functions deep, one that faults there, and one whose stack is too small: each is told with the
/// names of the functions that it was in, and where in the source that is.
fn backtraces(arch: Arch) -> Verdict {
    let outcome = boot(arch, false, &[])?;
    let source = fs::read_to_string(Workspace::find().root().join(SOURCE));
    let source: Vec<String> = source
        .map_err(|error| error.to_string())?
        .lines()
        .map(str::to_owned)
        .collect();
    let ways = [
        ("first", "black_box(second(fail))"),
        ("second", "black_box(third(fail))"),
        ("third", "black_box(fail(7))"),
    ];
    let panics = [("panic_here", "nothing.expect(\"three deep\")")];
    let faults = [("fault_here", "nowhere.recv_with_mrs")];
    let overflows = [("overflow", ""), ("overflow", "overflow(depth + 1)")];
    let deep = |last: &[(&'static str, &'static str)]| -> Vec<_> {
        last.iter().chain(ways.iter().rev()).copied().collect()
    };
    for (server, end, functions) in [
        (
            "panics",
            "panicked: libs/server/check/src/bin/troubled.rs:",
            deep(&panics),
        ),
        (
            "faults",
            "used capability address 0x10000000007, which leads nowhere",
            deep(&faults),
        ),
        ("overflows", "wrote at 0x701c", overflows.to_vec()),
    ] {
        told(&outcome, &source, server, end, &functions)
            .map_err(|why| format!("{server}: {why}\n{}", log(&outcome)))?;
    }
    Ok(())
}

/// Looks for a server's end, and for its functions behind it, innermost first, each with a line of the source that has the
/// text.
fn told(
    outcome: &Outcome,
    source: &[String],
    server: &str,
    end: &str,
    functions: &[(&str, &str)],
) -> Verdict {
    let mut lines = outcome.log.iter().map(|(_, line)| line.as_str());
    let end = format!("root task: server {server} {end}");
    lines
        .find(|line| line.starts_with(&end))
        .ok_or(format!("no {end:?}"))?;
    let start = format!("root task: server {server}: backtrace 0x");
    if !lines.next().is_some_and(|line| line.starts_with(&start)) {
        return Err(format!("no {start:?} behind it"));
    }
    let places: Vec<&str> = lines.take_while(|line| line.starts_with("  ")).collect();
    let mut rest = places.iter();
    for (function, text) in functions {
        let wanted = format!(": troubled::{function} at {SOURCE}:");
        let number = rest
            .find_map(|place| place.split_once(&wanted))
            .ok_or(format!("no{wanted:?} in {places:#?}"))?
            .1;
        let line: usize = number
            .parse()
            .map_err(|_| format!("{number:?} is no line"))?;
        if !source.get(line - 1).is_some_and(|line| line.contains(text)) {
            return Err(format!("{text:?} is not in line {line}"));
        }
    }
    // What handles a panic is no news.
    match places.first() {
        Some(first) if first.contains("panicking") => Err(format!("it begins with {first}")),
        _ => Ok(()),
    }
}

/// A server's lines that came.
fn said(outcome: &Outcome, server: &str) -> Vec<&'static str> {
    let is_there = |text: &&'static str| {
        let line = format!("{server}: {text}");
        outcome.log.iter().any(|(_, each)| *each == line)
    };
    SAID.into_iter().filter(is_there).collect()
}

/// Each server says as much as the image wants, or the command line.
fn log_levels(arch: Arch) -> Verdict {
    // In the image nothing stands of the first one, "off" of the second, "debug" of the third.
    for (verbose, choices, wanted) in [
        (false, &[][..], [3, 0, 4]),
        (true, &[], [4, 0, 4]),
        (
            true,
            &["silent=trace", "usual=warn", "detailed=error"],
            [2, 5, 1],
        ),
    ] {
        let outcome = boot(arch, verbose, choices)?;
        let servers = ["usual", "silent", "detailed"];
        for (server, count) in servers.iter().zip(wanted) {
            let said = said(&outcome, server);
            if said != SAID[..count] {
                return Err(format!(
                    "verbose {verbose}, {choices:?}: {server} said {said:?}\n{}",
                    log(&outcome)
                ));
            }
        }
        let error = |(level, line): &(Level, String)| {
            *level == Level::Error && line.ends_with(": this is an error")
        };
        if !outcome.log.iter().any(error) {
            return Err("an error came as something else".to_owned());
        }
    }
    Ok(())
}
