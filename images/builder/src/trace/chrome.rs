// SPDX-License-Identifier: MIT OR Apache-2.0
//! The Trace Event Format of Chrome, which <https://ui.perfetto.dev> reads too: each server is a process with two threads,
//! one for what it calls and one for what it serves; an arrow leads from a call to where it is served.
use serde_json::{Value, json};

use super::calls::{Call, Trace};
use super::names::{Names, answer};

/// The thread of what a server calls, and that of what it serves.
const CALLS: u32 = 1;
const SERVES: u32 = 2;

/// The trace as JSON.
pub(super) fn write(trace: &Trace, names: &Names) -> String {
    let mut events = Vec::new();
    for (place, name) in trace.participants.iter().enumerate() {
        let mut named = |what: &str, thread: u32, name: &str| {
            events.push(json!({
                "ph": "M", "name": what, "pid": place + 1, "tid": thread, "args": { "name": name },
            }));
        };
        named("process_name", 0, name);
        named("thread_name", CALLS, "calls");
        named("thread_name", SERVES, "serves");
    }
    for (number, call) in trace.calls.iter().enumerate() {
        add(&mut events, number, call, names);
    }
    for signal in &trace.signals {
        events.push(json!({
            "ph": "i", "s": "t", "name": format!("signalled {:#x}", signal.bits), "cat": "notification",
            "pid": signal.at + 1, "tid": SERVES, "ts": microseconds(signal.time),
        }));
    }
    let lost: Vec<Value> = trace
        .lost
        .iter()
        .map(|(name, lost)| json!({ "server": name, "notes": lost }))
        .collect();
    let unit = match trace.in_nanoseconds {
        true => "ns",
        false => "ticks / 1000",
    };
    let document = json!({
        "displayTimeUnit": "ns",
        "otherData": { "lost": lost, "ts": format!("microseconds; {unit}") },
        "traceEvents": events,
    });
    format!("{document:#}\n")
}

fn add(events: &mut Vec<Value>, number: usize, call: &Call, names: &Names) {
    let name = names.request(call.label);
    let mut arguments = json!({ "words": call.words, "capability": call.capability });
    if let Some(reply) = call.answer {
        arguments["answer"] = json!(answer(reply.label));
        arguments["answer words"] = json!(reply.words);
        arguments["answer capability"] = json!(reply.capability);
    }
    let mut span = |process: usize, thread: u32, start: u64, end: Option<u64>| {
        // What did not end goes on to the end of the trace.
        let kind = if end.is_some() { "X" } else { "B" };
        let mut event = json!({
            "ph": kind, "name": name, "cat": "call", "pid": process + 1, "tid": thread,
            "ts": microseconds(start), "args": arguments,
        });
        if let Some(end) = end {
            event["dur"] = microseconds(end.saturating_sub(start));
        }
        events.push(event);
    };
    if let Some(start) = call.called {
        span(call.from, CALLS, start, call.returned);
    }
    if let Some(start) = call.received {
        // A server that has put it off does something else.
        span(call.to, SERVES, start, call.put_off.or(call.answered));
    }
    if let (Some(_), Some(time)) = (call.put_off, call.answered) {
        events.push(json!({
            "ph": "i", "s": "t", "name": format!("answers {name}"), "cat": "call",
            "pid": call.to + 1, "tid": SERVES, "ts": microseconds(time),
        }));
    }
    if let (Some(called), Some(received)) = (call.called, call.received) {
        let mut arrow = |kind: &str, process: usize, thread: u32, time: u64| {
            events.push(json!({
                "ph": kind, "bp": "e", "id": number + 1, "name": name, "cat": "call",
                "pid": process + 1, "tid": thread, "ts": microseconds(time),
            }));
        };
        arrow("s", call.from, CALLS, called);
        arrow("f", call.to, SERVES, received);
    }
}

/// Nanoseconds as the format has them.
fn microseconds(nanoseconds: u64) -> Value {
    json!(nanoseconds as f64 / 1000.0)
}
