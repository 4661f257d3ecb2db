// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a child says to its parent, through [`super::slot::PARENT`].
use core::fmt;

use croft_ipc::{Interface, numbers};
use serde::{Deserialize, Serialize};

/// The interface that a parent serves to its children. Every request is a `Call`; the badge names the child.
pub struct ProcessInterface;

impl Interface for ProcessInterface {
    const NAME: &'static str = "process";
    const NUMBER: u8 = numbers::PROCESS;
    const VERSION: u8 = 1;
    type Request<'a> = Request<'a>;
    type Reply<'a> = ();
    type Error = Refusal;
}

/// What a child tells. Texts are for people, one line, cut to what fits a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request<'a> {
    /// The program is loaded; when this is answered the startup code jumps to it. The parent starts the next
    /// process in order, so a server's clients find it there.
    Ready,
    /// The startup code cannot load the program. Not answered: the parent destroys the container.
    Failed {
        /// What failed.
        failure: Failure,
        /// A number that belongs to it (an address, a size, an error number); 0 if none.
        detail: u64,
    },
    /// The end, cooperative: the child asks for its own. Not answered: the parent destroys the container.
    Exit {
        /// 0 is success; any other status counts as a failure for the restart policy.
        status: i32,
    },
    /// The program panicked. Not answered: the parent reports it and destroys the container.
    Panic {
        /// Place and message.
        text: &'a str,
    },
    /// A line for the log, from a process that has nobody else to tell (no console service). Answered.
    Log {
        /// The line.
        text: &'a str,
    },
    /// A named capability for a service has vanished, because the server ended. The parent puts one for the server's
    /// successor into the same slot, which is empty now. What the old server knew of this client is forgotten. Answered.
    Renew {
        /// The slot.
        slot: u64,
    },
}

/// Why the startup code could not load the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The parent did not answer to [`Request::Ready`] as agreed.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The request does not fit the state of the child (ready twice).
    OutOfOrder,
    /// There is no successor (yet), or the slot never held a service's capability, or still does.
    NoSuccessor,
}
