// SPDX-License-Identifier: MIT OR Apache-2.0
//! A source tree with stand-ins, and the command in it.
use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A tree in which everything is built already.
pub struct Bench {
    folder: TempDir,
}

/// What the command did.
pub struct Done {
    pub status: i32,
    pub output: String,
    pub errors: String,
}

impl Bench {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        for path in ["images", "kernel/bin", "target/croft/programs/x86_64"] {
            fs::create_dir_all(root.join(path)).unwrap();
        }
        symlink(here, root.join("images/builder")).unwrap();
        fs::copy(here.join("../unix.toml"), root.join("images/unix.toml")).unwrap();
        fs::write(root.join("kernel/bin/kernel32.elf"), "kernel").unwrap();
        fs::write(root.join("target/croft/programs/x86_64/busybox"), "busybox").unwrap();
        fs::write(root.join("program"), program()).unwrap();
        Bench { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command with arguments; QEMU's stand-in does `what`.
    pub fn command(&self, what: &str, arguments: &[&str]) -> Command {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_croft-images"));
        command
            .env("CARGO_MANIFEST_DIR", self.path("images/builder"))
            .env("CARGO", here.join("tests/fake-cargo"))
            .env("SEL4_PREFIX", self.path("kernel"))
            .env("FAKE_CARGO_LOG", self.path("cargo.log"))
            .env(
                "FAKE_TARGET",
                self.path("target/croft/x86_64/cargo-release"),
            )
            .env("FAKE_PROGRAM", self.path("program"))
            .env("FAKE_QEMU", what)
            .env("FAKE_QEMU_LOG", self.path("qemu.log"))
            .env("TERM", "test-terminal")
            .arg("--qemu")
            .arg(here.join("tests/fake-qemu"))
            .args(arguments);
        command
    }

    /// Runs it with `input` on standard input, and waits.
    pub fn run(&self, what: &str, arguments: &[&str], input: &[u8]) -> Done {
        finish(self.command(what, arguments), input)
    }

    /// QEMU's command line of the last run.
    pub fn qemu(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("qemu.log")).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// Cargo's command lines so far.
    pub fn cargo(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("cargo.log")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

/// Runs a command with `input` on standard input, and waits.
pub fn finish(mut command: Command, input: &[u8]) -> Done {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // The command may end without having read all of it.
    let writer = std::thread::spawn(move || stdin.write_all(&input).is_ok());
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Done {
        status: status.code().unwrap(),
        output: String::from_utf8_lossy(&stdout).into_owned(),
        errors: String::from_utf8_lossy(&stderr).into_owned(),
    }
}

/// The smallest static x86_64 program: one segment with a few bytes.
pub fn program() -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    bytes.extend([2, 0, 62, 0, 1, 0, 0, 0]);
    for word in [0x40_0000u64, 64, 0] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(0u32.to_le_bytes());
    for half in [64u16, 56, 1, 64, 0, 0] {
        bytes.extend(half.to_le_bytes());
    }
    bytes.extend([1, 0, 0, 0, 5, 0, 0, 0]);
    for word in [0u64, 0x40_0000, 0x40_0000, 120, 120, 4096] {
        bytes.extend(word.to_le_bytes());
    }
    bytes
}
