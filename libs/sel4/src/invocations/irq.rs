// SPDX-License-Identifier: MIT OR Apache-2.0
//! Interrupts and scheduling domains.

use crate::{AbsoluteCPtr, Error, InvocationContext, Result, Word, cap};

impl<C: InvocationContext> cap::IrqControl<C> {
    /// Puts a capability for interrupt `irq` into slot `dst`. On x86_64 with an I/O APIC use
    /// `irq_control_get_ioapic`.
    pub fn irq_control_get<D>(self, irq: Word, dst: &AbsoluteCPtr<D>) -> Result<()> {
        let (bits, context) = self.into_parts();
        let irq = irq.try_into().map_err(|_| Error::RangeError)?;
        context.with_context(|buffer| {
            Error::wrap(buffer.inner_mut().seL4_IRQControl_Get(
                bits,
                irq,
                dst.root().bits(),
                dst.path().bits(),
                dst.path().depth_byte(),
            ))
        })
    }
}

impl<C: InvocationContext> cap::IrqHandler<C> {
    /// Lets the interrupt come again.
    pub fn irq_handler_ack(self) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| Error::wrap(buffer.inner_mut().seL4_IRQHandler_Ack(bits)))
    }

    /// Has the interrupt signal `notification`.
    pub fn irq_handler_set_notification<D>(self, notification: cap::Notification<D>) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            let buffer = buffer.inner_mut();
            Error::wrap(buffer.seL4_IRQHandler_SetNotification(bits, notification.bits()))
        })
    }

    /// Has the interrupt signal nothing.
    pub fn irq_handler_clear(self) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| Error::wrap(buffer.inner_mut().seL4_IRQHandler_Clear(bits)))
    }
}

impl<C: InvocationContext> cap::DomainSet<C> {
    /// Moves a thread to a scheduling domain.
    pub fn domain_set_set<D>(self, domain: u8, thread: cap::Tcb<D>) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            let buffer = buffer.inner_mut();
            Error::wrap(buffer.seL4_DomainSet_Set(bits, domain, thread.bits()))
        })
    }
}
