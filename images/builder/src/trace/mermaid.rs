// SPDX-License-Identifier: MIT OR Apache-2.0
//! A sequence diagram in Mermaid.
use std::fmt::Write as _;

use super::calls::Trace;
use super::diagram::steps;
use super::names::Names;

/// The trace as a diagram.
pub(super) fn write(trace: &Trace, names: &Names) -> String {
    let mut text = "sequenceDiagram\n".to_owned();
    let mut put = |line: std::fmt::Arguments<'_>| {
        // A string takes everything.
        let _ = writeln!(text, "    {line}");
    };
    for (place, name) in trace.participants.iter().enumerate() {
        put(format_args!("participant p{place} as {}", plain(name)));
    }
    for (name, lost) in &trace.lost {
        let place = trace.participants.iter().position(|each| each == name);
        put(format_args!(
            "Note over p{}: the oldest {lost} notes are lost",
            place.unwrap_or(0)
        ));
    }
    for step in steps(trace, names) {
        let text = plain(&step.text);
        match (step.from == step.to, step.is_answer) {
            (true, _) => put(format_args!("Note over p{}: {text}", step.from)),
            (false, false) => put(format_args!("p{}->>p{}: {text}", step.from, step.to)),
            (false, true) => put(format_args!("p{}-->>p{}: {text}", step.from, step.to)),
        }
    }
    text
}

/// Without what ends a line or begins a comment.
fn plain(text: &str) -> String {
    text.replace([';', '#', '\n'], " ")
}
