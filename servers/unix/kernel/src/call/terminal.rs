// SPDX-License-Identifier: MIT OR Apache-2.0
//! ioctl: terminals, and the few requests that every descriptor knows.
use super::{Arguments, Call, DONE, descriptor};
use crate::World;
use crate::console::TERMINAL;
use crate::machine::Machine;
use crate::wait::{Key, Wait};
use unix_abi::Errno;
use unix_abi::linux::{general as linux, ioctl as request};
use unix_process::{Pid, Signal, TerminalAccess};
use unix_tty::{FlowAction, JobCheck, Queue, SetWhen, Termios, Use, WindowSize};
use unix_vfs::{DescriptionId, DescriptionKind, Device};

impl<M: Machine> World<M> {
    /// ioctl(2).
    pub(super) fn ioctl(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [fd, what, argument, ..] = arguments;
        let fd = descriptor(fd)?;
        let description = self.description(pid, fd)?;
        let what = what as u32;
        let info = self.vfs.description(description);
        if info.kind == DescriptionKind::Path {
            return Err(Errno::EBADF);
        }
        match what {
            request::FIOCLEX | request::FIONCLEX => {
                self.task_mut(pid)
                    .files
                    .set_close_on_exec(fd, what == request::FIOCLEX)?;
                return DONE;
            }
            request::FIONBIO => {
                let on = self.read_user_u32(self.space_of(pid), argument)? != 0;
                let bit = linux::O_NONBLOCK;
                let flags = if on {
                    info.flags | bit
                } else {
                    info.flags & !bit
                };
                crate::world::as_caller!(self, pid, |vfs, _machine, caller| vfs.set_flags(
                    caller,
                    description,
                    flags
                ))?;
                return DONE;
            }
            _ => {}
        }
        match info.kind {
            DescriptionKind::Device { device, .. } if is_terminal(device) => {
                self.terminal_ioctl(pid, description, what, argument)
            }
            DescriptionKind::Regular(_) | DescriptionKind::Pipe(_) if what == request::FIONREAD => {
                let count = self.vfs.readable_bytes(description)?.min(i32::MAX as u64) as u32;
                self.write_user(self.space_of(pid), argument, &count.to_le_bytes())?;
                DONE
            }
            _ => Err(Errno::ENOTTY),
        }
    }

    fn terminal_ioctl(
        &mut self,
        pid: Pid,
        description: DescriptionId,
        what: u32,
        argument: usize,
    ) -> Call {
        let space = self.space_of(pid);
        if self.terminal.check_for(Use::Ioctl(what)) == JobCheck::Ttou {
            match self
                .processes
                .terminal_access(pid.main_thread(), TERMINAL, Signal::TTOU)
            {
                TerminalAccess::Allowed => {}
                TerminalAccess::Signalled => {
                    return Ok(super::Outcome::Block(Wait::on(Key::Terminal)));
                }
                TerminalAccess::Refused if what == request::TIOCSPGRP => return Err(Errno::ENOTTY),
                TerminalAccess::Refused => return Err(Errno::EIO),
            }
        }
        match what {
            request::TCGETS => {
                let bytes = self.terminal.termios().to_bytes();
                self.write_user(space, argument, &bytes[..Termios::SIZE])?;
            }
            request::TCGETS2 => {
                let bytes = self.terminal.termios().to_bytes();
                self.write_user(space, argument, &bytes)?;
            }
            request::TCSETS | request::TCSETSW | request::TCSETSF => {
                let mut bytes = [0; Termios::SIZE];
                self.read_user(space, argument, &mut bytes)?;
                let new = self.terminal.termios().with_bytes(&bytes);
                self.set_termios(&new, what - request::TCSETS);
            }
            request::TCSETS2 | request::TCSETSW2 | request::TCSETSF2 => {
                let mut bytes = [0; Termios::SIZE2];
                self.read_user(space, argument, &mut bytes)?;
                self.set_termios(&Termios::from_bytes2(&bytes), what - request::TCSETS2);
            }
            request::TIOCGWINSZ => {
                let bytes = self.terminal.window_size().to_bytes();
                self.write_user(space, argument, &bytes)?;
            }
            request::TIOCSWINSZ => {
                let mut bytes = [0; WindowSize::SIZE];
                self.read_user(space, argument, &mut bytes)?;
                self.resize_terminal(WindowSize::from_bytes(&bytes));
            }
            request::FIONREAD => {
                let count = self.terminal.input_available() as u32;
                self.write_user(space, argument, &count.to_le_bytes())?;
            }
            request::TIOCOUTQ => {
                let count = self.terminal.output_queued() as u32;
                self.write_user(space, argument, &count.to_le_bytes())?;
            }
            request::TCFLSH => self.terminal.flush(match argument as u32 {
                linux::TCIFLUSH => Queue::Input,
                linux::TCOFLUSH => Queue::Output,
                linux::TCIOFLUSH => Queue::Both,
                _ => return Err(Errno::EINVAL),
            }),
            request::TCXONC => self.terminal.flow(match argument as u32 {
                linux::TCOOFF => FlowAction::StopOutput,
                linux::TCOON => FlowAction::StartOutput,
                linux::TCIOFF => FlowAction::SendStop,
                linux::TCION => FlowAction::SendStart,
                _ => return Err(Errno::EINVAL),
            }),
            // Output is sent as it is written: there is nothing to wait for, and a break has no
            // meaning on this line.
            request::TCSBRK | request::TCSBRKP => {}
            _ => return self.session_ioctl(pid, description, what, argument),
        }
        DONE
    }

    fn set_termios(&mut self, new: &Termios, when: u32) {
        self.flush_terminal();
        let when = [SetWhen::Now, SetWhen::Drained, SetWhen::DrainedFlushed][when as usize % 3];
        self.terminal.set_termios(new, when);
        // What was typed may be readable now, or complete.
        self.waits.wake(Key::Terminal);
    }

    /// Whose terminal it is.
    fn session_ioctl(
        &mut self,
        pid: Pid,
        description: DescriptionId,
        what: u32,
        argument: usize,
    ) -> Call {
        let space = self.space_of(pid);
        match what {
            request::TIOCGPGRP => {
                let group = self.processes.foreground(pid, TERMINAL)?;
                self.write_user(space, argument, &group.to_le_bytes())?;
            }
            request::TIOCSPGRP => {
                let group = self.read_user_u32(space, argument)? as i32;
                self.processes.set_foreground(pid, TERMINAL, group)?;
            }
            request::TIOCGSID => {
                let session = self.processes.terminal_session(pid, TERMINAL)?;
                self.write_user(space, argument, &session.0.to_le_bytes())?;
            }
            request::TIOCSCTTY => {
                let readable = self.vfs.description(description).readable;
                self.processes
                    .take_terminal(pid, TERMINAL, argument == 1, readable)?;
            }
            request::TIOCNOTTY => self.processes.give_up_terminal(pid, TERMINAL)?,
            _ => return Err(Errno::ENOTTY),
        }
        DONE
    }
}

/// The devices behind which the world's one terminal stands.
pub(crate) fn is_terminal(device: Device) -> bool {
    matches!(device, Device::TTY | Device::CONSOLE) || device == crate::console::FIRST_TERMINAL
}
