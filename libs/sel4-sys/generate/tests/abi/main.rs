// SPDX-License-Identifier: MIT OR Apache-2.0
//! Compares everything that is generated with what the kernel's own tools and a C compiler make of the
//! same interface files, for each installed kernel: every number, every layout, every bit field, and
//! the packing of every invocation's arguments and results.
//!
//! Which kernels: those in `SEL4_TEST_PREFIXES` (separated by colons), or the one in `SEL4_PREFIX`, or
//! all that were built below the workspace's `target/croft`. Needs a C compiler and the Rust target for
//! each architecture.

mod generated;
mod numbers;
mod packing;
mod tools;

use std::env;
use std::path::{Path, PathBuf};

fn prefixes() -> Vec<PathBuf> {
    for variable in ["SEL4_TEST_PREFIXES", "SEL4_PREFIX"] {
        if let Some(list) = env::var_os(variable) {
            return env::split_paths(&list).collect();
        }
    }
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../target/croft");
    let mut found = Vec::new();
    for architecture in ["x86_64", "aarch64"] {
        for kind in ["release", "debug"] {
            let prefix = built.join(architecture).join(format!("kernel-{kind}"));
            if prefix.is_dir() {
                found.push(prefix);
            }
        }
    }
    assert!(
        !found.is_empty(),
        "no kernel to compare with: set SEL4_PREFIX, or build one (images/kernel/build)"
    );
    found
}

#[test]
fn numbers_are_those_of_the_c_compiler() {
    prefixes()
        .iter()
        .for_each(|prefix| numbers::compare(prefix));
}

#[test]
fn a_wrong_number_is_found() {
    numbers::find_a_wrong_one(&prefixes()[0]);
}

#[test]
fn invocations_are_packed_like_libsel4s_stubs() {
    prefixes()
        .iter()
        .for_each(|prefix| packing::compare(prefix));
}
