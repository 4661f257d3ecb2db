// SPDX-License-Identifier: MIT OR Apache-2.0
//! Calls that wait so long for an answer and no longer, whatever the server does.
//!
//! ```ignore
//! let store = StoreClient::connect(&process.within(Duration::from_millis(50))?)?;
//! match store.wait("letter", 0) {
//!     Err(CallError::TimedOut) => …
//! ```
//!
//! The kernel has no such call. So the process has a second thread, its watchdog, which waits for an alarm of the clock
//! (service `clock` in the image description) and then takes the first thread out of its call: the kernel deletes the
//! server's right to answer, and an answer that the server sends afterwards reaches nobody and does not hold the server
//! up. A limit that is over before the message can be sent is an error too. An answer that has arrived by then is not lost, and the next call is another one: each has a number.
//!
//! A server that computes for ever at a higher priority than its client holds up the watchdog as well. A clock that ends
//! loses the alarm that is set: until its time has passed, calls that rely on it have no limit. After that its successor is
//! asked; without one, a call with a limit is not made ([`croft_ipc::CallError::Transport`]).
//!
//! What it costs: the first time three pages and a thread of the primary container; a call some 200 instructions more than
//! without, and one more to the clock when the alarm that is set goes off later than this call's time is over (for calls
//! with the same limit that is once in a limit's time, not once a call).

mod entry;
mod watchdog;

use crate::{Process, SetupError, counter};
use core::time::Duration;
use croft_ipc::kernel::{Endpoint, exchange, word_answer};
use croft_ipc::{
    Connector, Label, Outcome, ProtocolError, Send, Transport, TransportFailure, WORDS,
    WordsOutcome,
};
use sel4::{IpcBuffer, MessageInfo, MessageInfoBuilder};
use watchdog::Begun;

/// The services of a process, with a limit for each call; see the module [`within`](self).
#[derive(Clone, Copy, Debug)]
pub struct Within<'p> {
    process: &'p Process,
    ticks: u64,
}

impl Process {
    /// Its services, for clients each of whose calls waits at most so long for its answer:
    /// [`CallError::TimedOut`](croft_ipc::CallError::TimedOut) is what they get after that. It is never early.
    ///
    /// # Errors
    /// [`SetupError::Capability`] if the process has no clock, or that takes no more clients; [`SetupError::Memory`].
    pub fn within(&self, time: Duration) -> Result<Within<'_>, SetupError> {
        let frequency = watchdog::start(self)?;
        let ticks = time.as_nanos().saturating_mul(frequency.into()) / 1_000_000_000 + 1;
        Ok(Within {
            process: self,
            ticks: u64::try_from(ticks).unwrap_or(u64::MAX),
        })
    }
}

impl Within<'_> {
    /// Limits the calls through any endpoint capability, such as an object's.
    #[must_use]
    pub const fn limit(&self, endpoint: Endpoint) -> Limited {
        Limited {
            endpoint,
            ticks: self.ticks,
        }
    }
}

impl Connector for Within<'_> {
    type Transport = Limited;
    type Error = SetupError;

    fn connect(&self, name: &'static str) -> Result<Limited, SetupError> {
        Ok(self.limit(self.process.endpoint(name)?))
    }
}

/// Calls through an endpoint capability, each for a limited time.
#[derive(Clone, Copy, Debug)]
pub struct Limited {
    endpoint: Endpoint,
    /// Of the processor's counter.
    ticks: u64,
}

impl Limited {
    /// The endpoint, for calls that wait.
    #[must_use]
    pub const fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    fn begin(&self) -> Result<Begun, TransportFailure> {
        Begun::new(counter().saturating_add(self.ticks))
    }
}

impl Transport for Limited {
    fn call<R>(
        &self,
        send: Send,
        encode: impl FnOnce(&mut [u8]) -> Result<usize, ProtocolError>,
        decode: impl FnOnce(Outcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        let begun = self.begin()?;
        let call = |buffer: &mut IpcBuffer, info: MessageInfo| {
            let mut words = [0; WORDS];
            words.copy_from_slice(&buffer.msg_regs()[..WORDS]);
            // SAFETY: the one reference to the buffer is this function's, and is not used during the call.
            let answer = unsafe { begun.call(self.endpoint, info, words) }?;
            buffer.msg_regs_mut()[..WORDS].copy_from_slice(&answer.msg);
            Ok(answer.info)
        };
        sel4::with_ipc_buffer_mut(|buffer| exchange(buffer, send, encode, decode, call))
    }

    #[inline]
    fn call_words<R>(
        &self,
        label: Label,
        words: [u64; WORDS],
        length: usize,
        decode: impl FnOnce(WordsOutcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        let info = MessageInfoBuilder::default()
            .label(label.to_bits())
            .length(length)
            .build();
        let begun = self.begin()?;
        // The buffer must not be in use: the answer may be longer than the question.
        // SAFETY: nobody has a reference to the buffer while this one, which is not used, is there.
        let answer =
            sel4::with_ipc_buffer_mut(|_| unsafe { begun.call(self.endpoint, info, words) });
        drop(begun);
        word_answer(label, answer?, decode)
    }
}
