// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was generated for one kernel.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sel4_config_data::Installation;
use sel4_sys_generate::{Bitfields, Interface, Syscall, read_interfaces, read_syscalls};
use syn::{Fields, Item, Type};

/// The generated sources, and what they were generated from.
pub struct Generated {
    pub installation: Installation,
    pub interface: Interface,
    pub syscalls: Vec<Syscall>,
    pub bitfields: Bitfields,
    /// Every constant that bindgen found, also those that only some headers declare.
    pub constants: Vec<String>,
    /// Every structure by its C name, with its members.
    pub structs: BTreeMap<String, Vec<String>>,
    pub dir: tempfile::TempDir,
}

impl Generated {
    pub fn new(prefix: &Path) -> Self {
        let installation = Installation::from_prefix(prefix).unwrap();
        let dir = tempfile::tempdir().unwrap();
        sel4_sys_generate::generate(&installation, dir.path()).unwrap();
        let bindings = std::fs::read_to_string(dir.path().join("bindings.rs")).unwrap();
        let bindings = syn::parse_file(&bindings).unwrap();
        let mut constants = Vec::new();
        let mut structs = BTreeMap::new();
        let mut aliases = Vec::new();
        for item in bindings.items {
            match item {
                Item::Const(constant) => constants.push(constant.ident.to_string()),
                Item::Struct(structure) => {
                    if let Fields::Named(fields) = structure.fields {
                        let names = fields.named.iter().flat_map(|field| &field.ident);
                        let names: Vec<String> = names.map(ToString::to_string).collect();
                        structs.insert(structure.ident.to_string(), names);
                    }
                }
                Item::Type(alias) => aliases.push((alias.ident.to_string(), *alias.ty)),
                _ => {}
            }
        }
        // C names a structure by its typedef.
        let mut named = BTreeMap::new();
        for (alias, target) in aliases {
            if let Type::Path(path) = target
                && let Some(name) = path.path.get_ident()
                && let Some(members) = structs.get(&name.to_string())
            {
                named.insert(alias, members.clone());
            }
        }
        let is_typedef = |name: &str| {
            [
                "seL4_BootInfo",
                "seL4_BootInfoHeader",
                "seL4_SlotRegion",
                "seL4_UntypedDesc",
            ]
            .contains(&name)
        };
        structs.retain(|name, _| is_typedef(name));
        named.extend(structs);
        Self {
            interface: read_interfaces(&installation).unwrap(),
            syscalls: read_syscalls(&installation).unwrap(),
            bitfields: Bitfields::read(&installation).unwrap(),
            installation,
            constants,
            structs: named,
            dir,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}
