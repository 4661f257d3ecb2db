// SPDX-License-Identifier: MIT OR Apache-2.0
//! How well the rewriter finds the system calls of real programs.
//!
//! `cargo run -p unix-gate --example rewrite_accuracy -- PROGRAM…` disassembles each static x86_64
//! program with `objdump` (from the start of each section, so with the knowledge of where code
//! begins that the rewriter lacks), rewrites its code page by page and compares. Exit status 1 if
//! an operand was damaged, 2 if only instructions were missed.
use std::collections::BTreeSet;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};
use unix_gate::layout::PAGE_SIZE;
use unix_gate::rewrite::x86_64::{CONTEXT, Window, rewrite};

/// A section with instructions.
struct Section {
    address: usize,
    offset: usize,
    size: usize,
}

fn objdump(arguments: &[&str], program: &str) -> String {
    let output = Command::new("objdump")
        .args(arguments)
        .arg(program)
        .output();
    let output = output.expect("objdump has to be installed");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn hexadecimal(text: &str) -> Option<usize> {
    usize::from_str_radix(text.trim().trim_end_matches(':'), 16).ok()
}

fn sections(program: &str) -> Vec<Section> {
    let parse = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        Some(Section {
            size: hexadecimal(fields.get(2)?)?,
            address: hexadecimal(fields.get(3)?)?,
            offset: hexadecimal(fields.get(5)?)?,
        })
    };
    objdump(&["-h", "-w"], program)
        .lines()
        .filter(|l| l.contains("CODE"))
        .filter_map(parse)
        .collect()
}

/// The addresses of all `syscall` instructions, prefixes not counted.
fn truth(program: &str) -> BTreeSet<usize> {
    let parse = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [address, bytes, text, ..] = fields[..] else {
            return None;
        };
        let is_call = text.split_whitespace().any(|word| word == "syscall") && !text.contains('<');
        let length = bytes.split_whitespace().count();
        is_call
            .then(|| hexadecimal(address).map(|address| address + length - 2))
            .flatten()
    };
    objdump(&["-d", "-w", "--insn-width=16"], program)
        .lines()
        .filter_map(parse)
        .collect()
}

/// Pages of a section as they would be rewritten: found, left alone as operand, unclear.
fn rewritten(file: &[u8], section: &Section, time: &mut Duration) -> [Vec<usize>; 3] {
    let mut found: [Vec<usize>; 3] = Default::default();
    let first = section.address & !(PAGE_SIZE - 1);
    let code = &file[section.offset..section.offset + section.size];
    for page in (first..section.address + section.size).step_by(PAGE_SIZE) {
        let byte = |address: usize| {
            address
                .checked_sub(section.address)
                .and_then(|i| code.get(i))
        };
        let range =
            |from: usize, to: usize| (from..to).filter_map(byte).copied().collect::<Vec<u8>>();
        let before = range(page - CONTEXT, page);
        let after = range(page + PAGE_SIZE, page + PAGE_SIZE + CONTEXT);
        let mut bytes = [0; PAGE_SIZE];
        for (index, value) in bytes.iter_mut().enumerate() {
            *value = byte(page + index).copied().unwrap_or(0);
        }
        let start = Instant::now();
        let report = rewrite(Window {
            before: &before,
            page: &mut bytes,
            after: &after,
        });
        *time += start.elapsed();
        let lists = [&report.replaced, &report.operands, &report.unclear];
        for (all, list) in found.iter_mut().zip(lists) {
            all.extend(list.iter().map(|&at| page + usize::from(at)));
        }
    }
    found
}

fn main() -> ExitCode {
    let mut status = 0;
    println!(
        "| program | code KiB | calls | found | missed | operands left | damaged | unclear | time per page |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for program in std::env::args().skip(1) {
        let file = std::fs::read(&program).expect("the program has to be readable");
        let truth = truth(&program);
        let mut found = BTreeSet::new();
        let (mut operands, mut unclear, mut size) = (0, 0, 0);
        let mut time = Duration::ZERO;
        for section in sections(&program) {
            let [replaced, left, open] = rewritten(&file, &section, &mut time);
            found.extend(replaced);
            operands += left.len();
            unclear += open.len();
            size += section.size;
        }
        let missed: Vec<_> = truth.difference(&found).collect();
        let damaged: Vec<_> = found.difference(&truth).collect();
        let pages = size.div_ceil(PAGE_SIZE).max(1) as u32;
        println!(
            "| {program} | {} | {} | {} | {} | {operands} | {} | {unclear} | {:?} |",
            size / 1024,
            truth.len(),
            found.intersection(&truth).count(),
            missed.len(),
            damaged.len(),
            time / pages
        );
        for address in &missed {
            eprintln!("{program}: missed {address:#x}");
        }
        for address in &damaged {
            eprintln!("{program}: damaged {address:#x}");
        }
        status = match (damaged.is_empty(), missed.is_empty()) {
            (false, _) => 1,
            (true, false) if status == 0 => 2,
            _ => status,
        };
    }
    ExitCode::from(status)
}
