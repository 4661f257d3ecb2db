// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was promised: each crate with interfaces has a file `interfaces.lock` beside its manifest, with a line for each
//! method of each version. A test that `#[interface]` makes compares: a method whose number or messages are not what was
//! recorded for this version, and one that vanished, are errors. New methods are recorded with
//!
//! ```text
//! CROFT_RECORD_INTERFACES=1 cargo test -p PACKAGE is_compatible
//! ```
//!
//! which only ever adds lines. After a change of what is recorded, raise the interface's version.

extern crate std;

use crate::{Definition, MethodDescription};
use alloc::format;
use alloc::string::String;
use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

const HEAD: &str = "\
# SPDX-License-Identifier: MIT OR Apache-2.0
# Interfaces as they were promised; lines are only added. See libs/ipc/src/lock.rs.
# interface, its number, its version; method, its number, its layout, its signature
";

/// What is recorded of a method: its line up to the signature, which is for people.
fn line<I: Definition>(method: &MethodDescription) -> String {
    format!("{} {:016x}", start::<I>(method), method.layout)
}

fn start<I: Definition>(method: &MethodDescription) -> String {
    format!(
        "{} {} {} {} {}",
        I::NAME,
        I::NUMBER,
        I::VERSION,
        method.name,
        method.number
    )
}

/// The lines of a file that are about an interface in its present version.
fn recorded<I: Definition>(text: &str) -> impl Iterator<Item = &str> {
    let version = format!("{}", I::VERSION);
    text.lines().filter(move |line| {
        let mut words = line.split(' ');
        words.next() == Some(I::NAME) && words.nth(1) == Some(&version)
    })
}

/// Compares an interface with what is recorded of it in `text`.
///
/// # Errors
/// What differs, in words.
pub fn check<I: Definition>(text: &str) -> Result<(), String> {
    for record in recorded::<I>(text) {
        let mut methods = I::METHODS.iter();
        if !methods.any(|method| record.starts_with(&format!("{} ", line::<I>(method)))) {
            return Err(format!(
                "version {} of interface {} was recorded with this method, and has changed or vanished:\n{record}\nraise the interface's version",
                I::VERSION,
                I::NAME
            ));
        }
    }
    for method in I::METHODS {
        let line = format!("{} ", line::<I>(method));
        if !recorded::<I>(text).any(|record| record.starts_with(&line)) {
            return Err(format!(
                "method {} of interface {} is not recorded: run the test with CROFT_RECORD_INTERFACES=1",
                method.name,
                I::NAME
            ));
        }
    }
    Ok(())
}

/// What is missing in `text`, as lines.
#[must_use]
pub fn missing<I: Definition>(text: &str) -> String {
    let mut lines = String::new();
    for method in I::METHODS {
        let start = format!("{} ", start::<I>(method));
        if !recorded::<I>(text).any(|record| record.starts_with(&start)) {
            lines += &format!("{} {}\n", line::<I>(method), method.signature);
        }
    }
    lines
}

/// The test that an interface in the crate in `folder` is what was recorded.
///
/// # Panics
/// If it is not, or if the file cannot be read.
pub fn test<I: Definition>(folder: &str) {
    let path = Path::new(folder).join("interfaces.lock");
    let record = std::env::var_os("CROFT_RECORD_INTERFACES").is_some();
    let mut options = OpenOptions::new();
    options.read(true).append(record).create(record);
    let mut file = options
        .open(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut text = String::new();
    if record {
        // Tests of other interfaces of the crate run at the same time.
        file.lock().expect("the file can be locked");
    }
    file.read_to_string(&mut text).expect("the file is a text");
    if record {
        let added = missing::<I>(&text);
        let head = if text.is_empty() { HEAD } else { "" };
        write!(file, "{head}{added}").expect("the file can be written");
        text.clear();
        file.seek(SeekFrom::Start(0))
            .expect("the file can be read again");
        file.read_to_string(&mut text).expect("the file is a text");
    }
    if let Err(error) = check::<I>(&text) {
        panic!("{}: {error}", path.display());
    }
}
