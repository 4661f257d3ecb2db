// SPDX-License-Identifier: MIT OR Apache-2.0
//! Identify: is this capability genuine, and what is it?
//!
//! ```text
//!            issue                       identify
//!   issuer ─────────► registrar ◄────────────────────── asker
//!      │    ◄─────────    │  "genuine: north field"         ▲
//!      │      a deed      └──────────────────────────────►  │
//!      └────────► somebody whom nobody trusts ──────────────┘  a deed?
//! ```
//!
//! **How.** A server makes its capabilities by minting its own endpoint with a badge that names an object. When somebody sends
//! one of these *to the same endpoint*, the kernel does not transfer it: it unwraps it, and tells the badge
//! ([`ReceivedCapability::Own`]). A badge is chosen by the server alone, so who shows it has a capability that the server made.
//! [`find`] is all of that, for any server; [`Registrar`] is a service that does nothing else.
//!
//! **What is guaranteed.** To who trusts the registrar, and has its own capability for it from somebody whom it trusts:
//! * *genuine* is a capability that this registrar made and did not take back, however many hands it went through;
//! * a capability of somebody else is *foreign*, also one with the same badge number, and one that forwards all calls to a
//!   genuine one (who stands in between is what is foreign);
//! * *former* is one that was taken back. Its place is never given to another under the same badge.
//!
//! **What not.**
//! * The answer is worth what the registrar is worth. Who has its registrar from the same hand as the deed knows nothing.
//! * What is asked about is shown: if it is foreign, the registrar *gets* it (and drops it). Ask only a service that may
//!   have it. A genuine one is unwrapped, so nothing new is in the registrar's hands.
//! * It says what a capability is, not who else has it, nor who gave it to you, nor with which rights: a copy without the right to
//!   write is as genuine and of no use.
//! * Only what has the right to grant carries a capability along. Through an endpoint without it the kernel drops what is
//!   sent, and the answer is [`croft_ipc::ProtocolError::CapabilityMissing`].
//!
//! **Where it comes from.** The *brand* by which a KeyKOS domain creator knows what it made (Hardy 1985; Bomberger and others 1992),
//! *sealers and unsealers* (Morris 1973), the `identify` operation of Marcus Brinkmann's Hurd-ng notes (2006), and seL4's
//! unwrapping.

mod registrar;
#[cfg(test)]
mod tests;

pub use registrar::Registrar;

use crate::Name;
use croft_ipc::{
    CapabilityAddress, OBJECT_BADGE_BIT, Objects, ReceivedCapability, data, interface,
};

/// What a server makes of a capability that was shown to it.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<T> {
    /// It made it: for this object.
    Genuine(T),
    /// It made it, for an object that is not there any more.
    Former,
    /// It did not make it, or not for an object of these.
    Foreign,
}

/// What a capability that came with a message is to the server that has these objects.
pub fn find<T, const N: usize>(
    objects: &mut Objects<T, N>,
    capability: ReceivedCapability,
) -> Found<&mut T> {
    match capability {
        ReceivedCapability::Own { badge } if badge & OBJECT_BADGE_BIT != 0 => {
            objects.get_mut(badge).map_or(Found::Former, Found::Genuine)
        }
        // A client's capability for the service is its own as well, but it is no object.
        ReceivedCapability::Own { .. } | ReceivedCapability::InSlot | ReceivedCapability::None => {
            Found::Foreign
        }
    }
}

/// What a capability is, as it is told to who asked.
#[data]
pub enum Identity {
    /// It is the asked service's, and this.
    Genuine {
        /// What it is for, in the words of who had it made.
        what: Name,
    },
    /// It was one, and was taken back.
    Former,
    /// It is none.
    Foreign,
}

/// A service that says what it made: any service may have this interface beside its own.
#[interface(number = 140, version = 1)]
pub trait Identify {
    /// What the capability is.
    fn identify(&mut self, capability: ReceivedCapability) -> Identity;
}

/// Makes deeds: capabilities that do nothing but be genuine. For who may issue them; who may only ask has a capability that
/// [`Deeds::asker`] made, and [`Identify`].
#[interface(number = 141, version = 1)]
pub trait Deeds {
    /// A deed for that.
    fn issue(&mut self, #[max(32)] what: &str) -> Result<CapabilityAddress, DeedError>;
    /// Takes a deed back: from all who have it.
    fn revoke(&mut self, deed: ReceivedCapability) -> Result<(), DeedError>;
    /// A capability that lets its holder ask and nothing else: to be given to those who shall not issue.
    fn asker(&mut self) -> Result<CapabilityAddress, DeedError>;
}

/// Why there is no deed.
#[data]
#[derive(Copy)]
pub enum DeedError {
    /// There are as many as there can be.
    TooMany,
    /// The capability is none.
    NoDeed,
}
