// SPDX-License-Identifier: MIT OR Apache-2.0
//! Threads of this address space, each with a stack and an IPC buffer of its own.

use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use sel4::init_thread::slot;
use sel4::{
    CNodeCapData, CPtr, FrameObjectType, IpcBuffer, Result, UserContext, Word, cap, cap_type,
};

use crate::memory::map_new;
use crate::objects::Objects;

/// What a thread runs: its IPC buffer and an argument.
pub type Entry = extern "C" fn(&mut IpcBuffer, Word) -> !;

/// Where the next thread's memory is mapped.
static NEXT: AtomicUsize = AtomicUsize::new(crate::memory::START + (64 << 20));

pub struct Thread {
    pub tcb: cap::Tcb,
    registers: UserContext,
}

impl Thread {
    /// A thread that will call `entry`; its faults go to `fault_endpoint`.
    pub fn new(
        objects: &mut Objects,
        entry: Entry,
        argument: Word,
        fault_endpoint: CPtr,
    ) -> Result<Self> {
        let page = FrameObjectType::GRANULE.bytes();
        // Buffer, hole, stack of four pages, hole.
        let memory = NEXT.load(Relaxed);
        NEXT.store(memory + 8 * page, Relaxed);
        let buffer = map_new(objects, memory)?;
        for index in 2..6 {
            map_new(objects, memory + index * page)?;
        }
        let tcb = objects.make::<cap_type::Tcb>()?;
        let own = slot::TCB.cap();
        tcb.tcb_configure(
            fault_endpoint,
            slot::CNODE.cap(),
            CNodeCapData::new(0, 0),
            slot::VSPACE.cap(),
            memory as Word,
            buffer,
        )?;
        tcb.tcb_set_sched_params(own, 0, 254)?;
        tcb.debug_name(b"a thread of the tour");
        let arguments = [memory as Word, entry as *const () as Word, argument];
        let stack_end = (memory + 6 * page) as Word;
        let registers = UserContext::at_function(start as *const (), stack_end, &arguments);
        Ok(Self { tcb, registers })
    }

    /// Lets it run.
    pub fn run(&self) -> Result<()> {
        self.tcb.tcb_write_all_registers(true, &self.registers)
    }
}

extern "C" fn start(buffer: usize, entry: Entry, argument: Word) -> ! {
    let pointer = ptr::with_exposed_provenance_mut(buffer);
    // SAFETY: `Thread::new` mapped the buffer for this thread alone.
    entry(unsafe { IpcBuffer::from_ptr(pointer) }, argument)
}

/// The end of a thread that has nothing left to do: waits until it is deleted.
pub fn wait_forever(buffer: &mut IpcBuffer, endpoint: cap::Endpoint) -> ! {
    loop {
        endpoint.with(&mut *buffer).recv(());
    }
}

/// Runs for ever.
pub extern "C" fn idle(_: &mut IpcBuffer, _: Word) -> ! {
    loop {
        sel4::r#yield();
    }
}

pub fn try_registers(objects: &mut Objects) -> Result<()> {
    let thread = Thread::new(objects, idle, 99, CPtr::NULL)?;
    thread.run()?;
    sel4::r#yield();
    thread.tcb.tcb_suspend()?;

    // Every register comes back as it was written, but for flags and mode, which the kernel guards.
    let mut written = thread.tcb.tcb_read_all_registers(true)?;
    let flags = *written
        .as_words()
        .get(2)
        .expect("registers have more words");
    for (index, word) in (1..).zip(written.as_words_mut()) {
        *word = index * 0x1111;
    }
    written.as_words_mut()[2] = flags;
    thread.tcb.tcb_write_all_registers(false, &written)?;
    assert_eq!(thread.tcb.tcb_read_all_registers(false)?, written);

    // Only the first ones.
    let first = thread.tcb.tcb_read_registers(false, 5)?;
    assert_eq!(first.as_words()[..5], written.as_words()[..5]);
    assert!(first.as_words()[5..].iter().all(|word| *word == 0));
    assert_eq!((first.pc(), first.sp()), (0x1111, 0x2222));

    // Another thread gets them.
    let other = Thread::new(objects, idle, 0, CPtr::NULL)?;
    other
        .tcb
        .tcb_copy_registers(thread.tcb, false, false, true, true)?;
    assert_eq!(other.tcb.tcb_read_all_registers(false)?.pc(), 0x1111);
    Ok(())
}
