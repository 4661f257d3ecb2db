// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a program is not executed.
use alloc::string::String;
use core::fmt;
use unix_abi::Errno;

/// Why a program is not executed: the number that programs get, and what people want to know beyond
/// it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// What execve(2) returns.
    pub errno: Errno,
    /// One line that begins with the name of the file that is at fault; none if the number says all.
    pub reason: Option<String>,
}

impl Refusal {
    pub(super) fn new(errno: Errno, path: &[u8], reason: impl fmt::Display) -> Self {
        let path = String::from_utf8_lossy(path);
        Refusal {
            errno,
            reason: Some(alloc::format!("{path}: {reason}")),
        }
    }

    /// The same when the file is the interpreter `name` of a script or a dynamic program: that one is what
    /// people know.
    pub(super) fn of_interpreter(self, of: &[u8], name: &[u8]) -> Self {
        if self.reason.is_some() {
            return self;
        }
        let name = String::from_utf8_lossy(name);
        let why = match self.errno {
            Errno::ENOENT => "is not there",
            Errno::EACCES => "may not be executed",
            Errno::ENOEXEC => "is no program",
            errno => errno.description().unwrap_or("cannot be executed"),
        };
        Refusal::new(self.errno, of, format_args!("its interpreter {name} {why}"))
    }

    /// The status that shells give: 127 for a program that is not found, 126 for one that is there and
    /// cannot be executed.
    pub fn status(&self) -> u8 {
        match self.errno {
            Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP | Errno::ENAMETOOLONG => 127,
            _ => 126,
        }
    }

    /// The line for a program of which only this path is known.
    pub fn describe(&self, path: &str) -> String {
        if let Some(reason) = &self.reason {
            return reason.clone();
        }
        match self.errno {
            Errno::ENOENT => alloc::format!("{path}: there is no such program"),
            Errno::EACCES => alloc::format!("{path}: it may not be executed"),
            Errno::ENOEXEC => alloc::format!("{path}: is neither an ELF program nor a script"),
            errno => {
                let text = errno.description().unwrap_or("it cannot be executed");
                alloc::format!("{path}: {text}")
            }
        }
    }
}

impl From<Errno> for Refusal {
    fn from(errno: Errno) -> Self {
        Refusal {
            errno,
            reason: None,
        }
    }
}

/// What was found or made, or why not.
pub(crate) type Attempt<T> = core::result::Result<T, Refusal>;
