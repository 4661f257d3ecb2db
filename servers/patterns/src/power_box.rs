// SPDX-License-Identifier: MIT OR Apache-2.0
//! Power box: the user's choice is the grant.
//!
//! ```text
//!                 ask: a file, to write           which one?
//!   editor ─────────────────────────► power box ────────────► the user's
//!   (no authority   ◄──────────────   (has all      ◄────────  terminal
//!    over files)      one capability,  the files)      "2"
//!                     for one file
//! ```
//!
//! A program that may open any file of its user's is as dangerous as all of them together; one that may open none is of no use.
//! But when it needs a file, the user says which one anyhow. The power box makes that one act: it has the user's authority
//! over the files and over the terminal, shows the question, and gives the program a capability for *the file that was chosen*
//! ([`Document`]), to read or to write, and nothing else.
//!
//! **How.** A program has a capability to ask ([`Ask`]), made for it by its parent ([`Introductions`]), which also says what
//! it is called: what the user reads is the parent's word, not the program's. The purpose is the program's word, so it is
//! quoted, cut and has no control characters. A question waits for its answer without the service waiting with it.
//!
//! **What is guaranteed.**
//! * *The program has no file but those that the user chose for it*, and those as the user chose: it learns neither names nor
//!   number of the others, not even the name of its own. A file for reading is for reading.
//! * *An answer is an answer to a question that was on the screen.* What was typed before it was shown is no answer to it.
//! * *What was granted can be taken back*: `revoke 1` at the terminal ends a grant for all who hold it.
//! * Several programs may ask; each question stands alone, one after the other.
//!
//! **What not.**
//! * It is up to the user which file is good for what. Nobody protects a user who gives the diary to the game.
//! * A program that is granted a file may pass the capability on, or tell others what it read, if it has whom to tell. Confinement
//!   decides that, not the power box.
//! * Who else may write on the same terminal can write what looks like a question. The terminal belongs to the power box
//!   and to those whom the user trusts.
//! * What was read before a grant was taken back was read.
//!
//! **Where it comes from.** The CapDesk and DarpaBrowser *powerbox* (Combex: Miller, Stiegler, Tribble, Wagner 2002), Polaris
//! (Stiegler and others 2006), the file chooser of EROS' window system (Shapiro and others 2004); *designation is authorization* (Yee 2004,
//! after Hardy's confused deputy, 1988).

#[cfg(feature = "program")]
pub mod console;
mod line;
mod programs;
mod service;
#[cfg(test)]
mod tests;

pub use service::{PowerBox, Terminal, Typed};

use crate::Name;
use croft_ipc::{Bytes, Caller, CapabilityAddress, Deferrable, MESSAGE_BYTES, data, interface};

/// The most bytes of a document that are read or written at a time.
pub const TRANSFER_MAX: usize = MESSAGE_BYTES - 32;

/// The most bytes of a document.
pub const DOCUMENT_MAX: usize = 64 << 10;

/// What a program wants to do.
#[data]
#[derive(Copy)]
pub enum Access {
    /// Read.
    Read,
    /// Read and write.
    Write,
}

/// Makes capabilities to ask. For the parents of the programs.
#[interface(number = 148, version = 1)]
pub trait Introductions {
    /// A capability to ask, for a program of that name. To be given to that program alone.
    fn introduce(&mut self, name: Name) -> Result<CapabilityAddress, AskError>;
}

/// A program's capability to ask for a document.
#[interface(number = 149, version = 1)]
pub trait Ask {
    /// Asks the user for one; answered when the user has chosen one, which [`Ask::take`] gives.
    fn ask(
        &mut self,
        caller: Caller,
        access: Access,
        #[max(80)] purpose: &str,
    ) -> Result<Deferrable<Access>, AskError>;
    /// The document that the user chose, once.
    fn take(&mut self, caller: Caller) -> Result<CapabilityAddress, AskError>;
}

/// Why there is no document.
#[data]
#[derive(Copy)]
pub enum AskError {
    /// The user wants it so.
    Refused,
    /// A question of this program waits for its answer already.
    Waiting,
    /// Nothing was chosen that was not taken.
    Nothing,
    /// There are as many programs, questions or grants as there can be.
    TooMany,
}

/// A document that the user chose.
#[interface(number = 150, version = 1)]
pub trait Document {
    /// Bytes.
    fn length(&mut self, caller: Caller) -> Result<u32, DocumentError>;
    /// Up to so many bytes from byte `at` on, at most [`TRANSFER_MAX`]; none behind the end.
    fn read(
        &mut self,
        caller: Caller,
        at: u32,
        at_most: u16,
    ) -> Result<Bytes<'_, TRANSFER_MAX>, DocumentError>;
    /// Puts bytes in the place of those from byte `at` on; at the end it grows, up to [`DOCUMENT_MAX`].
    fn write(
        &mut self,
        caller: Caller,
        at: u32,
        #[max(TRANSFER_MAX)] bytes: &[u8],
    ) -> Result<(), DocumentError>;
}

/// Why a document is not read or written.
#[data]
#[derive(Copy)]
pub enum DocumentError {
    /// It was granted to be read.
    ReadOnly,
    /// It has not so many bytes, or would have too many.
    OutOfRange,
}
