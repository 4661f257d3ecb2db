// SPDX-License-Identifier: MIT OR Apache-2.0
//! Invocations of objects that are the same on all architectures.

mod cnode;
mod irq;
mod tcb;
mod untyped;
