// SPDX-License-Identifier: MIT OR Apache-2.0
//! Generates the kernel interface of the installation that `SEL4_PREFIX` names.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use sel4_config_data::Installation;

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
    let variable = |name: &str| env::var(name).map_err(|error| format!("{name}: {error}"));
    let installation = Installation::from_env().map_err(|error| error.to_string())?;
    let target = variable("CARGO_CFG_TARGET_ARCH")?;
    let kernel = installation.architecture().name();
    if target != kernel {
        return Err(format!(
            "SEL4_PREFIX is a kernel for {kernel}, but this builds for {target}"
        ));
    }
    let out_dir = PathBuf::from(variable("OUT_DIR")?);
    let files =
        sel4_sys_generate::generate(&installation, &out_dir).map_err(|error| error.to_string())?;
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
    }
    Ok(())
}
