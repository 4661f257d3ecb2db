// SPDX-License-Identifier: MIT OR Apache-2.0
//! Writes the constants of the configuration, and has Cargo rebuild this crate, and so all that use
//! its macros, when another kernel is named.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use sel4_config_data::{Installation, Value};

fn main() -> ExitCode {
    for variable in Installation::VARIABLES {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    match generate() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            println!("cargo::error={reason}");
            ExitCode::FAILURE
        }
    }
}

fn generate() -> Result<(), String> {
    let installation = Installation::from_env().map_err(|error| error.to_string())?;
    let source = installation
        .find("kernel/gen_config.json")
        .map_err(|error| error.to_string())?;
    println!("cargo::rerun-if-changed={}", source.display());

    let mut constants = String::new();
    for (key, value) in installation.configuration().iter() {
        let (kind, value) = match value {
            Value::Boolean(on) => ("bool", on.to_string()),
            Value::Integer(number) => ("usize", number.to_string()),
            Value::Text(text) => ("&str", format!("{text:?}")),
        };
        let _ = writeln!(
            constants,
            "/// Value of `CONFIG_{key}`.\npub const {key}: {kind} = {value};"
        );
    }
    let out_dir = env::var("OUT_DIR").map_err(|error| error.to_string())?;
    let path = PathBuf::from(out_dir).join("consts.rs");
    fs::write(&path, constants).map_err(|error| format!("{}: {error}", path.display()))
}
