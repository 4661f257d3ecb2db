// SPDX-License-Identifier: MIT OR Apache-2.0
//! The packer with small made-up ELF files: what lies where, what is refused, no panic ever.

use super::*;
use object::read::elf::{ElfFile64, FileHeader as _, ProgramHeader as _};
use object::write::elf::{FileHeader, ProgramHeader, Sym, Writer};
use object::{Endianness, LittleEndian, elf};
use proptest::prelude::*;

const KERNEL_OFFSET: u64 = 0xffff_ff80_0000_0000 - 0x4000_0000;

/// A segment of a made-up file.
#[derive(Clone, Debug)]
struct Part {
    virtual_address: u64,
    physical: u64,
    data: Vec<u8>,
    memory: u64,
}

fn part(virtual_address: u64, physical: u64, data: &[u8], memory: u64) -> Part {
    Part {
        virtual_address,
        physical,
        data: data.to_vec(),
        memory,
    }
}

/// Makes an aarch64 program of segments, entry point and at most one symbol.
fn program(parts: &[Part], entry: u64, symbol: Option<(&str, u64)>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = Writer::new(Endianness::Little, true, &mut file);
    writer.reserve_file_header();
    writer.reserve_program_headers(parts.len() as u32);
    let mut offsets = Vec::new();
    for part in parts {
        offsets.push(writer.reserve(part.data.len() as u64, 16));
    }
    let name = symbol.map(|(name, _)| writer.add_string(name.as_bytes()));
    if symbol.is_some() {
        writer.reserve_null_symbol_index();
        writer.reserve_symbol_index(None);
        writer.reserve_symtab_section_index();
        writer.reserve_symtab();
        writer.reserve_strtab_section_index();
        writer.reserve_strtab().expect("one short name");
        writer.reserve_shstrtab_section_index();
        writer.reserve_shstrtab().expect("a few short names");
        writer.reserve_section_headers();
    }
    writer
        .write_file_header(&FileHeader {
            os_abi: elf::ELFOSABI_NONE,
            abi_version: 0,
            e_type: elf::ET_EXEC,
            e_machine: elf::EM_AARCH64,
            e_entry: entry,
            e_flags: elf::FileFlags(0),
        })
        .expect("a valid file header");
    writer.write_align_program_headers();
    for (part, offset) in parts.iter().zip(&offsets) {
        writer.write_program_header(&ProgramHeader {
            p_type: elf::PT_LOAD,
            p_flags: elf::PF_R,
            p_offset: *offset,
            p_vaddr: part.virtual_address,
            p_paddr: part.physical,
            p_filesz: part.data.len() as u64,
            p_memsz: part.memory,
            p_align: 16,
        });
    }
    for (part, offset) in parts.iter().zip(&offsets) {
        writer.pad_until(*offset);
        writer.write(&part.data);
    }
    if let Some((_, value)) = symbol {
        writer.write_null_symbol();
        let st_name = writer.string_offset(name);
        writer.write_symbol(&Sym {
            section: None,
            st_name,
            st_info: elf::SymbolInfo(0x11),
            st_other: elf::SymbolOther(0),
            st_shndx: elf::SHN_ABS,
            st_value: value,
            st_size: 16,
        });
        writer.write_strtab();
        writer.write_shstrtab();
        writer.write_null_section_header();
        writer.write_symtab_section_header(1);
        writer.write_strtab_section_header();
        writer.write_shstrtab_section_header();
    }
    file
}

fn loader() -> Vec<u8> {
    program(
        &[part(0x4040_0000, 0x4040_0000, &[1; 500], 0x3210)],
        0x4040_0000,
        None,
    )
}

fn kernel(symbol: Option<(&str, u64)>) -> Vec<u8> {
    let physical = 0x4000_0000;
    let parts = [
        part(KERNEL_OFFSET + physical, physical, &[2; 100], 100),
        part(
            KERNEL_OFFSET + physical + 0x1000,
            physical + 0x1000,
            &[3; 50],
            0x20_0000,
        ),
    ];
    program(&parts, KERNEL_OFFSET + physical + 0x1010, symbol)
}

fn root_task() -> Vec<u8> {
    let parts = [
        part(0x40_0080, 0, &[4; 0x1000], 0x1000),
        part(0x40_3000, 0, &[5; 0x20], 0x1234),
    ];
    program(&parts, 0x40_0090, None)
}

/// What lies in memory at that physical address after the image has been loaded.
fn memory(image: &[u8], address: u64, length: usize) -> Vec<u8> {
    let file = ElfFile64::<LittleEndian>::parse(image).expect("the image is an ELF file");
    let endian = LittleEndian;
    let mut bytes = vec![0; length];
    for header in file.elf_program_headers() {
        let data = header.data(endian, image).expect("inside the image");
        for (position, byte) in data.iter().enumerate() {
            let at = header.p_paddr(endian) + position as u64;
            if (address..address + length as u64).contains(&at) {
                bytes[(at - address) as usize] = *byte;
            }
        }
    }
    bytes
}

#[test]
fn everything_lies_where_the_header_says() {
    let image = pack(&loader(), &kernel(None), &root_task()).expect("this can be packed");
    let file = ElfFile64::<LittleEndian>::parse(&*image).expect("the image is an ELF file");
    assert_eq!(file.elf_header().e_entry(LittleEndian), 0x4040_0000);
    let header = memory(&image, 0x4040_4000, Payload::ENCODED_LENGTH);
    let payload = Payload::decode(&header).expect("the header is there");
    let kernel = payload.kernel;
    assert_eq!(kernel.physical, 0x4000_0000);
    assert_eq!(kernel.virtual_address, KERNEL_OFFSET + 0x4000_0000);
    assert_eq!(kernel.memory_length, 0x20_1000);
    assert_eq!(kernel.file_length, 0x1000 + 50);
    assert_eq!(kernel.entry, KERNEL_OFFSET + 0x4000_1010);
    let bytes = memory(&image, kernel.source, kernel.file_length as usize);
    assert_eq!(bytes[..100], [2; 100]);
    assert_eq!(bytes[100..0x1000], [0; 0x1000 - 100]);
    assert_eq!(bytes[0x1000..], [3; 50]);
    let root_task = payload.root_task;
    assert_eq!(root_task.physical % PAGE_SIZE, 0);
    assert!(root_task.physical >= kernel.source + kernel.file_length);
    assert_eq!(root_task.physical_end - root_task.physical, 0x5000);
    assert_eq!(root_task.virtual_address, 0x40_0000);
    assert_eq!(root_task.entry, 0x40_0090);
    let bytes = memory(&image, root_task.physical, 0x5000);
    assert_eq!(bytes[..0x80], [0; 0x80]);
    assert_eq!(bytes[0x80..0x1080], [4; 0x1000]);
    assert_eq!(bytes[0x3000..0x3020], [5; 0x20]);
    assert!(bytes[0x3020..].iter().all(|byte| *byte == 0));
    assert_eq!(payload.ram_end_cell, 0);
}

#[test]
fn the_table_of_ram_is_found() {
    let table = KERNEL_OFFSET + 0x4000_1010;
    let image = pack(
        &loader(),
        &kernel(Some(("avail_p_regs", table))),
        &root_task(),
    )
    .expect("this can be packed");
    let header = memory(&image, 0x4040_4000, Payload::ENCODED_LENGTH);
    let payload = Payload::decode(&header).expect("the header is there");
    assert_eq!(payload.ram_end_cell, 0x4000_1018);
    // Not where the kernel's memory is zeroed, after its bytes.
    let beyond = KERNEL_OFFSET + 0x4000_1000 + 0x100;
    let error = pack(
        &loader(),
        &kernel(Some(("avail_p_regs", beyond))),
        &root_task(),
    );
    assert_eq!(
        error.map_err(|error| error.problem),
        Err(Problem::RamTableOutside)
    );
}

/// Packs with that root task and says what was wrong with it.
fn refused_root_task(bytes: &[u8]) -> Problem {
    let error = pack(&loader(), &kernel(None), bytes).expect_err("this must be refused");
    assert_eq!(error.file, File::RootTask);
    error.problem
}

fn refused_kernel(parts: &[Part], entry: u64) -> Problem {
    let bytes = program(parts, entry, None);
    let error = pack(&loader(), &bytes, &root_task()).expect_err("this must be refused");
    assert_eq!(error.file, File::Kernel);
    error.problem
}

#[test]
fn bad_root_tasks_are_refused() {
    assert!(matches!(refused_root_task(b"no ELF"), Problem::Elf(_)));
    let mut other = root_task();
    other[18] = 62; // x86_64
    assert_eq!(refused_root_task(&other), Problem::WrongKind);
    let mut relocatable = root_task();
    relocatable[16] = 3; // position-independent
    assert_eq!(refused_root_task(&relocatable), Problem::WrongKind);
    assert_eq!(refused_root_task(&program(&[], 0, None)), Problem::Empty);
    let cut = root_task();
    let cut = refused_root_task(&cut[..cut.len() - 1]);
    assert_eq!(
        cut,
        Problem::BadSegment {
            virtual_address: 0x40_3000
        }
    );
    let wraps = program(&[part(u64::MAX - 0xfff, 0, &[], 0x1000)], u64::MAX, None);
    assert_eq!(
        refused_root_task(&wraps),
        Problem::BadSegment {
            virtual_address: u64::MAX - 0xfff
        }
    );
    let shrinks = program(&[part(0x1000, 0, &[0; 9], 8)], 0x1000, None);
    assert_eq!(
        refused_root_task(&shrinks),
        Problem::BadSegment {
            virtual_address: 0x1000
        }
    );
    let twice = program(
        &[part(0x1000, 0, &[0; 9], 9), part(0x1008, 0, &[0; 9], 9)],
        0x1000,
        None,
    );
    assert_eq!(
        refused_root_task(&twice),
        Problem::Overlap {
            virtual_address: 0x1008
        }
    );
    let outside = program(&[part(0x1000, 0, &[0; 9], 9)], 0x1009, None);
    assert_eq!(
        refused_root_task(&outside),
        Problem::EntryOutside { entry: 0x1009 }
    );
    let huge = program(&[part(0x1000, 0, &[0; 9], 1 << 40)], 0x1000, None);
    assert!(matches!(refused_root_task(&huge), Problem::TooLarge { .. }));
}

#[test]
fn bad_kernels_are_refused() {
    let base = KERNEL_OFFSET + 0x4000_0000;
    let two = [
        part(base, 0x4000_0000, &[0; 8], 8),
        part(base + 0x1000, 0x4000_2000, &[0; 8], 8),
    ];
    assert_eq!(refused_kernel(&two, base), Problem::SeveralOffsets);
    let odd = [part(base + 0x1000, 0x4000_0000, &[0; 8], 8)];
    assert_eq!(refused_kernel(&odd, base + 0x1000), Problem::NotOneBlock);
    let end = 0x4050_0000;
    let long = [part(base, 0x4000_0000, &[0; 8], 0x50_0000)];
    let loader = 0x4040_0000;
    assert_eq!(
        refused_kernel(&long, base),
        Problem::OverlapsLoader { end, loader }
    );
}

fn any_part() -> impl Strategy<Value = Part> {
    let address = prop_oneof![
        any::<u64>(),
        0x40_0000u64..0x41_0000,
        0x4000_0000u64..0x4080_0000
    ];
    let size = prop_oneof![any::<u64>(), 0u64..0x3000];
    let data = proptest::collection::vec(any::<u8>(), 0..64);
    (address.clone(), address, data, size).prop_map(|(virtual_address, physical, data, memory)| {
        Part {
            virtual_address,
            physical,
            data,
            memory,
        }
    })
}

proptest! {
    /// Whatever the addresses and sizes are: packed or refused.
    #[test]
    fn any_segments(parts in proptest::collection::vec(any_part(), 0..4), which in 0..3, entry: u64) {
        let entry = parts.first().map_or(entry, |part| part.virtual_address);
        let bytes = program(&parts, entry, Some(("avail_p_regs", entry)));
        let (loader, kernel, root_task) = (loader(), kernel(None), root_task());
        let _ = match which {
            0 => pack(&bytes, &kernel, &root_task),
            1 => pack(&loader, &bytes, &root_task),
            _ => pack(&loader, &kernel, &bytes),
        };
    }

    /// Whatever bytes of the file are changed: packed or refused.
    #[test]
    fn any_damage(changes in proptest::collection::vec((0usize..400, any::<u8>()), 1..6)) {
        let mut bytes = root_task();
        for (position, byte) in changes {
            bytes[position] = byte;
        }
        let _ = pack(&loader(), &kernel(None), &bytes);
    }
}
