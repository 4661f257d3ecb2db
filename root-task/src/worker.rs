// SPDX-License-Identifier: MIT OR Apache-2.0
//! The threads that revoke and clear.
//!
//! Both can take long, and the root task's own thread is above all others: while it did it, nobody else would run.
//! So another one does it, at the priority of the container that the work is for, and the first one
//! goes on answering. The kernel lets go of both when an interrupt comes, so that whoever has a higher priority does not
//! wait for them either. A third one clears memory ahead, at the lowest priority: it never has to be taken from that.
//! A worker has no state and touches none: it is told what to do, does it and says so.
use core::sync::atomic::Ordering::{Acquire, Release};
use core::sync::atomic::{AtomicBool, AtomicU64};

use sel4::{
    CNodeCapData, CPtr, CapRights, IpcBuffer, MessageInfoBuilder, ObjectBlueprint, UserContext,
    cap, init_thread,
};

use crate::error::BootError;
use crate::service::Service;
use crate::slots::{own, own_cnode};
use crate::window::Window;
use croft_container_tree::Slot;

/// The badge of the worker for what somebody waits for, which has number 0: that of a child in a place where none is.
pub const WORKER: u64 = crate::servers::CHILD | 0xffff;

/// The badge of worker 1, which clears memory ahead, at the lowest priority.
pub const CLEANER: u64 = WORKER - 1;

/// Words of the workers' stacks. What they call is small; nobody but they refers to them.
static STACKS: [[AtomicU64; 512]; 2] = [const { [const { AtomicU64::new(0) }; 512] }; 2];

/// For each worker the slots to be revoked, and that of an untyped to be cleared; 0: nothing. The root task's own thread writes
/// them while the worker waits.
static WORK: [[AtomicU64; 3]; 2] = [const { [const { AtomicU64::new(0) }; 3] }; 2];

/// Whether others of the same priority go first.
static COURTEOUS: [AtomicBool; 2] = [const { AtomicBool::new(false) }; 2];

/// The worker, seen by the root task's own thread.
pub struct Worker {
    tcb: cap::Tcb,
    wake: cap::Notification,
    number: usize,
    priority: u8,
}

impl Worker {
    /// Makes the thread and lets it run; it waits for work.
    pub fn new(number: usize, service: &mut Service, window: &Window) -> Result<Self, BootError> {
        let kernel = BootError::kernel;
        let tcb = cap::Tcb::from_bits(service.own_object(&ObjectBlueprint::Tcb)?);
        let wake = service.own_object(&ObjectBlueprint::Notification)?;
        let (tell, spare) = (service.own_slot()?, service.own_slot()?);
        let endpoint = own(service.endpoint().bits());
        own(tell)
            .mint(&endpoint, CapRights::WRITE_GRANT, WORKER - number as u64)
            .map_err(kernel("the worker's endpoint"))?;
        let (frame, buffer) = window.ipc_buffer(number, service)?;
        let address = (&raw const *buffer).addr() as u64;
        tcb.tcb_configure(
            CPtr::from_bits(0),
            init_thread::slot::CNODE.cap(),
            CNodeCapData::new(0, 0),
            init_thread::slot::VSPACE.cap(),
            address,
            frame,
        )
        .map_err(kernel("the worker's configuration"))?;
        let stack_end = STACKS[number].as_ptr_range().end.addr() as u64;
        let arguments = [tell, wake, spare, address, number as u64];
        let registers = UserContext::at_function(work as *const (), stack_end, &arguments);
        tcb.tcb_write_all_registers(true, &registers)
            .map_err(kernel("the worker's start"))?;
        Ok(Self {
            tcb,
            wake: cap::Notification::from_bits(wake),
            number,
            priority: 0,
        })
    }

    /// Has the worker, which waits, revoke what was derived from the capabilities in the first two slots, and clear the
    /// untyped in the third, of which nothing is made; after others of its priority if `courteous`. When that is done, a message
    /// with its badge comes.
    pub fn start(&self, slots: [Option<Slot>; 3], courteous: bool) {
        for (place, slot) in WORK[self.number].iter().zip(slots) {
            place.store(slot.unwrap_or_default().into(), Release);
        }
        COURTEOUS[self.number].store(courteous, Release);
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

/// What the worker does, for ever.
extern "C" fn work(
    tell: u64,
    wake: u64,
    spare: u64,
    buffer: &'static mut IpcBuffer,
    number: usize,
) -> ! {
    loop {
        cap::Notification::from_bits(wake).wait();
        if COURTEOUS[number].load(Acquire) {
            sel4::r#yield();
        }
        let [first, second, clear] = &WORK[number];
        for slot in [first, second].map(|slot| slot.load(Acquire)) {
            if slot != 0 {
                // It cannot fail: every slot can be revoked.
                let _ = own(slot).with(&mut *buffer).revoke();
            }
        }
        let untyped = clear.load(Acquire);
        if untyped != 0 {
            // The kernel clears an untyped before the first object is made of it. If it was given back meanwhile, there may
            // be no room for one.
            let smallest = ObjectBlueprint::Untyped { size_bits: 4 };
            let _ = cap::Untyped::from_bits(untyped)
                .with(&mut *buffer)
                .untyped_retype(&smallest, &own_cnode(), spare as usize, 1);
            let _ = own(spare).with(&mut *buffer).delete();
        }
        cap::Endpoint::from_bits(tell)
            .with(&mut *buffer)
            .send_with_mrs(MessageInfoBuilder::default().build(), ());
    }
}
