// SPDX-License-Identifier: MIT OR Apache-2.0
//! Images that are made here, whole and damaged.
mod image;
mod refused;

use crate::*;
use image::{Image, Load, TARGET};
use proptest::prelude::*;

fn plan(bytes: &[u8]) -> Result<LoadPlan, ElfError> {
    LoadPlan::read(
        &mut &*bytes,
        &TARGET,
        Role::Program {
            allow_interpreter: true,
        },
    )
}

#[test]
fn a_static_program() {
    let plan = plan(&Image::two_segments().bytes()).unwrap();
    assert_eq!(
        (plan.entry, plan.bias, plan.position_independent),
        (0x40_0100, 0, false)
    );
    assert_eq!(plan.interpreter, None);
    assert_eq!(plan.extent(), 0x40_0000..0x40_5000);
    assert_eq!(plan.program_break, 0x40_5000);
    assert!(!plan.executable_stack);
    let headers = ProgramHeaders {
        address: 0x40_0040,
        entry_size: 56,
        count: 2,
    };
    assert_eq!(plan.program_headers, headers);
    let [code, data] = plan.segments[..] else {
        panic!("two segments")
    };
    assert_eq!(
        code.protection,
        Protection {
            read: true,
            write: false,
            execute: true
        }
    );
    assert_eq!(
        data.protection,
        Protection {
            read: true,
            write: true,
            execute: false
        }
    );
    assert_eq!(
        code.mapped(),
        MappedSegment {
            start: 0x40_0000,
            file_offset: 0,
            file_end: 0x40_1000,
            zero: (0x40_1000, 0x40_1000),
            end: 0x40_1000,
            protection: code.protection,
        }
    );
    // 0x1100 bytes of file from 0x40_1f00 on, then zeros: first to the end of the page, then pages.
    assert_eq!(
        data.mapped(),
        MappedSegment {
            start: 0x40_1000,
            file_offset: 0x1000,
            file_end: 0x40_3000,
            zero: (0x40_3000, 0x40_3000),
            end: 0x40_5000,
            protection: data.protection,
        }
    );
}

#[test]
fn zeros_in_the_last_page_of_the_file() {
    let mut image = Image::two_segments();
    image.loads[1].file_size = 0x200;
    let plan = plan(&image.bytes()).unwrap();
    let mapped = plan.segments[1].mapped();
    assert_eq!((mapped.start, mapped.file_end), (0x40_1000, 0x40_3000));
    assert_eq!(
        (mapped.zero, mapped.end),
        ((0x40_2100, 0x40_3000), 0x40_5000)
    );
    // Without zeros behind it the rest of the page shows the file, as on Linux.
    image.loads[1].memory_size = 0x200;
    let mapped = self::plan(&image.bytes()).unwrap().segments[1].mapped();
    assert_eq!(
        (mapped.zero, mapped.end),
        ((0x40_3000, 0x40_3000), 0x40_3000)
    );
    // Nothing of the file at all.
    image.loads[1].file_size = 0;
    let mapped = self::plan(&image.bytes()).unwrap().segments[1].mapped();
    assert_eq!(
        (mapped.start, mapped.file_end, mapped.end),
        (0x40_1000, 0x40_1000, 0x40_3000)
    );
    assert_eq!(mapped.zero, (0x40_1000, 0x40_1000));
}

#[test]
fn a_position_independent_program() {
    let mut image = Image::two_segments();
    image.kind = elf::abi::ET_DYN;
    image.entry -= 0x40_0000;
    for load in &mut image.loads {
        load.address -= 0x40_0000;
    }
    let plan = plan(&image.bytes()).unwrap();
    assert_eq!((plan.bias, plan.position_independent), (TARGET.base, true));
    assert_eq!(plan.entry, TARGET.base + 0x100);
    assert_eq!(plan.extent().start, TARGET.base);
    assert_eq!(plan.program_headers.address, TARGET.base + 0x40);
    // A segment that wants more than a page's alignment moves the whole image.
    image.loads[1].alignment = 0x20_0000;
    let aligned = self::plan(&image.bytes()).unwrap();
    assert!(aligned.bias.is_multiple_of(0x20_0000) && aligned.bias >= TARGET.base);
    // The first segment is where `base` says, whatever address the file gives it.
    image.loads[1].alignment = 0x1000;
    image.entry += 0x7000;
    for load in &mut image.loads {
        load.address += 0x7000;
    }
    let shifted = self::plan(&image.bytes()).unwrap();
    assert_eq!(
        (shifted.extent().start, shifted.entry),
        (TARGET.base, TARGET.base + 0x100)
    );
}

#[test]
fn a_dynamic_program_and_its_interpreter() {
    let mut image = Image::two_segments();
    image.interpreter = Some(b"/lib64/ld.so\0".to_vec());
    let bytes = image.bytes();
    assert_eq!(plan(&bytes).unwrap().interpreter.unwrap(), b"/lib64/ld.so");
    let read = |role| LoadPlan::read(&mut &bytes[..], &TARGET, role).map(|_| ());
    let without = read(Role::Program {
        allow_interpreter: false,
    });
    assert_eq!(without, Err(ElfError::InterpreterMissing));
    assert_eq!(read(Role::Interpreter), Err(ElfError::InterpreterNested));
    image.interpreter = Some(b"/lib/ld\0garbage\0".to_vec());
    assert_eq!(
        plan(&image.bytes()).unwrap().interpreter.unwrap(),
        b"/lib/ld"
    );
}

#[test]
fn stacks_that_can_be_executed_are_asked_for() {
    for (flags, expected) in [(None, false), (Some(6), false), (Some(7), true)] {
        let image = Image {
            stack: flags,
            ..Image::two_segments()
        };
        assert_eq!(plan(&image.bytes()).unwrap().executable_stack, expected);
    }
}

#[test]
fn program_headers_that_are_not_loaded() {
    let mut image = Image::two_segments();
    image.loads[0] = Load {
        address: 0x40_0800,
        offset: 0x800,
        ..image.loads[0]
    };
    image.entry = 0x40_0900;
    assert_eq!(plan(&image.bytes()).unwrap().program_headers.address, 0);
    // PT_PHDR is believed only if it is inside of what is loaded.
    image.headers_at = Some(0x40_0900);
    assert_eq!(
        plan(&image.bytes()).unwrap().program_headers.address,
        0x40_0900
    );
    image.headers_at = Some(0x9000_0000);
    assert_eq!(plan(&image.bytes()).unwrap().program_headers.address, 0);
}

#[test]
fn empty_segments_do_not_count() {
    let mut image = Image::two_segments();
    let empty = Load {
        memory_size: 0,
        file_size: 0,
        address: 3,
        ..image.loads[0]
    };
    image.loads.insert(0, empty);
    assert_eq!(plan(&image.bytes()).unwrap().segments.len(), 2);
}

#[test]
fn this_very_program() {
    let path = std::env::current_exe().unwrap();
    let bytes = std::fs::read(path).unwrap();
    let target = Target {
        architecture: Architecture::NATIVE,
        ..TARGET
    };
    let role = Role::Program {
        allow_interpreter: true,
    };
    let plan = LoadPlan::read(&mut &bytes[..], &target, role).unwrap();
    assert!(plan.segments.len() >= 2 && plan.program_headers.address != 0);
    assert!(
        plan.segments
            .iter()
            .any(|part| part.protection.execute && !part.protection.write)
    );
}

/// What holds of every plan, whatever the file was like.
fn check(plan: &LoadPlan) -> Result<(), TestCaseError> {
    let mut end = 0;
    prop_assert!(!plan.segments.is_empty());
    for part in &plan.segments {
        let mapped = part.mapped();
        prop_assert!(part.address >= end && part.file_size <= part.memory_size);
        end = part.end();
        prop_assert!(mapped.start >= TARGET.user.start && mapped.end <= TARGET.user.end);
        prop_assert!(mapped.start <= mapped.file_end && mapped.file_end <= mapped.end);
        prop_assert!(mapped.zero.0 <= mapped.zero.1 && mapped.zero.1 <= mapped.end);
        let aligned = [
            mapped.start,
            mapped.file_end,
            mapped.end,
            mapped.file_offset,
        ];
        prop_assert!(aligned.iter().all(|address| address % PAGE_SIZE == 0));
        prop_assert_eq!(mapped.start - page_floor(part.address), 0);
        if part.file_size > 0 {
            prop_assert_eq!(
                part.address - mapped.start,
                part.file_offset - mapped.file_offset
            );
        }
    }
    prop_assert!(plan.program_break >= end && plan.extent().contains(&plan.entry));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// A good image with some bytes changed in its headers: an error or a sound plan.
    #[test]
    fn mutated_headers(
        changes in prop::collection::vec(
            (0usize..0x140, prop_oneof![any::<u8>(), Just(0), Just(0xff), Just(0x80)]),
            1..12,
        ),
        dynamic: bool,
        length in prop_oneof![3 => Just(usize::MAX), 1 => 0usize..0x3100],
    ) {
        let interpreter = dynamic.then(|| b"/lib/ld.so\0".to_vec());
        let kind = if dynamic { elf::abi::ET_DYN } else { elf::abi::ET_EXEC };
        let mut bytes = Image { interpreter, kind, ..Image::two_segments() }.bytes();
        for (at, value) in changes {
            bytes[at] = value;
        }
        bytes.truncate(length);
        match plan(&bytes) {
            Ok(plan) => check(&plan)?,
            Err(error) => {
                let text = error.to_string();
                prop_assert!(!text.is_empty() && !text.contains('\n'));
                prop_assert!(error.errno().into_raw() > 0);
            }
        }
    }

    /// Program headers of any content.
    #[test]
    fn made_up_headers(
        loads in prop::collection::vec(image::any_load(), 1..6),
        entry in 0usize..0x50_0000,
        position_independent: bool,
    ) {
        let kind = if position_independent { elf::abi::ET_DYN } else { elf::abi::ET_EXEC };
        let image = Image { loads, entry, kind, ..Image::two_segments() };
        if let Ok(plan) = plan(&image.bytes()) {
            check(&plan)?;
        }
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(plan(&bytes).is_err());
        let elf = [b"\x7fELF\x02\x01\x01".as_slice(), &bytes].concat();
        let _ = plan(&elf);
    }
}
