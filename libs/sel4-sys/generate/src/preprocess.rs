// SPDX-License-Identifier: MIT OR Apache-2.0
//! The part of the C preprocessor that bit-field descriptions use: conditions and includes.

use std::path::{Path, PathBuf};

use sel4_config_data::Installation;

use crate::{Condition, Error, read};

/// The lines of `path` that the configuration leaves over, with `--` comments removed and included
/// bit-field descriptions in place. Every file that was read is added to `files`.
pub fn preprocess(
    installation: &Installation,
    path: &Path,
    files: &mut Vec<PathBuf>,
) -> Result<Vec<String>, Error> {
    let fail = |reason: String| Error::interface(path, reason);
    let mut lines = Vec::new();
    // For each open #if: whether its current branch is taken, and whether one was taken already.
    let mut branches: Vec<(bool, bool)> = Vec::new();
    files.push(path.to_owned());
    for line in read(path)?.lines() {
        let line = line.split("--").next().unwrap_or_default().trim();
        let active = branches.iter().all(|(taken, _)| *taken);
        let Some(directive) = line.strip_prefix('#') else {
            if active && !line.is_empty() {
                lines.push(line.to_owned());
            }
            continue;
        };
        let directive = directive.trim_start();
        let (name, argument) = directive
            .split_once(char::is_whitespace)
            .unwrap_or((directive, ""));
        let holds = |text: &str| {
            Condition::parse(text)
                .map(|condition| condition.holds(installation.configuration()))
                .map_err(fail)
        };
        match name {
            "ifdef" => push(&mut branches, holds(&format!("defined({argument})"))?),
            "ifndef" => push(&mut branches, holds(&format!("!defined({argument})"))?),
            "if" => push(&mut branches, holds(argument)?),
            "elif" | "else" => {
                let condition = name == "else" || holds(argument)?;
                let (taken, done) = branches
                    .last_mut()
                    .ok_or_else(|| fail(format!("#{name} without #if")))?;
                *taken = condition && !*done;
                *done |= *taken;
            }
            "endif" => {
                branches
                    .pop()
                    .ok_or_else(|| fail("#endif without #if".into()))?;
            }
            "include" if active => {
                let name = argument.trim_matches(['<', '>', '"']);
                // Headers hold configuration macros only, and those are known.
                if name.ends_with(".bf") {
                    lines.extend(preprocess(installation, &installation.find(name)?, files)?);
                }
            }
            // Line markers of a file that was preprocessed already, and skipped includes.
            _ => {}
        }
    }
    if branches.is_empty() {
        Ok(lines)
    } else {
        Err(fail("#if without #endif".into()))
    }
}

fn push(branches: &mut Vec<(bool, bool)>, holds: bool) {
    branches.push((holds, holds));
}
