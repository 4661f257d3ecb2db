// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tree for Graphviz: `dot -Tpdf tree.dot`.
use std::fmt::Write;

use croft_container::Entry;

use super::{age, most, name, parents, share, size};

/// One box for each container, filled as far as it is used.
pub(super) fn draw(containers: &[Entry]) -> String {
    let mut text = String::from(
        "digraph containers {\n  rankdir=LR;\n  node [shape=box, style=striped, fontname=\"sans-serif\", fontsize=10];\n",
    );
    for (place, container) in containers.iter().enumerate() {
        let label = format!(
            "{}\\n{} of {}\\n{} slots, {} processes, {}",
            escape(&name(container)),
            size(container.used.bytes),
            size(most(container)),
            container.used.slots,
            container.processes,
            age(container),
        );
        let used = share(container, container.used.bytes);
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "  c{place} [label=\"{label}\", fillcolor=\"#9ecae1;{used:.3}:#f7fbff;{:.3}\"];",
            1.0 - used,
        );
    }
    for (place, parent) in parents(containers).into_iter().enumerate() {
        if let Some(parent) = parent {
            let _ = writeln!(text, "  c{parent} -> c{place};");
        }
    }
    text.push_str("}\n");
    text
}

/// A text between double quotes.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
