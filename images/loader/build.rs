// SPDX-License-Identifier: MIT OR Apache-2.0
//! Gives the loader's binary its linker script.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=loader.lds");
    if env::var_os("CARGO_FEATURE_LOADER").is_some() {
        let folder = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
        println!("cargo::rustc-link-arg-bins=-T{folder}/loader.lds");
    }
}
