// SPDX-License-Identifier: MIT OR Apache-2.0
//! The processor's counter.

/// The processor's counter that never stands still: TSC on x86_64, CNTVCT_EL0 on aarch64. What it means in seconds the
/// clock server tells (`croft_clock::Parameters`).
#[inline(always)]
pub fn counter() -> u64 {
    #[cfg(target_arch = "x86_64")]
    {
        // SAFETY: reads a register; the kernel leaves it open to programs.
        unsafe { core::arch::x86_64::_rdtsc() }
    }
    #[cfg(target_arch = "aarch64")]
    {
        let value: u64;
        // SAFETY: reads a register that the loader opened to programs.
        unsafe {
            core::arch::asm!("mrs {}, cntvct_el0", out(reg) value, options(nomem, nostack, preserves_flags))
        };
        value
    }
}

/// How much the counter counts in a second. On x86_64 nothing tells; the clock server measures it.
#[cfg(target_arch = "aarch64")]
pub fn counter_frequency() -> u64 {
    let value: u64;
    // SAFETY: reads a register that the loader opened to programs.
    unsafe {
        core::arch::asm!("mrs {}, cntfrq_el0", out(reg) value, options(nomem, nostack, preserves_flags))
    };
    value
}
