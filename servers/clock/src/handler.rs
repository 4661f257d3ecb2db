// SPDX-License-Identifier: MIT OR Apache-2.0
//! The service, apart from devices and capabilities.

use crate::{CLIENTS, Clock, ClockInterface, Error, Parameters, Timers};
use croft_ipc::alarm::{Alarm, AlarmError, AlarmInterface};
use croft_ipc::{
    Caller, Capabilities, Definition, Dispatch, Incoming, Kept, Outgoing, ReceivedCapability,
    Server,
};

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
    /// A second timer for each client: that of its runtime.
    alarms: Timers<Kept>,
}

impl<M: Machine, C: Capabilities> Service<M, C> {
    /// No clients yet.
    pub fn new(machine: M, capabilities: C, parameters: Parameters) -> Self {
        Self {
            machine,
            capabilities,
            parameters,
            timers: Timers::new(),
            alarms: Timers::new(),
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
            alarms,
            ..
        } = self;
        for table in [&mut *timers, &mut *alarms] {
            table.expire(now, |notification| capabilities.signal(notification));
        }
        let next = timers.next().into_iter().chain(alarms.next()).min();
        self.machine.arm(next);
    }
}

/// Both interfaces on one endpoint: the label tells which is meant.
impl<M: Machine, C: Capabilities> Server for Service<M, C> {
    fn message(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        match incoming.label.map(croft_ipc::Label::interface) {
            Some(AlarmInterface::NUMBER) => AlarmInterface::dispatch(self, incoming, buffer),
            _ => ClockInterface::dispatch(self, incoming, buffer),
        }
    }
}

impl<M: Machine, C: Capabilities> Alarm for Service<M, C> {
    fn connect_alarm(&mut self, caller: Caller, _: ReceivedCapability) -> Result<u64, AlarmError> {
        if !self.alarms.has_room_for(caller.badge) {
            return Err(AlarmError::TooManyClients);
        }
        let notification = self.capabilities.keep().map_err(|_| AlarmError::NoSlot)?;
        match self.alarms.subscribe(caller.badge, notification) {
            Ok(None) => {}
            Ok(Some(unused)) | Err(unused) => self.capabilities.forget(unused),
        }
        Ok(self.parameters.frequency)
    }

    fn set(&mut self, caller: Caller, deadline: u64) -> Result<(), AlarmError> {
        if !self.alarms.set(caller.badge, Some(deadline)) {
            return Err(AlarmError::NotConnected);
        }
        self.expire_and_arm();
        Ok(())
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
    use crate::ClockClient;
    use croft_ipc::alarm::AlarmClient;
    use croft_ipc::mock::{self, MockCapabilities, MockEndpoint};
    use croft_ipc::{CallError, CapabilityAddress};

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

    type Server = Service<Device, MockCapabilities>;

    struct Bench {
        machine: mock::Machine<Server>,
        capabilities: MockCapabilities,
        client: ClockClient<MockEndpoint<Server>>,
    }

    fn bench() -> Bench {
        let capabilities = MockCapabilities::default();
        let service = Service::new(Device::default(), capabilities.clone(), PARAMETERS);
        let machine = mock::Machine::new(service, capabilities.clone());
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
            server.machine.now = now;
            server.interrupted();
        }

        fn armed(&self) -> Option<u64> {
            self.machine.server().machine.armed
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
    fn timer_and_alarm_of_a_client_are_two() {
        let bench = bench();
        let alarm = AlarmClient::new(bench.machine.client(3));
        assert_eq!(
            alarm.set(9),
            Err(CallError::Refused(AlarmError::NotConnected))
        );
        bench.client.subscribe(CapabilityAddress(1)).unwrap();
        assert_eq!(
            alarm.connect_alarm(CapabilityAddress(2)),
            Ok(PARAMETERS.frequency)
        );
        bench.client.set_timer(100).unwrap();
        alarm.set(60).unwrap();
        assert_eq!(bench.armed(), Some(60));
        bench.interrupt_at(60);
        assert_eq!(bench.capabilities.signals(), [0, 1]);
        assert_eq!(bench.armed(), Some(100));
        bench.interrupt_at(100);
        assert_eq!(bench.capabilities.signals(), [1, 1]);
        bench.client.set_timer(200).unwrap();
        alarm.set(300).unwrap();
        assert_eq!(bench.armed(), Some(200));
        bench.client.cancel().unwrap();
        assert_eq!(bench.armed(), Some(300));
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
