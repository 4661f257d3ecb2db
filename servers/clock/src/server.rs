// SPDX-License-Identifier: MIT OR Apache-2.0
//! The server: owns the timer and the real-time clock.

#[cfg_attr(target_arch = "aarch64", path = "server/generic_timer.rs")]
#[cfg_attr(target_arch = "x86_64", path = "server/hpet.rs")]
mod timer;

#[cfg_attr(target_arch = "aarch64", path = "server/pl031.rs")]
#[cfg_attr(target_arch = "x86_64", path = "server/cmos.rs")]
mod realtime;

use crate::{Machine, Parameters, Service};
use croft_ipc::{Incoming, Outgoing, Server};
use croft_server::device::Interrupt;
use croft_server::{Process, ServerCapabilities, SetupError, counter};
use timer::Timer;

/// The event bit of the timer's interrupt.
const INTERRUPT: u32 = 0;

/// The server's `main`: serves until the parent asks for the end.
pub fn run(process: Process) -> i32 {
    process.serve(|capabilities| Shell::new(&process, capabilities))
}

struct Shell {
    service: Service<Devices, ServerCapabilities>,
    interrupt: Interrupt,
}

impl Shell {
    fn new(process: &Process, capabilities: ServerCapabilities) -> Result<Self, SetupError> {
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
        Ok(Self {
            service: Service::new(Devices { timer }, capabilities, parameters),
            interrupt: process.interrupt("timer-irq", INTERRUPT)?,
        })
    }
}

impl Server for Shell {
    fn message(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        self.service.message(incoming, buffer)
    }

    fn event(&mut self, bits: u64) {
        if bits & 1 << INTERRUPT != 0 {
            self.service.machine.timer.silence();
            // Before the timer is set anew: an edge while the interrupt waits for its acknowledgement is lost.
            self.interrupt.acknowledge();
            self.service.interrupted();
        }
    }
}

struct Devices {
    timer: Timer,
}

impl Machine for Devices {
    fn counter(&self) -> u64 {
        counter()
    }

    fn arm(&mut self, deadline: Option<u64>) {
        self.timer.arm(deadline);
    }
}
