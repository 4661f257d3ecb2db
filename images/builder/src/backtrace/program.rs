// SPDX-License-Identifier: MIT OR Apache-2.0
//! A program with its symbols, asked what is at an address.
use std::borrow::Cow;
use std::fs;
use std::path::Path;

use addr2line::gimli::{DwarfSections, EndianSlice, LittleEndian, SectionId};
use object::elf::PF_X;
use object::{Object, ObjectSection, ObjectSegment, ObjectSymbol, SegmentFlags, SymbolKind};
use rustc_demangle::demangle;

use crate::{Error, Result};

/// What is at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The function, as it is written in the source.
    pub(super) function: String,
    /// File and line; none in assembly language.
    pub(super) line: Option<(String, u32)>,
    /// Whether the function may have no frame of its own on the stack.
    pub(super) leaf: bool,
}

/// A program with its symbols.
pub(super) struct Program {
    bytes: Vec<u8>,
}

impl Program {
    /// Reads one.
    ///
    /// # Errors
    /// [`Error::File`] if it is not there, [`Error::BadImage`] if it is no program.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).map_err(Error::file(path))?;
        match object::File::parse(&*bytes) {
            Ok(_) => Ok(Program { bytes }),
            Err(error) => Err(Error::BadImage {
                what: path.display().to_string(),
                why: error.to_string(),
            }),
        }
    }

    /// What is at an address, innermost first if functions were inlined there; `None` if the program does not know.
    pub(super) fn place(&self, address: u64) -> Option<Vec<Place>> {
        let file = object::File::parse(&*self.bytes).ok()?;
        let within = |start: u64, size: u64| address.wrapping_sub(start) < size;
        let mut code = file.segments().filter(|each| match each.flags() {
            SegmentFlags::Elf { p_flags, .. } => p_flags.0 & PF_X.0 != 0,
            _ => false,
        });
        if !code.any(|each| within(each.address(), each.size())) {
            return None;
        }
        match compiled(&file, address) {
            Some(places) if !places.is_empty() => Some(places),
            _ => assembled(&file, address).map(|place| vec![place]),
        }
    }
}

/// By the debug information.
fn compiled(file: &object::File<'_>, address: u64) -> Option<Vec<Place>> {
    let load = |id: SectionId| -> std::result::Result<Cow<'_, [u8]>, object::Error> {
        match file.section_by_name(id.name()) {
            Some(section) => Ok(Cow::Borrowed(section.data()?)),
            None => Ok(Cow::Borrowed(&[])),
        }
    };
    let sections = DwarfSections::load(load).ok()?;
    let dwarf = sections.borrow(|section| EndianSlice::new(section, LittleEndian));
    let context = addr2line::Context::from_dwarf(dwarf).ok()?;
    let mut frames = context.find_frames(address).skip_all_loads().ok()?;
    let mut places = Vec::new();
    while let Ok(Some(frame)) = frames.next() {
        let Some(function) = frame.function else {
            continue;
        };
        let raw = function.raw_name().ok()?.into_owned();
        let line = frame
            .location
            .and_then(|location| Some((location.file?.to_owned(), location.line?)));
        // The toolchain's own library is compiled without frames for functions that call nobody.
        let leaf = line
            .as_ref()
            .is_some_and(|(file, _)| file.contains("/library/core/src/"));
        places.push(Place {
            // The alternate form is without the compiler's hashes.
            function: format!("{:#}", demangle(&raw)),
            line,
            leaf,
        });
    }
    Some(places)
}

/// By the table of symbols.
fn assembled(file: &object::File<'_>, address: u64) -> Option<Place> {
    let symbols = file.symbols().filter(|symbol| {
        // Those that begin with $ tell code and data apart on Arm.
        symbol.address() <= address
            && matches!(
                symbol.kind(),
                SymbolKind::Text | SymbolKind::Label | SymbolKind::Unknown
            )
            && symbol
                .name()
                .is_ok_and(|name| !name.is_empty() && !name.starts_with('$'))
    });
    let nearest = symbols.max_by_key(ObjectSymbol::address)?;
    Some(Place {
        function: format!("{:#}", demangle(nearest.name().ok()?)),
        line: None,
        leaf: true,
    })
}
