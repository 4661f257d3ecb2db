// SPDX-License-Identifier: MIT OR Apache-2.0
//! Parser for the kernel's bit-field descriptions (`.bf`).
//!
//! A block lists its fields from the most significant bit of its last word down to the least
//! significant bit of its first word, with padding between them. A tagged union gives values to a
//! field that several blocks share.

use std::path::PathBuf;

use sel4_config_data::Installation;

use crate::Error;
use crate::preprocess::preprocess;

/// One field of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The bit of the block that its lowest bit is, counted from the first word's lowest bit.
    pub offset: u32,
    /// How many bits it has.
    pub width: u32,
}

/// A block: a number of words with fields in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its name, without C's `_t`.
    pub name: String,
    /// How many bits it has, a multiple of the word size.
    pub bits: u32,
    /// Its fields, in the order of the description.
    pub fields: Vec<Field>,
}

/// A union of blocks told apart by the value of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaggedUnion {
    /// Its name, without C's `_t`.
    pub name: String,
    /// The field that tells the blocks apart.
    pub tag_field: String,
    /// The blocks and their values of that field.
    pub tags: Vec<(String, u64)>,
}

/// All bit fields of the user interface.
#[derive(Clone, Debug, Default)]
pub struct Bitfields {
    /// The blocks.
    pub blocks: Vec<Block>,
    /// The tagged unions.
    pub unions: Vec<TaggedUnion>,
    /// The files that they come from.
    pub files: Vec<PathBuf>,
}

/// Bits in a word on both architectures.
const WORD_BITS: u32 = 64;

/// Each description and the names that kernels have had for it; newer ones install the preprocessed
/// form.
const SOURCES: [&[&str]; 3] = [
    &[
        "sel4/shared_types_64.bf",
        "sel4/shared_types.pbf",
        "sel4/shared_types.bf",
    ],
    &["sel4/types_64.bf"],
    &["sel4/sel4_arch/types.pbf", "sel4/sel4_arch/types.bf"],
];

impl Bitfields {
    /// Reads all bit-field descriptions of an installation.
    pub fn read(installation: &Installation) -> Result<Self, Error> {
        let mut result = Self::default();
        for names in SOURCES {
            let found = names.iter().find_map(|name| installation.find(name).ok());
            let Some(path) = found else {
                // Types that only some kernels have apart from the shared ones.
                if names[0] == "sel4/types_64.bf" {
                    continue;
                }
                installation.find(names[0])?;
                continue;
            };
            let lines = preprocess(installation, &path, &mut result.files)?;
            result
                .parse(&lines.join("\n"))
                .map_err(|reason| Error::interface(&path, reason))?;
        }
        Ok(result)
    }

    /// The block called `name`.
    #[must_use]
    pub fn block(&self, name: &str) -> Option<&Block> {
        self.blocks.iter().find(|block| block.name == name)
    }

    /// The tagged union called `name`.
    #[must_use]
    pub fn union(&self, name: &str) -> Option<&TaggedUnion> {
        self.unions.iter().find(|union| union.name == name)
    }

    /// Parses preprocessed text.
    fn parse(&mut self, text: &str) -> Result<(), String> {
        let spaced = text.replace('{', " { ").replace('}', " } ");
        let mut words = spaced.split_whitespace();
        while let Some(word) = words.next() {
            match word {
                "base" => {
                    let base = number(words.next())?;
                    if base != u64::from(WORD_BITS) {
                        return Err(format!("base {base}, but words have {WORD_BITS} bits"));
                    }
                }
                "block" => self.blocks.push(parse_block(&mut words)?),
                "tagged_union" => self.unions.push(parse_union(&mut words)?),
                other => return Err(format!("`{other}` is not understood")),
            }
        }
        Ok(())
    }
}

fn number(word: Option<&str>) -> Result<u64, String> {
    let word = word.ok_or("the description ends too early")?;
    let parsed = match word.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => word.parse(),
    };
    parsed.map_err(|_| format!("`{word}` is not a number"))
}

fn width(word: Option<&str>) -> Result<u32, String> {
    u32::try_from(number(word)?).map_err(|error| error.to_string())
}

fn name(word: Option<&str>) -> Result<String, String> {
    Ok(word.ok_or("the description ends too early")?.to_owned())
}

fn open<'a>(words: &mut impl Iterator<Item = &'a str>) -> Result<(), String> {
    // A list of parameters may stand between name and brace; it only orders C's arguments.
    words
        .find(|word| *word == "{")
        .map(|_| ())
        .ok_or_else(|| "`{` is missing".to_owned())
}

fn parse_block<'a>(words: &mut impl Iterator<Item = &'a str>) -> Result<Block, String> {
    let block = name(words.next())?;
    let block = block.split('(').next().unwrap_or_default().to_owned();
    open(words)?;
    // Fields come highest first, so positions are known only at the end.
    let mut fields: Vec<(String, u32, u32)> = Vec::new();
    let mut used: u32 = 0;
    loop {
        match words.next() {
            Some("}") => break,
            Some("padding") => used += width(words.next())?,
            Some("field" | "field_high") => {
                let field = name(words.next())?;
                let bits = width(words.next())?;
                used += bits;
                fields.push((field, used, bits));
            }
            other => return Err(format!("in block {block}: {other:?} is not understood")),
        }
    }
    if used == 0 || !used.is_multiple_of(WORD_BITS) {
        return Err(format!("block {block} has {used} bits"));
    }
    let fields = fields
        .into_iter()
        .map(|(name, end, width)| Field {
            name,
            offset: used - end,
            width,
        })
        .collect();
    Ok(Block {
        name: block,
        bits: used,
        fields,
    })
}

fn parse_union<'a>(words: &mut impl Iterator<Item = &'a str>) -> Result<TaggedUnion, String> {
    let union = name(words.next())?;
    let tag_field = name(words.next())?;
    open(words)?;
    let mut tags = Vec::new();
    loop {
        match words.next() {
            Some("}") => break,
            Some("tag") => tags.push((name(words.next())?, number(words.next())?)),
            other => return Err(format!("in union {union}: {other:?} is not understood")),
        }
    }
    Ok(TaggedUnion {
        name: union,
        tag_field,
        tags,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_count_down_from_the_top() {
        let mut parsed = Bitfields::default();
        parsed
            .parse(
                "base 64 block A(x, y) { padding 32 field x 20 padding 5 field_high y 7 } \
                 block B { field high 64 padding 61 field tag 3 } \
                 tagged_union U tag { tag A 0 tag B 0x5 }",
            )
            .unwrap();
        let a = parsed.block("A").unwrap();
        assert_eq!(
            (a.bits, a.fields[0].offset, a.fields[0].width),
            (64, 12, 20)
        );
        assert_eq!((a.fields[1].offset, a.fields[1].width), (0, 7));
        let b = parsed.block("B").unwrap();
        assert_eq!(
            (b.bits, b.fields[0].offset, b.fields[1].offset),
            (128, 64, 0)
        );
        let union = parsed.union("U").unwrap();
        assert_eq!(union.tags, [("A".to_owned(), 0), ("B".to_owned(), 5)]);
    }

    #[test]
    fn refuses_broken_descriptions() {
        for text in [
            "base 32",
            "block A { field x 3 }",
            "block A { field x }",
            "block A",
            "union A { }",
            "tagged_union U t { tag A }",
            "block A { padding 64",
        ] {
            assert!(Bitfields::default().parse(text).is_err(), "{text}");
        }
    }
}
