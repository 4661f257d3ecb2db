// SPDX-License-Identifier: MIT OR Apache-2.0
//! How detailed a server's log is.
use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// Which of its log lines a server sends: those of this level and of the ones before it. The names are those of the crate
/// `log`, in small letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// None.
    Off,
    /// What failed.
    Error,
    /// What is not as it should be, but goes on.
    Warn,
    /// What the server does.
    Info,
    /// What is of use to somebody who looks for a fault.
    Debug,
    /// Every step.
    Trace,
}

impl LogLevel {
    /// All of them, from the one that says least.
    pub const ALL: [Self; 6] = [
        Self::Off,
        Self::Error,
        Self::Warn,
        Self::Info,
        Self::Debug,
        Self::Trace,
    ];

    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word is no [`LogLevel`]; its text names those that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownLevel;

impl fmt::Display for UnknownLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no such level; there are:")?;
        for level in LogLevel::ALL {
            write!(f, " {level}")?;
        }
        Ok(())
    }
}

impl core::error::Error for UnknownLevel {}

impl FromStr for LogLevel {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        let mut levels = Self::ALL.into_iter();
        levels
            .find(|level| level.name() == text)
            .ok_or(UnknownLevel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for level in LogLevel::ALL {
            assert_eq!(level.name().parse(), Ok(level));
        }
        let error = "loud".parse::<LogLevel>().unwrap_err().to_string();
        assert!(
            error.ends_with("off error warn info debug trace"),
            "{error}"
        );
        assert!(LogLevel::Off < LogLevel::Error && LogLevel::Debug < LogLevel::Trace);
    }
}
