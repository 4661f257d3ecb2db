// SPDX-License-Identifier: MIT OR Apache-2.0
//! /proc through system calls.
use super::harness::{DATA, Harness};
use std::collections::BTreeMap;
use unix_abi::Errno;
use unix_abi::linux::general as linux;
use unix_abi::syscalls::Sysno;
use unix_process::Pid;

const INIT: Pid = Pid::INIT;

/// The names in a directory with their inode numbers and types.
fn list(harness: &mut Harness, path: &str) -> BTreeMap<String, (u64, u8)> {
    let fd = harness.open(INIT, path, linux::O_DIRECTORY).unwrap();
    let mut names = BTreeMap::new();
    loop {
        let length = harness
            .call(INIT, Sysno::getdents64, &[fd, DATA + 0x1000, 512])
            .unwrap();
        let entries = harness.peek(INIT, DATA + 0x1000, length);
        let mut rest = &entries[..];
        if rest.is_empty() {
            break;
        }
        while !rest.is_empty() {
            let ino = u64::from_le_bytes(rest[..8].try_into().unwrap());
            let (size, kind) = (usize::from(rest[16]), rest[18]);
            let name = rest[19..size].split(|byte| *byte == 0).next().unwrap();
            names.insert(String::from_utf8(name.to_vec()).unwrap(), (ino, kind));
            rest = &rest[size..];
        }
    }
    harness.call(INIT, Sysno::close, &[fd]).unwrap();
    names
}

/// Device and inode number.
fn identity(harness: &mut Harness, path: &str) -> (u64, u64) {
    look(harness, path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn look(harness: &mut Harness, path: &str) -> Result<(u64, u64), Errno> {
    let base = crate::call::file::WORKING_DIRECTORY;
    let at = harness.path(INIT, path);
    let flags = linux::AT_SYMLINK_NOFOLLOW as usize;
    #[cfg(target_arch = "x86_64")]
    let call = Sysno::newfstatat;
    #[cfg(target_arch = "aarch64")]
    let call = Sysno::fstatat;
    harness.call(INIT, call, &[base, at, DATA, flags])?;
    let bytes = harness.peek(INIT, DATA, 16);
    let word = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    Ok((word(0), word(8)))
}

#[test]
fn proc_tells_of_processes() {
    let mut harness = Harness::new();
    let child = harness.fork(INIT);
    let stat = harness.slurp(INIT, &format!("/proc/{}/stat", child.0));
    let words: Vec<&str> = stat.split_whitespace().collect();
    assert_eq!(words.len(), 52, "{stat}");
    assert_eq!(words[1], "(program)");
    assert_eq!(words[3], "1");
    assert_eq!(harness.slurp(INIT, "/proc/self/cmdline"), "program\0one\0");
    let status = harness.slurp(INIT, "/proc/1/status");
    assert!(
        status.contains("PPid:\t0\n") && status.contains("State:\tR (running)\n"),
        "{status}"
    );
    let maps = harness.slurp(INIT, "/proc/self/maps");
    assert!(
        maps.contains("/bin/program") && maps.contains("[stack]"),
        "{maps}"
    );
    for file in [
        "meminfo",
        "uptime",
        "version",
        "cpuinfo",
        "stat",
        "loadavg",
        "mounts",
        "croft/calls",
    ] {
        assert!(!harness.slurp(INIT, &format!("/proc/{file}")).is_empty());
    }
    let at = harness.path(INIT, "/proc/self/exe");
    let base = crate::call::file::WORKING_DIRECTORY;
    let length = harness
        .call(INIT, Sysno::readlinkat, &[base, at, DATA, 100])
        .unwrap();
    assert_eq!(harness.peek(INIT, DATA, length), b"/bin/program");
}

#[test]
fn a_thread_has_what_its_process_has_but_no_threads() {
    let mut harness = Harness::new();
    let process = list(&mut harness, "/proc/1");
    assert_eq!(list(&mut harness, "/proc/1/task").len(), 3);
    let thread = list(&mut harness, "/proc/1/task/1");
    let mut without: Vec<_> = process.keys().collect();
    without.retain(|name| *name != "task");
    assert_eq!(thread.keys().collect::<Vec<_>>(), without);
    assert_eq!(
        harness.open(INIT, "/proc/1/task/1/task", 0),
        Err(Errno::ENOENT)
    );
    assert_eq!(harness.open(INIT, "/proc/1/task/2", 0), Err(Errno::ENOENT));
    let stat = harness.slurp(INIT, "/proc/1/task/1/stat");
    assert!(stat.starts_with("1 (program) "), "{stat}");
    // Both files are about the same, and are two files.
    let own = identity(&mut harness, "/proc/1/task/1/comm");
    assert_ne!(own, identity(&mut harness, "/proc/1/comm"));
    // Up again leads where one came from.
    for (path, same) in [
        ("/proc/1/task/1/fd/..", "/proc/1/task/1"),
        ("/proc/1/task/1/..", "/proc/1/task"),
        ("/proc/1/task/..", "/proc/1"),
        ("/proc/sys/kernel/random/../..", "/proc/sys"),
    ] {
        assert_eq!(
            identity(&mut harness, path),
            identity(&mut harness, same),
            "{path}"
        );
    }
}

#[test]
fn the_tree_of_proc_ends_and_every_inode_number_is_there_once() {
    let mut harness = Harness::new();
    harness.fork(INIT);
    let mut left = vec![String::from("/proc")];
    let mut seen = BTreeMap::new();
    while let Some(path) = left.pop() {
        for (name, (ino, kind)) in list(&mut harness, &path) {
            if name == "." || name == ".." {
                continue;
            }
            let path = format!("{path}/{name}");
            match look(&mut harness, &path) {
                Ok((_, number)) => assert_eq!(number, ino, "{path}"),
                // The descriptor by which the directory itself was read.
                Err(error) => assert_eq!((error, path.contains("/fd/")), (Errno::ENOENT, true)),
            }
            if let Some(other) = seen.insert(ino, path.clone()) {
                panic!("{path} has the number of {other}");
            }
            assert!(seen.len() < 1000, "no end: {path}");
            match u32::from(kind) {
                linux::DT_DIR => left.push(path),
                linux::DT_REG => drop(harness.slurp(INIT, &path)),
                _ => {}
            }
        }
    }
}

#[test]
fn files_of_proc_are_new() {
    let mut harness = Harness::new();
    let base = crate::call::file::WORKING_DIRECTORY;
    let at = harness.path(INIT, "/proc/stat");
    harness
        .call(INIT, Sysno::statx, &[base, at, 0, 0x7ff, DATA])
        .unwrap();
    let now = harness.world.timestamp().seconds;
    // stx_mtime.tv_sec
    assert_eq!(harness.peek(INIT, DATA + 112, 8), now.to_le_bytes());
}

#[test]
fn random_identifiers() {
    let mut harness = Harness::new();
    let form = |text: &str| {
        let parts: Vec<&str> = text.trim_end().split('-').collect();
        assert_eq!(
            parts.iter().map(|part| part.len()).collect::<Vec<_>>(),
            [8, 4, 4, 4, 12],
            "{text}"
        );
        assert!(parts[2].starts_with('4') && "89ab".contains(&parts[3][..1]));
        assert!(text.ends_with('\n'));
    };
    let mut read = |name: &str| harness.slurp(INIT, &format!("/proc/sys/kernel/random/{name}"));
    let (one, other) = (read("uuid"), read("uuid"));
    form(&one);
    assert_ne!(one, other);
    let boot = read("boot_id");
    form(&boot);
    assert_eq!(boot, read("boot_id"));
    assert_eq!(read("entropy_avail"), "256\n");
    assert_eq!(read("poolsize"), "256\n");
}

#[test]
fn mounts_are_found_by_the_device_number_of_what_is_in_them() {
    let mut harness = Harness::new();
    let mounts = harness.slurp(INIT, "/proc/mounts");
    let points: Vec<Vec<&str>> = mounts
        .lines()
        .map(|line| line.split(' ').collect())
        .collect();
    assert_eq!(points[0][..4], ["tmpfs", "/", "tmpfs", "rw"]);
    for (file, point) in [("/etc/motd", "/"), ("/proc/1/stat", "/proc")] {
        let device = identity(&mut harness, file).0;
        let found: Vec<&str> = points
            .iter()
            .map(|words| words[1])
            .filter(|at| identity(&mut harness, at).0 == device)
            .collect();
        assert_eq!(found, [point]);
    }
}
