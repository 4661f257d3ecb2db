// SPDX-License-Identifier: MIT OR Apache-2.0
//! Making an opened program's segments, and the gate, regions of an address space.
use super::program::Image;
use crate::World;
use crate::machine::Machine;
use crate::memory::{Backing, MappedFile, Protection, Purpose, Region};
use alloc::rc::Rc;
use unix_abi::Result;
use unix_exec::Segment;
use unix_exec::stack::InitialStack;
use unix_gate::address;
use unix_pages::PAGE_SIZE;

/// Between the stack's end and the highest mapping.
const STACK_GAP: usize = 1 << 20;

impl<M: Machine> World<M> {
    /// Fills an empty address space.
    pub(super) fn load(
        &mut self,
        space: usize,
        image: &Image,
        interpreter: Option<&Image>,
        stack: &InitialStack,
        stack_limit: usize,
    ) -> Result<()> {
        let stack_start = address::STACK_TOP - stack_limit;
        for image in [Some(image), interpreter].into_iter().flatten() {
            let file = self.mapped_file(image.description, image.inode);
            for segment in &image.plan.segments {
                self.load_segment(space, &file, segment)?;
            }
            self.discard_backing(Backing::File {
                file,
                offset: 0,
                shared: false,
            });
        }
        let executable = image.plan.executable_stack;
        let read_write = Protection::READ | Protection::WRITE;
        self.add_region(
            space,
            Region {
                start: stack_start,
                end: address::STACK_TOP,
                protection: if executable {
                    Protection::all()
                } else {
                    read_write
                },
                backing: Backing::Anonymous,
                purpose: Purpose::Stack,
            },
        );
        self.add_gate(space);
        let target = &mut self.spaces[space];
        target.mmap_top = stack_start - STACK_GAP;
        target.break_start = image.plan.program_break;
        target.break_end = target.break_start;
        target.argument_range = (stack.arguments.start, stack.arguments.end);
        target.environment_range = (stack.environment.start, stack.environment.end);
        self.write_user(space, stack.pointer, &stack.bytes)
    }

    /// One segment: pages of the file, then zeros.
    pub(super) fn load_segment(
        &mut self,
        space: usize,
        file: &Rc<MappedFile>,
        segment: &Segment,
    ) -> Result<()> {
        let mapped = segment.mapped();
        let mut protection = Protection::empty();
        protection.set(Protection::READ, mapped.protection.read);
        protection.set(Protection::WRITE, mapped.protection.write);
        protection.set(Protection::EXECUTE, mapped.protection.execute);
        // Two segments may meet in a page: the later one has it.
        let removed = self.spaces[space].remove(mapped.start, mapped.end.max(mapped.file_end));
        self.discard(removed);
        let mut add = |start, end, backing| {
            if start < end {
                let purpose = Purpose::Mapping;
                self.add_region(
                    space,
                    Region {
                        start,
                        end,
                        protection,
                        backing,
                        purpose,
                    },
                );
            }
        };
        let offset = mapped.file_offset as u64;
        add(
            mapped.start,
            mapped.file_end,
            Backing::File {
                file: file.clone(),
                offset,
                shared: false,
            },
        );
        add(
            mapped.file_end.max(mapped.start),
            mapped.end,
            Backing::Anonymous,
        );
        let (from, to) = mapped.zero;
        if from < to && mapped.protection.write {
            let zeros = [0; PAGE_SIZE];
            self.write_user(space, from, &zeros[..to - from])?;
        }
        Ok(())
    }

    /// The gate's pages: code and data of the world's, and the thread's context.
    pub(crate) fn add_gate(&mut self, space: usize) {
        let (code, data) = self.gate;
        let page = |start, protection, backing| Region {
            start,
            end: start + PAGE_SIZE,
            protection,
            backing,
            purpose: Purpose::Gate,
        };
        self.machine.share(code);
        self.machine.share(data);
        let execute = Protection::READ | Protection::EXECUTE;
        let write = Protection::READ | Protection::WRITE;
        self.add_region(
            space,
            page(address::GATE_ADDRESS, execute, Backing::Fixed(code)),
        );
        self.add_region(
            space,
            page(address::GATE_DATA, Protection::READ, Backing::Fixed(data)),
        );
        self.add_region(
            space,
            page(address::CONTEXT_ADDRESS, write, Backing::Anonymous),
        );
    }
}
