// SPDX-License-Identifier: MIT OR Apache-2.0
//! One-way cut and paste: data goes from a sender to a receiver, and nothing comes back.
//!
//! ```text
//!   sender ──copy──► clipboard ──paste──► receiver ◄──output── converter
//!   has format A     passes on pages,     wants B, creates ──►  the sender's code, in a
//!   and a converter  only to be read                            container of the receiver's
//! ```
//!
//! Who has data in a format of its own also has the only program that reads it. If the receiver asked the sender to convert, the
//! sender would learn that there is a receiver, what it wants, and when. So the sender hands over, with the data, the *image*
//! of a converter, without knowing whether anybody ever takes it. The conversion runs **at the receiver**: in a process
//! that the receiver creates out of its own container, and that holds the data to be read, a container, its parent, and nothing else.
//!
//! **How.** The clipboard is a service that both trust to be one-way; their common ancestor gives each its own end.
//! It takes pages and nothing else ([`croft_ipc::Capabilities::keep_page`]), so no endpoint slips through, and passes copies on that
//! can only be read ([`croft_ipc::Capabilities::lend_page`]). A page holds no capabilities: so what the receiver and its
//! converter reach through it is read-only *transitively*.
//!
//! **What is guaranteed.**
//! * *The sender learns nothing.* No answer that it gets depends on what is done at the other end; it holds no capability to
//!   anything of the receiver's, and nobody there holds one to it, or can write to its pages: who tries faults.
//! * *The receiver is safe from the converter* as from any child: it has the memory that the receiver lends it, its output is
//!   bytes of a bounded number that arrive at the receiver's endpoint, and when it faults, floods or takes too long it is ended,
//!   with an error (`receive::ConvertError`). Nothing else of the receiver notices.
//! * *The receiver is safe from the sender.* The sender pays for its pages and can take them back at any time. Then making the
//!   converter fails, or the converter does; what was converted is in the receiver's own memory and stays.
//!
//! **What not.**
//! * Pages of a sender that lives can change while they are read. The converter reads a `croft_server::SharedFile`, by copying.
//! * What comes out is what the sender's program made of the sender's data: as true as the sender.
//! * Time is shared. A converter can make the processor busy, and taking pages back takes the longer, the more copies of them
//!   there are: both can be measured by who means to. Against that nothing here helps.
//! * The clipboard knows what is on it, and that it was taken.
//!
//! **Where it comes from.** Marcus Brinkmann's Hurd-ng papers (2006); confinement with a read-only ("sensory") view of the
//! creator's pages as in KeyKOS' factory (Hardy 1985) and the EROS constructor (Shapiro and Weber 2000), after Lampson's *A note
//! on the confinement problem* (1973).

mod clipboard;
#[cfg(feature = "program")]
pub mod receive;
#[cfg(test)]
mod tests;

pub use clipboard::Clipboards;

use crate::Name;
use croft_ipc::{Caller, CapabilityAddress, MESSAGE_BYTES, ReceivedCapability, data, interface};

/// The most pages of the data, and of the converter.
pub const MOST_PAGES: usize = 64;

/// What a sender offers.
#[data]
pub struct Offer {
    /// The format of the data.
    pub from: Name,
    /// The format that the converter makes of it.
    pub to: Name,
    /// Bytes of the data.
    pub data: u32,
    /// Bytes of the converter's image.
    pub converter: u32,
}

impl Offer {
    /// Pages of a part.
    #[must_use]
    pub const fn pages(&self, part: Part) -> u32 {
        let bytes = match part {
            Part::Data => self.data,
            Part::Converter => self.converter,
        };
        bytes.div_ceil(4096)
    }
}

/// The two parts of what is handed over.
#[data]
#[derive(Copy)]
pub enum Part {
    /// What is to be converted.
    Data,
    /// The program that converts.
    Converter,
}

impl Part {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Data, Self::Converter];
}

/// Makes clipboards. For the common ancestor.
#[interface(number = 142, version = 1)]
pub trait Boards {
    /// A new clipboard: the end to copy to ([`Copying`]).
    fn create(&mut self) -> Result<CapabilityAddress, PasteError>;
    /// The end to paste from ([`Pasting`]) of that clipboard.
    fn paste_end(&mut self, copy_end: ReceivedCapability) -> Result<CapabilityAddress, PasteError>;
    /// Ends a clipboard. Its ends lead nowhere then; what was pasted stays.
    fn remove(&mut self, copy_end: ReceivedCapability) -> Result<(), PasteError>;
}

/// The sender's end.
#[interface(number = 143, version = 1)]
pub trait Copying {
    /// Begins an offer. What was offered before stays until the new one is complete.
    fn begin(&mut self, caller: Caller, offer: Offer) -> Result<(), PasteError>;
    /// The next page of a part.
    fn page(
        &mut self,
        caller: Caller,
        part: Part,
        page: ReceivedCapability,
    ) -> Result<(), PasteError>;
    /// The offer is complete: from now on it is what is pasted.
    fn publish(&mut self, caller: Caller) -> Result<(), PasteError>;
}

/// The receiver's end. Changes nothing.
#[interface(number = 144, version = 1)]
pub trait Pasting {
    /// What is offered, and the number of the offer.
    fn look(&mut self, caller: Caller) -> Result<(u32, Offer), PasteError>;
    /// A page of that offer, only to be read.
    fn page(
        &mut self,
        caller: Caller,
        offer: u32,
        part: Part,
        number: u32,
    ) -> Result<CapabilityAddress, PasteError>;
}

/// Why the clipboard refuses.
#[data]
#[derive(Copy)]
pub enum PasteError {
    /// There are as many clipboards, or pages, as there can be; or the service has no slot left.
    Full,
    /// The capability is not the copy end of a clipboard.
    NoClipboard,
    /// What came is not a page.
    NoPage,
    /// Begin an offer first; or pages are missing.
    Incomplete,
    /// Nothing is offered.
    Empty,
    /// Something else is offered now.
    Replaced,
    /// The sender has taken the page back.
    TakenBack,
    /// There is no page of that number.
    OutOfRange,
}

/// The most bytes of one piece of output.
pub const OUTPUT_MAX: usize = MESSAGE_BYTES - 16;

/// What a receiver serves to its converter, which calls it by the capability for its parent.
#[interface(number = 145, version = 1)]
pub trait Output {
    /// The next bytes of the result.
    fn write(&mut self, caller: Caller, #[max(OUTPUT_MAX)] bytes: &[u8])
    -> Result<(), OutputError>;
}

/// Why no more output is taken.
#[data]
#[derive(Copy)]
pub enum OutputError {
    /// It is more than the receiver wants.
    TooMuch,
}
