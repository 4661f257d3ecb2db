// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command behind `images/run`.
#![forbid(unsafe_code)]
use std::process::ExitCode;

use clap::Parser;
use croft_images::options::{Options, execute};

fn main() -> ExitCode {
    match execute(&Options::parse()) {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("croft: {error}");
            ExitCode::from(error.exit_status())
        }
    }
}
