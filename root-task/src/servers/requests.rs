// SPDX-License-Identifier: MIT OR Apache-2.0
//! What servers tell their parent.
use croft_ipc::{Answer, Call, Handler, HandlerResult};
use croft_process::handover::{ProcessInterface, Request};

use super::Servers;

impl Handler for Servers<'_, '_> {
    type Interface = ProcessInterface;

    fn handle<'s>(
        &'s mut self,
        request: Request<'_>,
        call: &Call,
    ) -> HandlerResult<'s, ProcessInterface> {
        let Some(place) = self.place(call.badge) else {
            return Ok(Answer::Deferred);
        };
        match request {
            Request::Ready => {
                self.ready(place)?;
                return Ok(Answer::Reply(()));
            }
            Request::Log { text } => {
                let name = self.name(place);
                self.report.information(format_args!("{name}: {text}"));
                return Ok(Answer::Reply(()));
            }
            Request::Renew { slot } => {
                if self.renew(place, slot)? {
                    return Ok(Answer::Reply(()));
                }
            }
            Request::Failed { failure, detail } => self.end(
                place,
                true,
                format_args!("cannot be loaded: {failure} ({detail:#x})"),
            ),
            Request::Exit { status } => {
                self.end(
                    place,
                    status != 0,
                    format_args!("ended with status {status}"),
                );
            }
            Request::Panic { text } => {
                self.end(place, true, format_args!("panicked: {text}"));
            }
        }
        // Who ended does not wait for an answer; who waits for a successor gets one later.
        Ok(Answer::Deferred)
    }
}
