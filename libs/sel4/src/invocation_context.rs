// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which IPC buffer an invocation uses.

use crate::{IpcBuffer, state};

/// Gives an invocation its IPC buffer.
pub trait InvocationContext {
    /// Calls `f` with the IPC buffer.
    fn with_context<T>(self, f: impl FnOnce(&mut IpcBuffer) -> T) -> T;

    /// Makes sure that nobody holds a reference to the IPC buffer while the kernel writes it.
    fn assert_available(&self);
}

/// The buffer of [`crate::set_ipc_buffer`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ImplicitInvocationContext(());

/// What a [`crate::Cap`] uses if nothing is said.
pub type NoExplicitInvocationContext = ImplicitInvocationContext;

/// No buffer: the capability cannot be invoked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NoInvocationContext(());

impl ImplicitInvocationContext {
    /// The one value.
    #[must_use]
    #[inline(always)]
    pub const fn new() -> Self {
        Self(())
    }
}

impl NoInvocationContext {
    /// The one value.
    #[must_use]
    #[inline(always)]
    pub const fn new() -> Self {
        Self(())
    }
}

impl InvocationContext for ImplicitInvocationContext {
    #[inline(always)]
    fn with_context<T>(self, f: impl FnOnce(&mut IpcBuffer) -> T) -> T {
        state::with_ipc_buffer_mut(f)
    }

    #[inline(always)]
    fn assert_available(&self) {
        state::assert_available();
    }
}

impl InvocationContext for &mut IpcBuffer {
    #[inline(always)]
    fn with_context<T>(self, f: impl FnOnce(&mut IpcBuffer) -> T) -> T {
        f(self)
    }

    #[inline(always)]
    fn assert_available(&self) {
        // This reference is the only one.
    }
}
