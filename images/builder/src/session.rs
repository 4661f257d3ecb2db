// SPDX-License-Identifier: MIT OR Apache-2.0
//! Runs of images under a program's control: for system tests.
use std::time::{Duration, Instant};

use croft_console_frame::Level;
use croft_container::Entry;

use crate::backtrace::Explainer;
use crate::guest::{Event, Guest};
use crate::trace::Recording;
use crate::{Error, Image, Machine, Result};

/// How many log lines an error of a run shows.
pub(crate) const TAIL: usize = 20;

/// A run that a test talks to.
#[derive(Debug)]
pub struct Session {
    guest: Guest,
    explainer: Explainer,
    begun: Instant,
    deadline: Instant,
    /// All output so far.
    output: Vec<u8>,
    /// Up to where [`Session::expect`] has read it.
    seen: usize,
    errors: Vec<u8>,
    log: Vec<(Level, String)>,
    /// The containers, since they were asked for.
    containers: Option<Vec<Entry>>,
    recording: Recording,
    ending: Option<u8>,
}

/// What a run left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The exit status of its first process; 128 + n if signal n ended it.
    pub status: u8,
    /// Everything on its terminal or standard output.
    pub output: Vec<u8>,
    /// Everything on its standard error, where that was no terminal.
    pub errors: Vec<u8>,
    /// Croft's own lines, and behind a backtrace what is at its addresses.
    pub log: Vec<(Level, String)>,
    /// The messages of its servers, if they are traced.
    pub recording: Recording,
    /// How long it took, from the start of QEMU.
    pub duration: Duration,
}

impl Outcome {
    /// The output as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }

    /// The standard error as text.
    #[must_use]
    pub fn error_text(&self) -> String {
        String::from_utf8_lossy(&self.errors).into_owned()
    }
}

impl Session {
    /// Boots an image; the whole run may take `limit`.
    ///
    /// # Errors
    /// If QEMU cannot be started or the image does not fit the machine.
    pub fn start(image: &Image, machine: &Machine, limit: Duration) -> Result<Self> {
        let begun = Instant::now();
        Ok(Session {
            guest: Guest::start(machine.command(image)?)?,
            explainer: Explainer::new(image),
            begun,
            deadline: begun + limit,
            output: Vec::new(),
            seen: 0,
            errors: Vec::new(),
            log: Vec::new(),
            containers: None,
            recording: Recording::default(),
            ending: None,
        })
    }

    /// Boots an image, gives it `input` and its end, and waits for the end of the run.
    ///
    /// # Errors
    /// As [`Session::start`] and [`Session::finish`].
    pub fn run(image: &Image, machine: &Machine, input: &[u8], limit: Duration) -> Result<Outcome> {
        let mut session = Session::start(image, machine, limit)?;
        session.send(input);
        session.end_input();
        session.finish()
    }

    /// Sends input.
    pub fn send(&mut self, bytes: &[u8]) {
        self.guest.send(bytes);
    }

    /// Ends the input.
    pub fn end_input(&mut self) {
        self.guest.end_input();
    }

    /// Changes the size of the terminal.
    pub fn resize(&mut self, rows: u16, columns: u16) {
        self.guest.resize(rows, columns);
    }

    /// The states of all containers, parents before their children. Works after the end of the run as well.
    ///
    /// # Errors
    /// [`Error::Timeout`] if they do not come in time, [`Error::MachineDied`].
    pub fn inspect(&mut self) -> Result<Vec<Entry>> {
        self.containers = None;
        self.guest.inspect();
        loop {
            if let Some(containers) = self.containers.take() {
                return Ok(containers);
            }
            self.step()?;
        }
    }

    /// Waits until `text` comes in the output behind what was expected before; the output up to and with
    /// it.
    ///
    /// # Errors
    /// [`Error::Timeout`] if it does not come in time, [`Error::Unexpected`] if the run ends without it.
    pub fn expect(&mut self, text: &str) -> Result<String> {
        let mut searched = self.seen;
        loop {
            // What was searched before is not searched again, but for the beginning of the text at its end.
            let skipped = searched.saturating_sub(text.len()).max(self.seen) - self.seen;
            searched = self.output.len();
            let rest = self.output.get(self.seen..).unwrap_or_default();
            let found = rest[skipped..]
                .windows(text.len().max(1))
                .position(|window| window == text.as_bytes());
            if let Some(place) = found {
                let end = skipped + place + text.len();
                let seen = String::from_utf8_lossy(&rest[..end]).into_owned();
                self.seen += end;
                return Ok(seen);
            }
            if let Some(status) = self.ending {
                let wanted = text.to_owned();
                let output = String::from_utf8_lossy(rest).into_owned();
                return Err(Error::Unexpected {
                    wanted,
                    status,
                    output,
                });
            }
            self.step()?;
        }
    }

    /// Waits for the end of the run.
    ///
    /// # Errors
    /// [`Error::Timeout`] if it does not end in time, [`Error::MachineDied`] if QEMU ends before it.
    pub fn finish(mut self) -> Result<Outcome> {
        loop {
            if let Some(status) = self.ending {
                self.guest.kill();
                return Ok(Outcome {
                    status,
                    output: self.output,
                    errors: self.errors,
                    log: self.log,
                    recording: self.recording,
                    duration: self.begun.elapsed(),
                });
            }
            self.step()?;
        }
    }

    /// Everything on the terminal or standard output so far.
    #[must_use]
    pub fn output(&self) -> &[u8] {
        &self.output
    }

    /// Croft's own lines so far.
    #[must_use]
    pub fn log(&self) -> &[(Level, String)] {
        &self.log
    }

    fn step(&mut self) -> Result<()> {
        if Instant::now() >= self.deadline {
            let seconds = (self.deadline - self.begun).as_secs_f64();
            self.guest.kill();
            return Err(Error::Timeout {
                seconds,
                tail: self.tail(),
            });
        }
        let (events, _) = self.guest.step(&[], Some(self.deadline))?;
        for event in events {
            match event {
                Event::Containers(containers) => self.containers = Some(containers),
                _ if self.ending.is_some() => {}
                Event::Output(bytes) => self.output.extend(bytes),
                Event::Error(bytes) => self.errors.extend(bytes),
                Event::Log(level, line) => {
                    let explained = self.explainer.explain(&line);
                    self.log.push((level, line));
                    self.log
                        .extend(explained.into_iter().map(|line| (level, line)));
                }
                Event::Trace(piece) => self.recording.take(&piece),
                Event::Exit(status) => self.ending = Some(status),
                Event::Closed => return Err(self.guest.died()),
            }
        }
        Ok(())
    }

    /// The end of log and output, for errors.
    fn tail(&self) -> String {
        let skipped = self.log.len().saturating_sub(TAIL);
        let lines = self
            .log
            .iter()
            .skip(skipped)
            .map(|(_, line)| format!("\n  {line}"));
        let output = String::from_utf8_lossy(&self.output);
        let mut last: Vec<_> = output.lines().rev().take(TAIL).collect();
        last.reverse();
        let mut tail: String = lines.collect();
        if !last.is_empty() {
            tail.push_str("\nthe last output:");
            tail.extend(last.iter().map(|line| format!("\n  {line}")));
        }
        tail
    }
}
