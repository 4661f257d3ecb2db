// SPDX-License-Identifier: MIT OR Apache-2.0
//! The initial stack of a program, byte for byte where Linux puts it.
//!
//! ```text
//!  stack top ─► 8 zero bytes
//!               path of the executable, zero-terminated            (AT_EXECFN)
//!               strings of the environment, in order
//!               strings of the arguments, in order
//!               … aligned down to 16
//!               platform string, zero-terminated                   (AT_PLATFORM)
//!               16 random bytes                                    (AT_RANDOM)
//!               … aligned so that the stack pointer is a multiple of 16
//!               auxiliary vector: pairs of words, ends with AT_NULL
//!               pointers to the environment, 0
//!               pointers to the arguments, 0
//!  stack pointer ─► number of arguments
//! ```
mod auxiliary;
#[cfg(test)]
mod tests;

pub use auxiliary::{Auxiliary, Identity};

use crate::Architecture;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;
use unix_abi::Errno;

/// How long one argument or variable may be with its final zero byte (`MAX_ARG_STRLEN`).
pub const MAXIMUM_STRING: usize = 128 * 1024;
/// What all strings and pointers may always take, however small the stack's limit is (`ARG_MAX`).
pub const MINIMUM_TOTAL: usize = 128 * 1024;
/// What all strings and pointers may never exceed: three quarters of 8 MiB, however large the
/// stack's limit is (three quarters of `_STK_LIM`).
pub const MAXIMUM_TOTAL: usize = 6 * 1024 * 1024;
/// Zero bytes above everything else.
const TOP_MARKER: usize = 8;

/// What the stack is to be made of.
#[derive(Clone, Copy, Debug)]
pub struct StackRequest<'a> {
    /// The architecture of the program.
    pub architecture: Architecture,
    /// The first address that does not belong to the stack any more; a multiple of 16.
    pub top: usize,
    /// The limit of the stack's size (soft `RLIMIT_STACK`), in bytes.
    pub limit: usize,
    /// The arguments without their final zero bytes. An empty list becomes one empty argument, as
    /// on Linux since 5.18.
    pub arguments: &'a [Vec<u8>],
    /// The environment without its final zero bytes.
    pub environment: &'a [Vec<u8>],
    /// The path that was given to `execve`, without final zero byte.
    pub executable: &'a [u8],
    /// Fresh random bytes for `AT_RANDOM`.
    pub random: [u8; 16],
    /// The rest of the auxiliary vector.
    pub auxiliary: &'a Auxiliary,
}

/// The stack as it has to be in memory before the first instruction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InitialStack {
    /// The initial stack pointer; a multiple of 16.
    pub pointer: usize,
    /// The bytes from `pointer` to the top.
    pub bytes: Vec<u8>,
    /// Where the strings of the arguments are (`/proc/PID/cmdline`).
    pub arguments: Range<usize>,
    /// Where the strings of the environment are (`/proc/PID/environ`).
    pub environment: Range<usize>,
    /// The auxiliary vector as it is on the stack (`/proc/PID/auxv`).
    pub auxiliary: Vec<u8>,
}

/// Checks arguments and environment against Linux's limits, before anything is given up for the
/// new program.
///
/// # Errors
/// `E2BIG` if a string is longer than [`MAXIMUM_STRING`], or if all strings and their pointers are
/// larger than a quarter of the stack's limit (but at least [`MINIMUM_TOTAL`] and at most
/// [`MAXIMUM_TOTAL`]).
pub fn check_size(
    arguments: &[Vec<u8>],
    environment: &[Vec<u8>],
    executable: &[u8],
    limit: usize,
) -> Result<(), Errno> {
    let allowed = (limit / 4).clamp(MINIMUM_TOTAL, MAXIMUM_TOTAL);
    let pointers = (arguments.len().max(1).saturating_add(environment.len())).saturating_mul(8);
    let mut total = pointers.saturating_add(executable.len() + 1);
    for string in arguments.iter().chain(environment) {
        if string.len() >= MAXIMUM_STRING {
            return Err(Errno::E2BIG);
        }
        total = total.saturating_add(string.len() + 1);
    }
    if total > allowed {
        Err(Errno::E2BIG)
    } else {
        Ok(())
    }
}

/// Lays the stack out.
///
/// # Errors
/// `E2BIG` as [`check_size`]; `ENOMEM` if `top` leaves no room below it.
pub fn build(request: &StackRequest<'_>) -> Result<InitialStack, Errno> {
    let StackRequest {
        arguments,
        environment,
        executable,
        ..
    } = *request;
    check_size(arguments, environment, executable, request.limit)?;
    let empty = [Vec::new()];
    let arguments = if arguments.is_empty() {
        &empty[..]
    } else {
        arguments
    };

    // From the top down: first only addresses.
    let size = |strings: &[Vec<u8>]| strings.iter().map(|string| string.len() + 1).sum::<usize>();
    let down = |from: usize, by: usize| from.checked_sub(by).ok_or(Errno::ENOMEM);
    let executable_at = down(request.top, TOP_MARKER + executable.len() + 1)?;
    let environment_at = down(executable_at, size(environment))?;
    let arguments_at = down(environment_at, size(arguments))?;
    let platform = request.architecture.name().as_bytes();
    let platform_at = down(arguments_at & !15, platform.len() + 1)?;
    let random_at = down(platform_at, request.random.len())?;
    let mut auxiliary = request.auxiliary.words();
    auxiliary.fill_in(random_at, platform_at, executable_at);
    let auxiliary = auxiliary.bytes();
    let words = 1 + arguments.len() + 1 + environment.len() + 1;
    let pointer = down(random_at, words * 8 + auxiliary.len())? & !15;

    // Then the bytes.
    let mut bytes = vec![0; request.top - pointer];
    let mut put = |at: usize, content: &[u8]| {
        bytes[at - pointer..][..content.len()].copy_from_slice(content);
    };
    put(executable_at, executable);
    put(platform_at, platform);
    put(random_at, &request.random);
    let mut vector = pointer;
    let mut word = |put: &mut dyn FnMut(usize, &[u8]), value: usize| {
        put(vector, &(value as u64).to_le_bytes());
        vector += 8;
    };
    word(&mut put, arguments.len());
    for (strings, start) in [(arguments, arguments_at), (environment, environment_at)] {
        let mut at = start;
        for string in strings {
            word(&mut put, at);
            put(at, string);
            at += string.len() + 1;
        }
        word(&mut put, 0);
    }
    put(vector, &auxiliary);
    Ok(InitialStack {
        pointer,
        bytes,
        arguments: arguments_at..environment_at,
        environment: environment_at..executable_at,
        auxiliary,
    })
}
