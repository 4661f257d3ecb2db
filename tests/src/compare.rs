// SPDX-License-Identifier: MIT OR Apache-2.0
//! How two texts differ.
use similar::TextDiff;

use crate::Verdict;

/// Succeeds if the texts are equal; else tells the lines that differ.
///
/// # Errors
/// The difference: `-` lines are missing, `+` lines are there instead.
pub fn same(expected: &str, actual: &str) -> Verdict {
    if expected == actual {
        return Ok(());
    }
    let difference = TextDiff::from_lines(expected, actual);
    let lines = difference.unified_diff().context_radius(2).to_string();
    Err(format!("- expected, + actual:\n{lines}"))
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn differences_are_shown() {
        assert_eq!(same("a\nb\n", "a\nb\n"), Ok(()));
        let difference = same("a\nb\n", "a\nc\n").unwrap_err();
        assert!(
            difference.contains("\n-b\n") && difference.contains("\n+c\n"),
            "{difference}"
        );
        // A missing end of line is a difference too.
        assert!(same("a\n", "a").is_err());
    }
}
