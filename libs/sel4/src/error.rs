// SPDX-License-Identifier: MIT OR Apache-2.0
//! Errors of invocations.

use core::fmt;

use crate::sys;

/// The result of an invocation.
pub type Result<T> = core::result::Result<T, Error>;

/// Why the kernel refused an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Error {
    /// An argument is not acceptable.
    InvalidArgument,
    /// A capability names an object of the wrong type, or nothing.
    InvalidCapability,
    /// The operation is not allowed for this object in its state.
    IllegalOperation,
    /// An argument is out of range.
    RangeError,
    /// An address is not aligned.
    AlignmentError,
    /// A capability pointer, or a translation table on the way to an address, leads nowhere.
    FailedLookup,
    /// The message is too short for the invocation.
    TruncatedMessage,
    /// The destination is occupied.
    DeleteFirst,
    /// The object has children.
    RevokeFirst,
    /// The untyped memory is too small for what was asked.
    NotEnoughMemory,
    /// A label that this interface does not know.
    Unknown(u32),
}

impl Error {
    /// The error that a label stands for; `None` for success.
    #[must_use]
    pub const fn from_sys(error: sys::seL4_Error) -> Option<Self> {
        Some(match error {
            sys::seL4_NoError => return None,
            sys::seL4_InvalidArgument => Self::InvalidArgument,
            sys::seL4_InvalidCapability => Self::InvalidCapability,
            sys::seL4_IllegalOperation => Self::IllegalOperation,
            sys::seL4_RangeError => Self::RangeError,
            sys::seL4_AlignmentError => Self::AlignmentError,
            sys::seL4_FailedLookup => Self::FailedLookup,
            sys::seL4_TruncatedMessage => Self::TruncatedMessage,
            sys::seL4_DeleteFirst => Self::DeleteFirst,
            sys::seL4_RevokeFirst => Self::RevokeFirst,
            sys::seL4_NotEnoughMemory => Self::NotEnoughMemory,
            other => Self::Unknown(other),
        })
    }

    /// The label that stands for the error.
    #[must_use]
    pub const fn into_sys(self) -> sys::seL4_Error {
        match self {
            Self::InvalidArgument => sys::seL4_InvalidArgument,
            Self::InvalidCapability => sys::seL4_InvalidCapability,
            Self::IllegalOperation => sys::seL4_IllegalOperation,
            Self::RangeError => sys::seL4_RangeError,
            Self::AlignmentError => sys::seL4_AlignmentError,
            Self::FailedLookup => sys::seL4_FailedLookup,
            Self::TruncatedMessage => sys::seL4_TruncatedMessage,
            Self::DeleteFirst => sys::seL4_DeleteFirst,
            Self::RevokeFirst => sys::seL4_RevokeFirst,
            Self::NotEnoughMemory => sys::seL4_NotEnoughMemory,
            Self::Unknown(label) => label,
        }
    }

    /// A label as a result.
    pub const fn wrap(error: sys::seL4_Error) -> Result<()> {
        match Self::from_sys(error) {
            None => Ok(()),
            Some(error) => Err(error),
        }
    }

    /// `value`, if the label means success.
    pub fn or<T>(error: sys::seL4_Error, value: T) -> Result<T> {
        Self::wrap(error).map(|()| value)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidArgument => "invalid argument",
            Self::InvalidCapability => "invalid capability",
            Self::IllegalOperation => "illegal operation",
            Self::RangeError => "argument out of range",
            Self::AlignmentError => "address not aligned",
            Self::FailedLookup => "lookup of a capability or translation table failed",
            Self::TruncatedMessage => "message too short",
            Self::DeleteFirst => "destination occupied",
            Self::RevokeFirst => "object has children",
            Self::NotEnoughMemory => "untyped memory too small",
            Self::Unknown(label) => return write!(f, "unknown kernel error {label}"),
        })
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_convert_both_ways() {
        assert_eq!(Error::from_sys(sys::seL4_NoError), None);
        for label in 1..sys::seL4_NumErrors + 3 {
            let error = Error::from_sys(label).unwrap();
            assert_eq!(error.into_sys(), label);
            assert_eq!(
                matches!(error, Error::Unknown(_)),
                label >= sys::seL4_NumErrors
            );
        }
    }
}
