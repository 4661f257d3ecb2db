// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the user reads and types.

use alloc::string::String;

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Take that grant back.
    Revoke(u32),
    /// That file, as it was asked for.
    Choose(usize),
    /// That file, only to be read.
    ChooseToRead(usize),
    /// Anything else.
    Other,
}

impl Line {
    /// Never fails: what is none of these is [`Line::Other`], which grants nothing.
    pub(super) fn parse(line: &str) -> Self {
        let words: heapless::Vec<&str, 3> = line.split_whitespace().take(3).collect();
        let number = |word: &str| word.parse().ok();
        match words[..] {
            ["revoke", grant] => number(grant).map_or(Self::Other, Self::Revoke),
            ["r", file] => {
                number(file).map_or(Self::Other, |file| Self::ChooseToRead(file as usize))
            }
            [file] => number(file).map_or(Self::Other, |file| Self::Choose(file as usize)),
            _ => Self::Other,
        }
    }
}

/// Somebody else's text, so that it can neither move the cursor nor hide what it is.
pub(super) fn plain(text: &str) -> String {
    let is_plain = |character: char| character == ' ' || character.is_ascii_graphic();
    let plain = text.chars().map(|c| if is_plain(c) { c } else { '?' });
    plain.map(|c| if c == '"' { '\'' } else { c }).collect()
}
