// SPDX-License-Identifier: MIT OR Apache-2.0
//! What operations cost, in guest instructions: measured in one boot, compared with the table `tests/figures.toml`, and
//! printed.
use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use croft_images::{Arch, Machine, Run, Workspace};
use croft_tests::Verdict;
use croft_tests::system::{PROGRAMS, System};
use serde::Deserialize;

use crate::Test;

/// How long one boot may take.
const LIMIT: Duration = Duration::from_secs(300);
/// The figure that the first program itself tells.
const BOOT: &str = "power-on to the first program's main";
/// The figure that the container tree tells.
const IDLE: &str = "KiB in use, idle with a shell";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    figure: Vec<Figure>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Figure {
    name: String,
    x86_64: Bound,
    aarch64: Bound,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(deny_unknown_fields)]
struct Bound {
    most: u64,
    linux: Option<u64>,
}

type Figures = BTreeMap<String, u64>;

/// Adds a test for each figure of the table, and one for a small machine.
pub fn add(arch: Arch, tests: &mut Vec<Test>) -> Result<(), String> {
    let path = Workspace::find().root().join("tests/figures.toml");
    let named = |error: String| format!("{}: {error}", path.display());
    let text = fs::read_to_string(&path).map_err(|error| named(error.to_string()))?;
    let table: Table = toml::from_str(&text).map_err(|error| named(error.to_string()))?;
    let measured = Arc::new(OnceLock::new());
    for figure in table.figure {
        let measured = Arc::clone(&measured);
        let bound = match arch {
            Arch::X86_64 => figure.x86_64,
            Arch::Aarch64 => figure.aarch64,
        };
        let title = format!("{arch}::figures::{}", title(&figure.name));
        tests.push(Test::new(title, move || {
            let figures = measured.get_or_init(|| measure(arch)).as_ref()?;
            check(&figure.name, bound, figures)
        }));
    }
    let title = format!("{arch}::figures::machine-of-64-MiB");
    tests.push(Test::new(title, move || small_machine(arch)));
    Ok(())
}

/// A figure's name as a test's: words with dashes between.
fn title(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-")
}

fn check(name: &str, bound: Bound, figures: &Figures) -> Verdict {
    let value = *figures.get(name).ok_or("it was not measured")?;
    if value > bound.most {
        return Err(format!("{value}, and at most {} is wanted", bound.most));
    }
    let linux = bound
        .linux
        .map_or_else(String::new, |linux| format!(", Linux {linux}"));
    println!("{name}: {value} (at most {}{linux})", bound.most);
    Ok(())
}

fn measure(arch: Arch) -> Result<Figures, String> {
    let mut figures = Figures::new();
    let boot = run(arch, &[&format!("{PROGRAMS}/started")])?;
    let value = boot.trim().parse();
    figures.insert(
        BOOT.into(),
        value.map_err(|_| format!("unexpected: {boot}"))?,
    );
    let idle = run(arch, &["sh", "-c", "cat /proc/croft/containers; :"])?;
    let world = idle
        .lines()
        .nth(1)
        .ok_or("no world in the container tree")?;
    let used = world
        .split_whitespace()
        .nth(2)
        .and_then(|text| text.parse().ok());
    figures.insert(
        IDLE.into(),
        used.ok_or_else(|| format!("unexpected: {world}"))?,
    );
    let (measure, tiny) = (format!("{PROGRAMS}/measure"), format!("{PROGRAMS}/tiny"));
    let operations = run(arch, &[&measure, &tiny])?;
    println!("{arch}, guest instructions:\n{operations}");
    for line in operations.lines() {
        let (name, value) = line.rsplit_once(' ').ok_or("a line without a figure")?;
        let value = value.parse().map_err(|_| format!("unexpected: {line}"))?;
        figures.insert(name.trim_end().into(), value);
    }
    Ok(figures)
}

/// The output of a first program, with instructions counted.
fn run(arch: Arch, command: &[&str]) -> Result<String, String> {
    let machine = Machine {
        icount: true,
        ..Machine::default()
    };
    output(arch, command, &machine)
}

fn output(arch: Arch, command: &[&str], machine: &Machine) -> Result<String, String> {
    let system = System::of(arch)?;
    let run = Run {
        command: command.iter().map(|&word| word.to_owned()).collect(),
        ..Run::default()
    };
    // The image is loaded byte by byte on x86_64: what is not measured is not in it.
    let outcome = system
        .tree_with(&["started", "measure", "tiny"])
        .and_then(|tree| system.run(&tree, &run, machine, LIMIT))
        .map_err(|error| error.to_string())?;
    if outcome.status != 0 {
        let log: Vec<_> = outcome.log.iter().map(|(_, line)| line.as_str()).collect();
        return Err(format!("status {}\n{}", outcome.status, log.join("\n")));
    }
    Ok(outcome.text())
}

fn small_machine(arch: Arch) -> Verdict {
    let machine = Machine {
        memory: 64 << 20,
        ..Machine::default()
    };
    let said = output(
        arch,
        &["sh", "-c", "ls / | wc -l && echo it runs"],
        &machine,
    )?;
    match said.ends_with("it runs\n") {
        true => Ok(()),
        false => Err(said),
    }
}
