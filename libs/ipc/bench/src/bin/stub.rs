// SPDX-License-Identifier: MIT OR Apache-2.0
//! Answers by what `#[interface]` makes.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use croft_ipc::{Capabilities, ReceivedCapability, Serving, SharedMemory};
use croft_ipc_bench::{Bench, BenchInterface};
use croft_server::{ServerCapabilities, SharedPage};

struct Server {
    capabilities: ServerCapabilities,
    page: Option<SharedPage>,
    bytes: [u8; 4096],
}

impl Bench for Server {
    fn next(&mut self, number: u64) -> u64 {
        number.wrapping_add(1)
    }

    fn bytes(&mut self, bytes: &[u8]) -> u64 {
        bytes.len() as u64
    }

    fn share(&mut self, _: ReceivedCapability) -> bool {
        self.page = self.capabilities.map().ok();
        self.page.is_some()
    }

    fn take(&mut self, length: u16) -> u64 {
        let Some((page, bytes)) = self.page.as_ref().zip(self.bytes.get_mut(..length.into()))
        else {
            return 0;
        };
        match page.read(0, bytes) {
            Ok(()) => bytes.last().copied().unwrap_or(0).into(),
            Err(_) => 0,
        }
    }
}

croft_server::main!(|process| process.serve(|capabilities| {
    let (page, bytes) = (None, [0; 4096]);
    let server = Server {
        capabilities,
        page,
        bytes,
    };
    Ok(Serving::<BenchInterface, _>::new(server))
}));
