// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the image's wishes to numbers and capabilities.
use alloc::string::String;
use alloc::vec::Vec;
use alloc::{format, vec};

use croft_container::Limits;
use croft_container_tree::Amount;
use croft_manifest::{Authority as Wish, Manifest, PAGE, Reserve, Server, Slots};
use croft_process::handover::Authority;
use croft_process::parent::Given;
use sel4::CapRights;

use super::Servers;
use crate::devices;
use crate::objects::MAX_RADIX;

/// What the root task keeps for itself, in bytes: page tables, numbers of address spaces.
const OWN: u64 = 256 << 10;

/// The least that a server's container has in slots of the root task.
const LEAST_SLOTS: u32 = 256;

/// Slots in a server's CNode for each page of its reserve: the frame's own, and one for a copy that is mapped elsewhere.
const SLOTS_A_PAGE: u64 = 2;

/// log2 of the slots of the smallest CNode of a server.
const LEAST_RADIX: u8 = 9;

/// What a server gets.
pub struct Plan {
    /// The limits of its container.
    pub limits: Limits,
    /// log2 of the slots of its CNode.
    pub radix: u8,
}

/// The plans of all servers, in their order, for a machine that has `total` to give.
pub fn all(manifest: &Manifest<'static>, total: Amount) -> impl Iterator<Item = Plan> {
    let give = total.bytes.saturating_sub(OWN);
    let fixed = move |reserve: Reserve| match reserve {
        Reserve::Bytes(bytes) => bytes,
        Reserve::Percent(percent) => give / 100 * u64::from(percent),
        Reserve::Rest => 0,
    };
    let servers = manifest.servers;
    let taken: u64 = servers.iter().map(|server| fixed(server.reserve)).sum();
    let rests = servers
        .iter()
        .filter(|server| server.reserve == Reserve::Rest)
        .count();
    let rest = give.saturating_sub(taken) / rests.max(1) as u64;
    servers.iter().map(move |server| {
        let bytes = match server.reserve {
            Reserve::Rest => rest,
            other => fixed(other),
        };
        plan(&server, bytes, total)
    })
}

fn plan(server: &Server<'_>, bytes: u64, total: Amount) -> Plan {
    let files: u64 = server
        .files
        .iter()
        .map(|file| file.range.length.div_ceil(PAGE))
        .sum();
    let given = files + server.image.length.div_ceil(PAGE);
    let (slots, own) = match server.slots {
        Slots::Exactly(count) => (count, u64::from(count)),
        Slots::Automatic => {
            // A share of the root task's slots as large as the share of its memory; in the server's CNode a slot for each
            // page that it may have.
            let share =
                u128::from(total.slots) * u128::from(bytes) / u128::from(total.bytes.max(1));
            let share = u32::try_from(share).unwrap_or(u32::MAX);
            (share.max(LEAST_SLOTS), bytes / PAGE * SLOTS_A_PAGE)
        }
    };
    let radix = (given + own).max(1).next_power_of_two().trailing_zeros() as u8;
    Plan {
        limits: Limits {
            limit: Amount { bytes, slots },
            guaranteed: 0,
        },
        radix: radix.clamp(LEAST_RADIX, MAX_RADIX),
    }
}

/// The badge by which a server sees the client of that place in the manifest: never 0.
pub const fn client_badge(place: usize) -> u64 {
    place as u64 + 1
}

/// The capabilities that a server is given, with the slots that they come from.
pub struct Gifts(Vec<Gift>);

struct Gift {
    name: &'static str,
    authority: Authority,
    slots: Vec<u64>,
    rights: CapRights,
    badge: Option<u64>,
}

impl Gifts {
    /// In the parent's words.
    pub fn capabilities(&self) -> Vec<Given<'_>> {
        let mut given = Vec::new();
        for gift in &self.0 {
            given.push(Given {
                name: gift.name,
                authority: gift.authority,
                slots: &gift.slots,
                rights: gift.rights,
                badge: gift.badge,
            });
        }
        given
    }
}

/// Finds or makes what a server is given.
pub fn given(
    servers: &mut Servers<'_, '_>,
    place: usize,
    server: &Server<'static>,
) -> Result<Gifts, String> {
    let mut gifts = Vec::new();
    for capability in server.capabilities {
        let name = capability.name;
        let gift = gift(servers, place, name, capability.authority)
            .map_err(|error| format!("its capability {name}: {error}"))?;
        gifts.push(gift);
    }
    Ok(Gifts(gifts))
}

fn gift(
    servers: &mut Servers<'_, '_>,
    place: usize,
    name: &'static str,
    wish: Wish<'static>,
) -> Result<Gift, String> {
    let service = servers.parent.service();
    let mut take = |count| service.borrow_mut().slots.allocate_row(count).ok();
    let all = CapRights::all();
    let failed = |error: devices::DeviceError| format!("{error}");
    let (authority, slots, rights, badge) = match wish {
        Wish::Service { server } => {
            let mut names = servers.payload.manifest().servers.iter();
            let provider = names.position(|each| each.name == server);
            let child = provider.and_then(|provider| servers.slots[provider].child.as_ref());
            let child = child.ok_or_else(|| format!("server {server} does not run"))?;
            let badge = client_badge(place);
            let slots = vec![child.service()];
            (
                Authority::Service,
                slots,
                CapRights::WRITE_GRANT,
                Some(badge),
            )
        }
        Wish::DeviceFrames { physical, pages } => {
            let frame = |page| {
                let physical = physical + u64::from(page) * PAGE;
                servers.devices.frame(physical, &mut take)
            };
            let slots = (0..pages).map(frame).collect::<Result<_, _>>();
            let authority = Authority::DeviceFrames { physical, pages };
            (authority, slots.map_err(failed)?, all, None)
        }
        Wish::IoPorts { first, last } => {
            let (slot, badge) = devices::io_ports(first, last).map_err(failed)?;
            (
                Authority::IoPorts { first, last },
                vec![slot],
                all,
                Some(badge),
            )
        }
        Wish::Interrupt(interrupt) => {
            let slot = servers.devices.interrupt(interrupt, &mut take);
            let slots = vec![slot.map_err(failed)?];
            (Authority::Interrupt(interrupt), slots, all, None)
        }
        Wish::Look => {
            let slot = servers.parent.look().map_err(|error| format!("{error}"))?;
            let rights = CapRights::WRITE_GRANT;
            (Authority::Look, vec![slot], rights, None)
        }
    };
    Ok(Gift {
        name,
        authority,
        slots,
        rights,
        badge,
    })
}
