// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where things are: the source tree and what builds leave in `target/croft`.
use std::env;
use std::path::{Path, PathBuf};

use crate::Arch;

/// The source tree.
#[derive(Clone, Debug)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The tree that this program belongs to.
    #[must_use]
    pub fn find() -> Self {
        // Cargo tells the folder of the package when it runs it. Otherwise the program lies in the tree's
        // target folder, wherever the tree has been moved to. The place where it was compiled comes last.
        let compiled = Path::new(env!("CARGO_MANIFEST_DIR"));
        let told = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let candidates = [told, env::current_exe().ok(), Some(compiled.to_owned())];
        let root = candidates
            .iter()
            .flatten()
            .flat_map(|path| path.ancestors())
            .find(|path| path.join("images/builder").is_dir())
            .unwrap_or(compiled);
        Workspace {
            root: root.to_owned(),
        }
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

    /// Where cargo puts what it builds against that kernel; programs that note their messages apart from the others.
    #[must_use]
    pub fn cargo_target(&self, arch: Arch, debug: bool, traced: bool) -> PathBuf {
        let traced = if traced { "-traced" } else { "" };
        self.output(arch)
            .join(format!("cargo-{}{traced}", mode(debug)))
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
