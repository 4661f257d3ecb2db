// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where scenes are played: makes children, hears them, and hands on what they hand over.

use crate::Result;
use alloc::collections::VecDeque;
use alloc::format;
use alloc::vec::Vec;
use core::fmt::Display;
use croft_clock::ClockClient;
use croft_console::ConsoleClient;
use croft_ipc::kernel::Endpoint;
use croft_ipc::{
    Caller, Capabilities, Deferrable, Dispatch, Incoming, Kept, Outgoing, ReceivedCapability,
    SavedCaller, Server,
};
use croft_patterns::scene::{NotNow, Scene, SceneInterface, SceneWait};
use croft_process::handover::Authority;
use croft_process::parent::{Frames, Given};
use croft_server::{
    ChildEnded, Family, NewChild, ParentServer, Process, ServerCapabilities, Stopped, counter,
};
use sel4::CapRights;

/// Bytes that each child may use.
const RESERVE: u64 = 2 << 20;

/// What a scene goes on with.
#[derive(Debug)]
pub enum Happening {
    /// A child handed a capability over.
    Handed(Kept),
    /// A child waits.
    Waits(SavedCaller),
    /// A child has ended.
    ChildEnded(ChildEnded),
}

pub struct Stage {
    process: Process,
    children: Family,
    capabilities: ServerCapabilities,
    console: ConsoleClient<Endpoint>,
    /// Ticks of a millisecond.
    millisecond: u64,
    happened: VecDeque<Happening>,
}

/// A capability that a child gets by name.
pub type Gift<'a> = (&'a str, u64);

impl Stage {
    pub fn new(process: &Process) -> Result<Self> {
        Ok(Self {
            process: *process,
            children: Family::new(process)?,
            capabilities: ServerCapabilities::new(process.service()?.bits())?,
            console: ConsoleClient::connect(process)?,
            millisecond: ClockClient::connect(process)?.parameters()?.frequency / 1000,
            happened: VecDeque::new(),
        })
    }

    /// A service of the image.
    pub fn service(&self, name: &'static str) -> Result<Endpoint> {
        Ok(self.process.endpoint(name)?)
    }

    /// Frames of a file.
    pub fn frames(&self, name: &'static str) -> Result<Frames> {
        Ok(self.process.frames(name)?)
    }

    /// Says a line.
    pub fn say(&self, line: impl Display) {
        croft_console::say(&self.console, line);
    }

    /// Makes a child that has these capabilities and files, and no others; its badge.
    pub fn child(
        &mut self,
        name: &str,
        arguments: &str,
        gifts: &[Gift<'_>],
        files: &[(&str, Frames)],
    ) -> Result<u64> {
        let slots: Vec<_> = gifts.iter().map(|gift| [gift.1]).collect();
        let given = |((name, _), slots)| Given {
            name,
            authority: Authority::Service,
            slots,
            rights: CapRights::WRITE_GRANT,
            badge: None,
        };
        let pairs = gifts
            .iter()
            .copied()
            .zip(slots.iter().map(|slot| &slot[..]));
        let capabilities: Vec<_> = pairs.map(given).collect();
        let new = NewChild {
            name,
            image: self.frames("confined")?,
            files,
            arguments: arguments.as_bytes(),
            capabilities: &capabilities,
            reserve: RESERVE,
        };
        Ok(self.children.create(&new)?)
    }

    /// Waits until something happens.
    pub fn next(&mut self) -> Result<Happening> {
        let receive = self.capabilities.receive_slot();
        if let Stopped::EndRequested = Family::serve(self, receive) {
            return Err("the session is asked to end".into());
        }
        self.happened
            .pop_front()
            .ok_or_else(|| "nothing happened".into())
    }

    /// Waits until a child hands something over.
    pub fn handed(&mut self) -> Result<Kept> {
        match self.next()? {
            Happening::Handed(kept) => Ok(kept),
            other => Err(format!("{other:?} instead of a capability").into()),
        }
    }

    /// Waits until a child waits.
    pub fn waits(&mut self) -> Result<SavedCaller> {
        match self.next()? {
            Happening::Waits(child) => Ok(child),
            other => Err(format!("{other:?} instead of a child that waits").into()),
        }
    }

    /// Waits until a child has ended, and fails unless it has that name and ended well.
    pub fn ends(&mut self, name: &str) -> Result {
        match self.next()? {
            Happening::ChildEnded(ended) if ended.name == name && !ended.failed => Ok(()),
            other => Err(format!("{other:?} instead of the end of {name}").into()),
        }
    }

    /// Lets the children work for so many milliseconds. What they tell meanwhile is heard afterwards.
    pub fn pause(&self, milliseconds: u64) {
        let end = counter() + self.millisecond * milliseconds;
        while counter() < end {
            sel4::r#yield();
        }
    }

    /// A child that waits goes on.
    pub fn go_on(&mut self, child: SavedCaller) {
        self.capabilities.answer::<SceneWait>(child, Ok(()));
    }

    /// Ends a child by force.
    pub fn destroy(&mut self, child: u64) {
        self.children.destroy(child);
    }

    /// A capability that was handed over is not needed any more.
    pub fn forget(&mut self, kept: Kept) {
        self.capabilities.forget(kept);
    }
}

impl Scene for Stage {
    fn say(&mut self, _: Caller, line: &str) {
        croft_console::say(&self.console, line);
    }

    fn hand(&mut self, _: Caller, _: ReceivedCapability) -> core::result::Result<(), NotNow> {
        let kept = self.capabilities.keep().map_err(|_| NotNow)?;
        self.happened.push_back(Happening::Handed(kept));
        Ok(())
    }

    fn wait(&mut self, caller: Caller) -> core::result::Result<Deferrable<()>, NotNow> {
        let saved = self.capabilities.save_caller(caller).map_err(|_| NotNow)?;
        self.happened.push_back(Happening::Waits(saved));
        Ok(Deferrable::Later)
    }
}

impl Server for Stage {
    fn message(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        SceneInterface::dispatch(self, incoming, buffer)
    }

    fn finished(&self) -> bool {
        !self.happened.is_empty()
    }
}

impl ParentServer for Stage {
    fn family(&mut self) -> &mut Family {
        &mut self.children
    }

    fn ended(&mut self, _: u64, ended: &ChildEnded) {
        self.happened
            .push_back(Happening::ChildEnded(ended.clone()));
    }
}
