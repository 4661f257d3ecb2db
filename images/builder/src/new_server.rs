// SPDX-License-Identifier: MIT OR Apache-2.0
//! `images/run --new-server NAME`: a server that builds and answers, to be changed into another one.
use std::fs;
use std::path::{Path, PathBuf};

use crate::{Error, Result, Workspace};

/// Where each file of the template goes: below the server's folder, or, with a leading slash, below the tree's.
const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../template/Cargo.toml.txt")),
    ("src/lib.rs", include_str!("../template/lib.rs.txt")),
    (
        "src/bin/server.rs",
        include_str!("../template/server.rs.txt"),
    ),
    (
        "src/bin/client.rs",
        include_str!("../template/client.rs.txt"),
    ),
    (
        "/images/@name@.toml",
        include_str!("../template/image.toml.txt"),
    ),
];

/// Interface numbers from here on belong to users' servers.
const FIRST_NUMBER: u32 = 128;

/// Makes the server: its package, its place in the workspace, an image with it. The files that were written.
///
/// # Errors
/// [`Error::NewServer`] if the name is none or is taken, or no interface number is free; [`Error::File`].
pub fn new_server(workspace: &Workspace, name: &str) -> Result<Vec<PathBuf>> {
    let refused = |why: String| Error::NewServer {
        name: name.to_owned(),
        why,
    };
    check_name(name).map_err(refused)?;
    let root = workspace.root();
    let folder = root.join("servers").join(name);
    let fill = Fill {
        name: name.to_owned(),
        number: free_number(root)?.ok_or_else(|| refused("no interface number is free".into()))?,
    };
    let mut files = Vec::new();
    for (path, template) in FILES {
        let path = match path.strip_prefix('/') {
            Some(path) => root.join(fill.text(path)),
            None => folder.join(path),
        };
        if path.exists() {
            return Err(refused(format!("{} is there already", path.display())));
        }
        files.push((path, fill.text(template)));
    }
    let manifest = root.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).map_err(Error::file(&manifest))?;
    let text = add_member(&text, &format!("servers/{name}"))
        .ok_or_else(|| refused(format!("{} has no list of members", manifest.display())))?;
    for (path, text) in &files {
        let folder = path.parent().unwrap_or(root);
        fs::create_dir_all(folder).map_err(Error::file(folder))?;
        fs::write(path, text).map_err(Error::file(path))?;
    }
    fs::write(&manifest, text).map_err(Error::file(&manifest))?;
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

/// What stands in the template's places.
struct Fill {
    name: String,
    number: u32,
}

impl Fill {
    fn text(&self, template: &str) -> String {
        let camel: String = self.name.split('-').map(capitalised).collect();
        template
            .replace("@name@", &self.name)
            .replace("@name_@", &self.name.replace('-', "_"))
            .replace("@Name@", &camel)
            .replace("@number@", &self.number.to_string())
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// A package's name that is a server's name too, and begins a type's.
fn check_name(name: &str) -> std::result::Result<(), String> {
    let parts_are_words = name.split('-').all(|part| {
        let mut letters = part.chars();
        letters
            .next()
            .is_some_and(|first| first.is_ascii_lowercase())
            && letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
    });
    // The client's program has seven letters more.
    if parts_are_words && name.len() + "-client".len() <= croft_manifest::NAME_LENGTH {
        Ok(())
    } else {
        Err("a name is words of a-z and 0-9 with - between them, 24 letters at most".to_owned())
    }
}

/// The first number of users' servers that no interface in the tree has.
fn free_number(root: &Path) -> Result<Option<u32>> {
    let mut taken = Vec::new();
    for room in ["libs", "servers"] {
        let room = root.join(room);
        for entry in fs::read_dir(&room).map_err(Error::file(&room))? {
            let folder = entry.map_err(Error::file(&room))?.path();
            // Who has no interface has no such file; a new one's is not recorded yet.
            let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_default();
            taken.extend(numbers(&read("interfaces.lock")));
            taken.extend(unrecorded(&read("src/lib.rs")));
        }
    }
    Ok((FIRST_NUMBER..=255).find(|number| !taken.contains(number)))
}

/// The interface numbers in the lines of an `interfaces.lock`.
fn numbers(text: &str) -> impl Iterator<Item = u32> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split(' ').nth(1)?.parse().ok())
}

/// The interface numbers that stand in a source text.
fn unrecorded(text: &str) -> impl Iterator<Item = u32> {
    let attributes = text.split("#[interface(number = ").skip(1);
    attributes.filter_map(|rest| {
        rest.split(|c: char| !c.is_ascii_digit())
            .next()?
            .parse()
            .ok()
    })
}

/// Puts a member at the end of the workspace's list.
fn add_member(manifest: &str, member: &str) -> Option<String> {
    let list = manifest.find("members = [")?;
    let end = list + manifest[list..].find("\n]")?;
    Some(format!(
        "{}\n    \"{member}\",{}",
        &manifest[..end],
        &manifest[end..]
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for path in ["images", "libs/ipc", "servers/first"] {
            fs::create_dir_all(folder.path().join(path)).unwrap();
        }
        let manifest = "[workspace]\nmembers = [\n    \"libs/ipc\",\n]\n\n[profile]\nx = 1\n";
        fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
        let lock = "# comment 128\nfirst 128 1 a 1 00 () -> ()\nother 129 1 b 1 00 () -> ()\n";
        fs::write(folder.path().join("servers/first/interfaces.lock"), lock).unwrap();
        folder
    }

    #[test]
    fn a_server_is_made_once() {
        let tree = tree();
        let workspace = Workspace::at(tree.path().to_owned());
        let files = new_server(&workspace, "sheep-dog").unwrap();
        assert_eq!(files.len(), FILES.len());
        let read = |path: &str| fs::read_to_string(tree.path().join(path)).unwrap();
        let manifest = read("Cargo.toml");
        assert!(manifest.contains("    \"libs/ipc\",\n    \"servers/sheep-dog\",\n]\n\n[profile]"));
        let library = read("servers/sheep-dog/src/lib.rs");
        assert!(library.contains("number = 130,") && library.contains("pub trait SheepDog {"));
        assert!(
            read("servers/sheep-dog/src/bin/client.rs").contains("use sheep_dog::SheepDogClient")
        );
        assert!(read("images/sheep-dog.toml").contains("sheep_dog = \"sheep-dog\""));
        for path in files {
            assert!(!fs::read_to_string(path).unwrap().contains('@'));
        }
        let again = new_server(&workspace, "sheep-dog").unwrap_err().to_string();
        assert!(again.contains("is there already"), "{again}");
        assert_eq!(read("Cargo.toml"), manifest);
        // The next one has another number, although this one's is not recorded yet.
        new_server(&workspace, "cat").unwrap();
        assert!(read("servers/cat/src/lib.rs").contains("number = 131,"));
    }

    #[test]
    fn bad_names_are_refused() {
        let tree = tree();
        let workspace = Workspace::at(tree.path().to_owned());
        for name in [
            "",
            "Sheep",
            "9lives",
            "a--b",
            "-a",
            "a_b",
            "a/b",
            "far-too-long-for-any-server",
        ] {
            let error = new_server(&workspace, name).unwrap_err().to_string();
            assert!(error.contains("24 letters"), "{name}: {error}");
        }
        assert!(!tree.path().join("images/a.toml").exists());
    }

    #[test]
    fn numbers_run_out() {
        let tree = tree();
        let lines: String = (128..256).map(|n| format!("i {n} 1 m 1 00 ()\n")).collect();
        fs::write(tree.path().join("libs/ipc/interfaces.lock"), lines).unwrap();
        let error = new_server(&Workspace::at(tree.path().to_owned()), "dog").unwrap_err();
        assert!(error.to_string().contains("no interface number is free"));
    }
}
