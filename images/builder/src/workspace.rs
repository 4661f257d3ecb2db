// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where things are: the source tree and what builds leave in `target/croft`.
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::Arch;

/// The source tree.
#[derive(Clone, Debug)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The tree that this program was started from by cargo, or else was built from.
    #[must_use]
    pub fn find() -> Self {
        // Two folders up from this crate. Cargo tells where it is at run time as well, which
        // stays right when a tree is moved.
        let built_from = || OsString::from(env!("CARGO_MANIFEST_DIR"));
        let own = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let here = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(built_from);
        let root = match Path::new(&here)
            .ancestors()
            .find(|path| path.join("images/builder").is_dir())
        {
            Some(root) => root.to_owned(),
            None => own.join("../.."),
        };
        Workspace { root }
    }

    /// The tree at `root`.
    #[must_use]
    pub fn at(root: PathBuf) -> Self {
        Workspace { root }
    }

    /// The tree's own folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Everything that is built for `arch`.
    #[must_use]
    pub fn output(&self, arch: Arch) -> PathBuf {
        self.root.join("target/croft").join(arch.name())
    }

    /// Where the kernel is installed.
    #[must_use]
    pub fn kernel_prefix(&self, arch: Arch, debug: bool) -> PathBuf {
        self.output(arch).join(format!("kernel-{}", mode(debug)))
    }

    /// Where cargo puts what it builds against that kernel.
    #[must_use]
    pub fn cargo_target(&self, arch: Arch, debug: bool) -> PathBuf {
        self.output(arch).join(format!("cargo-{}", mode(debug)))
    }

    /// The Linux programs that docker/setup fetched.
    #[must_use]
    pub fn programs(&self, arch: Arch) -> PathBuf {
        self.root.join("target/croft/programs").join(arch.name())
    }

    /// The description of an image: `images/NAME.toml`, or a path if the name looks like one.
    #[must_use]
    pub fn description(&self, name: &str) -> PathBuf {
        if name.contains('/') || name.ends_with(".toml") {
            PathBuf::from(name)
        } else {
            self.root.join("images").join(format!("{name}.toml"))
        }
    }

    /// The files that every guest's tree begins with.
    #[must_use]
    pub fn skeleton(&self) -> PathBuf {
        self.root.join("images/builder/root")
    }

    /// The list of busybox's links.
    #[must_use]
    pub fn applets(&self) -> PathBuf {
        self.root.join("images/builder/applets.txt")
    }
}

fn mode(debug: bool) -> &'static str {
    if debug { "debug" } else { "release" }
}
