// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files that are no programs, or damaged ones: given to `images/run`, and executed in the guest. Each has to
//! get one line with its name and what is wrong, and the status that shells give.
use std::fs;

use croft_images::{Arch, Workspace};
use croft_tests::Verdict;
use croft_tests::programs;
use croft_tests::system::System;

use crate::Test;
use crate::command_line::call;

/// One bad file.
struct Bad {
    name: &'static str,
    /// Makes it out of a good program.
    make: fn(Elf) -> Vec<u8>,
    /// What the host says when it is to become the guest's program, with status 126.
    host: &'static str,
    /// What the guest says when it is its first program, and the status.
    guest: (&'static str, i32),
}

/// Most files get the same words twice.
const fn bad(name: &'static str, make: fn(Elf) -> Vec<u8>, says: &'static str) -> Bad {
    Bad {
        name,
        make,
        host: says,
        guest: (says, 126),
    }
}

const NO_PROGRAM: (&str, i32) = ("is neither an ELF program nor a script", 126);

const FILES: &[Bad] = &[
    Bad {
        guest: NO_PROGRAM,
        ..bad("text", |_| b"a text\n".to_vec(), "is not an ELF file")
    },
    Bad {
        guest: NO_PROGRAM,
        ..bad("empty", |_| Vec::new(), "it is empty")
    },
    Bad {
        guest: NO_PROGRAM,
        ..bad(
            "cut-in-its-first-bytes",
            |elf| elf.cut(3),
            "is not an ELF file",
        )
    },
    bad(
        "cut-in-the-file-header",
        |elf| elf.cut(40),
        "is cut short: the file header",
    ),
    bad(
        "cut-in-the-table",
        |elf| elf.cut(64 + 30),
        "is cut short: the table of program headers",
    ),
    bad(
        "cut-in-a-segment",
        |elf| {
            let end = elf.get(elf.last(), OFFSET) + elf.get(elf.last(), FILE_SIZE);
            elf.cut(end as usize - 1)
        },
        "is cut short: the content of a segment",
    ),
    bad(
        "table-beyond-any-file",
        |elf| elf.with(TABLE, u64::MAX - 15),
        "is cut short: the table of program headers",
    ),
    bad(
        "overlapping-segments",
        |elf| {
            let (first, last) = (elf.first(), elf.last());
            let size = elf.get(last, ADDRESS) - elf.get(first, ADDRESS) + 1;
            elf.with(first + MEMORY_SIZE, size)
        },
        "has segments that overlap",
    ),
    bad(
        "wrapping-segment",
        |elf| {
            let place = elf.last() + MEMORY_SIZE;
            elf.with(place, u64::MAX - 255)
        },
        "wraps around the address space",
    ),
    bad(
        "segment-in-the-kernel",
        |elf| {
            let last = elf.last();
            let address = elf.get(last, ADDRESS) | 0xffff_8000_0000_0000;
            elf.with(last + ADDRESS, address)
        },
        "where programs may not be",
    ),
    bad(
        "segment-larger-in-the-file",
        |elf| {
            let last = elf.last();
            let size = elf.get(last, FILE_SIZE) - 1;
            elf.with(last + MEMORY_SIZE, size)
        },
        "has more bytes in the file than in memory",
    ),
    bad(
        "entry-outside",
        |elf| elf.with(ENTRY, 0x10),
        "has its entry point 0x10 outside",
    ),
    bad(
        "object-file",
        |mut elf| {
            elf.0[16] = 1;
            elf.0
        },
        "is an object file",
    ),
    Bad {
        host: "it wants the interpreter /lib/none.so, which is not in the guest",
        guest: ("its interpreter /lib/none.so is not there", 127),
        ..bad("dynamic", Elf::dynamic, "")
    },
    Bad {
        host: "it wants the interpreter /bin/none, which is not in the guest",
        guest: ("its interpreter /bin/none is not there", 127),
        ..bad(
            "script-without-interpreter",
            |_| b"#!/bin/none -x\n".to_vec(),
            "",
        )
    },
];

/// Adds the tests of an architecture.
pub fn add(arch: Arch, tests: &mut Vec<Test>) {
    for file in FILES {
        let title = format!("{arch}::bad_programs::{}", file.name);
        tests.push(Test::new(title, move || check(arch, file)));
    }
    let title = format!("{arch}::bad_programs::other-architecture");
    tests.push(Test::new(title, move || check_other(arch)));
}

fn check(arch: Arch, file: &Bad) -> Verdict {
    let system = System::of(arch)?;
    let programs = programs::compiled(&Workspace::find(), system.arch);
    let good = fs::read(programs.join("arguments")).map_err(|error| error.to_string())?;
    both(
        arch,
        file.name,
        &(file.make)(Elf(good)),
        file.host,
        file.guest,
    )
}

fn check_other(arch: Arch) -> Verdict {
    System::of(arch)?;
    let (other, says) = match arch {
        Arch::X86_64 => (
            Arch::Aarch64,
            "is a program for aarch64, but this machine is x86_64",
        ),
        Arch::Aarch64 => (
            Arch::X86_64,
            "is a program for x86_64, but this machine is aarch64",
        ),
    };
    let workspace = Workspace::find();
    programs::compile(&workspace, other)?;
    let path = programs::compiled(&workspace, other).join("arguments");
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let host = format!("{says}: see --arch");
    both(arch, "other-architecture", &bytes, &host, (says, 126))
}

/// Gives the file to the command, then to the guest.
fn both(arch: Arch, name: &str, bytes: &[u8], host: &str, guest: (&str, i32)) -> Verdict {
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = scratch.path().join(name);
    fs::write(&path, bytes).map_err(|error| error.to_string())?;
    // In the guest it keeps the host's permissions.
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&path, executable).map_err(|error| error.to_string())?;
    let path = path.display();
    one_line(
        arch,
        &["--program".into(), path.to_string()],
        name,
        (host, 126),
    )?;
    let (add, inside) = (format!("{path}=/mnt/{name}"), format!("/mnt/{name}"));
    one_line(
        arch,
        &["--add".into(), add, "--".into(), inside],
        name,
        guest,
    )
}

/// The command has to end with this status, and with one line that says this of this file.
fn one_line(arch: Arch, arguments: &[String], name: &str, (says, status): (&str, i32)) -> Verdict {
    let ended = call(arch, arguments, None)?;
    let context = |wrong: &str| {
        let (errors, output) = (&ended.errors, &ended.output);
        Err(format!(
            "{arguments:?}: {wrong}\nstandard error:\n{errors}\noutput:\n{output}"
        ))
    };
    let lines = ended.lines();
    if lines.len() != 1 || !ended.output.is_empty() {
        return context("it is not one line");
    }
    if !lines[0].contains(&format!("{name}: ")) || !lines[0].contains(says) {
        return context(&format!("it is not what {says:?} is in"));
    }
    if ended.status != Some(status) {
        return context(&format!("status {:?} instead of {status}", ended.status));
    }
    Ok(())
}

// Where things stand in an ELF file (elf(5)).
const ENTRY: usize = 24;
const TABLE: usize = 32;
// And in a program header.
const OFFSET: usize = 8;
const ADDRESS: usize = 16;
const FILE_SIZE: usize = 32;
const MEMORY_SIZE: usize = 40;
const HEADER: usize = 56;
const LOAD: u32 = 1;
const INTERPRETER: u32 = 3;

/// A program that is being damaged.
struct Elf(Vec<u8>);

impl Elf {
    fn word(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.0[at..at + 8].try_into().expect("eight bytes"))
    }

    /// The places of the program headers with their types.
    fn headers(&self) -> impl DoubleEndedIterator<Item = (usize, u32)> {
        let table = self.word(TABLE) as usize;
        let count = usize::from(self.0[56]);
        (0..count).map(move |index| {
            let at = table + index * HEADER;
            let kind = self.0[at..at + 4].try_into().expect("four bytes");
            (at, u32::from_le_bytes(kind))
        })
    }

    /// The header of the first segment.
    fn first(&self) -> usize {
        let mut loads = self.headers().filter(|(_, kind)| *kind == LOAD);
        loads.next().expect("a segment").0
    }

    /// The header of the last segment.
    fn last(&self) -> usize {
        let mut loads = self.headers().filter(|(_, kind)| *kind == LOAD);
        loads.next_back().expect("a segment").0
    }

    /// A word of a header.
    fn get(&self, header: usize, field: usize) -> u64 {
        self.word(header + field)
    }

    /// The file with this word there.
    fn with(mut self, at: usize, word: u64) -> Vec<u8> {
        self.0[at..at + 8].copy_from_slice(&word.to_le_bytes());
        self.0
    }

    /// The first bytes.
    fn cut(self, length: usize) -> Vec<u8> {
        self.0[..length].to_vec()
    }

    /// A program that wants an interpreter: some other header becomes the one that names it.
    fn dynamic(mut self) -> Vec<u8> {
        let name = b"/lib/none.so\0";
        let end = self.0.len() as u64;
        let other = self.headers().find(|(_, kind)| *kind != LOAD);
        let at = other.expect("a header to spare").0;
        self.0[at..at + 4].copy_from_slice(&INTERPRETER.to_le_bytes());
        self.0.extend(name);
        let named = Elf(self.with(at + OFFSET, end));
        named.with(at + FILE_SIZE, name.len() as u64)
    }
}
