// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the runtime maps things. Programs are linked below the start region; everything else is here, close to it, so
//! that few page tables are needed.

use core::ops::Range;
use croft_process::handover::layout;

/// Device registers: in what is free of the start region, whose page table is there already.
pub const DEVICES: Range<u64> = GAP..GAP + 0x4_0000;

/// One bit for each slot of the CNode.
pub const SLOT_BOOKS: Range<u64> = DEVICES.end..DEVICES.end + 0x4_0000;

/// Pages that are shared with other processes.
pub const SHARED: Range<u64> = SLOT_BOOKS.end..SLOT_BOOKS.end + 0x4_0000;

/// One page to write to frames through that are another process' afterwards.
pub const SCRATCH: u64 = SHARED.end;

/// The stack of the watchdog. The page below stays unmapped.
pub const WATCHDOG_STACK: Range<u64> = SCRATCH + 2 * layout::PAGE..SCRATCH + 4 * layout::PAGE;

/// The IPC buffer of the watchdog.
pub const WATCHDOG_BUFFER: u64 = SCRATCH + 5 * layout::PAGE;

/// The heap, from its start on as far as needed.
pub const HEAP: Range<u64> = layout::END..0x10_0000_0000;

/// Files that the parent gave.
pub const FILES: Range<u64> = 0x10_0000_0000..0x20_0000_0000;

/// Windows of frame pools.
pub const WINDOWS: Range<u64> = 0x20_0000_0000..0x80_0000_0000;

/// Behind the environment.
const GAP: u64 = layout::ENVIRONMENT + layout::ENVIRONMENT_LENGTH;

const _: () = assert!(WATCHDOG_BUFFER + layout::PAGE < layout::STACK_START);
