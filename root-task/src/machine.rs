// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the kernel hands over: memory, devices, slots, the image.
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use croft_container_tree::{Amount, BootUntyped, ContainerId, MIN_BITS};
use croft_manifest::{FileRange, Payload};
use croft_process::parent::Frames;
use sel4::{BootInfoPtr, FrameObjectType, ObjectBlueprint, TranslationTableObjectType};

use crate::error::BootError;
use crate::slots::Tree;
use crate::window;

/// An untyped that is no memory.
#[derive(Clone, Copy, Debug)]
pub struct DeviceUntyped {
    /// Its slot.
    pub slot: u64,
    /// Its physical address.
    pub physical: u64,
    /// log2 of its bytes.
    pub size_bits: u8,
}

/// What the root task was made of before it ran, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Own {
    /// Its image: program, heap, and the payload with all servers' files.
    pub image: u64,
    /// Its CNode.
    pub cnode: u64,
    /// Everything else: translation tables, thread, IPC buffer, boot information, numbers of address spaces; untypeds too
    /// small to be a block.
    pub rest: u64,
    /// Slots of the CNode that are not for the books.
    pub slots: u32,
}

impl Own {
    fn new(bootinfo: &BootInfoPtr, book_slots: u32, small: u64) -> Self {
        let bytes = |blueprint: ObjectBlueprint| 1 << blueprint.physical_size_bits();
        let pages = |count: usize| count as u64 * bytes(FrameObjectType::GRANULE.blueprint());
        let size_bits = bootinfo.init_thread_cnode_size_bits();
        let vspace = TranslationTableObjectType::ALL[0].blueprint();
        // The IPC buffer and the first page of the boot information.
        let others = 2 + bootinfo.extra_frames().len() + bootinfo.user_image_paging().len();
        Self {
            image: pages(bootinfo.user_image_frames().len()),
            cnode: bytes(ObjectBlueprint::CNode { size_bits }),
            rest: pages(others)
                + bytes(ObjectBlueprint::Tcb)
                + bytes(vspace)
                + bytes(ObjectBlueprint::asid_pool())
                + small,
            slots: (1 << size_bits) - book_slots,
        }
    }

    /// All of it.
    pub const fn amount(&self) -> Amount {
        Amount {
            bytes: self.image + self.cnode + self.rest,
            slots: self.slots,
        }
    }
}

/// What the kernel handed over.
pub struct Machine {
    /// All memory.
    pub memory: Vec<BootUntyped>,
    /// Everything else that has physical addresses.
    pub devices: Vec<DeviceUntyped>,
    /// Empty slots for the root task's own use.
    pub own_slots: Range<u64>,
    /// Empty slots for the containers' books.
    pub book_slots: Range<u32>,
    /// Ticks of the processor's counter in a millisecond, at least one.
    pub ticks: u64,
    /// What the root task was made of.
    pub own: Own,
    /// The image's bytes from the payload's first one on.
    payload: &'static [u8],
    /// The slot of the payload's first page.
    payload_slot: u64,
    /// Ticks of the processor's counter in a second; 0 if the kernel does not tell.
    pub counter_hertz: u64,
}

/// The most slots that the containers' books may use: their records must fit the heap.
pub const BOOK_SLOTS: usize = 1 << 16;

/// Slots that the root task keeps for itself: for its children, devices and what it does between.
const OWN_SLOTS: usize = 4096;

impl Machine {
    /// Reads the boot information.
    pub fn new(bootinfo: &BootInfoPtr) -> Result<Self, BootError> {
        let mut memory = Vec::new();
        let mut devices = Vec::new();
        for (slot, untyped) in bootinfo.untyped().slots().zip(bootinfo.untyped_list()) {
            let size_bits = untyped.size_bits() as u8;
            if untyped.is_device() {
                devices.push(DeviceUntyped {
                    slot: slot.cptr_bits(),
                    physical: untyped.paddr() as u64,
                    size_bits,
                });
            } else {
                memory.push(BootUntyped {
                    slot: slot.index() as u32,
                    size_bits,
                });
            }
        }
        let empty = bootinfo.empty().range();
        let split = empty.start + OWN_SLOTS;
        if split + OWN_SLOTS > empty.end {
            return Err(BootError::Slots);
        }
        let book_slots = split as u32..empty.end.min(split + BOOK_SLOTS) as u32;
        let small = memory.iter().filter(|untyped| untyped.size_bits < MIN_BITS);
        let small = small.map(|untyped| 1 << untyped.size_bits).sum();
        let frames = bootinfo.user_image_frames();
        let (payload, page) = window::payload(frames.len());
        Ok(Self {
            memory,
            devices,
            own_slots: empty.start as u64..split as u64,
            ticks: ticks(bootinfo).max(1),
            own: Own::new(bootinfo, book_slots.len() as u32 & !1, small),
            book_slots,
            payload,
            payload_slot: (frames.start() + page) as u64,
            counter_hertz: match cfg!(target_arch = "x86_64") {
                true => bootinfo.arch_info() * 1_000_000,
                false => 0,
            },
        })
    }

    /// The root container's account, for people: all memory that the kernel told of.
    pub fn accounts(&self, tree: &Tree) -> impl fmt::Display + use<> {
        let root = tree.info(ContainerId::ROOT);
        let [limit, free, own] =
            root.map_or([Amount::ZERO; 3], |root| [root.limit, root.left, root.own]);
        let (image, cnode, rest) = (self.own.image, self.own.cnode, self.own.rest);
        let (heap, before) = (crate::HEAP, self.own.amount());
        fmt::from_fn(move |f| {
            write!(
                f,
                "memory: {} bytes, {} free, {} the root task's own (image {image}, with a heap of {heap}; CNode {cnode}; \
                 others {rest}; objects made since {}); slots: {}, {} free, {} own",
                limit.bytes,
                free.bytes,
                own.bytes,
                own.minus(before).bytes,
                limit.slots,
                free.slots,
                own.slots
            )
        })
    }

    /// The payload of the image.
    pub fn payload(&self) -> Result<Payload<'static>, BootError> {
        Ok(Payload::open(self.payload)?)
    }

    /// The frames of a file of the payload.
    pub fn frames(&self, range: FileRange) -> Frames {
        Frames {
            first_slot: self.payload_slot + range.offset / croft_manifest::PAGE,
            length: range.length,
        }
    }
}

/// Ticks of the processor's counter in a millisecond: the kernel measured them.
#[cfg(target_arch = "x86_64")]
fn ticks(bootinfo: &BootInfoPtr) -> u64 {
    bootinfo.arch_info() * 1000
}

/// Ticks of the processor's counter in a millisecond: a register tells.
#[cfg(target_arch = "aarch64")]
fn ticks(_: &BootInfoPtr) -> u64 {
    croft_server::counter_frequency() / 1000
}
