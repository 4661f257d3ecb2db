// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers, layouts and bit fields.
//!
//! The C compiler puts each number into an object file. Then rustc compiles the generated sources with an
//! assertion for each. Bit fields are functions in C, so those numbers come out of a program that runs.

use std::fmt::Write;
use std::path::Path;

use object::{Object, ObjectSymbol};

use crate::generated::Generated;
use crate::tools::{c_compiler, run, rustc, write};

/// A number: its C expression and its Rust expression.
struct Number {
    c: String,
    rust: String,
}

fn number(c: impl Into<String>, rust: impl Into<String>) -> Number {
    Number {
        c: c.into(),
        rust: rust.into(),
    }
}

pub fn compare(prefix: &Path) {
    let generated = Generated::new(prefix);
    let checks = checks(&generated);
    let count = checks.lines().count();
    assert!(count > 250, "only {count} numbers were compared");
    assert_holds(&generated, &checks).unwrap();
}

pub fn find_a_wrong_one(prefix: &Path) {
    let generated = Generated::new(prefix);
    let checks = checks(&generated);
    let label = &generated.interface.methods[7].id;
    let right = checks
        .lines()
        .find(|line| line.contains(&format!("{label} ")))
        .unwrap();
    let (expression, value) = right.split_once("==").unwrap();
    let value: u64 = value.trim().trim_end_matches(");").parse().unwrap();
    let wrong = format!("{expression}== {});", value + 1);
    let error = assert_holds(&generated, &checks.replace(right, &wrong)).unwrap_err();
    assert!(error.contains(label.as_str()), "{error}");
}

/// The assertions, a line each.
fn checks(generated: &Generated) -> String {
    let mut numbers = labels(generated);
    numbers.extend(syscalls(generated));
    numbers.extend(constants(generated));
    numbers.extend(layouts(generated));
    let values = compile(generated, &numbers);
    let mut checks = String::new();
    for (number, value) in numbers.iter().zip(values) {
        let _ = writeln!(checks, "const _: () = assert!({} == {value});", number.rust);
    }
    checks + &bitfields(generated)
}

fn labels(generated: &Generated) -> Vec<Number> {
    let methods = &generated.interface.methods;
    let mut numbers: Vec<Number> = methods
        .iter()
        .map(|method| {
            number(
                &method.id,
                format!("invocation_label::{} as u64", method.id),
            )
        })
        .collect();
    // The C enumerations go on to the end, so no label is missing.
    let end = methods.last().unwrap().label + 1;
    numbers.push(number("nArchInvocationLabels", format!("{end}u64")));
    numbers
}

fn syscalls(generated: &Generated) -> Vec<Number> {
    let existing = generated.syscalls.iter().filter(|syscall| syscall.exists);
    existing
        .map(|syscall| {
            let name = &syscall.name;
            number(
                format!("seL4_Sys{name}"),
                format!("syscall_id::{name} as i64 as u64"),
            )
        })
        .collect()
}

fn constants(generated: &Generated) -> Vec<Number> {
    let names = generated.constants.iter();
    let mut numbers: Vec<Number> = names
        // The padding of an enumeration has no name of its own in C.
        .filter(|name| !name.starts_with("_enum_pad_"))
        .map(|name| number(name, format!("{name} as u64")))
        .collect();
    for union in &generated.bitfields.unions {
        for (tag, _) in &union.tags {
            let name = format!("{}_{tag}", union.name);
            numbers.push(number(&name, format!("{name} as u64")));
        }
    }
    numbers
}

fn layouts(generated: &Generated) -> Vec<Number> {
    let mut numbers = Vec::new();
    for (name, members) in &generated.structs {
        numbers.push(number(
            format!("sizeof({name})"),
            format!("core::mem::size_of::<{name}>() as u64"),
        ));
        for member in members {
            numbers.push(number(
                format!("__builtin_offsetof({name}, {member})"),
                format!("core::mem::offset_of!({name}, {member}) as u64"),
            ));
        }
    }
    for required in ["seL4_IPCBuffer", "seL4_UserContext", "seL4_BootInfo"] {
        assert!(
            generated.structs.contains_key(required),
            "{required} is missing"
        );
    }
    numbers
}

const INCLUDES: &str = "#include <autoconf.h>
#include <sel4/types.h>
#include <sel4/bootinfo_types.h>
#include <sel4/invocation.h>
#include <sel4/macros.h>
seL4_Word seL4_GetMR(int i);
#include <sel4/arch/mapping.h>
#if __has_include(<sel4/arch/bootinfo_types.h>)
#include <sel4/arch/bootinfo_types.h>
#endif
";

/// What the C compiler of the kernel's architecture says that the numbers are.
fn compile(generated: &Generated, numbers: &[Number]) -> Vec<u64> {
    let mut source = String::from(INCLUDES);
    source.push_str("const unsigned long numbers[] __attribute__((section(\".numbers\"))) = {\n");
    for number in numbers {
        let _ = writeln!(source, "(unsigned long)({}),", number.c);
    }
    source.push_str("};\n");
    let (input, output) = (generated.path("numbers.c"), generated.path("numbers.o"));
    write(&input, &source);
    let installation = &generated.installation;
    let mut compiler = c_compiler(installation, installation.architecture().name());
    run(compiler.arg("-c").arg(&input).arg("-o").arg(&output)).unwrap();

    let bytes = std::fs::read(&output).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let symbol = file.symbol_by_name("numbers").unwrap();
    let section = file
        .section_by_index(symbol.section_index().unwrap())
        .unwrap();
    let data = object::ObjectSection::data(&section).unwrap();
    assert_eq!(data.len(), numbers.len() * 8);
    let words = data.chunks_exact(8);
    words
        .map(|word| u64::from_le_bytes(word.try_into().unwrap()))
        .collect()
}

/// Assertions on bit fields: each field alone with all of its bits, and one value with all different.
fn bitfields(generated: &Generated) -> String {
    let fields = &generated.bitfields;
    // Rust's path of the constructor, C's name of it, the fields' widths, C's expression of the word.
    let mut constructors: Vec<(String, String, Vec<u32>)> = Vec::new();
    let tags = |name: &str| {
        fields
            .unions
            .iter()
            .find(|union| union.tags.iter().any(|(tag, _)| tag == name))
    };
    for block in fields.blocks.iter().filter(|block| block.bits == 64) {
        let (rust, c, tag) = match tags(&block.name) {
            Some(union) => (
                format!("{}::{}_new", union.name, block.name),
                format!("{}_{}_new", union.name, block.name),
                union.tag_field.as_str(),
            ),
            None => (
                format!("{}::new", block.name),
                format!("{}_new", block.name),
                "",
            ),
        };
        let widths = block.fields.iter().filter(|field| field.name != tag);
        constructors.push((rust, c, widths.map(|field| field.width).collect()));
    }
    let mut calls = Vec::new();
    for (rust, c, widths) in &constructors {
        let full: Vec<u64> = widths
            .iter()
            .map(|width| u64::MAX >> (64 - width))
            .collect();
        let alone = |one: usize| {
            let zero_others = full.iter().enumerate();
            zero_others
                .map(|(index, value)| if index == one { *value } else { 0 })
                .collect()
        };
        let mut cases: Vec<Vec<u64>> = (0..full.len()).map(alone).collect();
        let pattern = full.iter().enumerate();
        cases.push(
            pattern
                .map(|(index, value)| (0x5a5a_5a5a_5a5a_5a5a >> index) & value)
                .collect(),
        );
        for case in cases {
            let arguments: Vec<String> = case.iter().map(|value| format!("{value}ul")).collect();
            let rust_arguments = arguments.join(", ").replace("ul", "");
            calls.push((
                format!("{rust}({rust_arguments}).words[0]"),
                format!("{c}({}).words[0]", arguments.join(", ")),
            ));
        }
    }
    assert!(
        calls.len() > 10,
        "only {} bit fields were compared",
        calls.len()
    );

    let mut source = format!("{INCLUDES}int printf(const char *, ...);\nint main(void) {{\n");
    for (_, c) in &calls {
        let _ = writeln!(source, "printf(\"%lu\\n\", (unsigned long){c});");
    }
    source.push_str("return 0; }\n");
    let (input, output) = (generated.path("bitfields.c"), generated.path("bitfields"));
    write(&input, &source);
    // Bit fields are plain C, the same on every architecture: the host runs it.
    let mut compiler = c_compiler(&generated.installation, std::env::consts::ARCH);
    compiler.args([
        "-DLIBSEL4_INLINE_FUNC=static inline",
        "-DseL4_DebugAssert(x)=",
    ]);
    run(compiler.arg(&input).arg("-o").arg(&output)).unwrap();
    let values = run(&mut std::process::Command::new(&output)).unwrap();

    let mut checks = String::new();
    for ((rust, _), value) in calls.iter().zip(values.lines()) {
        let _ = writeln!(checks, "const _: () = assert!({rust} == {value});");
    }
    checks
}

/// Compiles the generated sources with the assertions.
fn assert_holds(generated: &Generated, checks: &str) -> Result<(), String> {
    let source = format!(
        "#![no_std]\n\
         mod bindings {{ include!(\"bindings.rs\"); }}\n\
         mod bitfields {{ use super::bindings::*; include!(\"bitfields.rs\"); }}\n\
         mod invocation_label {{ include!(\"labels.rs\"); }}\n\
         mod syscall_id {{ include!(\"syscalls.rs\"); }}\n\
         pub use bindings::*;\n\
         pub use bitfields::*;\n\
         {checks}"
    );
    let input = generated.path("checks.rs");
    write(&input, &source);
    let mut rustc = rustc(generated.installation.architecture());
    rustc.args(["--crate-type=lib", "--emit=metadata", "--out-dir"]);
    run(rustc.arg(generated.dir.path()).arg(&input)).map(|_| ())
}
