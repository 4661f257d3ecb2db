// SPDX-License-Identifier: MIT OR Apache-2.0
//! The agent: compares two sealed bids.

use super::{BidError, Bids, BidsBid, BidsInterface, Standing};
use core::cmp::Ordering;
use croft_ipc::{
    Caller, Capabilities, Deferrable, Dispatch, Incoming, Outgoing, SavedCaller, Server,
};

/// Compares two bids, once.
pub struct Auction<C: Capabilities> {
    capabilities: C,
    /// The first bid, and who waits for the second.
    first: Option<(u64, SavedCaller)>,
    over: bool,
}

impl<C: Capabilities> Auction<C> {
    /// Nobody has bid.
    pub fn new(capabilities: C) -> Self {
        Self {
            capabilities,
            first: None,
            over: false,
        }
    }
}

impl Standing {
    fn of(mine: u64, theirs: u64) -> Self {
        match mine.cmp(&theirs) {
            Ordering::Greater => Self::Higher,
            Ordering::Equal => Self::Equal,
            Ordering::Less => Self::Lower,
        }
    }
}

impl<C: Capabilities> Bids for Auction<C> {
    fn bid(&mut self, caller: Caller, amount: u64) -> Result<Deferrable<Standing>, BidError> {
        if self.over {
            return Err(BidError::Over);
        }
        let Some((first, waiting)) = self.first.take() else {
            let saved = self.capabilities.save_caller(caller);
            self.first = Some((amount, saved.map_err(|_| BidError::NoSlot)?));
            return Ok(Deferrable::Later);
        };
        if waiting.caller.badge == caller.badge {
            self.first = Some((first, waiting));
            return Err(BidError::Twice);
        }
        self.over = true;
        // Who is gone gets no answer, so nobody does.
        if !self.capabilities.is_waiting(&waiting) {
            self.capabilities.abandon(waiting);
            return Err(BidError::Withdrawn);
        }
        let theirs = Standing::of(first, amount);
        self.capabilities.answer::<BidsBid>(waiting, Ok(theirs));
        Ok(Deferrable::Now(Standing::of(amount, first)))
    }
}

impl<C: Capabilities> Server for Auction<C> {
    fn message(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        BidsInterface::dispatch(self, incoming, buffer)
    }

    fn finished(&self) -> bool {
        self.over
    }
}

/// If its end comes before the second bid, who waits is told.
impl<C: Capabilities> Drop for Auction<C> {
    fn drop(&mut self) {
        if let Some((_, waiting)) = self.first.take() {
            self.capabilities.abandon(waiting);
        }
    }
}
