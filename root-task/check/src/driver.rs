// SPDX-License-Identifier: MIT OR Apache-2.0
//! A driver that dies: its successor gets the same interrupt, and the interrupt comes.
//!
//! The device is one that can be made to interrupt at once: the real-time clock of `virt`, by an alarm of the present second; the
//! keyboard controller of a PC, by a key that its own driver puts in.
use croft_ipc::EVENT_BADGE_BIT;
use croft_ipc::kernel::Endpoint;
use croft_process::handover::{ParenthoodClient, slot};
use croft_server::Process;
use sel4::{MessageInfo, MessageInfoBuilder, cap};

use crate::tools::{Result, ensure};

/// The event bit of the interrupt.
const INTERRUPT: u32 = 3;

/// Requests: have the device interrupt, and die.
const RAISE: u64 = 1;
const DIE: u64 = 2;

fn message(label: u64) -> MessageInfo {
    MessageInfoBuilder::default().label(label).length(1).build()
}

/// The driver.
pub fn run(process: &Process) -> Result {
    let endpoint = process.service().map_err(|_| "no service endpoint")?;
    let mut device = Device::new(process)?;
    let interrupt = process
        .interrupt("test-irq", INTERRUPT)
        .map_err(|_| "no interrupt")?;
    let mut request = endpoint.recv_with_mrs(());
    while request.info.label() == RAISE {
        device.raise();
        let ((), badge) = cap::Notification::from_bits(slot::EVENTS).wait();
        let came = u64::from(badge == EVENT_BADGE_BIT | 1 << INTERRUPT);
        device.quiet();
        interrupt.acknowledge();
        request = endpoint.reply_recv_with_mrs(message(0), [came], ());
    }
    // A capability address that leads nowhere: to receive from it is a fault.
    cap::Endpoint::from_bits(u64::MAX >> 1).recv(());
    Err("a fault did not end the driver")
}

/// Has the driver's device interrupt some times, kills the driver, and the same with its successor.
pub fn interrupts(process: &Process) -> Result {
    let Endpoint(driver) = process.endpoint("driver").map_err(|_| "no driver")?;
    let several = || {
        for _ in 0..3 {
            let answer = driver.call_with_mrs(message(RAISE), [0]);
            ensure(answer.info.label() == 0, "the driver does not answer")?;
            ensure(answer.msg[0] == 1, "an interrupt did not come")?;
        }
        Ok(())
    };
    several()?;
    let gone = sel4::Error::InvalidCapability.into_sys();
    let death = driver.call_with_mrs(message(DIE), [0]);
    ensure(
        death.info.label() == u64::from(gone),
        "its death is not seen",
    )?;
    let parent = ParenthoodClient::new(Endpoint::from_bits(slot::PARENT));
    parent
        .renew(driver.bits())
        .map_err(|_| "the driver has no successor")?;
    several()
}

#[cfg(target_arch = "x86_64")]
struct Device(croft_server::device::IoPorts);

/// The keyboard controller (Intel 8042), as its ports' offsets from 0x60 and its commands have it.
#[cfg(target_arch = "x86_64")]
impl Device {
    const DATA: u16 = 0;
    const COMMAND: u16 = 4;
    const WRITE_CONFIGURATION: u8 = 0x60;
    const INTERRUPT_ENABLED: u8 = 1;
    /// What is written next is seen as a key.
    const WRITE_KEY: u8 = 0xd2;

    fn new(process: &Process) -> Result<Self> {
        let ports = process.io_ports("test-ports").map_err(|_| "no ports")?;
        let device = Self(ports);
        device.quiet();
        ports.write(Self::COMMAND, Self::WRITE_CONFIGURATION);
        ports.write(Self::DATA, Self::INTERRUPT_ENABLED);
        Ok(device)
    }

    fn raise(&mut self) {
        self.0.write(Self::COMMAND, Self::WRITE_KEY);
        self.0.write(Self::DATA, 1);
    }

    fn quiet(&self) {
        self.0.read(Self::DATA);
    }
}

#[cfg(target_arch = "aarch64")]
struct Device(croft_server::device::Registers<[safe_mmio::fields::ReadPureWrite<u32>; 8]>);

/// The PL031, as words from the start of its registers.
#[cfg(target_arch = "aarch64")]
impl Device {
    const DATA: usize = 0;
    const MATCH: usize = 1;
    const ENABLE: usize = 4;
    const RAISED: usize = 5;
    const CLEAR: usize = 7;

    fn new(process: &Process) -> Result<Self> {
        let registers = process.registers("test-rtc").map_err(|_| "no registers")?;
        let mut device = Self(registers);
        device.quiet();
        device.write(Self::ENABLE, 1);
        Ok(device)
    }

    fn raise(&mut self) {
        // The second may end between the two.
        while self.read(Self::RAISED) == 0 {
            let now = self.read(Self::DATA);
            self.write(Self::MATCH, now);
        }
    }

    fn quiet(&mut self) {
        self.write(Self::CLEAR, 1);
    }

    fn read(&mut self, register: usize) -> u32 {
        self.0.get(register).map_or(0, |register| register.read())
    }

    fn write(&mut self, register: usize, value: u32) {
        if let Some(mut register) = self.0.get(register) {
            register.write(value);
        }
    }
}
