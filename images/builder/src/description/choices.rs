// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the command line chooses in the place of a description: how detailed a server's log is, whose messages are kept.
use std::str::FromStr;

use croft_manifest::LogLevel;
use croft_process::handover::layout;

use super::{Description, Server};
use crate::size::Size;
use crate::{Error, Result};

/// `SERVER=LEVEL` of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogChoice {
    /// The server's name.
    pub server: String,
    /// Which of its log lines it sends and the runner shows.
    pub level: LogLevel,
}

impl FromStr for LogChoice {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (server, level) = text
            .split_once('=')
            .ok_or("it must be SERVER=LEVEL".to_owned())?;
        Ok(LogChoice {
            server: server.to_owned(),
            level: level
                .parse()
                .map_err(|error| format!("\"{level}\": {error}"))?,
        })
    }
}

/// The memory for a server's newest messages where nobody says how much.
const TRACE: Size = Size(32 << 10);

impl Description {
    /// Has one server log in another detail.
    ///
    /// # Errors
    /// [`Error::NoServer`], with the names of those that there are.
    pub fn choose_log(&mut self, choice: &LogChoice) -> Result<()> {
        let known: Vec<_> = self.servers.iter().map(|each| each.name.clone()).collect();
        let mut servers = self.servers.iter_mut();
        let server = servers
            .find(|server| server.name == choice.server)
            .ok_or_else(|| Error::NoServer {
                name: choice.server.clone(),
                known: known.join(", "),
            })?;
        server.log = Some(choice.level);
        Ok(())
    }

    /// Has the newest messages of all servers kept; of those with a `trace` of their own, as many as that says.
    pub fn trace_all(&mut self) {
        for server in &mut self.servers {
            server.trace.get_or_insert(TRACE);
        }
    }

    /// Whether a server notes its messages.
    #[must_use]
    pub fn is_traced(&self) -> bool {
        self.servers.iter().any(|server| server.trace.is_some())
    }

    /// The servers whose level was chosen: all that they send is shown.
    #[must_use]
    pub fn shown(&self) -> Vec<String> {
        let chosen = self.servers.iter().filter(|server| server.log.is_some());
        chosen.map(|server| server.name.clone()).collect()
    }
}

/// The pages for a server's newest messages.
pub(crate) fn trace_pages(server: &Server) -> u16 {
    let pages = server.trace.map_or(0, |size| size.0.div_ceil(layout::PAGE));
    pages.min(layout::TRACE_PAGES.into()) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description() -> Description {
        let server = |name: &str, more: &str| {
            format!(
                "[[server]]\nname = \"{name}\"\npackage = \"p\"\nreserve = \"1M\"\npriority = 1\n{more}\n"
            )
        };
        let servers = server("one", "log = \"warn\"\ntrace = \"5K\"") + &server("two", "");
        Description::parse(&format!("description = \"test\"\n{servers}")).unwrap()
    }

    #[test]
    fn the_command_line_has_the_last_word() {
        let mut description = description();
        assert_eq!(description.shown(), ["one"]);
        description
            .choose_log(&"one=trace".parse().unwrap())
            .unwrap();
        description.choose_log(&"two=off".parse().unwrap()).unwrap();
        let levels: Vec<_> = description.servers.iter().map(|each| each.log).collect();
        assert_eq!(levels, [Some(LogLevel::Trace), Some(LogLevel::Off)]);
        assert_eq!(description.shown(), ["one", "two"]);
        let error = description.choose_log(&"three=info".parse().unwrap());
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("\"three\"") && error.ends_with("one, two"),
            "{error}"
        );
    }

    #[test]
    fn what_is_no_choice_is_refused() {
        assert!("one".parse::<LogChoice>().is_err());
        let error = "one=loud".parse::<LogChoice>().unwrap_err();
        assert!(
            error.contains("\"loud\"") && error.contains("debug trace"),
            "{error}"
        );
    }

    #[test]
    fn messages_are_kept_in_whole_pages() {
        let mut description = description();
        let pages = |description: &Description| -> Vec<u16> {
            description.servers.iter().map(trace_pages).collect()
        };
        assert_eq!(pages(&description), [2, 0]);
        description.trace_all();
        assert_eq!(pages(&description), [2, 8]);
    }
}
