// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the child is told.
use alloc::vec::Vec;

use croft_manifest::SequenceBuffer;

use super::Builder;
use crate::handover::{Authority, Blob, Environment, EnvironmentError, File, NamedCapability};
use crate::parent::layout::Slots;
use crate::parent::{CreateError, Parent};

impl<P: Parent> Builder<'_, '_, P> {
    /// The environment as it stands in the child's pages.
    pub(super) fn environment(&self, slots: &Slots) -> Result<Vec<u8>, CreateError> {
        let description = self.description;
        let bad = |_| CreateError::Environment(EnvironmentError::Malformed);
        let mut capabilities = SequenceBuffer::new();
        if description.serves {
            let service = NamedCapability {
                name: Environment::SERVICE,
                slot: slots.service,
                authority: Authority::Serve,
            };
            capabilities.push(&service).map_err(bad)?;
        }
        let mut at = slots.given;
        for given in description.capabilities {
            let capability = NamedCapability {
                name: given.name,
                slot: at,
                authority: given.authority,
            };
            capabilities.push(&capability).map_err(bad)?;
            at += given.slots.len() as u64;
        }
        let mut files = SequenceBuffer::new();
        let mut at = slots.files;
        for &(name, file) in description.files {
            let content = Blob {
                first_slot: at,
                length: file.length,
            };
            files.push(&File { name, content }).map_err(bad)?;
            at += file.pages();
        }
        let malformed = || CreateError::Environment(EnvironmentError::Malformed);
        Environment {
            name: description.name,
            log: description.log,
            trace: self.trace_pages(),
            cnode_radix_bits: description.radix,
            free_slots: slots.free,
            priority: description.priority,
            image: Blob {
                first_slot: slots.image,
                length: description.image.length,
            },
            capabilities: capabilities.sequence().ok_or_else(malformed)?,
            files: files.sequence().ok_or_else(malformed)?,
            arguments: description.arguments,
        }
        .encode()
        .map_err(CreateError::Environment)
    }
}
