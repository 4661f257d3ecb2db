// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a client sees of a server that dies while it serves: an error, then its successor, in the end nobody.
use croft_ipc::CallError;
use croft_ipc::kernel::Endpoint;
use croft_process::handover::{ParenthoodClient, Refusal, slot};
use croft_server::Process;
use sel4::{CPtr, CapRights, MessageInfoBuilder, cap};

use crate::tools::{Result, ensure, return_slots, slots};

/// How often the image says that the victim is started again.
const RESTARTS: u32 = 2;

/// Takes a request and faults.
pub fn victim(process: &Process) -> Result {
    let endpoint = process.service().map_err(|_| "no service endpoint")?;
    endpoint.recv(());
    // A capability address that leads nowhere: to receive from it is a fault.
    cap::Endpoint::from_bits(u64::MAX >> 1).recv(());
    Err("a fault did not end the victim")
}

/// Calls the victim until there is none.
pub fn run(process: &Process) -> Result {
    let victim = process.endpoint("victim").map_err(|_| "no victim")?;
    let parent = ParenthoodClient::new(Endpoint::from_bits(slot::PARENT));
    let renew = || parent.renew(victim.0.bits());
    for _ in 0..RESTARTS {
        call(victim)?;
        ensure(renew().is_ok(), "no successor")?;
    }
    // By a copy in another slot, of which nobody but this process knows.
    let copy = slots(1)?;
    let cnode = cap::CNode::from_bits(slot::CNODE);
    cnode
        .absolute_cptr(CPtr::from_bits(copy))
        .copy(
            &cnode.absolute_cptr(CPtr::from_bits(victim.0.bits())),
            CapRights::all(),
        )
        .map_err(|_| "not copied")?;
    call(Endpoint::from_bits(copy))?;
    return_slots(copy, 1);
    ensure(
        renew() == Err(CallError::Refused(Refusal::NoSuccessor)),
        "a successor too many",
    )
}

/// A call that the victim takes and never answers.
fn call(victim: Endpoint) -> Result {
    let info = MessageInfoBuilder::default().label(1).build();
    let answer = victim.0.call(info);
    let gone = sel4::Error::InvalidCapability.into_sys();
    ensure(
        answer.label() == u64::from(gone),
        "the victim's death is not seen",
    )
}
