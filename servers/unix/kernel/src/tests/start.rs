// SPDX-License-Identifier: MIT OR Apache-2.0
//! Worlds that do not begin: what is said, and with which status the run ends.
use super::harness::{archive, program};
use super::machine::MockMachine;
use crate::{FirstProgram, Settings, StartError, World};

type Entry<'a> = (&'a str, u32, &'a [u8]);

fn begin(
    pages: usize,
    archive: &'static [u8],
    path: &str,
    directory: &str,
) -> Result<(), StartError> {
    let settings = Settings {
        verbose: false,
        hostname: "test".into(),
        terminals: [false; 3],
    };
    let mut world = World::new(MockMachine::new(pages), settings, archive)?;
    let program = FirstProgram {
        path: path.as_bytes(),
        arguments: vec![path.as_bytes().to_vec()],
        environment: vec![b"PATH=/usr/bin:/bin".to_vec()],
        directory: directory.as_bytes(),
        window: None,
    };
    let result = world.start(&program);
    // Whatever is to be said is in the result.
    assert_eq!(world.machine.reports, [] as [&str; 0]);
    result
}

/// The line and the status for a first program in a world with these files beside some good ones.
fn refused(files: &[Entry<'_>], path: &str) -> (String, u8) {
    let good = program();
    let mut entries: Vec<Entry<'_>> = vec![
        ("bin", 0o40755, b""),
        ("bin/program", 0o100755, &good),
        ("proc", 0o40755, b""),
    ];
    entries.extend(files);
    let error = begin(4096, archive(&entries), path, "/").expect_err("a refusal");
    (error.to_string(), error.status())
}

#[test]
fn a_world_without_files() {
    for (bytes, line) in [
        (&b""[..], "the world's first files: the archive is empty"),
        (archive(&[]), "the world's first files: the archive is empty"),
        (
            &archive(&[("bin", 0o40755, b"")])[..50],
            "the world's first files: the archive is cut short",
        ),
        (
            b"no archive, but longer than a header of one would be, which is 110 bytes and a name, so that it is not cut short",
            "the world's first files: there is no cpio entry at byte 0",
        ),
    ] {
        let error = begin(4096, bytes, "/bin/sh", "/").expect_err("a refusal");
        let text = error.to_string();
        assert!(text.starts_with(line), "{text}");
        assert_eq!((error.status(), text.lines().count()), (125, 1));
    }
}

#[test]
fn a_world_that_is_too_small() {
    let good = program();
    let files = archive(&[
        ("bin", 0o40755, b""),
        ("bin/program", 0o100755, &good),
        ("proc", 0o40755, b""),
    ]);
    for pages in 1..10 {
        let error = begin(pages, files, "program", "/").expect_err("a refusal");
        let text = error.to_string();
        assert!(
            text.contains("reserve is too small") && text.contains("--reserve"),
            "{text}"
        );
        assert_eq!(error.status(), 125);
    }
}

#[test]
fn a_working_directory_that_is_none() {
    let good = program();
    let files = archive(&[
        ("bin", 0o40755, b""),
        ("bin/program", 0o100755, &good),
        ("proc", 0o40755, b""),
    ]);
    for (directory, line) in [
        (
            "/none",
            "the working directory /none: No such file or directory",
        ),
        (
            "/bin/program",
            "the working directory /bin/program: Not a directory",
        ),
    ] {
        let error = begin(4096, files, "program", directory).expect_err("a refusal");
        assert_eq!((error.to_string().as_str(), error.status()), (line, 125));
    }
}

#[test]
fn a_first_program_that_is_none() {
    let mut dynamic = program();
    // A third program header, PT_INTERP, for the name at the end of the file.
    let name = b"/lib/ld.so\0";
    let at = dynamic.len() as u64;
    dynamic[56] = 3;
    dynamic[176..180].copy_from_slice(&3u32.to_le_bytes());
    for (place, word) in [(184, at), (208, name.len() as u64)] {
        dynamic[place..place + 8].copy_from_slice(&word.to_le_bytes());
    }
    dynamic.extend(name);
    let mut other = program();
    other[18] = 243;
    let mut far = program();
    // The table of program headers is where no file reaches.
    far[32..40].fill(0xff);
    let mut huge = program();
    // 64 TiB of zeros behind the data.
    huge[160..168].copy_from_slice(&(1u64 << 46).to_le_bytes());
    let cases: &[(&[u8], &str, u8)] = &[
        (b"", "/x: is neither an ELF program nor a script", 126),
        (b"a text", "/x: is neither an ELF program nor a script", 126),
        (
            b"#!/bin/none\n",
            "/x: its interpreter /bin/none is not there",
            127,
        ),
        (
            b"#!/proc\n",
            "/x: its interpreter /proc may not be executed",
            126,
        ),
        (b"#!\n", "/x: is neither an ELF program nor a script", 126),
        (&dynamic, "/x: its interpreter /lib/ld.so is not there", 127),
        (
            &program()[..100],
            "/x: is cut short: the table of program headers",
            126,
        ),
        (
            &huge,
            "/x: needs 68719476732 KiB of memory, and the world has ",
            126,
        ),
        (&far, "/x: is cut short: the table of program headers", 126),
        (
            &other,
            "/x: is a program for RISC-V, but this machine is",
            126,
        ),
    ];
    for (bytes, line, status) in cases {
        let (text, is) = refused(&[("x", 0o100755, bytes)], "/x");
        assert!(text.starts_with(line), "{text} / {line}");
        assert_eq!((is, text.lines().count()), (*status, 1), "{text}");
    }
    let no_program = refused(&[], "/bin/none");
    assert_eq!(
        no_program,
        ("/bin/none: there is no such program".into(), 127)
    );
    assert_eq!(
        refused(&[], "none"),
        ("none: there is no such program".into(), 127)
    );
    let closed = refused(&[("x", 0o100644, b"#!/bin/program\n")], "/x");
    assert_eq!(closed, ("/x: it may not be executed".into(), 126));
    // Found in the search path: what is there and cannot run is not passed over.
    let found = refused(&[("bin/x", 0o100755, b"#!/none\n")], "x");
    assert_eq!(
        found,
        ("/bin/x: its interpreter /none is not there".into(), 127)
    );
}
