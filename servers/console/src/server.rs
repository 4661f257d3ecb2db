// SPDX-License-Identifier: MIT OR Apache-2.0
//! The server: owns the device.

#[cfg_attr(target_arch = "aarch64", path = "server/pl011.rs")]
#[cfg_attr(target_arch = "x86_64", path = "server/uart_16550.rs")]
mod uart;

use crate::{ConsoleFinish, ConsoleInterface, Service};
use croft_container::Container;
use croft_ipc::log::{Log, LogInterface};
use croft_ipc::{Definition, Dispatch, Incoming, Label, Method, Outgoing, Server};
use croft_server::device::Interrupt;
use croft_server::{Process, ServerCapabilities, SetupError, logger};
use uart::Uart;

/// Bytes that came in before the device was set up: at most what its FIFO holds.
type Early = heapless::Deque<u8, 32>;

/// The event bit of the device's interrupt.
const INTERRUPT: u32 = 0;

/// The server's `main`: serves until the parent asks for the end.
pub fn run(process: Process) -> i32 {
    // Without a device there is nobody to tell but the parent.
    process.serve(|capabilities| match Shell::new(&process, capabilities) {
        Ok(shell) => Ok(shell),
        Err(error) => panic!("{error}"),
    })
}

struct Shell {
    service: Service<Line, ServerCapabilities>,
    /// All containers, to look at, if the image gives that.
    containers: Option<Container>,
    process: Process,
}

impl Shell {
    fn new(process: &Process, capabilities: ServerCapabilities) -> Result<Self, SetupError> {
        let uart = Uart::new(process)?;
        let interrupt = process.interrupt("uart-irq", INTERRUPT)?;
        let service = Service::new(Line { uart, interrupt }, capabilities);
        let mut shell = Self {
            service,
            containers: process.look("containers").ok(),
            process: *process,
        };
        // What came in before the interrupt was set up.
        shell.service.interrupted();
        shell.service.ready();
        shell.log_kept();
        Ok(shell)
    }

    /// Tells the host the containers, if it has asked. What fails in the middle leaves what there was so far, and without a
    /// capability there is nothing.
    fn inspect(&mut self) {
        let Self {
            service,
            containers,
            ..
        } = self;
        service.inspect(|each| {
            if let Some(containers) = containers {
                let _ = containers.list(each);
            }
        });
    }

    /// Lines that this server logs itself cannot go through a message to itself.
    fn log_kept(&mut self) {
        while let Some(line) = logger::take() {
            Log::line(&mut self.service, line.level, &line.text);
        }
    }
}

impl Server for Shell {
    fn message(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        const FINISH: Label = Label::of::<ConsoleInterface>(ConsoleFinish::NUMBER);
        if incoming.label == Some(FINISH) {
            // The host ends the machine when it hears of it.
            self.process.write_traces();
        }
        let outgoing = match incoming.label {
            Some(label) if label.interface() == LogInterface::NUMBER => {
                LogInterface::dispatch(&mut self.service, incoming, buffer)
            }
            _ => ConsoleInterface::dispatch(&mut self.service, incoming, buffer),
        };
        self.log_kept();
        // A read may have taken in what the host asked.
        self.inspect();
        outgoing
    }

    fn event(&mut self, bits: u64) {
        if bits & 1 << INTERRUPT != 0 {
            self.service.interrupted();
            self.inspect();
            if self.service.take_trace_request() {
                self.process.write_traces();
            }
        }
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
