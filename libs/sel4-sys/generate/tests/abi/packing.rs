// SPDX-License-Identifier: MIT OR Apache-2.0
//! Arguments and results of invocations.
//!
//! A C program calls libsel4's own stubs and a Rust program the generated functions, with the same
//! arguments. In place of the kernel both have a function that prints the message and makes up a reply.
//! Stubs are plain code, so the host runs both whatever the kernel's architecture is.

use std::env::consts::ARCH;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use sel4_config_data::Architecture;
use sel4_sys_generate::{Method, Parameter};

use crate::generated::Generated;
use crate::tools::{c_compiler, run, rustc, write};

pub fn compare(prefix: &Path) {
    let generated = Generated::new(prefix);
    let c = run_c(&generated);
    let rust = run_rust(&generated);
    assert!(c.lines().count() > 2 * generated.interface.methods.len());
    for (c, rust) in c.lines().zip(rust.lines()) {
        assert_eq!(
            c, rust,
            "libsel4 (left) and the generated function (right) differ"
        );
    }
    assert_eq!(c.len(), rust.len());
}

/// A number that differs from argument to argument, and whose bits look random.
fn argument(method: usize, parameter: usize, member: usize) -> u64 {
    let seed = (method * 64 + parameter) * 64 + member + 1;
    let mixed = (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ mixed >> 29
}

/// What the replies hold.
const REPLY_SEED: u64 = 0xd1b5_4a32_d192_ed03;

/// The members of a structure parameter.
fn members<'a>(generated: &'a Generated, parameter: &Parameter) -> Option<&'a [String]> {
    let structs = &generated.interface.structs;
    structs
        .iter()
        .find(|structure| structure.name == parameter.type_name)
        .map(|structure| structure.members.as_slice())
}

fn is_bitfield(parameter: &Parameter) -> bool {
    let name = &parameter.type_name;
    name.ends_with("_t")
}

/// Results in order: those by reference are structures, the others members of what is returned.
fn plain_outputs<'a>(generated: &Generated, method: &'a Method) -> Vec<&'a Parameter> {
    let outputs = method.parameters.iter().filter(|output| output.is_output);
    outputs
        .filter(|output| members(generated, output).is_none())
        .collect()
}

fn run_c(generated: &Generated) -> String {
    let mut source = format!(
        "#include <autoconf.h>
#include <sel4/types.h>
#include <sel4/invocation.h>
int printf(const char *, ...);
static unsigned long msg[120], caps[3];
static void seL4_SetMR(int i, unsigned long value) {{ msg[i] = value; }}
static unsigned long seL4_GetMR(int i) {{ return msg[i]; }}
static void seL4_SetCap(int i, unsigned long value) {{ caps[i] = value; }}
static seL4_MessageInfo_t seL4_CallWithMRs(seL4_CPtr service, seL4_MessageInfo_t info,
    seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3) {{
    printf(\"%lx %lx: %lx %lx %lx %lx\", service, info.words[0], *mr0, *mr1, *mr2, *mr3);
    unsigned long length = seL4_MessageInfo_get_length(info);
    for (unsigned long i = 4; i < length; i++) printf(\" %lx\", msg[i]);
    unsigned long count = seL4_MessageInfo_get_extraCaps(info);
    for (unsigned long i = 0; i < count; i++) printf(\" cap %lx\", caps[i]);
    printf(\"\\n\");
    for (int i = 0; i < 120; i++) msg[i] = {REPLY_SEED:#x}ul * (i + 1);
    *mr0 = msg[0]; *mr1 = msg[1]; *mr2 = msg[2]; *mr3 = msg[3];
    return seL4_MessageInfo_new(0, 0, 0, 0);
}}
#include <interfaces/sel4_client.h>
int main(void) {{
"
    );
    for (index, method) in generated.interface.methods.iter().enumerate() {
        let name = format!("{}_{}", method.interface, method.name);
        let mut before = String::new();
        let mut after = String::new();
        let mut inputs = vec![format!("{}ul", argument(index, 60, 0))];
        let mut references = Vec::new();
        for (position, parameter) in method.parameters.iter().enumerate() {
            let type_name = &parameter.type_name;
            if let Some(members) = members(generated, parameter) {
                let variable = format!("s{position}");
                let _ = writeln!(before, "{type_name} {variable};");
                for (number, member) in members.iter().enumerate() {
                    let value = argument(index, position, number);
                    let _ = writeln!(before, "{variable}.{member} = {value}ul;");
                    if parameter.is_output {
                        let _ = writeln!(after, "printf(\" %lx\", {variable}.{member});");
                    }
                }
                let list = if parameter.is_output {
                    &mut references
                } else {
                    &mut inputs
                };
                list.push(format!("&{variable}"));
            } else if !parameter.is_output {
                let value = argument(index, position, 0);
                inputs.push(match is_bitfield(parameter) {
                    true => format!("({type_name}){{{{{value}ul}}}}"),
                    false => format!("({type_name}){value}ul"),
                });
            }
        }
        inputs.extend(references);
        let call = format!("{name}({})", inputs.join(", "));
        let outputs = plain_outputs(generated, method);
        let _ = writeln!(source, "{{ printf(\"{name}\\n\");\n{before}");
        if outputs.is_empty() {
            let _ = writeln!(source, "printf(\"%ld\", (long){call});");
        } else {
            let _ = writeln!(
                source,
                "{name}_t result = {call};\nprintf(\"%d\", result.error);"
            );
            for output in outputs {
                let _ = writeln!(
                    source,
                    "printf(\" %lx\", (unsigned long)result.{});",
                    output.name
                );
            }
        }
        let _ = writeln!(source, "{after}printf(\"\\n\"); }}");
    }
    source.push_str("return 0; }\n");

    let (input, output) = (generated.path("stubs.c"), generated.path("stubs_c"));
    write(&input, &source);
    let mut compiler = c_compiler(&generated.installation, ARCH);
    compiler.arg("-DseL4_DebugAssert(x)=");
    run(compiler.arg(&input).arg("-o").arg(&output)).unwrap();
    run(&mut Command::new(&output)).unwrap()
}

fn run_rust(generated: &Generated) -> String {
    let mut source = format!(
        "mod bindings {{ include!(\"bindings.rs\"); }}
mod bitfields {{ use super::bindings::*; include!(\"bitfields.rs\"); }}
mod invocation_label {{ include!(\"labels.rs\"); }}
mod stubs {{ use super::bindings::*; use super::invocation_label; include!(\"stubs.rs\"); }}
use bindings::*;
use stubs::*;
impl seL4_IPCBuffer {{
    fn invoke(&mut self, service: u64, info: seL4_MessageInfo, words: [u64; 4]) -> (u32, [u64; 4]) {{
        let [a, b, c, d] = words;
        print!(\"{{service:x}} {{:x}}: {{a:x}} {{b:x}} {{c:x}} {{d:x}}\", info.words[0]);
        for i in 4..info.get_length() as usize {{ print!(\" {{:x}}\", self.msg[i]); }}
        for i in 0..info.get_extraCaps() as usize {{ print!(\" cap {{:x}}\", self.caps_or_badges[i]); }}
        println!();
        for (i, word) in self.msg.iter_mut().enumerate() {{
            *word = {REPLY_SEED:#x}u64.wrapping_mul(i as u64 + 1);
        }}
        (0, [self.msg[0], self.msg[1], self.msg[2], self.msg[3]])
    }}
}}
fn main() {{
    let mut buffer = seL4_IPCBuffer::default();
"
    );
    for (index, method) in generated.interface.methods.iter().enumerate() {
        let name = format!("{}_{}", method.interface, method.name);
        let mut before = String::new();
        let mut after = String::new();
        let mut arguments = vec![format!("{}u64", argument(index, 60, 0))];
        for (position, parameter) in method.parameters.iter().enumerate() {
            let type_name = &parameter.type_name;
            if let Some(members) = members(generated, parameter) {
                let _ = writeln!(before, "let mut s{position} = {type_name}::default();");
                for (number, member) in members.iter().enumerate() {
                    let value = argument(index, position, number);
                    let _ = writeln!(before, "s{position}.{member} = {value}u64;");
                    if parameter.is_output {
                        let _ = writeln!(after, "print!(\" {{:x}}\", s{position}.{member});");
                    }
                }
                let reference = if parameter.is_output { "&mut " } else { "&" };
                arguments.push(format!("{reference}s{position}"));
            } else if !parameter.is_output {
                let value = argument(index, position, 0);
                arguments.push(if is_bitfield(parameter) {
                    format!("{type_name} {{ words: [{value}u64] }}")
                } else {
                    let rust_type = if type_name == "int" { "i32" } else { type_name };
                    format!("{value}u64 as {rust_type}")
                });
            }
        }
        let outputs = plain_outputs(generated, method);
        let error = if outputs.is_empty() {
            "result"
        } else {
            "result.error"
        };
        let _ = writeln!(
            source,
            "{{ println!(\"{name}\");\n{before}let result = buffer.{name}({});\nprint!(\"{{}}\", {error});",
            arguments.join(", ")
        );
        for output in outputs {
            let _ = writeln!(source, "print!(\" {{:x}}\", result.{});", output.name);
        }
        let _ = writeln!(source, "{after}println!(); }}");
    }
    source.push_str("}\n");

    let (input, output) = (
        generated.path("stubs_main.rs"),
        generated.path("stubs_rust"),
    );
    write(&input, &source);
    let host = [Architecture::X86_64, Architecture::AArch64]
        .into_iter()
        .find(|architecture| architecture.name() == ARCH)
        .expect("the host is neither x86_64 nor aarch64");
    run(rustc(host).arg("-o").arg(&output).arg(&input)).unwrap();
    run(&mut Command::new(&output)).unwrap()
}
