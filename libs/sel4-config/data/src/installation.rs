// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where an installed kernel keeps its interface.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{Configuration, Error};

/// A processor architecture that the crates here serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// 64-bit x86.
    X86_64,
    /// 64-bit Arm.
    AArch64,
}

impl Architecture {
    /// The name that seL4 calls its `sel4_arch`, and Rust its `target_arch`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::AArch64 => "aarch64",
        }
    }

    /// The family that seL4 calls its `arch`.
    #[must_use]
    pub fn family(self) -> &'static str {
        match self {
            Self::X86_64 => "x86",
            Self::AArch64 => "arm",
        }
    }
}

/// The user-space interface of one installed kernel: its configuration and its include folders.
#[derive(Clone, Debug)]
pub struct Installation {
    include_dirs: Vec<PathBuf>,
    configuration: Configuration,
    architecture: Architecture,
}

impl Installation {
    /// The environment variables that decide the result of [`Installation::from_env`].
    pub const VARIABLES: [&'static str; 2] = ["SEL4_PREFIX", "SEL4_INCLUDE_DIRS"];

    /// The installation that the environment names: `SEL4_INCLUDE_DIRS` (a list separated by colons)
    /// or else `SEL4_PREFIX`.
    pub fn from_env() -> Result<Self, Error> {
        if let Some(list) = env::var_os("SEL4_INCLUDE_DIRS").filter(|list| !list.is_empty()) {
            let dirs: Vec<PathBuf> = env::split_paths(&list).collect();
            for dir in &dirs {
                require_absolute("SEL4_INCLUDE_DIRS", dir)?;
            }
            return Self::from_include_dirs(dirs);
        }
        let prefix = env::var_os("SEL4_PREFIX").ok_or(Error::NoPrefix)?;
        let prefix = PathBuf::from(prefix);
        require_absolute("SEL4_PREFIX", &prefix)?;
        Self::from_prefix(&prefix)
    }

    /// The installation in the folder `prefix`.
    pub fn from_prefix(prefix: &Path) -> Result<Self, Error> {
        let libsel4 = prefix.join("libsel4");
        let mut installation = Self::from_include_dirs(vec![libsel4.join("include")])?;
        let architecture = installation.architecture;
        // A kernel's source tree keeps these apart; newer kernels install everything into one folder.
        let mut more = vec![
            libsel4.join("arch_include").join(architecture.family()),
            libsel4.join("sel4_arch_include").join(architecture.name()),
            libsel4.join("mode_include/64"),
        ];
        let platforms = libsel4.join("sel4_plat_include");
        for (key, _) in installation.configuration.iter() {
            if let Some(platform) = key.strip_prefix("PLAT_")
                && installation.configuration.is_defined(key)
            {
                more.push(platforms.join(platform.to_lowercase()));
            }
        }
        more.retain(|dir| dir.is_dir());
        installation.include_dirs.extend(more);
        Ok(installation)
    }

    /// The installation whose interface files are below these include folders.
    pub fn from_include_dirs(include_dirs: Vec<PathBuf>) -> Result<Self, Error> {
        let path = find(&include_dirs, "kernel/gen_config.json")?;
        let configuration = Configuration::from_json(&read(&path)?)?;
        let architecture = if configuration.is_defined("ARCH_X86_64") {
            Architecture::X86_64
        } else if configuration.is_defined("ARCH_AARCH64") {
            Architecture::AArch64
        } else {
            return Err(Error::UnknownArchitecture);
        };
        Ok(Self {
            include_dirs,
            configuration,
            architecture,
        })
    }

    /// The folders to give to a C compiler with `-I`, in this order.
    #[must_use]
    pub fn include_dirs(&self) -> &[PathBuf] {
        &self.include_dirs
    }

    /// The kernel's configuration.
    #[must_use]
    pub fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// What the kernel runs on.
    #[must_use]
    pub fn architecture(&self) -> Architecture {
        self.architecture
    }

    /// The path of the first file called `name` below an include folder.
    pub fn find(&self, name: &str) -> Result<PathBuf, Error> {
        find(&self.include_dirs, name)
    }
}

fn require_absolute(variable: &'static str, path: &Path) -> Result<(), Error> {
    if path.is_absolute() {
        return Ok(());
    }
    Err(Error::RelativePath {
        variable,
        path: path.to_owned(),
    })
}

fn find(dirs: &[PathBuf], name: &str) -> Result<PathBuf, Error> {
    dirs.iter()
        .map(|dir| dir.join(name))
        .find(|path| path.is_file())
        .ok_or_else(|| Error::FileMissing {
            file: name.to_owned(),
            searched: dirs.to_vec(),
        })
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })
}
