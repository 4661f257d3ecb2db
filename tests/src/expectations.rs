// SPDX-License-Identifier: MIT OR Apache-2.0
//! Failures that are known, with the reason: `tests/expectations.toml`.
//!
//! A test in the table must fail; when it passes, the run fails until the entry is removed. So the table
//! never says more than what is so.
use std::collections::BTreeSet;

use serde::Deserialize;

use crate::Verdict;

/// The table.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectations {
    /// Tests that fail; in the file as `[[failure]]`.
    #[serde(default, rename = "failure")]
    failures: Vec<Failure>,
}

/// An entry: a test that fails on some architectures.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// The test's name without the architecture in front, for example `shell::pipes::four`.
    test: String,
    /// The architectures where it fails.
    arch: Vec<String>,
    /// Why, for the reader.
    reason: String,
}

impl Expectations {
    /// Reads the table's text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let table: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut seen = BTreeSet::new();
        for failure in &table.failures {
            let test = &failure.test;
            if failure.reason.trim().is_empty() {
                return Err(format!("{test}: there is no reason"));
            }
            for arch in &failure.arch {
                if !["x86_64", "aarch64"].contains(&arch.as_str()) {
                    return Err(format!("{test}: {arch} is no architecture"));
                }
                if !seen.insert(format!("{arch}::{test}")) {
                    return Err(format!("{test} is there twice for {arch}"));
                }
            }
        }
        Ok(table)
    }

    /// The names of all tests in the table, with the architecture in front.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.failures.iter().flat_map(|failure| {
            let named = |arch: &String| format!("{arch}::{}", failure.test);
            failure.arch.iter().map(named)
        })
    }

    /// What the verdict on a test is when the table is taken into account.
    ///
    /// # Errors
    /// The verdict's own error if the test is not in the table, or a hint to remove it from there.
    pub fn judge(&self, name: &str, verdict: Verdict) -> Verdict {
        let entry = self.failures.iter().find(|failure| {
            failure
                .arch
                .iter()
                .any(|arch| format!("{arch}::{}", failure.test) == name)
        });
        match (entry, verdict) {
            (None, verdict) => verdict,
            (Some(failure), Err(error)) => {
                eprintln!("{name}: known to fail ({}):\n{error}", failure.reason);
                Ok(())
            }
            (Some(failure), Ok(())) => Err(format!(
                "it passes, but tests/expectations.toml says that it fails ({}): remove it there",
                failure.reason
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Expectations;

    const TABLE: &str = "[[failure]]\ntest = \"a::b\"\narch = [\"x86_64\"]\nreason = \"why\"\n";

    #[test]
    fn known_failures_pass_and_passing_ones_fail() {
        let table = Expectations::parse(TABLE).unwrap();
        let failed = || Err("broken".to_owned());
        assert_eq!(table.judge("x86_64::a::b", failed()), Ok(()));
        assert!(table.judge("x86_64::a::b", Ok(())).is_err());
        assert_eq!(table.judge("aarch64::a::b", failed()), failed());
        assert_eq!(table.judge("aarch64::a::b", Ok(())), Ok(()));
    }

    #[test]
    fn bad_tables_are_refused() {
        assert!(Expectations::parse("").is_ok());
        for (from, to) in [("why", " "), ("x86_64", "mips"), ("reason", "because")] {
            assert!(Expectations::parse(&TABLE.replace(from, to)).is_err());
        }
        assert!(Expectations::parse(&TABLE.repeat(2)).is_err());
    }
}
