// SPDX-License-Identifier: MIT OR Apache-2.0
//! Amounts of memory as people write them.
use std::str::FromStr;

use croft_manifest::Reserve;
use serde::Deserialize;

/// A number of bytes, written with K, M or G (powers of 1024) or without: `256M`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Size(pub u64);

impl TryFrom<String> for Size {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse =
            || format!("\"{text}\" is no size: a number, with K, M or G behind it if wanted");
        let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let shift = match &text[digits.len()..] {
            "" | "B" => 0,
            "k" | "K" | "KiB" => 10,
            "m" | "M" | "MiB" => 20,
            "g" | "G" | "GiB" => 30,
            _ => return Err(refuse()),
        };
        let number: u64 = digits.parse().map_err(|_| refuse())?;
        match number.checked_mul(1 << shift) {
            Some(bytes) if bytes > 0 => Ok(Size(bytes)),
            _ => Err(refuse()),
        }
    }
}

/// A share of memory as a description or `--reserve` writes it: a [`Size`], `50%`, or `rest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Share(pub Reserve);

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "rest" {
            return Ok(Share(Reserve::Rest));
        }
        let refuse =
            || format!("\"{text}\" is no reserve: a size (64M), a share (50%) or \"rest\"");
        match text.strip_suffix('%') {
            Some(number) => match number.parse() {
                Ok(percent @ 1..=100) => Ok(Share(Reserve::Percent(percent))),
                _ => Err(refuse()),
            },
            None => {
                let size: Size = text.parse().map_err(|_| refuse())?;
                Ok(Share(Reserve::Bytes(size.0)))
            }
        }
    }
}

impl TryFrom<String> for Share {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!("4096".parse(), Ok(Size(4096)));
        assert_eq!("256M".parse(), Ok(Size(256 << 20)));
        assert_eq!("1GiB".parse(), Ok(Size(1 << 30)));
        for bad in [
            "",
            "M",
            "0",
            "1T",
            "-1",
            "1.5G",
            "99999999999999999999",
            "99999999999G",
        ] {
            assert!(bad.parse::<Size>().is_err(), "{bad}");
        }
    }

    #[test]
    fn shares() {
        assert_eq!("rest".parse(), Ok(Share(Reserve::Rest)));
        assert_eq!("50%".parse(), Ok(Share(Reserve::Percent(50))));
        assert_eq!("1M".parse(), Ok(Share(Reserve::Bytes(1 << 20))));
        for bad in ["0%", "101%", "%", "all", ""] {
            let error = bad.parse::<Share>().unwrap_err();
            assert!(error.contains("is no reserve"), "{error}");
        }
    }
}
