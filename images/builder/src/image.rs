// SPDX-License-Identifier: MIT OR Apache-2.0
//! From components to what QEMU boots: the payload behind the root task, and on aarch64 the loader around it.
mod manifest;
mod payload;

#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use croft_manifest::{Reserve, Stream, WindowSize};
use tempfile::TempDir;

use crate::elf::Program;
use crate::tree::Tree;
use crate::{Arch, Components, Description, Error, Result, Symbols};

pub use payload::payload;

/// What one run of an image is to do, beside what its description says.
#[derive(Clone, Debug)]
pub struct Run {
    /// What the first world runs; if empty, its own command.
    pub command: Vec<String>,
    /// Additions to its environment, each `NAME=value`.
    pub environment: Vec<String>,
    /// Its standard streams.
    pub streams: [Stream; 3],
    /// The size of its terminal.
    pub window: WindowSize,
    /// Its reserve, in the place of the description's.
    pub reserve: Option<Reserve>,
    /// Whether root task and servers report what they do.
    pub verbose: bool,
    /// What its random numbers begin with.
    pub seed: [u8; 32],
}

impl Default for Run {
    /// The description's command on plain streams, deterministic.
    fn default() -> Self {
        Run {
            command: Vec::new(),
            environment: Vec::new(),
            streams: [Stream::Pipe; 3],
            window: WindowSize {
                rows: 24,
                columns: 80,
            },
            reserve: None,
            verbose: false,
            seed: [0; 32],
        }
    }
}

/// Files that QEMU boots. Removed when it is dropped, unless it was written elsewhere.
#[derive(Debug)]
pub struct Image {
    /// For which machine.
    pub arch: Arch,
    /// What `-kernel` gets.
    pub kernel: PathBuf,
    /// What `-initrd` gets, on x86_64.
    pub root_task: Option<PathBuf>,
    /// Its programs with symbols.
    pub symbols: Symbols,
    /// Whether servers note their messages.
    pub traced: bool,
    /// Memory that it takes to boot, in bytes, without what programs need then.
    pub needed: u64,
    /// Keeps the files.
    folder: Option<TempDir>,
}

impl Image {
    /// Puts an image together in a folder of its own below `scratch`.
    ///
    /// # Errors
    /// If a component is not what it must be, or files cannot be read or written.
    pub fn assemble(
        scratch: &Path,
        components: &Components,
        description: &Description,
        tree: &Tree,
        run: &Run,
    ) -> Result<Self> {
        fs::create_dir_all(scratch).map_err(Error::file(scratch))?;
        remove_leftovers(scratch)?;
        let folder = tempfile::Builder::new()
            .prefix(&format!("run-{}-", process::id()))
            .tempdir_in(scratch)
            .map_err(Error::file(scratch))?;
        let mut image = Self::assemble_in(folder.path(), components, description, tree, run)?;
        image.folder = Some(folder);
        Ok(image)
    }

    /// Puts an image together in `folder`, where it stays.
    ///
    /// # Errors
    /// As [`Image::assemble`].
    pub fn assemble_in(
        folder: &Path,
        components: &Components,
        description: &Description,
        tree: &Tree,
        run: &Run,
    ) -> Result<Self> {
        let arch = components.arch;
        let mut root = read_program("the root task", &components.root_task, arch)?;
        root.append(payload(components, description, tree, run)?);
        let root = root.write()?;
        let needed = memory_needed(arch, root.len() as u64);
        let put = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            fs::write(&path, bytes)
                .map_err(Error::file(&path))
                .map(|()| path)
        };
        let kernel_path = components.kernel_image();
        let kernel = fs::read(&kernel_path).map_err(Error::file(&kernel_path))?;
        let (kernel, root_task) = match (arch, &components.loader) {
            (Arch::X86_64, _) => (put("kernel.elf", &kernel)?, Some(put("root.elf", &root)?)),
            (Arch::Aarch64, Some(path)) => {
                let loader = fs::read(path).map_err(Error::file(path))?;
                let image = croft_loader::pack(&loader, &kernel, &root)?;
                (put("image.elf", &image)?, None)
            }
            (Arch::Aarch64, None) => {
                return Err(Error::BadImage {
                    what: "the image".to_owned(),
                    why: "it has no loader".to_owned(),
                });
            }
        };
        Ok(Image {
            arch,
            kernel,
            root_task,
            symbols: Symbols::new(components, description),
            traced: description
                .servers
                .iter()
                .any(|server| server.trace.is_some()),
            needed,
            folder: None,
        })
    }

    /// Checks that a machine with `memory` bytes can boot it.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if it cannot.
    pub fn check_memory(&self, memory: u64) -> Result<()> {
        if self.needed > memory {
            let (arch, needed) = (self.arch, self.needed);
            return Err(Error::TooLarge {
                arch,
                needed,
                memory,
            });
        }
        Ok(())
    }

    /// The folder with the files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.kernel.parent().unwrap_or(Path::new("."))
    }
}

/// Removes the folders of runners that were killed before they could do it.
fn remove_leftovers(scratch: &Path) -> Result<()> {
    if !Path::new("/proc/self").exists() {
        return Ok(());
    }
    for entry in fs::read_dir(scratch).map_err(Error::file(scratch))? {
        let entry = entry.map_err(Error::file(scratch))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name
            .strip_prefix("run-")
            .and_then(|name| name.split('-').next());
        if let Some(Ok(owner)) = owner.map(str::parse::<u32>)
            && !Path::new(&format!("/proc/{owner}")).exists()
        {
            // Another runner may be removing it as well.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    Ok(())
}

/// What it takes to boot a root task of so many bytes. On x86_64 it is in memory twice, as QEMU put it
/// there and where it runs. Beside it there are firmware, kernel, loader and the servers' first memory.
fn memory_needed(arch: Arch, root: u64) -> u64 {
    let copies = match arch {
        Arch::X86_64 => 2,
        Arch::Aarch64 => 1,
    };
    copies * root + (12 << 20)
}

/// Reads a component's program.
fn read_program(what: &str, path: &Path, arch: Arch) -> Result<Program> {
    let bytes = fs::read(path).map_err(Error::file(path))?;
    Program::read(what, &bytes, arch)
}
