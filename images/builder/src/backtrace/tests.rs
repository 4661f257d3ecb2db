// SPDX-License-Identifier: MIT OR Apache-2.0
use std::env;
use std::fs;
use std::hint::black_box;

use object::{Object, ObjectSymbol};

use super::*;

#[test]
fn lines_of_the_root_task_are_read() {
    let addresses = parse("root task: server unix: backtrace 0x4012ab (0x401300) 0x401400 0x10");
    let wanted = Addresses {
        server: Some("unix"),
        at: 0x40_12ab,
        link: Some(0x40_1300),
        callers: vec![0x40_1400, 0x10],
    };
    assert_eq!(addresses, Some(wanted));
    let own = parse("root task: backtrace 0x1").unwrap();
    assert_eq!((own.server, own.at, own.callers.len()), (None, 1, 0));
    for other in [
        "",
        "unix: root task: server unix: backtrace 0x1",
        "root task: server unix panicked: src/main.rs:1: backtrace 0x1",
        "root task: server unix: backtrace",
        "root task: backtrace one",
        "root task: backtrace 0x1 (0xx) 0x2",
        "root task: backtrace 0x1 0x2 and more",
    ] {
        assert_eq!(parse(other), None, "{other}");
    }
}

fn place(function: &str, line: Option<u32>, leaf: bool) -> Place {
    Place {
        function: function.to_owned(),
        line: line.map(|line| ("/tree/a.rs".to_owned(), line)),
        leaf,
    }
}

/// What stands at some addresses: each function has a hundred.
fn find(address: u64) -> Option<Vec<Place>> {
    Some(match address / 100 {
        1 => vec![place("main", Some(1), false)],
        2 => vec![
            place("inlined", Some(2), false),
            place("outer", Some(3), false),
        ],
        3 => vec![place("memcpy", None, true)],
        4 => vec![place("core::panicking::panic_fmt", Some(4), true)],
        5 => vec![place("core::option::unwrap_failed", Some(5), true)],
        6 => vec![place("handler", Some(6), false)],
        _ => return None,
    })
}

fn explained(at: u64, link: Option<u64>, callers: &[u64]) -> Vec<String> {
    explained_on(Arch::X86_64, at, link, callers)
}

fn explained_on(arch: Arch, at: u64, link: Option<u64>, callers: &[u64]) -> Vec<String> {
    let addresses = Addresses {
        server: None,
        at,
        link,
        callers: callers.to_vec(),
    };
    lines(&frames(arch, &addresses, find), Path::new("/tree"))
}

#[test]
fn inlined_functions_and_unknown_addresses_have_lines() {
    let lines = explained(220, None, &[150, 0x7000]);
    let wanted = [
        "   0: inlined at a.rs:2",
        "   1: outer at a.rs:3",
        "   2: main at a.rs:1",
        "   3: 0x7000",
    ];
    assert_eq!(lines, wanted);
    // A return address at the start of a function is behind the end of the one before.
    assert_eq!(explained(220, None, &[200])[2], "   2: main at a.rs:1");
}

#[test]
fn a_return_address_counts_where_the_stack_has_none() {
    let names_on = |arch, at, link, callers: &[u64]| -> Vec<String> {
        let lines = explained_on(arch, at, link, callers);
        let word = |line: &String| line.split_whitespace().nth(1).unwrap().to_owned();
        lines.iter().map(word).collect()
    };
    let names = |at, link, callers: &[u64]| {
        let names = names_on(Arch::X86_64, at, link, callers);
        // On aarch64 more of them count.
        let others = names_on(Arch::Aarch64, at, link, callers);
        assert!(others == names || (at, link) == (220, Some(150)));
        names
    };
    assert_eq!(
        names_on(Arch::Aarch64, 220, Some(150), &[610]),
        ["inlined", "outer", "main", "handler"]
    );
    // Assembly language keeps no frame; the compiler's functions do; what is there already is no other.
    assert_eq!(
        names(310, Some(150), &[250]),
        ["memcpy", "main", "inlined", "outer"]
    );
    assert_eq!(names(220, Some(150), &[150]), ["inlined", "outer", "main"]);
    assert_eq!(names(310, Some(150), &[150]), ["memcpy", "main"]);
    assert_eq!(names(310, Some(320), &[150]), ["memcpy", "main"]);
    // A jump to nowhere came from somewhere.
    assert_eq!(
        names(0, Some(150), &[250]),
        ["0x0", "main", "inlined", "outer"]
    );
    assert_eq!(names(310, Some(0), &[]), ["memcpy"]);
}

#[test]
fn recursion_is_told_in_two_lines() {
    let lines = explained(150, None, &[250, 250, 250, 350]);
    assert_eq!(lines.len(), 8, "{lines:?}");
    let lines = explained(310, None, &[150, 150, 150, 350]);
    let wanted = [
        "   0: memcpy",
        "   1: main at a.rs:1",
        "      … and 2 times more",
        "   4: memcpy",
    ];
    assert_eq!(lines, wanted);
}

#[test]
fn the_handling_of_a_panic_is_left_out() {
    let lines = explained(610, None, &[410, 510, 250, 150]);
    assert_eq!(lines[0], "   0: inlined at a.rs:2");
    assert_eq!(lines.len(), 3);
    // Without a panic nothing is.
    assert_eq!(explained(510, None, &[150]).len(), 2);
}

/// To be found by its name.
#[inline(never)]
fn stands_in_the_tests(number: u32) -> u32 {
    black_box(number) + 1
}

#[test]
fn a_program_tells_function_and_line() {
    assert_eq!(stands_in_the_tests(1), 2);
    let path = env::current_exe().unwrap();
    let bytes = fs::read(&path).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let symbol = file
        .symbols()
        .find(|symbol| {
            symbol
                .name()
                .is_ok_and(|name| name.contains("stands_in_the_tests"))
        })
        .unwrap();
    let program = Program::read(&path).unwrap();
    let places = program.place(symbol.address()).unwrap();
    let place = places.last().unwrap();
    assert!(
        place
            .function
            .ends_with("backtrace::tests::stands_in_the_tests"),
        "{place:?}"
    );
    let (file, line) = place.line.as_ref().unwrap();
    assert!(
        file.ends_with("images/builder/src/backtrace/tests.rs"),
        "{file}"
    );
    let source = include_str!("tests.rs").lines().nth(*line as usize - 1);
    assert!(
        source.is_some_and(|text| text.contains("fn stands_in_the_tests")),
        "{line}"
    );
    // Nothing is there, or no code.
    assert_eq!(program.place(1), None);
    assert_eq!(program.place(u64::MAX), None);
}

#[test]
fn what_is_no_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text");
    assert!(Program::read(&path).is_err());
    fs::write(&path, "no program").unwrap();
    assert!(Program::read(&path).is_err());
}
