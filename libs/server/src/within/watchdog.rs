// SPDX-License-Identifier: MIT OR Apache-2.0
//! The second thread of a process that limits its waiting: it waits for the alarm, and stops the first one's call.
//!
//! The two share [`WATCH`] and nothing else. The watchdog has an IPC buffer of its own and names it with every invocation:
//! all that the rest of this crate has is the first thread's.

use super::entry::{self, Message};
use crate::memory::{self, Access, Memory, MemoryError, WATCHDOG_BUFFER, WATCHDOG_STACK};
use crate::process::parent;
use crate::watch::{NoCall, Watch};
use crate::{PAGE, Process, SetupError, counter};
use core::sync::atomic::{AtomicU64, Ordering::SeqCst};
use croft_container::Object;
use croft_ipc::alarm::{AlarmClient, AlarmError, AlarmInterface, AlarmSet};
use croft_ipc::kernel::Endpoint;
use croft_ipc::{
    CallError, CapabilityAddress, Label, Method, Status, TransportError, TransportFailure,
};
use croft_process::handover::slot;
use sel4::{
    CNodeCapData, CPtr, CallWithMRs, CapRights, IpcBuffer, MessageInfo, MessageInfoBuilder,
    ObjectBlueprint, UserContext, cap,
};

/// The service that has the alarm.
const CLOCK: &str = "clock";

/// The call of the first thread.
static WATCH: Watch = Watch::new();

/// Ticks of a second; 0 before there is a watchdog.
static FREQUENCY: AtomicU64 = AtomicU64::new(0);

/// The watchdog's thread.
static THREAD: AtomicU64 = AtomicU64::new(0);

/// The alarm, the notification that it signals, and the same for the clock.
static ALARM: AtomicU64 = AtomicU64::new(0);
static NOTIFICATION: AtomicU64 = AtomicU64::new(0);
static SIGNAL: AtomicU64 = AtomicU64::new(0);

/// Has a watchdog, from now on. Ticks of a second.
pub fn start(process: &Process) -> Result<u64, SetupError> {
    match FREQUENCY.load(SeqCst) {
        0 => {}
        frequency => return Ok(frequency),
    }
    ALARM.store(process.endpoint(CLOCK)?.0.bits(), SeqCst);
    if NOTIFICATION.load(SeqCst) == 0 {
        let (notification, signal) = memory::with(|memory| {
            let notification = memory.object(&ObjectBlueprint::Notification)?;
            let signal = memory.slots.allocate()?;
            Memory::absolute(signal)
                .mint(&Memory::absolute(notification), CapRights::WRITE_ONLY, 1)
                .map_err(MemoryError::kernel("CNode_Mint"))?;
            Ok::<_, MemoryError>((notification, signal))
        })?;
        SIGNAL.store(signal, SeqCst);
        NOTIFICATION.store(notification, SeqCst);
    }
    let frequency = connect().map_err(|_| SetupError::Capability(CLOCK))?;
    let (tcb, frame) = memory::with(|memory| {
        let (_, tcb) = memory.block(Object::Tcb, 1)?;
        let (_, frame) = memory.frames(1)?;
        memory.map(frame, WATCHDOG_BUFFER, Access::Write)?;
        let pages = (WATCHDOG_STACK.end - WATCHDOG_STACK.start) / PAGE as u64;
        memory
            .map_fresh(WATCHDOG_STACK.start, pages, Access::Write)
            .1?;
        Ok::<_, MemoryError>((tcb, frame))
    })?;
    configure(process, cap::Tcb::from_bits(tcb), frame)?;
    THREAD.store(tcb, SeqCst);
    run().map_err(MemoryError::kernel("TCB_WriteRegisters"))?;
    FREQUENCY.store(frequency, SeqCst);
    Ok(frequency)
}

/// Gives the thread what it needs.
fn configure(process: &Process, tcb: cap::Tcb, frame: u64) -> Result<(), SetupError> {
    let environment = process.environment();
    tcb.tcb_configure(
        CPtr::from_bits(slot::PARENT),
        cap::CNode::from_bits(slot::CNODE),
        CNodeCapData::skip_high_bits(environment.cnode_radix_bits.into()),
        cap::VSpace::from_bits(slot::VSPACE),
        WATCHDOG_BUFFER,
        cap::Granule::from_bits(frame),
    )
    .map_err(MemoryError::kernel("TCB_Configure"))?;
    Ok(())
}

/// Has the watchdog begin, or begin anew: it may wait for the answer of a clock that has ended. There is no call then, so it
/// is not in the middle of stopping one.
fn run() -> sel4::Result<()> {
    let function = watch as extern "C" fn() -> ! as *const ();
    let registers = UserContext::at_function(function, WATCHDOG_STACK.end, &[]);
    cap::Tcb::from_bits(THREAD.load(SeqCst)).tcb_write_all_registers(true, &registers)
}

fn alarm() -> AlarmClient<Endpoint> {
    AlarmClient::new(Endpoint::from_bits(ALARM.load(SeqCst)))
}

fn connect() -> Result<u64, CallError<AlarmError>> {
    alarm().connect_alarm(CapabilityAddress(SIGNAL.load(SeqCst)))
}

/// The first thread sets the alarm; at the successor of a clock that has ended, if there is one.
fn set_alarm(deadline: u64) -> bool {
    let again = || run().is_ok() && connect().is_ok() && alarm().set(deadline).is_ok();
    match alarm().set(deadline) {
        Ok(()) => true,
        Err(CallError::Refused(AlarmError::NotConnected)) => again(),
        Err(CallError::Gone) => parent().renew(ALARM.load(SeqCst)).is_ok() && again(),
        Err(_) => false,
    }
}

/// A call that has begun: its time runs.
#[must_use]
pub struct Begun(u64);

impl Begun {
    /// Begins a call by the first thread that may wait until `deadline`.
    pub fn new(deadline: u64) -> Result<Self, TransportFailure> {
        match WATCH.begin(deadline, counter, set_alarm, sel4::r#yield) {
            Ok(armed) => Ok(Self(armed)),
            Err(NoCall::Over) => Err(TransportFailure::TimedOut),
            Err(NoCall::NoAlarm) => Err(TransportFailure::Kernel(TransportError {
                operation: "an alarm, for want of a clock",
                kernel_error: sel4::Error::InvalidCapability.into_sys().into(),
            })),
        }
    }

    /// Sends a message and waits for the answer.
    ///
    /// # Safety
    /// The kernel writes a longer answer into the IPC buffer: nobody may hold a reference to it.
    pub unsafe fn call(
        &self,
        endpoint: Endpoint,
        info: MessageInfo,
        words: [u64; sel4::NUM_FAST_MESSAGE_REGISTERS],
    ) -> Result<CallWithMRs, TransportFailure> {
        let mut message = Message {
            capability: endpoint.0.bits(),
            info: info.into_inner().words[0],
            words,
        };
        // SAFETY: the caller's promise.
        match unsafe { entry::call(&mut message, WATCH.state(), self.0) } {
            true => Ok(CallWithMRs {
                info: MessageInfo::from_inner(sel4::sys::seL4_MessageInfo {
                    words: [message.info],
                }),
                msg: message.words,
            }),
            false => Err(TransportFailure::TimedOut),
        }
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        // One that was made is over already.
        WATCH.end(self.0, sel4::r#yield);
    }
}

/// The watchdog.
extern "C" fn watch() -> ! {
    let buffer = core::ptr::with_exposed_provenance_mut(WATCHDOG_BUFFER as usize);
    // SAFETY: the page was mapped there as this thread's IPC buffer, for this thread alone; what it had before it began
    // anew is not used any more.
    let buffer = unsafe { IpcBuffer::from_ptr(buffer) };
    let buffer = core::cell::RefCell::new(buffer);
    let notification = cap::Notification::from_bits(NOTIFICATION.load(SeqCst));
    loop {
        notification.with(&mut **buffer.borrow_mut()).wait();
        WATCH.woken(
            counter,
            |deadline| set(*buffer.borrow_mut(), deadline),
            || fire(*buffer.borrow_mut()),
        );
    }
}

/// The watchdog sets the alarm.
fn set(buffer: &mut IpcBuffer, deadline: u64) -> bool {
    let label = Label::of::<AlarmInterface>(AlarmSet::NUMBER);
    let info = MessageInfoBuilder::default()
        .label(label.to_bits())
        .length(1)
        .build();
    let endpoint = cap::Endpoint::from_bits(ALARM.load(SeqCst)).with(buffer);
    let answer = endpoint.call_with_mrs(info, [deadline]);
    answer.info.label() == label.with_method(Status::Done as u8).to_bits()
}

/// Stops the waiting of the first thread.
fn fire(buffer: &mut IpcBuffer) {
    let tcb: cap::Tcb = cap::Tcb::from_bits(slot::TCB);
    // Once it is stopped, an answer that is not there does not come any more: the right to answer is deleted.
    let Ok(mut registers) = tcb.with(&mut *buffer).tcb_read_all_registers(true) else {
        return;
    };
    // A system call's first argument is the capability's address, and the register holds the sender's badge, which is 0 for
    // an answer, when it is done.
    let capability = *registers.c_param_mut(0);
    *registers.pc_mut() = entry::places().next(registers.pc(), capability);
    // It cannot fail: what was read can be written.
    let _ = tcb.with(buffer).tcb_write_all_registers(true, &registers);
}
