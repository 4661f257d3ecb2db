// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a process wants done about a signal, sigaction(2).
use super::{DefaultAction, Signal, SignalSet};
use unix_abi::linux::general as linux;

/// The `sa_flags` that Linux knows and hands back; others are cleared.
pub const SA_FLAGS_KNOWN: u64 = (linux::SA_NOCLDSTOP
    | linux::SA_NOCLDWAIT
    | linux::SA_SIGINFO
    | linux::SA_ONSTACK
    | linux::SA_RESTART
    | linux::SA_NODEFER
    | linux::SA_RESETHAND
    | linux::SA_EXPOSE_TAGBITS
    | linux::SA_RESTORER) as u64;

/// The kernel's `struct sigaction` (`rt_sigaction`), the same on x86_64 and aarch64.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct SigAction {
    /// Address of the handler, or `SIG_DFL` (0) or `SIG_IGN` (1).
    pub handler: u64,
    /// `SA_*`.
    pub flags: u64,
    /// Where the handler returns to, with `SA_RESTORER`.
    pub restorer: u64,
    /// Blocked in addition while the handler runs.
    pub mask: SignalSet,
}

/// The three things that an action can say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Disposition {
    /// `SIG_DFL`.
    Default,
    /// `SIG_IGN`.
    Ignore,
    /// Call the function at this address.
    Handler(u64),
}

impl SigAction {
    /// `sizeof(struct sigaction)` of the kernel.
    pub const SIZE: usize = 32;
    /// `SIG_DFL` without flags.
    pub const DEFAULT: SigAction = SigAction {
        handler: 0,
        flags: 0,
        restorer: 0,
        mask: SignalSet::EMPTY,
    };
    /// `SIG_IGN` without flags.
    pub const IGNORE: SigAction = SigAction {
        handler: 1,
        ..Self::DEFAULT
    };

    /// Reads the kernel's layout: handler, flags, restorer, mask.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> SigAction {
        let word = |i: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[i * 8..i * 8 + 8]);
            u64::from_le_bytes(word)
        };
        SigAction {
            handler: word(0),
            flags: word(1),
            restorer: word(2),
            mask: SignalSet(word(3)),
        }
    }

    /// The kernel's layout.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        for (i, word) in [self.handler, self.flags, self.restorer, self.mask.0]
            .iter()
            .enumerate()
        {
            bytes[i * 8..i * 8 + 8].copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// What the action says.
    pub const fn disposition(&self) -> Disposition {
        match self.handler {
            0 => Disposition::Default,
            1 => Disposition::Ignore,
            address => Disposition::Handler(address),
        }
    }

    /// Whether a flag (`SA_*`) is set.
    pub const fn has(&self, flag: u32) -> bool {
        self.flags & flag as u64 != 0
    }

    /// Whether this action lets the signal have no effect at all (`SIG_IGN`, or a default of that kind).
    pub(crate) fn ignores(&self, signal: Signal) -> bool {
        match self.disposition() {
            Disposition::Ignore => true,
            Disposition::Handler(_) => false,
            Disposition::Default => matches!(
                signal.default_action(),
                DefaultAction::Ignore | DefaultAction::Continue
            ),
        }
    }
}

/// The 64 actions of a process. Shared by reference count when a clone asked for it.
pub(crate) struct Handlers {
    pub references: u32,
    pub actions: [SigAction; Signal::MAX as usize],
}

impl Handlers {
    pub fn get(&self, signal: Signal) -> &SigAction {
        &self.actions[signal.index()]
    }

    pub fn get_mut(&mut self, signal: Signal) -> &mut SigAction {
        &mut self.actions[signal.index()]
    }
}
