// SPDX-License-Identifier: MIT OR Apache-2.0
//! The auxiliary vector (`getauxval(3)`).
use crate::{LoadPlan, PAGE_SIZE, ProgramHeaders};
use alloc::vec::Vec;
use unix_abi::linux::auxvec::*;

/// Clock ticks a second of `times(2)` (`USER_HZ`).
const CLOCK_TICKS: usize = 100;

/// Whose program it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Identity {
    /// Real user.
    pub user: u32,
    /// Effective user.
    pub effective_user: u32,
    /// Real group.
    pub group: u32,
    /// Effective group.
    pub effective_group: u32,
    /// Whether the program got rights by being executed (set-user-ID and the like).
    pub secure: bool,
}

/// What the auxiliary vector says beside what the stack's layout gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Auxiliary {
    /// The program's own headers.
    pub program_headers: ProgramHeaders,
    /// The program's own entry point, not its interpreter's.
    pub entry: usize,
    /// Where the interpreter was loaded; 0 without one.
    pub interpreter_base: usize,
    /// Whose program it is.
    pub identity: Identity,
    /// Capabilities of the machine (`AT_HWCAP`): x86_64, what CPUID leaf 1 gives in edx; aarch64,
    /// the `HWCAP_` bits.
    pub hardware: usize,
    /// More of them (`AT_HWCAP2`).
    pub hardware2: usize,
    /// How small an alternate signal stack may be (`AT_MINSIGSTKSZ`), in bytes.
    pub minimum_signal_stack: usize,
    /// Where the vDSO is, if there is one.
    pub vdso: Option<usize>,
}

impl Auxiliary {
    /// For a program without interpreter and vDSO.
    pub fn of(plan: &LoadPlan, identity: Identity, minimum_signal_stack: usize) -> Auxiliary {
        Auxiliary {
            program_headers: plan.program_headers,
            entry: plan.entry,
            interpreter_base: 0,
            identity,
            hardware: 0,
            hardware2: 0,
            minimum_signal_stack,
            vdso: None,
        }
    }

    /// The vector in Linux's order, with zeros for what [`Words::fill_in`] brings.
    pub(super) fn words(&self) -> Words {
        let mut words = Words(Vec::with_capacity(24));
        let identity = self.identity;
        // Linux begins with what the architecture adds.
        if let Some(vdso) = self.vdso {
            words.add(AT_SYSINFO_EHDR, vdso);
        }
        words.add(AT_MINSIGSTKSZ, self.minimum_signal_stack);
        words.add(AT_HWCAP, self.hardware);
        words.add(AT_PAGESZ, PAGE_SIZE);
        words.add(AT_CLKTCK, CLOCK_TICKS);
        words.add(AT_PHDR, self.program_headers.address);
        words.add(AT_PHENT, self.program_headers.entry_size);
        words.add(AT_PHNUM, self.program_headers.count);
        words.add(AT_BASE, self.interpreter_base);
        words.add(AT_FLAGS, 0);
        words.add(AT_ENTRY, self.entry);
        words.add(AT_UID, identity.user as usize);
        words.add(AT_EUID, identity.effective_user as usize);
        words.add(AT_GID, identity.group as usize);
        words.add(AT_EGID, identity.effective_group as usize);
        words.add(AT_SECURE, identity.secure as usize);
        words.add(AT_RANDOM, 0);
        words.add(AT_HWCAP2, self.hardware2);
        words.add(AT_EXECFN, 0);
        words.add(AT_PLATFORM, 0);
        words.add(AT_NULL, 0);
        words
    }
}

/// The vector while it is made.
pub(super) struct Words(Vec<(u32, usize)>);

impl Words {
    fn add(&mut self, key: u32, value: usize) {
        self.0.push((key, value));
    }

    /// Sets the pointers into the stack itself.
    pub(super) fn fill_in(&mut self, random: usize, platform: usize, executable: usize) {
        for (key, value) in &mut self.0 {
            match *key {
                AT_RANDOM => *value = random,
                AT_PLATFORM => *value = platform,
                AT_EXECFN => *value = executable,
                _ => {}
            }
        }
    }

    /// As it lies in memory.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let words = self
            .0
            .iter()
            .flat_map(|&(key, value)| [u64::from(key), value as u64]);
        words.flat_map(u64::to_le_bytes).collect()
    }
}
