// SPDX-License-Identifier: MIT OR Apache-2.0
//! The service, apart from devices and capabilities.

use crate::{CLIENTS, Clock, Error, Parameters, Request, Timers, method};
use croft_ipc::{
    Answer, Call, Handler, HandlerResult, ReceivedCapability, WordsAnswer, WordsResult,
};

/// What the service needs of the machine.
pub trait Notifier {
    /// Names a notification capability that is kept.
    type Notification: Copy;

    /// Takes the capability out of the receive slot to keep it. `None` if there is no place for it.
    fn keep_received(&mut self) -> Option<Self::Notification>;

    /// Gives a kept capability back.
    fn forget(&mut self, notification: Self::Notification);

    /// Signals it.
    fn signal(&mut self, notification: Self::Notification);

    /// The processor's counter.
    fn counter(&self) -> u64;

    /// Programs the timer device to interrupt when the counter reaches `deadline` (at once if it has), or not at all.
    fn arm(&mut self, deadline: Option<u64>);
}

/// The clock service over a machine `M`.
pub struct Service<M: Notifier> {
    /// The devices and capabilities.
    pub machine: M,
    parameters: Parameters,
    timers: Timers<M::Notification>,
}

impl<M: Notifier> Service<M> {
    /// No clients yet.
    pub fn new(machine: M, parameters: Parameters) -> Self {
        Self {
            machine,
            parameters,
            timers: Timers::new(),
        }
    }

    /// The timer device interrupted.
    pub fn interrupted(&mut self) {
        self.expire_and_arm();
    }

    fn subscribe(&mut self, call: &Call) -> Result<Parameters, Error> {
        if call.capability != ReceivedCapability::InSlot {
            return Err(Error::NotificationMissing);
        }
        if !self.timers.has_room_for(call.badge) {
            return Err(Error::TooManyClients {
                capacity: CLIENTS as u8,
            });
        }
        let notification = self.machine.keep_received().ok_or(Error::NoSlot)?;
        match self.timers.subscribe(call.badge, notification) {
            Ok(None) => {}
            Ok(Some(unused)) | Err(unused) => self.machine.forget(unused),
        }
        Ok(self.parameters)
    }

    fn set(&mut self, badge: u64, deadline: Option<u64>) -> Result<WordsAnswer, Error> {
        if !self.timers.set(badge, deadline) {
            return Err(Error::NotSubscribed);
        }
        self.expire_and_arm();
        Ok(WordsAnswer::Reply([0; 4], 0))
    }

    fn expire_and_arm(&mut self) {
        let Self {
            machine, timers, ..
        } = self;
        let now = machine.counter();
        timers.expire(now, |notification| machine.signal(notification));
        machine.arm(timers.next());
    }
}

impl<M: Notifier> Handler for Service<M> {
    type Interface = Clock;

    fn handle<'s>(&'s mut self, request: Request, call: &Call) -> HandlerResult<'s, Clock> {
        match request {
            Request::Parameters => Ok(Answer::Reply(self.parameters)),
            Request::Subscribe => self.subscribe(call).map(Answer::Reply),
        }
    }

    fn handle_words(&mut self, method: u8, words: &[u64], call: &Call) -> WordsResult<Clock> {
        match (method, words) {
            (method::SET_TIMER, &[deadline]) => Some(self.set(call.badge, Some(deadline))),
            (method::CANCEL, &[]) => Some(self.set(call.badge, None)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ClockClient;
    use croft_ipc::{CallError, CapabilityAddress, Loopback};

    #[derive(Default)]
    struct Machine {
        now: u64,
        armed: Option<u64>,
        kept: u32,
        signalled: Vec<u32>,
        forgotten: Vec<u32>,
    }

    impl Notifier for Machine {
        type Notification = u32;
        fn keep_received(&mut self) -> Option<u32> {
            self.kept += 1;
            Some(self.kept)
        }
        fn forget(&mut self, notification: u32) {
            self.forgotten.push(notification);
        }
        fn signal(&mut self, notification: u32) {
            self.signalled.push(notification);
        }
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

    #[test]
    fn a_timer_expires_once() {
        let server = Loopback::with_badge(Service::new(Machine::default(), PARAMETERS), 3);
        let client = ClockClient::new(&server);
        assert_eq!(client.parameters(), Ok(PARAMETERS));
        assert_eq!(
            client.set_timer(9),
            Err(CallError::Refused(Error::NotSubscribed))
        );
        assert_eq!(client.subscribe(CapabilityAddress(1)), Ok(PARAMETERS));
        client.set_timer(100).unwrap();
        assert_eq!(server.handler().machine.armed, Some(100));
        server.handler().machine.now = 99;
        server.handler().interrupted();
        assert!(server.handler().machine.signalled.is_empty());
        server.handler().machine.now = 100;
        server.handler().interrupted();
        server.handler().interrupted();
        assert_eq!(server.handler().machine.signalled, [1]);
        assert_eq!(server.handler().machine.armed, None);
    }

    #[test]
    fn a_deadline_in_the_past_expires_at_once_and_a_cancelled_one_never() {
        let server = Loopback::new(Service::new(
            Machine {
                now: 50,
                ..Machine::default()
            },
            PARAMETERS,
        ));
        let client = ClockClient::new(&server);
        client.subscribe(CapabilityAddress(1)).unwrap();
        client.set_timer(50).unwrap();
        assert_eq!(server.handler().machine.signalled, [1]);
        client.set_timer(60).unwrap();
        client.cancel().unwrap();
        server.handler().machine.now = 100;
        server.handler().interrupted();
        assert_eq!(server.handler().machine.signalled, [1]);
    }

    #[test]
    fn a_second_notification_replaces_the_first() {
        let server = Loopback::new(Service::new(Machine::default(), PARAMETERS));
        let client = ClockClient::new(&server);
        client.subscribe(CapabilityAddress(1)).unwrap();
        client.subscribe(CapabilityAddress(2)).unwrap();
        assert_eq!(server.handler().machine.forgotten, [1]);
        client.set_timer(0).unwrap();
        assert_eq!(server.handler().machine.signalled, [2]);
    }
}
