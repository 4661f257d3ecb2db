// SPDX-License-Identifier: MIT OR Apache-2.0
//! A small interface, served over the loopback and attacked with arbitrary messages.

use croft_ipc::*;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

struct Store;

#[derive(Serialize, Deserialize, Debug)]
enum Request<'a> {
    Put(&'a [u8]),
    Get { at_most: u32 },
    Claim,
    Later,
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
enum Error {
    Full { room: u32 },
    Odd,
}

impl Interface for Store {
    const NAME: &'static str = "store";
    const NUMBER: u8 = 201;
    const VERSION: u8 = 3;
    type Request<'a> = Request<'a>;
    type Reply<'a> = &'a [u8];
    type Error = Error;
}

/// The same number, a version later.
struct NextStore;
impl Interface for NextStore {
    const NAME: &'static str = "store";
    const NUMBER: u8 = 201;
    const VERSION: u8 = 4;
    type Request<'a> = Request<'a>;
    type Reply<'a> = &'a [u8];
    type Error = Error;
}

#[derive(Default)]
struct Server {
    kept: Vec<u8>,
}

impl Handler for Server {
    type Interface = Store;

    fn handle<'s>(&'s mut self, request: Request<'_>, call: &Call) -> HandlerResult<'s, Store> {
        match request {
            Request::Put(bytes) if bytes.len() > 500 => Err(Error::Full { room: 500 }),
            Request::Put(bytes) => {
                self.kept = bytes.to_vec();
                Ok(Answer::Reply(&[]))
            }
            Request::Get { at_most } => Ok(Answer::Reply(
                &self.kept[..self.kept.len().min(at_most as usize)],
            )),
            Request::Claim if call.capability == ReceivedCapability::InSlot => {
                Ok(Answer::WithCapability(&[], CapabilityAddress(7)))
            }
            Request::Claim => Err(Error::Odd),
            Request::Later => Ok(Answer::Deferred),
        }
    }

    fn handle_words(&mut self, method: u8, words: &[u64], call: &Call) -> WordsResult<Store> {
        match (method, words) {
            (1, &[a, b]) if a % 2 == 0 => {
                Some(Ok(WordsAnswer::Reply([a + b, call.badge, 0, 0], 2)))
            }
            (1, _) => Some(Err(Error::Odd)),
            _ => None,
        }
    }
}

fn client() -> Client<Store, Loopback<Server>> {
    Client::new(Loopback::with_badge(Server::default(), 42))
}

#[test]
fn bytes_go_there_and_back() {
    let client = client();
    client.call(&Request::Put(b"heather"), |_| ()).unwrap();
    let got = client.call(&Request::Get { at_most: 4 }, <[u8]>::to_vec);
    assert_eq!(got, Ok(b"heat".to_vec()));
}

#[test]
fn refusals_are_the_interface_s_own_errors() {
    let refused = client().call(&Request::Put(&[0; 501]), |_| ());
    assert_eq!(refused, Err(CallError::Refused(Error::Full { room: 500 })));
}

#[test]
fn a_request_that_fits_no_message_is_not_sent() {
    let refused = client().call(&Request::Put(&[0; 1000]), |_| ());
    assert_eq!(refused, Err(CallError::Protocol(ProtocolError::TooLong)));
}

#[test]
fn words_travel_without_encoding() {
    let client = client();
    assert_eq!(client.call_words(1, [40, 2]), Ok([42, 42, 0, 0]));
    assert_eq!(
        client.call_words(1, [41, 2]),
        Err(CallError::Refused(Error::Odd))
    );
    assert_eq!(
        client.call_words(9, [1]),
        Err(CallError::Protocol(ProtocolError::UnknownMethod))
    );
}

#[test]
fn capabilities_travel_both_ways() {
    let client = client();
    let none = client.call_with_capability(&Request::Claim, None, None, |_, got| got);
    assert_eq!(none, Err(CallError::Refused(Error::Odd)));
    let one = client.call_with_capability(
        &Request::Claim,
        Some(CapabilityAddress(3)),
        None,
        |_, got| got,
    );
    assert_eq!(one, Ok(ReceivedCapability::InSlot));
}

#[test]
fn another_version_is_told_so() {
    let transport = client();
    let next = Client::<NextStore, _>::new(transport.transport());
    let answer = next.call(&Request::Get { at_most: 1 }, |_| ());
    assert_eq!(
        answer,
        Err(CallError::Protocol(ProtocolError::WrongVersion))
    );
}

#[test]
fn a_deferred_answer_is_none() {
    assert_eq!(client().call(&Request::Later, |_| ()), Err(CallError::Gone));
}

proptest! {
    /// Whatever arrives: no panic, and an answer that any client can decode.
    #[test]
    fn any_message_gets_an_answer(
        label in prop_oneof![any::<u64>(), Just(201 << 12 | 3 << 8), (0u64..256).prop_map(|method| 201 << 12 | 3 << 8 | method)],
        words in 0usize..=120,
        bytes in prop::collection::vec(any::<u8>(), 960),
        badge: u64,
    ) {
        let call = Call { badge, capability: ReceivedCapability::None };
        let incoming = Incoming { label: Label::from_bits(label), bytes: &bytes[..words * 8], call };
        let mut buffer = [0; MESSAGE_BYTES];
        if let Some(outgoing) = dispatch(&mut Server::default(), &incoming, &mut buffer) {
            prop_assert!(outgoing.length <= MESSAGE_BYTES);
            prop_assert!(outgoing.label.status().is_some());
            prop_assert!(Label::from_bits(outgoing.label.to_bits()).is_some());
        }
    }
}
