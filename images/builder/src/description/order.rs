// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a description's servers fit together, and in which order they start.
use croft_manifest::{NAME_LENGTH, Reserve};
use croft_process::handover::layout;

use super::{Description, Device, Server};
use crate::STARTUP;

/// The priority of the root task; servers stay below it.
const ROOT_TASK_PRIORITY: u8 = 254;

/// Checks each server by itself, and names and reserves of all.
pub(super) fn check(description: &Description) -> Result<(), String> {
    if description.servers.is_empty() {
        return Err("there is no [[server]]".to_owned());
    }
    let mut percent = 0u32;
    let mut rest: Option<&str> = None;
    for (place, server) in description.servers.iter().enumerate() {
        let name = &server.name;
        let earlier = &description.servers[..place];
        if earlier.iter().any(|other| other.name == *name) {
            return Err(format!("two servers have the name \"{name}\""));
        }
        check_server(server).map_err(|text| format!("server \"{name}\": {text}"))?;
        match server.reserve.0 {
            Reserve::Percent(share) => percent += u32::from(share),
            Reserve::Rest => {
                if let Some(other) = rest.replace(name) {
                    return Err(format!(
                        "\"{other}\" and \"{name}\" both have the reserve \"rest\": give one of them a size or a share"
                    ));
                }
            }
            Reserve::Bytes(_) => {}
        }
    }
    if percent > 100 {
        return Err(format!("the reserves add up to {percent}% of the memory"));
    }
    Ok(())
}

fn check_server(server: &Server) -> Result<(), String> {
    check_name(&server.name)?;
    if server.priority >= ROOT_TASK_PRIORITY {
        return Err(format!(
            "priority {} is not below the root task's, {ROOT_TASK_PRIORITY}",
            server.priority
        ));
    }
    let most = u64::from(layout::TRACE_PAGES) * layout::PAGE;
    if server.trace.is_some_and(|size| size.0 > most) {
        return Err(format!("\"trace\" is more than {}K", most >> 10));
    }
    if server.world.is_some() && server.arguments.is_some() {
        return Err("a world has no \"arguments\": the builder makes them".to_owned());
    }
    for devices in [&server.devices.x86_64, &server.devices.aarch64] {
        let names = server.services.keys().chain(devices.keys());
        for name in names {
            check_name(name)?;
        }
        if let Some(name) = devices
            .keys()
            .find(|name| server.services.contains_key(*name))
        {
            return Err(format!("\"{name}\" is both a service and a device"));
        }
        if let Some(name) = &server.look {
            check_name(name)?;
            if server.services.contains_key(name) || devices.contains_key(name) {
                return Err(format!("\"{name}\" is both a look and something else"));
            }
        }
        for (name, device) in devices {
            check_device(device).map_err(|text| format!("device \"{name}\": {text}"))?;
        }
    }
    for name in server.files.keys() {
        check_name(name)?;
        if server.world.is_some() && name == crate::ROOT_ARCHIVE {
            return Err(format!(
                "the file \"{name}\" of a world is made by the builder"
            ));
        }
    }
    for name in server.programs.keys() {
        check_name(name)?;
        if server.files.contains_key(name) {
            return Err(format!("\"{name}\" is both a file and a program"));
        }
    }
    let mut files = server.files.keys().chain(server.programs.keys());
    let parent = server.parent || !server.programs.is_empty();
    if parent && files.any(|name| name == STARTUP) {
        return Err(format!(
            "the file \"{STARTUP}\" of a parent is the startup program"
        ));
    }
    if let Some(world) = &server.world {
        if world.command.is_empty() {
            return Err("world.command is empty".to_owned());
        }
        if !world.directory.starts_with('/') {
            return Err(format!(
                "world.directory \"{}\" does not begin with /",
                world.directory
            ));
        }
    }
    Ok(())
}

fn check_device(device: &Device) -> Result<(), String> {
    match device {
        Device::Frames(frames) if frames.pages == 0 => Err("no pages".to_owned()),
        Device::Frames(frames) if !frames.physical.is_multiple_of(croft_manifest::PAGE) => Err(
            format!("{:#x} is not at the start of a page", frames.physical),
        ),
        Device::Ports(first, last) if first > last => Err(format!(
            "the ports {first:#x} … {last:#x} are in the wrong order"
        )),
        Device::Frames(_) | Device::Ports(..) | Device::Gic(_) | Device::Ioapic(_) => Ok(()),
    }
}

pub(super) fn check_name(name: &str) -> Result<(), String> {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_');
    if (1..=NAME_LENGTH).contains(&name.len()) && name.bytes().all(allowed) {
        Ok(())
    } else {
        Err(format!(
            "\"{name}\" is no name: 1 to {NAME_LENGTH} of a-z 0-9 - . _"
        ))
    }
}

/// The servers so that each stands behind those whose services it has, else in their order in the file.
pub(super) fn start_order(servers: Vec<Server>) -> Result<Vec<Server>, String> {
    for server in &servers {
        for (key, wanted) in &server.services {
            if !servers.iter().any(|other| other.name == *wanted) {
                let names: Vec<_> = servers.iter().map(|other| other.name.as_str()).collect();
                return Err(format!(
                    "server \"{}\": services.{key} is \"{wanted}\", which is none of the servers {}",
                    server.name,
                    names.join(", ")
                ));
            }
        }
    }
    let mut waiting = servers;
    let mut ordered: Vec<Server> = Vec::new();
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|server| {
            let started = |wanted: &String| ordered.iter().any(|other| other.name == *wanted);
            server.services.values().all(started)
        });
        match ready {
            Some(place) => ordered.push(waiting.remove(place)),
            None => return Err(format!("servers wait for each other: {}", cycle(&waiting))),
        }
    }
    Ok(ordered)
}

/// One cycle among servers of which each waits for another of them.
fn cycle(waiting: &[Server]) -> String {
    let mut path: Vec<&str> = Vec::new();
    let mut next = waiting.first();
    while let Some(server) = next {
        if let Some(start) = path.iter().position(|name| *name == server.name) {
            path.drain(..start);
            path.push(&server.name);
            break;
        }
        path.push(&server.name);
        next = server
            .services
            .values()
            .find_map(|wanted| waiting.iter().find(|other| other.name == *wanted));
    }
    path.join(" → ")
}
