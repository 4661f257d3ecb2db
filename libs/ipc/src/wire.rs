// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bytes and words of a message.

use crate::ProtocolError;
use serde::{Deserialize, Serialize};

/// Message registers of seL4: `seL4_MsgMaxLength`, the same on all kernels.
pub const MESSAGE_WORDS: usize = 120;
/// The most that one message carries.
pub const MESSAGE_BYTES: usize = MESSAGE_WORDS * 8;
/// Words of a message that travel in machine registers: the kernel's fast path.
pub const WORDS: usize = 4;

/// Encodes into `buffer`; gives the length in bytes. The bytes up to the next word boundary are zeroed, so that
/// nothing left over in the buffer travels along.
///
/// # Errors
/// [`ProtocolError::TooLong`] if it does not fit.
pub fn encode<T: Serialize + ?Sized>(value: &T, buffer: &mut [u8]) -> Result<usize, ProtocolError> {
    let length = postcard::to_slice(value, buffer)
        .map_err(|_| ProtocolError::TooLong)?
        .len();
    let padded = length.next_multiple_of(8).min(buffer.len());
    buffer[length..padded].fill(0);
    Ok(length)
}

/// Decodes a message of whole words: up to 7 bytes of padding may follow the value.
///
/// # Errors
/// [`ProtocolError::Malformed`] if it is not exactly one value.
pub fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, ProtocolError> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, rest)) if rest.len() < 8 && rest.iter().all(|&byte| byte == 0) => Ok(value),
        _ => Err(ProtocolError::Malformed),
    }
}

/// The first [`WORDS`] words of a message; missing ones are 0.
pub fn words_of(bytes: &[u8]) -> [u64; WORDS] {
    let mut words = [0; WORDS];
    for (word, chunk) in words.iter_mut().zip(bytes.chunks_exact(8)) {
        *word = u64::from_le_bytes(chunk.try_into().unwrap_or_default());
    }
    words
}

/// Writes words at the start of `buffer`; gives the length in bytes. Words that do not fit are left out.
pub fn words_to_bytes(words: &[u64], buffer: &mut [u8]) -> usize {
    let mut length = 0;
    for (word, chunk) in words.iter().zip(buffer.chunks_exact_mut(8)) {
        chunk.copy_from_slice(&word.to_le_bytes());
        length += 8;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
    enum Sample<'a> {
        Nothing,
        Bytes(&'a [u8]),
        Pair { a: u64, b: Option<i32> },
        Text(&'a str),
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(bytes in prop::collection::vec(any::<u8>(), 0..900), a: u64, b: Option<i32>, text in ".{0,60}") {
            let mut buffer = [0xaa; MESSAGE_BYTES];
            for sample in [Sample::Nothing, Sample::Bytes(&bytes), Sample::Pair { a, b }, Sample::Text(&text)] {
                let length = encode(&sample, &mut buffer).unwrap();
                let words = length.div_ceil(8);
                prop_assert_eq!(decode::<Sample>(&buffer[..words * 8]).unwrap(), sample);
            }
        }

        #[test]
        fn any_bytes_decode_or_are_malformed(bytes in prop::collection::vec(any::<u8>(), 0..MESSAGE_BYTES)) {
            if let Ok(sample) = decode::<Sample>(&bytes) {
                let mut again = [0; MESSAGE_BYTES];
                // What decodes can be encoded again (a varint may come in a longer form than needed).
                prop_assert!(encode(&sample, &mut again).unwrap() <= bytes.len());
            }
        }

        #[test]
        fn words_round_trip(words in prop::collection::vec(any::<u64>(), 0..5)) {
            let mut buffer = [0; 32];
            let length = words_to_bytes(&words, &mut buffer);
            prop_assert_eq!(length, words.len().min(4) * 8);
            prop_assert_eq!(&words_of(&buffer[..length])[..words.len().min(4)], &words[..words.len().min(4)]);
        }
    }

    #[test]
    fn too_long_is_an_error() {
        let bytes = [1u8; MESSAGE_BYTES];
        assert_eq!(
            encode(&Sample::Bytes(&bytes), &mut [0; MESSAGE_BYTES]),
            Err(ProtocolError::TooLong)
        );
    }

    #[test]
    fn a_whole_word_too_much_is_malformed() {
        let mut buffer = [0; 16];
        encode(&Sample::Nothing, &mut buffer).unwrap();
        assert_eq!(decode::<Sample>(&buffer[..8]), Ok(Sample::Nothing));
        assert_eq!(decode::<Sample>(&buffer), Err(ProtocolError::Malformed));
    }
}
