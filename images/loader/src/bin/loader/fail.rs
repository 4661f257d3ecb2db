// SPDX-License-Identifier: MIT OR Apache-2.0
//! Saying why the machine does not boot.

use arm_pl011_uart::{DataBits, LineConfig, Parity, StopBits, Uart, UniqueMmioPointer};
use core::fmt::{self, Write};
use core::panic::PanicInfo;
use core::ptr::{NonNull, with_exposed_provenance_mut};
use croft_console_frame::{Level, exit, log};

/// The serial port of QEMU's machine `virt`, a PL011.
const UART: usize = 0x0900_0000;
/// Its clock in hertz, and its speed in bits per second: QEMU heeds neither.
const UART_CLOCK: u32 = 24_000_000;
const BAUD: u32 = 115_200;

/// The status with which a run ends that never began.
const STATUS: u8 = 125;

unsafe extern "C" {
    /// Waits for ever (start.s).
    safe fn halt() -> !;
}

/// A short text in a fixed buffer; what does not fit is cut off.
struct Line {
    bytes: [u8; 240],
    length: usize,
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for (place, byte) in self.bytes[self.length..].iter_mut().zip(text.bytes()) {
            *place = byte;
            self.length += 1;
        }
        Ok(())
    }
}

/// Prints the reason on the serial port, as a log line and an exit status for the runner, and stops.
pub fn fail(reason: fmt::Arguments<'_>) -> ! {
    let mut line = Line {
        bytes: [0; 240],
        length: 0,
    };
    // Writing into the buffer does not fail.
    let _ = line.write_fmt(format_args!("loader: {reason}"));
    let Some(registers) = NonNull::new(with_exposed_provenance_mut(UART)) else {
        halt()
    };
    // SAFETY: the serial port's registers, mapped as a device by start.s. Nothing else uses them:
    // this function does not return.
    let mut uart = Uart::new(unsafe { UniqueMmioPointer::new(registers) });
    let config = LineConfig {
        data_bits: DataBits::Bits8,
        parity: Parity::None,
        stop_bits: StopBits::One,
    };
    // An error means a speed out of range, which QEMU does not care about.
    let _ = uart.enable(config, BAUD, UART_CLOCK);
    let message = log(Level::Error, &line.bytes[..line.length]);
    for byte in message.chain(exit(STATUS)) {
        while uart.is_tx_fifo_full() {}
        uart.write_word(byte);
    }
    halt()
}

/// Called by the exception vectors (start.s) with the syndrome, the instruction and the address.
#[unsafe(no_mangle)]
extern "C" fn exception(syndrome: u64, instruction: u64, address: u64) -> ! {
    fail(format_args!(
        "exception in the loader: syndrome {syndrome:#x} at {instruction:#x}, address {address:#x}"
    ))
}

#[panic_handler]
fn panic(information: &PanicInfo<'_>) -> ! {
    fail(format_args!("{information}"))
}
