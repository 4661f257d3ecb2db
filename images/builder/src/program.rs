// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a program of the host can run in the guest. Said here, before anything boots; the world checks
//! again when it executes it.
use std::fs;
use std::path::Path;

use unix_exec::{Architecture, ElfError, LoadPlan, Role, Target, script};

use crate::tree::Tree;
use crate::{Arch, Error, Result};

/// Checks that `path` is a program that a guest of `arch` with this tree can run: a static ELF file, a
/// dynamic one whose interpreter is in the tree, or a script whose interpreter is.
///
/// # Errors
/// [`Error::NoProgram`] if it cannot be read, [`Error::BadProgram`] with the reason.
pub fn check(path: &Path, arch: Arch, tree: &Tree) -> Result<()> {
    let bytes = fs::read(path).map_err(|source| Error::NoProgram {
        path: path.to_owned(),
        source,
    })?;
    let refuse = |why| Error::BadProgram {
        path: path.to_owned(),
        why,
    };
    match interpreter(&bytes, arch).map_err(refuse)? {
        Some(name) if tree.find(&name).is_none() => Err(refuse(format!(
            "it wants the interpreter {name}, which is not in the guest: link it statically, or bring it with --add"
        ))),
        _ => Ok(()),
    }
}

/// The interpreter that a program names, if it does; or why it is none.
fn interpreter(bytes: &[u8], arch: Arch) -> std::result::Result<Option<String>, String> {
    if bytes.is_empty() {
        return Err("it is empty".to_owned());
    }
    let interpreter = match script::parse(&bytes[..bytes.len().min(script::HEAD)]) {
        Ok(Some(script)) => Some(script.interpreter),
        Ok(None) => plan(bytes, arch)?.interpreter,
        Err(_) => return Err("it is a script that names no interpreter".to_owned()),
    };
    Ok(interpreter.map(|name| String::from_utf8_lossy(&name).into_owned()))
}

/// What the world would load.
fn plan(mut bytes: &[u8], arch: Arch) -> std::result::Result<LoadPlan, String> {
    let architecture = match arch {
        Arch::X86_64 => Architecture::X86_64,
        Arch::Aarch64 => Architecture::Aarch64,
    };
    let user = architecture.program_addresses();
    // Where the world puts a program that can be anywhere makes no difference for a program that fits.
    let target = Target {
        architecture,
        base: user.start,
        user,
    };
    let role = Role::Program {
        allow_interpreter: true,
    };
    LoadPlan::read(&mut bytes, &target, role).map_err(|error| match error {
        ElfError::OtherArchitecture { machine, .. }
            if Arch::ALL.iter().any(|arch| arch.elf_machine().0 == machine) =>
        {
            format!("it {error}: see --arch")
        }
        error => format!("it {error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Content, EPOCH, Entry};

    /// A program header: type, flags, offset, address, file size, memory size.
    type Header = (u32, u32, u64, u64, u64, u64);

    /// An ELF file with these program headers and 0x100 bytes behind them.
    fn elf(machine: u16, headers: &[Header]) -> Vec<u8> {
        let mut bytes = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        bytes.extend([2, 0]);
        bytes.extend(machine.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(0x40_1000u64.to_le_bytes());
        bytes.extend(64u64.to_le_bytes());
        bytes.extend(0u64.to_le_bytes());
        bytes.extend(0u32.to_le_bytes());
        for half in [64, 56, headers.len() as u16, 64, 0, 0] {
            bytes.extend(half.to_le_bytes());
        }
        for (kind, flags, offset, address, file, memory) in headers {
            bytes.extend(kind.to_le_bytes());
            bytes.extend(flags.to_le_bytes());
            for word in [offset, address, address, file, memory, &0x1000] {
                bytes.extend(word.to_le_bytes());
            }
        }
        bytes.extend([b'x'; 0x100]);
        bytes
    }

    fn verdict(bytes: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        fs::write(&path, bytes).unwrap();
        let mut tree = Tree::new();
        let shell = Entry {
            content: Content::Bytes(Vec::new()),
            mode: 0o755,
            time: EPOCH,
        };
        tree.put("/bin/sh", shell).unwrap();
        match check(&path, Arch::X86_64, &tree) {
            Ok(()) => "good".to_owned(),
            Err(error) => {
                assert_eq!(error.exit_status(), 126);
                let text = error.to_string();
                assert!(text.contains("program: ") && !text.contains('\n'), "{text}");
                text
            }
        }
    }

    #[test]
    fn programs_and_what_is_none() {
        let load: Header = (1, 5, 0, 0x40_1000, 0x80, 0x80);
        assert_eq!(verdict(&elf(62, &[load])), "good");
        assert_eq!(verdict(b"#!/bin/sh\nexit 3\n"), "good");
        let good = elf(62, &[load]);
        let mut narrow = good.clone();
        narrow[4] = 1;
        let mut object = good.clone();
        object[16] = 1;
        let cases: &[(&[u8], &str)] = &[
            (b"", "it is empty"),
            (b"hello", "not an ELF file"),
            (b"\x7fELF\x02\x01", "cut short"),
            (b"#!", "names no interpreter"),
            (
                b"#! /usr/bin/perl -w\n",
                "/usr/bin/perl, which is not in the guest",
            ),
            (&narrow, "64-bit"),
            (&object, "an object file"),
            (&good[..100], "cut short"),
            (
                &elf(183, &[load]),
                "for aarch64, but this machine is x86_64: see --arch",
            ),
            (&elf(243, &[load]), "for RISC-V, but this machine is x86_64"),
            (&elf(62, &[]), "no segment to load"),
            (
                &elf(62, &[(1, 5, 0, 0x40_1000, 0x8000, 0x8000)]),
                "cut short",
            ),
            (
                &elf(62, &[(1, 5, 0, 0x40_1000, 0x80, 0x10)]),
                "more bytes in the file than in memory",
            ),
            (
                &elf(62, &[load, (1, 6, 0, u64::MAX - 0xfff, 0x80, 0x2000)]),
                "wraps around",
            ),
            (
                &elf(62, &[load, (1, 6, 0, 1 << 47, 0x80, 0x80)]),
                "0x800000000000, where programs may not be",
            ),
            (
                &elf(62, &[(1, 5, 0, 0x40_0000, 0x80, 0x80)]),
                "entry point 0x401000 outside",
            ),
            (
                &elf(62, &[load, (1, 6, 0x40, 0x40_1040, 0x80, 0x80)]),
                "overlap",
            ),
            (
                &[
                    &elf(62, &[load, (3, 4, 64 + 112 + 0x100, 0, 9, 9)]),
                    &b"/lib/ld\0\0"[..],
                ]
                .concat(),
                "interpreter /lib/ld, which",
            ),
        ];
        for (bytes, expected) in cases {
            let text = verdict(bytes);
            assert!(text.contains(expected), "{text} / {expected}");
        }
    }

    #[test]
    fn a_program_that_is_not_there() {
        let error = check(Path::new("/no/such/program"), Arch::X86_64, &Tree::new()).unwrap_err();
        assert_eq!(error.exit_status(), 127);
        assert!(error.to_string().starts_with("/no/such/program: "));
    }
}
