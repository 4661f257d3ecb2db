// SPDX-License-Identifier: MIT OR Apache-2.0
//! System tests: boots images and looks at what programs do. `tests/README.md` tells how to choose some.
//! If `CROFT_TEST_ARCH` is set, only the architectures that it names are tested.
#![forbid(unsafe_code)]
mod bad_programs;
mod command_line;
mod conformance;
mod containers;
mod failures;
mod figures;
mod inspect;
mod interactive;
mod patterns;
mod servers;
mod shell;
mod traces;

use std::collections::BTreeSet;
use std::env;
use std::process::ExitCode;
use std::sync::Arc;

use croft_images::{Arch, Workspace};
use croft_tests::Verdict;
use croft_tests::expectations::Expectations;
use libtest_mimic::{Arguments, Failed, Trial};

/// A test before it is known whether it may fail.
struct Test {
    /// Its name, with the architecture in front.
    name: String,
    run: Box<dyn FnOnce() -> Verdict + Send>,
}

impl Test {
    fn new(name: String, run: impl FnOnce() -> Verdict + Send + 'static) -> Self {
        let run = Box::new(run);
        Test { name, run }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match all() {
        Ok(tests) => libtest_mimic::run(&arguments, tests).exit_code(),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn all() -> Result<Vec<Trial>, String> {
    let folder = Workspace::find().root().join("tests");
    let path = folder.join("expectations.toml");
    let named = |error: String| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(&path).map_err(|error| named(error.to_string()))?;
    let expectations = Arc::new(Expectations::parse(&text).map_err(named)?);

    let mut tests = Vec::new();
    shell::add(&folder.join("cases"), &mut tests)?;
    for arch in Arch::ALL {
        conformance::add(arch, &mut tests);
        interactive::add(arch, &mut tests);
        command_line::add(arch, &mut tests);
        bad_programs::add(arch, &mut tests);
        figures::add(arch, &mut tests)?;
        containers::add(arch, &mut tests);
        inspect::add(arch, &mut tests);
        servers::add(arch, &mut tests);
        patterns::add(arch, &mut tests);
        failures::add(arch, &mut tests);
        traces::add(arch, &mut tests);
    }
    let names: BTreeSet<_> = tests.iter().map(|test| test.name.clone()).collect();
    if let Some(unknown) = expectations.names().find(|name| !names.contains(name)) {
        return Err(named(format!("there is no test {unknown}")));
    }
    // Those of Linux belong to each.
    let chosen = env::var("CROFT_TEST_ARCH").unwrap_or_default();
    let left_out = |test: &Test| {
        let arch = test.name.split("::").next().unwrap_or_default();
        arch != "linux" && !chosen.is_empty() && !chosen.split(' ').any(|name| name == arch)
    };
    tests.retain(|test| !left_out(test));
    let trials = tests.into_iter().map(|test| {
        let expectations = Arc::clone(&expectations);
        let name = test.name.clone();
        Trial::test(test.name, move || {
            expectations
                .judge(&name, (test.run)())
                .map_err(Failed::from)
        })
    });
    Ok(trials.collect())
}
