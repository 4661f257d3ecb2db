// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a signal is: numbers, sets, actions, the information that goes with one.

mod action;
mod delivery;
mod info;
mod number;
mod queue;
mod set;
mod stack;

pub use action::{Disposition, SA_FLAGS_KNOWN, SigAction};
pub use delivery::{CallOutcome, Delivery, HandlerCall, RestartClass};
pub use info::{SigDetail, SigInfo};
pub use number::{DefaultAction, Signal};
pub use set::SignalSet;
pub use stack::AltStack;

pub(crate) use action::Handlers;
pub(crate) use queue::{PendingSignals, Queued};
