// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a program's trap to the world, and back.
//!
//! A fault message tells the registers that the answer may change. They are kept for as long as the
//! program stands in the trap ([`Trap`]), because a call that waits is answered much later.
use crate::machine::{SeL4Machine, Trap};
use sel4::{Fault, MessageInfo, MessageInfoBuilder};
use unix_kernel::{Disposition, Exception, Touch, World};

/// Serves one message; the answer, if it is to be given now.
pub fn serve(
    world: &mut World<SeL4Machine>,
    badge: u32,
    info: &MessageInfo,
) -> Option<MessageInfo> {
    let fault = sel4::with_ipc_buffer(|buffer| Fault::new(buffer, info));
    match fault {
        Some(Fault::UnknownSyscall(call)) => {
            let trap = Trap::new(&call);
            let kind = trap.kind();
            world.machine.enter_trap(badge, trap);
            let disposition = match kind {
                Kind::Call(request) => world.on_system_call(badge, request),
                Kind::Gate => world.on_gate_trap(badge),
                Kind::Exception(exception) => world.on_exception(badge, exception),
                Kind::Raw => {
                    world.on_raw_call(badge);
                    Disposition::Nothing
                }
            };
            match disposition {
                Disposition::Return(value) => Some(world.machine.write_answer(badge, value)),
                Disposition::Repeat => Some(MessageInfoBuilder::default().build()),
                Disposition::Nothing => None,
            }
        }
        Some(Fault::VmFault(fault)) => {
            let touch = if fault.is_prefetch() {
                Touch::Execute
            } else if fault.is_write() {
                Touch::Write
            } else {
                Touch::Read
            };
            let disposition = world.on_page_fault(badge, fault.addr() as usize, touch);
            (disposition == Disposition::Repeat).then(|| MessageInfoBuilder::default().build())
        }
        Some(Fault::UserException(fault)) => {
            let exception = Exception {
                vector: fault.number(),
                code: fault.code(),
            };
            world.on_exception(badge, exception);
            None
        }
        // A system call instruction that escaped the rewriter and was taken for one of seL4's, or a
        // message that the program sent itself: its only capability is good for nothing else.
        Some(Fault::CapFault(_) | Fault::NullFault(_)) | None => {
            world.on_raw_call(badge);
            None
        }
    }
}

/// What an unknown system call is. On aarch64 it is always the first.
#[cfg_attr(target_arch = "aarch64", allow(dead_code))]
pub enum Kind {
    /// A system call of Linux.
    Call(unix_kernel::Request),
    /// The end of a routine of the gate.
    Gate,
    /// An instruction that Linux answers with a signal.
    Exception(Exception),
    /// A system call instruction that was not rewritten, and lost something on the way.
    Raw,
}
