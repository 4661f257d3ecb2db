// SPDX-License-Identifier: MIT OR Apache-2.0
//! The thread that revokes.
//!
//! A revoke can take long, and the root task's own thread is above all others: while it revoked, nobody else would run.
//! So a second thread does it, at the priority of the container that the work is for, and the first one
//! goes on answering. The worker has no state and touches none: it is told a batch of slots, revokes them and says so.
use core::sync::atomic::Ordering::{Acquire, Release};
use core::sync::atomic::{AtomicBool, AtomicU64};

use sel4::sys::invocation_label;
use sel4::{
    CNodeCapData, CPtr, CapRights, MessageInfoBuilder, ObjectBlueprint, UserContext, cap,
    init_thread,
};

use crate::error::BootError;
use crate::service::Service;
use crate::slots::own;
use croft_container_tree::Slot;

/// The badge by which the worker speaks: that of a child in a place where none is.
pub const WORKER: u64 = crate::servers::CHILD | 0xffff;

/// Words of the worker's stack. What it calls is small; nobody but it refers to them.
static STACK: [AtomicU64; 512] = [const { AtomicU64::new(0) }; 512];

/// The slots of a batch; 0: nothing. The root task's own thread writes them while the worker waits.
static BATCH: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];

/// Whether others of the same priority go first.
static COURTEOUS: AtomicBool = AtomicBool::new(false);

/// The worker, seen by the root task's own thread.
pub struct Worker {
    tcb: cap::Tcb,
    wake: cap::Notification,
    priority: u8,
}

impl Worker {
    /// Makes the thread and lets it run; it waits for work.
    pub fn new(service: &mut Service) -> Result<Self, BootError> {
        let kernel = BootError::kernel;
        let tcb = cap::Tcb::from_bits(service.own_object(&ObjectBlueprint::Tcb)?);
        let wake = service.own_object(&ObjectBlueprint::Notification)?;
        let tell = service.own_slot()?;
        own(tell)
            .mint(
                &own(service.endpoint().bits()),
                CapRights::WRITE_GRANT,
                WORKER,
            )
            .map_err(kernel("the worker's endpoint"))?;
        tcb.tcb_configure(
            CPtr::from_bits(0),
            init_thread::slot::CNODE.cap(),
            CNodeCapData::new(0, 0),
            init_thread::slot::VSPACE.cap(),
            0,
            init_thread::slot::IPC_BUFFER.cap(),
        )
        .map_err(kernel("the worker's configuration"))?;
        let mut registers = UserContext::default();
        *registers.pc_mut() = work as *const () as u64;
        // As after a call: a return address is below a multiple of 16.
        *registers.sp_mut() = (&raw const STACK[STACK.len() - 1]).addr() as u64 & !15;
        if cfg!(target_arch = "x86_64") {
            *registers.sp_mut() -= 8;
        }
        *registers.c_param_mut(0) = tell;
        *registers.c_param_mut(1) = wake;
        tcb.tcb_write_all_registers(true, &registers)
            .map_err(kernel("the worker's start"))?;
        Ok(Self {
            tcb,
            wake: cap::Notification::from_bits(wake),
            priority: 0,
        })
    }

    /// Has the worker, which waits, revoke these slots (0: none), after others of its priority if `courteous`. When that is
    /// done, a message with the badge [`WORKER`] comes.
    pub fn revoke(&self, slots: [Slot; 2], courteous: bool) {
        for (place, slot) in BATCH.iter().zip(slots) {
            place.store(slot.into(), Release);
        }
        COURTEOUS.store(courteous, Release);
        self.wake.signal();
    }

    /// The worker's priority is that from now on, and it is the next one to run of those that have it.
    pub fn go_first(&mut self, priority: u8) {
        self.priority = priority;
        // It cannot fail: the root task may give any priority.
        let _ = self
            .tcb
            .tcb_set_priority(init_thread::slot::TCB.cap(), priority.into());
    }

    /// The same, if it has another priority now.
    pub fn set_priority(&mut self, priority: u8) {
        if self.priority != priority {
            self.go_first(priority);
        }
    }
}

/// What the worker does, for ever. It has no IPC buffer: no message is longer than the registers.
extern "C" fn work(tell: u64, wake: u64) -> ! {
    loop {
        cap::Notification::from_bits(wake).wait();
        if COURTEOUS.load(Acquire) {
            sel4::r#yield();
        }
        for slot in &BATCH {
            match slot.load(Acquire) {
                0 => {}
                slot => revoke(slot),
            }
        }
        cap::Endpoint::from_bits(tell).send_with_mrs(MessageInfoBuilder::default().build(), ());
    }
}

/// Revokes what is derived from the capability in that slot of the root task's. Without an IPC buffer, which belongs to the
/// other thread; and it cannot fail, as every slot can be revoked.
fn revoke(slot: u64) {
    let info = MessageInfoBuilder::default()
        .label(invocation_label::CNodeRevoke)
        .length(2)
        .build();
    let depth = sel4::WORD_SIZE as u64;
    cap::Endpoint::from_bits(init_thread::slot::CNODE.cptr_bits())
        .call_with_mrs(info, [slot, depth]);
}
