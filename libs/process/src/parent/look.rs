// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a parent looks at a child that has failed: its registers, and pages that the parent mapped for it.
use sel4::{CPtr, CapRights, UserContext, cap};

use super::{Child, Parent};
use crate::backtrace::Backtrace;
use crate::handover::layout;

/// The words of a page.
pub const PAGE_WORDS: usize = layout::PAGE as usize / 8;

impl Child {
    /// Where its thread is and how it came there, by these registers of its and its stack. A child that has made
    /// something else of its stack, or of the slots with its frames, gets a shorter one.
    pub fn backtrace<P: Parent>(&self, parent: &mut P, registers: &UserContext) -> Backtrace {
        let stack = layout::STACK_START..layout::STACK_TOP;
        let mut page = None;
        let read = |address: u64| -> Option<[u64; 2]> {
            let word = |parent: &mut P, page: &mut Option<_>, address: u64| {
                let number = (address - layout::STACK_START) / layout::PAGE;
                let words = match page {
                    Some((of, words)) if *of == number => words,
                    _ => {
                        let words = self.page(parent, self.stack + number)?;
                        &mut page.insert((number, words)).1
                    }
                };
                words.get((address % layout::PAGE) as usize / 8).copied()
            };
            Some([
                word(parent, &mut page, address)?,
                word(parent, &mut page, address + 8)?,
            ])
        };
        #[cfg(target_arch = "x86_64")]
        let mut read = read;
        #[cfg(target_arch = "x86_64")]
        let (frame, link) = {
            // Where the call has put it, if nothing was put on the stack since.
            let top = registers.sp();
            let within = top.is_multiple_of(8) && stack.contains(&top) && top + 16 <= stack.end;
            let link = within.then(|| read(top)).flatten().map(|words| words[0]);
            (registers.rbp(), link)
        };
        #[cfg(target_arch = "aarch64")]
        let (frame, link) = (registers.gpr(29), Some(registers.gpr(30)));
        Backtrace::walk(registers.pc(), link, frame, &stack, read)
    }

    /// How many pages it notes its messages in.
    #[must_use]
    pub fn trace_pages(&self) -> usize {
        self.trace_pages.into()
    }

    /// The words of one of these pages; `None` if it is not there any more.
    pub fn trace_page<P: Parent>(&self, parent: &mut P, page: usize) -> Option<[u64; PAGE_WORDS]> {
        let within = page < self.trace_pages();
        within
            .then(|| self.page(parent, self.trace + page as u64))
            .flatten()
    }

    /// The words of a page whose frame's capability the parent put into slot `slot` of the child's CNode. What is there now
    /// is the child's affair: `None` if it is no frame.
    ///
    /// The parent never invokes the child's own capability, which could be an endpoint on which nobody answers, but a copy
    /// with the right to read alone: the kernel lets nothing be sent through that.
    fn page<P: Parent>(&self, parent: &mut P, slot: u64) -> Option<[u64; PAGE_WORDS]> {
        let scratch = parent.take_slots(1)?;
        let copy = parent.cnode().absolute_cptr(CPtr::from_bits(scratch));
        let theirs = cap::CNode::from_bits(self.slots().cnode)
            .absolute_cptr_from_bits_with_depth(slot, self.radix.into());
        let mut words = [0; PAGE_WORDS];
        let read = copy
            .copy(&theirs, CapRights::READ_ONLY)
            .and_then(|()| parent.read_frame(scratch, &mut words));
        // If nothing could be copied there is nothing to delete.
        let _ = copy.delete();
        parent.return_slots(scratch, 1);
        read.ok().map(|()| words)
    }
}
