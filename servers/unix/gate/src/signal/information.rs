// SPDX-License-Identifier: MIT OR Apache-2.0
//! `siginfo_t` (`sigaction(2)`).
use unix_abi::linux::general::SI_USER;

/// Bytes in a `siginfo_t`.
pub const INFORMATION_SIZE: usize = 128;
/// Where in it the union begins.
const DETAIL: usize = 16;

/// What a handler (or `rt_sigtimedwait`, `waitid`, `signalfd`) learns about a signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Information {
    /// The signal's number.
    pub signal: i32,
    /// An error number; 0 nearly always.
    pub errno: i32,
    /// Why it was sent (`SI_USER`, `CLD_EXITED`, `SEGV_MAPERR` …).
    pub code: i32,
    /// What belongs to that code.
    pub detail: Detail,
}

/// The part of `siginfo_t` that depends on the signal and the code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Detail {
    /// Nothing.
    None,
    /// Who sent it (`kill`, `tgkill`).
    Sender {
        /// The sender.
        process: i32,
        /// Its user.
        user: u32,
    },
    /// With a value (`sigqueue`).
    Value {
        /// The sender.
        process: i32,
        /// Its user.
        user: u32,
        /// `sival_ptr`.
        value: u64,
    },
    /// A timer has expired.
    Timer {
        /// The kernel's number of the timer.
        identifier: i32,
        /// How often it expired beside this once.
        overrun: i32,
        /// `sival_ptr`.
        value: u64,
    },
    /// A child has changed its state.
    Child {
        /// The child.
        process: i32,
        /// Its user.
        user: u32,
        /// Its exit status or signal.
        status: i32,
        /// Its time in user mode, in clock ticks.
        user_time: i64,
        /// Its time in the system, in clock ticks.
        system_time: i64,
    },
    /// An instruction has failed.
    Fault {
        /// The address that it accessed, or its own.
        address: u64,
    },
    /// A descriptor is ready (`SIGIO`).
    Poll {
        /// What it is ready for.
        band: i64,
        /// The descriptor.
        descriptor: i32,
    },
    /// What a program passed to `rt_sigqueueinfo`, unchanged.
    Raw([u8; INFORMATION_SIZE - DETAIL]),
}

impl Information {
    /// A signal that `process` of `user` sent with `kill`.
    pub const fn from_sender(signal: i32, process: i32, user: u32) -> Information {
        let detail = Detail::Sender { process, user };
        Information {
            signal,
            errno: 0,
            code: SI_USER as i32,
            detail,
        }
    }

    /// As it lies in memory.
    pub fn to_bytes(&self) -> [u8; INFORMATION_SIZE] {
        let mut bytes = [0; INFORMATION_SIZE];
        let mut put = |offset: usize, content: &[u8]| {
            bytes[offset..][..content.len()].copy_from_slice(content);
        };
        put(0, &self.signal.to_le_bytes());
        put(4, &self.errno.to_le_bytes());
        put(8, &self.code.to_le_bytes());
        match self.detail {
            Detail::None => {}
            Detail::Sender { process, user } => {
                put(DETAIL, &process.to_le_bytes());
                put(DETAIL + 4, &user.to_le_bytes());
            }
            Detail::Value {
                process,
                user,
                value,
            } => {
                put(DETAIL, &process.to_le_bytes());
                put(DETAIL + 4, &user.to_le_bytes());
                put(DETAIL + 8, &value.to_le_bytes());
            }
            Detail::Timer {
                identifier,
                overrun,
                value,
            } => {
                put(DETAIL, &identifier.to_le_bytes());
                put(DETAIL + 4, &overrun.to_le_bytes());
                put(DETAIL + 8, &value.to_le_bytes());
            }
            Detail::Child {
                process,
                user,
                status,
                user_time,
                system_time,
            } => {
                put(DETAIL, &process.to_le_bytes());
                put(DETAIL + 4, &user.to_le_bytes());
                put(DETAIL + 8, &status.to_le_bytes());
                put(DETAIL + 16, &user_time.to_le_bytes());
                put(DETAIL + 24, &system_time.to_le_bytes());
            }
            Detail::Fault { address } => put(DETAIL, &address.to_le_bytes()),
            Detail::Poll { band, descriptor } => {
                put(DETAIL, &band.to_le_bytes());
                put(DETAIL + 8, &descriptor.to_le_bytes());
            }
            Detail::Raw(content) => put(DETAIL, &content),
        }
        bytes
    }

    /// Takes what a program passed to `rt_sigqueueinfo`; the signal is the one of the call.
    pub fn from_program(bytes: &[u8; INFORMATION_SIZE], signal: i32) -> Information {
        let word =
            |offset: usize| i32::from_le_bytes(core::array::from_fn(|index| bytes[offset + index]));
        let detail = Detail::Raw(core::array::from_fn(|index| bytes[DETAIL + index]));
        Information {
            signal,
            errno: word(4),
            code: word(8),
            detail,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_detail_is_where_programs_look_for_it() {
        let at = |detail: Detail| {
            let bytes = Information {
                signal: 17,
                errno: 2,
                code: -3,
                detail,
            }
            .to_bytes();
            assert_eq!(
                bytes[..16],
                [17, 0, 0, 0, 2, 0, 0, 0, 0xfd, 0xff, 0xff, 0xff, 0, 0, 0, 0]
            );
            let word =
                |index: usize| u32::from_le_bytes(bytes[index * 4..][..4].try_into().unwrap());
            [4, 5, 6, 7, 8, 9, 10, 11].map(word)
        };
        assert_eq!(at(Detail::None), [0; 8]);
        assert_eq!(
            at(Detail::Sender {
                process: 1,
                user: 2
            }),
            [1, 2, 0, 0, 0, 0, 0, 0]
        );
        let value = 3 | 4 << 32;
        assert_eq!(
            at(Detail::Value {
                process: 1,
                user: 2,
                value
            }),
            [1, 2, 3, 4, 0, 0, 0, 0]
        );
        let timer = Detail::Timer {
            identifier: 1,
            overrun: 2,
            value,
        };
        assert_eq!(at(timer), [1, 2, 3, 4, 0, 0, 0, 0]);
        let child = Detail::Child {
            process: 1,
            user: 2,
            status: 3,
            user_time: 5,
            system_time: 7,
        };
        assert_eq!(at(child), [1, 2, 3, 0, 5, 0, 7, 0]);
        assert_eq!(
            at(Detail::Fault { address: value }),
            [3, 4, 0, 0, 0, 0, 0, 0]
        );
        assert_eq!(
            at(Detail::Poll {
                band: 3,
                descriptor: 9
            }),
            [3, 0, 9, 0, 0, 0, 0, 0]
        );
    }

    #[test]
    fn from_kill() {
        let information = Information::from_sender(15, 7, 1000);
        assert_eq!(
            (information.signal, information.code, information.errno),
            (15, 0, 0)
        );
        assert_eq!(
            information.detail,
            Detail::Sender {
                process: 7,
                user: 1000
            }
        );
    }

    proptest! {
        #[test]
        fn what_a_program_sends_arrives(
            bytes in prop::collection::vec(any::<u8>(), INFORMATION_SIZE),
            signal in 1..65,
        ) {
            let mut bytes: [u8; INFORMATION_SIZE] = bytes.try_into().unwrap();
            let received = Information::from_program(&bytes, signal).to_bytes();
            bytes[..4].copy_from_slice(&signal.to_le_bytes());
            bytes[12..16].fill(0);
            prop_assert_eq!(received, bytes);
        }
    }
}
