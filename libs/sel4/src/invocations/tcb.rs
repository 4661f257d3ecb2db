// SPDX-License-Identifier: MIT OR Apache-2.0
//! Threads.

use crate::{
    CNodeCapData, CPtr, Cap, CapTypeForFrame, Error, InvocationContext, Result, UserContext, Word,
    cap, version,
};

impl<C: InvocationContext> cap::Tcb<C> {
    /// Reads the first `count` registers; the others are 0.
    pub fn tcb_read_registers(self, suspend: bool, count: usize) -> Result<UserContext> {
        let mut context = self.tcb_read_some_registers(suspend, count)?;
        // The words that were not asked for are remains of other messages.
        if let Some(rest) = context.as_words_mut().get_mut(count..) {
            rest.fill(0);
        }
        Ok(context)
    }

    /// Reads all registers.
    pub fn tcb_read_all_registers(self, suspend: bool) -> Result<UserContext> {
        self.tcb_read_some_registers(suspend, UserContext::WORDS)
    }

    fn tcb_read_some_registers(self, suspend: bool, count: usize) -> Result<UserContext> {
        let mut registers = UserContext::default();
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            Error::wrap(buffer.inner_mut().seL4_TCB_ReadRegisters(
                bits,
                suspend.into(),
                0,
                count as Word,
                registers.inner_mut(),
            ))
        })?;
        Ok(registers)
    }

    /// Writes the first `count` registers, and lets the thread run if `resume`.
    pub fn tcb_write_registers(
        self,
        resume: bool,
        count: usize,
        registers: &UserContext,
    ) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            Error::wrap(buffer.inner_mut().seL4_TCB_WriteRegisters(
                bits,
                resume.into(),
                0,
                count as Word,
                registers.inner(),
            ))
        })
    }

    /// Writes all registers, and lets the thread run if `resume`.
    pub fn tcb_write_all_registers(self, resume: bool, registers: &UserContext) -> Result<()> {
        self.tcb_write_registers(resume, UserContext::WORDS, registers)
    }

    /// Copies registers from `source` to this thread: the frame registers (those that a system call
    /// changes) and the integer registers (the others), as asked.
    pub fn tcb_copy_registers<D>(
        self,
        source: cap::Tcb<D>,
        suspend_source: bool,
        resume_target: bool,
        frame: bool,
        integer: bool,
    ) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            Error::wrap(buffer.inner_mut().seL4_TCB_CopyRegisters(
                bits,
                source.bits(),
                suspend_source.into(),
                resume_target.into(),
                frame.into(),
                integer.into(),
                0,
            ))
        })
    }

    /// Lets the thread run.
    pub fn tcb_resume(self) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| Error::wrap(buffer.inner_mut().seL4_TCB_Resume(bits)))
    }

    /// Stops the thread.
    pub fn tcb_suspend(self) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| Error::wrap(buffer.inner_mut().seL4_TCB_Suspend(bits)))
    }

    /// Sets all that a thread needs besides registers and priority. `fault_ep` is an address in the
    /// thread's own CSpace; `ipc_buffer` is the buffer's address in its VSpace, 0 for none.
    pub fn tcb_configure<A, B, D, T: CapTypeForFrame>(
        self,
        fault_ep: CPtr,
        cspace_root: cap::CNode<A>,
        cspace_root_data: CNodeCapData,
        vspace_root: cap::VSpace<B>,
        ipc_buffer: Word,
        ipc_buffer_frame: Cap<T, D>,
    ) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            version::tcb_configure(
                buffer,
                bits,
                fault_ep,
                (cspace_root.bits(), cspace_root_data.into_inner()),
                vspace_root.bits(),
                (ipc_buffer, ipc_buffer_frame.bits()),
            )
        })
    }

    /// Sets the fault endpoint (an address in the thread's own CSpace), CSpace and VSpace.
    pub fn tcb_set_space<A, B>(
        self,
        fault_ep: CPtr,
        cspace_root: cap::CNode<A>,
        cspace_root_data: CNodeCapData,
        vspace_root: cap::VSpace<B>,
    ) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            version::tcb_set_space(
                buffer,
                bits,
                fault_ep,
                (cspace_root.bits(), cspace_root_data.into_inner()),
                vspace_root.bits(),
            )
        })
    }

    /// Sets where the thread's IPC buffer is in its VSpace, and the frame that it is in.
    pub fn tcb_set_ipc_buffer<D, T: CapTypeForFrame>(
        self,
        address: Word,
        frame: Cap<T, D>,
    ) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            let buffer = buffer.inner_mut();
            Error::wrap(buffer.seL4_TCB_SetIPCBuffer(bits, address, frame.bits()))
        })
    }

    /// Sets priority and maximum controlled priority, neither above the authority's maximum (in 5.0.0:
    /// the caller's own).
    pub fn tcb_set_sched_params<A>(
        self,
        authority: cap::Tcb<A>,
        mcp: Word,
        priority: Word,
    ) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            version::tcb_set_mc_priority(buffer, bits, authority.bits(), mcp)?;
            version::tcb_set_priority(buffer, bits, authority.bits(), priority)
        })
    }

    /// Sets the priority, 0 to 255.
    pub fn tcb_set_priority<A>(self, authority: cap::Tcb<A>, priority: Word) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            version::tcb_set_priority(buffer, bits, authority.bits(), priority)
        })
    }

    /// Sets the highest priority that the thread can give to any thread, 0 to 255.
    pub fn tcb_set_mc_priority<A>(self, authority: cap::Tcb<A>, mcp: Word) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            version::tcb_set_mc_priority(buffer, bits, authority.bits(), mcp)
        })
    }

    /// Sets the base of a stopped thread's thread-local storage. Not on aarch64 with 5.0.0, where only
    /// the thread itself can.
    #[cfg(target_arch = "x86_64")]
    pub fn tcb_set_tls_base(self, base: Word) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| version::tcb_set_tls_base(buffer, bits, base))
    }

    /// Has signals of `notification` end the thread's receives on endpoints.
    pub fn tcb_bind_notification<D>(self, notification: cap::Notification<D>) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            let buffer = buffer.inner_mut();
            Error::wrap(buffer.seL4_TCB_BindNotification(bits, notification.bits()))
        })
    }

    /// Undoes [`cap::Tcb::tcb_bind_notification`].
    pub fn tcb_unbind_notification(self) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            Error::wrap(buffer.inner_mut().seL4_TCB_UnbindNotification(bits))
        })
    }
}
