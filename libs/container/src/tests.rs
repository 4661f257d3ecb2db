// SPDX-License-Identifier: MIT OR Apache-2.0
use croft_ipc::{MESSAGE_BYTES, decode, encode};
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
    }
}

/// The longest possible list fits a message.
#[test]
fn a_full_list_fits() {
    let entries = (0..LIST_LENGTH)
        .map(|_| entry(u16::MAX, u64::MAX, u32::MAX))
        .collect();
    let mut buffer = [0; MESSAGE_BYTES];
    encode(&Reply::Entries(entries), &mut buffer).unwrap();
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
    fn codes_round_trip(code: u16, rights: u64) {
        if let Some(object) = Object::from_code(code) {
            let again = Object::from_code(object.to_code());
            prop_assert_eq!(again, Some(object));
        }
        match Rights::from_code(rights) {
            Some(found) => prop_assert_eq!(found.to_code(), rights),
            None => prop_assert!(rights > 3),
        }
        for rights in 0..4 {
            prop_assert_eq!(Rights::from_code(rights).unwrap().to_code(), rights);
        }
    }

    #[test]
    fn any_bytes_are_a_message_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..MESSAGE_BYTES)) {
        let _ = decode::<Request>(&bytes);
        let _ = decode::<Reply>(&bytes);
        let _ = decode::<ContainerError>(&bytes);
    }

    #[test]
    fn replies_round_trip(number: u16, bytes: u64, slots: u32) {
        let reply = Reply::Entries([entry(number, bytes, slots)].into_iter().collect());
        let mut buffer = [0; MESSAGE_BYTES];
        let length = encode(&reply, &mut buffer).unwrap().next_multiple_of(8);
        prop_assert_eq!(decode::<Reply>(&buffer[..length]).unwrap(), reply);
    }
}
