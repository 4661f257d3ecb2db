// SPDX-License-Identifier: MIT OR Apache-2.0
//! From messages to the service and back.
use croft_container::{
    Block, ContainerError, ContainerInterface, DeriveProcess, Entry, Identity, LIST_LENGTH, Limits,
    Object, Reply, Request, method,
};
use croft_container_tree::{Amount, ContainerId, Grant, Rights};
use croft_ipc::{
    Answer, Call, Handler, HandlerResult, ReceivedCapability, WORDS, WordsAnswer, WordsResult,
};

use crate::error::container_error;
use crate::service::Service;

/// The words of an answer; `None`: it comes later.
type Words = Result<Option<[u64; WORDS]>, ContainerError>;

impl Handler for Service {
    type Interface = ContainerInterface;

    fn handle<'s>(
        &'s mut self,
        request: Request,
        call: &Call,
    ) -> HandlerResult<'s, ContainerInterface> {
        let grant = self.granted(call.badge).ok_or(ContainerError::Gone)?;
        Ok(Answer::Reply(match request {
            Request::Info => Reply::Entries([self.entry(grant.container)?].into_iter().collect()),
            Request::List { after } => Reply::Entries(self.list(grant.container, after)?),
            Request::SetName { name } => {
                self.set_name(&grant, name)?;
                Reply::Done
            }
            Request::SetLimit { limit } => {
                self.set_limit(&grant, limit)?;
                Reply::Done
            }
            Request::Identify => Reply::Identity(self.identify(&grant, call.capability)),
        }))
    }

    fn handle_words(
        &mut self,
        method: u8,
        words: &[u64],
        call: &Call,
    ) -> WordsResult<ContainerInterface> {
        let mut all = [0; WORDS];
        all[..words.len()].copy_from_slice(words);
        let result = self.words(method, all, call.badge)?;
        Some(result.map(|answer| match answer {
            Some(words) => WordsAnswer::Reply(words, WORDS),
            None => WordsAnswer::Deferred,
        }))
    }
}

impl Service {
    /// The calls that travel in message registers. `None`: there is no such method.
    pub fn words(&mut self, method: u8, words: [u64; WORDS], badge: u64) -> Option<Words> {
        let known = (method::ALLOCATE..=method::NULL).contains(&method);
        known.then(|| match self.granted(badge) {
            Some(grant) => self.granted_words(method, words, &grant, badge),
            None => Err(ContainerError::Gone),
        })
    }

    fn granted_words(
        &mut self,
        method: u8,
        words: [u64; WORDS],
        grant: &Grant,
        badge: u64,
    ) -> Words {
        let [a, b, c, d] = words;
        let mut answer = [0; WORDS];
        match method {
            method::ALLOCATE => {
                let object = Object::from_code(a as u16).ok_or(ContainerError::BadObject)?;
                let count = u16::try_from(a >> 16).map_err(|_| ContainerError::BadObject)?;
                answer[0] = self.allocate(grant, object, count, b)?.0;
            }
            method::DEALLOCATE => self.deallocate(grant, Block(a))?,
            method::DERIVE => {
                self.derive(grant, &limits(a, b, c)?, d)?;
            }
            method::CONVERT => {
                if a >> 9 != 0 {
                    return Err(ContainerError::BadObject);
                }
                answer[0] = self.convert(grant, a as u8, a >> 8 == 1, b)?.0;
            }
            method::DERIVE_PROCESS => {
                if b >> 49 != 0 {
                    return Err(ContainerError::BadObject);
                }
                let what = DeriveProcess {
                    limits: limits(a, b & u64::from(u32::MAX), d)?,
                    radix: (b >> 32) as u8,
                    untyped_bits: (b >> 40) as u8,
                    client: b >> 48 == 1,
                };
                let new = self.derive_process(grant, &what, c)?;
                answer[0] = new.process.0;
                answer[1] = new.untyped.map_or(0, |block| block.0);
            }
            method::DESTROY => {
                if !self.destroy(grant, badge)? {
                    return Ok(None);
                }
            }
            method::USAGE => {
                let info = self.info(grant.container)?;
                answer = [
                    info.used.bytes,
                    info.used.slots.into(),
                    info.left.bytes,
                    info.left.slots.into(),
                ];
            }
            method::REDUCE => self.reduce(grant, rights(a)?, b)?,
            method::SHARE => self.share(grant, Block(a), b, rights(c)?)?,
            _ => {}
        }
        Ok(Some(answer))
    }

    fn info(&self, id: ContainerId) -> Result<croft_container_tree::Info, ContainerError> {
        let info = self.tree().info(id);
        info.map_err(|error| container_error(self.tree(), error))
    }

    fn entry(&self, id: ContainerId) -> Result<Entry, ContainerError> {
        let info = self.info(id)?;
        Ok(Entry {
            number: id.number(),
            name: info.name,
            depth: info.depth,
            limit: info.limit,
            guaranteed: info.guaranteed,
            used: info.used,
            own: info.own,
            left: info.left,
            children: info.children,
            processes: info.processes,
        })
    }

    fn list(
        &self,
        top: ContainerId,
        after: Option<u16>,
    ) -> Result<heapless::Vec<Entry, LIST_LENGTH>, ContainerError> {
        let mut next = match after.map(ContainerId::from_number) {
            None => Some(top),
            Some(id) if self.info(id).is_ok() && self.tree().is_within(id, top) => {
                self.tree().next_in_walk(top, id)
            }
            Some(_) => return Err(ContainerError::NoSuchContainer),
        };
        let mut entries = heapless::Vec::new();
        while let Some(id) = next
            && !entries.is_full()
        {
            // There is room: it was asked for just now.
            let _ = entries.push(self.entry(id)?);
            next = self.tree().next_in_walk(top, id);
        }
        Ok(entries)
    }

    fn identify(&self, grant: &Grant, capability: ReceivedCapability) -> Option<Identity> {
        let ReceivedCapability::Own { badge } = capability else {
            return None;
        };
        let other = self.granted(badge)?;
        Some(Identity {
            rights: other.rights,
            same: other.container == grant.container,
            within: self.tree().is_within(other.container, grant.container),
        })
    }
}

fn limits(bytes: u64, slots: u64, guaranteed: u64) -> Result<Limits, ContainerError> {
    let slots = u32::try_from(slots).map_err(|_| ContainerError::BadLimit)?;
    Ok(Limits {
        limit: Amount { bytes, slots },
        guaranteed,
    })
}

fn rights(code: u64) -> Result<Rights, ContainerError> {
    Rights::from_code(code).ok_or(ContainerError::BadObject)
}
