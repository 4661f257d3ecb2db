// SPDX-License-Identifier: MIT OR Apache-2.0
//! The payload: the manifest and the files that it names.
use std::collections::BTreeMap;
use std::fs;

use croft_manifest::{FileRange, PAGE, Payload, place_files};

use super::{Run, manifest, read_program};
use crate::tree::Tree;
use crate::{Components, Description, Error, ROOT_ARCHIVE, Result, STARTUP};

/// The payload of an image. Every world of the image begins with `tree` and what its description adds.
///
/// # Errors
/// If a component or a file of the description cannot be read, or the manifest does not fit together.
pub fn payload(
    components: &Components,
    description: &Description,
    tree: &Tree,
    run: &Run,
) -> Result<Vec<u8>> {
    let mut files = Files::default();
    let startup = read_program("the startup program", &components.startup, components.arch)?;
    let startup = files.push(startup.write()?);
    let mut programs = BTreeMap::new();
    let mut servers = Vec::new();
    for server in &description.servers {
        let what = format!("server \"{}\"", server.name);
        // A program that several servers have is in the image once.
        let mut program = |files: &mut Files, component: &str| -> Result<usize> {
            if let Some(number) = programs.get(component) {
                return Ok(*number);
            }
            let path = components
                .servers
                .get(component)
                .ok_or_else(|| Error::BadImage {
                    what: what.clone(),
                    why: format!("package {component} was not built"),
                })?;
            // Without symbols and debug information it is a tenth of what the linker made.
            let number = files.push(read_program(&what, path, components.arch)?.write()?);
            programs.insert(component.to_owned(), number);
            Ok(number)
        };
        let image = program(&mut files, &server.component())?;
        let mut named = Vec::new();
        for (name, path) in &server.files {
            let content = fs::read(path).map_err(Error::file(path))?;
            named.push((name.clone(), files.push(content)));
        }
        for (name, component) in &server.programs {
            named.push((name.clone(), program(&mut files, component)?));
        }
        if server.parent || !server.programs.is_empty() {
            named.push((STARTUP.to_owned(), startup));
        }
        if let Some(world) = &server.world {
            let mut tree = tree.clone();
            for (guest, host) in &world.add {
                tree.add(host, guest)?;
            }
            named.push((ROOT_ARCHIVE.to_owned(), files.push(tree.archive()?)));
        }
        servers.push(ServerFiles { image, named });
    }

    // The longer the manifest, the later the files; the later the files, the longer their offsets.
    let mut start = PAGE;
    let (mut bytes, places) = loop {
        let places = files.places(start);
        let places = Places {
            ranges: places,
            startup,
            servers: &servers,
        };
        let bytes = manifest::encode(components.arch, description, run, &places)?;
        let end = (bytes.len() as u64).next_multiple_of(PAGE);
        if end <= start {
            break (bytes, places);
        }
        start = end;
    };
    for (content, range) in files.contents.iter().zip(&places.ranges) {
        bytes.resize(range.offset as usize, 0);
        bytes.extend_from_slice(content);
    }
    bytes.resize(bytes.len().next_multiple_of(PAGE as usize), 0);
    // What the root task would say to it is better said now.
    match Payload::open(&bytes) {
        Ok(_) => {}
        Err(error) => return Err(Error::Manifest(error.to_string())),
    }
    Ok(bytes)
}

/// The files of a payload in order.
#[derive(Default)]
struct Files {
    contents: Vec<Vec<u8>>,
}

impl Files {
    /// Adds a file; its number.
    fn push(&mut self, content: Vec<u8>) -> usize {
        self.contents.push(content);
        self.contents.len() - 1
    }

    /// Where all files are when the first one is at `start`.
    fn places(&self, start: u64) -> Vec<FileRange> {
        let lengths: Vec<u64> = self
            .contents
            .iter()
            .map(|content| content.len() as u64)
            .collect();
        place_files(start, &lengths)
    }
}

/// The files of one server, by number.
pub(super) struct ServerFiles {
    pub(super) image: usize,
    pub(super) named: Vec<(String, usize)>,
}

/// Where everything is.
pub(super) struct Places<'a> {
    /// The place of each file, by number.
    pub(super) ranges: Vec<FileRange>,
    pub(super) startup: usize,
    pub(super) servers: &'a [ServerFiles],
}
