// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tests of what the comparison with Linux (`tests/against_linux`) cannot show: waiting, events,
//! limits, archives, synthetic file systems, mappings.
mod archive;
mod content;
mod limits;
mod listing;
mod locks;
mod mapping;
mod mounts;
mod pipes;
mod position;
mod sizes;
mod synthetic;
mod table;
mod unnamed;
mod world;
