// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rust for bit fields: constructors and accessors on the one-word types that bindgen finds.
//!
//! Blocks of several words are fault messages. They never exist in memory as such: a receiver reads
//! their words out of the message, so only their tags are of use (see `render_tags`).

use std::fmt::Write;

use crate::bitfields::{Bitfields, Block, Field};

/// The Rust source for all bit fields.
pub fn render(bitfields: &Bitfields) -> String {
    let mut out = String::new();
    for union in &bitfields.unions {
        for (tag, value) in &union.tags {
            let _ = writeln!(
                out,
                "/// Value of `{}` that tells `{tag}`.\npub const {}_{tag}: seL4_Word = {value};",
                union.tag_field, union.name
            );
        }
        let members: Vec<(&Block, u64)> = union
            .tags
            .iter()
            .filter_map(|(tag, value)| bitfields.block(tag).map(|block| (block, *value)))
            .collect();
        if members.iter().all(|(block, _)| block.bits == 64) {
            let _ = writeln!(out, "impl {} {{", union.name);
            for (block, value) in members {
                let (tag, fields): (Vec<&Field>, Vec<&Field>) = block
                    .fields
                    .iter()
                    .partition(|field| field.name == union.tag_field);
                let constant: u64 = tag.iter().map(|field| value << field.offset).sum();
                constructor(&mut out, &format!("{}_new", block.name), &fields, constant);
            }
            out.push_str("}\n");
        }
    }
    let in_union = |block: &Block| {
        bitfields
            .unions
            .iter()
            .any(|union| union.tags.iter().any(|(tag, _)| *tag == block.name))
    };
    for block in bitfields.blocks.iter().filter(|block| !in_union(block)) {
        let _ = writeln!(out, "impl {} {{", block.name);
        let fields: Vec<&Field> = block.fields.iter().collect();
        constructor(&mut out, "new", &fields, 0);
        for field in &block.fields {
            accessors(&mut out, field);
        }
        out.push_str("}\n");
    }
    out
}

/// The greatest value of a field.
fn mask(field: &Field) -> u64 {
    u64::MAX >> (64 - field.width)
}

fn constructor(out: &mut String, function: &str, fields: &[&Field], constant: u64) {
    let parameters: Vec<String> = fields
        .iter()
        .map(|field| format!("{}: seL4_Word", field.name))
        .collect();
    let mut word = format!("{constant:#x}");
    for field in fields {
        let _ = write!(
            word,
            " | (({} & {:#x}) << {})",
            field.name,
            mask(field),
            field.offset
        );
    }
    let _ = writeln!(
        out,
        "    /// Packs the fields; bits that do not fit are cut off.\n    \
         #[must_use]\n    #[inline(always)]\n    \
         pub const fn {function}({}) -> Self {{\n        Self {{ words: [{word}] }}\n    }}",
        parameters.join(", ")
    );
}

fn accessors(out: &mut String, field: &Field) {
    let (name, mask, offset) = (&field.name, mask(field), field.offset);
    let _ = writeln!(
        out,
        "    /// Field `{name}`, {width} bits.\n    #[must_use]\n    #[inline(always)]\n    \
         pub const fn get_{name}(&self) -> seL4_Word {{\n        \
         (self.words[0] >> {offset}) & {mask:#x}\n    }}\n    \
         /// Sets field `{name}`; bits that do not fit are cut off.\n    #[inline(always)]\n    \
         pub const fn set_{name}(&mut self, value: seL4_Word) {{\n        \
         self.words[0] = (self.words[0] & !{field_mask:#x}) | ((value & {mask:#x}) << {offset});\n    }}",
        width = field.width,
        field_mask = mask << offset,
    );
}
