// SPDX-License-Identifier: MIT OR Apache-2.0
//! Traces of messages: what servers have noted ([`croft_trace`]), put together and written for people.
//!
//! [`Recording`] takes the pieces from the serial line; [`Trace`] finds out which call of a client is which one at its
//! server; [`TraceFile`] says what becomes of it: a Chrome trace for <https://ui.perfetto.dev>, or a sequence diagram as
//! text or in Mermaid.
mod calls;
mod chrome;
mod diagram;
mod mermaid;
mod names;
mod recording;

#[cfg(test)]
mod tests;

use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

use crate::{Error, Result, Workspace};

pub use calls::{Answer, Call, Signal, Trace};
pub use names::Names;
pub use recording::Recording;

/// Where a trace goes; the end of the name says how it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceFile {
    /// The file.
    pub path: PathBuf,
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Chrome,
    Diagram,
    Mermaid,
}

impl FromStr for TraceFile {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let path = PathBuf::from(text);
        let format = match path.extension().and_then(|end| end.to_str()) {
            Some("json") => Format::Chrome,
            Some("txt") => Format::Diagram,
            Some("mmd") => Format::Mermaid,
            _ => {
                return Err(
                    "its name must end with .json (Chrome trace), .txt or .mmd (sequence diagram)"
                        .to_owned(),
                );
            }
        };
        Ok(TraceFile { path, format })
    }
}

impl TraceFile {
    /// Writes what was recorded; what was written, in a line.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn write(&self, workspace: &Workspace, recording: &Recording) -> Result<String> {
        let trace = Trace::new(recording);
        let names = Names::of(workspace)?;
        let text = match self.format {
            Format::Chrome => chrome::write(&trace, &names),
            Format::Diagram => diagram::write(&trace, &names),
            Format::Mermaid => mermaid::write(&trace, &names),
        };
        fs::write(&self.path, text).map_err(Error::file(&self.path))?;
        let mut said = format!(
            "{} calls and {} notifications of {} servers are in {}",
            trace.calls.len(),
            trace.signals.len(),
            trace.traced,
            self.path.display()
        );
        for (name, lost) in &trace.lost {
            said += &format!("; the oldest {lost} notes of {name} are lost");
        }
        Ok(said)
    }
}
