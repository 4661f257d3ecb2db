// SPDX-License-Identifier: MIT OR Apache-2.0
//! The server's program.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use croft_ipc::Capabilities;
use croft_manifest::{NAME_LENGTH, RegistryArguments};
use croft_registry::{NAME_MAX, Service, Views};
use croft_server::{Process, SetupError, heap, memory};

croft_server::main!(run);

const _: () = assert!(
    NAME_MAX == NAME_LENGTH,
    "names are those of the image description"
);

fn run(process: Process) -> i32 {
    let arguments = match RegistryArguments::decode(process.arguments()) {
        Ok(arguments) => arguments,
        Err(error) => {
            log::error!("my arguments: {error}; the image description needs registry = true");
            return 1;
        }
    };
    let mut views = Views::default();
    for client in arguments.clients {
        let names = client.names.iter();
        let names = names.map(|name| (name.shown, name.name, name.publish));
        if let Err(error) = views.add_client(client.badge.into(), client.name, names) {
            log::error!("the names of {}: {error}", client.name);
            return 1;
        }
    }
    process.serve(|capabilities| with_room(Service::new(views, capabilities)))
}

/// Makes sure that nothing that clients do can exhaust memory or slots.
fn with_room<C: Capabilities>(service: Service<C>) -> Result<Service<C>, SetupError> {
    heap::ensure(service.most_bytes())?;
    let asked = service.most_slots() as u64;
    if memory::with(|memory| memory.slots.available()) < asked {
        return Err(memory::MemoryError::from(croft_server::NoSlots { asked }).into());
    }
    Ok(service)
}
