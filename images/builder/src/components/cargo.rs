// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cross-compiling what runs on seL4, one package at a time: what a package is built with does not
//! depend on which others are in the image.
use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use croft_process::handover::layout;
use serde::Deserialize;

use super::stamp::Stamp;
use crate::{Arch, Error, Result, Workspace, progress};

/// How everything on seL4 is compiled and linked: static, at the addresses that the packages choose, and
/// without anything of the host.
const FLAGS: &[&str] = &[
    "-Cpanic=abort",
    // A failed program's callers are found by following them.
    "-Cforce-frame-pointers=yes",
    "-Crelocation-model=static",
    "-Clinker=ld.lld",
    "-Clinker-flavor=ld.lld",
    "-Clink-arg=-static",
    "-Clink-arg=-no-pie",
    "-Clink-arg=-znoexecstack",
    // Nothing is relocated at run time, so nothing would become read-only after it.
    "-Clink-arg=-znorelro",
    "-Clink-arg=-zmax-page-size=0x1000",
    "-Clink-arg=--no-eh-frame-hdr",
    "-Clink-arg=--build-id=none",
];

/// What programs that note their messages are compiled with in addition (`croft_ipc::trace`). Without it notes cost
/// nothing; with it a program is another one, so these have a folder of their own.
const TRACED: &str = "--cfg=croft_trace";

/// Builds the programs `packages` (a package, or `package/program`) against the kernel installed at `prefix`, and tells where each is.
pub(super) fn build(
    workspace: &Workspace,
    arch: Arch,
    debug_kernel: bool,
    prefix: &Path,
    traced: bool,
    packages: &[&str],
) -> Result<BTreeMap<String, PathBuf>> {
    let target = workspace.cargo_target(arch, debug_kernel, traced);
    let mut flags = FLAGS.to_vec();
    flags.extend(traced.then_some(TRACED));
    if arch == Arch::Aarch64 {
        // Out-of-line atomics ask a C library for the processor's features.
        flags.push("-Ctarget-feature=-outline-atomics");
    }
    let mut stamp = Stamp::read(&target, workspace, prefix, &flags)?;
    let missing: Vec<&str> = packages
        .iter()
        .copied()
        .filter(|package| !stamp.has(package))
        .collect();
    if !missing.is_empty() {
        let programs = programs(workspace)?;
        for package in missing {
            let program = find(&programs, package)?;
            let path = compile(
                workspace,
                arch,
                (&target, prefix, &flags),
                (package, program),
            )?;
            stamp.add(package, path);
        }
        stamp.write()?;
    }
    Ok(stamp.programs())
}

/// What makes a package's program.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Program {
    /// The package.
    package: String,
    /// The name of its binary.
    binary: String,
    /// The features that this binary wants.
    features: Vec<String>,
}

/// `cargo metadata`, as far as it is of use here.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
    #[serde(default, rename = "required-features")]
    required_features: Vec<String>,
}

/// A message of `cargo build`, as far as it is of use here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    executable: Option<PathBuf>,
}

fn cargo(workspace: &Workspace) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command.current_dir(workspace.root());
    command
}

/// The program that `package` or `package/program` names.
fn find<'a>(programs: &'a [Program], wanted: &str) -> Result<&'a Program> {
    let (package, binary) = match wanted.split_once('/') {
        Some((package, binary)) => (package, Some(binary)),
        None => (wanted, None),
    };
    let mut own = programs.iter().filter(|program| program.package == package);
    let found = match binary {
        Some(binary) => own.find(|program| program.binary == binary),
        None => own.next(),
    };
    found.ok_or_else(|| Error::BadImage {
        what: format!("package {package}"),
        why: match binary {
            Some(binary) => format!("it has no program \"{binary}\", or is not in the workspace"),
            None => "there is no such package in the workspace, or it has no program".to_owned(),
        },
    })
}

/// All programs of the workspace. Of those of one package the one that has its name is the first.
fn programs(workspace: &Workspace) -> Result<Vec<Program>> {
    let mut command = cargo(workspace);
    command.args(["metadata", "--no-deps", "--format-version=1"]);
    let output = progress::run("reading the workspace", &mut command)?;
    parse_programs(&output)
}

fn parse_programs(metadata: &[u8]) -> Result<Vec<Program>> {
    let metadata: Metadata = serde_json::from_slice(metadata).map_err(|error| Error::BadImage {
        what: "cargo metadata".to_owned(),
        why: error.to_string(),
    })?;
    let mut programs = Vec::new();
    for package in metadata.packages {
        let mut binaries: Vec<Target> = package
            .targets
            .into_iter()
            .filter(|target| target.kind.iter().any(|kind| kind == "bin"))
            .collect();
        binaries.sort_by_key(|target| target.name != package.name);
        programs.extend(binaries.into_iter().map(|binary| Program {
            package: package.name.clone(),
            binary: binary.name,
            features: binary.required_features,
        }));
    }
    Ok(programs)
}

/// Compiles one program; where it is.
fn compile(
    workspace: &Workspace,
    arch: Arch,
    (target, prefix, flags): (&Path, &Path, &[&str]),
    (wanted, program): (&str, &Program),
) -> Result<PathBuf> {
    let package = &program.package;
    let mut command = cargo(workspace);
    command
        .env("SEL4_PREFIX", prefix)
        // Takes the place of whatever RUSTFLAGS the caller has for programs of the host.
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .args([
            "rustc",
            "--release",
            "--color=never",
            "--message-format=json-render-diagnostics",
        ])
        .args([
            "--target",
            arch.target(),
            "-p",
            package,
            "--bin",
            &program.binary,
        ])
        .arg("--target-dir")
        .arg(target);
    if !program.features.is_empty() {
        // A program whose features are named is built with these alone: the defaults are for the host.
        command.args([
            "--no-default-features",
            "--features",
            &program.features.join(","),
        ]);
    }
    if package == super::STARTUP {
        // It lies where its parent leaves room for it; everything else lies where the linker likes.
        let link = format!("-Clink-arg=--image-base={:#x}", layout::START);
        command.args(["--", &link]);
    }
    let step = format!("compiling {wanted} for {arch}");
    let output = progress::run(&step, &mut command).map_err(without_progress)?;
    executable(&output).ok_or_else(|| Error::BadImage {
        what: format!("package {package}"),
        why: "cargo built no program".to_owned(),
    })
}

/// Leaves out what cargo says about its progress: the error is what counts.
fn without_progress(error: Error) -> Error {
    let is_progress = |line: &&str| {
        let word = line.trim_start().split(' ').next().unwrap_or_default();
        let known = [
            "Blocking",
            "Compiling",
            "Downloaded",
            "Downloading",
            "Locking",
            "Updating",
        ];
        line.starts_with("  ") && known.contains(&word)
    };
    match error {
        Error::Step {
            step,
            status,
            output,
        } => {
            let lines: Vec<_> = output.lines().filter(|line| !is_progress(line)).collect();
            Error::Step {
                step,
                status,
                output: lines.join("\n"),
            }
        }
        other => other,
    }
}

/// Finds the program in cargo's messages.
fn executable(output: &[u8]) -> Option<PathBuf> {
    output
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Message>(line).ok())
        .filter(|message| message.reason == "compiler-artifact")
        .find_map(|message| message.executable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found() {
        let metadata = br#"{"packages":[
            {"name":"croft-x","targets":[{"name":"croft-x","kind":["lib"]}]},
            {"name":"clock","targets":[{"name":"clock","kind":["lib"]},
                {"name":"aside","kind":["bin"]},
                {"name":"clock","kind":["bin"],"required-features":["server"]}]}
        ],"version":1}"#;
        let found = parse_programs(metadata).unwrap();
        let clock = |binary: &str, features: &[&str]| Program {
            package: "clock".to_owned(),
            binary: binary.to_owned(),
            features: features.iter().map(|&feature| feature.to_owned()).collect(),
        };
        let (main, aside) = (clock("clock", &["server"]), clock("aside", &[]));
        assert_eq!(found, [main.clone(), aside.clone()]);
        assert_eq!(find(&found, "clock").unwrap(), &main);
        assert_eq!(find(&found, "clock/aside").unwrap(), &aside);
        for missing in ["croft-x", "clock/other", "aside"] {
            assert!(find(&found, missing).is_err());
        }
        assert!(parse_programs(b"{}").is_err());
    }

    #[test]
    fn the_executable_is_found() {
        let output = br#"{"reason":"compiler-artifact","executable":null}
not json
{"reason":"compiler-artifact","executable":"/t/clock"}
{"reason":"build-finished","success":true}
"#;
        assert_eq!(executable(output), Some(PathBuf::from("/t/clock")));
        assert_eq!(executable(b""), None);
    }
}
