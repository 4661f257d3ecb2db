// SPDX-License-Identifier: MIT OR Apache-2.0
//! Faults of a thread, told to this one.

use core::ptr;

use sel4::fault::VmFault;
use sel4::{
    Fault, FrameObjectType, IpcBuffer, MessageInfo, MessageInfoBuilder, Result,
    VM_FAULT_ADDRESS_BITS, Word, cap, cap_type, with_ipc_buffer, with_ipc_buffer_mut,
};

use crate::arch;
use crate::memory::{START, map_new, read};
use crate::objects::Objects;
use crate::threads::Thread;

/// Nothing is mapped here until the fault that asks for it.
const MISSING: usize = START + (32 << 20);

extern "C" fn misbehave(buffer: &mut IpcBuffer, endpoint: Word) -> ! {
    // Read, write, then the write's result.
    assert_eq!(read(MISSING), 0);
    crate::memory::write(MISSING + 4096, 5);
    assert_eq!(read(MISSING + 4096), 5);
    assert_eq!(arch::unknown_system_call(11), 22);
    let nowhere = cap::Endpoint::from_bits(1 << 20);
    nowhere.with(&mut *buffer).send(MessageInfo::default());
    arch::exception();
    let jump = ptr::without_provenance::<()>(MISSING + 0x10_0000);
    // SAFETY: the fault is what this is for; the thread is deleted in it.
    let jump: extern "C" fn() = unsafe { core::mem::transmute(jump) };
    jump();
    crate::threads::wait_forever(buffer, cap::Endpoint::from_bits(endpoint))
}

/// The bits of an address that a fault is sure to tell.
fn told(address: usize) -> Word {
    address as Word & Word::MAX >> (Word::BITS - VM_FAULT_ADDRESS_BITS)
}

/// The accessed address, as far as it is sure to be told.
fn addr(fault: &VmFault) -> Word {
    told(fault.addr() as usize)
}

fn fault(info: MessageInfo) -> Fault {
    with_ipc_buffer(|buffer| Fault::new(buffer, &info)).expect("a message that is no fault")
}

pub fn try_all(objects: &mut Objects) -> Result<()> {
    let endpoint = objects.make::<cap_type::Endpoint>()?;
    let faults = objects.badged(endpoint, 0xfa)?;
    let thread = Thread::new(objects, misbehave, endpoint.bits(), faults.cptr())?;
    thread.run()?;

    let (info, badge) = endpoint.recv(());
    let Fault::VmFault(read) = fault(info) else {
        panic!("{:?}", fault(info))
    };
    assert_eq!((badge, addr(&read)), (0xfa, told(MISSING)));
    assert!(!read.is_write() && !read.is_prefetch());
    assert_eq!(thread.tcb.tcb_read_registers(false, 2)?.pc(), read.ip());
    map_new(objects, MISSING)?;

    let (info, _) = endpoint.reply_recv(MessageInfo::default(), ());
    let Fault::VmFault(write) = fault(info) else {
        panic!("{:?}", fault(info))
    };
    assert_eq!(addr(&write), told(MISSING + 4096));
    assert!(write.is_write() && !write.is_prefetch());
    map_new(objects, MISSING + 4096)?;

    // In registers, this time.
    let request = endpoint.reply_recv_with_mrs(MessageInfo::default(), (), ());
    let call = with_ipc_buffer(|buffer| Fault::with_mrs(buffer, &request.info, &request.msg));
    let Some(Fault::UnknownSyscall(call)) = call else {
        panic!("{call:?}")
    };
    let words = arch::answer(&call, 11, 22);
    with_ipc_buffer_mut(|buffer| buffer.msg_regs_mut()[..words.len()].copy_from_slice(&words));
    let reply = MessageInfoBuilder::default().length(words.len());

    let (info, _) = endpoint.reply_recv(reply.build(), ());
    let Fault::CapFault(send) = fault(info) else {
        panic!("{:?}", fault(info))
    };
    assert_eq!((send.addr(), send.in_recv_phase()), (1 << 20, 0));
    // A reply with a label other than 0 does not restart the send, but goes on after it.
    let registers = thread.tcb.tcb_read_all_registers(false)?;
    let mut after = registers;
    *after.pc_mut() = send.ip() + arch::SYSTEM_CALL_LENGTH;
    thread.tcb.tcb_write_all_registers(true, &after)?;

    let (info, _) = endpoint.recv(());
    let Fault::UserException(exception) = fault(info) else {
        panic!("{:?}", fault(info))
    };
    let mut after = thread.tcb.tcb_read_all_registers(false)?;
    assert_eq!(after.pc(), exception.fault_ip());
    *after.pc_mut() += arch::EXCEPTION_LENGTH;
    thread.tcb.tcb_write_all_registers(true, &after)?;

    let (info, _) = endpoint.recv(());
    let Fault::VmFault(jump) = fault(info) else {
        panic!("{:?}", fault(info))
    };
    assert_eq!(addr(&jump), told(MISSING + 0x10_0000));
    assert!(jump.is_prefetch() && !jump.is_write());
    thread.tcb.tcb_suspend()?;

    // Whatever is no fault is none.
    let no_fault = MessageInfo::new(4, 0, 0, 120);
    assert_eq!(
        with_ipc_buffer(|buffer| Fault::new(buffer, &no_fault)),
        None
    );
    let cut_short = MessageInfo::new(jump_label(), 0, 0, 2);
    assert_eq!(
        with_ipc_buffer(|buffer| Fault::new(buffer, &cut_short)),
        None
    );
    Ok(())
}

fn jump_label() -> Word {
    sel4::sys::seL4_Fault_VMFault
}

extern "C" fn read_downwards(_: &mut IpcBuffer, address: Word) -> ! {
    let mut address = address as usize;
    loop {
        read(address);
        address -= FrameObjectType::GRANULE.bytes();
    }
}

/// A read below the root task's stack faults, at once below it.
pub fn find_guard_page(objects: &mut Objects) -> Result<()> {
    let endpoint = objects.make::<cap_type::Endpoint>()?;
    let on_stack = 0u64;
    let here = ptr::from_ref(&on_stack).addr() & !(FrameObjectType::GRANULE.bytes() - 1);
    let thread = Thread::new(objects, read_downwards, here as Word, endpoint.cptr())?;
    thread.run()?;
    let (info, _) = endpoint.recv(());
    let Fault::VmFault(guard) = fault(info) else {
        panic!("{:?}", fault(info))
    };
    let pages = (told(here) - addr(&guard)) as usize / FrameObjectType::GRANULE.bytes();
    assert!(
        (1..=16).contains(&pages),
        "{pages} pages below the stack pointer"
    );
    thread.tcb.tcb_suspend()?;
    Ok(())
}
