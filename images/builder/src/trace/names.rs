// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names of interfaces and methods, out of what was recorded of them (`interfaces.lock`, see `croft_ipc::lock`).
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use crate::{Error, Result, Workspace};

/// The file with a crate's interfaces.
const FILE: &str = "interfaces.lock";

/// Names of interfaces and methods by their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// By number of the interface, version, number of the method.
    methods: BTreeMap<(u8, u8, u8), String>,
}

impl Names {
    /// Those of all crates of a tree.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn of(workspace: &Workspace) -> Result<Self> {
        let mut names = Self::default();
        for folder in ["libs", "root-task", "servers"] {
            names.read_folder(&workspace.root().join(folder))?;
        }
        Ok(names)
    }

    fn read_folder(&mut self, folder: &Path) -> Result<()> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(Error::file(folder))?,
        };
        for entry in entries {
            let entry = entry.map_err(Error::file(folder))?;
            let kind = entry.file_type().map_err(Error::file(folder))?;
            if kind.is_dir() {
                self.read_folder(&entry.path())?;
            } else if entry.file_name() == FILE {
                let path = entry.path();
                self.add(&fs::read_to_string(&path).map_err(Error::file(&path))?);
            }
        }
        Ok(())
    }

    /// Adds the lines of a file: `INTERFACE NUMBER VERSION METHOD NUMBER …`.
    pub fn add(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<_> = line.split(' ').collect();
            if let [interface, number, version, method, method_number, ..] = words[..]
                && let (Ok(number), Ok(version), Ok(method_number)) =
                    (number.parse(), version.parse(), method_number.parse())
            {
                let name = format!("{interface}.{method}");
                self.methods.insert((number, version, method_number), name);
            }
        }
    }

    /// What a message with this label asks for.
    #[must_use]
    pub fn request(&self, label: u32) -> String {
        let (interface, version, method) = parts(label);
        match self.methods.get(&(interface, version, method)) {
            Some(name) => name.clone(),
            None if label >= 1 << 12 => format!("interface {interface} method {method}"),
            // Such a message is the kernel's own.
            None => format!("fault {label}"),
        }
    }
}

/// What an answer with this label says.
pub(super) fn answer(label: u32) -> String {
    match (label >> 12, label & 0xff) {
        // The kernel's `seL4_InvalidCapability`: there was no server behind it.
        (0, 2) => "gone".to_owned(),
        (0, number) => format!("kernel error {number}"),
        (_, 0) => "done".to_owned(),
        (_, 1) => "refused".to_owned(),
        (_, 2) => "protocol error".to_owned(),
        (_, status) => format!("status {status}"),
    }
}

/// Interface, version and method or status of a label (`croft_ipc::Label`).
const fn parts(label: u32) -> (u8, u8, u8) {
    ((label >> 12) as u8, (label >> 8) as u8 & 15, label as u8)
}
