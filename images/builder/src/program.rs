// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a program of the host can run in the guest. Said here, before anything boots; the world checks
//! again when it executes it.
use std::fs;
use std::path::Path;

use object::LittleEndian;
use object::elf::{ET_DYN, ET_EXEC, FileHeader64, PT_INTERP, PT_LOAD};
use object::read::elf::{FileHeader, ProgramHeader};

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
    let interpreter = match bytes.strip_prefix(b"#!") {
        Some(line) => Some(script_interpreter(line).map_err(refuse)?),
        None => elf_interpreter(&bytes, arch).map_err(refuse)?,
    };
    match interpreter {
        Some(name) if tree.find(&name).is_none() => Err(refuse(format!(
            "it wants the interpreter {name}, which is not in the guest: link it statically, or bring it with --add"
        ))),
        _ => Ok(()),
    }
}

/// The interpreter that a script names behind `#!`.
fn script_interpreter(line: &[u8]) -> std::result::Result<String, String> {
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    match line.split_whitespace().next() {
        Some(name) => Ok(name.to_owned()),
        None => Err("it is a script that names no interpreter".to_owned()),
    }
}

/// Checks an ELF file's headers; its interpreter, if it has one.
fn elf_interpreter(bytes: &[u8], arch: Arch) -> std::result::Result<Option<String>, String> {
    match bytes {
        [] => return Err("it is empty".to_owned()),
        [0x7f, b'E', b'L', b'F', class, endian, ..] if (*class, *endian) != (2, 1) => {
            return Err("it is an ELF file, but not a 64-bit little-endian one".to_owned());
        }
        [0x7f, b'E', b'L', b'F', ..] => {}
        _ => return Err("it is not an ELF file".to_owned()),
    }
    let cut = || "it is an ELF file that is cut short".to_owned();
    let header = FileHeader64::<LittleEndian>::parse(bytes).map_err(|_| cut())?;
    let endian = LittleEndian;
    let machine = header.e_machine(endian);
    if machine != arch.elf_machine() {
        let other = Arch::ALL
            .into_iter()
            .find(|other| other.elf_machine() == machine);
        let other = other.map_or(format!("machine {}", machine.0), |other| other.to_string());
        return Err(format!(
            "it is a program for {other}, this machine is {arch}: see --arch"
        ));
    }
    if !matches!(header.e_type(endian), ET_EXEC | ET_DYN) {
        return Err("it is an ELF file, but not a program".to_owned());
    }
    let headers = header.program_headers(endian, bytes).map_err(|_| cut())?;
    let mut loaded: Vec<(u64, u64)> = Vec::new();
    let mut interpreter = None;
    for header in headers {
        let kind = header.p_type(endian);
        if kind != PT_LOAD && kind != PT_INTERP {
            continue;
        }
        let data = header.data(endian, bytes).map_err(|()| cut())?;
        if kind == PT_INTERP {
            let name = data.split(|byte| *byte == 0).next().unwrap_or_default();
            interpreter = Some(String::from_utf8_lossy(name).into_owned());
            continue;
        }
        let start = header.p_vaddr(endian);
        let length = header.p_memsz(endian);
        let end = start
            .checked_add(length)
            .ok_or("a segment wraps around the address space")?;
        if length < data.len() as u64 {
            return Err("a segment is smaller in memory than in the file".to_owned());
        }
        if length > 0 {
            loaded.push((start, end));
        }
    }
    loaded.sort_unstable();
    if loaded.is_empty() {
        return Err("it has nothing to load".to_owned());
    }
    if loaded.windows(2).any(|pair| pair[0].1 > pair[1].0) {
        return Err("its segments overlap".to_owned());
    }
    Ok(interpreter)
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
        bytes.extend(0x1000u64.to_le_bytes());
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
        let load: Header = (1, 5, 0, 0x1000, 0x80, 0x80);
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
            (&object, "not a program"),
            (&good[..100], "cut short"),
            (&elf(183, &[load]), "for aarch64, this machine is x86_64"),
            (&elf(243, &[load]), "for machine 243"),
            (&elf(62, &[]), "nothing to load"),
            (&elf(62, &[(1, 5, 0, 0x1000, 0x8000, 0x8000)]), "cut short"),
            (
                &elf(62, &[(1, 5, 0, 0x1000, 0x80, 0x10)]),
                "smaller in memory",
            ),
            (
                &elf(62, &[(1, 5, 0, u64::MAX - 4, 0x80, 0x80)]),
                "wraps around",
            ),
            (&elf(62, &[load, (1, 6, 0, 0x1040, 0x80, 0x80)]), "overlap"),
            (
                &elf(62, &[load, (3, 4, 64 + 112, 0, 4, 4)]),
                "interpreter xxxx",
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
