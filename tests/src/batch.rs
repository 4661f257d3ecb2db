// SPDX-License-Identifier: MIT OR Apache-2.0
//! Many commands in one boot.
//!
//! A script of the guest runs one after the other, each in an empty folder and without input, and marks
//! where the output of each begins and ends. A command that takes too long is killed. If the whole system
//! stops at one, that one has failed, and the others run in another boot.
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use croft_images::Run;
use croft_images::tree::{Content, EPOCH, Entry};

use crate::system::System;

/// After how many seconds a command is killed in the guest, if it does not say so itself.
pub const LIMIT: u64 = 60;
/// How long a boot may take that runs nothing.
const BOOT: Duration = Duration::from_secs(120);
/// How long a command may take on the average.
const AVERAGE: Duration = Duration::from_secs(6);

/// A command to run.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name: without spaces, unique in the batch.
    pub name: String,
    /// Program and arguments; without spaces and quotes in them.
    pub command: Vec<String>,
    /// A script that the command reads, if it needs one: put at [`script_path`].
    pub script: Option<String>,
    /// After how many seconds it is killed; [`LIMIT`] if nothing is said.
    pub limit: Option<u64>,
}

/// What a command did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// What it wrote on standard output.
    pub output: String,
    /// What it wrote on standard error.
    pub errors: String,
    /// Its exit status, as a shell has it.
    pub status: u8,
}

/// What each command did, by name, or why there is nothing to tell.
pub type Results = BTreeMap<String, Result<Finished, String>>;

/// Where the script of a step is in the guest.
#[must_use]
pub fn script_path(name: &str) -> String {
    format!("/tests/scripts/{name}")
}

/// Runs all steps.
#[must_use]
pub fn run(system: &System, steps: &[Step]) -> Results {
    let mut results = Results::new();
    let mut rest = steps;
    while !rest.is_empty() {
        let (output, errors, problem) = boot(system, rest);
        let mut done = 0;
        for step in rest {
            let Some(begun) = after_begin(&output, &step.name) else {
                break;
            };
            done += 1;
            let finished = ended(begun, &step.name).map(|(text, status)| Finished {
                output: text.to_owned(),
                errors: after_begin(&errors, &step.name)
                    .and_then(|begun| ended(begun, &step.name))
                    .map(|(text, _)| text.to_owned())
                    .unwrap_or_default(),
                status,
            });
            let unfinished = || {
                let why = problem.as_deref().unwrap_or("the run ended");
                format!("the system stopped here: {why}\noutput of the test so far:\n{begun}")
            };
            results.insert(step.name.clone(), finished.ok_or_else(unfinished));
        }
        if done == 0 {
            // Not even the first has begun: the others would not either.
            let why = problem.unwrap_or_else(|| format!("unexpected output: {output:?}"));
            for step in rest {
                let error = format!("nothing could be run: {why}");
                results.insert(step.name.clone(), Err(error));
            }
            break;
        }
        rest = &rest[done..];
    }
    results
}

/// One boot: standard output, standard error, and what went wrong.
fn boot(system: &System, steps: &[Step]) -> (String, String, Option<String>) {
    let nothing = |error: String| (String::new(), String::new(), Some(error));
    let mut tree = system.tree.clone();
    let mut put = |path: &str, text: &str| {
        let content = Content::Bytes(text.as_bytes().to_vec());
        let entry = Entry {
            content,
            mode: 0o755,
            time: EPOCH,
        };
        tree.put(path, entry).map_err(|error| error.to_string())
    };
    let scripts = steps
        .iter()
        .filter_map(|step| Some((script_path(&step.name), step.script.as_deref()?)));
    for (path, text) in scripts.chain([("/tests/driver".to_owned(), driver(steps).as_str())]) {
        if let Err(error) = put(&path, text) {
            return nothing(error);
        }
    }
    let run = Run {
        command: vec!["/bin/sh".to_owned(), "/tests/driver".to_owned()],
        ..Run::default()
    };
    let longer = steps.iter().filter_map(|step| step.limit).sum();
    let limit = BOOT
        + AVERAGE * u32::try_from(steps.len()).unwrap_or(u32::MAX)
        + Duration::from_secs(longer);
    let mut session = match system.boot(&tree, &run, limit) {
        Ok(booted) => booted,
        Err(error) => return nothing(error.to_string()),
    };
    session.session.end_input();
    let all = session.session.expect("\n=== all\n");
    let output = String::from_utf8_lossy(session.session.output()).into_owned();
    let log = session.session.log().to_vec();
    match all.and_then(|_| session.session.finish()) {
        Ok(outcome) => (output, outcome.error_text(), None),
        Err(error) => {
            let mut problem = error.to_string();
            for (_, line) in log.iter().skip(log.len().saturating_sub(10)) {
                let _ = write!(problem, "\n  log: {line}");
            }
            (output, String::new(), Some(problem))
        }
    }
}

/// The guest's script.
fn driver(steps: &[Step]) -> String {
    let mut text = String::from(
        r#"say() { printf '\n=== %s\n' "$*"; printf '\n=== %s\n' "$*" >&2; }
run() {
    name=$1 limit=$2
    shift 2
    mkdir -p "/tmp/$name"
    cd "/tmp/$name"
    say begin "$name"
    timeout -s KILL "$limit" "$@" </dev/null
    say end "$name" $?
}
"#,
    );
    for step in steps {
        let limit = step.limit.unwrap_or(LIMIT);
        let _ = writeln!(text, "run {} {limit} {}", step.name, step.command.join(" "));
    }
    text.push_str("say all\n");
    text
}

/// What comes behind the mark that a step begins.
fn after_begin<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mark = format!("\n=== begin {name}\n");
    text.find(&mark).map(|place| &text[place + mark.len()..])
}

/// What comes before the mark that a step ended, and its status.
fn ended<'a>(begun: &'a str, name: &str) -> Option<(&'a str, u8)> {
    let mark = format!("\n=== end {name} ");
    let place = begun.find(&mark)?;
    let (status, _) = begun[place + mark.len()..].split_once('\n')?;
    Some((&begun[..place], status.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_taken_apart() {
        let text = "\n=== begin a\none\ntwo\n=== end a 3\n\n=== begin b\n";
        let begun = after_begin(text, "a").unwrap();
        assert_eq!(ended(begun, "a"), Some(("one\ntwo", 3)));
        let begun = after_begin(text, "b").unwrap();
        assert_eq!((begun, ended(begun, "b")), ("", None));
        assert_eq!(after_begin(text, "c"), None);
    }
}
