// SPDX-License-Identifier: MIT OR Apache-2.0
//! Log lines of all servers.

use crate::{Line as Device, Service};
use croft_console_frame as frame;
use croft_ipc::Capabilities;
use croft_ipc::log::{Level, Log};

/// Written with the console's device.
impl<L: Device, C: Capabilities> Log for Service<L, C> {
    fn line(&mut self, level: Level, text: &str) {
        let level = match level {
            Level::Debug => frame::Level::Debug,
            Level::Information => frame::Level::Information,
            Level::Warning => frame::Level::Warning,
            Level::Error => frame::Level::Error,
        };
        self.log(level, text);
    }
}
