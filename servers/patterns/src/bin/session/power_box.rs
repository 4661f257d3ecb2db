// SPDX-License-Identifier: MIT OR Apache-2.0
//! A program without files, and a user who has some.

use crate::Result;
use crate::stage::Stage;
use croft_patterns::name;
use croft_patterns::power_box::IntroductionsClient;
use croft_server::Slot;

pub fn play(stage: &mut Stage) -> Result {
    let power_box = IntroductionsClient::new(stage.service("power-box")?);
    let ask = Slot::new()?;
    power_box.introduce(name("editor"), &ask)?;
    stage.child("editor", "editor", &[("ask", ask.address().0)], &[])?;
    stage.ends("editor")
}
