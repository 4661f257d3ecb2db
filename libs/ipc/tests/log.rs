// SPDX-License-Identifier: MIT OR Apache-2.0
//! Log lines of any length.

use croft_ipc::log::{LINE_MAX, Level, Log, LogClient, LogInterface};
use croft_ipc::mock::Machine;
use proptest::prelude::*;

#[derive(Default)]
struct Lines(Vec<(Level, String)>);

impl Log for Lines {
    fn line(&mut self, level: Level, text: &str) {
        self.0.push((level, text.into()));
    }
}

proptest! {
    #[test]
    fn a_line_of_any_length_arrives_from_its_start(text in ".{0,600}") {
        let machine = Machine::serving::<LogInterface>(Lines::default());
        let client = LogClient::new(machine.client(1));
        prop_assert_eq!(client.line_start(Level::Warning, &text), Ok(()));
        let lines = &machine.server().state.0;
        prop_assert!(lines.len() == 1 && lines[0].0 == Level::Warning);
        prop_assert!(text.starts_with(&lines[0].1) && lines[0].1.len() >= text.len().min(LINE_MAX - 3));
    }
}
