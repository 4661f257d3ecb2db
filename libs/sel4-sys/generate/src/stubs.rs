// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rust for invocations: labels, and one function an invocation that packs, calls and unpacks.

use std::fmt::Write;

use crate::Error;
use crate::interface::{Interface, Method, Parameter};
use crate::packing::{Place, place};
use crate::types::{Passing, Types};

/// Message words that travel in registers on both architectures.
const REGISTERS: u32 = 4;

/// The Rust source of module `invocation_label`.
pub fn render_labels(interface: &Interface) -> String {
    let mut out = String::new();
    for method in &interface.methods {
        let _ = writeln!(
            out,
            "/// Label of `{}_{}`.\npub const {}: super::seL4_Word = {};",
            method.interface, method.name, method.id, method.label
        );
    }
    out
}

/// The Rust source of all invocation functions.
pub fn render(interface: &Interface, types: &Types) -> Result<String, Error> {
    let mut results = String::new();
    let mut functions = String::from("impl seL4_IPCBuffer {\n");
    for method in &interface.methods {
        let stub = Stub::new(method, types).map_err(|reason| {
            let file = interface.files.first().cloned().unwrap_or_default();
            Error::Interface {
                file,
                reason: format!("{}_{}: {reason}", method.interface, method.name),
            }
        })?;
        stub.render_result(&mut results);
        stub.render_function(&mut functions);
    }
    functions.push_str("}\n");
    Ok(results + &functions)
}

/// A parameter with its place in the message.
struct Placed<'a> {
    parameter: &'a Parameter,
    passing: &'a Passing,
    place: Place,
}

impl Placed<'_> {
    fn is_struct(&self) -> bool {
        matches!(self.passing, Passing::Struct(_))
    }

    /// The contents of each message word that this parameter is in.
    fn packed(&self) -> Vec<(u32, String)> {
        let name = identifier(&self.parameter.name);
        let Place { word, shift, bits } = self.place;
        match self.passing {
            Passing::Struct(members) => (word..)
                .zip(members)
                .map(|(word, member)| (word, format!("{name}.{member}")))
                .collect(),
            Passing::Bitfield => vec![(word, format!("{name}.words[0]"))],
            _ if bits == 64 => vec![(word, format!("{name} as seL4_Word"))],
            _ => {
                let mask = u64::MAX >> (64 - bits);
                vec![(
                    word,
                    format!("(({name} as seL4_Word & {mask:#x}) << {shift})"),
                )]
            }
        }
    }
}

struct Stub<'a> {
    method: &'a Method,
    capabilities: Vec<&'a Parameter>,
    inputs: Vec<Placed<'a>>,
    outputs: Vec<Placed<'a>>,
}

impl<'a> Stub<'a> {
    fn new(method: &'a Method, types: &'a Types) -> Result<Self, String> {
        let mut capabilities = Vec::new();
        let mut inputs = Vec::new();
        let mut outputs = Vec::new();
        for parameter in &method.parameters {
            let type_name = &parameter.type_name;
            let passing = types
                .passing(type_name)
                .ok_or_else(|| format!("type `{type_name}` is unknown"))?;
            match passing {
                Passing::Capability if parameter.is_output => {
                    return Err(format!("`{}` returns a capability", parameter.name));
                }
                Passing::Capability => capabilities.push(parameter),
                _ if parameter.is_output => outputs.push((parameter, passing)),
                _ => inputs.push((parameter, passing)),
            }
        }
        Ok(Self {
            method,
            capabilities,
            inputs: placed(&inputs),
            outputs: placed(&outputs),
        })
    }

    fn function_name(&self) -> String {
        format!("{}_{}", self.method.interface, self.method.name)
    }

    /// Whether the results need a structure of their own: all but structures passed by reference.
    fn has_result_struct(&self) -> bool {
        self.outputs.iter().any(|output| !output.is_struct())
    }

    fn render_result(&self, out: &mut String) {
        if !self.has_result_struct() {
            return;
        }
        let name = self.function_name();
        let _ = writeln!(
            out,
            "/// What [`seL4_IPCBuffer::{name}`] gives.\n#[derive(Clone, Copy, Debug)]\n\
             pub struct {name} {{\n    /// Whether it worked; the rest is of meaning only then.\n    \
             pub error: seL4_Error,"
        );
        for output in self.outputs.iter().filter(|output| !output.is_struct()) {
            let _ = writeln!(
                out,
                "    /// Result `{0}`.\n    pub {0}: {1},",
                identifier(&output.parameter.name),
                rust_type(&output.parameter.type_name)
            );
        }
        out.push_str("}\n");
    }

    fn render_function(&self, out: &mut String) {
        let name = self.function_name();
        let result = if self.has_result_struct() {
            &name
        } else {
            "seL4_Error"
        };
        let mut parameters = format!("service: {}", self.method.interface);
        for parameter in &self.method.parameters {
            let is_struct = |list: &[Placed], reference: &str| {
                list.iter()
                    .find(|placed| std::ptr::eq(placed.parameter, parameter) && placed.is_struct())
                    .map(|_| reference.to_owned())
            };
            let reference = match parameter.is_output {
                true => match is_struct(&self.outputs, "&mut ") {
                    Some(reference) => reference,
                    None => continue,
                },
                false => is_struct(&self.inputs, "&").unwrap_or_default(),
            };
            let _ = write!(
                parameters,
                ", {}: {reference}{}",
                identifier(&parameter.name),
                rust_type(&parameter.type_name)
            );
        }
        let words = self.input_words();
        let _ = writeln!(
            out,
            "    /// Invocation `{name}`.\n    #[inline]\n    #[allow(clippy::too_many_arguments)]\n    \
             pub fn {name}(&mut self, {parameters}) -> {result} {{"
        );
        for (index, capability) in self.capabilities.iter().enumerate() {
            let _ = writeln!(
                out,
                "        self.caps_or_badges[{index}] = {};",
                identifier(&capability.name)
            );
        }
        for (index, word) in words.iter().enumerate().skip(REGISTERS as usize) {
            let _ = writeln!(out, "        self.msg[{index}] = {word};");
        }
        let registers: Vec<&str> = (0..REGISTERS as usize)
            .map(|index| words.get(index).map_or("0", String::as_str))
            .collect();
        let _ = writeln!(
            out,
            "        let (error, registers) = self.invoke(\n            service,\n            \
             seL4_MessageInfo::new(invocation_label::{}, 0, {}, {}),\n            [{}],\n        );",
            self.method.id,
            self.capabilities.len(),
            words.len(),
            registers.join(", "),
        );
        self.render_results(out);
        out.push_str("    }\n");
    }

    /// The contents of each message word.
    fn input_words(&self) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        for (index, text) in self.inputs.iter().flat_map(Placed::packed) {
            match words.get_mut(index as usize) {
                Some(word) => {
                    word.push_str(" | ");
                    word.push_str(&text);
                }
                None => words.push(text),
            }
        }
        words
    }

    fn render_results(&self, out: &mut String) {
        if self.outputs.is_empty() {
            out.push_str("        let _ = registers;\n        error\n");
            return;
        }
        let word = |index: u32| {
            if index < REGISTERS {
                format!("registers[{index}]")
            } else {
                format!("self.msg[{index}]")
            }
        };
        for output in &self.outputs {
            if let Passing::Struct(members) = output.passing {
                out.push_str("        if error == seL4_NoError {\n");
                for (index, member) in (output.place.word..).zip(members) {
                    let name = identifier(&output.parameter.name);
                    let _ = writeln!(out, "            {name}.{member} = {};", word(index));
                }
                out.push_str("        }\n");
            }
        }
        if !self.has_result_struct() {
            out.push_str("        error\n");
            return;
        }
        let _ = writeln!(
            out,
            "        {} {{\n            error,",
            self.function_name()
        );
        for output in self.outputs.iter().filter(|output| !output.is_struct()) {
            let Place {
                word: index,
                shift,
                bits,
            } = output.place;
            let mask = u64::MAX >> (64 - bits);
            let _ = writeln!(
                out,
                "            {}: (({} >> {shift}) & {mask:#x}) as {},",
                identifier(&output.parameter.name),
                word(index),
                rust_type(&output.parameter.type_name)
            );
        }
        out.push_str("        }\n");
    }
}

fn placed<'a>(parameters: &[(&'a Parameter, &'a Passing)]) -> Vec<Placed<'a>> {
    let sizes: Vec<u32> = parameters
        .iter()
        .map(|(_, passing)| match passing {
            Passing::Bits(bits) => *bits,
            Passing::Struct(members) => 64 * u32::try_from(members.len()).unwrap_or(u32::MAX / 64),
            Passing::Bitfield | Passing::Capability => 64,
        })
        .collect();
    parameters
        .iter()
        .zip(place(&sizes))
        .map(|((parameter, passing), place)| Placed {
            parameter,
            passing,
            place,
        })
        .collect()
}

/// A C parameter name as a Rust one.
fn identifier(name: &str) -> String {
    match name {
        "type" | "in" | "ref" | "self" | "move" => format!("r#{name}"),
        // The name of the invoked capability.
        "service" => "service_".to_owned(),
        _ => name.to_owned(),
    }
}

fn rust_type(c_type: &str) -> &str {
    match c_type {
        "int" => "::core::ffi::c_int",
        "char" => "::core::ffi::c_uchar",
        _ => c_type,
    }
}
