// SPDX-License-Identifier: MIT OR Apache-2.0
//! Suspicious collaboration: two parties let a third, which both know and neither controls, work on the secrets of both.
//!
//! ```text
//!             make, enter            enter, identify
//!      alice ────────────► factory ◄──────────────── bob
//!        │                    │ makes, pays             │
//!        │ bid 70             ▼                  bid 65 │
//!        └────────────────► agent ◄─────────────────────┘
//!             "higher"    (auction)     "lower"
//!
//!      alice ─ ─ ─ ─ ─ the meeting, from hand to hand ─ ─ ─ ─► bob
//! ```
//!
//! Alice and Bob want to know who bids more; neither shows its bid. Nobody would give it to a program of the other's. So
//! a *factory* that both have from their common ancestor makes an agent, out of an image that both know by name, in a container of the
//! factory's. Who asks for it gets a **meeting**: a capability for the place, not for the agent. It may go to the
//! other party through any hands. Whoever has it lets the factory [`identify`](crate::identify) it, and has the
//! factory itself give the way to the agent ([`Meetings::enter`]): one seat for each party, so the agent knows who speaks.
//!
//! **How.** [`Factory`] keeps the meetings, as objects. [`Auction`] is an agent: it answers when both have bid, one word to
//! each, once, and ends. It holds no capability but its parent, its container and its endpoint: what it knows it can tell to the
//! two seats only.
//!
//! **What is guaranteed**, to a party that trusts the factory:
//! * *The agent is what it was said to be*: it was made by the factory, of the program with that name. A capability
//!   that is no meeting of this factory's is refused, whoever passed it on.
//! * *Neither controls it.* It is paid by the factory: neither party holds a capability for its container, memory or thread.
//! * *Neither sees what the other gave*, but for the answer, and gets that once: more bids would be a search.
//! * *Nobody is held up.* If a party is gone when the other one bids, that one gets [`BidError::Withdrawn`] and no answer. A meeting
//!   has an end: who then still waits gets [`croft_ipc::CallError::Gone`].
//!
//! **What not.**
//! * Who sits in the other seat is not told. It is somebody who had the meeting; who finds both seats taken knows that it was
//!   not alone with the one whom it meant.
//! * The answer itself tells something: who lost to 65 had at most 65.
//! * The factory, its ancestors and the container server could look. They are the ones whom both trust already.
//! * Who asks does not pay here: neither could, without the right to destroy what it paid. So the factory has few meetings, and
//!   fewer for each client.
//!
//! **Where it comes from.** *Mutually suspicious* subsystems (Schroeder 1972; Lampson 1971); the KeyKOS factory and its *discreet*
//! products (Hardy 1985), the EROS constructor; Marcus Brinkmann's Hurd-ng notes, where a common ancestor makes the third
//! process (2006). Two millionaires: Yao (1982).

mod auction;
#[cfg(feature = "program")]
pub mod children;
mod factory;
#[cfg(test)]
mod tests;

pub use auction::Auction;
pub use factory::{Agents, Factory, MEETINGS, MEETINGS_OF_ONE};

use croft_ipc::{Caller, CapabilityAddress, Deferrable, ReceivedCapability, data, interface};

/// Seats at a meeting.
pub const SEATS: u64 = 2;

/// A factory of agents. It has [`crate::identify::Identify`] too, which says of a meeting which program its agent is.
#[interface(number = 146, version = 1)]
pub trait Meetings {
    /// Makes an agent of that program; the meeting with it.
    fn make(
        &mut self,
        caller: Caller,
        #[max(32)] program: &str,
    ) -> Result<CapabilityAddress, MeetingError>;
    /// Takes a seat; the way to the agent.
    fn enter(&mut self, meeting: ReceivedCapability) -> Result<CapabilityAddress, MeetingError>;
}

/// Why the factory refuses.
#[data]
#[derive(Copy)]
pub enum MeetingError {
    /// It has no program of that name.
    NoSuchProgram,
    /// There are as many meetings as there can be, or as one client can have.
    TooMany,
    /// The agent cannot be made: there is no memory.
    NoMemory,
    /// The capability is no meeting of this factory's, or one that is over.
    NoMeeting,
    /// All seats are taken.
    Full,
}

/// An agent that compares two sealed bids. The badge is the seat.
#[interface(number = 147, version = 1)]
pub trait Bids {
    /// Bids; answered when the other one has.
    fn bid(&mut self, caller: Caller, amount: u64) -> Result<Deferrable<Standing>, BidError>;
}

/// How a bid stands to the other one.
#[data]
#[derive(Copy)]
pub enum Standing {
    /// It is more.
    Higher,
    /// It is the same.
    Equal,
    /// It is less.
    Lower,
}

/// Why there is no answer to a bid.
#[data]
#[derive(Copy)]
pub enum BidError {
    /// The other one had bid and is not there any more.
    Withdrawn,
    /// This seat has bid.
    Twice,
    /// There was an answer already.
    Over,
    /// The agent has no slot to remember who waits.
    NoSlot,
}
