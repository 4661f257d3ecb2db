// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a method can be called with.

use super::kind::Kind;
use syn::Ident;

/// One argument of a method.
pub enum Argument {
    /// Who asks.
    Caller,
    /// A capability that came along.
    Capability(Ident),
    /// Data.
    Data { ident: Ident, kind: Box<Kind> },
}

pub(super) fn is_capability(argument: &&Argument) -> bool {
    matches!(argument, Argument::Capability(_))
}
