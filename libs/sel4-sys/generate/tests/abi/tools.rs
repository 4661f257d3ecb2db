// SPDX-License-Identifier: MIT OR Apache-2.0
//! Runs compilers.

use std::env::consts::ARCH;
use std::path::Path;
use std::process::Command;

use sel4_config_data::{Architecture, Installation};

/// The C compiler for an architecture, with the kernel's own headers.
pub fn c_compiler(installation: &Installation, architecture: &str) -> Command {
    let mut compiler = Command::new(if architecture == ARCH {
        "cc".to_owned()
    } else {
        format!("{architecture}-linux-gnu-gcc")
    });
    compiler.args(["-ffreestanding", "-DHAVE_AUTOCONF", "-w", "-O1"]);
    for dir in installation.include_dirs() {
        compiler.arg("-I").arg(dir);
    }
    compiler
}

/// rustc for an architecture.
pub fn rustc(architecture: Architecture) -> Command {
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition=2024", "--cap-lints=allow", "--target"]);
    rustc.arg(format!("{}-unknown-linux-gnu", architecture.name()));
    rustc
}

/// Runs a command; its output, or what it had to say.
pub fn run(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let text = String::from_utf8_lossy(&output.stderr);
        Err(format!("{command:?}: {}\n{text}", output.status))
    }
}

/// Writes a file.
pub fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
