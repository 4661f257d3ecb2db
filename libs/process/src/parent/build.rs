// SPDX-License-Identifier: MIT OR Apache-2.0
//! The steps from a new, empty process to one that runs its startup image.
mod capabilities;
mod environment;
mod region;

use croft_container::{ChildSlots, Container};
use sel4::{
    AbsoluteCPtr, CNodeCapData, CPtr, ObjectBlueprint, TranslationTableObjectType, UserContext, cap,
};

use super::layout::Slots;
use super::{Child, CreateError, Description, Parent};
use crate::handover::{layout, slot};
use crate::startup::Plan;

/// Translation tables of the region: one of each level below the root.
pub(super) const TABLES: u64 = TranslationTableObjectType::ALL.len() as u64 - 1;

/// Pages of the stack.
const STACK_PAGES: u64 = layout::STACK_LENGTH / layout::PAGE;

/// Builds one child.
pub(super) struct Builder<'p, 'd, P: Parent> {
    parent: &'p mut P,
    child: &'p mut Child,
    description: &'d Description<'d>,
    slots: ChildSlots,
    /// Where the next capability of the region goes in the child's CNode.
    next_region: u64,
}

impl<'p, 'd, P: Parent> Builder<'p, 'd, P> {
    pub(super) fn new(
        parent: &'p mut P,
        child: &'p mut Child,
        description: &'d Description<'d>,
    ) -> Self {
        let slots = child.slots();
        Self {
            parent,
            child,
            description,
            slots,
            next_region: 0,
        }
    }

    /// All steps; the last one starts the thread.
    pub(super) fn run(mut self, image: &Plan) -> Result<(), CreateError> {
        self.container().set_name(self.description.name)?;
        // The environment tells which slots are free, which depends on how long it is: a few bytes more or less.
        let draft = self.environment(&self.plan(0)?)?;
        let pages = (draft.len() as u64 + 64).div_ceil(layout::PAGE);
        let kept = u64::from(self.trace_pages());
        let region = TABLES + image.pages.len() as u64 + pages + STACK_PAGES + kept + 1;
        let slots = self.plan(region)?;
        self.next_region = slots.region;
        self.child.layout = slots;
        let environment = self.environment(&slots)?;
        self.tables()?;
        self.objects()?;
        self.fixed_capabilities(&slots)?;
        self.given_capabilities(&slots)?;
        self.share_image(image)?;
        self.fresh_pages(image, &environment)?;
        self.start(image.entry)
    }

    /// Pages for the child's messages.
    fn trace_pages(&self) -> u16 {
        self.description.trace.min(layout::TRACE_PAGES)
    }

    fn plan(&self, region: u64) -> Result<Slots, CreateError> {
        Slots::new(self.description, region).map_err(|needed| CreateError::Radix { needed })
    }

    /// Gives the thread its CSpace, address space and IPC buffer.
    fn configure(&self, ipc_buffer: u64) -> Result<(), CreateError> {
        self.tcb()
            .tcb_configure(
                CPtr::from_bits(slot::PARENT),
                cap::CNode::from_bits(self.slots.cnode),
                self.guard(),
                self.vspace(),
                layout::IPC_BUFFER,
                cap::Granule::from_bits(ipc_buffer),
            )
            .map_err(CreateError::kernel("the thread's configuration"))
    }

    fn start(&self, entry: u64) -> Result<(), CreateError> {
        self.container().set_priority(self.description.priority)?;
        let mut registers = UserContext::default();
        *registers.pc_mut() = entry;
        *registers.sp_mut() = layout::STACK_TOP;
        self.tcb()
            .tcb_write_all_registers(true, &registers)
            .map_err(CreateError::kernel("the thread's start"))
    }

    /// Moves a capability of the region into the child's CNode: it stays mapped, and is the child's.
    fn hand_over(&mut self, from: u64) -> Result<(), CreateError> {
        let to = self.next_region;
        self.next_region += 1;
        self.there(to)
            .move_(&self.own(from))
            .map_err(CreateError::kernel("a capability's move"))
    }

    fn retype(&self, blueprint: &ObjectBlueprint, to: u64) -> Result<(), CreateError> {
        cap::Untyped::from_bits(self.slots.untyped)
            .untyped_retype(
                blueprint,
                &self.parent.cnode().absolute_cptr_for_self(),
                to as usize,
                1,
            )
            .map_err(CreateError::kernel("a retype"))
    }

    fn scratch(&mut self, count: u64) -> Result<u64, CreateError> {
        self.parent.take_slots(count).ok_or(CreateError::NoSlots)
    }

    fn container(&self) -> Container<P::Transport> {
        self.parent.container_at(self.slots.container)
    }

    fn tcb(&self) -> cap::Tcb {
        cap::Tcb::from_bits(self.slots.tcb)
    }

    fn vspace(&self) -> cap::VSpace {
        cap::VSpace::from_bits(self.slots.vspace)
    }

    /// What makes a slot's number its address in the child.
    fn guard(&self) -> CNodeCapData {
        CNodeCapData::skip_high_bits(self.description.radix.into())
    }

    /// A slot of the parent's CNode.
    fn own(&self, slot: u64) -> AbsoluteCPtr {
        self.parent.cnode().absolute_cptr(CPtr::from_bits(slot))
    }

    /// A slot of the child's CNode.
    fn there(&self, slot: u64) -> AbsoluteCPtr {
        cap::CNode::from_bits(self.slots.cnode)
            .absolute_cptr_from_bits_with_depth(slot, self.description.radix.into())
    }
}
