// SPDX-License-Identifier: MIT OR Apache-2.0
//! Runs under a test's control.
use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use croft_images::{
    Arch, Components, Description, Error, Image, Level, Machine, Run, Session, Tree,
};

use crate::bench::Bench;

const LIMIT: Duration = Duration::from_secs(30);

/// An image, and a machine that does `what`.
fn parts(bench: &Bench, what: &str) -> (Image, Machine) {
    let program = bench.path("program");
    let description = Description::read(&bench.path("images/unix.toml")).unwrap();
    let servers: BTreeMap<_, _> = description
        .servers
        .iter()
        .map(|server| (server.package.clone(), program.clone()))
        .collect();
    let components = Components {
        arch: Arch::X86_64,
        kernel: bench.path("kernel"),
        root_task: program.clone(),
        startup: program,
        loader: None,
        servers,
    };
    let (tree, run) = (Tree::new(), Run::default());
    let image = Image::assemble(
        &bench.path("scratch"),
        &components,
        &description,
        &tree,
        &run,
    )
    .unwrap();
    let qemu = bench.path(what);
    symlink(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fake-qemu"),
        &qemu,
    )
    .unwrap();
    (
        image,
        Machine {
            qemu: Some(qemu),
            ..Machine::default()
        },
    )
}

#[test]
fn a_conversation() {
    let bench = Bench::new();
    let (image, machine) = parts(&bench, "echo");
    let mut session = Session::start(&image, &machine, LIMIT).unwrap();
    assert_eq!(session.expect("ready\n").unwrap(), "ready\n");
    session.send(b"hello ");
    session.resize(7, 9);
    assert_eq!(session.expect("<7,9>").unwrap(), "hello <7,9>");
    // What was seen is not seen again.
    session.send(b"hello again");
    assert_eq!(session.expect("hello").unwrap(), "hello");
    session.send(b"q");
    match session.expect("never").unwrap_err() {
        Error::Unexpected {
            wanted,
            status,
            output,
        } => {
            assert_eq!(
                (wanted.as_str(), status, output.as_str()),
                ("never", 5, " again")
            );
        }
        error => panic!("{error}"),
    }
    let outcome = session.finish().unwrap();
    assert_eq!(outcome.status, 5);
    assert_eq!(outcome.text(), "ready\nhello <7,9>hello again");
}

#[test]
fn everything_that_a_run_says() {
    let bench = Bench::new();
    let (image, machine) = parts(&bench, "status");
    let outcome = Session::run(&image, &machine, b"", LIMIT).unwrap();
    assert_eq!(
        (outcome.status, outcome.text().as_str()),
        (3, "out \u{10}\n")
    );
    assert_eq!(outcome.error_text(), "error\n");
    let log = [
        (Level::Information, "quiet"),
        (Level::Warning, "loud \\u{1b}[31m"),
    ];
    let log: Vec<_> = log
        .into_iter()
        .map(|(level, line)| (level, line.to_owned()))
        .collect();
    assert_eq!(outcome.log, log);
}

#[test]
fn runs_that_do_not_end_well() {
    let bench = Bench::new();
    let (image, machine) = parts(&bench, "hang");
    let error = Session::run(&image, &machine, b"", Duration::from_secs(1)).unwrap_err();
    assert_eq!(error.exit_status(), 124);
    assert!(error.to_string().contains("step 99"), "{error}");

    let bench = Bench::new();
    let (image, machine) = parts(&bench, "die");
    let mut session = Session::start(&image, &machine, LIMIT).unwrap();
    session.expect("begun").unwrap();
    let error = session.finish().unwrap_err().to_string();
    assert!(
        error.contains("exit status: 7") && error.contains("fake: no machine"),
        "{error}"
    );

    let small = Machine {
        memory: 1 << 20,
        ..machine
    };
    assert!(matches!(
        Session::start(&image, &small, LIMIT),
        Err(Error::TooLarge { .. })
    ));
}
