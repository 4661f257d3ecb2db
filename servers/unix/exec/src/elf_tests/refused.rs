// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every way in which a file is refused, with the line that people read.
use super::image::{Image, Load, TARGET};
use super::plan;
use crate::{ElfError, ImageReader, LoadPlan, PAGE_SIZE, Role};
use unix_abi::Errno;

/// Changes a good image, and says error number and text that it leads to.
fn refused(change: impl FnOnce(&mut Image)) -> (Errno, String) {
    let mut image = Image::two_segments();
    change(&mut image);
    let error = plan(&image.bytes()).expect_err("this image is not good");
    (error.errno(), error.to_string())
}

fn expect(errno: Errno, text: &str, change: impl FnOnce(&mut Image)) {
    assert_eq!(refused(change), (errno, text.to_string()));
}

#[test]
fn what_is_no_program_for_this_machine() {
    for bytes in [
        &b""[..],
        b"\x7fEL",
        b"#!/bin/sh\n",
        b"hello, world, this is just a text file",
    ] {
        let error = plan(bytes).unwrap_err();
        assert_eq!((error, error.errno()), (ElfError::NotElf, Errno::ENOEXEC));
        assert_eq!(error.to_string(), "is not an ELF file");
    }
    let text = "is a 32-bit program, but only 64-bit ones run here";
    expect(Errno::ENOEXEC, text, |image| image.class = 1);
    expect(Errno::ENOEXEC, "is a big-endian program", |image| {
        image.data = 2
    });
    let text = "is a program for aarch64, but this machine is x86_64";
    expect(Errno::ENOEXEC, text, |image| {
        image.machine = elf::abi::EM_AARCH64
    });
    let text = "is a program for another machine (ELF number 4242), not x86_64";
    expect(Errno::ENOEXEC, text, |image| image.machine = 4242);
    let text = "is an object file (ELF type 1), not an executable";
    expect(Errno::ENOEXEC, text, |image| image.kind = elf::abi::ET_REL);
    let text = "is a core dump (ELF type 4), not an executable";
    expect(Errno::ENOEXEC, text, |image| image.kind = elf::abi::ET_CORE);
    let text = "is of an unknown kind (ELF type 77), not an executable";
    expect(Errno::ENOEXEC, text, |image| image.kind = 77);
}

#[test]
fn what_is_cut_short() {
    let bytes = Image::two_segments().bytes();
    let error = |length: usize| plan(&bytes[..length]).unwrap_err();
    let needs = |what, needed| ElfError::CutShort { what, needed };
    assert_eq!(error(20), needs("the file header", 64));
    assert_eq!(error(100), needs("the table of program headers", 176));
    assert_eq!(error(176), needs("the content of a segment", 0x800));
    assert_eq!(error(0x2fff), needs("the content of a segment", 0x3000));
    let text = "is cut short: the content of a segment needs the file to have 12288 bytes";
    assert_eq!(
        (error(0x2fff).errno(), error(0x2fff).to_string().as_str()),
        (Errno::ENOEXEC, text)
    );
    let text = "is cut short: the table of program headers needs the file to have 18446744073709551615 bytes";
    expect(Errno::ENOEXEC, text, |image| {
        image.headers_offset = usize::MAX - 10
    });
}

#[test]
fn headers_that_are_too_many_or_of_another_size() {
    let text = "has program headers of 32 bytes instead of 56";
    expect(Errno::ENOEXEC, text, |image| image.header_size = 32);
    expect(
        Errno::ENOEXEC,
        "has too many program headers (65535)",
        |image| {
            image.header_count = Some(u16::MAX);
        },
    );
    expect(Errno::ENOEXEC, "has no segment to load", |image| {
        image.header_count = Some(0)
    });
    expect(Errno::ENOEXEC, "has no segment to load", |image| {
        image.loads.clear()
    });
}

#[test]
fn segments_that_cannot_be() {
    let text = "has more bytes in the file than in memory in program header 1";
    expect(Errno::EINVAL, text, |image| {
        image.loads[1].memory_size = 0x100
    });
    let text = "has a segment whose offset and address do not match in a page (program header 1)";
    expect(Errno::EINVAL, text, |image| image.loads[1].address += 1);
    let text = "has an alignment that is not a power of two in program header 0";
    expect(Errno::EINVAL, text, |image| {
        image.loads[0].alignment = 0x1800
    });
    let text = "has a segment that wraps around the address space (program header 1)";
    expect(Errno::ENOMEM, text, |image| {
        image.loads[1].memory_size = usize::MAX - 0x1000
    });
    let last_page = usize::MAX - 0xfff;
    expect(Errno::ENOMEM, text, |image| {
        image.loads[1].address = last_page + 0xf00
    });
    let text = "has segments that overlap or are out of order (program header 1)";
    expect(Errno::EINVAL, text, |image| {
        image.loads[1] = Load {
            address: 0x40_07ff,
            offset: 0x7ff,
            ..image.loads[1]
        };
    });
    expect(Errno::EINVAL, text, |image| image.loads.reverse());
}

#[test]
fn segments_where_programs_may_not_be() {
    let low = "has a segment at 0xf000, where programs may not be (program header 0)";
    expect(Errno::ENOMEM, low, |image| {
        image.loads[0].address = 0xf000;
        image.entry = 0xf100;
    });
    let high = TARGET.user.end - 0x1000;
    let text = format!(
        "has a segment at {:#x}, where programs may not be (program header 1)",
        high + 0xf00
    );
    expect(Errno::ENOMEM, &text, |image| {
        image.loads[1].address = high + 0xf00
    });
    expect(
        Errno::ENOMEM,
        "does not fit into the address space",
        |image| {
            image.kind = elf::abi::ET_DYN;
            image.loads[1].memory_size = TARGET.user.end - TARGET.base;
        },
    );
    expect(
        Errno::ENOMEM,
        "does not fit into the address space",
        |image| {
            image.kind = elf::abi::ET_DYN;
            image.loads[0].alignment = 1 << 63;
        },
    );
}

#[test]
fn entries_and_interpreters() {
    let text = "has its entry point 0x50 outside of its segments";
    expect(Errno::ENOEXEC, text, |image| image.entry = 0x50);
    for name in [&b"\0"[..], b"", b"/lib/ld.so", b"\0\0\0", &[b'/'; 5000]] {
        expect(Errno::ENOEXEC, "has a damaged interpreter name", |image| {
            image.interpreter = Some(name.to_vec());
            image.length = 0x3000;
        });
    }
    let error = ElfError::InterpreterMissing;
    let text = "is a dynamic program, and its interpreter is not there; use a static program";
    assert_eq!(
        (error.errno(), error.to_string().as_str()),
        (Errno::ENOENT, text)
    );
    let error = ElfError::InterpreterNested;
    let text = "is named as an interpreter but needs an interpreter itself";
    assert_eq!(
        (error.errno(), error.to_string().as_str()),
        (Errno::ELIBBAD, text)
    );
}

/// A file on a bad disk.
struct Broken;

impl ImageReader for Broken {
    fn read_at(&mut self, _offset: usize, _buffer: &mut [u8]) -> Result<usize, Errno> {
        Err(Errno::EIO)
    }
}

#[test]
fn files_that_cannot_be_read() {
    let role = Role::Program {
        allow_interpreter: true,
    };
    let error = LoadPlan::read(&mut Broken, &TARGET, role).unwrap_err();
    assert_eq!(
        (error, error.errno()),
        (ElfError::Read(Errno::EIO), Errno::EIO)
    );
}

/// A file whose bytes come one by one.
struct Slow(Vec<u8>, usize);

impl ImageReader for Slow {
    fn read_at(&mut self, offset: usize, buffer: &mut [u8]) -> Result<usize, Errno> {
        self.1 += 1;
        let end = buffer.len().min(1);
        self.0.as_slice().read_at(offset, &mut buffer[..end])
    }
}

#[test]
fn readers_may_give_less_than_asked_for() {
    let bytes = Image::two_segments().bytes();
    let mut slow = Slow(bytes.clone(), 0);
    let role = Role::Program {
        allow_interpreter: true,
    };
    assert_eq!(LoadPlan::read(&mut slow, &TARGET, role), plan(&bytes));
    assert!(slow.1 < PAGE_SIZE, "only headers are read");
}
