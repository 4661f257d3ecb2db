// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether the names that servers see in a registry fit together.
use super::order::check_name;
use super::{Description, Server};

/// The registries that a server has among its services.
pub(crate) fn registries<'a>(
    server: &'a Server,
    servers: &'a [Server],
) -> impl Iterator<Item = &'a Server> {
    let services = server.services.values();
    let named = services.filter_map(|name| servers.iter().find(|other| other.name == *name));
    named.filter(|other| other.registry)
}

/// Checks each server's names, and that there can be something behind each.
pub(super) fn check(description: &Description) -> Result<(), String> {
    let servers = &description.servers;
    for server in servers {
        let of_server = |text: String| format!("server \"{}\": {text}", server.name);
        check_server(server, servers).map_err(of_server)?;
        let Some(registry) = registries(server, servers).next() else {
            continue;
        };
        for (shown, name) in &server.names.sees {
            let others = servers
                .iter()
                .filter(|other| registries(other, servers).any(|its| its.name == registry.name));
            let mut published = others.flat_map(|other| other.names.publishes.values());
            if !published.any(|published| published == name) {
                return Err(of_server(format!(
                    "names.sees.{shown} is \"{name}\", which no server publishes in \"{}\"",
                    registry.name
                )));
            }
        }
    }
    Ok(())
}

fn check_server(server: &Server, servers: &[Server]) -> Result<(), String> {
    if server.registry && (server.world.is_some() || server.arguments.is_some()) {
        return Err(
            "a registry is no world and has no \"arguments\": the builder makes them".to_owned(),
        );
    }
    let names = &server.names;
    let (sees, publishes) = (&names.sees, &names.publishes);
    for name in [sees, publishes]
        .into_iter()
        .flatten()
        .flat_map(|(a, b)| [a, b])
    {
        check_name(name)?;
    }
    if let Some(shown) = sees.keys().find(|shown| publishes.contains_key(*shown)) {
        return Err(format!(
            "names.sees and names.publishes both have \"{shown}\": who publishes a name sees it"
        ));
    }
    let has_names = !sees.is_empty() || !publishes.is_empty();
    match (registries(server, servers).count(), has_names) {
        (0, true) => Err(
            "it has names, but none of its services is a server with \"registry = true\""
                .to_owned(),
        ),
        (1.., false) => Err(
            "it has a registry among its services, and sees no name there: give it [server.names]"
                .to_owned(),
        ),
        (2.., true) => {
            Err("it has two registries among its services: names are for one".to_owned())
        }
        _ => Ok(()),
    }
}
