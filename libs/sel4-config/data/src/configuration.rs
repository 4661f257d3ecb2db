// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kernel's configuration: CONFIG_ keys and their values.

use std::collections::BTreeMap;

use crate::Error;

/// The value of one configuration key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// An option that is on or off.
    Boolean(bool),
    /// A number.
    Integer(u64),
    /// Anything else.
    Text(String),
}

/// All configuration keys of one kernel, without their `CONFIG_` prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    values: BTreeMap<String, Value>,
}

impl Configuration {
    /// Parses the text of a `gen_config.json`.
    ///
    /// Numbers may be written as JSON strings (upstream's tools do so); they count as numbers.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let parsed: serde_json::Value =
            serde_json::from_str(text).map_err(|error| Error::Json(error.to_string()))?;
        let object = parsed
            .as_object()
            .ok_or_else(|| Error::Json("the top level is not an object".into()))?;
        let mut values = BTreeMap::new();
        for (key, value) in object {
            let value = match value {
                serde_json::Value::Bool(on) => Value::Boolean(*on),
                serde_json::Value::Number(number) => Value::Integer(
                    number
                        .as_u64()
                        .ok_or_else(|| Error::Json(format!("{key} is {number}")))?,
                ),
                serde_json::Value::String(text) => match parse_integer(text) {
                    Some(number) => Value::Integer(number),
                    None => Value::Text(text.clone()),
                },
                serde_json::Value::Null => Value::Boolean(false),
                other => return Err(Error::Json(format!("{key} is {other}"))),
            };
            let key = key.strip_prefix("CONFIG_").unwrap_or(key);
            values.insert(key.to_owned(), value);
        }
        Ok(Self { values })
    }

    /// The value of `key` (without `CONFIG_`), if the configuration mentions it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key.strip_prefix("CONFIG_").unwrap_or(key))
    }

    /// Whether the C preprocessor would find `CONFIG_key` defined: an option that is off, or that the
    /// configuration does not mention, is not.
    #[must_use]
    pub fn is_defined(&self, key: &str) -> bool {
        !matches!(self.get(key), None | Some(Value::Boolean(false)))
    }

    /// The value that the C preprocessor computes with: 1 for an option that is on, 0 for one that
    /// is off, absent or not a number.
    #[must_use]
    pub fn integer(&self, key: &str) -> u64 {
        match self.get(key) {
            Some(Value::Boolean(on)) => u64::from(*on),
            Some(Value::Integer(number)) => *number,
            Some(Value::Text(_)) | None => 0,
        }
    }

    /// All keys with their values, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(key, value)| (key.as_str(), value))
    }
}

fn parse_integer(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_kind_of_value() {
        let config = Configuration::from_json(
            r#"{"CONFIG_ON": true, "OFF": false, "N": 7, "S": "0x10", "T": "max", "Z": null}"#,
        )
        .unwrap();
        assert_eq!(config.get("ON"), Some(&Value::Boolean(true)));
        assert_eq!(config.get("CONFIG_N"), Some(&Value::Integer(7)));
        assert_eq!(config.integer("S"), 16);
        assert_eq!(config.get("T"), Some(&Value::Text("max".into())));
        assert!(config.is_defined("ON") && config.is_defined("T"));
        assert!(!config.is_defined("OFF") && !config.is_defined("Z") && !config.is_defined("NONE"));
    }

    #[test]
    fn refuses_what_is_not_a_flat_object() {
        assert!(Configuration::from_json("[]").is_err());
        assert!(Configuration::from_json(r#"{"A": [1]}"#).is_err());
        assert!(Configuration::from_json(r#"{"A": -1}"#).is_err());
        assert!(Configuration::from_json("{").is_err());
    }
}
