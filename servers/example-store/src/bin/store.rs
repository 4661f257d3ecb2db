// SPDX-License-Identifier: MIT OR Apache-2.0
//! The server's program.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use croft_example_store::{Service, StoreInterface};
use croft_ipc::Serving;

croft_server::main!(|process| process.serve(|capabilities| {
    Ok(Serving::<StoreInterface, _>::new(Service::new(
        capabilities,
    )))
}));
