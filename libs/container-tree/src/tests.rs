// SPDX-License-Identifier: MIT OR Apache-2.0
//! The defaults are quick; the long way takes two minutes:
//! `CROFT_OPERATIONS=1000000 CROFT_SEQUENCE=6 cargo test --release -p croft-container-tree`.
mod cases;
mod fragmentation;
mod grants;
mod mock;
pub(crate) mod model;
mod policy;
mod verify;
mod watches;
