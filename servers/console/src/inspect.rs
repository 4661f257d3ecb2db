// SPDX-License-Identifier: MIT OR Apache-2.0
//! The states of all containers, for the host.
//!
//! The image may give the console a capability for the root container that can look and nothing else. The host asks, the
//! console lists, each container is a frame, and an empty one is the end. Nobody in the guest can ask for it.

use crate::{Line, Service};
use croft_console_frame as frame;
use croft_container::Entry;
use croft_ipc::{Capabilities, Data, encode};

impl<L: Line, C: Capabilities> Service<L, C> {
    /// Answers the host if it has asked, with the containers for which `list` calls what it is given.
    pub fn inspect(&mut self, list: impl FnOnce(&mut dyn FnMut(&Entry))) {
        if self.receiver.take_inspect() {
            list(&mut |entry| self.send_entry(entry));
            self.line.send(frame::container(&[]));
        }
    }

    fn send_entry(&mut self, entry: &Entry) {
        let mut buffer = [0; <Entry as Data>::MAX_SIZE];
        // It fits: that is what the size says.
        if let Ok(length) = encode(entry, &mut buffer) {
            self.line.send(frame::container(&buffer[..length]));
        }
    }
}
