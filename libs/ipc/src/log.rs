// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interface for log lines. The console serves it beside its own; the server runtime is its client, so that a
//! server logs wherever its parent has put a capability for it.

use crate::{CallError, Client, Interface, MESSAGE_BYTES, Never, Transport, numbers};
use serde::{Deserialize, Serialize};

/// The interface: a request is one line, the reply is empty.
pub struct Log;

impl Interface for Log {
    const NAME: &'static str = "log";
    const NUMBER: u8 = numbers::LOG;
    const VERSION: u8 = 1;
    type Request<'a> = Line<'a>;
    type Reply<'a> = ();
    type Error = Never;
}

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line<'a> {
    /// How much it matters.
    pub level: Level,
    /// The text without a line end, at most [`LINE_MAX`] bytes.
    pub text: &'a str,
}

/// The most bytes of one line.
pub const LINE_MAX: usize = MESSAGE_BYTES - 16;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// Of use only to somebody who looks for a fault.
    Debug,
    /// What Croft does.
    Information,
    /// Something is not as it should be, but goes on.
    Warning,
    /// Something failed.
    Error,
}

impl<T: Transport> Client<Log, T> {
    /// Logs one line; what is behind [`LINE_MAX`] bytes is left out.
    ///
    /// # Errors
    /// See [`CallError`].
    pub fn line(&self, level: Level, text: &str) -> Result<(), CallError<Never>> {
        let text = &text[..text.floor_char_boundary(LINE_MAX)];
        self.call(&Line { level, text }, |()| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Answer, Call, Handler, HandlerResult, Loopback};
    use proptest::prelude::*;

    #[derive(Default)]
    struct Lines(Vec<(Level, String)>);

    impl Handler for Lines {
        type Interface = Log;
        fn handle<'s>(&'s mut self, line: Line<'_>, _: &Call) -> HandlerResult<'s, Log> {
            self.0.push((line.level, line.text.into()));
            Ok(Answer::Reply(()))
        }
    }

    proptest! {
        #[test]
        fn a_line_of_any_length_arrives_from_its_start(text in ".{0,600}") {
            let server = Loopback::new(Lines::default());
            let result = Client::<Log, _>::new(&server).line(Level::Warning, &text);
            prop_assert_eq!(result, Ok(()));
            let lines = &server.handler().0;
            prop_assert!(lines.len() == 1 && lines[0].0 == Level::Warning);
            prop_assert!(text.starts_with(&lines[0].1) && lines[0].1.len() >= text.len().min(LINE_MAX - 3));
        }
    }
}
