// SPDX-License-Identifier: MIT OR Apache-2.0
//! What servers tell their parent.
use croft_ipc::kernel::{Port, Ready};
use croft_ipc::{Caller, Deferrable, Dispatch, Label};
use croft_process::handover::{Failure, Parenthood, ParenthoodInterface, Refusal};
use croft_process::parent::End;
use sel4::{Fault, RecvWithMRs};

use super::Servers;

/// The result of what is answered at once, or not at all: who ended does not wait for an answer, and a badge of an earlier
/// life is nobody's.
type Answer = Result<Deferrable<()>, Refusal>;

impl Servers<'_, '_> {
    /// A child speaks to its parent, or faults.
    pub fn message(&mut self, port: &mut Port, message: &RecvWithMRs) -> Option<Ready> {
        let info = message.info;
        if Label::from_bits(info.label()).is_none() {
            let fault = |buffer: &_| Fault::with_mrs(buffer, &info, &message.msg);
            let fault = sel4::with_ipc_buffer(fault);
            self.fault(message.badge, fault.as_ref());
            return None;
        }
        port.answer(message, |incoming, buffer| {
            ParenthoodInterface::dispatch(self, incoming, buffer)
        })
    }
}

impl Parenthood for Servers<'_, '_> {
    fn ready(&mut self, caller: Caller) -> Answer {
        match self.place(caller.badge) {
            Some(place) => self.ready(place).map(Deferrable::Now),
            None => Ok(Deferrable::Later),
        }
    }

    fn failed(&mut self, caller: Caller, failure: Failure, detail: u64) -> Answer {
        if let Some(place) = self.place(caller.badge) {
            self.end(place, &End::Unloadable { failure, detail });
        }
        Ok(Deferrable::Later)
    }

    fn exit(&mut self, caller: Caller, status: i32) -> Answer {
        if let Some(place) = self.place(caller.badge) {
            self.end(place, &End::Exited { status });
        }
        Ok(Deferrable::Later)
    }

    fn panic(&mut self, caller: Caller, text: &str) -> Answer {
        if let Some(place) = self.place(caller.badge) {
            self.end(place, &End::Panicked { text });
        }
        Ok(Deferrable::Later)
    }

    fn log(&mut self, caller: Caller, text: &str) -> Answer {
        let Some(place) = self.place(caller.badge) else {
            return Ok(Deferrable::Later);
        };
        let name = self.name(place);
        self.report.information(format_args!("{name}: {text}"));
        Ok(Deferrable::Now(()))
    }

    fn write_traces(&mut self, caller: Caller) -> Answer {
        match self.place(caller.badge) {
            Some(_) => {
                self.write_traces();
                Ok(Deferrable::Now(()))
            }
            None => Ok(Deferrable::Later),
        }
    }

    fn renew(&mut self, caller: Caller, slot: u64) -> Answer {
        match self.place(caller.badge) {
            Some(place) if self.renew(place, slot)? => Ok(Deferrable::Now(())),
            // Who waits for a successor gets an answer later.
            _ => Ok(Deferrable::Later),
        }
    }
}
