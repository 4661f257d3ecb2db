// SPDX-License-Identifier: MIT OR Apache-2.0
//! Panics are told to the parent, which ends the process.

use crate::logger::Bounded;
use crate::process::parent;
use core::fmt::Write;
use core::panic::PanicInfo;
use croft_ipc::kernel::Endpoint;
use croft_process::handover::{ParenthoodClient, TEXT_MAX};

/// Bytes of the report: place and message, cut.
const REPORT: usize = TEXT_MAX;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    // SAFETY: control never returns to where the buffer may be in use: this function does not return.
    unsafe { sel4::reclaim_ipc_buffer() };
    let mut text = Bounded::<REPORT>::default();
    if let Some(place) = info.location() {
        let _ = write!(text, "{}:{}: ", place.file(), place.line());
    }
    let _ = write!(text, "{}", info.message());
    end(|parent| parent.panic(&text.0))
}

/// Tells the parent something that it does not answer.
pub(crate) fn end<R>(tell: impl FnOnce(ParenthoodClient<Endpoint>) -> R) -> ! {
    tell(parent());
    // The parent destroys the process; if it answered by mistake, stopping is all that is left.
    loop {
        let _ = sel4::cap::Tcb::from_bits(croft_process::handover::slot::TCB).tcb_suspend();
    }
}
