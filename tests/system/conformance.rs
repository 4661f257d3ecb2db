// SPDX-License-Identifier: MIT OR Apache-2.0
//! Programs that print what system calls give: on Croft it has to be what they print on Linux.
use std::sync::{Arc, OnceLock};

use croft_images::Arch;
use croft_tests::Verdict;
use croft_tests::batch::{self, Results, Step};
use croft_tests::compare::same;
use croft_tests::linux;
use croft_tests::system::{PROGRAMS, System};

use crate::Test;

/// The programs with their arguments.
const PROGRAM_RUNS: &[(&str, &[&str])] = &[
    ("files", &[]),
    ("processes", &[]),
    ("signals", &[]),
    ("first_calls", &[]),
    ("memory", &[]),
    ("threadless", &["one", "two"]),
];

/// Adds the tests of an architecture. They need a Linux host, whose kernel is the specification.
pub fn add(arch: Arch, tests: &mut Vec<Test>) {
    let Some(native) = linux::native() else {
        return;
    };
    let results = Arc::new(OnceLock::new());
    for (name, arguments) in PROGRAM_RUNS {
        let results = Arc::clone(&results);
        let title = format!("{arch}::conformance::{name}");
        tests.push(Test::new(title, move || {
            let results = results.get_or_init(|| run(arch));
            check(native, name, arguments, results)
        }));
    }
}

fn run(arch: Arch) -> Result<Results, String> {
    let steps: Vec<Step> = PROGRAM_RUNS
        .iter()
        .map(|(name, arguments)| {
            let mut command = vec![format!("{PROGRAMS}/{name}")];
            command.extend(arguments.iter().map(|&argument| argument.to_owned()));
            Step {
                name: (*name).to_owned(),
                command,
                script: None,
                limit: None,
            }
        })
        .collect();
    Ok(batch::run(System::of(arch)?, &steps))
}

fn check(
    native: Arch,
    name: &str,
    arguments: &[&str],
    results: &Result<Results, String>,
) -> Verdict {
    let expected = linux::run_program(native, name, arguments)?;
    let actual = results.as_ref()?[name].as_ref()?;
    same(&expected.output, &actual.output)?;
    if actual.status != expected.status {
        let (is, wanted) = (actual.status, expected.status);
        return Err(format!(
            "status {is} instead of {wanted}\n{}",
            actual.errors
        ));
    }
    same(&expected.errors, &actual.errors)
}
