// SPDX-License-Identifier: MIT OR Apache-2.0
//! Stacks, read as the start-up code of a C library reads them.
use super::*;
use crate::{ProgramHeaders, stack::Auxiliary};
use proptest::prelude::*;
use std::collections::BTreeMap;
use unix_abi::linux::auxvec::*;

const TOP: usize = 0x7fff_fff0_0000;
const MIB: usize = 1 << 20;

fn auxiliary() -> Auxiliary {
    Auxiliary {
        program_headers: ProgramHeaders {
            address: 0x40_0040,
            entry_size: 56,
            count: 9,
        },
        entry: 0x40_1000,
        interpreter_base: 0,
        identity: Identity {
            user: 1,
            effective_user: 2,
            group: 3,
            effective_group: 4,
            secure: true,
        },
        hardware: 0x178b_fbff,
        hardware2: 2,
        minimum_signal_stack: 1040,
        vdso: None,
    }
}

fn list(strings: &[&str]) -> Vec<Vec<u8>> {
    strings
        .iter()
        .map(|string| string.as_bytes().to_vec())
        .collect()
}

/// Arguments, environment, auxiliary vector.
type Everything = (Vec<Vec<u8>>, Vec<Vec<u8>>, BTreeMap<u32, usize>);

/// What a program sees of its stack.
struct Seen<'a> {
    stack: &'a InitialStack,
}

impl Seen<'_> {
    fn word(&self, address: usize) -> usize {
        let bytes = &self.stack.bytes[address - self.stack.pointer..][..8];
        u64::from_le_bytes(bytes.try_into().unwrap()) as usize
    }

    fn string(&self, address: usize) -> Vec<u8> {
        let bytes = &self.stack.bytes[address - self.stack.pointer..];
        bytes[..bytes.iter().position(|&byte| byte == 0).unwrap()].to_vec()
    }

    /// A list of pointers that ends with 0, and where it ends.
    fn strings(&self, mut address: usize) -> (Vec<Vec<u8>>, usize) {
        let mut all = vec![];
        while self.word(address) != 0 {
            all.push(self.string(self.word(address)));
            address += 8;
        }
        (all, address + 8)
    }

    fn all(&self) -> Everything {
        let (arguments, next) = self.strings(self.stack.pointer + 8);
        assert_eq!(self.word(self.stack.pointer), arguments.len());
        let (environment, mut next) = self.strings(next);
        let mut vector = BTreeMap::new();
        while self.word(next) != 0 {
            let before = vector.insert(self.word(next) as u32, self.word(next + 8));
            assert_eq!(before, None, "each key once");
            next += 16;
        }
        assert_eq!(self.word(next + 8), 0);
        (arguments, environment, vector)
    }
}

fn request<'a>(
    arguments: &'a [Vec<u8>],
    environment: &'a [Vec<u8>],
    auxiliary: &'a Auxiliary,
) -> StackRequest<'a> {
    StackRequest {
        architecture: Architecture::X86_64,
        top: TOP,
        limit: 8 * MIB,
        arguments,
        environment,
        executable: b"/bin/busybox",
        random: *b"0123456789abcdef",
        auxiliary,
    }
}

#[test]
fn a_program_finds_everything() {
    let (arguments, environment) = (list(&["ls", "-l", ""]), list(&["HOME=/", "A=B"]));
    let auxiliary = auxiliary();
    let stack = build(&request(&arguments, &environment, &auxiliary)).unwrap();
    let seen = Seen { stack: &stack };
    let (found_arguments, found_environment, vector) = seen.all();
    assert_eq!(
        (found_arguments, found_environment),
        (arguments, environment)
    );
    let expected = [
        (AT_PHDR, 0x40_0040),
        (AT_PHENT, 56),
        (AT_PHNUM, 9),
        (AT_PAGESZ, 4096),
        (AT_BASE, 0),
        (AT_FLAGS, 0),
        (AT_ENTRY, 0x40_1000),
        (AT_UID, 1),
        (AT_EUID, 2),
        (AT_GID, 3),
        (AT_EGID, 4),
        (AT_SECURE, 1),
        (AT_HWCAP, 0x178b_fbff),
        (AT_HWCAP2, 2),
        (AT_CLKTCK, 100),
        (AT_MINSIGSTKSZ, 1040),
    ];
    for (key, value) in expected {
        assert_eq!(vector.get(&key), Some(&value), "key {key}");
    }
    assert_eq!(vector.len(), expected.len() + 3);
    assert_eq!(seen.string(vector[&AT_EXECFN]), b"/bin/busybox");
    assert_eq!(seen.string(vector[&AT_PLATFORM]), b"x86_64");
    let random = vector[&AT_RANDOM] - stack.pointer;
    assert_eq!(stack.bytes[random..random + 16], *b"0123456789abcdef");
    // The name of the executable is the last string, below eight zero bytes.
    assert_eq!(vector[&AT_EXECFN] + 13 + 8, TOP);
    assert_eq!(stack.pointer + stack.bytes.len(), TOP);
}

#[test]
fn the_vector_has_its_address_and_the_vdso_if_there_is_one() {
    let auxiliary = Auxiliary {
        vdso: Some(0x7fff_0000_1000),
        ..auxiliary()
    };
    let stack = build(&request(&[], &[], &auxiliary)).unwrap();
    let (_, _, vector) = Seen { stack: &stack }.all();
    assert_eq!(vector.get(&AT_SYSINFO_EHDR), Some(&0x7fff_0000_1000));
    let place = stack
        .bytes
        .windows(stack.auxiliary.len())
        .position(|part| part == stack.auxiliary);
    assert_eq!(
        place,
        Some(8 * 4),
        "behind the count, one argument, two zeros"
    );
}

#[test]
fn there_is_always_an_argument() {
    let auxiliary = auxiliary();
    let stack = build(&request(&[], &[], &auxiliary)).unwrap();
    let (arguments, environment, _) = Seen { stack: &stack }.all();
    assert_eq!((arguments, environment), (vec![vec![]], vec![]));
}

#[test]
fn aarch64_says_its_name() {
    let auxiliary = auxiliary();
    let request = StackRequest {
        architecture: Architecture::Aarch64,
        ..request(&[], &[], &auxiliary)
    };
    let stack = build(&request).unwrap();
    let seen = Seen { stack: &stack };
    assert_eq!(seen.string(seen.all().2[&AT_PLATFORM]), b"aarch64");
}

#[test]
fn limits() {
    let auxiliary = auxiliary();
    let too_long = [vec![b'x'; MAXIMUM_STRING]];
    assert_eq!(
        build(&request(&too_long, &[], &auxiliary)),
        Err(Errno::E2BIG)
    );
    assert_eq!(
        build(&request(&[], &too_long, &auxiliary)),
        Err(Errno::E2BIG)
    );
    let just_right = [vec![b'x'; MAXIMUM_STRING - 1]];
    assert!(build(&request(&just_right, &[], &auxiliary)).is_ok());

    // A quarter of 8 MiB, exactly: strings, their zero bytes, pointers and the executable's name.
    let quarter = 2 * MIB;
    let fitting = |total: usize| {
        let mut strings = vec![vec![b'y'; 0xffff]; total / 0x10000 - 1];
        let used = strings.len() * (0x10000 + 8) + 13;
        strings.push(vec![b'z'; total - used - 9]);
        strings
    };
    assert!(build(&request(&fitting(quarter), &[], &auxiliary)).is_ok());
    let over = fitting(quarter + 1);
    assert_eq!(build(&request(&over, &[], &auxiliary)), Err(Errno::E2BIG));
    // With a larger stack it fits; with a small or endless one the fixed limits count.
    let wide = StackRequest {
        limit: 16 * MIB,
        ..request(&over, &[], &auxiliary)
    };
    assert!(build(&wide).is_ok());
    assert!(check_size(&fitting(MINIMUM_TOTAL), &[], b"/bin/busybox", 0).is_ok());
    assert_eq!(
        check_size(&over, &[], b"/bin/busybox", 4096),
        Err(Errno::E2BIG)
    );
    assert!(check_size(&fitting(MAXIMUM_TOTAL), &[], b"/bin/busybox", usize::MAX).is_ok());
    let most = fitting(MAXIMUM_TOTAL + 1);
    assert_eq!(
        check_size(&most, &[], b"/bin/busybox", usize::MAX),
        Err(Errno::E2BIG)
    );
}

#[test]
fn without_room_below_the_top() {
    let auxiliary = auxiliary();
    let arguments = list(&["some", "arguments"]);
    for top in [0, 8, 16, 32, 64, 256, 400] {
        let request = StackRequest {
            top,
            ..request(&arguments, &[], &auxiliary)
        };
        assert_eq!(build(&request), Err(Errno::ENOMEM), "{top}");
    }
}

fn strings() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(1u8.., 0..60), 0..20)
}

proptest! {
    #[test]
    fn any_strings(
        arguments in strings(),
        environment in strings(),
        executable in prop::collection::vec(1u8.., 0..40),
        top in 0usize..64,
    ) {
        let auxiliary = auxiliary();
        let request = StackRequest {
            executable: &executable,
            top: TOP + top * 16,
            ..request(&arguments, &environment, &auxiliary)
        };
        let stack = build(&request).unwrap();
        prop_assert_eq!(stack.pointer % 16, 0);
        prop_assert_eq!(stack.pointer + stack.bytes.len(), request.top);
        let seen = Seen { stack: &stack };
        let (found_arguments, found_environment, vector) = seen.all();
        let cmdline = |range: &Range<usize>| {
            stack.bytes[range.start - stack.pointer..range.end - stack.pointer].to_vec()
        };
        let joined = |strings: &[Vec<u8>]| {
            strings.iter().flat_map(|string| [string, b"\0".as_slice()].concat()).collect::<Vec<u8>>()
        };
        prop_assert_eq!(cmdline(&stack.arguments), joined(&found_arguments));
        prop_assert_eq!(cmdline(&stack.environment), joined(&found_environment));
        let expected = if arguments.is_empty() { vec![vec![]] } else { arguments.clone() };
        prop_assert_eq!(found_arguments, expected);
        prop_assert_eq!(&found_environment, &environment);
        prop_assert_eq!(seen.string(vector[&AT_EXECFN]), executable.clone());
        prop_assert_eq!(vector[&AT_RANDOM] + 16, vector[&AT_PLATFORM]);
    }
}
