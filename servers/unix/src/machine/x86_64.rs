// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is different on x86_64.
use crate::traps::Kind;
use alloc::string::String;
use sel4::fault::UnknownSyscall;
use sel4::{MessageInfo, MessageInfoBuilder, UserContext};
use unix_gate::Registers;
use unix_gate::trap::x86_64::Call;
use unix_kernel::{Exception, Request};

/// Words that an answer sets: all registers of the message, not the number behind them.
const ANSWER: usize = UnknownSyscall::LENGTH - 1;
/// Words that [`Trap::answer_registers`] sets: rip, rsp, rflags, rax.
const SHORT: usize = 4;

/// The registers of a system call trap.
#[derive(Default)]
pub struct Trap {
    call: Option<UnknownSyscall>,
}

impl Trap {
    pub fn new(call: &UnknownSyscall) -> Self {
        Trap { call: Some(*call) }
    }

    /// What kind of trap it is.
    pub fn kind(&self) -> Kind {
        let Some(call) = &self.call else {
            return Kind::Raw;
        };
        match Call::from_number(call.syscall()) {
            Call::Rewritten => Kind::Call(Request {
                number: call.rax() as i32 as usize,
                arguments: [
                    call.rdi(),
                    call.rsi(),
                    call.rdx(),
                    call.r10(),
                    call.r8(),
                    call.r9(),
                ]
                .map(|word| word as usize),
            }),
            Call::Gate => Kind::Gate,
            // Linux says general protection fault.
            Call::Interrupt(vector) => Kind::Exception(Exception {
                vector: unix_gate::trap::x86_64::GENERAL_PROTECTION,
                code: u64::from(vector) * 8 + 2,
            }),
            Call::Raw => Kind::Raw,
        }
    }

    /// The answer as a message.
    pub fn write_answer(&self, value: usize) -> MessageInfo {
        let Some(call) = &self.call else {
            return MessageInfoBuilder::default().build();
        };
        sel4::with_ipc_buffer_mut(|buffer| {
            let registers = buffer.msg_regs_mut();
            registers[..ANSWER].copy_from_slice(&call.words()[..ANSWER]);
            registers[sel4::sys::seL4_UnknownSyscall_RAX as usize] = value as u64;
            registers[sel4::sys::seL4_UnknownSyscall_FaultIP as usize] =
                call.fault_ip() + Registers::CALL_LENGTH;
        });
        MessageInfoBuilder::default().length(ANSWER).build()
    }

    /// The answer as registers, and how many of them.
    pub fn answer_registers(&self, value: usize) -> (UserContext, usize) {
        let mut context = UserContext::default();
        if let Some(call) = &self.call {
            *context.rip_mut() = call.fault_ip() + Registers::CALL_LENGTH;
            *context.rsp_mut() = call.sp();
            *context.rflags_mut() = call.rflags();
            *context.rax_mut() = value as u64;
        }
        (context, SHORT)
    }
}

macro_rules! registers {
    ($($name:ident $mutable:ident;)*) => {
        /// The kernel's registers as the world's.
        pub fn from_context(context: &UserContext) -> Registers {
            Registers { $($name: context.$name(),)* fs_base: context.tls_base() }
        }

        /// The world's registers as the kernel's.
        pub fn to_context(registers: &Registers) -> UserContext {
            let mut context = UserContext::default();
            $(*context.$mutable() = registers.$name;)*
            *context.tls_base_mut() = registers.fs_base;
            context
        }
    };
}

registers! {
    rip rip_mut; rsp rsp_mut; rflags rflags_mut; rax rax_mut; rbx rbx_mut; rcx rcx_mut;
    rdx rdx_mut; rsi rsi_mut; rdi rdi_mut; rbp rbp_mut; r8 r8_mut; r9 r9_mut; r10 r10_mut;
    r11 r11_mut; r12 r12_mut; r13 r13_mut; r14 r14_mut; r15 r15_mut;
}

/// Instruction caches are coherent.
pub fn synchronize_code(_: u64) {}

/// AT_HWCAP is CPUID leaf 1's EDX; AT_HWCAP2 has nothing that is here.
pub fn hardware_capabilities() -> (usize, usize) {
    (core::arch::x86_64::__cpuid(1).edx as usize, 0)
}

/// /proc/cpuinfo.
pub fn processor() -> String {
    let vendor = core::arch::x86_64::__cpuid(0);
    let mut name = [0; 12];
    for (part, word) in name
        .chunks_exact_mut(4)
        .zip([vendor.ebx, vendor.edx, vendor.ecx])
    {
        part.copy_from_slice(&word.to_le_bytes());
    }
    let signature = core::arch::x86_64::__cpuid(1).eax;
    let family = (signature >> 8 & 0xf) + (signature >> 20 & 0xff);
    let model = signature >> 4 & 0xf | signature >> 12 & 0xf0;
    alloc::format!(
        "processor\t: 0\nvendor_id\t: {}\ncpu family\t: {family}\nmodel\t\t: {model}\n\
         model name\t: {}\nstepping\t: {}\nfpu\t\t: yes\nflags\t\t: fpu tsc cx8 cmov mmx fxsr sse sse2 syscall nx lm\n\n",
        String::from_utf8_lossy(&name),
        brand(),
        signature & 0xf,
    )
}

/// The processor's name for people, in three leaves of CPUID.
fn brand() -> String {
    const FIRST: u32 = 0x8000_0002;
    const LAST: u32 = 0x8000_0004;
    if core::arch::x86_64::__cpuid(0x8000_0000).eax < LAST {
        return String::from("unknown");
    }
    let mut text = alloc::vec::Vec::new();
    for leaf in FIRST..=LAST {
        let part = core::arch::x86_64::__cpuid(leaf);
        for word in [part.eax, part.ebx, part.ecx, part.edx] {
            text.extend(word.to_le_bytes());
        }
    }
    let text = String::from_utf8_lossy(&text);
    String::from(text.trim_matches(|letter: char| letter == '\0' || letter == ' '))
}
