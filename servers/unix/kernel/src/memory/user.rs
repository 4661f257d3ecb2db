// SPDX-License-Identifier: MIT OR Apache-2.0
//! A program's bytes, as the world reads and writes them.
//!
//! A pointer out of a program is an allegation. It becomes a [`UserSlice`] once, which says that the
//! range neither wraps nor leaves the program's part of the address space; whether something is there
//! is found out page by page, and what is not there is EFAULT, never a fault of the world's own.
use super::{Fault, HIGHEST, Touch};
use crate::World;
use crate::machine::Machine;
use alloc::vec::Vec;
use unix_abi::{Errno, Result};
use unix_pages::{PAGE_SIZE, PageId};

/// A range of a program's addresses that does not wrap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UserSlice {
    /// First address.
    pub address: usize,
    /// Bytes.
    pub length: usize,
}

impl UserSlice {
    /// EFAULT when the range wraps or leaves the program's addresses.
    pub fn new(address: usize, length: usize) -> Result<Self> {
        match address.checked_add(length) {
            Some(end) if end <= HIGHEST || length == 0 => Ok(UserSlice { address, length }),
            _ => Err(Errno::EFAULT),
        }
    }

    /// The pieces of the range that lie in one page each: (address, length).
    fn pieces(self) -> impl Iterator<Item = (usize, usize)> {
        let end = self.address + self.length;
        let mut at = self.address;
        core::iter::from_fn(move || {
            (at < end).then(|| {
                let stop = (at / PAGE_SIZE + 1).saturating_mul(PAGE_SIZE).min(end);
                let piece = (at, stop - at);
                at = stop;
                piece
            })
        })
    }
}

impl<M: Machine> World<M> {
    /// The page behind one address of a program, ready to be read or written by the world.
    pub(crate) fn user_page(
        &mut self,
        space: usize,
        address: usize,
        touch: Touch,
    ) -> Result<PageId> {
        if let Some(resident) = self.spaces[space].resident.get(&(address / PAGE_SIZE))
            && resident.mapping.is_some()
            && (touch == Touch::Read || resident.access.write)
        {
            return Ok(resident.page);
        }
        self.touch(space, address, touch, false)
            .map_err(|fault| match fault {
                Fault::OutOfMemory => Errno::ENOMEM,
                _ => Errno::EFAULT,
            })
    }

    /// Copies out of a program until the end or the first address that is not there; how many bytes
    /// came. An error only if not even the first did.
    pub(crate) fn read_user_part(
        &mut self,
        space: usize,
        from: UserSlice,
        into: &mut [u8],
    ) -> Result<usize> {
        let mut done = 0;
        for (address, length) in from.pieces() {
            let page = match self.user_page(space, address, Touch::Read) {
                Ok(page) => page,
                Err(error) if done == 0 => return Err(error),
                Err(_) => break,
            };
            let offset = address % PAGE_SIZE;
            into[done..done + length]
                .copy_from_slice(&self.machine.bytes(page)[offset..offset + length]);
            done += length;
        }
        Ok(done)
    }

    /// Copies into a program until the end or the first address that is not there; see
    /// [`World::read_user_part`].
    pub(crate) fn write_user_part(
        &mut self,
        space: usize,
        into: UserSlice,
        from: &[u8],
    ) -> Result<usize> {
        let mut done = 0;
        for (address, length) in into.pieces() {
            let page = match self.user_page(space, address, Touch::Write) {
                Ok(page) => page,
                Err(error) if done == 0 => return Err(error),
                Err(_) => break,
            };
            let offset = address % PAGE_SIZE;
            self.machine.bytes_mut(page)[offset..offset + length]
                .copy_from_slice(&from[done..done + length]);
            done += length;
        }
        Ok(done)
    }

    /// Copies all of `into` out of a program, or EFAULT.
    pub(crate) fn read_user(
        &mut self,
        space: usize,
        address: usize,
        into: &mut [u8],
    ) -> Result<()> {
        let from = UserSlice::new(address, into.len())?;
        match self.read_user_part(space, from, into)? {
            length if length == into.len() => Ok(()),
            _ => Err(Errno::EFAULT),
        }
    }

    /// Copies all of `from` into a program, or EFAULT.
    pub(crate) fn write_user(&mut self, space: usize, address: usize, from: &[u8]) -> Result<()> {
        let into = UserSlice::new(address, from.len())?;
        match self.write_user_part(space, into, from)? {
            length if length == from.len() => Ok(()),
            _ => Err(Errno::EFAULT),
        }
    }

    /// A 64-bit word of a program's.
    pub(crate) fn read_user_word(&mut self, space: usize, address: usize) -> Result<u64> {
        let mut bytes = [0; 8];
        self.read_user(space, address, &mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// A 32-bit word of a program's.
    pub(crate) fn read_user_u32(&mut self, space: usize, address: usize) -> Result<u32> {
        let mut bytes = [0; 4];
        self.read_user(space, address, &mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// The bytes up to a NUL, at most `limit` of them; `too_long` if there is no NUL by then.
    pub(crate) fn read_user_string(
        &mut self,
        space: usize,
        address: usize,
        limit: usize,
        too_long: Errno,
    ) -> Result<Vec<u8>> {
        let mut string = Vec::new();
        let mut at = address;
        loop {
            if at >= HIGHEST {
                return Err(Errno::EFAULT);
            }
            let page = self.user_page(space, at, Touch::Read)?;
            let rest = &self.machine.bytes(page)[at % PAGE_SIZE..];
            let rest = &rest[..rest.len().min(limit + 1 - string.len())];
            match rest.iter().position(|byte| *byte == 0) {
                Some(end) => {
                    string.extend_from_slice(&rest[..end]);
                    return Ok(string);
                }
                None => {
                    string.extend_from_slice(rest);
                    if string.len() > limit {
                        return Err(too_long);
                    }
                    at = (at / PAGE_SIZE + 1) * PAGE_SIZE;
                }
            }
        }
    }

    /// A path of a program's: at most PATH_MAX (4096) bytes with the NUL.
    pub(crate) fn read_path(&mut self, space: usize, address: usize) -> Result<Vec<u8>> {
        self.read_user_string(space, address, 4095, Errno::ENAMETOOLONG)
    }
}
