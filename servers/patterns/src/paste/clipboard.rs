// SPDX-License-Identifier: MIT OR Apache-2.0
//! The clipboard.

use super::{
    Boards, BoardsInterface, Copying, CopyingInterface, MOST_PAGES, Offer, Part, PasteError,
    Pasting, PastingInterface,
};
use alloc::boxed::Box;
use alloc::vec::Vec;
use croft_ipc::{
    Caller, Capabilities, CapabilityAddress, Dispatch, Incoming, Kept, MapError, OBJECT_BADGE_BIT,
    Objects, Outgoing, ProtocolError, ReceivedCapability, Server, refuse,
};

/// Ends of clipboards, at most.
const MOST: usize = 32;

/// An offer with its pages so far.
struct Filled {
    offer: Offer,
    data: Vec<Kept>,
    converter: Vec<Kept>,
}

impl Filled {
    fn pages(&mut self, part: Part) -> &mut Vec<Kept> {
        match part {
            Part::Data => &mut self.data,
            Part::Converter => &mut self.converter,
        }
    }

    fn is_complete(&mut self) -> bool {
        let complete = |part| self.pages(part).len() == self.offer.pages(part) as usize;
        Part::ALL.map(complete) == [true; 2]
    }
}

/// A clipboard.
#[derive(Default)]
struct Board {
    /// What is being copied to it.
    coming: Option<Filled>,
    /// What can be pasted.
    offered: Option<Filled>,
    /// The number of that.
    number: u32,
}

/// What the service's own capabilities are.
enum End {
    /// The end to copy to: it has the clipboard.
    Copy(Box<Board>),
    /// The end to paste from, of the clipboard whose copy end has that badge.
    Paste(u64),
}

/// All clipboards.
pub struct Clipboards<C: Capabilities> {
    ends: Objects<End, MOST>,
    capabilities: C,
}

impl<C: Capabilities> Clipboards<C> {
    /// None yet.
    pub fn new(capabilities: C) -> Self {
        let ends = Objects::new();
        Self { ends, capabilities }
    }

    fn make(&mut self, end: End) -> Result<CapabilityAddress, PasteError> {
        let badge = self.ends.insert(end).map_err(|_| PasteError::Full)?;
        self.capabilities.mint(badge).map_err(|_| {
            self.ends.remove(badge);
            PasteError::Full
        })
    }

    /// The clipboard of a copy end.
    fn board(&mut self, badge: u64) -> Result<&mut Board, PasteError> {
        match self.ends.get_mut(badge) {
            Some(End::Copy(board)) => Ok(board),
            _ => Err(PasteError::NoClipboard),
        }
    }

    /// What can be pasted at a paste end.
    fn offered(&mut self, badge: u64) -> Result<(u32, &mut Filled), PasteError> {
        let Some(End::Paste(copy_end)) = self.ends.get_mut(badge) else {
            return Err(PasteError::NoClipboard);
        };
        let copy_end = *copy_end;
        let board = self.board(copy_end)?;
        let number = board.number;
        let offered = board.offered.as_mut().ok_or(PasteError::Empty)?;
        Ok((number, offered))
    }

    fn forget(&mut self, filled: Option<Filled>) {
        let Some(filled) = filled else { return };
        for page in filled.data.into_iter().chain(filled.converter) {
            self.capabilities.forget(page);
        }
    }
}

impl<C: Capabilities> Boards for Clipboards<C> {
    fn create(&mut self) -> Result<CapabilityAddress, PasteError> {
        self.make(End::Copy(Box::default()))
    }

    fn paste_end(&mut self, copy_end: ReceivedCapability) -> Result<CapabilityAddress, PasteError> {
        let ReceivedCapability::Own { badge } = copy_end else {
            return Err(PasteError::NoClipboard);
        };
        self.board(badge)?;
        self.make(End::Paste(badge))
    }

    fn remove(&mut self, copy_end: ReceivedCapability) -> Result<(), PasteError> {
        let ReceivedCapability::Own { badge } = copy_end else {
            return Err(PasteError::NoClipboard);
        };
        let board = core::mem::take(self.board(badge)?);
        self.forget(board.coming);
        self.forget(board.offered);
        let of_it = |end: &End| matches!(end, End::Paste(copy_end) if *copy_end == badge);
        let ends = self.ends.iter_mut();
        let gone: Vec<_> = ends.filter(|(_, end)| of_it(end)).map(|(b, _)| b).collect();
        for badge in gone.into_iter().chain([badge]) {
            self.ends.remove(badge);
        }
        Ok(())
    }
}

impl<C: Capabilities> Copying for Clipboards<C> {
    fn begin(&mut self, caller: Caller, offer: Offer) -> Result<(), PasteError> {
        let pages = Part::ALL.map(|part| offer.pages(part) as usize);
        if pages.iter().any(|pages| *pages > MOST_PAGES) {
            return Err(PasteError::Full);
        }
        let filled = Filled {
            offer,
            data: Vec::new(),
            converter: Vec::new(),
        };
        let before = self.board(caller.badge)?.coming.replace(filled);
        self.forget(before);
        Ok(())
    }

    fn page(
        &mut self,
        caller: Caller,
        part: Part,
        _: ReceivedCapability,
    ) -> Result<(), PasteError> {
        let coming = self.board(caller.badge)?.coming.as_mut();
        let coming = coming.ok_or(PasteError::Incomplete)?;
        if coming.pages(part).len() >= coming.offer.pages(part) as usize {
            return Err(PasteError::OutOfRange);
        }
        // Whether it can be written to is the sender's affair: copies of it cannot.
        let page = self.capabilities.keep_page().map_err(|error| match error {
            MapError::NoPage => PasteError::NoPage,
            MapError::NoMemory => PasteError::Full,
        })?;
        if let Some(coming) = &mut self.board(caller.badge)?.coming {
            coming.pages(part).push(page);
        }
        Ok(())
    }

    fn publish(&mut self, caller: Caller) -> Result<(), PasteError> {
        let board = self.board(caller.badge)?;
        let complete = board.coming.take_if(|coming| coming.is_complete());
        let complete = complete.ok_or(PasteError::Incomplete)?;
        board.number = board.number.wrapping_add(1);
        let before = board.offered.replace(complete);
        self.forget(before);
        Ok(())
    }
}

impl<C: Capabilities> Pasting for Clipboards<C> {
    fn look(&mut self, caller: Caller) -> Result<(u32, Offer), PasteError> {
        let (number, offered) = self.offered(caller.badge)?;
        Ok((number, offered.offer.clone()))
    }

    fn page(
        &mut self,
        caller: Caller,
        offer: u32,
        part: Part,
        number: u32,
    ) -> Result<CapabilityAddress, PasteError> {
        let (present, offered) = self.offered(caller.badge)?;
        if present != offer {
            return Err(PasteError::Replaced);
        }
        let page = offered.pages(part).get(number as usize);
        let page = Kept(page.ok_or(PasteError::OutOfRange)?.0);
        let lent = self.capabilities.lend_page(&page);
        lent.map_err(|_| PasteError::TakenBack)
    }
}

impl<C: Capabilities> Server for Clipboards<C> {
    fn message(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        let badge = incoming.call.badge;
        match self.ends.get_mut(badge) {
            // The ends are two capabilities, so that neither does what the other is for.
            Some(End::Copy(_)) => CopyingInterface::dispatch(self, incoming, buffer),
            Some(End::Paste(_)) => PastingInterface::dispatch(self, incoming, buffer),
            None if badge & OBJECT_BADGE_BIT == 0 => {
                BoardsInterface::dispatch(self, incoming, buffer)
            }
            None => Some(refuse(incoming, ProtocolError::NoSuchObject, buffer)),
        }
    }
}
