// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command; see the library.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|argument| argument.parse());
    let (count, seed) = match (numbers.next(), numbers.next()) {
        (Some(Ok(count)), None) => (count, 1),
        (Some(Ok(count)), Some(Ok(seed))) => (count, seed),
        _ => {
            eprintln!("usage: croft-ipc-fuzz COUNT [SEED]");
            return ExitCode::from(2);
        }
    };
    match croft_ipc_fuzz::run(seed, count) {
        Ok(reached) => {
            let total: u64 = reached.values().sum();
            let methods = reached.len();
            println!("{count} messages, {total} reached one of {methods} methods, seed {seed}");
            ExitCode::SUCCESS
        }
        Err(wrong) => {
            eprintln!("seed {seed}: {wrong}");
            ExitCode::FAILURE
        }
    }
}
