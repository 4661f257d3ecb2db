// SPDX-License-Identifier: MIT OR Apache-2.0
//! The same programs on the Linux of the host: what they do there is what they have to do on Croft.
use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};

use croft_images::{Arch, Workspace};
use tempfile::TempDir;

use crate::batch::Finished;
use crate::cases::Case;
use crate::programs;
use crate::system::PROGRAMS;

/// The architecture of this machine, if it is one of the two and runs Linux.
#[must_use]
pub fn native() -> Option<Arch> {
    let own = Arch::ALL
        .into_iter()
        .find(|arch| arch.name() == env::consts::ARCH);
    own.filter(|_| cfg!(target_os = "linux"))
}

/// Runs a program of `tests/programs`.
///
/// # Errors
/// If it cannot be compiled or started.
pub fn run_program(arch: Arch, name: &str, arguments: &[&str]) -> Result<Finished, String> {
    let workspace = Workspace::find();
    programs::compile(&workspace, arch)?;
    let program = programs::compiled(&workspace, arch).join(name);
    let place = Place::new(&workspace, arch)?;
    let mut command = place.command(&program);
    command.args(arguments);
    finish(command)
}

/// Runs a case with the guest's shell and busybox.
///
/// # Errors
/// If it cannot be started.
pub fn run_case(arch: Arch, case: &Case) -> Result<Finished, String> {
    let workspace = Workspace::find();
    programs::compile(&workspace, arch)?;
    let place = Place::new(&workspace, arch)?;
    let script = place.folder.path().join("script");
    let compiled = programs::compiled(&workspace, arch);
    let text = case
        .script
        .replace(PROGRAMS, &compiled.display().to_string());
    fs::write(&script, text).map_err(|error| error.to_string())?;
    let mut command = place.command(&place.folder.path().join("bin").join(&case.shell));
    command.arg(script);
    finish(command)
}

/// A scratch folder with the guest's programs in `bin` and an empty working folder.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new(workspace: &Workspace, arch: Arch) -> Result<Self, String> {
        let make = || {
            let folder = tempfile::tempdir()?;
            fs::create_dir(folder.path().join("work"))?;
            fs::create_dir(folder.path().join("bin"))?;
            let applets = fs::read_to_string(workspace.applets())?;
            let names = applets.lines().filter(|line| !line.starts_with('#'));
            let names = names.filter_map(|line| line.rsplit('/').next());
            let programs = workspace.programs(arch);
            for name in names.filter(|name| !name.is_empty()) {
                symlink(
                    programs.join("busybox"),
                    folder.path().join("bin").join(name),
                )?;
            }
            symlink(programs.join("bash"), folder.path().join("bin/bash"))?;
            Ok(folder)
        };
        let folder =
            make().map_err(|error: std::io::Error| format!("a scratch folder: {error}"))?;
        Ok(Place { folder })
    }

    fn command(&self, program: &Path) -> Command {
        let bin = self.folder.path().join("bin");
        // Who runs the tests may ignore signals, as nohup(1) does; a program would inherit that.
        let mut command = Command::new("/usr/bin/env");
        command.arg("--default-signal");
        // The same watch as in the guest.
        command.arg(bin.join("timeout"));
        command.args(["-s", "KILL", "60"]).arg(program);
        command.env_clear().env("PATH", &bin);
        for (name, value) in [("HOME", "/root"), ("USER", "root"), ("TERM", "vt100")] {
            command.env(name, value);
        }
        command.current_dir(self.folder.path().join("work"));
        command.stdin(Stdio::null());
        command
    }
}

fn finish(mut command: Command) -> Result<Finished, String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    let Output {
        status,
        stdout,
        stderr,
    } = output;
    Ok(Finished {
        output: String::from_utf8_lossy(&stdout).into_owned(),
        errors: String::from_utf8_lossy(&stderr).into_owned(),
        status: shell_status(status),
    })
}

/// An exit status as a shell has it.
fn shell_status(status: ExitStatus) -> u8 {
    let signal = status.signal().map(|signal| 128 + signal);
    let status = status.code().or(signal).unwrap_or(255);
    u8::try_from(status).unwrap_or(255)
}
