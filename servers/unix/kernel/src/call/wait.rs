// SPDX-License-Identifier: MIT OR Apache-2.0
//! Waiting for children: wait4, waitid.
use super::{Arguments, Call, Outcome};
use crate::World;
use crate::layout::Layout;
use crate::machine::Machine;
use crate::wait::{Key, Wait};
use unix_abi::Result;
use unix_process::{Pid, SigDetail, SigInfo, Signal, Usage, WaitOutcome, WaitRequest, WaitedChild};

impl<M: Machine> World<M> {
    /// wait4(2).
    pub(super) fn wait4(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [child, status, options, usage, ..] = arguments;
        let request = WaitRequest::wait4(child as i32, options as u32)?;
        let Some(found) = self.wait_for(pid, &request)? else {
            return Ok(self.nothing_yet(pid, &request));
        };
        let space = self.space_of(pid);
        if status != 0 {
            self.write_user(space, status, &found.change.wait_status().to_le_bytes())?;
        }
        if usage != 0 {
            self.write_user(space, usage, &usage_bytes(&found.usage))?;
        }
        Ok((found.pid.0 as usize).into())
    }

    /// waitid(2).
    pub(super) fn waitid(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [kind, id, info, options, usage, _] = arguments;
        let request = WaitRequest::waitid(kind as u32, id as i32, options as u32)?;
        let space = self.space_of(pid);
        let Some(found) = self.wait_for(pid, &request)? else {
            if request.no_hang() && info != 0 {
                self.write_user(space, info, &[0; SigInfo::SIZE])?;
            }
            return Ok(self.nothing_yet(pid, &request));
        };
        if info != 0 {
            let detail = SigDetail::Child {
                pid: found.pid.0,
                uid: found.uid,
                status: found.change.status(),
                user_ticks: 0,
                system_ticks: 0,
            };
            let code = found.change.code();
            let filled = SigInfo {
                signal: Signal::CHLD,
                errno: 0,
                code,
                detail,
            };
            self.write_user(space, info, &filled.to_bytes())?;
        }
        if usage != 0 {
            self.write_user(space, usage, &usage_bytes(&found.usage))?;
        }
        Ok(0.into())
    }

    fn wait_for(&mut self, pid: Pid, request: &WaitRequest) -> Result<Option<WaitedChild>> {
        match self.processes.wait(pid.main_thread(), request)? {
            WaitOutcome::Child(found) => Ok(Some(found)),
            WaitOutcome::NothingYet => Ok(None),
        }
    }

    fn nothing_yet(&self, pid: Pid, request: &WaitRequest) -> Outcome {
        if request.no_hang() {
            0.into()
        } else {
            Outcome::Block(Wait::on(Key::Child(pid)))
        }
    }
}

/// struct rusage.
pub(crate) fn usage_bytes(usage: &Usage) -> alloc::vec::Vec<u8> {
    Layout::new()
        .timeval(usage.user_ns)
        .timeval(usage.system_ns)
        .u64(usage.max_resident_kib)
        .bytes(&[0; 24])
        .u64(usage.minor_faults)
        .u64(usage.major_faults)
        .u64(0)
        .u64(usage.blocks_in)
        .u64(usage.blocks_out)
        .bytes(&[0; 24])
        .u64(usage.voluntary_switches)
        .u64(usage.involuntary_switches)
        .finish()
}
