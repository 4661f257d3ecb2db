// SPDX-License-Identifier: MIT OR Apache-2.0
//! Messages by chance for every interface of Croft, to servers and to clients.
//!
//! `cargo run --release -p croft-ipc-fuzz -- 10000000 [SEED]` sends so many; the tests send fewer. Equal seeds are equal runs.
//! A server must not panic and must answer with what any client can read: an unknown label and a message of another
//! length get the error that belongs to them. A client must take any answer for a reply or an error.
#![forbid(unsafe_code)]

mod chance;
mod clients;
mod patterns;
mod servers;

pub use chance::Chance;

use croft_ipc::{Label, MESSAGE_BYTES, ProtocolError, Status, TransportFailure};
use servers::Target;
use std::collections::BTreeMap;

/// How many messages a server gets before a fresh one takes its place.
const LIFE: u64 = 4096;

/// Sends `count` messages to servers, in turn, and answers to clients. How many of them reached which method, by label.
///
/// # Errors
/// The first message that was answered wrongly.
pub fn run(seed: u64, count: u64) -> Result<BTreeMap<u64, u64>, String> {
    let mut chance = Chance::new(seed);
    let (mut reached, mut sent) = (BTreeMap::new(), 0);
    while sent < count {
        for target in servers::all() {
            for _ in 0..LIFE.min(count - sent) {
                if let Some(label) = one(&target, &mut chance)? {
                    *reached.entry(label).or_default() += 1;
                }
                sent += 1;
            }
        }
        clients::all(&mut chance);
    }
    Ok(reached)
}

/// One message. Its label, if it reached a method.
fn one(target: &Target, chance: &mut Chance) -> Result<Option<u64>, String> {
    let mut bytes = [0; MESSAGE_BYTES];
    let (label, length) = chance.request(target, &mut bytes);
    let bytes = &bytes[..length];
    let context = |wrong: &str| format!("{}: label {label:#x}, {bytes:x?}: {wrong}", target.name);
    let (outgoing, answer) = match (target.send)(label, bytes, chance) {
        Ok(answer) => answer,
        // It waits, and nobody will answer.
        Err(TransportFailure::Gone) => return Ok(Some(label)),
        Err(other) => return Err(context(&format!("{other:?}"))),
    };
    let status = outgoing
        .label
        .status()
        .ok_or_else(|| context("no status"))?;
    if outgoing.length > MESSAGE_BYTES || Label::from_bits(outgoing.label.to_bits()).is_none() {
        return Err(context("no message can be like that"));
    }
    let error = match status {
        Status::Protocol => ProtocolError::from_code(answer[0]),
        _ => None,
    };
    let expected = target.expects(label);
    if expected.is_some() && error != expected {
        return Err(context(&format!("{error:?} instead of {expected:?}")));
    }
    if status == Status::Protocol && error.is_none() {
        return Err(context("an unknown error"));
    }
    Ok(error.is_none().then_some(label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_message_gets_an_answer() {
        let reached = run(1, 300_000).unwrap();
        // Otherwise this would test little.
        for target in servers::all() {
            for (label, _) in target.methods {
                assert!(reached.contains_key(&label), "{} {label:#x}", target.name);
            }
        }
    }
}
