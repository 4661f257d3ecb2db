// SPDX-License-Identifier: MIT OR Apache-2.0
//! What every guest has: folders, devices, the files of `images/builder/root`, busybox and bash.
use std::fs;

use super::{Content, EPOCH, Entry, Tree};
use crate::{Arch, Error, Result, Workspace};

/// Folders and their modes.
const FOLDERS: &[(&str, u32)] = &[
    ("bin", 0o755),
    ("dev", 0o755),
    ("dev/pts", 0o755),
    ("dev/shm", 0o1777),
    ("etc", 0o755),
    ("home", 0o755),
    ("mnt", 0o755),
    ("proc", 0o555),
    ("root", 0o700),
    ("run", 0o755),
    ("sbin", 0o755),
    ("sys", 0o555),
    ("tmp", 0o1777),
    ("usr", 0o755),
    ("usr/bin", 0o755),
    ("usr/local/bin", 0o755),
    ("usr/sbin", 0o755),
    ("var/log", 0o755),
    ("var/tmp", 0o1777),
];

/// Character devices by Linux's numbers (Documentation/admin-guide/devices.txt).
const DEVICES: &[(&str, u32, u32, u32)] = &[
    ("dev/null", 0o666, 1, 3),
    ("dev/zero", 0o666, 1, 5),
    ("dev/full", 0o666, 1, 7),
    ("dev/random", 0o666, 1, 8),
    ("dev/urandom", 0o666, 1, 9),
    ("dev/tty", 0o666, 5, 0),
    ("dev/console", 0o600, 5, 1),
];

/// Links that are no busybox applets.
const LINKS: &[(&str, &str)] = &[
    ("dev/fd", "/proc/self/fd"),
    ("dev/stdin", "/proc/self/fd/0"),
    ("dev/stdout", "/proc/self/fd/1"),
    ("dev/stderr", "/proc/self/fd/2"),
    ("etc/mtab", "/proc/mounts"),
    ("var/run", "/run"),
];

/// Programs that the set-up fetched: their file there and their path in the guest. The first is needed.
const PROGRAMS: &[(&str, &str)] = &[("busybox", "bin/busybox"), ("bash", "bin/bash")];

impl Tree {
    /// The tree that every guest of `arch` begins with.
    ///
    /// # Errors
    /// [`Error::Missing`] if the programs were not fetched, [`Error::File`] if something cannot be read.
    pub fn base(workspace: &Workspace, arch: Arch) -> Result<Self> {
        let mut tree = Tree::new();
        let entry = |content, mode| Entry {
            content,
            mode,
            time: EPOCH,
        };
        for &(path, mode) in FOLDERS {
            tree.put(path, entry(Content::Folder, mode))?;
        }
        for &(path, mode, major, minor) in DEVICES {
            tree.put(path, entry(Content::Device { major, minor }, mode))?;
        }
        for &(path, target) in LINKS {
            tree.put(path, entry(Content::Link(target.to_owned()), 0o777))?;
        }
        tree.skeleton(workspace)?;
        tree.programs(workspace, arch)?;
        Ok(tree)
    }

    /// The files of `images/builder/root`, with times that do not depend on when they were checked out.
    fn skeleton(&mut self, workspace: &Workspace) -> Result<()> {
        let mut files = Tree::new();
        files.add(&workspace.skeleton(), "/")?;
        for (path, mut entry) in files.entries {
            if let Content::Host(host) = &entry.content {
                entry.content = Content::Bytes(fs::read(host).map_err(Error::file(host))?);
            }
            if !path.is_empty() && !self.entries.contains_key(&path) {
                entry.time = EPOCH;
                entry.mode &= 0o755;
                self.put(&path, entry)?;
            }
        }
        Ok(())
    }

    fn programs(&mut self, workspace: &Workspace, arch: Arch) -> Result<()> {
        let folder = workspace.programs(arch);
        for (place, &(name, path)) in PROGRAMS.iter().enumerate() {
            let host = folder.join(name);
            if host.is_file() {
                let (content, mode, time) = (Content::Host(host), 0o755, EPOCH);
                self.put(
                    path,
                    Entry {
                        content,
                        mode,
                        time,
                    },
                )?;
            } else if place == 0 {
                let tool = format!("{name} for {arch} ({})", host.display());
                return Err(Error::Missing { tool });
            }
        }
        let list = workspace.applets();
        let text = fs::read_to_string(&list).map_err(Error::file(&list))?;
        for path in text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
        {
            if self.get(path).is_none() {
                let content = Content::Link("/bin/busybox".to_owned());
                self.put(
                    path,
                    Entry {
                        content,
                        mode: 0o777,
                        time: EPOCH,
                    },
                )?;
            }
        }
        Ok(())
    }
}
