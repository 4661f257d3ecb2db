// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is mapped in the child: the region of `layout`.
use alloc::vec::Vec;

use sel4::{CapRights, TranslationTableObjectType, VmAttributes, cap};

use super::{Builder, TABLES};
use crate::handover::layout;
use crate::parent::{CreateError, Parent};
use crate::startup::Plan;

/// Frames that are allocated at a time, at most.
const BATCH: u64 = 64;

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

impl<P: Parent> Builder<'_, '_, P> {
    /// The translation tables of the region.
    pub(super) fn tables(&mut self) -> Result<(), CreateError> {
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

    /// Maps the pages of the startup image that all children share.
    pub(super) fn share_image(&mut self, image: &Plan) -> Result<(), CreateError> {
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
    pub(super) fn fresh_pages(
        &mut self,
        image: &Plan,
        environment: &[u8],
    ) -> Result<(), CreateError> {
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
        let kept = u64::from(self.trace_pages()) * layout::PAGE;
        let trace = (layout::TRACE..layout::TRACE + kept).step_by(page);
        for address in stack.chain(trace).chain([layout::IPC_BUFFER]) {
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
            match page.address {
                layout::STACK_START => self.child.stack = self.next_region,
                layout::TRACE => {
                    self.child.trace = self.next_region;
                    self.child.trace_pages = self.trace_pages();
                }
                _ => {}
            }
            self.hand_over(frame)?;
        }
        Ok(())
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
}
