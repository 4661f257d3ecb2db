// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whole images out of small programs: the root task's file is opened again as the kernel and the root
//! task do it.
use std::collections::BTreeMap;

use croft_manifest::{
    Authority, LogLevel, Payload, RegistryArguments, Restart, Slots, WorldArguments,
};
use object::LittleEndian;
use object::elf::FileHeader64;
use object::read::elf::{FileHeader, ProgramHeader};

use super::*;
use crate::elf::tests::program;
use crate::tree::{Content, EPOCH, Entry};

const DESCRIPTION: &str = r#"
description = "test"
[[server]]
name = "unix"
package = "unix"
reserve = "rest"
priority = 100
services = { clock = "clock" }
files = { notes = "notes.txt" }
[server.world]
command = ["/bin/sh"]
hostname = "croft"
directory = "/root"
environment = { HOME = "/root", TERM = "dumb" }
[[server]]
name = "clock"
package = "clock"
reserve = "256K"
priority = 200
slots = 64
restarts = 2
parent = true
log = "warn"
trace = "64K"
arguments = "text"
programs = { world = "unix" }
[server.devices.x86_64]
rtc = { ports = [0x70, 0x71] }
[server.devices.aarch64]
rtc = { frames = { physical = 0x09010000, pages = 1 } }
"#;

/// The parts of an x86_64 image in `folder`.
fn parts(folder: &Path) -> (Components, Description, Tree) {
    let put = |name: &str| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, program().write().unwrap()).unwrap();
        path
    };
    put("kernel/bin/kernel32.elf");
    fs::write(folder.join("notes.txt"), "take note").unwrap();
    fs::write(folder.join("image.toml"), DESCRIPTION).unwrap();
    let servers = ["unix", "clock"].map(|name| (name.to_owned(), put(name)));
    let components = Components {
        arch: Arch::X86_64,
        kernel: folder.join("kernel"),
        root_task: put("root-task"),
        startup: put("startup"),
        loader: None,
        servers: BTreeMap::from(servers),
    };
    let mut tree = Tree::new();
    let content = Content::Bytes(b"hello".to_vec());
    tree.put(
        "/file",
        Entry {
            content,
            mode: 0o644,
            time: EPOCH,
        },
    )
    .unwrap();
    (
        components,
        Description::read(&folder.join("image.toml")).unwrap(),
        tree,
    )
}

/// The last segment of a root task's file, and where the one before ends.
fn appended(bytes: &[u8]) -> (u64, u64, Vec<u8>) {
    let header = FileHeader64::<LittleEndian>::parse(bytes).unwrap();
    let headers = header.program_headers(LittleEndian, bytes).unwrap();
    let (last, others) = headers.split_last().unwrap();
    let end = |header: &object::elf::ProgramHeader64<LittleEndian>| {
        header.p_vaddr(LittleEndian) + header.p_memsz(LittleEndian)
    };
    let before = others.iter().map(end).max().unwrap();
    let data = last.data(LittleEndian, bytes).unwrap().to_vec();
    (last.p_vaddr(LittleEndian), before, data)
}

#[test]
fn the_root_task_finds_everything() {
    let scratch = tempfile::tempdir().unwrap();
    let (components, description, tree) = parts(scratch.path());
    let long = "x".repeat(100_000);
    let run = Run {
        command: vec!["echo".to_owned(), String::new(), long.clone()],
        environment: vec!["TERM=xterm".to_owned(), "LANG=C".to_owned()],
        streams: [Stream::Pipe, Stream::Terminal, Stream::Pipe],
        reserve: Some(Reserve::Percent(50)),
        verbose: true,
        ..Run::default()
    };
    let image = Image::assemble(
        &scratch.path().join("out"),
        &components,
        &description,
        &tree,
        &run,
    )
    .unwrap();
    let root = fs::read(image.root_task.as_ref().unwrap()).unwrap();
    let (address, end, bytes) = appended(&root);
    assert_eq!(address, end.next_multiple_of(4096));
    assert_eq!(bytes.len() % 4096, 0);

    let payload = Payload::open(&bytes).unwrap();
    let own = program().write().unwrap();
    assert_eq!(payload.file(payload.manifest().startup), own);
    let servers: Vec<_> = payload.manifest().servers.iter().collect();
    let [clock, unix] = &servers[..] else {
        panic!("{servers:?}")
    };

    assert_eq!((clock.name, clock.priority), ("clock", 200));
    assert_eq!(clock.reserve, Reserve::Bytes(256 << 10));
    assert_eq!(clock.slots, Slots::Exactly(64));
    assert_eq!(clock.restart, Restart::OnFailure { at_most: 2 });
    assert_eq!(clock.arguments, b"text");
    assert_eq!((clock.log, unix.log), (LogLevel::Warn, LogLevel::Debug));
    assert_eq!((clock.trace, unix.trace), (16, 0));
    let rtc = clock.capabilities.iter().next().unwrap();
    assert_eq!(
        (rtc.name, rtc.authority),
        (
            "rtc",
            Authority::IoPorts {
                first: 0x70,
                last: 0x71
            }
        )
    );

    let files: Vec<_> = clock.files.iter().map(|f| (f.name, f.range)).collect();
    let startup = payload.manifest().startup;
    assert_eq!(files, [("world", unix.image), ("startup", startup)]);

    assert_eq!((unix.name, unix.reserve), ("unix", Reserve::Percent(50)));
    assert_eq!(payload.file(unix.image), own);
    let files: Vec<_> = unix
        .files
        .iter()
        .map(|file| (file.name, payload.file(file.range)))
        .collect();
    assert_eq!(files[0], ("notes", &b"take note"[..]));
    assert_eq!(
        files[1],
        (crate::ROOT_ARCHIVE, &tree.archive().unwrap()[..])
    );

    let world = WorldArguments::decode(unix.arguments).unwrap();
    let arguments: Vec<_> = world.arguments.iter().collect();
    assert_eq!(arguments, [b"echo", &b""[..], long.as_bytes()]);
    let environment: Vec<_> = world.environment.iter().collect();
    assert_eq!(environment, [&b"HOME=/root"[..], b"LANG=C", b"TERM=xterm"]);
    assert_eq!(world.streams[1], Stream::Terminal);
    assert!(world.exit_with_init && world.verbose);

    let folder = image.folder().to_owned();
    assert!(folder.is_dir());
    drop(image);
    assert!(!folder.exists());
}

#[test]
fn the_description_has_the_last_word_where_the_run_has_none() {
    let scratch = tempfile::tempdir().unwrap();
    let (components, description, tree) = parts(scratch.path());
    let bytes = payload(&components, &description, &tree, &Run::default()).unwrap();
    let payload = Payload::open(&bytes).unwrap();
    let unix = payload.manifest().servers.iter().nth(1).unwrap();
    assert_eq!(unix.reserve, Reserve::Rest);
    let world = WorldArguments::decode(unix.arguments).unwrap();
    assert_eq!(world.arguments.iter().collect::<Vec<_>>(), [b"/bin/sh"]);
}

#[test]
fn a_registry_is_told_the_names_of_its_clients() {
    let scratch = tempfile::tempdir().unwrap();
    let (components, _, tree) = parts(scratch.path());
    let server = |name: &str, more: &str| {
        format!(
            "[[server]]\nname = \"{name}\"\npackage = \"clock\"\nreserve = \"1M\"\npriority = 1\n{more}\n"
        )
    };
    let services = "services = { registry = \"names\" }\n";
    let text = [
        "description = \"test\"\n".to_owned(),
        server(
            "guest",
            &format!("{services}names.sees = {{ time = \"date\" }}"),
        ),
        server("stranger", ""),
        server(
            "date",
            &format!("{services}names.publishes = {{ date = \"date\" }}"),
        ),
        server("names", "registry = true"),
    ];
    let description = Description::parse(&text.concat()).unwrap();
    let bytes = payload(&components, &description, &tree, &Run::default()).unwrap();
    let payload = Payload::open(&bytes).unwrap();
    let servers: Vec<_> = payload.manifest().servers.iter().collect();
    let arguments = RegistryArguments::decode(servers[1].arguments).unwrap();
    let mut told = Vec::new();
    for client in arguments.clients {
        let place = client.badge as usize - 1;
        assert_eq!(servers[place].name, client.name);
        for name in client.names {
            told.push((client.name, name.shown, name.name, name.publish));
        }
    }
    let expected = [
        ("guest", "time", "date", false),
        ("date", "date", "date", true),
    ];
    assert_eq!(told, expected);
}

#[test]
fn what_killed_runners_left_is_removed() {
    let scratch = tempfile::tempdir().unwrap();
    let (components, description, tree) = parts(scratch.path());
    let out = scratch.path().join("out");
    let assemble =
        || Image::assemble(&out, &components, &description, &tree, &Run::default()).unwrap();
    let mine = assemble();
    // No process has a number as high as this.
    let dead = out.join(format!("run-{}-abc", u32::MAX));
    fs::create_dir(&dead).unwrap();
    let other = assemble();
    assert!(!dead.exists());
    assert!(mine.kernel.is_file() && other.kernel.is_file());
}

#[test]
fn mistakes_are_named() {
    let scratch = tempfile::tempdir().unwrap();
    let (components, description, tree) = parts(scratch.path());
    let refused = |components: &Components, run: &Run, why: &str| {
        let error =
            Image::assemble(scratch.path(), components, &description, &tree, run).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    };
    let run = Run {
        command: vec!["a\0b".to_owned()],
        ..Run::default()
    };
    refused(&components, &run, "NUL");
    let run = Run {
        environment: vec!["PATH".to_owned()],
        ..Run::default()
    };
    refused(&components, &run, "NAME=VALUE, not \"PATH\"");
    let mut other = components.clone();
    other.servers.remove("clock");
    refused(&other, &Run::default(), "package clock was not built");
    fs::write(&components.root_task, "no ELF").unwrap();
    refused(
        &components,
        &Run::default(),
        "the root task: it is not a 64-bit ELF file",
    );
    fs::remove_file(&components.startup).unwrap();
    refused(&components, &Run::default(), "root task");
}

#[test]
fn a_machine_that_is_too_small_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let (components, description, mut tree) = parts(scratch.path());
    let big = Entry {
        content: Content::Bytes(vec![1; 30 << 20]),
        mode: 0o644,
        time: EPOCH,
    };
    tree.put("/big", big).unwrap();
    let image = Image::assemble(
        scratch.path(),
        &components,
        &description,
        &tree,
        &Run::default(),
    )
    .unwrap();
    assert!(image.check_memory(128 << 20).is_ok());
    let error = image.check_memory(64 << 20).unwrap_err().to_string();
    assert!(
        error.contains("--memory") && error.contains("has 64"),
        "{error}"
    );
}
