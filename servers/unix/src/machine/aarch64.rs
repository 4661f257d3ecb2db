// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is different on aarch64.
use crate::traps::Kind;
use alloc::string::String;
use sel4::fault::UnknownSyscall;
use sel4::{MessageInfo, MessageInfoBuilder, UserContext, cap};
use unix_gate::Registers;
use unix_kernel::Request;
use unix_pages::PAGE_SIZE;

/// Words that an answer sets: x0 to x7 and the program counter.
const ANSWER: usize = sel4::sys::seL4_UnknownSyscall_FaultIP as usize + 1;
/// Words that [`Trap::answer_registers`] sets: pc, sp, spsr, x0.
const SHORT: usize = 4;
/// AT_HWCAP: HWCAP_FP and HWCAP_ASIMD of asm/hwcap.h, which no crate carries. Other extensions of the
/// processor cannot be asked for from user mode.
const FP_AND_ASIMD: usize = 0b11;

/// The registers of a system call trap.
#[derive(Default)]
pub struct Trap {
    call: Option<UnknownSyscall>,
}

impl Trap {
    pub fn new(call: &UnknownSyscall) -> Self {
        Trap { call: Some(*call) }
    }

    /// What kind of trap it is. The stubs put the call's number where the kernel passes it on: into x7.
    pub fn kind(&self) -> Kind {
        let call = self.call.as_ref();
        Kind::Call(Request {
            number: call.map_or(0, |call| call.gpr(7)) as i32 as usize,
            arguments: core::array::from_fn(|index| {
                call.map_or(0, |call| call.gpr(index)) as usize
            }),
        })
    }

    /// The answer as a message.
    pub fn write_answer(&self, value: usize) -> MessageInfo {
        let Some(call) = &self.call else {
            return MessageInfoBuilder::default().build();
        };
        sel4::with_ipc_buffer_mut(|buffer| {
            let registers = buffer.msg_regs_mut();
            registers[..ANSWER].copy_from_slice(&call.words()[..ANSWER]);
            registers[sel4::sys::seL4_UnknownSyscall_X0 as usize] = value as u64;
            registers[ANSWER - 1] = call.fault_ip() + Registers::CALL_LENGTH;
        });
        MessageInfoBuilder::default().length(ANSWER).build()
    }

    /// The answer as registers, and how many of them.
    pub fn answer_registers(&self, value: usize) -> (UserContext, usize) {
        let mut context = UserContext::default();
        if let Some(call) = &self.call {
            *context.pc_mut() = call.fault_ip() + Registers::CALL_LENGTH;
            *context.sp_mut() = call.sp();
            *context.spsr_mut() = call.spsr();
            *context.gpr_mut(0) = value as u64;
        }
        (context, SHORT)
    }
}

/// The kernel's registers as the world's.
pub fn from_context(context: &UserContext) -> Registers {
    Registers {
        x: core::array::from_fn(|index| context.gpr(index)),
        sp: context.sp(),
        pc: context.pc(),
        pstate: context.spsr(),
    }
}

/// The world's registers as the kernel's.
pub fn to_context(registers: &Registers) -> UserContext {
    let mut context = UserContext::default();
    for (index, value) in registers.x.iter().enumerate() {
        *context.gpr_mut(index) = *value;
    }
    *context.sp_mut() = registers.sp;
    *context.pc_mut() = registers.pc;
    *context.spsr_mut() = registers.pstate;
    context
}

/// Makes what was stored into a frame seen by instruction fetches.
pub fn synchronize_code(frame: u64) {
    let frame = cap::Granule::from_bits(frame);
    super::process::report(
        "Page_Unify_Instruction",
        frame.frame_unify_instruction(0, PAGE_SIZE),
    );
}

pub fn hardware_capabilities() -> (usize, usize) {
    (FP_AND_ASIMD, 0)
}

/// /proc/cpuinfo. Which processor it is cannot be asked for from user mode.
pub fn processor() -> String {
    String::from("processor\t: 0\nFeatures\t: fp asimd\nCPU architecture: 8\n\n")
}
