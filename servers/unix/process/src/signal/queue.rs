// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signals that wait to be delivered.
pub(crate) struct PendingSignals;
