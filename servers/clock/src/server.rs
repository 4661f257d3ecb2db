// SPDX-License-Identifier: MIT OR Apache-2.0
//! The server: owns the timer, the real-time clock and its clients' notifications.

#[cfg_attr(target_arch = "aarch64", path = "server/generic_timer.rs")]
#[cfg_attr(target_arch = "x86_64", path = "server/hpet.rs")]
mod timer;

#[cfg_attr(target_arch = "aarch64", path = "server/pl031.rs")]
#[cfg_attr(target_arch = "x86_64", path = "server/cmos.rs")]
mod realtime;

use crate::{Notifier, Parameters, Service};
use croft_ipc::{EVENT_BADGE_BIT, Incoming, Outgoing, Server, dispatch, kernel};
use croft_server::device::Interrupt;
use croft_server::{END_REQUESTED, Notifications, Process, SetupError, counter};
use sel4::{AbsoluteCPtr, cap};
use timer::Timer;

/// The event bit of the timer's interrupt.
const INTERRUPT: u32 = 0;

/// The server's `main`: serves until the parent asks for the end.
pub fn run(process: Process) -> i32 {
    match Clock::new(&process) {
        Ok((endpoint, receive, mut clock)) => {
            kernel::serve(endpoint, Some(receive), &mut clock);
            0
        }
        Err(error) => {
            log::error!("{error}");
            1
        }
    }
}

struct Clock {
    service: Service<Machine>,
    interrupt: Interrupt,
    end_requested: bool,
}

impl Clock {
    fn new(process: &Process) -> Result<(cap::Endpoint, AbsoluteCPtr, Self), SetupError> {
        let endpoint = process.service()?;
        let receive = process.receive_slot()?;
        let timer = Timer::new(process)?;
        let epoch = counter();
        let realtime = realtime::seconds(process)?;
        let parameters = Parameters {
            frequency: timer.frequency(),
            epoch,
            realtime_at_epoch: realtime * 1_000_000_000,
        };
        log::info!(
            "counter at {} Hz, {realtime} s since 1970",
            parameters.frequency
        );
        let interrupt = process.interrupt("timer-irq", INTERRUPT)?;
        let service = Service::new(
            Machine {
                timer,
                notifications: Notifications::new(receive),
            },
            parameters,
        );
        Ok((
            endpoint,
            receive,
            Self {
                service,
                interrupt,
                end_requested: false,
            },
        ))
    }
}

impl Server for Clock {
    fn message(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        dispatch(&mut self.service, incoming, buffer)
    }

    fn event(&mut self, bits: u64) {
        if bits & 1 << INTERRUPT != 0 {
            self.service.machine.timer.silence();
            // Before the timer is set anew: an edge while the interrupt waits for its acknowledgement is lost.
            self.interrupt.acknowledge();
            self.service.interrupted();
        }
        if bits & (END_REQUESTED & !EVENT_BADGE_BIT) != 0 {
            self.end_requested = true;
        }
    }

    fn finished(&self) -> bool {
        self.end_requested
    }
}

struct Machine {
    timer: Timer,
    notifications: Notifications,
}

impl Notifier for Machine {
    /// The slot that it is kept in.
    type Notification = u64;

    fn keep_received(&mut self) -> Option<u64> {
        self.notifications.keep()
    }

    fn forget(&mut self, notification: u64) {
        self.notifications.forget(notification);
    }

    fn signal(&mut self, notification: u64) {
        self.notifications.signal(notification);
    }

    fn counter(&self) -> u64 {
        counter()
    }

    fn arm(&mut self, deadline: Option<u64>) {
        self.timer.arm(deadline);
    }
}
