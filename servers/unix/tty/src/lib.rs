// SPDX-License-Identifier: MIT OR Apache-2.0
//! The terminal's line discipline: what lies between a line (keyboard and screen) and the programs
//! that read and write the terminal. Linux's `n_tty` is the specification, termios(3) its description.
//!
//! Pure logic: the caller (unix-kernel) feeds what is typed into [`Terminal::input`], sends what
//! [`Terminal::take_output`] gives to the line, and calls the rest from read, write, poll and ioctl.
//! Whose terminal it is and who may use it (sessions, foreground group, SIGTTIN, SIGTTOU) is kept
//! by the process table; [`Terminal::check_for`] says which check a use needs. The crate touches nothing but its own memory,
//! and not more than [`INPUT_SIZE`] + [`OUTPUT_SIZE`] bytes of it for one terminal.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
extern crate alloc;

mod characters;
mod echo;
mod edit;
mod erase;
mod input;
mod output;
mod queue;
mod read;
mod special;
mod terminal;
mod termios;

pub use input::{Input, TerminalSignals};
pub use read::{ReadOutcome, ReadRequest, Readiness};
pub use terminal::{FlowAction, JobCheck, Queue, SetWhen, Terminal, Use};
pub use termios::{Termios, WindowSize};

/// Bytes of typed input that a terminal keeps (Linux's `N_TTY_BUF_SIZE`): a line has at most one less.
pub const INPUT_SIZE: usize = 4096;
/// Bytes of output that a terminal keeps for its line, echo included.
pub const OUTPUT_SIZE: usize = 8192;

#[cfg(test)]
mod tests;
