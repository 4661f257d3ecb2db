// SPDX-License-Identifier: MIT OR Apache-2.0
//! The rewriter on code that is put together here, so that it is known what is what. How it does on
//! real programs is measured by the example `rewrite_accuracy`.
use super::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

const NO_OPERATION: u8 = 0x90;

/// A page of `nop` with some code in it.
fn page_with(offset: usize, code: &[u8]) -> [u8; PAGE_SIZE] {
    let mut page = [NO_OPERATION; PAGE_SIZE];
    page[offset..][..code.len()].copy_from_slice(code);
    page
}

fn rewritten(page: &mut [u8; PAGE_SIZE]) -> Report {
    rewrite(Window {
        before: &[],
        page,
        after: &[],
    })
}

#[test]
fn as_libraries_call() {
    let cases: [&[u8]; 6] = [
        // mov eax, 60; syscall
        &[0xb8, 60, 0, 0, 0, 0x0f, 0x05],
        // mov eax, 257; syscall; cmp rax, -4096
        &[
            0xb8, 1, 1, 0, 0, 0x0f, 0x05, 0x48, 0x3d, 0, 0xf0, 0xff, 0xff,
        ],
        // mov r10, rcx; syscall; ret
        &[0x49, 0x89, 0xca, 0x0f, 0x05, 0xc3],
        // mov rax, rdi; mov rdi, rsi; mov rsi, rdx; syscall
        &[
            0x48, 0x89, 0xf8, 0x48, 0x89, 0xf7, 0x48, 0x89, 0xd6, 0x0f, 0x05,
        ],
        // xor eax, eax; syscall; test rax, rax
        &[0x31, 0xc0, 0x0f, 0x05, 0x48, 0x85, 0xc0],
        // A useless prefix before it.
        &[0x31, 0xc0, 0x48, 0x0f, 0x05],
    ];
    for code in cases {
        let mut page = page_with(1000, code);
        let at = 1000 + code.windows(2).position(|pair| pair == SYSCALL).unwrap();
        let report = rewritten(&mut page);
        assert_eq!(
            report,
            Report {
                replaced: vec![at as u16],
                ..Report::default()
            },
            "{code:02x?}"
        );
        let mut expected = page_with(1000, code);
        expected[at..at + 2].copy_from_slice(&INTERRUPT);
        assert_eq!(page, expected);
        assert_eq!(rewritten(&mut page), Report::default(), "once is enough");
    }
}

#[test]
fn operands_stay() {
    let cases: [&[u8]; 7] = [
        // mov eax, 0x50f
        &[0xb8, 0x0f, 0x05, 0, 0],
        // mov rax, 0x1122_050f_3344_5566
        &[0x48, 0xb8, 0x66, 0x55, 0x44, 0x33, 0x0f, 0x05, 0x22, 0x11],
        // lea rdi, [rip + 0x1050f]
        &[0x48, 0x8d, 0x3d, 0x0f, 0x05, 1, 0],
        // call +0x50f
        &[0xe8, 0x0f, 0x05, 0, 0],
        // jne +0x50f, whose own bytes begin with 0f
        &[0x0f, 0x85, 0x0f, 0x05, 0, 0],
        // cmp dword ptr [rdi + 0x50f], 5
        &[0x83, 0xbf, 0x0f, 0x05, 0, 0, 5],
        // mov al, 0x0f; add eax, imm32: two instructions, neither is a call
        &[0xb0, 0x0f, 0x05, 1, 2, 3, 4],
    ];
    for code in cases {
        let mut page = page_with(1000, code);
        let at = 1000 + code.windows(2).position(|pair| pair == SYSCALL).unwrap();
        let report = rewritten(&mut page);
        assert_eq!(
            report,
            Report {
                operands: vec![at as u16],
                ..Report::default()
            },
            "{code:02x?}"
        );
        assert_eq!(page, page_with(1000, code));
    }
}

#[test]
fn at_the_start_of_what_is_known() {
    let mut page = page_with(0, &SYSCALL);
    assert_eq!(rewritten(&mut page).replaced, [0]);
    let mut page = page_with(0, &[0xb8, 60, 0, 0, 0, 0x0f, 0x05]);
    assert_eq!(rewritten(&mut page).replaced, [5]);
    let mut page = page_with(0, &[0xb8, 0x0f, 0x05, 0, 0]);
    assert_eq!(rewritten(&mut page).operands, [1]);
}

/// Two pages with a call (or what looks like one) over the border between them.
fn over_the_border(code: &[u8], split: usize) -> ([u8; PAGE_SIZE], [u8; PAGE_SIZE]) {
    let first = page_with(PAGE_SIZE - split, &code[..split]);
    (first, page_with(0, &code[split..]))
}

#[test]
fn over_a_page_border() {
    let call = [0x49, 0x89, 0xca, 0x0f, 0x05, 0xc3];
    let (first, second) = over_the_border(&call, 4);
    // From each side alone, with the other one as context.
    let mut left = first;
    let report = rewrite(Window {
        before: &[],
        page: &mut left,
        after: &second[..CONTEXT],
    });
    assert_eq!(
        report,
        Report {
            replaced: vec![4095],
            ..Report::default()
        }
    );
    assert_eq!((left[4095], &left[..4095]), (FIRST_BYTE, &first[..4095]));
    for context in [&first, &left] {
        let mut right = second;
        let before = &context[PAGE_SIZE - CONTEXT..];
        let report = rewrite(Window {
            before,
            page: &mut right,
            after: &[],
        });
        assert_eq!(
            report,
            Report {
                begins_before: true,
                ..Report::default()
            }
        );
        assert_eq!((right[0], &right[1..]), (CALL_VECTOR, &second[1..]));
    }
    // Without the other side the left one knows that it does not know.
    let mut left = first;
    let report = rewritten(&mut left);
    assert_eq!((report.ends_open, left), (true, first));

    // An operand over the border stays from both sides.
    let (first, second) = over_the_border(&[0xb8, 0x0f, 0x05, 0, 0], 2);
    let (mut left, mut right) = (first, second);
    let report = rewrite(Window {
        before: &[],
        page: &mut left,
        after: &second,
    });
    assert_eq!((report.operands, left), (vec![4095], first));
    let report = rewrite(Window {
        before: &first,
        page: &mut right,
        after: &[],
    });
    assert_eq!((report, right), (Report::default(), second));
}

#[test]
fn a_jump_into_an_operand_is_not_helped() {
    // mov eax, 0xc3050f: a program that jumps to its second byte makes a raw call. The operand may
    // not be changed for that; the kernel loses its stack pointer, and it dies.
    let mut page = page_with(64, &[0xb8, 0x0f, 0x05, 0xc3, 0]);
    assert_eq!(rewritten(&mut page).operands, [65]);
}

#[test]
fn calls_of_32_bit_programs() {
    let page = page_with(5, &[0xcd, 0x80, 0x0f, 0x34, 0x0f, 0x05]);
    assert_eq!(foreign(&page).collect::<Vec<_>>(), [5, 7]);
    assert_eq!(foreign(&[0xcd]).count() + foreign(&[0x0f]).count(), 0);
}

/// Instructions as compilers make them, some with four bytes of operand.
fn instruction() -> impl Strategy<Value = (Vec<u8>, bool)> {
    let operand = prop_oneof![
        3 => any::<[u8; 4]>(),
        2 => any::<[u8; 2]>().prop_map(|[a, b]| [0x0f, 0x05, a, b]),
        2 => any::<[u8; 2]>().prop_map(|[a, b]| [a, 0x0f, 0x05, b]),
        1 => Just([0, 0, 0x0f, 0x05]),
    ];
    let heads: Vec<&[u8]> = vec![
        &[0xb8],
        &[0xbf],
        &[0xe8],
        &[0xe9],
        &[0x48, 0x8d, 0x3d],
        &[0x48, 0x8b, 0x05],
        &[0x8b, 0x87],
        &[0x48, 0x81, 0xc4],
        &[0x0f, 0x84],
        &[0x48, 0xc7, 0xc0],
        &[0xf2, 0x0f, 0x10, 0x05],
        &[0xc5, 0xfd, 0x6f, 0x05],
    ];
    let short: Vec<&[u8]> = vec![
        &[0x55],
        &[0x53],
        &[0xc3],
        &[0x48, 0x89, 0xe5],
        &[0x31, 0xc0],
        &[0x85, 0xc0],
        &[0x74, 0x10],
        &[0x48, 0x8b, 0x45, 0xf8],
        &[0x0f, 0xb6, 0xc0],
        &[0x48, 0x83, 0xec, 0x18],
        &[0x66, 0x0f, 0xef, 0xc0],
        &[0x41, 0x54],
    ];
    prop_oneof![
        4 => (prop::sample::select(heads), operand)
            .prop_map(|(head, operand)| ([head, &operand].concat(), false)),
        5 => prop::sample::select(short).prop_map(|code| (code.to_vec(), false)),
        1 => Just((SYSCALL.to_vec(), true)),
    ]
}

/// Code out of random instructions, of whose operands every second one looks like a call: far worse
/// than real code. Not one may be damaged and very few missed in this sample, which is always the
/// same one.
#[test]
fn made_up_code() {
    let mut runner = TestRunner::deterministic();
    let strategy = prop::collection::vec(instruction(), 200..300);
    let (mut calls, mut operands, mut missed) = (0, 0, 0);
    for _ in 0..200 {
        let code = strategy.new_tree(&mut runner).unwrap().current();
        let mut bytes = vec![];
        let mut places = vec![];
        for (instruction, is_call) in code {
            if is_call {
                places.push(bytes.len() as u16);
            }
            bytes.extend(instruction);
        }
        let mut page = page_with(0, &bytes);
        let report = rewritten(&mut page);
        for at in &report.replaced {
            assert!(places.contains(at), "{at} damaged");
        }
        // The first bytes have nothing before them to tell by.
        let known = places.iter().filter(|at| **at >= CONTEXT as u16);
        missed += known
            .clone()
            .filter(|at| !report.replaced.contains(at))
            .count();
        calls += known.count();
        operands += report.operands.len();
    }
    assert!(calls > 4000 && operands > 10_000, "{calls} {operands}");
    assert!(missed * 1000 <= calls, "{missed} of {calls} missed");
}

proptest! {
    /// Any bytes: no panic, nothing but whole pairs is changed, and twice is as good as once.
    #[test]
    fn any_bytes(
        before in prop::collection::vec(prop_oneof![any::<u8>(), Just(0x0f), Just(5)], 0..100),
        after in prop::collection::vec(prop_oneof![any::<u8>(), Just(0x0f), Just(5)], 0..40),
        content in prop::collection::vec(
            prop_oneof![4 => any::<u8>(), 1 => Just(0x0f), 1 => Just(5)],
            1..300,
        ),
        start in 0..PAGE_SIZE,
    ) {
        let mut old = [NO_OPERATION; PAGE_SIZE];
        for (index, byte) in content.into_iter().enumerate() {
            old[(start + index) % PAGE_SIZE] = byte;
        }
        let mut page = old;
        let report = rewrite(Window { before: &before, page: &mut page, after: &after });
        for &at in &report.replaced {
            prop_assert_eq!(page[at as usize], FIRST_BYTE);
            prop_assert_eq!(old[at as usize], SYSCALL[0]);
        }
        let changed = old.iter().zip(&page).filter(|(old, new)| old != new).count();
        let straddles = report.replaced.contains(&(LAST as u16));
        let expected =
            2 * report.replaced.len() - usize::from(straddles) + usize::from(report.begins_before);
        prop_assert_eq!(changed, expected);
    }
}
