// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole world on the host: the tests make system calls for programs that do not run.
mod files;
mod harness;
mod machine;
mod proc;
mod processes;
mod processor;
mod signals;
mod space;
mod start;
mod terminal;
