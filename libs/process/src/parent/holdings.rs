// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a child holds: every capability in its CNode, and where it came from.
//!
//! The parent's hand-over list is the only source of what a child has from outside. So each occupied slot is either one that
//! the parent filled, and the list tells with what, or one that was free: there the child puts what it makes out of that.
//! Anything else is [`Origin::Unknown`].
//!
//! No invocation tells what a capability is, and to invoke one that may be an endpoint is to speak to somebody. So
//! a copy of each is made, and shown to a thread that never runs: what the kernel takes for its address space is
//! one, and so on. What it takes for nothing can be an endpoint, a notification, a page table, or of a device.
use alloc::vec::Vec;
use core::fmt;

use croft_container::Object;
use sel4::{AbsoluteCPtr, CNodeCapData, CPtr, CapRights, cap};

use super::layout::Slots;
use super::{Child, CreateError, Description, Parent};
use crate::handover::{Authority, Environment, layout, slot};
use crate::startup::Plan;

/// What a capability is, as far as the kernel tells it to a parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Memory that can be mapped.
    Frame,
    /// A CNode.
    CNode,
    /// An address space.
    VSpace,
    /// A thread.
    Thread,
    /// Untyped memory of which something was made.
    UsedUntyped,
    /// What cannot be copied: the right to answer a call, or a page table that is not mapped.
    Single,
    /// Endpoint, notification, page table, untyped memory, or of a device.
    Other,
}

/// Where a capability came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin<'a> {
    /// The process itself, of its own container's memory: a fixed slot, with its name.
    Itself(&'static str),
    /// The capability to speak to its parent.
    Parent,
    /// What the parent gave by name.
    Given {
        /// The name.
        name: &'a str,
        /// What the child was told that it is.
        authority: Authority,
        /// The parent's slot that it was copied from.
        from: u64,
    },
    /// A page of its program, read-only.
    Image {
        /// Counted from 0.
        page: u64,
    },
    /// A page of the startup program, read-only, which all children of the parent share.
    Startup,
    /// A page of a file, read-only.
    File {
        /// The file's name.
        name: &'a str,
        /// Counted from 0.
        page: u64,
    },
    /// A page or page table of the region that the parent made for it, of its own container's memory.
    Region,
    /// In a slot that was free at the hand-over: the child's own doing.
    Own,
    /// Nobody put anything into that slot.
    Unknown,
}

impl Origin<'_> {
    /// Whether it came from outside of the child's own container.
    #[must_use]
    pub const fn is_outside(&self) -> bool {
        matches!(
            self,
            Self::Parent
                | Self::Given { .. }
                | Self::Image { .. }
                | Self::Startup
                | Self::File { .. }
        )
    }
}

/// One capability of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding<'a> {
    /// The slot of the child's CNode.
    pub slot: u64,
    /// What it is.
    pub kind: Kind,
    /// Where it came from.
    pub origin: Origin<'a>,
}

impl fmt::Display for Holding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Frame => "frame",
            Kind::CNode => "CNode",
            Kind::VSpace => "address space",
            Kind::Thread => "thread",
            Kind::UsedUntyped => "untyped",
            Kind::Single => "single",
            Kind::Other => "other",
        };
        write!(f, "slot {:4} {kind:13} ", self.slot)?;
        match self.origin {
            Origin::Itself(name) => write!(f, "itself: {name}"),
            Origin::Parent => f.write_str("parent: to speak to it"),
            Origin::Given {
                name,
                authority,
                from,
            } => {
                write!(f, "parent: {name}, {authority:?}, of its slot {from}")
            }
            Origin::Image { page } => write!(f, "parent: program, page {page}"),
            Origin::Startup => f.write_str("parent: startup program"),
            Origin::File { name, page } => write!(f, "parent: file {name}, page {page}"),
            Origin::Region => f.write_str("itself: start region"),
            Origin::Own => f.write_str("own: made in a free slot"),
            Origin::Unknown => f.write_str("UNKNOWN"),
        }
    }
}

impl<'a> Description<'a> {
    /// Where the capability in that slot of such a child's CNode comes from, if there is one.
    fn origin(&self, slots: &Slots, tables: u64, shared: u64, number: u64) -> Origin<'a> {
        match number {
            slot::CNODE => return Origin::Itself("CNode"),
            slot::VSPACE => return Origin::Itself("address space"),
            slot::TCB => return Origin::Itself("first thread"),
            slot::CONTAINER => return Origin::Itself("primary container"),
            slot::PARENT => return Origin::Parent,
            slot::EVENTS => return Origin::Itself("events"),
            _ if number == slots.service && self.serves => {
                return Origin::Itself(Environment::SERVICE);
            }
            _ if number < slots.given => return Origin::Unknown,
            _ => {}
        }
        let mut rest = number - slots.given;
        for given in self.capabilities {
            match given.slots.get(rest as usize) {
                Some(&from) => {
                    let (name, authority) = (given.name, given.authority);
                    return Origin::Given {
                        name,
                        authority,
                        from,
                    };
                }
                None => rest -= given.slots.len() as u64,
            }
        }
        if rest < self.image.pages() {
            return Origin::Image { page: rest };
        }
        rest -= self.image.pages();
        for &(name, file) in self.files {
            if rest < file.pages() {
                return Origin::File { name, page: rest };
            }
            rest -= file.pages();
        }
        // The region: its tables come first, then what is shared.
        if (tables..tables + shared).contains(&rest) {
            Origin::Startup
        } else if number < slots.free.first {
            Origin::Region
        } else {
            Origin::Own
        }
    }
}

impl Child {
    /// Copies the capability in slot `slot` of the child's CNode to the parent's empty slot `to`.
    ///
    /// # Errors
    /// The kernel's: [`sel4::Error::FailedLookup`] if there is none.
    pub fn take<P: Parent>(&self, parent: &P, slot: u64, to: u64) -> sel4::Result<()> {
        let there = cap::CNode::from_bits(self.slots().cnode)
            .absolute_cptr_from_bits_with_depth(slot, self.radix.into());
        own(parent, to).copy(&there, CapRights::all())
    }

    /// All capabilities in the child's CNode, in the order of the slots. `description` is what it was made of. A child that runs can
    /// change them meanwhile.
    ///
    /// # Errors
    /// See [`CreateError`]: two slots and a thread are needed for a while.
    pub fn holdings<'a, P: Parent>(
        &self,
        parent: &mut P,
        description: &Description<'a>,
    ) -> Result<Vec<Holding<'a>>, CreateError> {
        let image = Plan::new(description.startup.bytes).map_err(|_| CreateError::Startup)?;
        let shared = image.pages.iter().filter(|page| page.shared.is_some());
        let shared = shared.count() as u64;
        let scratch = parent.take_slots(2).ok_or(CreateError::NoSlots)?;
        let container = parent.container();
        let tester = container.allocate_objects(Object::Tcb, 1, scratch + 1);
        let result = tester.map_err(CreateError::from).and_then(|block| {
            let mut holdings = Vec::new();
            for number in 0..1 << self.radix {
                if let Some(kind) = self.kind(parent, number, scratch) {
                    let origin =
                        description.origin(&self.layout, super::build::TABLES, shared, number);
                    holdings.push(Holding {
                        slot: number,
                        kind,
                        origin,
                    });
                }
            }
            container.deallocate(block)?;
            Ok(holdings)
        });
        parent.return_slots(scratch, 2);
        result
    }

    /// What is in a slot of the child's CNode; `None` if it is empty. The thread behind the scratch slot is there to be shown it.
    fn kind<P: Parent>(&self, parent: &P, slot: u64, scratch: u64) -> Option<Kind> {
        match self.take(parent, slot, scratch) {
            Ok(()) => {}
            Err(sel4::Error::FailedLookup) => return None,
            Err(sel4::Error::RevokeFirst) => return Some(Kind::UsedUntyped),
            Err(_) => return Some(Kind::Single),
        }
        let tester = cap::Tcb::from_bits(scratch + 1);
        let (cnode, vspace) = (self.slots().cnode, self.slots().vspace);
        let space = |cnode, vspace| {
            tester
                .tcb_set_space(
                    CPtr::from_bits(0),
                    cap::CNode::from_bits(cnode),
                    CNodeCapData::new(0, 0),
                    cap::VSpace::from_bits(vspace),
                )
                .is_ok()
        };
        let frame = cap::UnspecifiedPage::from_bits(scratch);
        let thread = cap::Tcb::from_bits(scratch);
        let kind = if tester.tcb_set_ipc_buffer(layout::PAGE, frame).is_ok() {
            Kind::Frame
        } else if space(scratch, vspace) {
            Kind::CNode
        } else if space(cnode, scratch) {
            Kind::VSpace
        } else if tester
            .tcb_copy_registers(thread, false, false, false, false)
            .is_ok()
        {
            Kind::Thread
        } else {
            Kind::Other
        };
        // A copy of its own: that cannot fail.
        let _ = own(parent, scratch).delete();
        Some(kind)
    }
}

fn own<P: Parent>(parent: &P, slot: u64) -> AbsoluteCPtr {
    parent.cnode().absolute_cptr(CPtr::from_bits(slot))
}
