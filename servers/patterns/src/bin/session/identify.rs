// SPDX-License-Identifier: MIT OR Apache-2.0
//! A deed goes through the hands of a middleman, who would rather keep it and pass something else on.

use crate::Result;
use crate::stage::Stage;
use alloc::format;
use croft_ipc::{CapabilityAddress, Kept};
use croft_patterns::identify::{DeedsClient, IdentifyClient};
use croft_server::Slot;

pub fn play(stage: &mut Stage) -> Result {
    let issuer = DeedsClient::new(stage.service("registrar")?);
    let (deed, asker) = (Slot::new()?, Slot::new()?);
    issuer.issue("north field", &deed)?;
    issuer.asker(&asker)?;
    let registrar = IdentifyClient::new(asker.endpoint());
    let identify = |kept: &Kept| registrar.identify(CapabilityAddress(kept.0));
    let gifts = [("deed", deed.address().0)];
    stage.child("middleman", "middleman", &gifts, &[])?;
    let handed = stage.handed()?;
    stage.say(format!("the deed: {:?}", identify(&handed)));
    for what in ["an endpoint with its badge", "a container"] {
        let other = stage.handed()?;
        stage.say(format!("{what}: {:?}", identify(&other)));
        stage.forget(other);
    }
    stage.ends("middleman")?;
    issuer.revoke(CapabilityAddress(handed.0))?;
    stage.say(format!("the deed, taken back: {:?}", identify(&handed)));
    // Who may ask may not issue.
    let refused = DeedsClient::new(asker.endpoint()).issue("my field", &Slot::new()?);
    stage.say(format!("issued by who may ask: {refused:?}"));
    stage.forget(handed);
    Ok(())
}
