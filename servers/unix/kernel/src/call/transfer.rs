// SPDX-License-Identifier: MIT OR Apache-2.0
//! Moving bytes: read, write and their vector and position forms, sendfile, copy_file_range.
use super::{Arguments, Call, Outcome, descriptor};
use crate::World;
use crate::machine::Machine;
use crate::memory::{Touch, UserSlice, WINDOW, Window};
use crate::wait::{Key, Wait};
use crate::world::as_caller;
use alloc::vec::Vec;
use unix_abi::linux::general as linux;
use unix_abi::{Errno, Result};
use unix_process::Pid;
use unix_vfs::{DescriptionId, Position, Transfer};

/// The most that one call moves (Linux's MAX_RW_COUNT).
const MOST: usize = 0x7fff_f000;

/// Which way the bytes go, as the program sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Read,
    Write,
}

impl Direction {
    fn touch(self) -> Touch {
        match self {
            Direction::Read => Touch::Write,
            Direction::Write => Touch::Read,
        }
    }
}

impl<M: Machine> World<M> {
    /// read(2).
    pub(super) fn read(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.transfer_plain(pid, arguments, Direction::Read, Position::Current)
    }

    /// write(2).
    pub(super) fn write(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.transfer_plain(pid, arguments, Direction::Write, Position::Current)
    }

    /// pread(2).
    pub(super) fn pread(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.transfer_plain(pid, arguments, Direction::Read, position(arguments[3])?)
    }

    /// pwrite(2).
    pub(super) fn pwrite(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.transfer_plain(pid, arguments, Direction::Write, position(arguments[3])?)
    }

    /// readv(2).
    pub(super) fn readv(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.transfer_vector(pid, arguments, Direction::Read, Position::Current)
    }

    /// writev(2).
    pub(super) fn writev(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.transfer_vector(pid, arguments, Direction::Write, Position::Current)
    }

    /// preadv(2).
    pub(super) fn preadv(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.transfer_vector(pid, arguments, Direction::Read, position(arguments[3])?)
    }

    /// pwritev(2).
    pub(super) fn pwritev(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.transfer_vector(pid, arguments, Direction::Write, position(arguments[3])?)
    }

    fn transfer_plain(
        &mut self,
        pid: Pid,
        [fd, address, length, ..]: Arguments,
        direction: Direction,
        position: Position,
    ) -> Call {
        let description = self.description(pid, descriptor(fd)?)?;
        let slice = UserSlice::new(address, length.min(MOST))?;
        self.transfer(pid, description, &[slice], direction, position)
    }

    fn transfer_vector(
        &mut self,
        pid: Pid,
        [fd, address, count, ..]: Arguments,
        direction: Direction,
        position: Position,
    ) -> Call {
        let description = self.description(pid, descriptor(fd)?)?;
        let slices = self.read_vector(pid, address, count)?;
        self.transfer(pid, description, &slices, direction, position)
    }

    /// An array of struct iovec, cut to what one call moves.
    pub(super) fn read_vector(
        &mut self,
        pid: Pid,
        address: usize,
        count: usize,
    ) -> Result<Vec<UserSlice>> {
        if count > linux::UIO_MAXIOV as usize {
            return Err(Errno::EINVAL);
        }
        let mut bytes = alloc::vec![0; count * 16];
        self.read_user(self.space_of(pid), address, &mut bytes)?;
        let mut room = MOST;
        let mut slices = Vec::with_capacity(count);
        for item in bytes.chunks_exact(16) {
            let mut fields = crate::layout::Fields::new(item);
            let (base, length) = (fields.u64() as usize, fields.u64() as usize);
            if length > isize::MAX as usize {
                return Err(Errno::EINVAL);
            }
            let length = length.min(room);
            slices.push(UserSlice::new(base, length)?);
            room -= length;
        }
        Ok(slices)
    }

    /// Moves bytes between a description and the program, as far as it goes without waiting.
    fn transfer(
        &mut self,
        pid: Pid,
        description: DescriptionId,
        slices: &[UserSlice],
        direction: Direction,
        position: Position,
    ) -> Call {
        let already = self.progress(pid).moved;
        let mut moved = already;
        let mut skip = already;
        let mut empty = true;
        for slice in slices {
            let passed = skip.min(slice.length);
            skip -= passed;
            let mut rest = UserSlice {
                address: slice.address + passed,
                length: slice.length - passed,
            };
            while rest.length > 0 {
                empty = false;
                let (step, window) =
                    match self.transfer_step(pid, description, rest, direction, position, moved) {
                        Ok(step) => step,
                        Err(_) if moved > 0 => return Ok(moved.into()),
                        Err(error) => return self.transfer_failed(pid, error, direction),
                    };
                match step {
                    Step::Moved(count) => {
                        moved += count;
                        if count < window {
                            return Ok(moved.into());
                        }
                        rest.address += count;
                        rest.length -= count;
                    }
                    Step::Wait(count, wait) => {
                        moved += count;
                        if direction == Direction::Read && moved > 0 {
                            return Ok(moved.into());
                        }
                        self.progress_mut(pid).moved = moved;
                        return Ok(Outcome::Block(wait));
                    }
                }
            }
        }
        if empty && already == 0 {
            // Nothing to move, but a bad descriptor or a directory is an error all the same.
            let nothing = UserSlice {
                address: 0,
                length: 0,
            };
            self.transfer_step(pid, description, nothing, direction, position, 0)?;
        }
        Ok(moved.into())
    }

    fn transfer_failed(&mut self, pid: Pid, error: Errno, direction: Direction) -> Call {
        if direction == Direction::Write {
            match error {
                Errno::EPIPE => self.raise(pid, linux::SIGPIPE),
                Errno::EFBIG => self.raise(pid, linux::SIGXFSZ),
                _ => {}
            }
        }
        Err(error)
    }

    /// One window's worth; also how long the window was.
    fn transfer_step(
        &mut self,
        pid: Pid,
        description: DescriptionId,
        slice: UserSlice,
        direction: Direction,
        position: Position,
        moved: usize,
    ) -> Result<(Step, usize)> {
        let space = self.space_of(pid);
        let position = match position {
            Position::At(offset) => Position::At(offset + moved as u64),
            Position::Current => Position::Current,
        };
        let (mut window, length) = match self.user_window(space, slice, direction.touch()) {
            Ok(window) => {
                let length = window.length();
                (window, length)
            }
            // That the memory is not there only matters if there is something to move.
            Err(Errno::EFAULT) => (Window::nothing(), slice.length.min(WINDOW)),
            Err(error) => return Err(error),
        };
        let transfer = as_caller!(self, pid, |vfs, machine, caller| match direction {
            Direction::Read =>
                vfs.read(machine, caller, description, position, length, &mut window),
            Direction::Write =>
                vfs.write(machine, caller, description, position, length, &mut window),
        })?;
        let step = match transfer {
            Transfer::Done(count) => Step::Moved(count),
            Transfer::Wait { done, on } => Step::Wait(done, Wait::on(Key::File(on))),
            Transfer::Device(device) => {
                let part = UserSlice {
                    address: slice.address,
                    length,
                };
                match direction {
                    Direction::Read => self.device_read(pid, description, device, part, moved)?,
                    Direction::Write => self.device_write(pid, description, device, part)?,
                }
            }
            Transfer::Synthetic(node) => match direction {
                Direction::Read => {
                    let contents = self.synthetic_contents(pid, node)?;
                    self.vfs.set_snapshot(description, contents)?;
                    return self.transfer_step(pid, description, slice, direction, position, 0);
                }
                Direction::Write => {
                    let mut bytes = alloc::vec![0; length];
                    self.read_user(space, slice.address, &mut bytes)?;
                    self.synthetic_write(pid, node, &bytes)?;
                    Step::Moved(length)
                }
            },
            Transfer::External(_) => return Err(Errno::EINVAL),
        };
        Ok((step, length))
    }

    /// sendfile(2).
    pub(super) fn sendfile(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [to, from, offset, count, ..] = arguments;
        let to = self.description(pid, descriptor(to)?)?;
        let from = self.description(pid, descriptor(from)?)?;
        self.copy_between(pid, (from, offset), (to, 0), count.min(MOST))
    }

    /// copy_file_range(2).
    pub(super) fn copy_file_range(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [from, from_offset, to, to_offset, count, flags] = arguments;
        if flags != 0 {
            return Err(Errno::EINVAL);
        }
        let from = self.description(pid, descriptor(from)?)?;
        let to = self.description(pid, descriptor(to)?)?;
        for description in [from, to] {
            match self.vfs.description(description).kind {
                unix_vfs::DescriptionKind::Regular(_) => {}
                unix_vfs::DescriptionKind::Directory => return Err(Errno::EISDIR),
                _ => return Err(Errno::EINVAL),
            }
        }
        self.copy_between(pid, (from, from_offset), (to, to_offset), count.min(MOST))
    }

    /// Copies from one description to another; each with the address of an offset, or 0 for its own.
    fn copy_between(
        &mut self,
        pid: Pid,
        from: (DescriptionId, usize),
        to: (DescriptionId, usize),
        count: usize,
    ) -> Call {
        let space = self.space_of(pid);
        let mut moved = self.progress(pid).moved;
        let mut starts = [Position::Current; 2];
        for (start, address) in starts.iter_mut().zip([from.1, to.1]) {
            if address != 0 {
                let offset = self.read_user_word(space, address)?;
                *start = position(offset as usize)?;
            }
        }
        while moved < count {
            let at = |start| match start {
                Position::At(offset) => Position::At(offset + moved as u64),
                Position::Current => Position::Current,
            };
            let ends = ((from.0, at(starts[0])), (to.0, at(starts[1])));
            let result = as_caller!(self, pid, |vfs, machine, caller| vfs.copy(
                machine,
                caller,
                ends.0,
                ends.1,
                count - moved
            ));
            match result {
                Ok(Transfer::Done(0)) => break,
                Ok(Transfer::Done(step)) => moved += step,
                Ok(Transfer::Wait { done, on }) => {
                    moved += done;
                    if moved > 0 {
                        break;
                    }
                    return Ok(Outcome::Block(Wait::on(Key::File(on))));
                }
                Ok(Transfer::Device(_) | Transfer::Synthetic(_) | Transfer::External(_)) => {
                    match self.copy_through_world(pid, ends.0, ends.1, count - moved) {
                        Ok(0) => break,
                        Ok(step) => moved += step,
                        Err(_) if moved > 0 => break,
                        Err(error) => return Err(error),
                    }
                }
                Err(_) if moved > 0 => break,
                Err(error) => return self.transfer_failed(pid, error, Direction::Write),
            }
        }
        for (start, address) in starts.into_iter().zip([from.1, to.1]) {
            if let Position::At(offset) = start {
                let offset = offset + moved as u64;
                self.write_user(space, address, &offset.to_le_bytes())?;
            }
        }
        Ok(moved.into())
    }

    /// A copy whose one end is a device or made up by the world: through a buffer, a page at most.
    fn copy_through_world(
        &mut self,
        pid: Pid,
        from: (DescriptionId, Position),
        to: (DescriptionId, Position),
        count: usize,
    ) -> Result<usize> {
        let mut buffer = alloc::vec![0; count.min(unix_pages::PAGE_SIZE)];
        let read = self.world_read(pid, from.0, from.1, &mut buffer)?;
        self.world_write(pid, to.0, to.1, &buffer[..read])
    }

    /// Reads from a description into the world's own memory.
    pub(crate) fn world_read(
        &mut self,
        pid: Pid,
        from: DescriptionId,
        at: Position,
        into: &mut [u8],
    ) -> Result<usize> {
        let length = into.len();
        let transfer = as_caller!(self, pid, |vfs, machine, caller| vfs.read(
            machine,
            caller,
            from,
            at,
            length,
            &mut unix_vfs::SliceSink(&mut *into)
        ))?;
        match transfer {
            Transfer::Done(count) => Ok(count),
            Transfer::Synthetic(node) => {
                let contents = self.synthetic_contents(pid, node)?;
                self.vfs.set_snapshot(from, contents)?;
                self.world_read(pid, from, at, into)
            }
            Transfer::Wait { .. } => Err(Errno::EAGAIN),
            Transfer::Device(_) | Transfer::External(_) => Err(Errno::EINVAL),
        }
    }

    /// Writes from the world's own memory to a description.
    fn world_write(
        &mut self,
        pid: Pid,
        to: DescriptionId,
        at: Position,
        from: &[u8],
    ) -> Result<usize> {
        let transfer = as_caller!(self, pid, |vfs, machine, caller| vfs.write(
            machine,
            caller,
            to,
            at,
            from.len(),
            &mut unix_vfs::SliceSource(from)
        ))?;
        match transfer {
            Transfer::Done(count) => Ok(count),
            Transfer::Wait { done, .. } if done > 0 => Ok(done),
            Transfer::Wait { .. } => Err(Errno::EAGAIN),
            Transfer::Device(device) => self.device_write_bytes(pid, device, from),
            Transfer::Synthetic(_) | Transfer::External(_) => Err(Errno::EINVAL),
        }
    }
}

/// How far one step went.
pub(crate) enum Step {
    /// So many bytes; fewer than there were room for ends the call.
    Moved(usize),
    /// So many bytes, and for the rest something has to happen first.
    Wait(usize, Wait),
}

/// An offset argument.
fn position(offset: usize) -> Result<Position> {
    match offset as i64 {
        offset if offset < 0 => Err(Errno::EINVAL),
        offset => Ok(Position::At(offset as u64)),
    }
}
