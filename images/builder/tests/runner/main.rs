// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command as a whole, on pipes and on a terminal, with stand-ins for cargo and QEMU: what it builds,
//! shows, and exits with.
mod bench;
mod pipes;
mod session;
mod terminal;
