// SPDX-License-Identifier: MIT OR Apache-2.0
//! Runs in scripts.
use std::fs;
use std::time::{Duration, Instant};

use croft_manifest::{Payload, Reserve, Stream, WorldArguments};

use crate::bench::{Bench, program};

#[test]
fn status_and_streams_are_the_programs() {
    let bench = Bench::new();
    let done = bench.run("status", &["--", "true"], b"");
    assert_eq!((done.status, done.output.as_str()), (3, "out \u{10}\n"));
    // Warnings are shown, without what would change the terminal; information is not.
    assert_eq!(done.errors, "error\ncroft: loud \\u{1b}[31m\n");
    let done = bench.run("status", &["--verbose", "--", "true"], b"");
    assert!(done.errors.contains("croft: quiet\n"), "{}", done.errors);
}

#[test]
fn the_machine_is_as_wanted() {
    let bench = Bench::new();
    bench.run("status", &["--memory", "64M"], b"");
    let command = bench.qemu().join(" ");
    for part in [
        "-cpu max",
        "-m 65536k",
        "-nodefaults",
        "-kernel kernel.elf -initrd root.elf",
    ] {
        assert!(command.contains(part), "{command}");
    }
    assert!(!command.contains("icount") && !command.contains("gdb"));
    let done = bench.run("status", &["--icount", "--gdb"], b"");
    let command = bench.qemu().join(" ");
    assert!(command.contains("-icount shift=0,sleep=off"), "{command}");
    assert!(command.contains("-gdb tcp:127.0.0.1:1234 -S"), "{command}");
    assert!(
        done.errors.contains("target remote :1234"),
        "{}",
        done.errors
    );
}

#[test]
fn input_arrives_and_ends() {
    let bench = Bench::new();
    let done = bench.run("echo", &[], b"one \x10 two\r\n");
    assert_eq!(
        (done.status, done.output.as_str()),
        (5, "ready\none \u{10} two\r\n")
    );
}

#[test]
fn the_containers_are_asked_for_at_the_end() {
    let bench = Bench::new();
    // Nobody asks, if it is not wanted.
    let done = bench.run("inspect", &[], b"");
    assert_eq!((done.status, done.output.as_str()), (4, ""));
    let done = bench.run("inspect", &["--inspect"], b"");
    assert_eq!((done.status, done.output.as_str()), (4, ""));
    let none = "croft: the console of this image has no look at the containers\n";
    assert!(done.errors.ends_with(none), "{}", done.errors);
}

#[test]
fn much_input_and_much_output_at_once() {
    let bench = Bench::new();
    let input = vec![b'i'; 300_000];
    let done = bench.run("flood", &[], &input);
    assert_eq!(done.status, 0);
    assert_eq!(done.output.len(), 10_000_000 + "\n300000\n".len());
    assert!(done.output.ends_with("\n300000\n"));
}

#[test]
fn a_machine_that_dies_is_an_error() {
    let bench = Bench::new();
    let done = bench.run("die", &[], b"");
    assert_eq!((done.status, done.output.as_str()), (125, "begun\n"));
    assert!(done.errors.contains("exit status: 7"), "{}", done.errors);
    assert!(done.errors.contains("fake: no machine"), "{}", done.errors);
    let done = bench.run("status", &["--qemu", "/no/such/qemu"], b"");
    assert_eq!(
        (done.status, done.errors.lines().count()),
        (125, 1),
        "{}",
        done.errors
    );
    assert!(
        done.errors.contains("/no/such/qemu is not installed"),
        "{}",
        done.errors
    );
}

#[test]
fn a_run_that_hangs_is_ended() {
    let bench = Bench::new();
    let begun = Instant::now();
    let done = bench.run("hang", &["--timeout", "1.5"], b"");
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!(done.status, 124);
    for part in ["no end after 1.5", "step 99"] {
        assert!(done.errors.contains(part), "{}", done.errors);
    }
    assert!(!done.errors.contains("step 79\n"), "{}", done.errors);
}

#[test]
fn nothing_is_compiled_twice() {
    let bench = Bench::new();
    bench.run("status", &[], b"");
    let first = bench.cargo();
    assert_eq!(first.len(), 6, "{first:?}");
    assert!(
        first[1..]
            .iter()
            .all(|line| line.starts_with("rustc --release")),
        "{first:?}"
    );
    bench.run("status", &[], b"");
    assert_eq!(bench.cargo().len(), 6);
    fs::create_dir(bench.path("libs")).unwrap();
    fs::write(bench.path("libs/new.rs"), "").unwrap();
    bench.run("status", &[], b"");
    assert_eq!(bench.cargo().len(), 12);
}

#[test]
fn what_does_not_compile_is_shown() {
    let bench = Bench::new();
    let mut command = bench.command("status", &[]);
    command.env("FAKE_CARGO_FAILS", "1");
    let done = crate::bench::finish(command, b"");
    assert_eq!(done.status, 125);
    assert!(
        done.errors.contains("error: it does not compile"),
        "{}",
        done.errors
    );
    assert!(
        done.errors
            .contains("compiling croft-clock for x86_64 failed"),
        "{}",
        done.errors
    );
}

#[test]
fn the_image_says_what_the_command_line_said() {
    let bench = Bench::new();
    fs::write(bench.path("hello"), program()).unwrap();
    fs::create_dir(bench.path("folder")).unwrap();
    fs::write(bench.path("folder/file"), "text").unwrap();
    let hello = bench.path("hello").display().to_string();
    let add = format!("{}=/data", bench.path("folder").display());
    let out = bench.path("out").display().to_string();
    let done = bench.run(
        "status",
        &[
            "--build-only",
            "--output",
            &out,
            "--program",
            &hello,
            "--add",
            &add,
            "--env",
            "A=b",
            "--reserve",
            "50%",
            "--",
            "one",
            "two words",
        ],
        b"",
    );
    assert_eq!(done.status, 0, "{}", done.errors);
    assert!(done.errors.contains("-kernel"), "{}", done.errors);
    assert!(done.output.is_empty() && !bench.path("qemu.log").exists());

    let root = fs::read(bench.path("out/root.elf")).unwrap();
    let place = root
        .windows(8)
        .position(|window| window == croft_manifest::MAGIC)
        .unwrap();
    let payload = Payload::open(&root[place..]).unwrap();
    let unix = payload.manifest().servers.iter().last().unwrap();
    assert_eq!((unix.name, unix.reserve), ("unix", Reserve::Percent(50)));
    let world = WorldArguments::decode(unix.arguments).unwrap();
    let arguments: Vec<_> = world.arguments.iter().collect();
    assert_eq!(
        arguments,
        [&b"/usr/local/bin/hello"[..], b"one", b"two words"]
    );
    assert!(world.environment.iter().any(|variable| variable == b"A=b"));
    assert!(
        world
            .environment
            .iter()
            .all(|variable| variable != b"TERM=test-terminal")
    );
    assert_eq!(world.streams, [Stream::Pipe; 3]);
    assert_ne!(world.seed, [0; 32]);
    let archive = payload.file(unix.files.iter().next().unwrap().range);
    for name in ["usr/local/bin/hello", "data/file"] {
        let found = archive
            .windows(name.len())
            .any(|window| window == name.as_bytes());
        assert!(found, "{name}");
    }
}

#[test]
fn mistakes_have_one_line_and_a_status() {
    let bench = Bench::new();
    fs::write(bench.path("text"), "no program").unwrap();
    let text = bench.path("text").display().to_string();
    let cases: &[(&[&str], i32, &str)] = &[
        (
            &["--program", "/no/such/file"],
            127,
            "/no/such/file: No such file",
        ),
        (&["--program", &text], 126, "text: it is not an ELF file"),
        (
            &["--add", "/no/such/file=/x"],
            125,
            "/no/such/file: No such file",
        ),
        (&["--image", "none"], 125, "there are: unix"),
        (&["--arch", "aarch64"], 125, "busybox for aarch64"),
        (&["--memory", "4M"], 125, "--memory"),
        (&["--memory", "much"], 2, "\"much\" is no size"),
        (&["--env", "PATH", "--", "true"], 125, "NAME=VALUE"),
        (&["--timeout", "0"], 2, "more than 0"),
    ];
    for (arguments, status, part) in cases {
        let done = bench.run("status", arguments, b"");
        assert_eq!(done.status, *status, "{arguments:?}: {}", done.errors);
        assert!(done.errors.contains(part), "{arguments:?}: {}", done.errors);
        assert!(done.output.is_empty());
        if *status > 2 {
            assert_eq!(done.errors.lines().count(), 1, "{}", done.errors);
        }
    }
}

#[test]
fn a_wrong_description_names_file_and_key() {
    let bench = Bench::new();
    let path = bench.path("wrong.toml");
    fs::write(&path, "description = \"x\"\ncolour = 1\n").unwrap();
    let done = bench.run("status", &["--image", path.to_str().unwrap()], b"");
    assert_eq!(done.status, 125);
    for part in ["wrong.toml", "colour", "expected `description` or `server`"] {
        assert!(done.errors.contains(part), "{}", done.errors);
    }
}
