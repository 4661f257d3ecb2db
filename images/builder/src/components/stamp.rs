// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether anything that programs are compiled from has changed, told without asking cargo.
use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::{Error, Result, Workspace};

/// Folders and files below the workspace that programs are compiled from.
const INPUTS: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    ".cargo",
    "images/loader",
    "libs",
    "root-task",
    "servers",
];

/// Which programs are up to date.
#[derive(Debug)]
pub(super) struct Stamp {
    path: PathBuf,
    content: Content,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    /// A hash of names, sizes and times of everything that was compiled.
    inputs: u64,
    /// The programs by package.
    programs: BTreeMap<String, PathBuf>,
}

impl Stamp {
    /// Reads the stamp in the folder `target`; without programs if anything has changed since.
    pub(super) fn read(
        target: &Path,
        workspace: &Workspace,
        prefix: &Path,
        flags: &[&str],
    ) -> Result<Self> {
        let mut hasher = DefaultHasher::new();
        flags.hash(&mut hasher);
        for input in INPUTS {
            hash_tree(&workspace.root().join(input), &mut hasher)?;
        }
        hash_tree(&prefix.join("bin"), &mut hasher)?;
        hash_tree(&prefix.join("libsel4"), &mut hasher)?;
        let inputs = hasher.finish();
        let path = target.join("croft-programs.json");
        let known = fs::read(&path)
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok());
        let content = known
            .filter(|content: &Content| content.inputs == inputs)
            .unwrap_or(Content {
                inputs,
                programs: BTreeMap::new(),
            });
        Ok(Stamp { path, content })
    }

    /// Whether a package's program is up to date.
    pub(super) fn has(&self, package: &str) -> bool {
        self.content
            .programs
            .get(package)
            .is_some_and(|path| path.is_file())
    }

    /// Notes a program that was compiled just now.
    pub(super) fn add(&mut self, package: &str, path: PathBuf) {
        self.content.programs.insert(package.to_owned(), path);
    }

    /// Keeps it for the next time.
    pub(super) fn write(&self) -> Result<()> {
        let failed = |source| Error::File {
            path: self.path.clone(),
            source,
        };
        let text =
            serde_json::to_vec_pretty(&self.content).map_err(|error| failed(error.into()))?;
        fs::write(&self.path, text).map_err(failed)
    }

    /// All programs that are up to date.
    pub(super) fn programs(self) -> BTreeMap<String, PathBuf> {
        self.content.programs
    }
}

/// Hashes names, sizes and times of a file, or of a folder and everything in it. What is not there counts
/// as such.
fn hash_tree(path: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    path.hash(hasher);
    let Ok(data) = fs::metadata(path) else {
        return Ok(());
    };
    if data.is_dir() {
        let mut names = Vec::new();
        for entry in fs::read_dir(path).map_err(Error::file(path))? {
            names.push(entry.map_err(Error::file(path))?.path());
        }
        names.sort();
        for name in names {
            // Build output that somebody left inside the tree is no input.
            if name.file_name().is_none_or(|name| name != "target") {
                hash_tree(&name, hasher)?;
            }
        }
    } else {
        data.len().hash(hasher);
        let changed = data.modified().map_err(Error::file(path))?;
        let since = changed
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        since.hash(hasher);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_anywhere_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for path in ["libs/a/src", "target", "kernel/bin"] {
            fs::create_dir_all(root.join(path)).unwrap();
        }
        let source = root.join("libs/a/src/lib.rs");
        fs::write(&source, "one").unwrap();
        let program = root.join("target/program");
        fs::write(&program, "elf").unwrap();
        let workspace = Workspace::at(root.to_owned());
        let read = || {
            Stamp::read(
                &root.join("target"),
                &workspace,
                &root.join("kernel"),
                &["-flag"],
            )
            .unwrap()
        };
        let mut stamp = read();
        assert!(!stamp.has("a"));
        stamp.add("a", program.clone());
        stamp.write().unwrap();
        assert!(read().has("a"));

        fs::write(&source, "other").unwrap();
        assert!(!read().has("a"));
        fs::write(&source, "one").unwrap();
        let mut stamp = read();
        stamp.add("a", program.clone());
        stamp.write().unwrap();
        fs::write(root.join("kernel/bin/kernel.elf"), "new kernel").unwrap();
        assert!(!read().has("a"));
        stamp = read();
        stamp.add("a", program.clone());
        stamp.write().unwrap();
        fs::remove_file(program).unwrap();
        assert!(!read().has("a"));
    }
}
