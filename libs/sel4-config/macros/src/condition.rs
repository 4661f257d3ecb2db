// SPDX-License-Identifier: MIT OR Apache-2.0
//! Conditions on the configuration.

use sel4_config_data::{Configuration, Value};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, Lit, Result, Token, parenthesized};

/// A condition, parsed.
pub enum Condition {
    Key(Ident),
    Equals(Ident, Lit),
    Not(Box<Condition>),
    All(Vec<Condition>),
    Any(Vec<Condition>),
}

impl Parse for Condition {
    fn parse(input: ParseStream) -> Result<Self> {
        let name: Ident = input.parse()?;
        if input.peek(syn::token::Paren) {
            let content;
            parenthesized!(content in input);
            let list = Punctuated::<Self, Token![,]>::parse_terminated(&content)?;
            let mut list: Vec<Self> = list.into_iter().collect();
            return match name.to_string().as_str() {
                "all" => Ok(Self::All(list)),
                "any" => Ok(Self::Any(list)),
                "not" if list.len() == 1 => Ok(Self::Not(Box::new(list.remove(0)))),
                "not" => Err(Error::new(name.span(), "`not` takes one condition")),
                _ => Err(Error::new(name.span(), "expected `all`, `any` or `not`")),
            };
        }
        if input.parse::<Option<Token![=]>>()?.is_some() {
            return Ok(Self::Equals(name, input.parse()?));
        }
        Ok(Self::Key(name))
    }
}

/// The value of a key.
pub fn lookup<'a>(configuration: &'a Configuration, key: &Ident) -> Result<&'a Value> {
    configuration.get(&key.to_string()).ok_or_else(|| {
        Error::new(
            key.span(),
            format!("the kernel's configuration has no key `{key}`"),
        )
    })
}

impl Condition {
    /// Whether the configuration meets the condition.
    pub fn holds(&self, configuration: &Configuration) -> Result<bool> {
        Ok(match self {
            Self::Key(key) => match lookup(configuration, key)? {
                Value::Boolean(on) => *on,
                Value::Integer(_) | Value::Text(_) => {
                    let reason =
                        format!("`{key}` is not a boolean: compare it, as in {key} = \"…\"");
                    return Err(Error::new(key.span(), reason));
                }
            },
            Self::Equals(key, literal) => {
                let value = lookup(configuration, key)?;
                match literal {
                    Lit::Str(text) => super::value::text(value) == text.value(),
                    Lit::Int(number) => *value == Value::Integer(number.base10_parse()?),
                    Lit::Bool(on) => *value == Value::Boolean(on.value()),
                    other => return Err(Error::new(other.span(), "expected text or a number")),
                }
            }
            Self::Not(inner) => !inner.holds(configuration)?,
            // All of them are evaluated, so that a wrong key is found whatever the others say.
            Self::All(list) => holds_each(list, configuration)?
                .into_iter()
                .all(|holds| holds),
            Self::Any(list) => holds_each(list, configuration)?
                .into_iter()
                .any(|holds| holds),
        })
    }
}

fn holds_each(list: &[Condition], configuration: &Configuration) -> Result<Vec<bool>> {
    list.iter()
        .map(|condition| condition.holds(configuration))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str) -> Result<bool> {
        let configuration =
            Configuration::from_json(r#"{"ON": true, "OFF": false, "PLAT": "virt", "N": "4"}"#)
                .unwrap();
        syn::parse_str::<Condition>(text)?.holds(&configuration)
    }

    #[test]
    fn conditions_hold_as_written() {
        for (text, expected) in [
            ("ON", true),
            ("OFF", false),
            ("PLAT = \"virt\"", true),
            ("PLAT = \"pc99\"", false),
            ("N = 4", true),
            ("N = \"4\"", true),
            ("OFF = false", true),
            ("not(ON)", false),
            ("all(ON, not(OFF), PLAT = \"virt\")", true),
            ("all(ON, OFF)", false),
            ("any(OFF, N = 3)", false),
            ("any(OFF, ON,)", true),
        ] {
            assert_eq!(holds(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn mistakes_are_errors() {
        for text in [
            "NONE",
            "any(ON, NONE)",
            "PLAT",
            "not(ON, OFF)",
            "some(ON)",
            "N = ",
            "4",
        ] {
            assert!(holds(text).is_err(), "{text}");
        }
    }
}
