// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a description and a run to the encoded manifest.
use std::collections::BTreeMap;

use croft_manifest::{
    Authority, Capability, File, Interrupt, LogLevel, Manifest, Polarity, RegistryArguments,
    RegistryClient, Restart, SequenceBuffer, Server, ShownName, Slots, StringsBuffer, Trigger,
    WorldArguments, encode_manifest,
};

use super::Run;
use super::payload::Places;
use crate::description::names::registries;
use crate::description::{self, Description, Device, World};
use crate::{Arch, Error, Result};

/// The payload's header and manifest.
pub(super) fn encode(
    arch: Arch,
    description: &Description,
    run: &Run,
    places: &Places<'_>,
) -> Result<Vec<u8>> {
    let mut servers = SequenceBuffer::new();
    let mut first_world = true;
    for (server, files) in description.servers.iter().zip(places.servers) {
        let capabilities = capabilities(arch, server)?;
        let mut named = SequenceBuffer::new();
        for (name, number) in &files.named {
            let range = places.ranges[*number];
            named.push(&File { name, range }).map_err(unencodable)?;
        }
        let mut reserve = server.reserve.0;
        let arguments = match &server.world {
            Some(world) => {
                // Only the first world belongs to the command line.
                let run = std::mem::take(&mut first_world).then_some(run);
                reserve = run.and_then(|run| run.reserve).unwrap_or(reserve);
                world_arguments(server, world, run)?
            }
            None if server.registry => registry_arguments(server, &description.servers)?,
            None => server.arguments.clone().unwrap_or_default().into_bytes(),
        };
        let encoded = Server {
            name: &server.name,
            image: places.ranges[files.image],
            reserve,
            priority: server.priority,
            slots: server.slots.map_or(Slots::Automatic, Slots::Exactly),
            restart: match server.restarts {
                0 => Restart::Never,
                at_most => Restart::OnFailure { at_most },
            },
            log: log_level(server, run),
            trace: description::trace_pages(server),
            capabilities: capabilities.sequence().ok_or_else(undecodable)?,
            files: named.sequence().ok_or_else(undecodable)?,
            arguments: &arguments,
        };
        servers.push(&encoded).map_err(unencodable)?;
    }
    let manifest = Manifest {
        startup: places.ranges[places.startup],
        servers: servers.sequence().ok_or_else(undecodable)?,
    };
    encode_manifest(&manifest).map_err(unencodable)
}

/// How detailed a server's log is: what is said of it alone counts before what is said of all.
fn log_level(server: &description::Server, run: &Run) -> LogLevel {
    let general = match run.verbose {
        true => LogLevel::Debug,
        false => LogLevel::Info,
    };
    server.log.unwrap_or(general)
}

/// A server's capabilities: the services of others, the devices of this machine, the look at the containers.
fn capabilities(arch: Arch, server: &description::Server) -> Result<SequenceBuffer> {
    let mut buffer = SequenceBuffer::new();
    for (name, wanted) in &server.services {
        let authority = Authority::Service { server: wanted };
        buffer
            .push(&Capability { name, authority })
            .map_err(unencodable)?;
    }
    for (name, device) in server.devices.of(arch) {
        let authority = match device {
            Device::Frames(frames) => Authority::DeviceFrames {
                physical: frames.physical,
                pages: frames.pages,
            },
            Device::Ports(first, last) => Authority::IoPorts {
                first: *first,
                last: *last,
            },
            Device::Gic(number) => Authority::Interrupt(Interrupt::Gic { number: *number }),
            Device::Ioapic(pin) => Authority::Interrupt(Interrupt::IoApic {
                ioapic: pin.controller,
                pin: pin.pin,
                vector: pin.vector,
                trigger: match pin.trigger {
                    description::Trigger::Edge => Trigger::Edge,
                    description::Trigger::Level => Trigger::Level,
                },
                polarity: match pin.polarity {
                    description::Polarity::High => Polarity::High,
                    description::Polarity::Low => Polarity::Low,
                },
            }),
        };
        buffer
            .push(&Capability { name, authority })
            .map_err(unencodable)?;
    }
    if let Some(name) = &server.look {
        let authority = Authority::Look;
        buffer
            .push(&Capability { name, authority })
            .map_err(unencodable)?;
    }
    Ok(buffer)
}

/// A registry's arguments: the names of all who have its service.
fn registry_arguments(
    registry: &description::Server,
    servers: &[description::Server],
) -> Result<Vec<u8>> {
    let mut clients = SequenceBuffer::new();
    for (server, badge) in servers.iter().zip(1..) {
        if !registries(server, servers).any(|other| other.name == registry.name) {
            continue;
        }
        let mut names = SequenceBuffer::new();
        let (sees, publishes) = (&server.names.sees, &server.names.publishes);
        for (list, publish) in [(sees, false), (publishes, true)] {
            for (shown, name) in list {
                let shown = ShownName {
                    shown,
                    name,
                    publish,
                };
                names.push(&shown).map_err(unencodable)?;
            }
        }
        let client = RegistryClient {
            badge,
            name: &server.name,
            names: names.sequence().ok_or_else(undecodable)?,
        };
        clients.push(&client).map_err(unencodable)?;
    }
    let clients = clients.sequence().ok_or_else(undecodable)?;
    RegistryArguments { clients }.encode().map_err(unencodable)
}

/// A world's arguments. Without a run it is a world beside the first one: it has its own command, and no
/// terminal.
fn world_arguments(
    server: &description::Server,
    world: &World,
    run: Option<&Run>,
) -> Result<Vec<u8>> {
    let alone = Run::default();
    let is_first = run.is_some();
    let run = run.unwrap_or(&alone);
    let command = if run.command.is_empty() {
        &world.command
    } else {
        &run.command
    };
    let mut variables: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, value) in &world.environment {
        variables.insert(name, value);
    }
    for variable in &run.environment {
        let (name, value) = variable.split_once('=').ok_or_else(|| {
            Error::Manifest(format!(
                "the environment needs NAME=VALUE, not \"{variable}\""
            ))
        })?;
        variables.insert(name, value);
    }
    let environment: Vec<_> = variables
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let strings = |list: &[String]| {
        let mut buffer = StringsBuffer::new();
        match list.iter().find(|string| !buffer.push(string.as_bytes())) {
            Some(string) => Err(Error::Manifest(format!("{string:?} has a NUL"))),
            None => Ok(buffer),
        }
    };
    let (command, environment) = (strings(command)?, strings(&environment)?);
    let arguments = WorldArguments {
        arguments: command.strings(),
        environment: environment.strings(),
        working_directory: world.directory.as_bytes(),
        hostname: &world.hostname,
        streams: run.streams,
        window: run.window,
        verbose: run.verbose,
        exit_with_init: is_first,
        seed: run.seed,
    };
    arguments
        .encode()
        .map_err(|error| Error::Manifest(format!("server \"{}\": {error}", server.name)))
}

fn unencodable(error: croft_manifest::Error<'_>) -> Error {
    Error::Manifest(error.to_string())
}

fn undecodable() -> Error {
    Error::Manifest(croft_manifest::Error::Malformed.to_string())
}
