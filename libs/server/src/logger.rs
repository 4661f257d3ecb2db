// SPDX-License-Identifier: MIT OR Apache-2.0
//! The `log` facade: lines go to the log service that the parent gave (the capability named [`CAPABILITY`], usually the
//! console). A process without one keeps its newest lines until it takes them itself ([`take`]).

use crate::single::Single;
use core::fmt::{self, Write};
use croft_ipc::kernel::Endpoint;
use croft_ipc::log::{LINE_MAX, Level, LogClient};
use croft_process::handover::LogLevel;
use heapless::{Deque, String};
use log::{LevelFilter, Metadata, Record};

/// The name of the capability that lines go through.
pub const CAPABILITY: &str = "console";

/// Lines that are kept, at most.
const KEPT: usize = 8;
/// Bytes of a kept line.
const KEPT_LENGTH: usize = 160;

/// A line that was kept.
#[derive(Debug)]
pub struct Kept {
    /// How much it matters.
    pub level: Level,
    /// The text, cut to 160 bytes.
    pub text: String<KEPT_LENGTH>,
}

struct Logger {
    name: &'static str,
    service: Option<LogClient<Endpoint>>,
    kept: Deque<Kept, KEPT>,
}

static LOGGER: Single<Logger> = Single::new();

struct Facade;

impl log::Log for Facade {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        // A line that is logged while another one is sent is dropped.
        if let Some(mut logger) = LOGGER.get().filter(|_| self.enabled(record.metadata())) {
            logger.line(level_of(record.level()), *record.args());
        }
    }

    fn flush(&self) {}
}

impl Logger {
    fn line(&mut self, level: Level, text: fmt::Arguments<'_>) {
        match &self.service {
            Some(service) => {
                let mut line = Bounded::<LINE_MAX>::default();
                let _ = write!(line, "{}: {text}", self.name);
                // Nobody is left to be told.
                let _ = service.line(level, &line.0);
            }
            None => {
                let mut line = Bounded::<KEPT_LENGTH>::default();
                let _ = write!(line, "{}: {text}", self.name);
                if self.kept.is_full() {
                    self.kept.pop_front();
                }
                let _ = self.kept.push_back(Kept {
                    level,
                    text: line.0,
                });
            }
        }
    }
}

/// Sets the logger up. Called once, at the start. Lines up to `level` are sent: what the image asks for, which is what is
/// said of the usual course of things if it asks for nothing. The host keeps that to itself, until a run does not come to
/// its end.
pub(crate) fn initialise(name: &'static str, service: Option<Endpoint>, level: LogLevel) {
    LOGGER.set(Logger {
        name,
        service: service.map(LogClient::new),
        kept: Deque::new(),
    });
    if log::set_logger(&Facade).is_ok() {
        log::set_max_level(filter_of(level));
    }
}

/// Takes the oldest line that was kept.
pub fn take() -> Option<Kept> {
    LOGGER.get()?.kept.pop_front()
}

fn filter_of(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Off => LevelFilter::Off,
        LogLevel::Error => LevelFilter::Error,
        LogLevel::Warn => LevelFilter::Warn,
        LogLevel::Info => LevelFilter::Info,
        LogLevel::Debug => LevelFilter::Debug,
        LogLevel::Trace => LevelFilter::Trace,
    }
}

fn level_of(level: log::Level) -> Level {
    match level {
        log::Level::Error => Level::Error,
        log::Level::Warn => Level::Warning,
        log::Level::Info => Level::Information,
        log::Level::Debug | log::Level::Trace => Level::Debug,
    }
}

/// Text that is cut where it gets too long.
#[derive(Default)]
pub(crate) struct Bounded<const N: usize>(pub String<N>);

impl<const N: usize> Write for Bounded<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = N - self.0.len();
        let end = text.floor_char_boundary(room);
        self.0.push_str(&text[..end]).map_err(|_| fmt::Error)?;
        if end < text.len() {
            Err(fmt::Error)
        } else {
            Ok(())
        }
    }
}
