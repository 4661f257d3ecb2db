// SPDX-License-Identifier: MIT OR Apache-2.0
//! Log lines of all servers.

use crate::{Line as Device, Service, Subscribers};
use croft_console_frame as frame;
use croft_ipc::log::{Level, Line, Log};
use croft_ipc::{Answer, Call, Handler, HandlerResult};

/// Serves the log interface with a console's device.
pub struct LogService<'a, L, S: Subscribers>(pub &'a mut Service<L, S>);

impl<L: Device, S: Subscribers> LogService<'_, L, S> {
    /// Writes one line.
    pub fn line(&mut self, level: Level, text: &str) {
        let level = match level {
            Level::Debug => frame::Level::Debug,
            Level::Information => frame::Level::Information,
            Level::Warning => frame::Level::Warning,
            Level::Error => frame::Level::Error,
        };
        self.0.log(level, text);
    }
}

impl<L: Device, S: Subscribers> Handler for LogService<'_, L, S> {
    type Interface = Log;

    fn handle<'s>(&'s mut self, line: Line<'_>, _: &Call) -> HandlerResult<'s, Log> {
        self.line(line.level, line.text);
        Ok(Answer::Reply(()))
    }
}
