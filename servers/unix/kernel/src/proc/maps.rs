// SPDX-License-Identifier: MIT OR Apache-2.0
//! /proc/PID/maps.
use crate::World;
use crate::machine::Machine;
use crate::memory::{Backing, Protection, Purpose};
use crate::world::as_caller;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;
use unix_process::Pid;

impl<M: Machine> World<M> {
    /// One line a region, as proc(5) describes it.
    pub(super) fn process_maps(&mut self, pid: Pid) -> String {
        let mut text = String::new();
        if !self.is_alive(pid) {
            return text;
        }
        let regions: Vec<_> = self
            .space(self.space_of(pid))
            .regions
            .values()
            .cloned()
            .collect();
        for region in regions {
            let flag = |protection, letter| {
                if region.protection.contains(protection) {
                    letter
                } else {
                    '-'
                }
            };
            let (offset, inode) = match &region.backing {
                Backing::File { file, offset, .. } => {
                    let stat = as_caller!(self, pid, |vfs, _machine, caller| vfs
                        .stat(caller, file.place));
                    (*offset, stat.map_or(0, |stat| stat.ino))
                }
                Backing::Shared { offset, .. } => (*offset, 0),
                Backing::Anonymous | Backing::Fixed(_) => (0, 0),
            };
            let _ = write!(
                text,
                "{:08x}-{:08x} {}{}{}{} {offset:08x} 00:01 {inode}",
                region.start,
                region.end,
                flag(Protection::READ, 'r'),
                flag(Protection::WRITE, 'w'),
                flag(Protection::EXECUTE, 'x'),
                if region.is_shared() { 's' } else { 'p' },
            );
            let name = match (region.purpose, &region.backing) {
                (Purpose::Heap, _) => "[heap]",
                (Purpose::Stack, _) => "[stack]",
                (Purpose::Gate, _) => "[gate]",
                _ => "",
            };
            let mut path = Vec::new();
            if let Backing::File { file, .. } = &region.backing {
                as_caller!(self, pid, |vfs, _machine, caller| vfs
                    .path_of(caller, file.place, &mut path));
            }
            let path = String::from_utf8_lossy(&path);
            let pad = if name.is_empty() && path.is_empty() {
                ""
            } else {
                "   "
            };
            let _ = writeln!(text, "{pad}{name}{path}");
        }
        text
    }
}
