// SPDX-License-Identifier: MIT OR Apache-2.0
//! ELF files to order.
use crate::{Architecture, Target};
use proptest::prelude::*;

pub const TARGET: Target = Target {
    architecture: Architecture::X86_64,
    user: 0x1_0000..0x7fff_ffff_f000,
    base: 0x5555_5555_4000,
};

/// One `PT_LOAD` header.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    pub flags: u32,
    pub offset: usize,
    pub address: usize,
    pub file_size: usize,
    pub memory_size: usize,
    pub alignment: usize,
}

/// A file.
#[derive(Clone, Debug)]
pub struct Image {
    pub class: u8,
    pub data: u8,
    pub machine: u16,
    pub kind: u16,
    pub entry: usize,
    pub header_size: u16,
    pub header_count: Option<u16>,
    pub headers_offset: usize,
    pub loads: Vec<Load>,
    /// `p_flags` of `PT_GNU_STACK`.
    pub stack: Option<u32>,
    /// `p_vaddr` of `PT_PHDR`.
    pub headers_at: Option<usize>,
    pub interpreter: Option<Vec<u8>>,
    /// Bytes in the file.
    pub length: usize,
}

impl Image {
    /// Code, then data of which a part is zero.
    pub fn two_segments() -> Image {
        let code = Load {
            flags: 5,
            offset: 0,
            address: 0x40_0000,
            file_size: 0x800,
            memory_size: 0x800,
            alignment: 0x1000,
        };
        let data = Load {
            flags: 6,
            offset: 0x1f00,
            address: 0x40_1f00,
            file_size: 0x1100,
            memory_size: 0x3000,
            alignment: 0x1000,
        };
        Image {
            class: 2,
            data: 1,
            machine: elf::abi::EM_X86_64,
            kind: elf::abi::ET_EXEC,
            entry: 0x40_0100,
            header_size: 56,
            header_count: None,
            headers_offset: 64,
            loads: vec![code, data],
            stack: None,
            headers_at: None,
            interpreter: None,
            length: 0x3000,
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        /// Where the interpreter's name is put.
        const NAME: usize = 0x700;
        let mut headers: Vec<(u32, Load)> = self
            .loads
            .iter()
            .map(|load| (elf::abi::PT_LOAD, *load))
            .collect();
        let none = Load {
            flags: 4,
            offset: 0,
            address: 0,
            file_size: 0,
            memory_size: 0,
            alignment: 16,
        };
        if let Some(flags) = self.stack {
            headers.push((elf::abi::PT_GNU_STACK, Load { flags, ..none }));
        }
        if let Some(address) = self.headers_at {
            headers.push((elf::abi::PT_PHDR, Load { address, ..none }));
        }
        if let Some(name) = &self.interpreter {
            let load = Load {
                offset: NAME,
                file_size: name.len(),
                ..none
            };
            headers.push((elf::abi::PT_INTERP, load));
        }
        let count = self.header_count.unwrap_or(headers.len() as u16);

        let mut file = b"\x7fELF".to_vec();
        file.extend([self.class, self.data, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        file.extend(self.kind.to_le_bytes());
        file.extend(self.machine.to_le_bytes());
        file.extend(1u32.to_le_bytes());
        for word in [self.entry, self.headers_offset, 0] {
            file.extend(word.to_le_bytes());
        }
        file.extend(0u32.to_le_bytes());
        for half in [64, self.header_size, count, 64, 0, 0] {
            file.extend(half.to_le_bytes());
        }
        for (kind, load) in headers {
            file.extend(kind.to_le_bytes());
            file.extend(load.flags.to_le_bytes());
            let Load {
                offset,
                address,
                file_size,
                memory_size,
                alignment,
                ..
            } = load;
            for word in [offset, address, address, file_size, memory_size, alignment] {
                file.extend(word.to_le_bytes());
            }
        }
        file.resize(self.length.max(file.len()), 0x90);
        if let Some(name) = &self.interpreter {
            file[NAME..][..name.len()].copy_from_slice(name);
        }
        file
    }
}

/// Numbers that are likely to meet a border.
fn number() -> impl Strategy<Value = usize> {
    prop_oneof![
        4 => 0usize..0x4000,
        2 => (0usize..0x500).prop_map(|page| page << 12),
        1 => any::<usize>(),
        1 => (0usize..0x2000).prop_map(|below| usize::MAX - below),
        1 => (0usize..0x2000).prop_map(|below| TARGET.user.end - below),
    ]
}

pub fn any_load() -> impl Strategy<Value = Load> {
    let alignment = prop_oneof![
        3 => Just(0x1000),
        1 => Just(0),
        1 => (0u32..64).prop_map(|bit| 1usize << bit),
        1 => any::<usize>()
    ];
    (
        0u32..8,
        number(),
        number(),
        number(),
        number(),
        alignment,
        any::<bool>(),
    )
        .prop_map(
            |(flags, offset, address, file_size, more, alignment, congruent)| Load {
                flags,
                offset,
                address: if congruent {
                    address & !0xfff | offset & 0xfff
                } else {
                    address
                },
                file_size,
                memory_size: file_size.saturating_add(more),
                alignment,
            },
        )
}
