// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
struct Header {
    flags: u32,
    offset: u64,
    address: u64,
    file: u64,
    memory: u64,
}

const TEXT: Header = Header {
    flags: 5,
    offset: 0,
    address: 0x40_0000,
    file: 0x2345,
    memory: 0x2345,
};
const DATA: Header = Header {
    flags: 6,
    offset: 0x2345,
    address: 0x40_3345,
    file: 0x1000,
    memory: 0x3000,
};
const LENGTH: u64 = 0x3345;

fn image(machine: u16, entry: u64, headers: &[Header]) -> std::vec::Vec<u8> {
    let mut bytes = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    bytes.extend(2u16.to_le_bytes());
    bytes.extend(machine.to_le_bytes());
    bytes.extend(1u32.to_le_bytes());
    for word in [entry, 64, 0] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(0u32.to_le_bytes());
    for half in [64, 56, headers.len() as u16, 0, 0, 0] {
        bytes.extend(half.to_le_bytes());
    }
    for header in headers {
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(header.flags.to_le_bytes());
        for word in [
            header.offset,
            header.address,
            header.address,
            header.file,
            header.memory,
            PAGE,
        ] {
            bytes.extend(word.to_le_bytes());
        }
    }
    bytes.resize(PAGE as usize, 0);
    bytes
}

fn plan(headers: &[Header]) -> Result<Plan, Error> {
    Plan::new(&image(MACHINE, 0x40_0100, headers), LENGTH, MACHINE)
}

#[test]
fn whole_code_pages_are_shared_and_the_rest_is_copied() {
    let plan = plan(&[TEXT, DATA]).unwrap();
    let pages: std::vec::Vec<_> = plan.pages().collect();
    let at = |address, access, source| Page {
        address,
        access,
        source,
    };
    use Access::{Execute, Write};
    assert_eq!(
        pages,
        [
            at(0x40_0000, Execute, Source::Image { page: 0 }),
            at(0x40_1000, Execute, Source::Image { page: 1 }),
            at(
                0x40_2000,
                Execute,
                Source::Copy {
                    page: 2,
                    from: 0,
                    to: 0x345
                }
            ),
            at(
                0x40_3000,
                Write,
                Source::Copy {
                    page: 2,
                    from: 0x345,
                    to: 0x1000
                }
            ),
            at(
                0x40_4000,
                Write,
                Source::Copy {
                    page: 3,
                    from: 0,
                    to: 0x345
                }
            ),
            at(0x40_5000, Write, Source::Zero),
            at(0x40_6000, Write, Source::Zero),
        ]
    );
    assert_eq!(plan.fresh_pages(), 5);
    assert_eq!(plan.entry, 0x40_0100);
}

#[test]
fn each_wrong_segment_is_named_by_its_address() {
    let wrong = [
        Header { flags: 7, ..DATA },
        Header {
            file: 0x1001,
            ..DATA
        },
        Header {
            memory: 0xfff,
            ..DATA
        },
        Header {
            address: 0x40_3344,
            ..DATA
        },
        Header {
            address: 0x40_2345,
            ..DATA
        },
        Header {
            address: layout::START - 0x1000 + 0x345,
            ..DATA
        },
        Header {
            address: u64::MAX - 0xfff + 0x345,
            ..DATA
        },
        Header {
            offset: u64::MAX - 0xfff + 0x345,
            ..DATA
        },
    ];
    for header in wrong {
        assert_eq!(
            plan(&[TEXT, header]),
            Err((Failure::BadSegment, header.address)),
            "{header:x?}"
        );
    }
    let at_zero = Header { address: 0, ..TEXT };
    assert_eq!(plan(&[at_zero]), Err((Failure::BadSegment, 0)));
}

#[test]
fn what_is_no_executable_of_this_machine_is_refused() {
    let refused = |bytes: &[u8]| {
        Plan::new(bytes, LENGTH, MACHINE)
            .is_err_and(|(failure, _)| failure == Failure::NotExecutable)
    };
    let good = image(MACHINE, 0x40_0100, &[TEXT]);
    assert!(!refused(&good));
    assert!(refused(&image(abi::EM_RISCV, 0x40_0100, &[TEXT])));
    assert!(
        refused(&image(MACHINE, 0x40_9000, &[TEXT])),
        "entry outside of the code"
    );
    assert!(refused(b"#!/bin/sh\n"));
    assert!(refused(&[]));
    let mut big_endian = good.clone();
    big_endian[5] = 2;
    assert!(refused(&big_endian));
    let mut far_headers = good;
    far_headers[33] = 0x10;
    assert!(refused(&far_headers));
}

proptest! {
    /// Whatever a plan says can be done: pages ascend, stay below the region and inside of the image.
    #[test]
    fn a_plan_is_always_feasible(
        headers in prop::collection::vec(
            (0u32..8, 0u64..0x5000, 0u64..0x8000, 0u64..0x4000, 0u64..0x6000).prop_map(
                |(flags, offset, address, file, memory)| Header { flags, offset, address: address + 0x40_0000, file, memory },
            ),
            0..5,
        ),
        length in 0u64..0x6000,
    ) {
        if let Ok(plan) = Plan::new(&image(MACHINE, 0x40_0100, &headers), length, MACHINE) {
            let mut lowest = LOWEST;
            for page in plan.pages() {
                prop_assert!(page.address >= lowest && page.address % PAGE == 0);
                lowest = page.address + PAGE;
                match page.source {
                    Source::Image { page: number } => {
                        prop_assert!((number + 1) * PAGE <= length);
                        prop_assert!(page.access != Access::Write);
                    }
                    Source::Copy { page: number, from, to } => {
                        prop_assert!(from < to && to <= PAGE as usize);
                        prop_assert!(number * PAGE + to as u64 <= length);
                    }
                    Source::Zero => {}
                }
            }
            prop_assert!(lowest <= layout::START);
        }
    }

    #[test]
    fn any_bytes_are_a_plan_or_an_error(mut bytes in prop::collection::vec(any::<u8>(), 0..600), length: u64, real in any::<bool>()) {
        if real {
            let good = image(MACHINE, 0x40_0100, &[TEXT, DATA]);
            for (byte, good) in bytes.iter_mut().zip(&good[..100]) {
                *byte = *good;
            }
        }
        if let Ok(plan) = Plan::new(&bytes, length, MACHINE) {
            let holds_entry = |s: &Segment| s.access == Access::Execute && plan.entry.wrapping_sub(s.address) < s.length;
            prop_assert!(plan.segments.iter().any(holds_entry));
        }
    }
}
