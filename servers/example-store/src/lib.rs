// SPDX-License-Identifier: MIT OR Apache-2.0
//! Example server: values by key. They travel in a page that the client shares for a session, and a client can wait
//! until there is a newer value without the server waiting with it.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
extern crate alloc;

mod server;
#[cfg(test)]
mod tests;

pub use server::Service;

use croft_ipc::{
    Caller, Deferrable, MapError, NoSlot, ReceivedCapability, SharedError, data, interface,
};

/// Values by key. A client is known by the badge of its capability.
#[interface(number = 130, version = 1)]
pub trait Store {
    /// Begins a session: values travel in `page`, which the client shares and pays for. A session that the client had
    /// before ends.
    fn open(&mut self, caller: Caller, page: ReceivedCapability) -> Result<(), StoreError>;
    /// Stores the first `length` bytes of the page; the value's version, which counts from 1.
    fn put(&mut self, caller: Caller, #[max(64)] key: &str, length: u16)
    -> Result<u64, StoreError>;
    /// Copies the value to the start of the page; its version and length.
    fn get(&mut self, caller: Caller, #[max(64)] key: &str) -> Result<(u64, u16), StoreError>;
    /// Answers when the value has a newer version than `version`, with that version. 0 is older than any.
    fn wait(
        &mut self,
        caller: Caller,
        #[max(64)] key: &str,
        version: u64,
    ) -> Result<Deferrable<u64>, StoreError>;
}

/// Why the store refuses.
#[data]
#[derive(Copy)]
pub enum StoreError {
    /// Begin a session first.
    NoSession,
    /// What came with the request is not a page.
    NoPage,
    /// The page is shorter than that, or was taken back.
    BadPage,
    /// There is no value of that key.
    NoSuchKey,
    /// There are as many sessions, values or waiting clients as there can be.
    Full,
}

impl From<MapError> for StoreError {
    fn from(error: MapError) -> Self {
        match error {
            MapError::NoPage => Self::NoPage,
            MapError::NoMemory => Self::Full,
        }
    }
}

impl From<SharedError> for StoreError {
    fn from(_: SharedError) -> Self {
        Self::BadPage
    }
}

impl From<NoSlot> for StoreError {
    fn from(_: NoSlot) -> Self {
        Self::Full
    }
}
