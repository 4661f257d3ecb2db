// SPDX-License-Identifier: MIT OR Apache-2.0
//! The end of a program that has one thing to say.

use crate::{Channel, ConsoleClient};
use core::fmt::Display;
use croft_ipc::Connector;

/// Writes what a program has to say, or why it failed, on the console's standard output and ends the run with status 0
/// or 1. Gives the program's own exit status: 0 if the console took it.
pub fn tell<C: Connector>(environment: &C, result: Result<impl AsRef<str>, impl Display>) -> i32 {
    let Ok(console) = ConsoleClient::connect(environment) else {
        return 1;
    };
    let (said, status) = match result {
        Ok(text) => (say(&console, text.as_ref()), 0),
        Err(error) => (say(&console, error), 1),
    };
    i32::from(!said || console.finish(status).is_err())
}

/// Writes a line on standard output. Whether the console took it.
pub fn say<T: croft_ipc::Transport>(console: &ConsoleClient<T>, line: impl Display) -> bool {
    let mut written = true;
    let mut sink = Sink(|bytes: &[u8]| {
        written &= console.write_all(Channel::Output, bytes).is_ok();
    });
    // The sink takes everything.
    let _ = core::fmt::write(&mut sink, format_args!("{line}\n"));
    written
}

struct Sink<F>(F);

impl<F: FnMut(&[u8])> core::fmt::Write for Sink<F> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        (self.0)(text.as_bytes());
        Ok(())
    }
}
