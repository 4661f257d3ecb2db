// SPDX-License-Identifier: MIT OR Apache-2.0
//! A server with children in one loop: it makes them by canonical creation, hears of their ends at the endpoint that it serves,
//! and serves them and its clients.

mod serve;

use crate::{Children, OwnParent, PAGE, Process, SetupError};
use alloc::string::String;
use croft_container::{Amount, Limits};
use croft_ipc::Server;
use croft_process::handover::LogLevel;
use croft_process::parent::{Child, CreateError, Description, Frames, Given, Startup};
use sel4::cap;

/// What a child calls through has this bit in its badge, and neither [`croft_ipc::OBJECT_BADGE_BIT`] nor
/// [`croft_ipc::EVENT_BADGE_BIT`]. A badge that a parent gives to a client is smaller.
pub const CHILD_BADGE_BIT: u64 = 1 << 25;

/// The most slots that a child's CNode has for itself, log2.
const MOST_RADIX: u32 = 16;

/// The fewest.
const LEAST_RADIX: u32 = 9;

/// Slots of a child's CNode for what every process has.
const FIXED_SLOTS: u64 = 256;

/// What a child shall be. It holds what is said here, its container and its parent, and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct NewChild<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its program: frames of a file of this process ([`Process::frames`]) or of somebody else ([`crate::FrameRow`]).
    pub image: Frames,
    /// Its files by name. Those that somebody else can write to it must read as [`Process::shared_file`].
    pub files: &'a [(&'a str, Frames)],
    /// Its arguments.
    pub arguments: &'a [u8],
    /// Its capabilities by name.
    pub capabilities: &'a [Given<'a>],
    /// Bytes that its container may use at most, out of this process' own.
    pub reserve: u64,
}

/// A child's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildEnded {
    /// Its name.
    pub name: String,
    /// Whether it counts as a failure.
    pub failed: bool,
    /// How it ended, in words: its own, or the kernel's.
    pub text: String,
}

/// The children of this process. Each is known by its badge at the endpoint that this process serves.
#[derive(Debug)]
pub struct Family {
    endpoint: cap::Endpoint,
    startup: Startup<'static>,
    priority: u8,
    log: LogLevel,
    children: Children,
}

/// Why [`Family::serve`] came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a parent's wish to end is not to be forgotten"]
pub enum Stopped {
    /// The server has finished.
    Finished,
    /// This process' own parent asks for the end.
    EndRequested,
}

/// A server with children.
pub trait ParentServer: Server {
    /// Its children.
    fn family(&mut self) -> &mut Family;

    /// A child has ended, and everything of it is gone.
    fn ended(&mut self, child: u64, ended: &ChildEnded);
}

impl Family {
    /// None yet. The process needs the startup program, which comes with `programs` or `parent = true` in an image description,
    /// and the endpoint to serve at.
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn new(process: &Process) -> Result<Self, SetupError> {
        let endpoint = process.service()?;
        let badges = CHILD_BADGE_BIT..CHILD_BADGE_BIT << 1;
        Ok(Self {
            endpoint,
            startup: process.startup()?,
            priority: process.environment().priority,
            log: process.environment().log,
            children: Children::new(OwnParent, endpoint.bits(), badges),
        })
    }

    /// Makes a child and starts it; its badge.
    ///
    /// # Errors
    /// See [`CreateError`]; nothing is left of the child then.
    pub fn create(&mut self, new: &NewChild<'_>) -> Result<u64, CreateError> {
        let description = Description {
            name: new.name,
            limits: Limits {
                limit: Amount {
                    bytes: new.reserve,
                    ..Amount::MAX
                },
                guaranteed: 0,
            },
            radix: radix(new),
            priority: self.priority,
            log: self.log,
            trace: 0,
            startup: self.startup,
            image: new.image,
            files: new.files,
            arguments: new.arguments,
            capabilities: new.capabilities,
            parent: (self.endpoint.bits(), 0),
            serves: true,
        };
        self.children.create(&description, None)
    }

    /// The slot of the endpoint that a child serves, unbadged and with all rights; `None` if it has ended.
    #[must_use]
    pub fn service(&self, child: u64) -> Option<u64> {
        self.children.get(child).map(Child::service)
    }

    /// A child's name; `None` if it has ended.
    #[must_use]
    pub fn name(&self, child: u64) -> Option<&str> {
        self.children.name(child)
    }

    /// Asks a child to end. It may take its time, or not do it at all.
    pub fn request_end(&self, child: u64) {
        if let Some(child) = self.children.get(child) {
            child.request_end();
        }
    }

    /// Ends a child: everything of it is gone then. One that has ended already is ignored.
    pub fn destroy(&mut self, child: u64) {
        self.children.destroy(child);
    }
}

/// log2 of the slots of a child's CNode: for what it is given, and for two of each page that it may have.
fn radix(new: &NewChild<'_>) -> u8 {
    let pages = |frames: &Frames| frames.length.div_ceil(PAGE as u64);
    let files: u64 = new.files.iter().map(|(_, frames)| pages(frames)).sum();
    let given = pages(&new.image) + files + new.capabilities.len() as u64 + FIXED_SLOTS;
    let slots = given.saturating_add(new.reserve / PAGE as u64 * 2);
    // At most 16.
    slots
        .ilog2()
        .saturating_add(1)
        .clamp(LEAST_RADIX, MOST_RADIX) as u8
}
