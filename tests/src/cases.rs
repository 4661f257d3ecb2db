// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tables of shell cases: `tests/cases/*.toml`.
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use serde::Deserialize;

/// The cases of one file; they share a boot.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The file's name without `.toml`.
    #[serde(skip)]
    pub name: String,
    /// In the file as `[[case]]`, in the order in which they run.
    #[serde(rename = "case")]
    pub cases: Vec<Case>,
}

/// One case. It runs in an empty folder of its own, without input.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Its name: unique in its file, of letters, digits, `-` and `_`.
    pub name: String,
    /// What interprets the script.
    #[serde(default = "default_shell")]
    pub shell: String,
    /// The script.
    pub script: String,
    /// What it has to print on its standard output.
    #[serde(default)]
    pub output: String,
    /// What it has to exit with.
    #[serde(default)]
    pub status: u8,
    /// After how many seconds it is killed, if it may take longer than others.
    pub limit: Option<u64>,
    /// Why it does not do the same on the Linux of the host, if it does not; there it is not run then.
    pub not_on_linux: Option<String>,
}

fn default_shell() -> String {
    "sh".to_owned()
}

/// Reads all tables of a folder.
///
/// # Errors
/// What is wrong in which file.
pub fn read(folder: &Path) -> Result<Vec<Table>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut tables = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.extension().and_then(OsStr::to_str) != Some("toml") {
            continue;
        }
        let named = |error: String| format!("{}: {error}", path.display());
        let text = fs::read_to_string(&path).map_err(|error| named(error.to_string()))?;
        let mut table = parse(&text).map_err(named)?;
        table.name = path.file_stem().unwrap_or_default().display().to_string();
        tables.push(table);
    }
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tables)
}

fn parse(text: &str) -> Result<Table, String> {
    let table: Table = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut seen = BTreeSet::new();
    for case in &table.cases {
        let good = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        if case.name.is_empty() || !case.name.chars().all(good) {
            return Err(format!("{:?} cannot be a case's name", case.name));
        }
        if !seen.insert(&case.name) {
            return Err(format!("the case {} is there twice", case.name));
        }
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn tables_are_checked() {
        let table = parse("[[case]]\nname = \"a\"\nscript = \"true\"\n").unwrap();
        assert_eq!(
            (table.cases[0].status, table.cases[0].shell.as_str()),
            (0, "sh")
        );
        assert!(parse("[[case]]\nname = \"a b\"\nscript = \"\"\n").is_err());
        assert!(parse(&"[[case]]\nname = \"a\"\nscript = \"\"\n".repeat(2)).is_err());
        assert!(parse("[[case]]\nname = \"a\"\nscript = \"\"\nstatsu = 1\n").is_err());
    }
}
