// SPDX-License-Identifier: MIT OR Apache-2.0
//! The container server, tried and measured from inside by `root-task/check`, all checks in one boot.
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use croft_images::{
    Arch, Components, Description, Image, Machine, Outcome, Run, Session, Tree, Workspace,
};
use croft_tests::Verdict;

use crate::Test;

/// How long the boot may take.
const LIMIT: Duration = Duration::from_secs(400);

/// The checks that the image makes.
const CHECKS: [&str; 16] = [
    "interface",
    "creation",
    "endings",
    "asking",
    "siblings",
    "stranded",
    "watching",
    "mappings",
    "measure",
    "clearing",
    "giving-back",
    "random",
    "many",
    "scheduling",
    "successor",
    "hostile",
];

/// What operations may cost, in instructions: on x86_64, on aarch64.
const FIGURES: [(&str, [u64; 2]); 12] = [
    ("null call", [2_500, 2_500]),
    // Four null calls.
    ("allocate 1 frame", [5_800, 4_400]),
    // Memory that was just given back has to be cleared first, by the worker.
    ("allocate 64 frames", [42_000, 45_000]),
    // Sixteen null calls.
    ("allocate 64 frames after a rest", [23_300, 17_500]),
    ("deallocate 64 frames", [24_500, 20_500]),
    // By the worker: there could be many copies of its capability.
    ("deallocate an untyped of 32 KiB", [7_500, 7_000]),
    // The largest; the worker has it cleared, so that nobody else waits for it (the check `clearing`).
    ("allocate a frame of 2 MiB", [190_000, 240_000]),
    ("revoke a page", [330, 280]),
    ("revoke a mapped page", [450, 360]),
    ("derive", [7_000, 7_000]),
    // Together below what fork, exit and wait cost on Linux.
    ("derive + convert", [56_000, 60_000]),
    ("destroy it", [56_000, 60_000]),
];

/// Adds a test for each check and each figure.
pub fn add(arch: Arch, tests: &mut Vec<Test>) {
    let outcome = Arc::new(OnceLock::new());
    let mut add = |name: &str, judge: Box<dyn FnOnce(&Outcome) -> Verdict + Send>| {
        let outcome = Arc::clone(&outcome);
        let name = format!(
            "{arch}::containers::{}",
            name.replace(" + ", "-").replace(' ', "-")
        );
        tests.push(Test::new(name, move || {
            judge(outcome.get_or_init(|| boot(arch, "image")).as_ref()?)
        }));
    };
    for check in CHECKS {
        add(check, Box::new(move |outcome| passed(outcome, check)));
    }
    add("accounts", Box::new(accounts));
    for (figure, most) in FIGURES {
        let most = most[arch as usize];
        add(
            figure,
            Box::new(move |outcome| within(outcome, figure, most)),
        );
    }
    tests.push(Test::new(format!("{arch}::containers::quiet"), move || {
        quiet(arch)
    }));
}

fn passed(outcome: &Outcome, check: &str) -> Verdict {
    let mut lines = lines(outcome).filter_map(|line| line.strip_prefix(check));
    match lines.find_map(|rest| rest.strip_prefix(": ")) {
        Some("passed") => Ok(()),
        Some(other) => Err(other.to_owned()),
        None => Err(format!("it was not tried:\n{}", log(outcome))),
    }
}

/// The machine's memory, and the most of it that the kernel does not tell of: its own image and what the firmware keeps.
const MACHINE: u64 = 256 << 20;
const KERNEL: u64 = 8 << 20;

/// What the root task says of the machine's memory and slots adds up, to all of them.
fn accounts(outcome: &Outcome) -> Verdict {
    let mut lines = outcome.log.iter().map(|(_, line)| line);
    let line = lines.find_map(|line| line.strip_prefix("root task: memory: "));
    let line = line.ok_or("the root task does not tell its memory")?;
    let numbers: Vec<u64> = line
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect();
    let [
        bytes,
        free,
        own,
        image,
        heap,
        cnode,
        others,
        objects,
        slots,
        free_slots,
        own_slots,
    ] = numbers[..]
    else {
        return Err(line.to_owned());
    };
    let adds_up = bytes == free + own
        && own == image + cnode + others + objects
        && heap < image
        && slots == free_slots + own_slots
        && slots.is_power_of_two()
        && (MACHINE - KERNEL..=MACHINE).contains(&bytes);
    if adds_up {
        Ok(())
    } else {
        Err(line.to_owned())
    }
}

fn within(outcome: &Outcome, figure: &str, most: u64) -> Verdict {
    let mut lines = lines(outcome).filter_map(|line| line.strip_prefix(figure));
    let value = lines.find_map(|rest| rest.strip_prefix(": ")?.parse::<u64>().ok());
    match value.ok_or("it was not measured")? {
        value if value <= most => Ok(()),
        value => Err(format!("{value}, and at most {most} is wanted")),
    }
}

/// What the check says.
fn lines(outcome: &Outcome) -> impl Iterator<Item = &str> {
    let lines = outcome.log.iter();
    lines.filter_map(|(_, line)| line.strip_prefix("check: "))
}

fn log(outcome: &Outcome) -> String {
    let lines: Vec<&str> = outcome.log.iter().map(|(_, line)| line.as_str()).collect();
    lines.join("\n")
}

/// Servers that nobody uses any more are asked to end, the ones that others use last; then the run is over.
fn quiet(arch: Arch) -> Verdict {
    let outcome = boot(arch, "quiet")?;
    let ends =
        ["check", "clock", "console"].map(|name| format!("server {name} ended with status 0"));
    let mut lines = outcome.log.iter().map(|(_, line)| line.as_str());
    for end in &ends {
        if !lines.any(|line| line.ends_with(end)) {
            return Err(format!("no \"{end}\" in its place:\n{}", log(&outcome)));
        }
    }
    match outcome.status {
        0 => Ok(()),
        other => Err(format!("the run's status is {other}:\n{}", log(&outcome))),
    }
}

fn boot(arch: Arch, image: &str) -> Result<Outcome, String> {
    let text = |error: croft_images::Error| error.to_string();
    let workspace = Workspace::find();
    let path = workspace
        .root()
        .join(format!("root-task/check/{image}.toml"));
    let description = Description::read(&path).map_err(text)?;
    let components = Components::build(&workspace, arch, false, &description).map_err(text)?;
    let scratch = workspace.output(arch);
    let run = Run {
        verbose: true,
        ..Run::default()
    };
    let tree = Tree::default();
    let image = Image::assemble(&scratch, &components, &description, &tree, &run).map_err(text)?;
    let machine = Machine {
        icount: true,
        ..Machine::default()
    };
    Session::run(&image, &machine, b"", LIMIT).map_err(text)
}
