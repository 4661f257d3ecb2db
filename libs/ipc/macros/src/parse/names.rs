// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names of types as names of functions and modules, and back.

/// `TwoWords` as `two_words`.
pub fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for (place, character) in name.chars().enumerate() {
        if character.is_uppercase() && place > 0 {
            text.push('_');
        }
        text.extend(character.to_lowercase());
    }
    text
}

/// `two_words` as `TwoWords`.
pub fn camel_case(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let mut characters = word.chars();
        let first = characters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(characters).collect::<String>()
    });
    words.collect()
}
