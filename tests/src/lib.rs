// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the system tests in `tests/system` are made of.
//!
//! | module | what |
//! |---|---|
//! | `system` | one architecture's image, with the test programs in it; boots it |
//! | `programs` | compiles `tests/programs` for guest and host |
//! | `cases` | the tables of shell cases, `tests/cases/*.toml` |
//! | `batch` | runs many scripts in one boot and takes their outputs apart |
//! | `linux` | the same programs on the Linux of the host: the specification |
//! | `expectations` | the table of failures that are known, `tests/expectations.toml` |
//! | `compare` | how two texts differ |
//!
//! It runs on the host, writes to `target/croft`, and boots QEMU.
#![forbid(unsafe_code)]

pub mod batch;
pub mod cases;
pub mod compare;
pub mod expectations;
pub mod linux;
pub mod programs;
pub mod system;
pub mod tutorial;

/// What a test comes to: nothing, or what is wrong, in words.
pub type Verdict = Result<(), String>;
