// SPDX-License-Identifier: MIT OR Apache-2.0
//! Conditions on the kernel's configuration, as the C preprocessor reads them.

use sel4_config_data::Configuration;

/// A preprocessor expression over configuration keys, such as `CONFIG_MAX_NUM_NODES > 1` or
/// `defined(CONFIG_VTX) && !defined CONFIG_ARM_SMMU`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Holds always.
    Always,
    /// A number.
    Number(u64),
    /// The value of a key.
    Key(String),
    /// Whether a key is defined.
    Defined(String),
    /// Logical negation.
    Not(Box<Condition>),
    /// A binary operator.
    Binary(Operator, Box<Condition>, Box<Condition>),
}

/// A binary operator of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Condition {
    /// Parses a preprocessor expression; the empty text holds always.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::Always);
        }
        let tokens = tokenize(text)?;
        let mut parser = Parser { tokens: &tokens };
        let condition = parser.binary(0)?;
        match parser.tokens.first() {
            None => Ok(condition),
            Some(token) => Err(format!("`{text}`: `{token}` is one too many")),
        }
    }

    /// Both conditions.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Always, one) | (one, Self::Always) => one,
            (one, two) => Self::Binary(Operator::And, Box::new(one), Box::new(two)),
        }
    }

    /// Whether the condition holds in this configuration.
    #[must_use]
    pub fn holds(&self, configuration: &Configuration) -> bool {
        self.value(configuration) != 0
    }

    fn value(&self, configuration: &Configuration) -> u64 {
        match self {
            Self::Always => 1,
            Self::Number(number) => *number,
            Self::Key(key) => configuration.integer(key),
            Self::Defined(key) => u64::from(configuration.is_defined(key)),
            Self::Not(inner) => u64::from(!inner.holds(configuration)),
            Self::Binary(operator, left, right) => {
                let (left, right) = (left.value(configuration), right.value(configuration));
                u64::from(match operator {
                    Operator::Or => left != 0 || right != 0,
                    Operator::And => left != 0 && right != 0,
                    Operator::Equal => left == right,
                    Operator::NotEqual => left != right,
                    Operator::Less => left < right,
                    Operator::LessOrEqual => left <= right,
                    Operator::Greater => left > right,
                    Operator::GreaterOrEqual => left >= right,
                })
            }
        }
    }
}

/// Operators by how strongly they bind, weakest first.
const LEVELS: [&[(&str, Operator)]; 4] = [
    &[("||", Operator::Or)],
    &[("&&", Operator::And)],
    &[("==", Operator::Equal), ("!=", Operator::NotEqual)],
    &[
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ],
];

fn tokenize(text: &str) -> Result<Vec<String>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_alphanumeric() || first == '_' {
            rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(rest.len())
        } else if ["||", "&&", "==", "!=", "<=", ">="]
            .iter()
            .any(|operator| rest.starts_with(operator))
        {
            2
        } else if "!<>()".contains(first) {
            1
        } else {
            return Err(format!("`{text}`: unexpected `{first}`"));
        };
        tokens.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

struct Parser<'a> {
    tokens: &'a [String],
}

impl Parser<'_> {
    fn next(&mut self) -> Result<String, String> {
        let (first, rest) = self
            .tokens
            .split_first()
            .ok_or("the condition ends too early")?;
        self.tokens = rest;
        Ok(first.clone())
    }

    fn expect(&mut self, wanted: &str) -> Result<(), String> {
        let found = self.next()?;
        if found == wanted {
            Ok(())
        } else {
            Err(format!("`{wanted}` expected, `{found}` found"))
        }
    }

    fn binary(&mut self, level: usize) -> Result<Condition, String> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.binary(level + 1)?;
        while let Some((_, operator)) = operators
            .iter()
            .find(|(text, _)| self.tokens.first().is_some_and(|token| token == text))
        {
            self.next()?;
            let right = self.binary(level + 1)?;
            left = Condition::Binary(*operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Condition, String> {
        let token = self.next()?;
        match token.as_str() {
            "!" => Ok(Condition::Not(Box::new(self.unary()?))),
            "(" => {
                let inner = self.binary(0)?;
                self.expect(")")?;
                Ok(inner)
            }
            "defined" => {
                let mut key = self.next()?;
                if key == "(" {
                    key = self.next()?;
                    self.expect(")")?;
                }
                Ok(Condition::Defined(key))
            }
            word if word.starts_with(|c: char| c.is_ascii_digit()) => word
                .trim_end_matches(['u', 'U', 'l', 'L'])
                .parse()
                .map(Condition::Number)
                .map_err(|_| format!("`{word}` is not a number")),
            word if word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') => {
                Ok(Condition::Key(token))
            }
            word => Err(format!("unexpected `{word}`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str) -> bool {
        let configuration =
            Configuration::from_json(r#"{"ON": true, "OFF": false, "ONE": 1, "FOUR": 4}"#).unwrap();
        Condition::parse(text).unwrap().holds(&configuration)
    }

    #[test]
    fn evaluates_like_the_preprocessor() {
        for (text, expected) in [
            ("", true),
            ("defined(CONFIG_ON)", true),
            ("defined CONFIG_OFF", false),
            ("!defined(CONFIG_NONE)", true),
            ("CONFIG_ONE > 1", false),
            ("CONFIG_FOUR > 1", true),
            ("CONFIG_FOUR >= 4ul && CONFIG_ON", true),
            ("CONFIG_NONE == 0", true),
            (
                "defined(CONFIG_OFF) || defined(CONFIG_ON) && CONFIG_ONE == 1",
                true,
            ),
            (
                "(defined(CONFIG_ON) || defined(CONFIG_OFF)) && CONFIG_OFF",
                false,
            ),
            ("1 < CONFIG_FOUR == 1", true),
            ("CONFIG_FOUR != 4", false),
        ] {
            assert_eq!(holds(text), expected, "{text}");
        }
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        for text in ["defined(", "A + 1", "A B", "(A", "&& A", "1x", "defined(A"] {
            assert!(Condition::parse(text).is_err(), "{text}");
        }
    }
}
