// SPDX-License-Identifier: MIT OR Apache-2.0
use croft_manifest::{LogLevel, Sequence, SequenceBuffer};
use proptest::prelude::*;

use super::*;

fn encoded(arguments: &[u8]) -> Vec<u8> {
    let (mut capabilities, mut files) = (SequenceBuffer::new(), SequenceBuffer::new());
    for (name, slot, authority) in [
        (Environment::SERVICE, 8, Authority::Serve),
        (
            "uart",
            9,
            Authority::DeviceFrames {
                physical: 0x900_0000,
                pages: 1,
            },
        ),
    ] {
        let capability = NamedCapability {
            name,
            slot,
            authority,
        };
        capabilities.push(&capability).unwrap();
    }
    let content = Blob {
        first_slot: 20,
        length: 8193,
    };
    files
        .push(&File {
            name: "root",
            content,
        })
        .unwrap();
    let environment = Environment {
        name: "console",
        log: LogLevel::Info,
        trace: 0,
        cnode_radix_bits: 12,
        free_slots: SlotRange {
            first: 100,
            count: 3996,
        },
        priority: 200,
        image: content,
        capabilities: capabilities.sequence().unwrap(),
        files: files.sequence().unwrap(),
        arguments,
    };
    environment.encode().unwrap()
}

#[test]
fn what_the_parent_writes_the_child_reads() {
    let mut pages = encoded(b"one two");
    pages.resize(layout::PAGE as usize, 0);
    let environment = Environment::decode(&pages).unwrap();
    assert_eq!(environment.arguments, b"one two");
    let uart = environment.capability("uart").unwrap();
    assert_eq!(uart.slot, 9);
    assert_eq!(environment.file("root").unwrap().content.pages(), 3);
    assert!(environment.file("other").is_none() && environment.capability("root").is_none());
}

#[test]
fn what_is_too_long_is_refused() {
    let arguments = vec![1; layout::ENVIRONMENT_LENGTH as usize];
    let environment = Environment {
        name: "",
        log: LogLevel::Info,
        trace: 0,
        cnode_radix_bits: 0,
        free_slots: SlotRange { first: 0, count: 0 },
        priority: 0,
        image: Blob {
            first_slot: 0,
            length: 0,
        },
        capabilities: Sequence::empty(),
        files: Sequence::empty(),
        arguments: &arguments,
    };
    assert!(matches!(
        environment.encode(),
        Err(EnvironmentError::TooLong { .. })
    ));
}

#[test]
fn another_version_is_named() {
    let mut pages = encoded(b"");
    pages[HEADER] = 9;
    assert_eq!(
        Environment::decode(&pages),
        Err(EnvironmentError::Version { found: 9 })
    );
}

/// The regions do not overlap and lie in order.
const _: () = {
    use layout::*;
    assert!(START < STARTUP_END && STARTUP_END <= ENVIRONMENT);
    assert!(ENVIRONMENT + ENVIRONMENT_LENGTH < STACK_START);
    assert!(STACK_TOP < IPC_BUFFER && IPC_BUFFER + PAGE < END);
    assert!(START.is_multiple_of(0x20_0000) && END - START == 0x20_0000);
    assert!(STACK_TOP.is_multiple_of(16) && STACK_START.is_multiple_of(PAGE));
};

proptest! {
    #[test]
    fn any_bytes_are_a_value_or_an_error(bytes: Vec<u8>) {
        let _ = Environment::decode(&bytes).map(|environment| format!("{environment:?}"));
    }

    #[test]
    fn a_spoilt_environment_never_panics(at in 0usize..200, value: u8, cut in 0usize..300) {
        let mut pages = encoded(b"argument");
        let at = at % pages.len();
        pages[at] = value;
        pages.truncate(cut);
        let _ = Environment::decode(&pages).map(|environment| format!("{environment:?}"));
    }
}
