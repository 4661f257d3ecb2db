// SPDX-License-Identifier: MIT OR Apache-2.0
//! The server.

use crate::{Store, StoreError, StoreWait};
use alloc::{collections::BTreeMap, string::String, vec, vec::Vec};
use croft_ipc::*;

/// The most values, and the most clients that wait.
pub const MOST: usize = 32;

/// All values and sessions.
pub struct Service<C: Capabilities> {
    capabilities: C,
    /// Version and value by key.
    values: BTreeMap<String, (u64, Vec<u8>)>,
    /// The page of each client, by its badge.
    pages: BTreeMap<u64, C::Shared>,
    /// Who waits for a newer version of a key.
    waiting: Vec<(String, u64, SavedCaller)>,
}

impl<C: Capabilities> Service<C> {
    /// Nothing yet.
    pub fn new(capabilities: C) -> Self {
        let (values, pages, waiting) = Default::default();
        Self {
            capabilities,
            values,
            pages,
            waiting,
        }
    }
}

impl<C: Capabilities> Store for Service<C> {
    fn open(&mut self, caller: Caller, _: ReceivedCapability) -> Result<(), StoreError> {
        let page = self.capabilities.map()?;
        self.pages.insert(caller.badge, page);
        Ok(())
    }

    fn put(&mut self, caller: Caller, key: &str, length: u16) -> Result<u64, StoreError> {
        let page = self.pages.get(&caller.badge).ok_or(StoreError::NoSession)?;
        let version = self.values.get(key).map_or(0, |value| value.0) + 1;
        if version == 1 && self.values.len() == MOST {
            return Err(StoreError::Full);
        }
        let mut value = vec![0; length.into()];
        page.read(0, &mut value)?;
        self.values.insert(key.into(), (version, value));
        for (_, _, client) in self.waiting.extract_if(.., |w| w.0 == key && w.1 < version) {
            self.capabilities.answer::<StoreWait>(client, Ok(version));
        }
        Ok(version)
    }

    fn get(&mut self, caller: Caller, key: &str) -> Result<(u64, u16), StoreError> {
        let page = self.pages.get(&caller.badge).ok_or(StoreError::NoSession)?;
        let (version, value) = self.values.get(key).ok_or(StoreError::NoSuchKey)?;
        page.write(0, value)?;
        Ok((*version, value.len() as u16))
    }

    fn wait(&mut self, caller: Caller, key: &str, old: u64) -> Result<Deferrable<u64>, StoreError> {
        match self.values.get(key) {
            Some((version, _)) if *version > old => return Ok(Deferrable::Now(*version)),
            _ if self.waiting.len() == MOST => return Err(StoreError::Full),
            _ => {}
        }
        let client = self.capabilities.save_caller(caller)?;
        self.waiting.push((key.into(), old, client));
        Ok(Deferrable::Later)
    }
}
