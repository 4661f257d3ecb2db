// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a child says to its parent, through [`super::slot::PARENT`].
use core::fmt;

use croft_ipc::{Caller, Deferrable, data, interface, numbers};

/// The most bytes of a text that a child tells: what is longer it cuts.
pub const TEXT_MAX: usize = 800;

/// What a parent serves to its children. The badge names the child. A child whose end has come is not answered any more:
/// its parent destroys its container.
#[interface(number = numbers::PROCESS, version = 2, name = "process")]
pub trait Parenthood {
    /// The program is loaded; when this is answered the startup code jumps to it. The parent starts the next process in
    /// order, so a server's clients find it there.
    fn ready(&mut self, caller: Caller) -> Result<Deferrable<()>, Refusal>;
    /// The startup code cannot load the program. The detail is a number that belongs to the failure (an address, a size,
    /// an error number); 0 if none. Not answered.
    fn failed(
        &mut self,
        caller: Caller,
        failure: Failure,
        detail: u64,
    ) -> Result<Deferrable<()>, Refusal>;
    /// The end, cooperative: the child asks for its own. Status 0 is success; any other counts as a failure for the restart
    /// policy. Not answered.
    fn exit(&mut self, caller: Caller, status: i32) -> Result<Deferrable<()>, Refusal>;
    /// The program panicked: place and message. Not answered.
    fn panic(
        &mut self,
        caller: Caller,
        #[max(TEXT_MAX)] text: &str,
    ) -> Result<Deferrable<()>, Refusal>;
    /// A line for the log, from a process that has nobody else to tell (no console service).
    fn log(
        &mut self,
        caller: Caller,
        #[max(TEXT_MAX)] text: &str,
    ) -> Result<Deferrable<()>, Refusal>;
    /// A named capability for a service has vanished, because the server ended. The parent puts one for the server's
    /// successor into the same slot, which is empty now. What the old server knew of this client is forgotten.
    fn renew(&mut self, caller: Caller, slot: u64) -> Result<Deferrable<()>, Refusal>;
    /// The parent writes what its children have noted of their messages to the host (`croft_trace`), if any are traced,
    /// and answers then: the run is about to end, or the host asks.
    fn write_traces(&mut self, caller: Caller) -> Result<Deferrable<()>, Refusal>;
}

/// Why the startup code could not load the program.
#[data]
#[derive(Copy)]
pub enum Failure {
    /// The environment does not decode.
    Environment,
    /// The image is no ELF executable of this architecture.
    NotExecutable,
    /// The image is cut short or its segments make no sense; the detail is the segment's address.
    BadSegment,
    /// The primary container refused memory; the detail is how many bytes were asked.
    OutOfMemory,
    /// There is no free slot in the CNode; the detail is how many were asked.
    OutOfSlots,
    /// The kernel refused a mapping; the detail is the address.
    Mapping,
    /// The parent did not answer to [`Parenthood::ready`] as agreed.
    Handover,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "the environment does not decode",
            Self::NotExecutable => "the image is no executable of this architecture",
            Self::BadSegment => "the image is cut short or a segment makes no sense",
            Self::OutOfMemory => "the reserve of its container is too small",
            Self::OutOfSlots => "its CNode has too few free slots",
            Self::Mapping => "the kernel refused a mapping",
            Self::Handover => "the hand-over went wrong",
        })
    }
}

/// Why a parent refuses.
#[data]
#[derive(Copy)]
pub enum Refusal {
    /// The request does not fit the state of the child (ready twice).
    OutOfOrder,
    /// There is no successor (yet), or the slot never held a service's capability, or still does.
    NoSuccessor,
}
