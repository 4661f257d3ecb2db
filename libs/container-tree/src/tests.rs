// SPDX-License-Identifier: MIT OR Apache-2.0
mod cases;
mod grants;
mod mock;
mod model;
mod policy;
mod processes;
mod verify;
mod watches;
