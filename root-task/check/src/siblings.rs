// SPDX-License-Identifier: MIT OR Apache-2.0
//! Isolation and confinement: what two siblings hold, where it came from, and that they have nothing in common but what their
//! parent gave to both.
//!
//! The parent keeps a copy of every capability that each of them has. What came out of a sibling's own container vanishes with
//! that container, wherever copies are, and so does what was derived from something that the parent revokes or gives
//! back. So the kernel itself tells where each capability came from, whatever the siblings did.
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use croft_container::{Block, Object, primary};
use croft_ipc::EVENT_BADGE_BIT;
use croft_process::handover::{Authority, slot};
use croft_process::parent::{Given, Holding, Kind, Origin};
use croft_server::{OwnParent, Process};
use sel4::{AbsoluteCPtr, CPtr, CapRights, MessageInfoBuilder, cap};

use crate::family::{Family, Told};
use crate::tools::{Result, ensure, return_slots, slots, used};

/// Milliseconds that nobody needs.
const LONG: u64 = 5_000;

/// What a sibling keeps: it begins with 0 in each, at the same address.
static KEPT: AtomicU64 = AtomicU64::new(0);

/// A sibling: keeps the number that it is told and tells the last one.
pub fn keeper(process: &Process) -> Result {
    let endpoint = process.service().map_err(|_| "no service endpoint")?;
    let mut message = endpoint.recv_with_mrs(());
    while message.badge & EVENT_BADGE_BIT == 0 {
        let info = MessageInfoBuilder::default().length(1).build();
        let last = KEPT.swap(message.msg[0], Relaxed);
        message = endpoint.reply_recv_with_mrs(info, [last], ());
    }
    Ok(())
}

/// What the parent gives, each made for this.
struct Gifts {
    /// The slots: an endpoint for both, and one for the first of them.
    first: u64,
    blocks: [Block; 2],
    /// The slot of the console.
    console: u64,
}

/// Copies of all that a sibling holds.
struct Copies<'a> {
    first: u64,
    holdings: Vec<Holding<'a>>,
}

/// Twice: the first time the parent's heap may grow.
pub fn run(process: &Process, family: &mut Family) -> Result {
    siblings(process, family)?;
    let before = used()?;
    siblings(process, family)?;
    ensure(used()? == before, "the siblings left something")
}

fn siblings(process: &Process, family: &mut Family) -> Result {
    let gifts = Gifts::new(process)?;
    let (both, alone) = ([gifts.first], [gifts.first + 1]);
    let console = [gifts.console];
    let given = |name, slots, badge| Given {
        name,
        authority: Authority::Service,
        slots,
        rights: CapRights::WRITE_GRANT,
        badge,
    };
    let to_one = [
        given("terminal", &console, None),
        given("common", &both, Some(1)),
        given("private", &alone, Some(1)),
    ];
    let to_other = [
        given("terminal", &console, None),
        given("common", &both, Some(2)),
    ];
    let one = family.make("keeper", &to_one)?;
    let other = family.make("keeper", &to_other)?;
    family.loaded(one)?;
    family.loaded(other)?;

    memory(family, one, other)?;
    let [of_one, of_other] = [(one, &to_one[..]), (other, &to_other[..])].map(|(child, given)| {
        let copies = Copies::new(family, child, given)?;
        log::info!("child {child} holds {} capabilities", copies.holdings.len());
        for holding in &copies.holdings {
            log::info!("child {child}: {holding}");
        }
        copies.as_handed_over(family, given)?;
        Ok(copies)
    });
    let (of_one, of_other) = (of_one?, of_other?);
    frames(process, &of_one, &of_other)?;

    // With the one goes all that is its own, and nothing of the other's.
    end(family, one)?;
    of_one.lasts(|origin| origin.is_outside())?;
    of_other.lasts(|_| true)?;
    // With each gift go its copies, and nothing else.
    let gone = |origin: &Origin<'_>, names: &[&str]| matches!(origin, Origin::Given { name, .. } if names.contains(name));
    let [common, private] = gifts.blocks;
    let take_back = |block| primary().deallocate(block).map_err(|_| "not taken back");
    take_back(private)?;
    of_one.lasts(|origin| origin.is_outside() && !gone(origin, &["private"]))?;
    of_other.lasts(|_| true)?;
    take_back(common)?;
    let gone = |origin: &Origin<'_>| gone(origin, &["private", "common"]);
    of_one.lasts(|origin| origin.is_outside() && !gone(origin))?;
    of_other.lasts(|origin| !gone(origin))?;
    end(family, other)?;
    of_other.lasts(|origin| origin.is_outside() && !gone(origin))?;
    // They spoke to their parent by its own endpoint.
    here(family.endpoint).revoke().map_err(|_| "not revoked")?;
    let terminal = |origin: &Origin<'_>| {
        let is_page = matches!(origin, Origin::Image { .. } | Origin::Startup);
        is_page || matches!(origin, Origin::Given { name, .. } if *name == "terminal")
    };
    of_one.lasts(terminal)?;
    of_other.lasts(terminal)?;
    of_one.forget();
    of_other.forget();
    return_slots(gifts.first, 2);
    Ok(())
}

impl Gifts {
    fn new(process: &Process) -> Result<Self> {
        let first = slots(2)?;
        let make = |slot| {
            primary()
                .allocate_objects(Object::Endpoint, 1, slot)
                .map_err(|_| "no endpoint")
        };
        let console = process.endpoint("console").map_err(|_| "no console")?;
        Ok(Self {
            first,
            blocks: [make(first)?, make(first + 1)?],
            console: console.0.bits(),
        })
    }
}

/// What one writes the other does not see, although it is at the same address.
fn memory(family: &Family, one: u64, other: u64) -> Result {
    let tell = |child, number| {
        let endpoint = cap::Endpoint::from_bits(family.get(child)?.service());
        let info = MessageInfoBuilder::default().label(1).length(1).build();
        Ok(endpoint.call_with_mrs(info, [number]).msg[0])
    };
    let last = [
        tell(one, 11)?,
        tell(other, 22)?,
        tell(one, 33)?,
        tell(other, 44)?,
    ];
    ensure(last == [0, 0, 11, 22], "one wrote to the other's memory")
}

fn end(family: &mut Family, child: u64) -> Result {
    family.end(child, LONG)?;
    ensure(family.wait()? == (child, Told::Exited(0)), "no good end")
}

impl<'a> Copies<'a> {
    fn new(family: &Family, child: u64, given: &'a [Given<'a>]) -> Result<Self> {
        let description = family.description("keeper", given);
        let child = family.get(child)?;
        let holdings = child
            .holdings(&mut OwnParent, &description)
            .map_err(|_| "no list")?;
        let first = slots(holdings.len() as u64)?;
        for (holding, to) in holdings.iter().zip(first..) {
            let copied = child.take(&OwnParent, holding.slot, to).is_ok();
            let single = matches!(holding.kind, Kind::Single | Kind::UsedUntyped);
            ensure(copied != single, "something else can be copied")?;
            // Only the child's own can be like that.
            ensure(copied || !holding.origin.is_outside(), "what is it?")?;
        }
        Ok(Self { first, holdings })
    }

    /// All of what was handed over is there, nothing else, and it is what it should be.
    fn as_handed_over(&self, family: &Family, given: &[Given<'_>]) -> Result {
        let mut pages = 0;
        for holding in &self.holdings {
            let kind = match holding.origin {
                Origin::Unknown => return Err("a capability of unknown origin"),
                Origin::Itself("CNode") => Kind::CNode,
                Origin::Itself("address space") => Kind::VSpace,
                Origin::Itself("first thread") => Kind::Thread,
                Origin::Image { .. } | Origin::Startup => Kind::Frame,
                Origin::Itself(_) | Origin::Parent | Origin::Given { .. } => Kind::Other,
                // Frames and page tables, and untyped memory that they are of.
                Origin::Region | Origin::Own | Origin::File { .. } => holding.kind,
            };
            ensure(holding.kind == kind, "a capability is something else")?;
            pages += u64::from(matches!(holding.origin, Origin::Image { .. }));
        }
        let count = |is: &dyn Fn(&Origin<'_>) -> bool| {
            let holdings = self.holdings.iter();
            holdings.filter(|holding| is(&holding.origin)).count()
        };
        ensure(
            count(&|origin| matches!(origin, Origin::Itself(_))) == 6,
            "not itself",
        )?;
        ensure(count(&|origin| *origin == Origin::Parent) == 1, "no parent")?;
        let gifts = count(&|origin| matches!(origin, Origin::Given { .. }));
        ensure(gifts == given.len(), "other gifts")?;
        let image = family.description("", &[]).image;
        ensure(pages == image.length.div_ceil(4096), "other pages")
    }

    /// Exactly the copies are left of whose origin that is true.
    fn lasts(&self, stays: impl Fn(&Origin<'_>) -> bool) -> Result {
        let scratch = slots(1)?;
        for (holding, copy) in self.holdings.iter().zip(self.first..) {
            if matches!(holding.kind, Kind::Single | Kind::UsedUntyped) {
                continue;
            }
            let there = here(scratch).copy(&here(copy), CapRights::all());
            let there = there != Err(sel4::Error::FailedLookup);
            here(scratch).delete().map_err(|_| "not deleted")?;
            if there != stays(&holding.origin) {
                log::error!("there: {there}: {holding}");
                return Err("a capability is not of where it should be");
            }
        }
        return_slots(scratch, 1);
        Ok(())
    }

    /// The physical addresses of all frames.
    fn addresses(&self) -> Result<BTreeMap<usize, Origin<'a>>> {
        let copies = self.holdings.iter().zip(self.first..);
        let frames = copies.filter(|(holding, _)| holding.kind == Kind::Frame);
        let address = |(holding, copy): (&Holding<'a>, u64)| {
            let address = cap::Granule::from_bits(copy).frame_get_address();
            Ok((address.map_err(|_| "no address")?, holding.origin))
        };
        frames.map(address).collect()
    }

    fn forget(self) {
        for copy in self.first..self.first + self.holdings.len() as u64 {
            // What is in an own slot can be deleted.
            let _ = here(copy).delete();
        }
        return_slots(self.first, self.holdings.len() as u64);
    }
}

/// No memory is common to both but the pages of their program, which are the parent's, and of the startup program.
fn frames(process: &Process, one: &Copies<'_>, other: &Copies<'_>) -> Result {
    let (one, other) = (one.addresses()?, other.addresses()?);
    let mut common = 0;
    for (address, origin) in &one {
        match origin {
            Origin::Image { page } => {
                let own = cap::Granule::from_bits(process.image().first_slot + page);
                ensure(own.frame_get_address() == Ok(*address), "another page")?;
                ensure(other.get(address) == Some(origin), "another program")?;
                common += 1;
            }
            Origin::Startup => {
                ensure(other.get(address) == Some(origin), "another startup")?;
                common += 1;
            }
            _ => ensure(!other.contains_key(address), "memory is shared")?,
        }
    }
    log::info!(
        "{} and {} frames, {common} of them in common and read-only",
        one.len(),
        other.len()
    );
    Ok(())
}

fn here(slot: u64) -> AbsoluteCPtr {
    cap::CNode::from_bits(slot::CNODE).absolute_cptr(CPtr::from_bits(slot))
}
