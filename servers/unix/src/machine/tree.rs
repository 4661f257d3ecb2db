// SPDX-License-Identifier: MIT OR Apache-2.0
//! The container tree as text.
use alloc::string::String;
use core::fmt::Write;
use croft_container::{Container, ContainerError};

/// One line a container: name, limit, use, what it allocated itself, what is left, slots (with what is below, own), processes, age
/// in seconds.
pub fn text(container: &Container) -> Result<String, ContainerError> {
    let mut text = String::from(
        "NAME                      LIMIT KiB  USED KiB   OWN KiB  LEFT KiB  SLOTS OWN-SLOTS PROCS    AGE s\n",
    );
    container.list(|entry| {
        let depth = usize::from(entry.depth) * 2;
        let limit = match entry.limit.bytes {
            u64::MAX => String::from("-"),
            bytes => alloc::format!("{}", bytes >> 10),
        };
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{:depth$}{:<width$} {limit:>10} {:>9} {:>9} {:>9} {:>6} {:>9} {:>5} {:>8}",
            "",
            entry.name.as_str(),
            entry.used.bytes >> 10,
            entry.own.bytes >> 10,
            entry.left.bytes >> 10,
            entry.used.slots,
            entry.own.slots,
            entry.processes,
            entry.age / 1000,
            width = 24usize.saturating_sub(depth),
        );
    })?;
    Ok(text)
}
