// SPDX-License-Identifier: MIT OR Apache-2.0
//! Answers by what `#[interface]` makes.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use croft_ipc::Serving;
use croft_ipc_bench::{Bench, BenchInterface};

struct Server;

impl Bench for Server {
    fn next(&mut self, number: u64) -> u64 {
        number.wrapping_add(1)
    }

    fn bytes(&mut self, bytes: &[u8]) -> u64 {
        bytes.len() as u64
    }
}

croft_server::main!(|process| process.serve(|_| Ok(Serving::<BenchInterface, _>::new(Server))));
