// SPDX-License-Identifier: MIT OR Apache-2.0
//! Image descriptions: `images/NAME.toml`.
//!
//! What a key means stands at the fields below; they have the same names in the file. An unknown key, an
//! unknown server, a cycle of services and the like are errors that name file and key.
mod choices;
pub(crate) mod names;
mod order;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use croft_manifest::LogLevel;
use serde::Deserialize;

use crate::size::{Share, Size};
use crate::{Arch, Error, Result};

/// What is in an image.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Description {
    /// What it is for, in a line.
    pub description: String,
    /// The servers; in the file as `[[server]]`. They are started in this order, except that a server
    /// starts after those whose services it has.
    #[serde(rename = "server")]
    pub servers: Vec<Server>,
}

/// One server of an image.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Server {
    /// Its name in the image; unique.
    pub name: String,
    /// The cargo package with its program.
    pub package: String,
    /// Which program of the package, if it has several; else the one that has the package's name, or the first.
    pub program: Option<String>,
    /// How much memory its container may take: `"512K"`, `"25%"` of what there is, or `"rest"`.
    pub reserve: Share,
    /// seL4 priority of its thread and its container, the highest of what it makes: 0 … 253.
    pub priority: u8,
    /// How many capability slots its container may use; if not given, what fits the reserve.
    pub slots: Option<u32>,
    /// How often it is created anew after it failed; 0 is never.
    #[serde(default)]
    pub restarts: u32,
    /// Which of its log lines it sends and the runner shows: `"off"`, `"error"`, `"warn"`, `"info"`, `"debug"` or `"trace"`.
    /// If not given, it sends those up to info, or debug with `--verbose`, and the runner shows warnings and errors, or
    /// all with `--verbose`.
    pub log: Option<LogLevel>,
    /// How much of its memory keeps its newest messages, for `images/run --trace`: `"64K"`; 170 fit into 4K. If not given,
    /// none, or 32K with `--trace`.
    pub trace: Option<Size>,
    /// The services of other servers that it may call: name of the capability = name of the server.
    #[serde(default)]
    pub services: BTreeMap<String, String>,
    /// The devices that it drives, by architecture: name of the capability = what it is.
    #[serde(default)]
    pub devices: Devices,
    /// The name of a capability by which it sees the state of all containers, and nothing else; if not given, it has none.
    pub look: Option<String>,
    /// Files that it gets read-only: name = path, relative to the description.
    #[serde(default)]
    pub files: BTreeMap<String, PathBuf>,
    /// Whether it makes processes of its own: it gets the startup program as the file `startup`.
    #[serde(default)]
    pub parent: bool,
    /// Programs that it gets as files, to make processes of: name = `"package"` or `"package/program"`. It is a parent then.
    #[serde(default)]
    pub programs: BTreeMap<String, String>,
    /// Its arguments as text; not for a world, whose arguments the builder makes.
    pub arguments: Option<String>,
    /// Makes it a Unix world, with a file tree and a first process.
    pub world: Option<World>,
    /// Makes it a registry: the builder tells it the `names` of those who have its service.
    #[serde(default)]
    pub registry: bool,
    /// The names that it sees in the registry among its services; nothing else exists for it there.
    #[serde(default)]
    pub names: Names,
}

pub use choices::LogChoice;
pub(crate) use choices::trace_pages;

impl Server {
    /// Package and program in one word: `package` or `package/program`.
    #[must_use]
    pub fn component(&self) -> String {
        match &self.program {
            Some(program) => format!("{}/{program}", self.package),
            None => self.package.clone(),
        }
    }
}

/// Names in a registry.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// Those that it may look up: what the server calls it = the registry's own name, which some server publishes.
    #[serde(default)]
    pub sees: BTreeMap<String, String>,
    /// Those that it may also publish under, in the same form.
    #[serde(default)]
    pub publishes: BTreeMap<String, String>,
}

/// Devices by architecture.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Devices {
    /// On a PC.
    #[serde(default)]
    pub x86_64: BTreeMap<String, Device>,
    /// On QEMU's `virt`.
    #[serde(default)]
    pub aarch64: BTreeMap<String, Device>,
}

impl Devices {
    /// Those of one architecture.
    #[must_use]
    pub fn of(&self, arch: Arch) -> &BTreeMap<String, Device> {
        match arch {
            Arch::X86_64 => &self.x86_64,
            Arch::Aarch64 => &self.aarch64,
        }
    }
}

/// A piece of a device.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Device {
    /// Its registers in memory: `{ frames = { physical = 0x09000000, pages = 1 } }`.
    Frames(Frames),
    /// x86 I/O ports from the first to the last: `{ ports = [0x3f8, 0x3ff] }`.
    Ports(u16, u16),
    /// A GIC interrupt by number: `{ gic = 33 }`.
    Gic(u32),
    /// A pin of an IOAPIC: `{ ioapic = { pin = 4, vector = 4, trigger = "edge", polarity = "high" } }`.
    Ioapic(IoApic),
}

/// Device registers.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frames {
    /// Physical address of the first page; a multiple of 4096.
    pub physical: u64,
    /// Number of pages.
    pub pages: u32,
}

/// A pin of an IOAPIC.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IoApic {
    /// Which IOAPIC.
    #[serde(default)]
    pub controller: u32,
    /// Which pin of it.
    pub pin: u32,
    /// The user vector that it raises, from 0.
    pub vector: u32,
    /// `"edge"` or `"level"`.
    pub trigger: Trigger,
    /// `"high"` or `"low"`.
    pub polarity: Polarity,
}

/// How a line signals.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trigger {
    /// By a change.
    Edge,
    /// By a level.
    Level,
}

/// Which level is the active one.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Polarity {
    /// High.
    High,
    /// Low.
    Low,
}

/// A Unix world. The first one of an image runs what the command line says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct World {
    /// What its first process runs if nothing else is wanted.
    pub command: Vec<String>,
    /// What `uname -n` says.
    pub hostname: String,
    /// The first process' working directory.
    pub directory: String,
    /// Its environment.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Files and folders for its tree: path in the guest = path, relative to the description.
    #[serde(default)]
    pub add: BTreeMap<String, PathBuf>,
}

impl Description {
    /// Reads a description and puts its servers into start order.
    ///
    /// # Errors
    /// [`Error::Description`] with what is wrong and where, [`Error::File`] if it cannot be read.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(Error::file(path))?;
        let mut description = Self::parse(&text).map_err(|text| Error::Description {
            path: path.to_owned(),
            text,
        })?;
        // Paths in a description are relative to it.
        let folder = path.parent().unwrap_or(Path::new("."));
        for server in &mut description.servers {
            let worlds = server
                .world
                .iter_mut()
                .flat_map(|world| world.add.values_mut());
            for file in server.files.values_mut().chain(worlds) {
                *file = folder.join(&*file);
            }
        }
        Ok(description)
    }

    /// Reads a description's text.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        let mut description: Description =
            toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        order::check(&description)?;
        names::check(&description)?;
        description.servers = order::start_order(std::mem::take(&mut description.servers))?;
        Ok(description)
    }
}
