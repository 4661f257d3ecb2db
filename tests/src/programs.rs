// SPDX-License-Identifier: MIT OR Apache-2.0
//! Compiles the programs in `tests/programs`: C against musl, Rust against glibc, static, so that three C
//! libraries (with busybox and bash) are seen to work.
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use croft_images::{Arch, Workspace};

/// Where the sources are.
#[must_use]
pub fn sources(workspace: &Workspace) -> PathBuf {
    workspace.root().join("tests/programs")
}

/// Where the compiled programs of an architecture are.
#[must_use]
pub fn compiled(workspace: &Workspace, arch: Arch) -> PathBuf {
    workspace.output(arch).join("test-programs")
}

/// Compiles whatever has changed; the names of all programs.
///
/// # Errors
/// What the compiler says.
pub fn compile(workspace: &Workspace, arch: Arch) -> Result<Vec<String>, String> {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let from = sources(workspace);
    let into = compiled(workspace, arch);
    fs::create_dir_all(&into).map_err(|error| format!("{}: {error}", into.display()))?;
    let files = list(&from).map_err(|error| format!("{}: {error}", from.display()))?;
    // Flags stand in this crate, and headers concern every program.
    let changed = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    let headers = files.iter().filter(|path| has_extension(path, "h"));
    let own = env::current_exe().ok();
    let common = headers.filter_map(|path| changed(path));
    let common = common.chain(own.and_then(|path| changed(&path))).max();
    let mut names = Vec::new();
    for source in &files {
        let command = match source.extension().and_then(OsStr::to_str) {
            Some("c") => c_compiler(arch),
            Some("rs") => rust_compiler(arch),
            _ => continue,
        };
        let Some(name) = source.file_stem().and_then(OsStr::to_str) else {
            continue;
        };
        let program = into.join(name);
        let newest: Option<SystemTime> = changed(source).max(common);
        if changed(&program).is_none_or(|made| Some(made) < newest) {
            run(command, source, &program)?;
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().and_then(OsStr::to_str) == Some(extension)
}

fn c_compiler(arch: Arch) -> Command {
    let native = env::consts::ARCH == arch.name();
    let mut command = if native {
        Command::new("musl-gcc")
    } else {
        Command::new(format!("{}-linux-musl-gcc", arch.name()))
    };
    command.args(["-static", "-O2"]);
    if arch == Arch::Aarch64 {
        // Out-of-line atomics are in libgcc, which asks glibc for the processor's features.
        command.arg("-mno-outline-atomics");
    }
    command
}

fn rust_compiler(arch: Arch) -> Command {
    let mut command = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    command.args([
        "--edition=2024",
        "-Copt-level=2",
        "-Ctarget-feature=+crt-static",
    ]);
    command.args(["--target", arch.target()]);
    if env::consts::ARCH != arch.name() {
        let linker = match arch {
            Arch::X86_64 => "x86_64-linux-gnu-gcc",
            Arch::Aarch64 => "aarch64-linux-gnu-gcc",
        };
        command.arg(format!("-Clinker={linker}"));
    }
    command
}

/// Compiles beside the old program and puts it in its place, so that nobody sees half of it.
fn run(mut command: Command, source: &Path, program: &Path) -> Result<(), String> {
    let new = program.with_extension("new");
    command.arg("-o").arg(&new).arg(source);
    let output = command
        .output()
        .map_err(|error| format!("{:?}: {error}: run docker/setup", command.get_program()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?}: {}\n{said}", output.status));
    }
    fs::rename(&new, program).map_err(|error| format!("{}: {error}", program.display()))
}
