// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tree as text.
use std::fmt::Write;

use croft_container::Entry;

/// The least width of the names.
const NAMES: usize = 24;

/// One line for each container.
pub(super) fn draw(containers: &[Entry]) -> String {
    let name = |container: &Entry| {
        let indent = usize::from(container.depth) * 2;
        format!("{:indent$}{}", "", super::name(container))
    };
    let names: Vec<_> = containers.iter().map(name).collect();
    let lengths = names.iter().map(|name| name.chars().count());
    let width = lengths.max().unwrap_or_default().max(NAMES);
    let mut text = format!(
        "{:width$} {:>10} {:>9} {:>9} {:>9} {:>6} {:>9} {:>5} {:>8}\n",
        "NAME",
        "LIMIT KiB",
        "USED KiB",
        "OWN KiB",
        "LEFT KiB",
        "SLOTS",
        "OWN-SLOTS",
        "PROCS",
        "AGE s",
    );
    for (container, name) in containers.iter().zip(names) {
        let limit = match container.limit.bytes {
            u64::MAX => "-".to_owned(),
            bytes => (bytes >> 10).to_string(),
        };
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{name:width$} {limit:>10} {:>9} {:>9} {:>9} {:>6} {:>9} {:>5} {:>8.1}",
            container.used.bytes >> 10,
            container.own.bytes >> 10,
            container.left.bytes >> 10,
            container.used.slots,
            container.own.slots,
            container.processes,
            container.age as f64 / 1000.0,
        );
    }
    text
}
