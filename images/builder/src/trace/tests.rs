// SPDX-License-Identifier: MIT OR Apache-2.0
//! From pieces to calls, and to each of the formats.
use croft_trace::{Event, Kind, Piece};
use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// Labels as `croft_ipc::Label` has them: interface 128, version 1.
const ADD: u32 = 128 << 12 | 1 << 8 | 1;
const DONE: u32 = 128 << 12 | 1 << 8;
const REFUSED: u32 = DONE | 1;
const LOCK: &str =
    "# a comment\ncounter 128 1 add 1 0123456789abcdef (amount: u64) -> u64 or Overflow\n";

/// A badge of an object (`croft_ipc::OBJECT_BADGE_BIT`).
const OBJECT: u64 = 1 << 26;

fn event(time: u64, kind: Kind, label: u32, who: u64) -> Event {
    Event {
        time,
        kind,
        label,
        words: 1,
        capability: false,
        who,
    }
}

/// A server's notes as they come: its name and badge, the servers behind its slots, its events.
fn record(
    recording: &mut Recording,
    (name, badge): (&str, u64),
    services: &[(u64, &str)],
    first: u64,
    events: &[Event],
) {
    let mut buffer = [0; 1024];
    let mut take = |piece: Piece<'_>| recording.take(piece.encode(&mut buffer).unwrap());
    take(Piece::Server {
        name,
        badge,
        restarts: 0,
        hertz: 1_000_000,
        first,
    });
    for (slot, server) in services {
        take(Piece::Service {
            slot: *slot,
            server,
        });
    }
    for events in events.chunks(croft_trace::EVENTS) {
        let words = events.iter().flat_map(|event| event.to_words());
        let bytes: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
        take(Piece::Events(&bytes));
    }
}

/// Two clients of a counter; one of them by an object's badge. The second is answered late, after a notification.
fn recording() -> Recording {
    let mut recording = Recording::default();
    let counter = [
        event(12, Kind::Received, ADD, 2),
        event(14, Kind::Answered, DONE, 2),
        event(22, Kind::Received, ADD, OBJECT),
        event(24, Kind::PutOff, ADD, OBJECT),
        event(30, Kind::Signalled, 0, 5),
        event(31, Kind::AnsweredLate, REFUSED, 99),
    ];
    record(&mut recording, ("counter", 1), &[], 0, &counter);
    let client = [
        event(10, Kind::Called, ADD, 40),
        event(16, Kind::Returned, DONE, 40),
    ];
    record(
        &mut recording,
        ("client", 2),
        &[(40, "counter")],
        0,
        &client,
    );
    let other = [
        event(20, Kind::Called, ADD, 77),
        event(33, Kind::Returned, REFUSED, 77),
        event(40, Kind::Called, ADD, 4),
    ];
    record(&mut recording, ("other", 3), &[], 5, &other);
    recording
}

fn names() -> Names {
    let mut names = Names::default();
    names.add(LOCK);
    names
}

#[test]
fn calls_of_clients_meet_those_at_their_servers() {
    let trace = Trace::new(&recording());
    assert_eq!(
        trace.participants,
        ["counter", "client", "other", "root task"]
    );
    assert_eq!(
        (trace.traced, &*trace.lost),
        (3, &[("other".to_owned(), 5)][..])
    );
    let [first, second, third] = trace.calls[..] else {
        panic!("{:?}", trace.calls)
    };
    // Microseconds of the counter become nanoseconds since the first note.
    assert_eq!((first.from, first.to), (1, 0));
    let times = |call: Call| {
        [
            call.called,
            call.received,
            call.put_off,
            call.answered,
            call.returned,
        ]
    };
    assert_eq!(
        times(first),
        [Some(0), Some(2000), None, Some(4000), Some(6000)]
    );
    assert_eq!((second.from, second.to), (2, 0));
    assert_eq!(
        times(second),
        [
            Some(10_000),
            Some(12_000),
            Some(14_000),
            Some(21_000),
            Some(23_000)
        ]
    );
    assert_eq!(second.answer.unwrap().label, REFUSED);
    // The root task is reached by everybody, and notes nothing; this call was never answered.
    assert_eq!((third.from, third.to, third.end()), (2, 3, None));
    assert_eq!(
        trace.signals,
        [Signal {
            at: 0,
            time: 20_000,
            bits: 5
        }]
    );
}

#[test]
fn what_comes_twice_counts_once() {
    let mut twice = recording();
    let again = recording();
    for ((name, _), notes) in &again.servers {
        let events: Vec<_> = notes.events.values().flatten().copied().collect();
        let services: Vec<_> = notes
            .services
            .iter()
            .map(|(slot, name)| (*slot, &**name))
            .collect();
        let first = *notes.events.keys().next().unwrap();
        record(&mut twice, (name, notes.badge), &services, first, &events);
    }
    assert!(!twice.is_complete());
    assert_eq!(Trace::new(&twice), Trace::new(&again));
    twice.take(Piece::Complete.encode(&mut [0; 8]).unwrap());
    assert!(twice.is_complete() && !twice.is_empty());
}

#[test]
fn a_client_that_is_not_traced_is_known_by_its_badge() {
    let mut recording = Recording::default();
    let counter = [
        event(1, Kind::Received, ADD, 7),
        event(2, Kind::Answered, DONE, 7),
    ];
    record(&mut recording, ("counter", 1), &[], 0, &counter);
    let trace = Trace::new(&recording);
    assert_eq!(trace.participants, ["counter", "badge 0x7"]);
    assert_eq!((trace.calls[0].from, trace.calls[0].to), (1, 0));
    // And a server that is not, by nothing.
    let mut recording = Recording::default();
    record(
        &mut recording,
        ("client", 1),
        &[],
        0,
        &[event(1, Kind::Called, ADD, 70)],
    );
    assert_eq!(Trace::new(&recording).participants, ["client", "unknown"]);
}

#[test]
fn names_come_from_what_was_recorded() {
    let names = names();
    assert_eq!(names.request(ADD), "counter.add");
    assert_eq!(names.request(ADD + 1), "interface 128 method 2");
    assert_eq!(names.request(6), "fault 6");
    assert_eq!(super::names::answer(DONE), "done");
    assert_eq!(super::names::answer(REFUSED), "refused");
    // Those of this tree.
    let tree = Names::of(&Workspace::find()).unwrap();
    assert_eq!(tree.request(5 << 12 | 2 << 8 | 1), "log.line");
}

#[test]
fn a_chrome_trace_has_a_span_on_both_sides_and_an_arrow() {
    let text = chrome::write(&Trace::new(&recording()), &names());
    let document: Value = serde_json::from_str(&text).unwrap();
    let events = document["traceEvents"].as_array().unwrap();
    let of = |phase: &str| -> Vec<&Value> {
        events.iter().filter(|event| event["ph"] == phase).collect()
    };
    let spans = of("X");
    assert_eq!(spans.len(), 4);
    assert_eq!(spans[0]["name"], "counter.add");
    assert_eq!(
        (&spans[0]["pid"], &spans[0]["ts"], &spans[0]["dur"]),
        (&2.into(), &0.0.into(), &6.0.into())
    );
    assert_eq!(
        (&spans[1]["pid"], &spans[1]["ts"], &spans[1]["dur"]),
        (&1.into(), &2.0.into(), &2.0.into())
    );
    assert_eq!(spans[0]["args"]["answer"], "done");
    // The call that was never answered stays open.
    assert_eq!(of("B").len(), 1);
    let (starts, ends) = (of("s"), of("f"));
    assert_eq!((starts.len(), ends.len()), (2, 2));
    for (start, end) in starts.iter().zip(&ends) {
        assert_eq!(start["id"], end["id"]);
    }
    let named: Vec<_> = of("M")
        .into_iter()
        .filter(|event| event["name"] == "process_name")
        .map(|event| event["args"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(named, ["counter", "client", "other", "root task"]);
    assert_eq!(document["otherData"]["lost"][0]["notes"], 5);
}

#[test]
fn a_diagram_has_arrows_between_columns() {
    let text = diagram::write(&Trace::new(&recording()), &names());
    let wanted = "\
Calls with [words of the message]; the column of times is in µs.
The oldest 5 notes of other are lost.
                counter                 client                   other                 root task
          0.000    |<-- counter.add [1] ---|                       |                       |
          4.000    |...... done [1] ......>|                       |                       |
         10.000    |<-------------- counter.add [1] ---------------|                       |
         20.000    | * signalled 0x5       |                       |                       |
         21.000    |.............. refused, late [1] .............>|                       |
         30.000    |                       |                       |--- counter.add [1] -->|
";
    assert_eq!(text, wanted, "\n{text}");
}

#[test]
fn a_mermaid_diagram_names_everybody() {
    let text = mermaid::write(&Trace::new(&recording()), &names());
    let wanted = "\
sequenceDiagram
    participant p0 as counter
    participant p1 as client
    participant p2 as other
    participant p3 as root task
    Note over p2: the oldest 5 notes are lost
    p1->>p0: counter.add [1]
    p0-->>p1: done [1]
    p2->>p0: counter.add [1]
    Note over p0: signalled 0x5
    p0-->>p2: refused, late [1]
    p2->>p3: counter.add [1]
";
    assert_eq!(text, wanted, "\n{text}");
}

#[test]
fn the_end_of_the_name_is_the_format() {
    for (name, format) in [
        ("a.json", Format::Chrome),
        ("b/a.txt", Format::Diagram),
        ("a.mmd", Format::Mermaid),
    ] {
        assert_eq!(name.parse::<TraceFile>().unwrap().format, format);
    }
    for name in ["", "a", "a.svg", "json"] {
        assert!(name.parse::<TraceFile>().unwrap_err().contains(".mmd"));
    }
}

proptest! {
    #[test]
    fn any_notes_are_written(
        notes in prop::collection::vec((0u64..50, 1u8..9, 0u32..4, 0u64..6), 0..60),
        rest in prop::collection::vec(any::<u8>(), 0..50),
        hertz in prop_oneof![Just(0u64), Just(1), Just(u64::MAX)],
    ) {
        let mut recording = Recording::default();
        for (server, notes) in notes.chunks(20).enumerate() {
            let events: Vec<_> = notes
                .iter()
                .filter_map(|&(time, kind, label, who)| {
                    Event::from_words([time, u64::from(kind) | u64::from(ADD + label) << 32, who])
                })
                .collect();
            let name = format!("server{server}");
            record(&mut recording, (&name, server as u64), &[(3, "server0")], 0, &events);
        }
        recording.take(&rest);
        for notes in recording.servers.values_mut() {
            notes.hertz = hertz;
        }
        let trace = Trace::new(&recording);
        for call in &trace.calls {
            let places = trace.participants.len();
            prop_assert!(call.from < places && call.to < places);
            prop_assert!(call.called.is_some() || call.received.is_some());
        }
        let text = chrome::write(&trace, &names());
        prop_assert!(serde_json::from_str::<Value>(&text).is_ok());
        let _ = (diagram::write(&trace, &names()), mermaid::write(&trace, &names()));
    }
}
