// SPDX-License-Identifier: MIT OR Apache-2.0
//! Trees: what replaces what, what is found, and what an archive holds.
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn file(text: &str) -> Entry {
    Entry {
        content: Content::Bytes(text.as_bytes().to_vec()),
        mode: 0o644,
        time: EPOCH,
    }
}

fn link(target: &str) -> Entry {
    Entry {
        content: Content::Link(target.to_owned()),
        mode: 0o777,
        time: EPOCH,
    }
}

#[test]
fn folders_come_by_themselves() {
    let mut tree = Tree::new();
    tree.put("/a/b//c/./d", file("x")).unwrap();
    let paths: Vec<_> = tree.iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["", "a", "a/b", "a/b/c", "a/b/c/d"]);
}

#[test]
fn what_has_no_place_is_refused() {
    let mut tree = Tree::new();
    tree.put("/a/b", file("x")).unwrap();
    let refused = |tree: &mut Tree, path: &str, why: &str| {
        let error = tree.put(path, file("y")).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    };
    refused(&mut tree, "/a/b/c", "/a/b is not a folder");
    refused(&mut tree, "/a", "folder with files");
    refused(&mut tree, "/", "folder with files");
    refused(&mut tree, "/a/../b", "..");
    refused(&mut tree, &format!("/{}", "n".repeat(256)), "255");
    tree.put("/a/b", file("y")).unwrap();
    assert_eq!(tree.get("a/b"), Some(&file("y")));
}

#[test]
fn links_are_followed() {
    let mut tree = Tree::new();
    tree.put("/usr/bin/tool", file("t")).unwrap();
    tree.put("/bin", link("usr/bin")).unwrap();
    tree.put("/usr/bin/other", link("../bin/./tool")).unwrap();
    tree.put("/opt/absolute", link("/bin/other")).unwrap();
    tree.put("/loop", link("/loop")).unwrap();
    for path in [
        "/bin/tool",
        "/bin/other",
        "/opt/absolute",
        "opt/../usr/bin/tool",
    ] {
        assert_eq!(tree.find(path), Some(&file("t")), "{path}");
    }
    assert_eq!(tree.find("/loop"), None);
    assert_eq!(tree.find("/bin/none"), None);
}

#[test]
fn additions_are_parsed() {
    let parse = |text: &str| text.parse::<Addition>();
    let addition = parse("a=b=/c").unwrap();
    assert_eq!(
        (addition.host.to_str(), addition.guest.as_str()),
        (Some("a=b"), "/c")
    );
    assert_eq!(parse("x=/").unwrap().guest, "/");
    for bad in ["x", "x=y", "=/y", ""] {
        assert!(parse(bad).unwrap_err().contains("HOST=GUEST"), "{bad}");
    }
}

#[test]
fn host_files_keep_mode_and_links() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("tree");
    fs::create_dir_all(root.join("inner")).unwrap();
    fs::write(root.join("inner/run"), "text").unwrap();
    fs::set_permissions(root.join("inner/run"), fs::Permissions::from_mode(0o4750)).unwrap();
    symlink("inner/run", root.join("short")).unwrap();
    let mut tree = Tree::new();
    tree.put(
        "/tmp",
        Entry {
            content: Content::Folder,
            mode: 0o1777,
            time: EPOCH,
        },
    )
    .unwrap();
    let add = |tree: &mut Tree, guest: &str| {
        let (host, guest) = (root.clone(), guest.to_owned());
        tree.add_to(&Addition { host, guest })
    };
    add(&mut tree, "/tmp").unwrap();
    assert_eq!(tree.get("/tmp").unwrap().mode, 0o1777);
    assert_eq!(tree.get("/tmp/inner/run").unwrap().mode, 0o4750);
    assert_eq!(
        tree.get("/tmp/short").unwrap().content,
        Content::Link("inner/run".to_owned())
    );

    let (host, guest) = (root.join("inner/run"), "/opt/".to_owned());
    tree.add_to(&Addition { host, guest }).unwrap();
    assert!(matches!(
        tree.get("/opt/run").unwrap().content,
        Content::Host(_)
    ));
    let (host, guest) = (root.join("none"), "/x".to_owned());
    let error = tree
        .add_to(&Addition { host, guest })
        .unwrap_err()
        .to_string();
    assert!(error.contains("tree/none"), "{error}");
}

/// Name, mode, content, device.
type Unpacked = (String, u32, Vec<u8>, (u32, u32));

/// The archive read back by the crate's reader.
fn unpack(archive: &[u8]) -> Vec<Unpacked> {
    let mut found = Vec::new();
    let mut rest = archive;
    loop {
        let reader = cpio::newc::Reader::new(rest).unwrap();
        let entry = reader.entry();
        if entry.is_trailer() {
            return found;
        }
        let (name, mode) = (entry.name().to_owned(), entry.mode());
        let device = (entry.rdev_major(), entry.rdev_minor());
        let mut data = Vec::new();
        rest = reader.to_writer(&mut data).unwrap();
        found.push((name, mode, data, device));
    }
}

#[test]
fn the_archive_holds_the_tree() {
    let mut tree = Tree::new();
    tree.put(
        "/dev/null",
        Entry {
            content: Content::Device { major: 1, minor: 3 },
            mode: 0o666,
            time: EPOCH,
        },
    )
    .unwrap();
    tree.put("/sh", link("/bin/busybox")).unwrap();
    tree.put("/text", file("hello")).unwrap();
    let archive = tree.archive().unwrap();
    assert_eq!(archive, tree.clone().archive().unwrap());
    let expected = [
        (".", 0o040_755, "", (0, 0)),
        ("dev", 0o040_755, "", (0, 0)),
        ("dev/null", 0o020_666, "", (1, 3)),
        ("sh", 0o120_777, "/bin/busybox", (0, 0)),
        ("text", 0o100_644, "hello", (0, 0)),
    ];
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(name, mode, data, device)| (name.to_owned(), mode, data.as_bytes().to_vec(), device))
        .collect();
    assert_eq!(unpack(&archive), expected);
}

#[test]
fn the_base_has_what_a_shell_needs() {
    let scratch = tempfile::tempdir().unwrap();
    let here = crate::Workspace::find();
    fs::create_dir_all(scratch.path().join("images")).unwrap();
    symlink(
        here.root().join("images/builder"),
        scratch.path().join("images/builder"),
    )
    .unwrap();
    let workspace = crate::Workspace::at(scratch.path().to_owned());
    let error = Tree::base(&workspace, crate::Arch::Aarch64)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("busybox for aarch64") && error.contains("docker/setup"),
        "{error}"
    );

    let programs = workspace.programs(crate::Arch::Aarch64);
    fs::create_dir_all(&programs).unwrap();
    fs::write(programs.join("busybox"), "program").unwrap();
    let tree = Tree::base(&workspace, crate::Arch::Aarch64).unwrap();
    for path in [
        "/bin/sh",
        "/bin/ls",
        "/usr/bin/awk",
        "/sbin/init",
        "/usr/bin/[",
    ] {
        assert_eq!(tree.find(path), tree.get("/bin/busybox"), "{path}");
    }
    assert!(
        matches!(&tree.get("/etc/passwd").unwrap().content, Content::Bytes(text) if text.starts_with(b"root:"))
    );
    assert_eq!(tree.get("/tmp").unwrap().mode, 0o1777);
    assert_eq!(tree.get("/bin/busybox").unwrap().mode, 0o755);
}
