// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the root task says: on the serial port, framed as the console server's own lines are. Debug kernels print it as well.
//!
//! It does not ask the console server to write: it never waits for a server, and a line that is sent to one that is not
//! waiting is lost. The console server writes whole frames at once and runs whenever it can, so that it is never within
//! one when somebody's message makes the root task speak. For that it has to have a higher priority than all the others
//! (`images/*.toml`).
use core::fmt::{self, Write};
use core::panic::PanicInfo;

use croft_console_frame as frame;
use croft_process::backtrace::Backtrace;
use croft_trace::Piece;
use sel4_root_task::backtrace;

use crate::uart;

/// The exit status of a run that Croft itself could not do, as the host's runner has it.
const FAILED: u8 = 125;

/// The most bytes of a line: what one frame carries beside the level.
const LINE: usize = frame::MAX_CONTENT - 1;

/// Says lines.
pub struct Report;

impl Report {
    /// Says something that went well. The host shows it to those who want to know, and when the run does not
    /// come to its end.
    pub fn information(&self, text: fmt::Arguments<'_>) {
        line(frame::Level::Information, text);
    }

    /// Says something that did not go well.
    pub fn error(&self, text: fmt::Arguments<'_>) {
        line(frame::Level::Error, text);
    }

    /// Writes a piece of a trace.
    pub fn trace(&self, piece: &Piece<'_>) {
        let mut buffer = [0; frame::MAX_CONTENT];
        if let Some(bytes) = piece.encode(&mut buffer) {
            frame::trace(bytes).for_each(uart::put);
        }
    }

    /// Tells the host that the run is over because nothing runs any more that somebody could want. Why has been
    /// said.
    pub fn give_up(&self) {
        self.over(FAILED);
    }

    /// Tells the host that the run is over, with that status.
    pub fn over(&self, status: u8) {
        self.information(format_args!("nothing is left to run"));
        frame::exit(status).for_each(uart::put);
    }
}

/// Reports why nothing can start, tells the host that the run is over, and stops.
pub fn fatal(text: fmt::Arguments<'_>) -> ! {
    line(frame::Level::Error, text);
    frame::exit(FAILED).for_each(uart::put);
    sel4::init_thread::suspend_self()
}

/// Writes a line to the serial port.
fn line(level: frame::Level, text: fmt::Arguments<'_>) {
    // Not on the heap: it may be the heap that is the matter.
    let mut line = heapless::String::<LINE>::new();
    // What does not fit is left out.
    let _ = write!(Cut(&mut line), "root task: {text}");
    sel4::debug_println!("{line}");
    frame::log(level, line.as_bytes()).for_each(uart::put);
}

/// Takes as much text as there is room for.
struct Cut<'a>(&'a mut heapless::String<LINE>);

impl Write for Cut<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = text.floor_char_boundary(LINE - self.0.len());
        self.0.push_str(&text[..room]).map_err(|_| fmt::Error)
    }
}

/// From now on a panic is reported on the serial port.
pub fn install_panic_hook() {
    sel4_root_task::panicking::set_hook(&on_panic);
}

/// How this came to be called.
fn own_backtrace() -> Backtrace {
    let stack = backtrace::stack();
    let stack = stack.start as u64..stack.end as u64;
    let read = |address| Some(backtrace::words(address as usize)?.map(|word| word as u64));
    let at = own_backtrace as fn() -> Backtrace as usize as u64;
    Backtrace::walk(at, None, backtrace::frame_pointer() as u64, &stack, read)
}

fn on_panic(information: &PanicInfo<'_>) {
    let text = information.message();
    match information.location() {
        Some(place) => line(frame::Level::Error, format_args!("{text} ({place})")),
        None => line(frame::Level::Error, format_args!("{text}")),
    }
    line(frame::Level::Error, format_args!("{}", own_backtrace()));
    frame::exit(FAILED).for_each(uart::put);
}
