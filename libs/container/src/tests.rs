// SPDX-License-Identifier: MIT OR Apache-2.0
use croft_ipc::{Data, MESSAGE_BYTES, decode, encode};
use proptest::prelude::*;

use super::*;

fn entry(number: u16, bytes: u64, slots: u32) -> Entry {
    let amount = Amount { bytes, slots };
    Entry {
        number,
        name: Name::new(&"m".repeat(31)),
        depth: 255,
        limit: amount,
        guaranteed: amount,
        used: amount,
        own: amount,
        left: amount,
        children: u16::MAX,
        processes: u16::MAX,
        age: u64::MAX,
    }
}

/// The longest possible list fits a message.
#[test]
fn a_full_list_fits() {
    let entries = (0..LIST_LENGTH)
        .map(|_| entry(u16::MAX, u64::MAX, u32::MAX))
        .collect();
    let mut buffer = [0; MESSAGE_BYTES];
    let entries: heapless::Vec<_, LIST_LENGTH> = entries;
    let length = encode(&entries, &mut buffer).unwrap();
    assert_eq!(length, heapless::Vec::<Entry, LIST_LENGTH>::MAX_SIZE);
}

#[test]
fn names_are_cut_between_characters() {
    assert_eq!(Name::new(&"ä".repeat(40)).as_str(), "ä".repeat(15));
    assert_eq!(Name::new("").as_str(), "");
    assert_eq!(format!("[{:>5}]", Name::new("abc")), "[  abc]");
}

#[test]
fn errors_say_what_and_where() {
    let error = ContainerError::Limit {
        container: Name::new("unix"),
        currency: Currency::Bytes,
        asked: 4096,
        left: 0,
    };
    assert_eq!(
        error.to_string(),
        "container unix has 0 bytes left of its limit, 4096 were asked"
    );
}

proptest! {
    #[test]
    fn lists_round_trip(number: u16, bytes: u64, slots: u32) {
        let reply: heapless::Vec<_, LIST_LENGTH> = [entry(number, bytes, slots)].into_iter().collect();
        let mut buffer = [0; MESSAGE_BYTES];
        let length = encode(&reply, &mut buffer).unwrap().next_multiple_of(8);
        prop_assert_eq!(decode::<heapless::Vec<Entry, LIST_LENGTH>>(&buffer[..length]).unwrap(), reply);
    }
}
