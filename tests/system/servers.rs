// SPDX-License-Identifier: MIT OR Apache-2.0
//! Images without a Unix world: example servers with their clients, and what calls cost.
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::Duration;

use croft_images::{
    Arch, Components, Description, Image, Machine, Outcome, Run, Session, Tree, Workspace,
};
use croft_tests::Verdict;
use croft_tests::compare::same;

use crate::Test;

/// How long a boot may take.
const LIMIT: Duration = Duration::from_secs(120);

/// An image whose client says on standard output what it saw, and ends the run with its status.
struct Case {
    /// The description, and the test's name.
    image: &'static str,
    output: &'static str,
}

const CASES: &[Case] = &[
    Case {
        image: "example-counter",
        output: "Ok(42)
Err(Refused(Overflow)) Ok(18446744073709551615)
Ok(())
Err(Gone) Err(Refused(NoCounter))
Err(Gone)
63 more, then Refused(TooMany)
",
    },
    Case {
        image: "example-store",
        output: "reader: Err(Refused(NoSuchKey))
reader: letter has version Ok(1)
reader: Ok((1, 4096)), as it was written: true
writer: Err(Refused(BadPage))
writer: Err(Refused(BadPage)) Err(Refused(BadPage))
writer: Err(Refused(NoPage))
writer: Err(Refused(NoPage))
writer: Err(Refused(NoPage))
writer: Ok(2)
reader: end has version Ok(1)
",
    },
    Case {
        image: "example-rtc",
        // The clock of a deterministic machine begins there.
        output: "2026-01-01 00:00\n",
    },
    Case {
        image: "example-date",
        output: "guest: its names: clock
guest: sets it: Err(Refused(NotAllowed))
guest: the service's name: this process does not see the name: give it [server.names]
guest: takes the name over: the view does not allow that
guest: its capabilities: service, console, registry
guest: the device: no usable capability named rtc: add it to the server in the image description
guest: the service's program: no file named date: add it to the server in the image description
guest: containers: guest
guest: the clock goes on as before: true
operator: Ok(()), is set: true
operator's agent: Err(Refused(NotAllowed))
",
    },
    Case {
        image: "registry-check",
        output: "main: its names: done (not there), go (publishes) (not there), late (not there), phoenix
main: a publisher that comes late: nothing is published under the name; 2
main: who calls: main, derived: false, same for all: true
main: what a derived view shows: service; main, derived: true; this process does not see the name: give it [server.names]; the view does not allow that; the view does not allow that; the server or its object is not there any more; 3
main: a publisher that dies: 40; the server or its object is not there any more; 2; the server or its object is not there any more; 2
guest: its names: done (publishes) (not there), mine
guest: a service under a name of its own: 3
guest: other names: this process does not see the name: give it [server.names]; this process does not see the name: give it [server.names]
guest: publishing: the view does not allow that; this process does not see the name: give it [server.names]; refused: NotAllowed
guest: through a derived view: refused: NoSuchName; the view does not allow that; secret; the server or its object is not there any more
guest: capabilities that are no views: refused: NoView; refused: NoView; refused: NoCapability
main: messages of nobody who waits: nothing is published under the name; 3
main: its names at the end: done, go (publishes), late, phoenix
",
    },
];

pub fn add(arch: Arch, tests: &mut Vec<Test>) {
    for case in CASES {
        let name = format!("{arch}::servers::{}", case.image);
        tests.push(Test::new(name, move || case.run(arch)));
    }
    let name = format!("{arch}::servers::server-check");
    tests.push(Test::new(name, move || {
        status(&boot(&Workspace::find(), arch, "server-check", false)?)
    }));
    // It compiles everything anew, and has nothing that depends on the architecture.
    if arch == Arch::X86_64 {
        let name = format!("{arch}::servers::new-server");
        tests.push(Test::new(name, move || new_server(arch)));
    }
    // Images that look at themselves, and what of memory they need.
    for (image, memory) in [
        ("ipc-bench", None),
        ("limits", None),
        ("alarms", None),
        ("crowd", Some(512 << 20)),
    ] {
        let name = format!("{arch}::servers::{image}");
        tests.push(Test::new(name, move || within_bounds(arch, image, memory)));
    }
}

impl Case {
    fn run(&self, arch: Arch) -> Verdict {
        let outcome = boot(&Workspace::find(), arch, self.image, true)?;
        same(self.output, &outcome.text())?;
        status(&outcome)
    }
}

/// An image that tries and measures itself, in instructions, and has status 0 if all is within its bounds.
fn within_bounds(arch: Arch, image: &str, memory: Option<u64>) -> Verdict {
    let mut machine = Machine {
        icount: true,
        ..Machine::default()
    };
    machine.memory = memory.unwrap_or(machine.memory);
    status(&boot_on(&Workspace::find(), arch, image, &machine)?)
}

fn status(outcome: &Outcome) -> Verdict {
    match outcome.status {
        0 => Ok(()),
        status => Err(format!("status {status}:\n{}", outcome.text())),
    }
}

/// Boots an image; with `icount` equal runs are equal.
fn boot(workspace: &Workspace, arch: Arch, image: &str, icount: bool) -> Result<Outcome, String> {
    let machine = Machine {
        icount,
        ..Machine::default()
    };
    boot_on(workspace, arch, image, &machine)
}

fn boot_on(
    workspace: &Workspace,
    arch: Arch,
    image: &str,
    machine: &Machine,
) -> Result<Outcome, String> {
    let image = assemble(workspace, arch, image)?;
    Session::run(&image, machine, b"", LIMIT).map_err(|error| error.to_string())
}

/// Builds an image.
pub fn assemble(workspace: &Workspace, arch: Arch, image: &str) -> Result<Image, String> {
    let text = |error: croft_images::Error| error.to_string();
    let description = Description::read(&workspace.description(image)).map_err(text)?;
    let components = Components::build(workspace, arch, false, &description).map_err(text)?;
    let scratch = workspace.output(arch);
    let (tree, run) = (Tree::default(), Run::default());
    Image::assemble(&scratch, &components, &description, &tree, &run).map_err(text)
}

/// A new server, made in a copy of the tree, builds and answers.
fn new_server(arch: Arch) -> Verdict {
    let text = |error: std::io::Error| error.to_string();
    let ours = Workspace::find();
    let copy = tempfile::tempdir().map_err(text)?;
    let sources = [
        "Cargo.toml",
        "Cargo.lock",
        "images",
        "libs",
        "root-task",
        "servers",
        "tests",
    ];
    for source in sources {
        let mut command = Command::new("cp");
        command
            .arg("-a")
            .arg(ours.root().join(source))
            .arg(copy.path());
        succeeds(&mut command)?;
    }
    // The kernel is as it was.
    let copied = Workspace::at(copy.path().to_owned());
    let kernel = copied.kernel_prefix(arch, false);
    fs::create_dir_all(copied.output(arch)).map_err(text)?;
    symlink(ours.kernel_prefix(arch, false), kernel).map_err(text)?;
    let made = croft_images::new_server(&copied, "sheep").map_err(|error| error.to_string())?;
    if made.len() != 5 {
        return Err(format!("{} files instead of 5", made.len()));
    }
    // Cargo writes what the lock file misses of it.
    let outcome = boot(&copied, arch, "sheep", true)?;
    same("the sum is 42\n", &outcome.text())?;
    status(&outcome)
}

fn succeeds(command: &mut Command) -> Verdict {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        other => Err(format!("{command:?}: {other:?}")),
    }
}
