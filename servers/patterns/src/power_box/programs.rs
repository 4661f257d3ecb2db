// SPDX-License-Identifier: MIT OR Apache-2.0
//! What programs and their parents ask of the power box.

use super::line::plain;
use super::service::{File, Object, PowerBox, Question, Terminal};
use super::{
    Access, Ask, AskError, AskInterface, DOCUMENT_MAX, Document, DocumentError, DocumentInterface,
    Introductions, IntroductionsInterface, TRANSFER_MAX,
};
use crate::Name;
use croft_ipc::{
    Bytes, Caller, Capabilities, CapabilityAddress, Deferrable, Dispatch, Incoming,
    OBJECT_BADGE_BIT, Outgoing, ProtocolError, Server, refuse,
};

impl<C: Capabilities, T: Terminal> PowerBox<C, T> {
    fn grant(&mut self, badge: u64) -> Result<(&mut File, Access), DocumentError> {
        // That it is a grant was found out before.
        match self.objects.get_mut(badge) {
            Some(Object::Grant { file, access, .. }) => self
                .files
                .get_mut(*file)
                .map(|file| (file, *access))
                .ok_or(DocumentError::OutOfRange),
            _ => Err(DocumentError::OutOfRange),
        }
    }
}

impl<C: Capabilities, T: Terminal> Introductions for PowerBox<C, T> {
    fn introduce(&mut self, name: Name) -> Result<CapabilityAddress, AskError> {
        let name = crate::name(&plain(&name));
        let program = Object::Program { name, chosen: None };
        let badge = self.objects.insert(program);
        let badge = badge.map_err(|_| AskError::TooMany)?;
        self.capabilities.mint(badge).map_err(|_| {
            self.objects.remove(badge);
            AskError::TooMany
        })
    }
}

impl<C: Capabilities, T: Terminal> Ask for PowerBox<C, T> {
    fn ask(
        &mut self,
        caller: Caller,
        access: Access,
        purpose: &str,
    ) -> Result<Deferrable<Access>, AskError> {
        // What was typed so far is no answer to this.
        self.typed();
        if self.ended {
            return Err(AskError::Refused);
        }
        let of_it = |question: &Question| question.program == caller.badge;
        if self.questions.iter().any(of_it) {
            return Err(AskError::Waiting);
        }
        let asks = self.capabilities.save_caller(caller);
        self.questions.push_back(Question {
            program: caller.badge,
            access,
            purpose: plain(purpose),
            asks: asks.map_err(|_| AskError::TooMany)?,
        });
        if self.questions.len() == 1 {
            self.show();
        }
        Ok(Deferrable::Later)
    }

    fn take(&mut self, caller: Caller) -> Result<CapabilityAddress, AskError> {
        let Some(Object::Program { chosen, .. }) = self.objects.get_mut(caller.badge) else {
            return Err(AskError::Nothing);
        };
        let badge = chosen.take().ok_or(AskError::Nothing)?;
        self.capabilities.mint(badge).map_err(|_| {
            self.objects.remove(badge);
            AskError::TooMany
        })
    }
}

impl<C: Capabilities, T: Terminal> Document for PowerBox<C, T> {
    fn length(&mut self, caller: Caller) -> Result<u32, DocumentError> {
        let (file, _) = self.grant(caller.badge)?;
        Ok(file.content.len() as u32)
    }

    fn read(
        &mut self,
        caller: Caller,
        at: u32,
        at_most: u16,
    ) -> Result<Bytes<'_, TRANSFER_MAX>, DocumentError> {
        let (file, _) = self.grant(caller.badge)?;
        let rest = file.content.get(at as usize..).unwrap_or_default();
        let length = rest.len().min(at_most.into()).min(TRANSFER_MAX);
        Bytes::new(&rest[..length]).map_err(|_| DocumentError::OutOfRange)
    }

    fn write(&mut self, caller: Caller, at: u32, bytes: &[u8]) -> Result<(), DocumentError> {
        let (file, access) = self.grant(caller.badge)?;
        if access == Access::Read {
            return Err(DocumentError::ReadOnly);
        }
        let (at, content) = (at as usize, &mut file.content);
        let end = at + bytes.len();
        if at > content.len() || end > DOCUMENT_MAX {
            return Err(DocumentError::OutOfRange);
        }
        if content.len() < end {
            content.resize(end, 0);
        }
        content[at..end].copy_from_slice(bytes);
        Ok(())
    }
}

impl<C: Capabilities, T: Terminal> Server for PowerBox<C, T> {
    fn message(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        let badge = incoming.call.badge;
        match self.objects.get_mut(badge) {
            Some(Object::Program { .. }) => AskInterface::dispatch(self, incoming, buffer),
            Some(Object::Grant { .. }) => DocumentInterface::dispatch(self, incoming, buffer),
            None if badge & OBJECT_BADGE_BIT == 0 => {
                IntroductionsInterface::dispatch(self, incoming, buffer)
            }
            None => Some(refuse(incoming, ProtocolError::NoSuchObject, buffer)),
        }
    }

    fn event(&mut self, _: u64) {
        self.typed();
    }
}
