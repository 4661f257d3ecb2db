// SPDX-License-Identifier: MIT OR Apache-2.0
//! The numbers of Croft's own interfaces, in one place so that they never collide. 128 … 255 are free for users' servers.

/// Containers: `libs/container`.
pub const CONTAINER: u8 = 1;
/// What a startup image and its parent say to each other, and ends: `libs/process`.
pub const PROCESS: u8 = 2;
/// The console: `servers/console`.
pub const CONSOLE: u8 = 3;
/// The clock: `servers/clock`.
pub const CLOCK: u8 = 4;
/// Log lines: [`crate::log`].
pub const LOG: u8 = 5;
/// Alarms: [`crate::alarm`].
pub const ALARM: u8 = 8;
/// Views of names: `servers/registry`.
pub const REGISTRY: u8 = 10;
