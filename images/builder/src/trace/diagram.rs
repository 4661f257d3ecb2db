// SPDX-License-Identifier: MIT OR Apache-2.0
//! A sequence diagram as text: a column for each participant, time downwards.
use std::fmt::Write as _;

use super::calls::Trace;
use super::names::{Names, answer};

/// Characters of the column with times.
const TIME: usize = 15;
/// The fewest characters between two participants.
const LEAST: usize = 24;

/// One line of a diagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// When.
    pub(super) time: u64,
    /// Orders what happens at the same time: calls, notifications, answers.
    order: u8,
    /// Between whom; the same twice for what happens at one.
    pub(super) from: usize,
    pub(super) to: usize,
    /// What.
    pub(super) text: String,
    /// Whether it is an answer.
    pub(super) is_answer: bool,
}

/// What happens, in order.
pub(super) fn steps(trace: &Trace, names: &Names) -> Vec<Step> {
    let message = |text: String, words: u8, capability: bool| {
        let capability = if capability { "+cap" } else { "" };
        format!("{text} [{words}{capability}]")
    };
    let mut steps = Vec::new();
    for call in &trace.calls {
        steps.push(Step {
            time: call.start(),
            order: 0,
            from: call.from,
            to: call.to,
            text: message(names.request(call.label), call.words, call.capability),
            is_answer: false,
        });
        if let (Some(reply), Some(time)) = (call.answer, call.answered.or(call.returned)) {
            let late = if call.put_off.is_some() { ", late" } else { "" };
            let text = format!("{}{late}", answer(reply.label));
            steps.push(Step {
                time,
                order: 2,
                from: call.to,
                to: call.from,
                text: message(text, reply.words, reply.capability),
                is_answer: true,
            });
        }
    }
    for signal in &trace.signals {
        steps.push(Step {
            time: signal.time,
            order: 1,
            from: signal.at,
            to: signal.at,
            text: format!("signalled {:#x}", signal.bits),
            is_answer: false,
        });
    }
    steps.sort_by_key(|step| (step.time, step.order));
    steps
}

/// The trace as text.
pub(super) fn write(trace: &Trace, names: &Names) -> String {
    let steps = steps(trace, names);
    // The longest text between neighbours fits.
    let between = steps.iter().filter(|step| step.from.abs_diff(step.to) == 1);
    let longest = between.map(|step| step.text.len() + 6).max().unwrap_or(0);
    let names_fit = trace.participants.iter().map(|name| name.len() + 2).max();
    let width = longest.max(names_fit.unwrap_or(0)).max(LEAST);
    let column = |place: usize| TIME + 4 + place * width;
    let blank = || {
        let mut line = vec![b' '; column(trace.participants.len())];
        for place in 0..trace.participants.len() {
            line[column(place)] = b'|';
        }
        line
    };
    let unit = if trace.in_nanoseconds { "µs" } else { "ticks" };
    let mut text = String::new();
    let mut put = |line: String| {
        text.push_str(line.trim_end());
        text.push('\n');
    };
    put(format!(
        "Calls with [words of the message]; the column of times is in {unit}."
    ));
    for (name, lost) in &trace.lost {
        put(format!("The oldest {lost} notes of {name} are lost."));
    }
    let mut head = String::new();
    for (place, name) in trace.participants.iter().enumerate() {
        let start = column(place).saturating_sub(name.len() / 2);
        let _ = write!(
            head,
            "{:indent$}{name}",
            "",
            indent = start.saturating_sub(head.len())
        );
    }
    put(head);
    for step in &steps {
        let mut line = blank();
        let time = match trace.in_nanoseconds {
            true => format!("{}.{:03}", step.time / 1000, step.time % 1000),
            false => step.time.to_string(),
        };
        let time = format!("{time:>TIME$}");
        line[..TIME].copy_from_slice(&time.as_bytes()[..TIME]);
        let (left, right) = (step.from.min(step.to), step.from.max(step.to));
        let (start, end) = (column(left) + 1, column(right));
        if left == right {
            // Over whatever stands to the right.
            let label = format!(" * {} ", step.text);
            line.resize(line.len().max(start + label.len()), b' ');
            line[start..start + label.len()].copy_from_slice(label.as_bytes());
            put(String::from_utf8_lossy(&line).into_owned());
            continue;
        }
        let shaft = if step.is_answer { b'.' } else { b'-' };
        line[start..end].fill(shaft);
        match step.from < step.to {
            true => line[end - 1] = b'>',
            false => line[start] = b'<',
        }
        // Over whatever lies between.
        let label = format!(" {} ", step.text);
        let at = start + (end - start).saturating_sub(label.len()) / 2;
        let room = (end - at).min(label.len());
        line[at..at + room].copy_from_slice(&label.as_bytes()[..room]);
        put(String::from_utf8_lossy(&line).into_owned());
    }
    text
}
