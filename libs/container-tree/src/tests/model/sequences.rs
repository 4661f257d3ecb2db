// SPDX-License-Identifier: MIT OR Apache-2.0
//! All short sequences of operations, one after the other.

use super::operations::Operation;
use super::run::run;

/// Every sequence of a few operations on a machine of three blocks: what can happen at all happens here.
/// `CROFT_SEQUENCE` tells how long they are; the default is quick.
#[test]
fn all_short_sequences() {
    let length = std::env::var("CROFT_SEQUENCE").ok();
    let length = length.and_then(|text| text.parse().ok()).unwrap_or(4);
    let derive = |deep, limit, guaranteed| Operation::Derive {
        parent: 0,
        deep,
        limit,
        guaranteed,
    };
    let alphabet = [
        // 0 is the root container, 1 the next one that is alive, if there is one.
        Operation::Allocate {
            container: 0,
            bits: 10,
        },
        Operation::Allocate {
            container: 1,
            bits: 10,
        },
        Operation::Allocate {
            container: 1,
            bits: 11,
        },
        Operation::Deallocate {
            container: 0,
            block: 0,
        },
        Operation::Deallocate {
            container: 1,
            block: 1,
        },
        derive(false, 2048, 0),
        derive(true, 4096, 1024),
        Operation::Destroy { container: 1 },
        Operation::Dissolve { container: 1 },
        Operation::SetLimit {
            container: 1,
            limit: 1024,
        },
        Operation::Fail { after: 0 },
    ];
    let mut places = vec![0; length];
    loop {
        let operations = places.iter().map(|&place| alphabet[place].clone());
        run(&[11, 12], operations, 60, 1, false);
        let Some(place) = places.iter().rposition(|&place| place + 1 < alphabet.len()) else {
            return;
        };
        places[place] += 1;
        places[place + 1..].fill(0);
    }
}
