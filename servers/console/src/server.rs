// SPDX-License-Identifier: MIT OR Apache-2.0
//! The server: owns the device, the receive slot and the reader's notification.

#[cfg_attr(target_arch = "aarch64", path = "server/pl011.rs")]
#[cfg_attr(target_arch = "x86_64", path = "server/uart_16550.rs")]
mod uart;

use crate::{LogService, Service, Subscribers};
use croft_ipc::{
    EVENT_BADGE_BIT, Incoming, Interface, Outgoing, Server, dispatch, kernel, log::Log,
};
use croft_server::device::Interrupt;
use croft_server::{Notifications, Process, SetupError, logger};
use sel4::{AbsoluteCPtr, cap};
use uart::Uart;

/// Bytes that came in before the device was set up: at most what its FIFO holds.
type Early = heapless::Deque<u8, 32>;

/// The event bit of the device's interrupt.
const INTERRUPT: u32 = 0;

/// The server's `main`: serves until the parent asks for the end.
pub fn run(process: Process) -> i32 {
    match Console::new(&process) {
        Ok((endpoint, receive, mut console)) => {
            kernel::serve(endpoint, Some(receive), &mut console);
            0
        }
        // Without a device there is nobody to tell but the parent.
        Err(error) => panic!("{error}"),
    }
}

struct Console {
    service: Service<Line, Reader>,
    end_requested: bool,
}

impl Console {
    fn new(process: &Process) -> Result<(cap::Endpoint, AbsoluteCPtr, Self), SetupError> {
        let endpoint = process.service()?;
        let receive = process.receive_slot()?;
        let uart = Uart::new(process)?;
        let interrupt = process.interrupt("uart-irq", INTERRUPT)?;
        let reader = Reader(Notifications::new(receive));
        let service = Service::new(Line { uart, interrupt }, reader);
        let mut console = Self {
            service,
            end_requested: false,
        };
        // What came in before the interrupt was set up.
        console.service.interrupted();
        console.service.ready();
        console.log_kept();
        Ok((endpoint, receive, console))
    }

    /// Lines that this server logs itself cannot go through a message to itself.
    fn log_kept(&mut self) {
        while let Some(line) = logger::take() {
            LogService(&mut self.service).line(line.level, &line.text);
        }
    }
}

impl Server for Console {
    fn message(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        let outgoing = match incoming.label {
            Some(label) if label.interface() == Log::NUMBER => {
                dispatch(&mut LogService(&mut self.service), incoming, buffer)
            }
            _ => dispatch(&mut self.service, incoming, buffer),
        };
        self.log_kept();
        outgoing
    }

    fn event(&mut self, bits: u64) {
        if bits & 1 << INTERRUPT != 0 {
            self.service.interrupted();
        }
        if bits & (croft_server::END_REQUESTED & !EVENT_BADGE_BIT) != 0 {
            self.end_requested = true;
        }
    }

    fn finished(&self) -> bool {
        self.end_requested
    }
}

/// The device with its interrupt.
struct Line {
    uart: Uart,
    interrupt: Interrupt,
}

impl crate::Line for Line {
    fn receive(&mut self) -> Option<u8> {
        self.uart.receive()
    }

    fn send(&mut self, bytes: impl Iterator<Item = u8>) {
        self.uart.send(bytes);
    }

    fn acknowledge(&mut self) {
        self.uart.acknowledge();
        self.interrupt.acknowledge();
    }
}

/// The reader's notification.
struct Reader(Notifications);

impl Subscribers for Reader {
    /// The slot that it is kept in.
    type Notification = u64;

    fn keep_received(&mut self) -> Option<u64> {
        self.0.keep()
    }

    fn forget(&mut self, notification: u64) {
        self.0.forget(notification);
    }

    fn signal(&mut self, notification: u64) {
        self.0.signal(notification);
    }
}
