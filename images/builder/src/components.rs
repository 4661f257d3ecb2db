// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an image is made of: the kernel and the compiled programs. Built when something changed.
mod cargo;
mod stamp;

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::{FlockOperation, flock};

use crate::description::Server;
use crate::{Arch, Description, Error, Result, Workspace, progress};

/// The package of the root task.
const ROOT_TASK: &str = "croft-root-task";
/// The package of the startup program.
const STARTUP: &str = "croft-startup";
/// The package of the aarch64 loader.
const LOADER: &str = "croft-loader";

/// The kernel and the programs of an image, as files that are ready.
#[derive(Clone, Debug)]
pub struct Components {
    /// What they are for.
    pub arch: Arch,
    /// The kernel's installation.
    pub kernel: PathBuf,
    /// The root task's program.
    pub root_task: PathBuf,
    /// The startup program.
    pub startup: PathBuf,
    /// The boot loader, where there is one.
    pub loader: Option<PathBuf>,
    /// The servers' programs by [`crate::description::Server::component`], and those that servers make processes of.
    pub servers: BTreeMap<String, PathBuf>,
}

impl Components {
    /// Builds whatever of it is not up to date.
    ///
    /// # Errors
    /// If a step fails, with all that it said.
    pub fn build(
        workspace: &Workspace,
        arch: Arch,
        debug_kernel: bool,
        description: &Description,
    ) -> Result<Self> {
        let output = workspace.output(arch);
        fs::create_dir_all(&output).map_err(Error::file(&output))?;
        let _lock = lock(&output.join("lock"))?;
        let kernel = kernel(workspace, arch, debug_kernel)?;

        let mut packages = vec![ROOT_TASK, STARTUP];
        packages.extend((arch == Arch::Aarch64).then_some(LOADER));
        let components: Vec<_> = description.servers.iter().map(Server::component).collect();
        let children = description.servers.iter();
        let children = children.flat_map(|server| server.programs.values());
        let mut servers: Vec<_> = components
            .iter()
            .chain(children)
            .map(String::as_str)
            .collect();
        servers.sort_unstable();
        servers.dedup();
        let build = |traced: bool, packages: &[&str]| {
            cargo::build(workspace, arch, debug_kernel, &kernel, traced, packages)
        };
        // What is no server notes nothing.
        let traced = description.is_traced();
        if !traced {
            packages.append(&mut servers);
        }
        packages.sort_unstable();
        packages.dedup();
        let mut programs = build(false, &packages)?;
        let traced = match traced {
            true => Some(build(true, &servers)?),
            false => None,
        };
        let mut take = |package: &str| {
            programs.remove(package).ok_or_else(|| Error::BadImage {
                what: format!("package {package}"),
                why: "it was not built".to_owned(),
            })
        };
        Ok(Components {
            arch,
            kernel,
            root_task: take(ROOT_TASK)?,
            startup: take(STARTUP)?,
            loader: (arch == Arch::Aarch64).then(|| take(LOADER)).transpose()?,
            servers: traced.unwrap_or(programs),
        })
    }

    /// The kernel as QEMU's multiboot takes it (x86_64) or as it was linked.
    #[must_use]
    pub fn kernel_image(&self) -> PathBuf {
        match self.arch {
            Arch::X86_64 => self.kernel.join("bin/kernel32.elf"),
            Arch::Aarch64 => self.kernel.join("bin/kernel.elf"),
        }
    }
}

/// The kernel's installation: the one that `SEL4_PREFIX` names, or the tree's own, built if need be.
fn kernel(workspace: &Workspace, arch: Arch, debug: bool) -> Result<PathBuf> {
    if let Some(prefix) = env::var_os("SEL4_PREFIX") {
        return Ok(PathBuf::from(prefix));
    }
    let prefix = workspace.kernel_prefix(arch, debug);
    let mut command = Command::new(workspace.root().join("images/kernel/build"));
    command
        .args(["--arch", arch.name(), "--output"])
        .arg(&prefix);
    if debug {
        command.arg("--debug");
    }
    progress::run(&format!("building the kernel for {arch}"), &mut command)?;
    Ok(prefix)
}

/// Takes turns with other builds of the same tree, until the file is dropped.
fn lock(path: &Path) -> Result<File> {
    let file = File::create(path).map_err(Error::file(path))?;
    flock(&file, FlockOperation::LockExclusive).map_err(|error| Error::file(path)(error.into()))?;
    Ok(file)
}
