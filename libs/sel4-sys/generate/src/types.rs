// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the C types of invocation parameters are passed in a message.

use std::collections::BTreeMap;
use std::fs;

use sel4_config_data::Installation;

use crate::bitfields::Bitfields;
use crate::interface::Interface;
use crate::{Error, read};

/// How a value of one type is passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passing {
    /// As an extra capability.
    Capability,
    /// As this many bits of a word.
    Bits(u32),
    /// As a one-word bit field.
    Bitfield,
    /// As this structure, a word a member.
    Struct(Vec<String>),
}

/// What is known of the types.
pub struct Types {
    passing: BTreeMap<String, Passing>,
}

/// Simple types with the bits that they take in a message; libsel4's headers define their C side.
const SIMPLE: [(&str, u32); 9] = [
    ("seL4_Bool", 1),
    ("char", 8),
    ("seL4_Uint8", 8),
    ("seL4_Uint16", 16),
    ("seL4_Uint32", 32),
    ("int", 32),
    ("seL4_Uint64", 64),
    ("seL4_Word", 64),
    ("seL4_Time", 64),
];

impl Types {
    /// Collects the types that an interface can use.
    pub fn read(
        installation: &Installation,
        interface: &Interface,
        bitfields: &Bitfields,
    ) -> Result<Self, Error> {
        let mut passing: BTreeMap<String, Passing> = SIMPLE
            .iter()
            .map(|(name, bits)| ((*name).to_owned(), Passing::Bits(*bits)))
            .collect();
        let mut insert = |name: &str, how: Passing| passing.insert(name.to_owned(), how);
        insert("seL4_CPtr", Passing::Capability);
        for object in &interface.objects {
            insert(object, Passing::Capability);
        }
        for header in headers(installation)? {
            for name in between(&header, "typedef seL4_CPtr", ";") {
                insert(&name, Passing::Capability);
            }
            // Enumerations that are padded to the size of a long.
            for name in between(&header, "SEL4_FORCE_LONG_ENUM(", ")") {
                insert(&name, Passing::Bits(64));
            }
        }
        for structure in &interface.structs {
            insert(&structure.name, Passing::Struct(structure.members.clone()));
        }
        let blocks = bitfields.blocks.iter().filter(|block| block.bits == 64);
        let unions = bitfields.unions.iter().map(|union| &union.name);
        for name in blocks.map(|block| &block.name).chain(unions) {
            insert(&format!("{name}_t"), Passing::Bitfield);
        }
        Ok(Self { passing })
    }

    /// How a value of C type `name` is passed.
    pub fn passing(&self, name: &str) -> Option<&Passing> {
        self.passing.get(name)
    }
}

/// The text of every header below the include folders' `sel4`.
fn headers(installation: &Installation) -> Result<Vec<String>, Error> {
    let mut texts = Vec::new();
    let mut pending: Vec<_> = installation
        .include_dirs()
        .iter()
        .map(|dir| dir.join("sel4"))
        .filter(|dir| dir.is_dir())
        .collect();
    while let Some(dir) = pending.pop() {
        let entries = fs::read_dir(&dir).map_err(|source| Error::Io {
            path: dir.clone(),
            source,
        })?;
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "h") {
                texts.push(read(&path)?);
            }
        }
    }
    Ok(texts)
}

/// The identifiers that stand between `start` and `end` in `text`.
fn between(text: &str, start: &str, end: &str) -> Vec<String> {
    text.split(start)
        .skip(1)
        .filter_map(|rest| rest.split(end).next())
        .map(|name| name.trim().to_owned())
        .filter(|name| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        })
        .collect()
}
