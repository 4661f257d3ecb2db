// SPDX-License-Identifier: MIT OR Apache-2.0
//! The same operations on a [`unix_vfs::Vfs`] and on the host's Linux give the same results.
//!
//! The host's side runs in a directory on tmpfs, with that as its root directory and as different
//! users, if the test runs as root; else as the user it runs as, on relative paths that stay below
//! the directory.
#![forbid(unsafe_code)]
#![cfg(target_os = "linux")]

mod host;
mod operation;
mod ours;

use operation::{Operation, Reply, operations};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use std::process::Command;
use std::sync::{Arc, OnceLock};

/// Set for the copy of this test that has the directory as its root.
const ROOT_VARIABLE: &str = "CROFT_VFS_HOST_ROOT";

/// Settings of the host that change what users other than 0 may do (proc_sys_fs(5)).
#[derive(Debug)]
struct Settings {
    /// `protected_hardlinks`, which the file system under test always has.
    protects_links: bool,
    /// One of the others, which it has not: then there are no sticky directories in the test.
    protects_sticky: bool,
}

static SETTINGS: OnceLock<Settings> = OnceLock::new();

fn settings() -> &'static Settings {
    SETTINGS.get_or_init(|| {
        let is_set = |name: &str| {
            let text = std::fs::read_to_string(format!("/proc/sys/fs/protected_{name}"));
            text.is_ok_and(|text| text.trim() != "0")
        };
        Settings {
            protects_links: is_set("hardlinks"),
            protects_sticky: ["symlinks", "fifos", "regular"].into_iter().any(is_set),
        }
    })
}

/// What both sides can do.
trait Side {
    fn perform(&mut self, operation: &Operation) -> Result<Reply, i32>;
    /// The whole tree: each path with attributes and contents, in order.
    fn tree(&mut self) -> Vec<String>;
}

/// Whether a file reaches into the last page that an offset can name: Linux does not look for data
/// and holes there, as the end of that page is no offset (`mapping_seek_hole_data` in its
/// mm/filemap.c compares it as a negative number). Here that page is as any other.
fn reaches_last_page(ours: &mut ours::Ours, slot: usize) -> bool {
    let attributes = ours.perform(&Operation::StatDescriptor(slot));
    matches!(attributes, Ok(Reply::Stat { size, .. }) if size > i64::MAX.cast_unsigned() - 4095)
}

fn run_cases(privileged: bool) {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    let config = Config {
        cases: cases.unwrap_or(600),
        failure_persistence: None,
        max_shrink_iters: 20000,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let flags = rustix::fs::OFlags::DIRECTORY;
    let root = rustix::fs::open(".", flags, rustix::fs::Mode::empty()).expect("root");
    let root = Arc::new(root);
    let result = runner.run(&operations(privileged), |operations| {
        let mut host = host::Host::new(privileged, root.clone());
        let mut ours = ours::Ours::new(host.user());
        // tmpfs takes memory that was only allocated for a hole; here it is data from the start.
        let allocates = operations
            .iter()
            .any(|it| matches!(it, Operation::Allocate(..)));
        for (index, operation) in operations.iter().enumerate() {
            if let Operation::Seek(slot, _, 3..) = operation
                && (allocates || reaches_last_page(&mut ours, *slot))
            {
                continue;
            }
            let (expected, got) = (host.perform(operation), ours.perform(operation));
            if expected != got {
                let before = &operations[index.saturating_sub(8)..index];
                let text =
                    format!("{operation:?}: Linux {expected:?}, here {got:?}, after {before:?}");
                return Err(TestCaseError::fail(text));
            }
        }
        let (expected, got) = (host.tree(), ours.tree());
        if expected != got {
            let text = format!("tree: Linux {expected:?}, here {got:?}, after {operations:?}");
            return Err(TestCaseError::fail(text));
        }
        ours.finish();
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn same_results_as_linux() {
    if let Some(root) = std::env::var_os(ROOT_VARIABLE) {
        let privileged = rustix::process::geteuid().is_root();
        // Read before /proc is out of sight.
        settings();
        if privileged {
            rustix::process::chroot(&root).expect("chroot");
        }
        rustix::process::chdir(if privileged {
            "/".as_ref()
        } else {
            root.as_os_str()
        })
        .expect("chdir");
        run_cases(privileged);
        return;
    }
    let parent = if std::path::Path::new("/dev/shm").is_dir() {
        "/dev/shm"
    } else {
        "/tmp"
    };
    let directory = tempfile::Builder::new()
        .prefix("croft-vfs")
        .tempdir_in(parent)
        .expect("tempdir");
    let status = Command::new(std::env::current_exe().expect("own path"))
        .args(["--exact", "same_results_as_linux", "--nocapture"])
        .env(ROOT_VARIABLE, directory.path())
        .status()
        .expect("a copy of this test");
    assert!(status.success(), "see the output above");
}
