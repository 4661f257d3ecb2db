// SPDX-License-Identifier: MIT OR Apache-2.0
//! Memory: brk, mmap, munmap, mprotect, mremap, madvise, msync, mincore and the mlock family.
use super::{Arguments, Call, DONE, descriptor};
use crate::World;
use crate::machine::Machine;
use crate::memory::{
    Backing, HIGHEST, LOWEST, MOST_REGIONS, MappedFile, Protection, Purpose, Region, SharedPages,
    Space, Touch,
};
use alloc::rc::Rc;
use alloc::vec::Vec;
use unix_abi::linux::general as linux;
use unix_abi::{Errno, Result};
use unix_pages::PAGE_SIZE;
use unix_process::Pid;
use unix_vfs::{DescriptionId, DescriptionKind, Device, InodeId};

/// Rounds up to whole pages; ENOMEM when that overflows, as Linux says for lengths.
fn whole_pages(length: usize) -> Result<usize> {
    length
        .checked_next_multiple_of(PAGE_SIZE)
        .ok_or(Errno::ENOMEM)
}

/// The page-aligned range of a call on existing memory.
fn range(address: usize, length: usize) -> Result<(usize, usize)> {
    if !address.is_multiple_of(PAGE_SIZE) {
        return Err(Errno::EINVAL);
    }
    let end = address
        .checked_add(whole_pages(length)?)
        .ok_or(Errno::ENOMEM)?;
    if end > HIGHEST {
        return Err(Errno::ENOMEM);
    }
    Ok((address, end))
}

impl<M: Machine> World<M> {
    /// brk(2): the raw call returns the new break, or the old one when it could not be moved.
    pub(super) fn brk(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let index = self.space_of(pid);
        let space = &self.spaces[index];
        let (start, old, wanted) = (space.break_start, space.break_end, arguments[0]);
        if wanted < start || wanted > HIGHEST {
            return Ok(old.into());
        }
        let (old_end, new_end) = (
            old.next_multiple_of(PAGE_SIZE),
            wanted.next_multiple_of(PAGE_SIZE),
        );
        if new_end > old_end {
            let limit = self.limit(pid, linux::RLIMIT_DATA);
            let taken = space.overlapping(old_end, new_end).next().is_some();
            if taken
                || (wanted - start) as u64 > limit
                || self.check_commitment(pid, new_end - old_end).is_err()
            {
                return Ok(old.into());
            }
            self.add_region(
                index,
                Region {
                    start: old_end,
                    end: new_end,
                    protection: Protection::READ | Protection::WRITE,
                    backing: Backing::Anonymous,
                    purpose: Purpose::Heap,
                },
            );
        } else if new_end < old_end {
            let removed = self.spaces[index].remove(new_end, old_end);
            self.discard(removed);
        }
        self.spaces[index].break_end = wanted;
        Ok(wanted.into())
    }

    /// Refuses what the reserve could never hold, and what RLIMIT_AS forbids.
    fn check_commitment(&self, pid: Pid, more: usize) -> Result<()> {
        let space = &self.spaces[self.space_of(pid)];
        let size = space.size().saturating_add(more) as u64;
        if size > self.limit(pid, linux::RLIMIT_AS) {
            return Err(Errno::ENOMEM);
        }
        match space.committed().checked_add(more) {
            Some(committed) if committed <= self.most_memory() => Ok(()),
            _ => Err(Errno::ENOMEM),
        }
    }

    /// Bytes that the reserve could ever hold.
    pub(super) fn most_memory(&self) -> usize {
        (self.machine.available() + self.machine.used()).saturating_mul(PAGE_SIZE)
    }

    /// mmap(2).
    pub(super) fn mmap(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [address, length, protection, flags, fd, offset] = arguments;
        let flags = flags as u32;
        let protection = Protection::from_bits(protection as u32 & 0x7).ok_or(Errno::EINVAL)?;
        if length == 0 || !offset.is_multiple_of(PAGE_SIZE) {
            return Err(Errno::EINVAL);
        }
        let length = whole_pages(length)?;
        let shared = match flags & linux::MAP_TYPE {
            linux::MAP_PRIVATE => false,
            linux::MAP_SHARED | linux::MAP_SHARED_VALIDATE => true,
            _ => return Err(Errno::EINVAL),
        };
        let index = self.space_of(pid);
        if self.spaces[index].regions.len() >= MOST_REGIONS {
            return Err(Errno::ENOMEM);
        }
        let anonymous = flags & linux::MAP_ANONYMOUS != 0;
        let reserved = flags & linux::MAP_NORESERVE != 0 || !protection.contains(Protection::WRITE);
        if !shared {
            self.check_commitment(pid, if reserved { 0 } else { length })?;
        }
        let backing = match (anonymous, shared) {
            (true, false) => Backing::Anonymous,
            (true, true) => Backing::Shared {
                object: Rc::new(SharedPages::default()),
                offset: 0,
            },
            (false, _) => self.map_file(pid, fd, offset, protection, shared)?,
        };
        let start = match self.place(index, address, length, flags) {
            Ok(start) => start,
            Err(error) => {
                self.discard_backing(backing);
                return Err(error);
            }
        };
        let region = Region {
            start,
            end: start + length,
            protection,
            backing,
            purpose: Purpose::Mapping,
        };
        self.add_region(index, region);
        if flags & linux::MAP_POPULATE != 0 {
            self.populate(index, start, start + length);
        }
        Ok(start.into())
    }

    /// Where a new mapping goes; with MAP_FIXED what was there is gone afterwards.
    fn place(&mut self, space: usize, address: usize, length: usize, flags: u32) -> Result<usize> {
        if flags & (linux::MAP_FIXED | linux::MAP_FIXED_NOREPLACE) == 0 {
            let hint = address & !(PAGE_SIZE - 1);
            return self.spaces[space]
                .find_room(hint, length)
                .ok_or(Errno::ENOMEM);
        }
        if !address.is_multiple_of(PAGE_SIZE) {
            return Err(Errno::EINVAL);
        }
        let end = address.checked_add(length).ok_or(Errno::ENOMEM)?;
        if address < LOWEST {
            return Err(Errno::EPERM);
        }
        if !Space::is_valid_range(address, end) || self.spaces[space].touches_gate(address, end) {
            return Err(Errno::ENOMEM);
        }
        if flags & linux::MAP_FIXED_NOREPLACE != 0 {
            if self.spaces[space]
                .overlapping(address, end)
                .next()
                .is_some()
            {
                return Err(Errno::EEXIST);
            }
        } else {
            let removed = self.spaces[space].remove(address, end);
            self.discard(removed);
        }
        Ok(address)
    }

    /// Touches pages ahead; what cannot be had now will be tried again when it is used.
    fn populate(&mut self, space: usize, start: usize, end: usize) {
        for address in (start..end).step_by(PAGE_SIZE) {
            let Some(region) = self.spaces[space].region_at(address) else {
                return;
            };
            let write = region.protection.contains(Protection::WRITE);
            let touch = if write { Touch::Write } else { Touch::Read };
            if self.touch(space, address, touch, true).is_err() {
                return;
            }
        }
    }

    /// munmap(2).
    pub(super) fn munmap(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [address, length, ..] = arguments;
        if length == 0 {
            return Err(Errno::EINVAL);
        }
        let (start, end) = range(address, length).map_err(|_| Errno::EINVAL)?;
        let space = self.space_of(pid);
        if self.spaces[space].touches_gate(start, end) {
            return Err(Errno::EINVAL);
        }
        let removed = self.spaces[space].remove(start, end);
        self.discard(removed);
        DONE
    }

    /// mprotect(2).
    pub(super) fn mprotect(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [address, length, protection, ..] = arguments;
        let growth = (linux::PROT_GROWSDOWN | linux::PROT_GROWSUP) as usize;
        let protection =
            Protection::from_bits((protection & !growth) as u32).ok_or(Errno::EINVAL)?;
        let (start, end) = range(address, length)?;
        if start == end {
            return DONE;
        }
        let index = self.space_of(pid);
        let space = &mut self.spaces[index];
        if !space.is_covered(start, end) {
            return Err(Errno::ENOMEM);
        }
        if space.touches_gate(start, end) {
            return Err(Errno::EACCES);
        }
        space.split_at(start);
        space.split_at(end);
        let starts: Vec<usize> = space
            .regions
            .range(start..end)
            .map(|(start, _)| *start)
            .collect();
        for start in starts {
            let space = &mut self.spaces[index];
            let Some(mut region) = space.regions.remove(&start) else {
                continue;
            };
            let (from, to) = (region.start, region.end);
            region.protection = protection;
            space.insert(region);
            // The next touch brings back what the new protection allows.
            self.hide(index, from, to);
        }
        DONE
    }

    /// mremap(2): shrink in place, grow in place, or move.
    pub(super) fn mremap(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [address, old_length, new_length, flags, new_address, _] = arguments;
        let flags = flags as u32;
        if !address.is_multiple_of(PAGE_SIZE) || new_length == 0 {
            return Err(Errno::EINVAL);
        }
        let known = linux::MREMAP_MAYMOVE | linux::MREMAP_FIXED;
        if flags & !known != 0 || flags & known == linux::MREMAP_FIXED {
            return Err(Errno::EINVAL);
        }
        let (old_length, new_length) = (whole_pages(old_length)?, whole_pages(new_length)?);
        let old_end = address.checked_add(old_length).ok_or(Errno::EFAULT)?;
        let index = self.space_of(pid);
        let region = self.spaces[index].region_at(address).ok_or(Errno::EFAULT)?;
        if region.purpose == Purpose::Gate || old_end > region.end || old_length == 0 {
            return Err(Errno::EFAULT);
        }
        let fixed = flags & linux::MREMAP_FIXED != 0;
        if new_length <= old_length && !fixed {
            let removed = self.spaces[index].remove(address + new_length, old_end);
            self.discard(removed);
            return Ok(address.into());
        }
        let mut grown = region.clone();
        grown.start = address;
        grown.end = old_end;
        self.check_commitment(pid, new_length.saturating_sub(old_length))?;
        let new_end = address.checked_add(new_length).ok_or(Errno::ENOMEM)?;
        let space = &mut self.spaces[index];
        if !fixed
            && Space::is_valid_range(address, new_end)
            && space.overlapping(old_end, new_end).next().is_none()
        {
            space.split_at(address);
            space.split_at(old_end);
            if let Some(mut region) = space.regions.remove(&address) {
                region.end = new_end;
                space.insert(region);
            }
            return Ok(address.into());
        }
        if flags & linux::MREMAP_MAYMOVE == 0 {
            return Err(Errno::ENOMEM);
        }
        let place = if fixed { linux::MAP_FIXED } else { 0 };
        if fixed && new_address < old_end && address < new_address.saturating_add(new_length) {
            return Err(Errno::EINVAL);
        }
        let hint = if fixed { new_address } else { 0 };
        let target = self.place(index, hint, new_length, place)?;
        self.move_region(index, address, old_length, target, new_length)?;
        Ok(target.into())
    }

    /// Moves the pages and the meaning of a range to a free place.
    fn move_region(
        &mut self,
        index: usize,
        from: usize,
        old_length: usize,
        to: usize,
        new_length: usize,
    ) -> Result<()> {
        self.hide(index, from, from + old_length);
        let space = &mut self.spaces[index];
        space.split_at(from);
        space.split_at(from + old_length);
        let mut region = space.regions.remove(&from).ok_or(Errno::EFAULT)?;
        let kept = old_length.min(new_length);
        for offset in (0..kept).step_by(PAGE_SIZE) {
            if let Some(page) = space.resident.remove(&((from + offset) / PAGE_SIZE)) {
                space.resident.insert((to + offset) / PAGE_SIZE, page);
            }
        }
        let rest = space.take_pages(from, from + old_length);
        region.start = to;
        region.end = to + new_length;
        space.insert(region);
        self.discard_pages(rest);
        Ok(())
    }

    /// madvise(2): what changes contents is done, the rest is advice.
    pub(super) fn madvise(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [address, length, advice, ..] = arguments;
        let (start, end) = range(address, length).map_err(|_| Errno::EINVAL)?;
        let index = self.space_of(pid);
        let forget = match advice as u32 {
            linux::MADV_DONTNEED | linux::MADV_FREE => true,
            linux::MADV_NORMAL..=linux::MADV_WILLNEED
            | linux::MADV_MERGEABLE..=linux::MADV_DODUMP
            | linux::MADV_COLD
            | linux::MADV_PAGEOUT => false,
            _ => return Err(Errno::EINVAL),
        };
        if start == end {
            return DONE;
        }
        if !self.spaces[index].is_covered(start, end) {
            return Err(Errno::ENOMEM);
        }
        if self.spaces[index].touches_gate(start, end) {
            return Err(Errno::EINVAL);
        }
        if forget {
            let pages = self.spaces[index].take_pages(start, end);
            self.discard_pages(pages);
        }
        DONE
    }

    /// msync(2): stores are seen by the file at once, so there is only the range to be checked.
    pub(super) fn msync(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let (start, end) = range(arguments[0], arguments[1])?;
        let flags = arguments[2] as u32;
        let both = linux::MS_ASYNC | linux::MS_SYNC;
        if flags & !(both | linux::MS_INVALIDATE) != 0 || flags & both == both {
            return Err(Errno::EINVAL);
        }
        match self.space(self.space_of(pid)).is_covered(start, end) {
            true => DONE,
            false => Err(Errno::ENOMEM),
        }
    }

    /// mincore(2).
    pub(super) fn mincore(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let (start, end) = range(arguments[0], arguments[1])?;
        let index = self.space_of(pid);
        if !self.spaces[index].is_covered(start, end) {
            return Err(Errno::ENOMEM);
        }
        // A piece of flags at a time, so that the length of the range costs no heap.
        let (first, last) = (start / PAGE_SIZE, end / PAGE_SIZE);
        for piece in (first..last).step_by(PAGE_SIZE) {
            let flags: Vec<u8> = (piece..last.min(piece + PAGE_SIZE))
                .map(|number| u8::from(self.spaces[index].resident.contains_key(&number)))
                .collect();
            self.write_user(index, arguments[2] + (piece - first), &flags)?;
        }
        DONE
    }

    /// mlock(2), munlock(2): nothing is ever paged out.
    pub(super) fn mlock(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let start = arguments[0] & !(PAGE_SIZE - 1);
        let (start, end) = range(start, arguments[1].saturating_add(arguments[0] - start))?;
        match self.space(self.space_of(pid)).is_covered(start, end) {
            true => DONE,
            false => Err(Errno::ENOMEM),
        }
    }

    /// mlockall(2), munlockall(2): nothing is ever paged out.
    pub(super) fn mlockall(&mut self, _: Pid, _: Arguments) -> Call {
        DONE
    }

    /// The backing for a mapping of a file.
    fn map_file(
        &mut self,
        pid: Pid,
        fd: usize,
        offset: usize,
        protection: Protection,
        shared: bool,
    ) -> Result<Backing> {
        let description = self.description(pid, descriptor(fd)?)?;
        let write = shared && protection.contains(Protection::WRITE);
        let info = self.vfs.description(description);
        let inode = match info.kind {
            DescriptionKind::Regular(inode) => inode,
            DescriptionKind::Path => return Err(Errno::EBADF),
            // What a mapping of /dev/zero is: memory of nobody's.
            DescriptionKind::Device {
                device: Device::ZERO,
                block: false,
            } => {
                return Ok(match shared {
                    true => Backing::Shared {
                        object: Rc::default(),
                        offset: 0,
                    },
                    false => Backing::Anonymous,
                });
            }
            _ => return Err(Errno::ENODEV),
        };
        if !info.readable || write && !info.writable {
            return Err(Errno::EACCES);
        }
        let file = self.mapped_file(description, inode);
        Ok(Backing::File {
            file,
            offset: offset as u64,
            shared,
        })
    }

    /// What a mapping refers to of an open file.
    pub(crate) fn mapped_file(
        &mut self,
        description: DescriptionId,
        inode: InodeId,
    ) -> Rc<MappedFile> {
        let place = self.vfs.description(description).place;
        self.vfs.hold(place);
        self.vfs.hold_mapping(inode);
        Rc::new(MappedFile { inode, place })
    }
}
