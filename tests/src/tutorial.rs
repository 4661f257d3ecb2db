// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a page shows what is there: a code block after `<!-- path -->` must stand in that file as it is.
use std::fs;
use std::path::Path;

/// A block of code and the file that it is said to be from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The file, relative to the tree.
    pub file: String,
    /// The code.
    pub code: String,
}

/// The blocks of a page that say where they are from.
#[must_use]
pub fn shown(page: &str) -> Vec<Shown> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let file = line
            .strip_prefix("<!-- ")
            .and_then(|rest| rest.strip_suffix(" -->"));
        let Some(file) = file.filter(|file| !file.contains(' ')) else {
            continue;
        };
        if !lines.next().is_some_and(|line| line.starts_with("```")) {
            continue;
        }
        let code: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        blocks.push(Shown {
            file: file.to_owned(),
            code: code.join("\n"),
        });
    }
    blocks
}

/// Compares a page with the files of the tree at `root`.
///
/// # Errors
/// The first block that is not there.
pub fn check(root: &Path, page: &Path) -> Result<usize, String> {
    let text = |path: &Path| {
        fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let blocks = shown(&text(&root.join(page))?);
    for block in &blocks {
        if !text(&root.join(&block.file))?.contains(&block.code) {
            return Err(format!(
                "{} shows what is not in {}:\n{}",
                page.display(),
                block.file,
                block.code
            ));
        }
    }
    Ok(blocks.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use croft_images::Workspace;

    #[test]
    fn blocks_are_found() {
        let page = "<!-- a note -->\n```\nno\n```\n<!-- a/b.rs -->\n```rust\none\n\ntwo\n```\n";
        let block = Shown {
            file: "a/b.rs".to_owned(),
            code: "one\n\ntwo".to_owned(),
        };
        assert_eq!(shown(page), [block]);
    }

    #[test]
    fn the_tutorial_shows_what_is_there() {
        let workspace = Workspace::find();
        let blocks = check(workspace.root(), Path::new("servers/README.md")).unwrap();
        assert!(blocks >= 10, "{blocks} blocks");
    }
}
