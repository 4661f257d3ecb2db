// SPDX-License-Identifier: MIT OR Apache-2.0
//! System call numbers, read from the kernel's `syscall.xml`.

use std::fmt::Write;
use std::path::PathBuf;

use roxmltree::Node;
use sel4_config_data::Installation;

use crate::interface::{condition, parse_document};
use crate::{Error, read};

/// One system call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Syscall {
    /// Its name, such as `Call`.
    pub name: String,
    /// Its number, negative.
    pub number: i64,
    /// Whether this configuration has it.
    pub exists: bool,
}

/// Where the description is.
pub fn path(installation: &Installation) -> Result<PathBuf, Error> {
    Ok(installation.find("api/syscall.xml")?)
}

/// All system calls in the order of their numbers.
///
/// A condition decides whether a call exists, but the numbers count through those that do not.
pub fn read_syscalls(installation: &Installation) -> Result<Vec<Syscall>, Error> {
    let path = path(installation)?;
    let text = read(&path)?;
    let document = parse_document(&path, &text)?;
    let mixed_criticality = installation.configuration().is_defined("KERNEL_MCS");
    let wanted = |node: &Node| match node.tag_name().name() {
        "api" | "debug" => true,
        // Newer kernels describe both schedulers.
        "api-master" => !mixed_criticality,
        "api-mcs" => mixed_criticality,
        _ => false,
    };
    let mut syscalls = Vec::new();
    let mut number = -1;
    for section in document.root_element().children().filter(wanted) {
        for config in section
            .children()
            .filter(|node| node.has_tag_name("config"))
        {
            let exists = condition(config)
                .map_err(|reason| Error::interface(&path, reason))?
                .holds(installation.configuration());
            for call in config
                .children()
                .filter(|node| node.has_tag_name("syscall"))
            {
                let name = call
                    .attribute("name")
                    .ok_or_else(|| Error::interface(&path, "a <syscall> without name"))?;
                syscalls.push(Syscall {
                    name: name.to_owned(),
                    number,
                    exists,
                });
                number -= 1;
            }
        }
    }
    if syscalls.is_empty() {
        return Err(Error::interface(&path, "no system call in it"));
    }
    Ok(syscalls)
}

/// The Rust source of module `syscall_id`.
pub fn render(syscalls: &[Syscall]) -> String {
    let mut out = String::new();
    for syscall in syscalls.iter().filter(|syscall| syscall.exists) {
        let _ = writeln!(
            out,
            "/// Number of system call `{0}`.\npub const {0}: isize = {1};",
            syscall.name, syscall.number
        );
    }
    out
}
