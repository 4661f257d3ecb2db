// SPDX-License-Identifier: MIT OR Apache-2.0
//! The programs of an image with their symbols, as they were compiled: what is in the image has none.
use std::path::PathBuf;

use crate::{Components, Description};

/// The programs of an image with their symbols.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbols {
    /// The kernel's.
    pub kernel: PathBuf,
    /// The root task's.
    pub root_task: PathBuf,
    /// That which each server begins as, at addresses of its own.
    pub startup: PathBuf,
    /// Those of the servers by their names, in start order. They lie at the same addresses, each in an address space of its
    /// own.
    pub servers: Vec<(String, PathBuf)>,
}

impl Symbols {
    /// Those of an image.
    pub(crate) fn new(components: &Components, description: &Description) -> Self {
        let program = |server: &crate::description::Server| {
            let path = components.servers.get(&server.component())?;
            Some((server.name.clone(), path.clone()))
        };
        Symbols {
            kernel: components.kernel.join("bin/kernel.elf"),
            root_task: components.root_task.clone(),
            startup: components.startup.clone(),
            servers: description.servers.iter().filter_map(program).collect(),
        }
    }

    /// How to connect a debugger that the machine waits for on `port`, in lines.
    #[must_use]
    pub fn debugger(&self, port: u16) -> Vec<String> {
        let mut lines = vec![
            format!(
                "  gdb-multiarch -ex 'target remote :{port}' {}",
                self.kernel.display()
            ),
            "the symbols of the root task, and of what every server begins as:".to_owned(),
            format!("  (gdb) add-symbol-file {}", self.root_task.display()),
            format!("  (gdb) add-symbol-file {}", self.startup.display()),
            "all servers lie at the same addresses: take the symbols of one at a time, and stop in it with hbreak".to_owned(),
        ];
        for (name, path) in &self.servers {
            lines.push(format!(
                "  {name}: (gdb) add-symbol-file {}",
                path.display()
            ));
        }
        lines
    }
}
