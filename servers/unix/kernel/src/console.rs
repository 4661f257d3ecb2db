// SPDX-License-Identifier: MIT OR Apache-2.0
//! The world's line to the outside: its terminal, or the pipes that stand in for it when the host's
//! end is no terminal. Also the devices that the world serves itself: terminal and random numbers.
use crate::World;
use crate::call::transfer::Step;
use crate::machine::{Channel, Machine};
use crate::memory::UserSlice;
use crate::wait::{Key, Wait};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use unix_abi::linux::general as linux;
use unix_abi::{Errno, Result};
use unix_pages::PAGE_SIZE;
use unix_process::{Pid, Signal, TerminalAccess, TerminalId};
use unix_tty::{JobCheck, ReadOutcome, ReadRequest, Use, WindowSize};
use unix_vfs::{
    DescriptionId, DescriptionKind, Device, InodeId, Position, SliceSink, SliceSource, Transfer,
};

/// The world's one terminal, as the process table knows it.
pub(crate) const TERMINAL: TerminalId = TerminalId(0);
/// `/dev/tty0`'s number as Linux has it: what the console device stands for.
pub(crate) const FIRST_TERMINAL: Device = Device {
    major: 4,
    minor: 64,
};

/// One end of a pipe that leads to the host.
#[derive(Clone, Copy)]
pub(crate) struct HostPipe {
    end: DescriptionId,
    inode: InodeId,
}

/// What has come from the host and not gone into the world yet, and the pipes to the host.
#[derive(Default)]
pub(crate) struct Typed {
    waiting: VecDeque<u8>,
    ended: bool,
    input: Option<HostPipe>,
    outputs: Vec<(HostPipe, Channel)>,
}

/// How much is taken from the console at once.
const PIECE: usize = 512;

impl<M: Machine> World<M> {
    /// The console has something for the world.
    pub fn on_console(&mut self) {
        self.enter_for_nobody();
        self.pump_input();
        self.settle();
    }

    /// Moves what was typed into the terminal or the input pipe, as far as there is room.
    fn pump_input(&mut self) {
        loop {
            if self.typed.waiting.is_empty() {
                let mut buffer = [0; PIECE];
                let input = self.machine.console_read(&mut buffer);
                self.typed.waiting.extend(&buffer[..input.length]);
                self.typed.ended |= input.end;
                if let Some((rows, columns)) = input.window {
                    let window = WindowSize {
                        rows,
                        columns,
                        ..WindowSize::default()
                    };
                    self.resize_terminal(window);
                }
                if input.length == 0 {
                    break;
                }
            }
            let taken = self.feed();
            self.typed.waiting.drain(..taken);
            if taken == 0 {
                return;
            }
        }
        if self.typed.ended {
            match self.typed.input.take() {
                Some(pipe) => self.vfs.release(&mut self.machine, pipe.end),
                None if self.settings.terminals[0] => {
                    self.typed.ended = false;
                    self.terminal.hang_up();
                    self.processes.terminal_hung_up(TERMINAL);
                    self.waits.wake(Key::Terminal);
                }
                None => {}
            }
        }
    }

    /// Feeds what is waiting; how many bytes were taken.
    fn feed(&mut self) -> usize {
        let bytes: Vec<u8> = self.typed.waiting.iter().copied().take(PIECE).collect();
        if let Some(pipe) = self.typed.input {
            return match self.pipe_write(pipe, &bytes) {
                Ok(count) => count,
                // Nobody reads it: what comes is of no use to anybody.
                Err(_) => bytes.len(),
            };
        }
        if !self.settings.terminals[0] {
            return bytes.len();
        }
        let now = self.machine.now();
        let input = self.terminal.input(&bytes, now);
        let signals = input.signals;
        for (asked, signal) in [
            (signals.interrupt, Signal::INT),
            (signals.quit, Signal::QUIT),
            (signals.suspend, Signal::TSTP),
        ] {
            if asked {
                self.processes.signal_foreground(TERMINAL, signal);
            }
        }
        self.waits.wake(Key::Terminal);
        input.taken
    }

    /// A new size of the window.
    pub(crate) fn resize_terminal(&mut self, window: WindowSize) {
        if self.terminal.set_window_size(window) {
            self.processes.signal_foreground(TERMINAL, Signal::WINCH);
        }
    }

    /// Sends what the terminal has to send.
    pub(crate) fn flush_terminal(&mut self) {
        if self.terminal.output_queued() > 0 {
            self.write_terminal();
        }
    }

    /// Apart, so that a trap that writes nothing does not clear the buffer.
    #[cold]
    fn write_terminal(&mut self) {
        let mut buffer = [0; PIECE];
        while self.terminal.output_queued() > 0 {
            let length = self.terminal.take_output(&mut buffer);
            if length == 0 {
                break;
            }
            self.machine
                .console_write(Channel::Output, &buffer[..length]);
            if self.terminal.readiness().writable {
                self.waits.wake(Key::Terminal);
            }
        }
    }

    /// Sends what is in the pipe behind `inode`, if that is one to the host; in all of them without.
    pub(crate) fn drain_outputs(&mut self, inode: Option<InodeId>) {
        for index in 0..self.typed.outputs.len() {
            let (pipe, channel) = self.typed.outputs[index];
            if inode.is_none_or(|inode| inode == pipe.inode) {
                self.drain(pipe, channel);
            }
        }
    }

    /// Moves what is in a pipe to the host.
    fn drain(&mut self, pipe: HostPipe, channel: Channel) {
        let mut buffer = [0; PIECE];
        while let Ok(length @ 1..) = self.pipe_read(pipe, &mut buffer) {
            self.machine.console_write(channel, &buffer[..length]);
        }
    }

    fn host_caller<R>(
        &mut self,
        run: impl FnOnce(&mut unix_vfs::Vfs, &mut M, &unix_vfs::Caller<'_>) -> R,
    ) -> R {
        let now = self.timestamp();
        let place = self.vfs.root();
        let directories = self.vfs.new_directories(place, place, 0o22);
        let caller = unix_vfs::Caller {
            credentials: unix_vfs::Credentials::ROOT,
            directories: &directories,
            now,
            file_size_limit: u64::MAX,
            synthetic: &unix_vfs::NoSynthetic,
        };
        let result = run(&mut self.vfs, &mut self.machine, &caller);
        self.vfs.release_directories(&mut self.machine, directories);
        result
    }

    fn pipe_write(&mut self, pipe: HostPipe, bytes: &[u8]) -> Result<usize> {
        let transfer = self.host_caller(|vfs, machine, caller| {
            let source = &mut SliceSource(bytes);
            vfs.write(
                machine,
                caller,
                pipe.end,
                Position::Current,
                bytes.len(),
                source,
            )
        });
        match transfer {
            Ok(Transfer::Done(count)) => Ok(count),
            Err(Errno::EAGAIN) => Ok(0),
            Ok(_) => Ok(0),
            Err(error) => Err(error),
        }
    }

    fn pipe_read(&mut self, pipe: HostPipe, into: &mut [u8]) -> Result<usize> {
        if self.vfs.readable_bytes(pipe.end)? == 0 {
            return Ok(0);
        }
        let transfer = self.host_caller(|vfs, machine, caller| {
            let length = into.len();
            vfs.read(
                machine,
                caller,
                pipe.end,
                Position::Current,
                length,
                &mut SliceSink(into),
            )
        });
        match transfer? {
            Transfer::Done(count) => Ok(count),
            _ => Ok(0),
        }
    }

    /// Makes a pipe to or from the host; the program's end is returned.
    pub(crate) fn host_pipe(&mut self, channel: Option<Channel>) -> Result<DescriptionId> {
        let (read, write) = self.host_caller(|vfs, _, caller| vfs.pipe(caller, 0))?;
        let (program, own) = if channel.is_some() {
            (write, read)
        } else {
            (read, write)
        };
        self.host_caller(|vfs, _, caller| vfs.set_flags(caller, own, linux::O_NONBLOCK))?;
        let DescriptionKind::Pipe(inode) = self.vfs.description(own).kind else {
            return Err(Errno::EINVAL);
        };
        let pipe = HostPipe { end: own, inode };
        match channel {
            Some(channel) => self.typed.outputs.push((pipe, channel)),
            None => self.typed.input = Some(pipe),
        }
        Ok(program)
    }

    /// Is this the pipe into which the host's input goes?
    pub(crate) fn is_input_pipe(&self, inode: InodeId) -> bool {
        self.typed.input.is_some_and(|pipe| pipe.inode == inode)
    }

    /// The input pipe has room again.
    pub(crate) fn input_has_room(&mut self) {
        self.pump_input();
    }

    /// Opening a device: the terminal becomes the controlling one where Linux says so.
    pub(crate) fn open_device(
        &mut self,
        pid: Pid,
        description: DescriptionId,
        flags: u32,
    ) -> Result<DescriptionId> {
        let info = self.vfs.description(description);
        let DescriptionKind::Device { device, block } = info.kind else {
            return Ok(description);
        };
        let known = !block
            && (crate::call::terminal::is_terminal(device)
                || matches!(
                    device,
                    Device::NULL | Device::ZERO | Device::FULL | Device::RANDOM | Device::URANDOM
                ));
        let has_terminal = self
            .processes
            .process(pid)
            .is_some_and(|process| process.terminal().is_some());
        if !known || device == Device::TTY && !has_terminal {
            self.vfs.release(&mut self.machine, description);
            return Err(Errno::ENXIO);
        }
        if crate::call::terminal::is_terminal(device)
            && device != Device::TTY
            && flags & linux::O_NOCTTY == 0
            && info.readable
        {
            self.processes.terminal_opened(pid, TERMINAL);
        }
        Ok(description)
    }

    /// May the process use the terminal now? `Some` is what the call waits for (its own stop).
    fn terminal_check(&mut self, pid: Pid, usage: Use) -> Result<Option<Wait>> {
        let signal = match self.terminal.check_for(usage) {
            JobCheck::Free => return Ok(None),
            JobCheck::Ttin => Signal::TTIN,
            JobCheck::Ttou => Signal::TTOU,
        };
        match self
            .processes
            .terminal_access(pid.main_thread(), TERMINAL, signal)
        {
            TerminalAccess::Allowed => Ok(None),
            TerminalAccess::Signalled => Ok(Some(Wait::on(Key::Terminal))),
            TerminalAccess::Refused => Err(Errno::EIO),
        }
    }

    /// read(2) of a device that the file system does not serve.
    pub(crate) fn device_read(
        &mut self,
        pid: Pid,
        description: DescriptionId,
        device: Device,
        into: UserSlice,
        moved: usize,
    ) -> Result<Step> {
        if matches!(device, Device::RANDOM | Device::URANDOM) {
            return self.fill_random(pid, into).map(Step::Moved);
        }
        if !crate::call::terminal::is_terminal(device) {
            return Err(Errno::EINVAL);
        }
        if moved > 0 || into.length == 0 {
            return Ok(Step::Moved(0));
        }
        if let Some(wait) = self.terminal_check(pid, Use::Read)? {
            return Ok(Step::Wait(0, wait));
        }
        let now = self.machine.now();
        let since = *self.progress_mut(pid).since.get_or_insert(now);
        let non_blocking = self.vfs.description(description).flags & linux::O_NONBLOCK != 0;
        let request = ReadRequest {
            now_ns: now,
            since_ns: since,
            at_once: non_blocking,
        };
        let mut buffer = alloc::vec![0; into.length.min(PAGE_SIZE)];
        let outcome = self.terminal.read(&mut buffer, &request);
        // What was typed ahead may have room now.
        if !self.typed.waiting.is_empty() {
            self.pump_input();
        }
        match outcome {
            ReadOutcome::Bytes(length) => {
                let space = self.space_of(pid);
                self.write_user(space, into.address, &buffer[..length])?;
                Ok(Step::Moved(length))
            }
            ReadOutcome::EndOfFile => Ok(Step::Moved(0)),
            ReadOutcome::WouldBlock { .. } if non_blocking => Err(Errno::EAGAIN),
            ReadOutcome::WouldBlock { deadline_ns } => {
                Ok(Step::Wait(0, Wait::on(Key::Terminal).until(deadline_ns)))
            }
        }
    }

    /// write(2) of a device that the file system does not serve.
    pub(crate) fn device_write(
        &mut self,
        pid: Pid,
        description: DescriptionId,
        device: Device,
        from: UserSlice,
    ) -> Result<Step> {
        let mut bytes = alloc::vec![0; from.length];
        let space = self.space_of(pid);
        self.read_user(space, from.address, &mut bytes)?;
        if crate::call::terminal::is_terminal(device)
            && let Some(wait) = self.terminal_check(pid, Use::Write)?
        {
            return Ok(Step::Wait(0, wait));
        }
        let count = self.device_write_bytes(pid, device, &bytes)?;
        if count == bytes.len() {
            return Ok(Step::Moved(count));
        }
        let non_blocking = self.vfs.description(description).flags & linux::O_NONBLOCK != 0;
        match (non_blocking, count) {
            (true, 0) => Err(Errno::EAGAIN),
            (true, count) => Ok(Step::Moved(count)),
            (false, count) => Ok(Step::Wait(count, Wait::on(Key::Terminal))),
        }
    }

    /// Gives bytes to a device; how many it took.
    pub(crate) fn device_write_bytes(
        &mut self,
        _: Pid,
        device: Device,
        bytes: &[u8],
    ) -> Result<usize> {
        match device {
            // What is written to it only stirs the pool, which the machine fills by itself.
            Device::RANDOM | Device::URANDOM => Ok(bytes.len()),
            device if crate::call::terminal::is_terminal(device) => {
                let mut done = 0;
                while done < bytes.len() {
                    let count = self.terminal.write(&bytes[done..])?;
                    self.flush_terminal();
                    if count == 0 {
                        break;
                    }
                    done += count;
                }
                Ok(done)
            }
            _ => Err(Errno::EINVAL),
        }
    }

    /// Random bytes into a program; how many.
    pub(crate) fn fill_random(&mut self, pid: Pid, into: UserSlice) -> Result<usize> {
        let space = self.space_of(pid);
        let mut done = 0;
        let mut buffer = [0; 256];
        while done < into.length {
            let length = (into.length - done).min(buffer.len());
            self.machine.random(&mut buffer[..length]);
            match self.write_user(space, into.address + done, &buffer[..length]) {
                Ok(()) => done += length,
                Err(error) if done == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(done)
    }

    /// Poll bits of a device that the file system does not serve.
    pub(crate) fn device_readiness(&mut self, device: Device, keys: &mut Vec<Key>) -> u32 {
        let both = linux::POLLIN | linux::POLLRDNORM | linux::POLLOUT | linux::POLLWRNORM;
        if !crate::call::terminal::is_terminal(device) {
            return both;
        }
        keys.push(Key::Terminal);
        let ready = self.terminal.readiness();
        let mut bits = 0;
        if ready.readable {
            bits |= linux::POLLIN | linux::POLLRDNORM;
        }
        if ready.writable {
            bits |= linux::POLLOUT | linux::POLLWRNORM;
        }
        if ready.hung_up {
            bits |= linux::POLLHUP;
        }
        bits
    }
}
