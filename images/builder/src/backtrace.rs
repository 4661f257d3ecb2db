// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the addresses of a backtrace to names of functions and lines of source files.
//!
//! The root task says `server NAME: backtrace 0x4012ab (0x401300) 0x401400 …` of a server that failed, and the same of
//! itself without a server: the instruction, perhaps the return address in parentheses if the function keeps none on the
//! stack, and the return addresses on the stack (`croft_process::backtrace`). The programs as they were compiled say what
//! is there.
mod program;

#[cfg(test)]
mod tests;

use std::path::Path;

use crate::{Arch, Image, Symbols, Workspace};
use program::{Place, Program};

/// What begins lines of the root task.
const ROOT_TASK: &str = "root task: ";

/// Explains lines of one image's run.
#[derive(Clone, Debug)]
pub(crate) struct Explainer {
    arch: Arch,
    symbols: Symbols,
}

/// The addresses of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Addresses<'a> {
    /// The server; `None` is the root task itself.
    server: Option<&'a str>,
    at: u64,
    link: Option<u64>,
    callers: Vec<u64>,
}

impl Explainer {
    /// For a run of that image.
    pub(crate) fn new(image: &Image) -> Self {
        Explainer {
            arch: image.arch,
            symbols: image.symbols.clone(),
        }
    }

    /// What stands behind a log line, in lines; none if it has no backtrace. Addresses that no program explains stay as
    /// they are.
    pub(crate) fn explain(&self, line: &str) -> Vec<String> {
        let Some(addresses) = parse(line) else {
            return Vec::new();
        };
        let symbols = &self.symbols;
        let paths: Vec<&Path> = match addresses.server {
            None => vec![&symbols.root_task],
            Some(name) => {
                let server = symbols.servers.iter().find(|(each, _)| each == name);
                let own = server.map(|(_, path)| path.as_path());
                own.into_iter().chain([&*symbols.startup]).collect()
            }
        };
        // A program that is not there any more explains nothing.
        let programs: Vec<_> = paths
            .iter()
            .filter_map(|path| Program::read(path).ok())
            .collect();
        let frames = frames(self.arch, &addresses, |address| {
            let mut programs = programs.iter();
            programs.find_map(|program| program.place(address))
        });
        lines(&frames, Workspace::find().root())
    }
}

/// Reads a line of the root task.
fn parse(line: &str) -> Option<Addresses<'_>> {
    let text = line.strip_prefix(ROOT_TASK)?;
    let (server, text) = match text.strip_prefix("server ") {
        Some(text) => {
            let (name, text) = text.split_once(": ")?;
            (Some(name), text)
        }
        None => (None, text),
    };
    let mut words = text.strip_prefix("backtrace ")?.split(' ').peekable();
    let number = |word: &str| u64::from_str_radix(word.strip_prefix("0x")?, 16).ok();
    let at = number(words.next()?)?;
    let link = words
        .next_if(|word| word.starts_with('('))
        .map(|word| number(word.trim_start_matches('(').trim_end_matches(')')));
    Some(Addresses {
        server,
        at,
        link: match link {
            Some(link) => Some(link?),
            None => None,
        },
        callers: words.map(number).collect::<Option<_>>()?,
    })
}

/// One line of the result: an address, and what is there if somebody knows.
type Frame = (u64, Option<Place>);

/// The frames, innermost first, without those of panicking itself.
fn frames(
    arch: Arch,
    addresses: &Addresses<'_>,
    find: impl Fn(u64) -> Option<Vec<Place>>,
) -> Vec<Frame> {
    let at = find(addresses.at);
    // A return address may be behind the end of a function that ends with a call.
    let caller = |address: u64| (address, find(address.wrapping_sub(1)));
    let mut physical = vec![(addresses.at, at)];
    if let Some(link) = addresses.link.map(caller)
        && is_caller(arch, &physical[0].1, &link.1)
        && addresses.callers.first() != Some(&link.0)
    {
        physical.push(link);
    }
    physical.extend(addresses.callers.iter().copied().map(caller));
    let mut frames: Vec<Frame> = Vec::new();
    for (address, places) in physical {
        match places {
            Some(places) => frames.extend(places.into_iter().map(|place| (address, Some(place)))),
            None => frames.push((address, None)),
        }
    }
    frames.drain(..machinery(&frames));
    frames
}

/// Whether what is at the link has called what is at the instruction.
///
/// On aarch64 the link is a register. A function that has called others comes back to itself by it, one that has not yet has
/// put it on the stack, and one that calls nobody has no frame: so another function than its own is its caller. On x86_64
/// it is the newest word on the stack, which counts only where a function keeps no frame: in assembly language, and in the
/// toolchain's own library.
fn is_caller(arch: Arch, at: &Option<Vec<Place>>, link: &Option<Vec<Place>>) -> bool {
    match (at, link) {
        (Some(at), Some(link)) => {
            let same =
                at.last().map(|place| &place.function) == link.last().map(|place| &place.function);
            !same && (arch == Arch::Aarch64 || at.iter().all(|place| place.leaf))
        }
        // A jump to nowhere.
        (None, Some(_)) => true,
        (_, None) => false,
    }
}

/// How many frames at the beginning belong to the handling of a panic and not to what panicked.
fn machinery(frames: &[Frame]) -> usize {
    let begins = |frame: &Frame, start: &str| {
        frame
            .1
            .as_ref()
            .is_some_and(|place| place.function.starts_with(start))
    };
    let Some(last) = frames
        .iter()
        .rposition(|frame| begins(frame, "core::panicking::"))
    else {
        return 0;
    };
    let after = &frames[last + 1..];
    last + 1
        + after
            .iter()
            .take_while(|frame| begins(frame, "core::"))
            .count()
}

/// The frames as people read them; `root` is where the sources are.
fn lines(frames: &[Frame], root: &Path) -> Vec<String> {
    let line = |(number, (address, place)): (usize, &Frame)| match place {
        Some(Place {
            function,
            line: Some((file, line)),
            ..
        }) => {
            let file = Path::new(file);
            let file = file.strip_prefix(root).unwrap_or(file).display();
            format!("  {number:2}: {function} at {file}:{line}")
        }
        Some(place) => format!("  {number:2}: {}", place.function),
        None => format!("  {number:2}: {address:#x}"),
    };
    let mut lines = Vec::new();
    let mut rest = frames;
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|frame| *frame == first).count();
        lines.push(line((frames.len() - rest.len(), first)));
        if same > 1 {
            lines.push(format!("      … and {} times more", same - 1));
        }
        rest = &rest[same..];
    }
    lines
}
