// SPDX-License-Identifier: MIT OR Apache-2.0
//! The steps from a new, empty process to one that runs its startup image.
use alloc::vec::Vec;

use croft_container::{ChildSlots, Container, Rights};
use croft_manifest::SequenceBuffer;
use sel4::{
    AbsoluteCPtr, CNodeCapData, CPtr, CapRights, ObjectBlueprint, TranslationTableObjectType,
    UserContext, VmAttributes, Word, cap,
};

use super::layout::Slots;
use super::startup::Plan;
use super::{Child, CreateError, Description, Frames, Parent};
use crate::handover::{
    Authority, Blob, END_REQUESTED, Environment, EnvironmentError, File, NamedCapability, layout,
    slot,
};

/// Frames that are allocated at a time, at most.
const BATCH: u64 = 64;

/// Translation tables of the region: one of each level below the root.
const TABLES: u64 = TranslationTableObjectType::ALL.len() as u64 - 1;

/// Pages of the stack.
const STACK_PAGES: u64 = layout::STACK_LENGTH / layout::PAGE;

/// How a page of the child's region is mapped.
#[derive(Clone, Copy)]
enum Access {
    Read,
    Write,
    Execute,
}

/// A page of the child's region with memory of its own.
struct Fresh<'a> {
    address: u64,
    access: Access,
    /// Where in the page its content begins.
    offset: usize,
    content: &'a [u8],
}

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
        let region = TABLES + image.pages.len() as u64 + pages + STACK_PAGES + 1;
        let slots = self.plan(region)?;
        self.next_region = slots.region;
        let environment = self.environment(&slots)?;
        self.tables()?;
        self.objects()?;
        self.fixed_capabilities(&slots)?;
        self.given_capabilities(&slots)?;
        self.share_image(image)?;
        self.fresh_pages(image, &environment)?;
        self.start(image.entry)
    }

    fn plan(&self, region: u64) -> Result<Slots, CreateError> {
        Slots::new(self.description, region).map_err(|needed| CreateError::Radix { needed })
    }

    /// The environment as it stands in the child's pages.
    fn environment(&self, slots: &Slots) -> Result<Vec<u8>, CreateError> {
        let description = self.description;
        let bad = |_| CreateError::Environment(EnvironmentError::Malformed);
        let mut capabilities = SequenceBuffer::new();
        if description.serves {
            let service = NamedCapability {
                name: Environment::SERVICE,
                slot: slots.service,
                authority: Authority::Serve,
            };
            capabilities.push(&service).map_err(bad)?;
        }
        let mut at = slots.given;
        for given in description.capabilities {
            let capability = NamedCapability {
                name: given.name,
                slot: at,
                authority: given.authority,
            };
            capabilities.push(&capability).map_err(bad)?;
            at += given.slots.len() as u64;
        }
        let mut files = SequenceBuffer::new();
        let mut at = slots.files;
        for &(name, file) in description.files {
            let content = Blob {
                first_slot: at,
                length: file.length,
            };
            files.push(&File { name, content }).map_err(bad)?;
            at += file.pages();
        }
        let malformed = || CreateError::Environment(EnvironmentError::Malformed);
        Environment {
            name: description.name,
            verbose: description.verbose,
            cnode_radix_bits: description.radix,
            free_slots: slots.free,
            priority: description.priority,
            image: Blob {
                first_slot: slots.image,
                length: description.image.length,
            },
            capabilities: capabilities.sequence().ok_or_else(malformed)?,
            files: files.sequence().ok_or_else(malformed)?,
            arguments: description.arguments,
        }
        .encode()
        .map_err(CreateError::Environment)
    }

    /// The translation tables of the region.
    fn tables(&mut self) -> Result<(), CreateError> {
        let scratch = self.scratch(TABLES)?;
        let result = self.make_tables(scratch);
        self.parent.return_slots(scratch, TABLES);
        result
    }

    fn make_tables(&mut self, scratch: u64) -> Result<(), CreateError> {
        let kinds = TranslationTableObjectType::ALL.into_iter().skip(1);
        for (kind, table) in kinds.zip(scratch..) {
            self.retype(&kind.blueprint(), table)?;
            cap::UnspecifiedIntermediateTranslationTable::from_bits(table)
                .generic_intermediate_translation_table_map(
                    kind,
                    self.vspace(),
                    layout::START as usize,
                    VmAttributes::DEFAULT,
                )
                .map_err(CreateError::kernel("a page table's mapping"))?;
            self.hand_over(table)?;
        }
        Ok(())
    }

    /// The endpoint that the child serves, and its notification.
    fn objects(&mut self) -> Result<(), CreateError> {
        let (service, events) = (self.child.service(), self.child.events());
        self.retype(&ObjectBlueprint::Endpoint, service)?;
        self.retype(&ObjectBlueprint::Notification, events)?;
        let source = self.own(events);
        self.own(self.child.end_request())
            .mint(&source, CapRights::WRITE_ONLY, END_REQUESTED)
            .map_err(CreateError::kernel("a notification's copy"))
    }

    /// The capabilities that every process has.
    fn fixed_capabilities(&mut self, slots: &Slots) -> Result<(), CreateError> {
        let copied = CreateError::kernel("a capability's copy");
        let guard = self.guard().into_word();
        let (endpoint, badge) = self.description.parent;
        let all = CapRights::all();
        let cnode = self.own(self.slots.cnode);
        self.there(slot::CNODE)
            .mint(&cnode, all, guard)
            .map_err(&copied)?;
        for (to, from) in [
            (slot::VSPACE, self.slots.vspace),
            (slot::TCB, self.slots.tcb),
        ] {
            let from = self.own(from);
            self.there(to).copy(&from, all).map_err(&copied)?;
        }
        let endpoint = self.own(endpoint);
        self.there(slot::PARENT)
            .mint(&endpoint, CapRights::WRITE_GRANT, badge)
            .map_err(&copied)?;
        let events = self.own(self.child.events());
        self.there(slot::EVENTS)
            .copy(&events, CapRights::READ_WRITE)
            .map_err(&copied)?;
        if self.description.serves {
            let service = self.own(self.child.service());
            self.there(slots.service)
                .copy(&service, CapRights::READ_ONLY)
                .map_err(&copied)?;
        }
        let process = self.child.process;
        self.container()
            .share(process, slot::CONTAINER, Rights::Derive)?;
        Ok(())
    }

    /// What the child gets by name.
    fn given_capabilities(&mut self, slots: &Slots) -> Result<(), CreateError> {
        let copied = CreateError::kernel("a given capability's copy");
        let mut to = slots.given;
        for given in self.description.capabilities {
            self.child.given.push(to);
            for &from in given.slots {
                let (there, from) = (self.there(to), self.own(from));
                match given.badge {
                    Some(badge) => there.mint(&from, given.rights, badge),
                    None => there.copy(&from, given.rights),
                }
                .map_err(&copied)?;
                to += 1;
            }
        }
        self.give_frames(self.description.image, slots.image)?;
        let mut to = slots.files;
        for (_, file) in self.description.files {
            self.give_frames(*file, to)?;
            to += file.pages();
        }
        Ok(())
    }

    fn give_frames(&self, frames: Frames, first: u64) -> Result<(), CreateError> {
        for page in 0..frames.pages() {
            self.there(first + page)
                .copy(&self.own(frames.first_slot + page), CapRights::READ_ONLY)
                .map_err(CreateError::kernel("a file page's copy"))?;
        }
        Ok(())
    }

    /// Maps the pages of the startup image that all children share.
    fn share_image(&mut self, image: &Plan) -> Result<(), CreateError> {
        let frames = self.description.startup.frames;
        for page in &image.pages {
            let Some(number) = page.shared else { continue };
            let access = if page.executable {
                Access::Execute
            } else {
                Access::Read
            };
            let scratch = self.scratch(1)?;
            let frame = self.own(frames.first_slot + number);
            let result = self
                .own(scratch)
                .copy(&frame, CapRights::READ_ONLY)
                .map_err(CreateError::kernel("a startup page's copy"))
                .and_then(|()| self.map(scratch, page.address, access))
                .and_then(|()| self.hand_over(scratch));
            self.parent.return_slots(scratch, 1);
            result?;
        }
        Ok(())
    }

    /// Makes and maps the pages that the child has for itself.
    fn fresh_pages(&mut self, image: &Plan, environment: &[u8]) -> Result<(), CreateError> {
        let mut pages = Vec::new();
        for page in image.pages.iter().filter(|page| page.shared.is_none()) {
            let (offset, content) = match page.copied {
                Some(copied) => (
                    copied.to,
                    &self.description.startup.bytes[copied.from..][..copied.length],
                ),
                None => (0, &[][..]),
            };
            pages.push(Fresh {
                address: page.address,
                access: match (page.writable, page.executable) {
                    (true, _) => Access::Write,
                    (false, true) => Access::Execute,
                    (false, false) => Access::Read,
                },
                offset,
                content,
            });
        }
        let page = layout::PAGE as usize;
        for (content, number) in environment.chunks(page).zip(0..) {
            pages.push(Fresh {
                address: layout::ENVIRONMENT + number * layout::PAGE,
                access: Access::Read,
                offset: 0,
                content,
            });
        }
        let stack = (layout::STACK_START..layout::STACK_TOP).step_by(page);
        for address in stack.chain([layout::IPC_BUFFER]) {
            pages.push(Fresh {
                address,
                access: Access::Write,
                offset: 0,
                content: &[],
            });
        }
        let mut rest = pages.as_slice();
        while !rest.is_empty() {
            // Powers of two leave nothing of a block unused.
            let count = (1u64 << rest.len().ilog2()).min(BATCH);
            let (batch, after) = rest.split_at(count as usize);
            let scratch = self.scratch(count)?;
            let result = self.fresh_batch(batch, scratch);
            self.parent.return_slots(scratch, count);
            result?;
            rest = after;
        }
        Ok(())
    }

    fn fresh_batch(&mut self, batch: &[Fresh<'_>], scratch: u64) -> Result<(), CreateError> {
        let count = batch.len() as u16;
        self.container().allocate_frames(count, scratch)?;
        for (page, frame) in batch.iter().zip(scratch..) {
            if !page.content.is_empty() {
                self.parent
                    .write_frame(frame, page.offset, page.content)
                    .map_err(CreateError::kernel("writing to a page"))?;
            }
            self.map(frame, page.address, page.access)?;
            if page.address == layout::IPC_BUFFER {
                self.configure(frame)?;
            }
            self.hand_over(frame)?;
        }
        Ok(())
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
        let priority = Word::from(self.description.priority);
        // The authority is what the parent itself may give; this kernel looks at the caller's own.
        self.tcb()
            .tcb_set_sched_params(self.tcb(), priority, priority)
            .map_err(CreateError::kernel("the thread's priority"))?;
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

    fn map(&self, frame: u64, address: u64, access: Access) -> Result<(), CreateError> {
        let (rights, attributes) = match access {
            Access::Read => (CapRights::READ_ONLY, VmAttributes::DEFAULT.execute_never()),
            Access::Write => (CapRights::READ_WRITE, VmAttributes::DEFAULT.execute_never()),
            Access::Execute => (CapRights::READ_ONLY, VmAttributes::DEFAULT),
        };
        cap::Granule::from_bits(frame)
            .frame_map(self.vspace(), address as usize, rights, attributes)
            .map_err(CreateError::kernel("a page's mapping"))
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
