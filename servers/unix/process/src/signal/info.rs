// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is told with a signal: `siginfo_t`, sigaction(2).
use super::Signal;
use unix_abi::linux::general as linux;

/// A signal with what is known about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SigInfo {
    /// `si_signo`.
    pub signal: Signal,
    /// `si_errno`; 0 unless a program queued something else.
    pub errno: i32,
    /// `si_code`: `SI_USER`, `SI_KERNEL`, `CLD_EXITED`, `SEGV_MAPERR`, …
    pub code: i32,
    /// The part that depends on the code.
    pub detail: SigDetail,
}

/// The fields of `siginfo_t` behind the first three.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SigDetail {
    /// From a process by kill or tgkill: its number and real user.
    Sender {
        /// `si_pid`.
        pid: i32,
        /// `si_uid`.
        uid: u32,
    },
    /// From sigqueue.
    Queued {
        /// `si_pid`.
        pid: i32,
        /// `si_uid`.
        uid: u32,
        /// `si_value`.
        value: u64,
    },
    /// A POSIX timer.
    Timer {
        /// `si_timerid`.
        id: i32,
        /// `si_overrun`.
        overrun: i32,
        /// `si_value`.
        value: u64,
    },
    /// A child changed state (`CLD_*`).
    Child {
        /// `si_pid`.
        pid: i32,
        /// `si_uid`: the child's real user.
        uid: u32,
        /// `si_status`: exit code or signal number.
        status: i32,
        /// `si_utime` in clock ticks (1/100 s).
        user_ticks: i64,
        /// `si_stime` in clock ticks (1/100 s).
        system_ticks: i64,
    },
    /// The processor could not go on.
    Fault {
        /// `si_addr`.
        address: u64,
    },
    /// A file became ready (SIGIO).
    Poll {
        /// `si_band`.
        band: i64,
        /// `si_fd`.
        fd: i32,
    },
    /// What a program queued under a code of its own: bytes 16 to 47 of the structure.
    Raw {
        /// The bytes as words.
        words: [u64; 4],
    },
}

impl SigInfo {
    /// `sizeof(siginfo_t)`.
    pub const SIZE: usize = linux::SI_MAX_SIZE as usize;

    /// From the system itself, without detail (`SI_KERNEL`).
    pub const fn from_kernel(signal: Signal) -> SigInfo {
        let detail = SigDetail::Sender { pid: 0, uid: 0 };
        SigInfo {
            signal,
            errno: 0,
            code: linux::SI_KERNEL as i32,
            detail,
        }
    }

    /// A fault: `code` is `SEGV_MAPERR`, `ILL_ILLOPC`, …; `address` what `si_addr` says.
    pub const fn fault(signal: Signal, code: u32, address: u64) -> SigInfo {
        SigInfo {
            signal,
            errno: 0,
            code: code as i32,
            detail: SigDetail::Fault { address },
        }
    }

    /// Sent by kill(2) (`code` `SI_USER`) or tgkill(2) (`SI_TKILL`).
    pub const fn from_sender(signal: Signal, code: i32, pid: i32, uid: u32) -> SigInfo {
        SigInfo {
            signal,
            errno: 0,
            code,
            detail: SigDetail::Sender { pid, uid },
        }
    }

    /// What is told when the real information found no room: `SI_USER` from nobody.
    pub const fn lost(signal: Signal) -> SigInfo {
        Self::from_sender(signal, linux::SI_USER as i32, 0, 0)
    }

    /// The structure as a program sees it.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let mut out = [0u8; Self::SIZE];
        let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &self.signal.number().to_le_bytes());
        put(4, &self.errno.to_le_bytes());
        put(8, &self.code.to_le_bytes());
        match self.detail {
            SigDetail::Sender { pid, uid } => {
                put(16, &pid.to_le_bytes());
                put(20, &uid.to_le_bytes());
            }
            SigDetail::Queued { pid, uid, value } => {
                put(16, &pid.to_le_bytes());
                put(20, &uid.to_le_bytes());
                put(24, &value.to_le_bytes());
            }
            SigDetail::Timer { id, overrun, value } => {
                put(16, &id.to_le_bytes());
                put(20, &overrun.to_le_bytes());
                put(24, &value.to_le_bytes());
            }
            SigDetail::Child {
                pid,
                uid,
                status,
                user_ticks,
                system_ticks,
            } => {
                put(16, &pid.to_le_bytes());
                put(20, &uid.to_le_bytes());
                put(24, &status.to_le_bytes());
                put(32, &user_ticks.to_le_bytes());
                put(40, &system_ticks.to_le_bytes());
            }
            SigDetail::Fault { address } => put(16, &address.to_le_bytes()),
            SigDetail::Poll { band, fd } => {
                put(16, &band.to_le_bytes());
                put(24, &fd.to_le_bytes());
            }
            SigDetail::Raw { words } => {
                for (i, word) in words.iter().enumerate() {
                    put(16 + 8 * i, &word.to_le_bytes());
                }
            }
        }
        out
    }

    /// What a program passed to rt_sigqueueinfo(2), for the signal that the call named (the call
    /// overwrites `si_signo`).
    pub fn from_user(signal: Signal, bytes: &[u8; Self::SIZE]) -> SigInfo {
        let int = |at: usize| {
            let mut word = [0; 4];
            word.copy_from_slice(&bytes[at..at + 4]);
            i32::from_le_bytes(word)
        };
        let long = |at: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(word)
        };
        let code = int(8);
        let detail = if code == linux::SI_QUEUE {
            SigDetail::Queued {
                pid: int(16),
                uid: int(20) as u32,
                value: long(24),
            }
        } else {
            SigDetail::Raw {
                words: [long(16), long(24), long(32), long(40)],
            }
        };
        SigInfo {
            signal,
            errno: int(4),
            code,
            detail,
        }
    }
}
