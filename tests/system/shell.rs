// SPDX-License-Identifier: MIT OR Apache-2.0
//! The cases of `tests/cases`, each on both architectures; and on Linux, where the same busybox has to do
//! what the table says.
use std::path::Path;
use std::sync::{Arc, OnceLock};

use croft_images::Arch;
use croft_tests::Verdict;
use croft_tests::batch::{self, Finished, Results, Step};
use croft_tests::cases::{self, Case, Table};
use croft_tests::compare::same;
use croft_tests::linux;
use croft_tests::system::System;

use crate::Test;

/// Adds the tests of all tables in a folder.
pub fn add(folder: &Path, tests: &mut Vec<Test>) -> Result<(), String> {
    for table in cases::read(folder)? {
        let table = Arc::new(table);
        for arch in Arch::ALL {
            let results = Arc::new(OnceLock::new());
            for index in 0..table.cases.len() {
                let (table, results) = (Arc::clone(&table), Arc::clone(&results));
                let case = &table.cases[index];
                let name = format!("{arch}::shell::{}::{}", table.name, case.name);
                tests.push(Test::new(name, move || {
                    let results = results.get_or_init(|| run(arch, &table));
                    let case = &table.cases[index];
                    check(case, results.as_ref()?[&case.name].as_ref()?)
                }));
            }
        }
        if let Some(arch) = linux::native() {
            for case in &table.cases {
                if case.not_on_linux.is_none() {
                    let name = format!("linux::shell::{}::{}", table.name, case.name);
                    let case = case.clone();
                    let run = move || check(&case, &linux::run_case(arch, &case)?);
                    tests.push(Test::new(name, run));
                }
            }
        }
    }
    Ok(())
}

fn run(arch: Arch, table: &Table) -> Result<Results, String> {
    let steps: Vec<Step> = table
        .cases
        .iter()
        .map(|case| Step {
            name: case.name.clone(),
            command: vec![case.shell.clone(), batch::script_path(&case.name)],
            script: Some(case.script.clone()),
            limit: case.limit,
        })
        .collect();
    Ok(batch::run(System::of(arch)?, &steps))
}

fn check(case: &Case, finished: &Finished) -> Verdict {
    let mut wrong = String::new();
    if let Err(difference) = same(&case.output, &finished.output) {
        wrong.push_str(&difference);
    }
    if finished.status != case.status {
        let (is, wanted) = (finished.status, case.status);
        wrong.push_str(&format!("status {is} instead of {wanted}\n"));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("{wrong}standard error:\n{}", finished.errors))
}
