// SPDX-License-Identifier: MIT OR Apache-2.0
//! The service, apart from devices and capabilities.

use crate::{CLIENTS, Clock, Error, Parameters, Timers};
use croft_ipc::{Caller, Capabilities, Kept, ReceivedCapability};

/// What the service needs of the machine.
pub trait Machine {
    /// The processor's counter.
    fn counter(&self) -> u64;

    /// Programs the timer device to interrupt when the counter reaches `deadline` (at once if it has), or not at all.
    fn arm(&mut self, deadline: Option<u64>);
}

/// The clock service over a machine `M` with capabilities `C`.
pub struct Service<M, C> {
    /// The devices.
    pub machine: M,
    capabilities: C,
    parameters: Parameters,
    timers: Timers<Kept>,
}

impl<M: Machine, C: Capabilities> Service<M, C> {
    /// No clients yet.
    pub fn new(machine: M, capabilities: C, parameters: Parameters) -> Self {
        Self {
            machine,
            capabilities,
            parameters,
            timers: Timers::new(),
        }
    }

    /// The timer device interrupted.
    pub fn interrupted(&mut self) {
        self.expire_and_arm();
    }

    fn set(&mut self, badge: u64, deadline: Option<u64>) -> Result<(), Error> {
        if !self.timers.set(badge, deadline) {
            return Err(Error::NotSubscribed);
        }
        self.expire_and_arm();
        Ok(())
    }

    fn expire_and_arm(&mut self) {
        let now = self.machine.counter();
        let Self {
            capabilities,
            timers,
            ..
        } = self;
        timers.expire(now, |notification| capabilities.signal(notification));
        self.machine.arm(self.timers.next());
    }
}

impl<M: Machine, C: Capabilities> Clock for Service<M, C> {
    fn parameters(&mut self) -> Parameters {
        self.parameters
    }

    fn subscribe(&mut self, caller: Caller, _: ReceivedCapability) -> Result<Parameters, Error> {
        if !self.timers.has_room_for(caller.badge) {
            return Err(Error::TooManyClients {
                capacity: CLIENTS as u8,
            });
        }
        let notification = self.capabilities.keep().map_err(|_| Error::NoSlot)?;
        match self.timers.subscribe(caller.badge, notification) {
            Ok(None) => {}
            Ok(Some(unused)) | Err(unused) => self.capabilities.forget(unused),
        }
        Ok(self.parameters)
    }

    fn set_timer(&mut self, caller: Caller, deadline: u64) -> Result<(), Error> {
        self.set(caller.badge, Some(deadline))
    }

    fn cancel(&mut self, caller: Caller) -> Result<(), Error> {
        self.set(caller.badge, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClockClient, ClockInterface};
    use croft_ipc::mock::{self, MockCapabilities, MockEndpoint};
    use croft_ipc::{CallError, CapabilityAddress, Serving};

    #[derive(Default)]
    struct Device {
        now: u64,
        armed: Option<u64>,
    }

    impl Machine for Device {
        fn counter(&self) -> u64 {
            self.now
        }
        fn arm(&mut self, deadline: Option<u64>) {
            self.armed = deadline;
        }
    }

    const PARAMETERS: Parameters = Parameters {
        frequency: 62_500_000,
        epoch: 5,
        realtime_at_epoch: 7,
    };

    type Server = Serving<ClockInterface, Service<Device, MockCapabilities>>;

    struct Bench {
        machine: mock::Machine<Server>,
        capabilities: MockCapabilities,
        client: ClockClient<MockEndpoint<Server>>,
    }

    fn bench() -> Bench {
        let capabilities = MockCapabilities::default();
        let service = Service::new(Device::default(), capabilities.clone(), PARAMETERS);
        let machine = mock::Machine::new(Serving::new(service), capabilities.clone());
        let client = ClockClient::new(machine.client(3));
        Bench {
            machine,
            capabilities,
            client,
        }
    }

    impl Bench {
        fn interrupt_at(&self, now: u64) {
            let mut server = self.machine.server();
            server.state.machine.now = now;
            server.state.interrupted();
        }

        fn armed(&self) -> Option<u64> {
            self.machine.server().state.machine.armed
        }
    }

    #[test]
    fn a_timer_expires_once() {
        let bench = bench();
        let client = &bench.client;
        assert_eq!(client.parameters(), Ok(PARAMETERS));
        let refused = Err(CallError::Refused(Error::NotSubscribed));
        assert_eq!(client.set_timer(9), refused);
        assert_eq!(client.subscribe(CapabilityAddress(1)), Ok(PARAMETERS));
        client.set_timer(100).unwrap();
        assert_eq!(bench.armed(), Some(100));
        bench.interrupt_at(99);
        assert_eq!(bench.capabilities.signals(), [0]);
        bench.interrupt_at(100);
        bench.interrupt_at(100);
        assert_eq!(bench.capabilities.signals(), [1]);
        assert_eq!(bench.armed(), None);
    }

    #[test]
    fn a_deadline_in_the_past_expires_at_once_and_a_cancelled_one_never() {
        let bench = bench();
        let client = &bench.client;
        bench.interrupt_at(50);
        client.subscribe(CapabilityAddress(1)).unwrap();
        client.set_timer(50).unwrap();
        assert_eq!(bench.capabilities.signals(), [1]);
        client.set_timer(60).unwrap();
        client.cancel().unwrap();
        bench.interrupt_at(100);
        assert_eq!(bench.capabilities.signals(), [1]);
    }

    #[test]
    fn a_second_notification_replaces_the_first() {
        let bench = bench();
        bench.client.subscribe(CapabilityAddress(1)).unwrap();
        bench.client.set_timer(0).unwrap();
        assert_eq!(bench.capabilities.signals(), [1]);
        bench.client.subscribe(CapabilityAddress(2)).unwrap();
        // The first one is forgotten.
        assert_eq!(bench.capabilities.signals(), [0]);
        bench.client.set_timer(0).unwrap();
        assert_eq!(bench.capabilities.signals(), [1]);
    }

    #[test]
    fn there_is_room_for_so_many_clients() {
        let bench = bench();
        for badge in 10..10 + CLIENTS as u64 {
            let client = ClockClient::new(bench.machine.client(badge));
            assert!(client.subscribe(CapabilityAddress(1)).is_ok());
        }
        let full = Error::TooManyClients {
            capacity: CLIENTS as u8,
        };
        let refused = bench.client.subscribe(CapabilityAddress(1));
        assert_eq!(refused, Err(CallError::Refused(full)));
        // Nothing was kept of it.
        assert_eq!(bench.capabilities.signals().len(), CLIENTS);
    }
}
