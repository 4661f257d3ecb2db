// SPDX-License-Identifier: MIT OR Apache-2.0
//! The receiver's side: takes an offer from the clipboard, and has it converted by a child.

use super::{Offer, Output, OutputError, OutputInterface, Part, PasteError, PastingClient};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use croft_clock::ClockClient;
use croft_ipc::kernel::Endpoint;
use croft_ipc::{CallError, Caller, Dispatch, Incoming, Outgoing, Server, Transport};
use croft_process::parent::CreateError;
use croft_server::{
    ChildEnded, Family, FrameRow, NewChild, NoSlots, ParentServer, Process, SetupError, Stopped,
    counter,
};
use sel4::AbsoluteCPtr;

/// Bytes that a converter may use.
const RESERVE: u64 = 512 << 10;

/// The event bit of the timer.
const TIMER: u32 = 0;

/// What was taken from a clipboard: pages of the sender's, which only can be read.
#[derive(Debug)]
pub struct Pasted {
    /// What it is.
    pub offer: Offer,
    data: FrameRow,
    converter: FrameRow,
}

/// Why nothing was taken.
#[derive(Debug)]
pub enum TakeError {
    /// The clipboard refuses.
    Clipboard(CallError<PasteError>),
    /// This process has no slots.
    Slots(NoSlots),
}

impl Pasted {
    /// Takes what is offered.
    ///
    /// # Errors
    /// [`TakeError`]; nothing is kept then.
    pub fn take<T: Transport>(pasting: &PastingClient<T>) -> Result<Self, TakeError> {
        let (number, offer) = pasting.look().map_err(TakeError::Clipboard)?;
        let part = |part, bytes: u32| {
            let row = FrameRow::new(bytes.into()).map_err(TakeError::Slots)?;
            for page in 0..offer.pages(part) {
                let slot = row.slot(page.into());
                let taken = pasting.page(number, part, page, slot);
                taken.map_err(TakeError::Clipboard)?;
            }
            Ok(row)
        };
        let data = part(Part::Data, offer.data)?;
        let converter = part(Part::Converter, offer.converter)?;
        Ok(Self {
            offer,
            data,
            converter,
        })
    }
}

/// Why there is no result.
#[derive(Debug)]
pub enum ConvertError {
    /// The converter could not be made: there is no room for it, or its pages were taken back.
    Create(CreateError),
    /// It ended in some other way than with success.
    Failed(String),
    /// It gave more than is wanted.
    TooMuch,
    /// It took too long.
    TookTooLong,
    /// The clock does not answer.
    NoClock,
    /// This process' own parent asks for the end.
    EndRequested,
}

impl fmt::Display for ConvertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create(error) => write!(f, "the converter cannot be made: {error}"),
            Self::Failed(how) => write!(f, "the converter {how}"),
            Self::TooMuch => f.write_str("the converter gives too much"),
            Self::TookTooLong => f.write_str("the converter takes too long"),
            Self::NoClock => f.write_str("the clock does not answer"),
            Self::EndRequested => f.write_str("this process is asked to end"),
        }
    }
}

/// Has things converted, one after the other.
pub struct Receiver {
    children: Family,
    receive: AbsoluteCPtr,
    clock: ClockClient<Endpoint>,
    /// Ticks of a second.
    frequency: u64,
    /// The converter that runs, or ran last.
    converter: u64,
    output: Vec<u8>,
    at_most: usize,
    deadline: u64,
    result: Option<Result<(), ConvertError>>,
}

impl Receiver {
    /// Needs what [`Family::new`] needs, and a clock.
    ///
    /// # Errors
    /// [`SetupError`], also if the clock does not answer.
    pub fn new(process: &Process) -> Result<Self, SetupError> {
        let clock = ClockClient::connect(process)?;
        let event = process.event(TIMER)?;
        let parameters = clock
            .subscribe(event.into())
            .map_err(|_| SetupError::Capability("clock"))?;
        Ok(Self {
            children: Family::new(process)?,
            receive: process.receive_slot()?,
            clock,
            frequency: parameters.frequency,
            converter: 0,
            output: Vec::new(),
            at_most: 0,
            deadline: 0,
            result: None,
        })
    }

    /// Runs the converter of `pasted` for at most so many milliseconds; its output, of at most `at_most` bytes. Those are the
    /// sender's words: believe of them what you would believe the sender.
    ///
    /// # Errors
    /// [`ConvertError`]. Nothing is left of the converter, in any case.
    pub fn convert(
        &mut self,
        pasted: &Pasted,
        at_most: usize,
        milliseconds: u64,
    ) -> Result<Vec<u8>, ConvertError> {
        let formats = format!("{} {}", pasted.offer.from, pasted.offer.to);
        let new = NewChild {
            name: "converter",
            image: pasted.converter.frames(),
            files: &[("input", pasted.data.frames())],
            arguments: formats.as_bytes(),
            // Nothing: what it could talk to it would talk to.
            capabilities: &[],
            reserve: RESERVE,
        };
        self.output = Vec::new();
        self.at_most = at_most;
        self.result = None;
        self.deadline = counter() + self.frequency / 1000 * milliseconds;
        let timer = self.clock.set_timer(self.deadline);
        timer.map_err(|_| ConvertError::NoClock)?;
        self.converter = self.children.create(&new).map_err(ConvertError::Create)?;
        let receive = self.receive;
        let stopped = Family::serve(self, receive);
        self.children.destroy(self.converter);
        let output = core::mem::take(&mut self.output);
        match (stopped, self.result.take()) {
            (Stopped::Finished, Some(result)) => result.map(|()| output),
            _ => Err(ConvertError::EndRequested),
        }
    }
}

impl Output for Receiver {
    fn write(&mut self, caller: Caller, bytes: &[u8]) -> Result<(), OutputError> {
        if caller.badge != self.converter || bytes.len() > self.at_most - self.output.len() {
            self.result = Some(Err(ConvertError::TooMuch));
            return Err(OutputError::TooMuch);
        }
        self.output.extend_from_slice(bytes);
        Ok(())
    }
}

impl Server for Receiver {
    fn message(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        OutputInterface::dispatch(self, incoming, buffer)
    }

    fn event(&mut self, _: u64) {
        // A timer may be one of before.
        if counter() >= self.deadline {
            self.result = Some(Err(ConvertError::TookTooLong));
        }
    }

    fn finished(&self) -> bool {
        self.result.is_some()
    }
}

impl ParentServer for Receiver {
    fn family(&mut self) -> &mut Family {
        &mut self.children
    }

    fn ended(&mut self, _: u64, ended: &ChildEnded) {
        self.result = Some(match ended.failed {
            false => Ok(()),
            true => Err(ConvertError::Failed(ended.text.to_string())),
        });
    }
}
