// SPDX-License-Identifier: MIT OR Apache-2.0
use crate::Test;
use croft_images::Arch;
pub fn add(_: Arch, _: &mut Vec<Test>) {}
