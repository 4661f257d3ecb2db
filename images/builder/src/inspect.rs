// SPDX-License-Identifier: MIT OR Apache-2.0
//! The container tree of a running system, for people: as text, for Graphviz, as a picture.
//!
//! The console server of the guest sends the state of each container when it is asked, see `servers/console/src/inspect.rs`.
//! What is drawn here is nothing but that.
mod dot;
mod svg;
mod text;

#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use croft_container::Entry;

use crate::{Error, Result};

/// How the tree is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One line for each container.
    Text,
    /// A description for Graphviz.
    Dot,
    /// A picture.
    Svg,
}

impl Form {
    /// What a file of that name holds: `.svg` a picture, `.dot` and `.gv` a description for Graphviz, all else text.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("svg") => Self::Svg,
            Some("dot" | "gv") => Self::Dot,
            _ => Self::Text,
        }
    }
}

/// Draws containers, which come parents before their children.
#[must_use]
pub fn draw(form: Form, containers: &[Entry]) -> String {
    match form {
        Form::Text => text::draw(containers),
        Form::Dot => dot::draw(containers),
        Form::Svg => svg::draw(containers),
    }
}

/// What is to be inspected, and where that goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inspect {
    /// To standard error, when somebody asks.
    WhenAsked,
    /// To standard error; at the end of the run as well.
    Show,
    /// Into that file, which is written anew each time; at the end of the run as well.
    File(PathBuf),
}

impl Inspect {
    /// What is to be shown of these containers; nothing if it went into a file.
    ///
    /// # Errors
    /// [`Error::File`].
    pub(crate) fn take(&self, containers: &[Entry]) -> Result<Option<String>> {
        match self {
            Self::WhenAsked | Self::Show => Ok(Some(draw(Form::Text, containers))),
            Self::File(path) => {
                let drawn = draw(Form::of(path), containers);
                fs::write(path, drawn).map_err(Error::file(path))?;
                Ok(None)
            }
        }
    }
}

/// The place of each container's parent among `containers`; none for the first one, and where the parent is missing.
fn parents(containers: &[Entry]) -> Vec<Option<usize>> {
    // The last container of each depth so far.
    let mut last: Vec<usize> = Vec::new();
    let mut parents = Vec::with_capacity(containers.len());
    for (place, container) in containers.iter().enumerate() {
        last.truncate(container.depth.into());
        parents.push(last.last().copied());
        last.resize(usize::from(container.depth) + 1, place);
    }
    parents
}

/// A name without anything that would change the terminal that shows it.
fn name(container: &Entry) -> String {
    let name = container.name.as_str();
    let name = name.chars().map(|letter| match letter.is_control() {
        true => '\u{fffd}',
        false => letter,
    });
    name.collect()
}

/// The most that a container can use: its own limit or an ancestor's, in bytes.
fn most(container: &Entry) -> u64 {
    container.used.bytes.saturating_add(container.left.bytes)
}

/// The share of that which is used, 0 … 1.
fn share(container: &Entry, bytes: u64) -> f64 {
    (bytes as f64 / most(container).max(1) as f64).clamp(0.0, 1.0)
}

/// How old a container is.
fn age(container: &Entry) -> String {
    format!("{:.1} s", container.age as f64 / 1000.0)
}

/// Bytes in a unit that suits them.
fn size(bytes: u64) -> String {
    match bytes {
        0..0x40_0000 => format!("{} KiB", bytes >> 10),
        _ => format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)),
    }
}
