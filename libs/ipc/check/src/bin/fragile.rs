// SPDX-License-Identifier: MIT OR Apache-2.0
//! A clock for alarms alone, which dies when the second one is set.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use croft_clock::ClockClient;
use croft_ipc::alarm::{Alarm, AlarmError, AlarmInterface};
use croft_ipc::kernel::Endpoint;
use croft_ipc::{
    Caller, Capabilities, Dispatch, Incoming, Kept, Outgoing, ReceivedCapability, Server,
};
use croft_server::{Process, ServerCapabilities, SetupError};
use sel4::cap;

croft_server::main!(|process| process.serve(|capabilities| Fragile::new(&process, capabilities)));

/// The event bit of the timer.
const TIMER: u32 = 0;

struct Fragile {
    capabilities: ServerCapabilities,
    /// The clock that is none of these.
    clock: ClockClient<Endpoint>,
    frequency: u64,
    client: Option<Kept>,
    /// Alarms that were set.
    set: u32,
}

impl Fragile {
    fn new(process: &Process, capabilities: ServerCapabilities) -> Result<Self, SetupError> {
        let clock = ClockClient::connect_to(process, "true-clock")?;
        let subscribed = clock.subscribe(process.event(TIMER)?.into());
        let parameters = subscribed.map_err(|_| SetupError::Capability("true-clock"))?;
        Ok(Self {
            capabilities,
            clock,
            frequency: parameters.frequency,
            client: None,
            set: 0,
        })
    }
}

impl Server for Fragile {
    fn message(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        AlarmInterface::dispatch(self, incoming, buffer)
    }

    fn event(&mut self, bits: u64) {
        if let Some(client) = &self.client
            && bits & 1 << TIMER != 0
        {
            self.capabilities.signal(client);
        }
    }
}

impl Alarm for Fragile {
    fn connect_alarm(&mut self, _: Caller, _: ReceivedCapability) -> Result<u64, AlarmError> {
        let client = self.capabilities.keep().map_err(|_| AlarmError::NoSlot)?;
        if let Some(old) = self.client.replace(client) {
            self.capabilities.forget(old);
        }
        Ok(self.frequency)
    }

    fn set(&mut self, _: Caller, deadline: u64) -> Result<(), AlarmError> {
        self.set += 1;
        if self.client.is_none() {
            return Err(AlarmError::NotConnected);
        }
        if self.set == 2 {
            // A capability address that leads nowhere: to receive from it is a fault.
            cap::Endpoint::from_bits(u64::MAX >> 1).recv(());
        }
        self.clock
            .set_timer(deadline)
            .map_err(|_| AlarmError::NotConnected)
    }
}
