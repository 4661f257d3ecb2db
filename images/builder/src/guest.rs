// SPDX-License-Identifier: MIT OR Apache-2.0
//! A running machine: the QEMU process and both directions of its serial line.
mod events;

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use croft_console_frame::{end_of_input, input, inspect, trace_request, window_size};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use crate::{Error, Result};

pub use events::Event;
use events::{Events, printable_lines};

/// What is kept of QEMU's own messages, in bytes.
const ERRORS_KEPT: usize = 8192;

/// More input than this is not taken from its source before the guest has taken some, in bytes.
pub const INPUT_LIMIT: usize = 1 << 16;

/// A machine that runs. It ends when this is dropped.
#[derive(Debug)]
pub struct Guest {
    child: Child,
    /// Gone when QEMU does not take input any more.
    to_guest: Option<ChildStdin>,
    from_guest: ChildStdout,
    errors: ChildStderr,
    /// Input that QEMU had no room for yet, or that comes before the console is ready.
    waiting: VecDeque<u8>,
    events: Events,
    /// The end of what QEMU itself printed.
    said: Vec<u8>,
    closed: bool,
}

impl Guest {
    /// Starts QEMU.
    ///
    /// # Errors
    /// [`Error::System`] if it cannot be started.
    pub fn start(mut command: Command) -> Result<Self> {
        let failed = || Error::system("QEMU cannot be started");
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Signals that a terminal sends to its foreground are for the runner to act on.
        command.process_group(0);
        let mut child = command.spawn().map_err(failed())?;
        let missing = || io::Error::other("no pipe");
        let to_guest = child.stdin.take().ok_or_else(missing).map_err(failed())?;
        let from_guest = child.stdout.take().ok_or_else(missing).map_err(failed())?;
        let errors = child.stderr.take().ok_or_else(missing).map_err(failed())?;
        // QEMU takes what the guest's serial port has room for. Waiting for that would keep
        // the guest's output from being read, and a guest that waits with its output would never take input.
        for pipe in [to_guest.as_fd(), from_guest.as_fd(), errors.as_fd()] {
            nonblocking(pipe).map_err(failed())?;
        }
        Ok(Guest {
            child,
            to_guest: Some(to_guest),
            from_guest,
            errors,
            waiting: VecDeque::new(),
            events: Events::default(),
            said: Vec::new(),
            closed: false,
        })
    }

    /// Sends input, as soon as there is room for it.
    pub fn send(&mut self, bytes: &[u8]) {
        self.waiting.extend(input(bytes));
    }

    /// Tells that there is no more input.
    pub fn end_input(&mut self) {
        self.waiting.extend(end_of_input());
    }

    /// Tells the size of the terminal.
    pub fn resize(&mut self, rows: u16, columns: u16) {
        self.waiting.extend(window_size(rows, columns));
    }

    /// Asks for the states of all containers; they come as [`Event::Containers`].
    pub fn inspect(&mut self) {
        self.waiting.extend(inspect());
    }

    /// Asks for the traces.
    pub fn request_traces(&mut self) {
        self.waiting.extend(trace_request());
    }

    /// Bytes that wait to be taken.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Waits until the guest says something, one of `others` can be read, or `deadline` is reached, and
    /// gives the input on. Returns what the guest said, and which of `others` are ready.
    ///
    /// # Errors
    /// [`Error::System`] if the system refuses to wait or to read.
    pub fn step<'fd>(
        &mut self,
        others: &[BorrowedFd<'fd>],
        deadline: Option<Instant>,
    ) -> Result<(Vec<Event>, Vec<bool>)> {
        self.write()?;
        let mut fds: Vec<PollFd<'_>> = others
            .iter()
            .map(|fd| PollFd::new(fd, PollFlags::IN))
            .collect();
        fds.push(PollFd::new(&self.errors, PollFlags::IN));
        // A closed pipe is always ready and would be asked again and again.
        if !self.closed {
            fds.push(PollFd::new(&self.from_guest, PollFlags::IN));
        }
        if let (Some(to_guest), true) = (&self.to_guest, self.has_to_send()) {
            fds.push(PollFd::new(to_guest, PollFlags::OUT));
        }
        let timeout = deadline.map(|deadline| {
            let left = deadline.saturating_duration_since(Instant::now());
            // A moment more than the rest, so that a deadline is over after it.
            let left = left + Duration::from_millis(1);
            Timespec {
                tv_sec: left.as_secs() as i64,
                tv_nsec: left.subsec_nanos().into(),
            }
        });
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(Error::system("waiting for the guest")(error.into())),
        }
        let ready: Vec<bool> = fds
            .iter()
            .take(others.len())
            .map(|fd| !fd.revents().is_empty())
            .collect();
        drop(fds);
        self.write()?;
        self.read_errors()?;
        Ok((self.read()?, ready))
    }

    /// Whether there is input, and the guest's serial port would not lose it.
    fn has_to_send(&self) -> bool {
        self.events.ready && !self.waiting.is_empty()
    }

    /// Gives QEMU what it has room for.
    fn write(&mut self) -> Result<()> {
        while self.has_to_send() {
            let Some(pipe) = &mut self.to_guest else {
                break;
            };
            let (first, _) = self.waiting.as_slices();
            match pipe.write(first) {
                Ok(count) => drop(self.waiting.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // QEMU is gone; what it said last is still to be read.
                Err(_) => self.to_guest = None,
            }
        }
        Ok(())
    }

    /// Reads and decodes what the guest sent.
    fn read(&mut self) -> Result<Vec<Event>> {
        let mut events = Vec::new();
        let mut buffer = [0; 1 << 14];
        while !self.closed {
            match self.from_guest.read(&mut buffer) {
                Ok(0) => {
                    self.closed = true;
                    self.events.end(&mut events);
                    events.push(Event::Closed);
                }
                Ok(count) => {
                    for byte in buffer.iter().take(count) {
                        self.events.take(*byte, &mut events);
                    }
                    // One bufferful at a time, so that input and deadlines are seen as well.
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::system("reading from QEMU")(error)),
            }
        }
        Ok(events)
    }

    /// Reads what QEMU itself has to say.
    fn read_errors(&mut self) -> Result<()> {
        let mut buffer = [0; 1024];
        loop {
            match self.errors.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => {
                    self.said.extend(buffer.iter().take(count));
                    let excess = self.said.len().saturating_sub(ERRORS_KEPT);
                    self.said.drain(..excess);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::system("reading QEMU's messages")(error)),
            }
        }
    }

    /// Ends the machine at once.
    pub fn kill(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// After [`Event::Closed`]: the error that says how QEMU ended and what it said.
    #[must_use]
    pub fn died(&mut self) -> Error {
        let status = match self.child.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        // What is left in the pipe; what cannot be read is not there.
        let _ = self.read_errors();
        let said = printable_lines(&self.said);
        let errors = if said.is_empty() {
            String::new()
        } else {
            format!(":\n{said}")
        };
        Error::MachineDied { status, errors }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.kill();
    }
}

fn nonblocking(fd: BorrowedFd<'_>) -> io::Result<()> {
    fcntl_setfl(fd, fcntl_getfl(fd)? | OFlags::NONBLOCK)?;
    Ok(())
}
