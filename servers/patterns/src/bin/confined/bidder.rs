// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bids at a meeting: one that it has made and hands on, or one that it was given.

use crate::{Result, parent, say};
use alloc::format;
use croft_ipc::{Capabilities, CapabilityAddress};
use croft_patterns::collaboration::{BidsClient, MeetingsClient};
use croft_patterns::identify::IdentifyClient;
use croft_server::{Process, ServerCapabilities, Slot};

pub fn run(process: &Process, rest: &str) -> Result {
    let factory = process.endpoint("factory")?;
    let meetings = MeetingsClient::new(factory);
    let (what, bid) = rest.split_once(' ').unwrap_or((rest, ""));
    let made = Slot::new()?;
    let meeting = match what {
        // The one who makes a meeting passes it on to the other.
        "make" => {
            meetings.make("auction", &made)?;
            parent().hand(made.address())?;
            made.address()
        }
        // One who would like to be the agent itself passes its own endpoint on.
        "forge" => {
            let mut own = ServerCapabilities::new(process.service()?.bits())?;
            parent().hand(own.mint(1)?)?;
            // It would listen, if somebody came.
            parent().wait()?;
            let (_, heard) = process.service()?.nb_recv(());
            say(process, format!("somebody came: {}", heard != 0));
            return Ok(());
        }
        _ => CapabilityAddress(process.endpoint("meeting")?.0.bits()),
    };
    if what == "join" {
        let identity = IdentifyClient::new(factory).identify(meeting)?;
        say(process, format!("the meeting is {identity:?}"));
    }
    let seat = Slot::new()?;
    if let Err(error) = meetings.enter(meeting, &seat) {
        say(process, format!("no seat: {error:?}"));
        return Ok(());
    }
    if let Ok(amount) = bid.parse() {
        let bids = BidsClient::new(seat.endpoint());
        let standing = bids.bid(amount);
        let again = bids.bid(amount + 1);
        say(process, format!("{standing:?}, and once more {again:?}"));
    }
    Ok(())
}
