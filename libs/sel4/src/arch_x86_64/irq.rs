// SPDX-License-Identifier: MIT OR Apache-2.0
//! Interrupts of x86_64.

use crate::{AbsoluteCPtr, Error, InvocationContext, Result, Word, cap};

impl<C: InvocationContext> cap::IrqControl<C> {
    /// Puts a capability for an interrupt of an I/O APIC into slot `dst`. `level` is 1 for
    /// level-triggered, `polarity` 1 for active low; `vector` counts from 0 and belongs to the caller.
    pub fn irq_control_get_ioapic<D>(
        self,
        ioapic: Word,
        pin: Word,
        level: Word,
        polarity: Word,
        vector: Word,
        dst: &AbsoluteCPtr<D>,
    ) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            Error::wrap(buffer.inner_mut().seL4_IRQControl_GetIOAPIC(
                bits,
                dst.root().bits(),
                dst.path().bits(),
                dst.path().depth() as Word,
                ioapic,
                pin,
                level,
                polarity,
                vector,
            ))
        })
    }

    /// Puts a capability for a message-signalled interrupt of a PCI function into slot `dst`.
    pub fn irq_control_get_msi<D>(
        self,
        pci_bus: Word,
        pci_dev: Word,
        pci_func: Word,
        handle: Word,
        vector: Word,
        dst: &AbsoluteCPtr<D>,
    ) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            Error::wrap(buffer.inner_mut().seL4_IRQControl_GetMSI(
                bits,
                dst.root().bits(),
                dst.path().bits(),
                dst.path().depth() as Word,
                pci_bus,
                pci_dev,
                pci_func,
                handle,
                vector,
            ))
        })
    }
}
