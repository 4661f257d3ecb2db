// SPDX-License-Identifier: MIT OR Apache-2.0
//! Round trips, refusals, and hostile bytes.
use proptest::prelude::*;

use crate::*;

/// A payload with two servers; `change` may spoil the second.
fn payload(change: impl FnOnce(&mut Server<'_>)) -> Vec<u8> {
    let range = |page: u64, length| FileRange {
        offset: page * PAGE,
        length,
    };
    let mut clock_capabilities = SequenceBuffer::new();
    let interrupt = Interrupt::Gic { number: 30 };
    for (name, authority) in [
        ("timer", Authority::Interrupt(interrupt)),
        (
            "rtc",
            Authority::DeviceFrames {
                physical: 0x0901_0000,
                pages: 1,
            },
        ),
        (
            "cmos",
            Authority::IoPorts {
                first: 0x70,
                last: 0x71,
            },
        ),
    ] {
        clock_capabilities
            .push(&Capability { name, authority })
            .unwrap();
    }
    let mut unix_capabilities = SequenceBuffer::new();
    let authority = Authority::Service { server: "clock" };
    unix_capabilities
        .push(&Capability {
            name: "clock",
            authority,
        })
        .unwrap();
    let mut unix_files = SequenceBuffer::new();
    unix_files
        .push(&File {
            name: "root",
            range: range(4, 5000),
        })
        .unwrap();

    let clock = Server {
        name: "clock",
        image: range(2, 100),
        reserve: Reserve::Bytes(1 << 20),
        priority: 200,
        slots: Slots::Exactly(256),
        restart: Restart::OnFailure { at_most: 3 },
        log: LogLevel::Info,
        trace: 0,
        capabilities: clock_capabilities.sequence().unwrap(),
        files: Sequence::empty(),
        arguments: b"",
    };
    let mut unix = Server {
        name: "unix",
        image: range(3, 4096),
        reserve: Reserve::Rest,
        priority: 100,
        slots: Slots::Automatic,
        restart: Restart::Never,
        log: LogLevel::Trace,
        trace: 4,
        capabilities: unix_capabilities.sequence().unwrap(),
        files: unix_files.sequence().unwrap(),
        arguments: b"opaque",
    };
    change(&mut unix);
    let mut servers = SequenceBuffer::new();
    servers.push(&clock).unwrap();
    servers.push(&unix).unwrap();
    let servers = servers.sequence().unwrap();
    let manifest = Manifest {
        startup: range(1, 10),
        servers,
    };
    let mut bytes = encode_manifest(&manifest).unwrap();
    bytes.resize(6 * PAGE as usize, 0);
    bytes[4 * PAGE as usize..][..5].copy_from_slice(b"files");
    bytes
}

#[test]
fn what_was_written_is_read() {
    let bytes = payload(|_| {});
    let payload = Payload::open(&bytes).unwrap();
    let manifest = payload.manifest();
    let servers: Vec<_> = manifest.servers.iter().collect();
    assert_eq!(servers.len(), 2);
    assert_eq!((servers[0].name, servers[1].name), ("clock", "unix"));
    assert_eq!(servers[0].restart, Restart::OnFailure { at_most: 3 });
    assert_eq!(servers[0].capabilities.len(), 3);
    let rtc = servers[0]
        .capabilities
        .iter()
        .find(|c| c.name == "rtc")
        .unwrap();
    assert_eq!(
        rtc.authority,
        Authority::DeviceFrames {
            physical: 0x0901_0000,
            pages: 1
        }
    );
    assert_eq!(servers[1].arguments, b"opaque");
    assert_eq!((servers[0].log, servers[0].trace), (LogLevel::Info, 0));
    assert_eq!((servers[1].log, servers[1].trace), (LogLevel::Trace, 4));
    let root = servers[1].files.iter().next().unwrap();
    assert_eq!(&payload.file(root.range)[..6], b"files\0");
    assert_eq!(payload.file(root.range).len(), 5000);
}

#[test]
fn references_are_checked() {
    let refused = |change: fn(&mut Server<'_>), why: &str| {
        let bytes = payload(change);
        let error = Payload::open(&bytes).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    };
    refused(|unix| unix.name = "clock", "\"clock\" is used twice");
    refused(|unix| unix.name = "", "no name");
    refused(|unix| unix.name = "Unix world", "\"Unix world\" is no name");
    refused(
        |unix| unix.image.length = 1 << 20,
        "\"image\" of server \"unix\"",
    );
    refused(
        |unix| unix.image.offset = u64::MAX - 4095,
        "\"image\" of server \"unix\"",
    );
    refused(|unix| unix.image.offset = 5, "\"image\" of server \"unix\"");
    refused(
        |unix| unix.reserve = Reserve::Bytes(0),
        "reserve of server \"unix\"",
    );
    refused(
        |unix| unix.reserve = Reserve::Percent(101),
        "reserve of server \"unix\"",
    );
}

#[test]
fn a_service_must_stand_earlier() {
    let mut buffer = SequenceBuffer::new();
    let authority = Authority::Service { server: "unix" };
    buffer
        .push(&Capability {
            name: "self",
            authority,
        })
        .unwrap();
    let bytes = payload(|unix| {
        // The borrow of a local cannot outlive this closure; a leak in a test is harmless.
        let leaked: &'static SequenceBuffer = Box::leak(Box::new(buffer));
        unix.capabilities = leaked.sequence().unwrap();
    });
    let (server, wants) = ("unix", "unix");
    assert_eq!(
        Payload::open(&bytes).unwrap_err(),
        Error::UnknownServer { server, wants }
    );
}

#[test]
fn another_version_is_named() {
    let mut bytes = payload(|_| {});
    bytes[16] = 77;
    assert_eq!(
        Payload::open(&bytes).unwrap_err(),
        Error::Version { found: 77 }
    );
}

#[test]
fn a_payload_cut_short_is_refused() {
    let bytes = payload(|_| {});
    for length in [0, 7, 8, 15, 16, 20, 100, 5 * PAGE as usize] {
        assert!(Payload::open(&bytes[..length]).is_err(), "{length}");
    }
    assert_eq!(Payload::open(b"").unwrap_err(), Error::NoPayload);
}

#[test]
fn large_argument_vectors_fit() {
    let mut arguments = StringsBuffer::new();
    for number in 0..10_000 {
        assert!(arguments.push(format!("argument-{number}").as_bytes()));
    }
    assert!(!arguments.push(b"a\0b"));
    let world = WorldArguments {
        arguments: arguments.strings(),
        ..world()
    };
    let bytes = world.encode().unwrap();
    let read = WorldArguments::decode(&bytes).unwrap();
    assert_eq!(read, world);
    assert_eq!(read.arguments.len(), 10_000);
    assert_eq!(read.arguments.iter().nth(9_999).unwrap(), b"argument-9999");
}

fn world() -> WorldArguments<'static> {
    WorldArguments {
        arguments: Strings::from_bytes(b"sh\0-c\0\0").unwrap(),
        environment: Strings::from_bytes(b"PATH=/bin\0").unwrap(),
        working_directory: b"/root",
        hostname: "croft",
        streams: [Stream::Terminal, Stream::Pipe, Stream::Terminal],
        window: WindowSize {
            rows: 24,
            columns: 80,
        },
        verbose: false,
        exit_with_init: true,
        seed: [7; 32],
    }
}

#[test]
fn empty_strings_count() {
    let strings: Vec<_> = world().arguments.iter().collect();
    assert_eq!(strings, [&b"sh"[..], b"-c", b""]);
    assert!(Strings::from_bytes(b"no end").is_none());
}

proptest! {
    #[test]
    fn any_bytes_are_a_value_or_an_error(bytes: Vec<u8>) {
        let _ = Payload::open(&bytes).map(|payload| format!("{payload:?}"));
        let _ = WorldArguments::decode(&bytes);
        let mut framed = MAGIC.to_vec();
        framed.extend_from_slice(&(bytes.len() as u64 + 1).to_le_bytes());
        framed.push(VERSION as u8);
        framed.extend_from_slice(&bytes);
        let _ = Payload::open(&framed).map(|payload| format!("{payload:?}"));
    }

    #[test]
    fn a_spoilt_manifest_never_panics(at in 0usize..600, value: u8, cut in 0usize..24_576) {
        let mut bytes = payload(|_| {});
        bytes[at] = value;
        bytes.truncate(cut);
        if let Ok(payload) = Payload::open(&bytes) {
            for server in payload.manifest().servers {
                // Opened means that every range is readable in full.
                prop_assert_eq!(payload.file(server.image).len() as u64, server.image.length);
                for file in server.files {
                    prop_assert_eq!(payload.file(file.range).len() as u64, file.range.length);
                }
            }
        }
    }

    #[test]
    fn strings_round_trip(list: Vec<Vec<u8>>) {
        let mut buffer = StringsBuffer::new();
        let kept: Vec<_> = list.into_iter().filter(|string| buffer.push(string)).collect();
        let strings = Strings::from_bytes(buffer.strings().as_bytes()).unwrap();
        prop_assert_eq!(strings.iter().map(<[u8]>::to_vec).collect::<Vec<_>>(), kept);
    }

    #[test]
    fn files_do_not_overlap(start in 0u64..100, lengths in prop::collection::vec(0u64..100_000, 0..20)) {
        let placed = place_files(start * PAGE, &lengths);
        let mut free = start * PAGE;
        for (range, length) in placed.iter().zip(&lengths) {
            prop_assert!(range.offset >= free && range.offset.is_multiple_of(PAGE));
            prop_assert_eq!(range.length, *length);
            free = range.offset + range.length;
        }
    }
}
