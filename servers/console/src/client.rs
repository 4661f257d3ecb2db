// SPDX-License-Identifier: MIT OR Apache-2.0
//! The console's client.

use crate::{Channel, Console, Error, READ_MAX, Reply, Request, WRITE_MAX, WindowSize};
use croft_ipc::{CallError, CapabilityAddress, Client, ProtocolError, Transport};

/// Asks a console server over `T`.
#[derive(Clone, Copy)]
pub struct ConsoleClient<T>(Client<Console, T>);

/// What a read gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// Bytes at the start of the buffer.
    pub length: usize,
    /// More bytes wait.
    pub more: bool,
    /// After these bytes the input is at its end, for good.
    pub end: bool,
}

type Result<T> = core::result::Result<T, CallError<Error>>;

impl<T: Transport> ConsoleClient<T> {
    /// Nothing is sent yet.
    pub const fn new(transport: T) -> Self {
        Self(Client::new(transport))
    }

    /// Writes all bytes, in as many messages as they need.
    ///
    /// # Errors
    /// See [`CallError`]. Bytes before may have been written.
    pub fn write(&self, channel: Channel, bytes: &[u8]) -> Result<()> {
        bytes
            .chunks(WRITE_MAX)
            .try_for_each(|bytes| self.simple(&Request::Write { channel, bytes }))
    }

    /// Takes what input there is, up to the buffer's length or [`READ_MAX`].
    ///
    /// # Errors
    /// [`Error::NotReader`]; see [`CallError`].
    pub fn read(&self, buffer: &mut [u8]) -> Result<Input> {
        let at_most = buffer.len().min(READ_MAX) as u16;
        self.0
            .call(&Request::Read { at_most }, |reply| match reply {
                Reply::Input { bytes, more, end } => {
                    let place = buffer
                        .get_mut(..bytes.len())
                        .ok_or(ProtocolError::ForeignAnswer)?;
                    place.copy_from_slice(bytes);
                    Ok(Input {
                        length: bytes.len(),
                        more,
                        end,
                    })
                }
                _ => Err(ProtocolError::ForeignAnswer.into()),
            })?
    }

    /// Registers the notification (a badged capability with the right to write) and becomes the reader.
    ///
    /// # Errors
    /// [`Error::NotReader`] if another client reads the input; see [`CallError`].
    pub fn subscribe(&self, notification: CapabilityAddress) -> Result<()> {
        self.0
            .call_with_capability(&Request::Subscribe, Some(notification), None, |reply, _| {
                done(reply)
            })?
    }

    /// The terminal's size, if the host has told one.
    ///
    /// # Errors
    /// See [`CallError`].
    pub fn window_size(&self) -> Result<Option<WindowSize>> {
        self.0.call(&Request::WindowSize, |reply| match reply {
            Reply::WindowSize(size) => Ok(size),
            _ => Err(ProtocolError::ForeignAnswer.into()),
        })?
    }

    /// The run is over.
    ///
    /// # Errors
    /// See [`CallError`].
    pub fn finish(&self, status: u8) -> Result<()> {
        self.simple(&Request::Finish { status })
    }

    fn simple(&self, request: &Request<'_>) -> Result<()> {
        self.0.call(request, done)?
    }
}

fn done(reply: Reply<'_>) -> Result<()> {
    match reply {
        Reply::Done => Ok(()),
        _ => Err(ProtocolError::ForeignAnswer.into()),
    }
}
