// SPDX-License-Identifier: MIT OR Apache-2.0
//! A run on the runner's own standard streams: what `images/run` does once the image is built.
use std::collections::VecDeque;
use std::io::{self, IsTerminal, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use croft_console_frame::Level;
use croft_manifest::Stream;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGWINCH};

use crate::backtrace::Explainer;
use crate::guest::{Event, Guest, INPUT_LIMIT};
use crate::inspect::Inspect;
use crate::session::TAIL;
use crate::terminal::{self, Keys, Raw};
use crate::trace::Recording;
use crate::{Entry, Error, Image, Machine, Result};

/// How long a run that is ended from outside may take to tell its traces.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a run is attached.
#[derive(Clone, Debug)]
pub struct Attach {
    /// The guest's standard streams, as its world was told.
    pub streams: [Stream; 3],
    /// Whether all log lines are shown, not only warnings and errors.
    pub verbose: bool,
    /// The servers whose log lines are all shown.
    pub shown: Vec<String>,
    /// How long the run may take.
    pub limit: Option<Duration>,
    /// The container tree: when somebody asks (Ctrl-A i, or the signal USR1), and perhaps at the end.
    pub inspect: Inspect,
}

/// How long the guest may take to tell its containers when the run is over.
const LAST_LOOK: Duration = Duration::from_secs(10);

impl Attach {
    /// Whether somebody asked for a line that is neither a warning nor an error. Each server's begin with its name.
    fn wants(&self, line: &str) -> bool {
        let of = |name: &String| {
            line.strip_prefix(name.as_str())
                .is_some_and(|rest| rest.starts_with(": "))
        };
        self.verbose || self.shown.iter().any(of)
    }
}

/// Boots an image with the runner's standard streams, and adds its servers' messages to `recording`, if they are traced.
/// Gives the exit status of its first process, or `None` if
/// the person at the keyboard left it with Ctrl-A x.
///
/// # Errors
/// If QEMU cannot be started or ends too early, the run takes too long, or is interrupted.
pub fn attach(
    image: &Image,
    machine: &Machine,
    attach: &Attach,
    recording: &mut Recording,
) -> Result<Option<u8>> {
    let signals = Signals::watch()?;
    let mut run = Attached {
        guest: Guest::start(machine.command(image)?)?,
        signals,
        options: attach.clone(),
        explainer: Explainer::new(image),
        raw: None,
        keys: Keys::default(),
        input_ended: false,
        inspected: false,
        log: VecDeque::new(),
        recording,
    };
    if attach.streams[0] == Stream::Terminal && io::stdin().is_terminal() {
        run.raw = Some(Raw::enter()?);
    }
    let result = run.drive();
    if image.traced && !matches!(result, Ok(Some(_))) {
        run.fetch_traces();
    }
    run.guest.kill();
    // The terminal is itself again before anybody writes about the end.
    drop(run);
    result
}

struct Attached<'a> {
    guest: Guest,
    signals: Signals,
    options: Attach,
    explainer: Explainer,
    /// While the terminal is the guest's.
    raw: Option<Raw>,
    keys: Keys,
    input_ended: bool,
    /// Whether the container tree came since it was asked for.
    inspected: bool,
    /// The last log lines, for the case that the run does not end.
    log: VecDeque<String>,
    recording: &'a mut Recording,
}

impl Attached<'_> {
    fn drive(&mut self) -> Result<Option<u8>> {
        let begun = Instant::now();
        let deadline = self.options.limit.map(|limit| begun + limit);
        if self.options.streams.contains(&Stream::Terminal) {
            self.resize();
        }
        loop {
            let stdin = io::stdin();
            let wants_input = !self.input_ended && self.guest.waiting() < INPUT_LIMIT;
            let mut others = vec![self.signals.pipe.as_fd()];
            if wants_input {
                others.push(stdin.as_fd());
            }
            let (events, ready) = self.guest.step(&others, deadline)?;
            for event in events {
                if let Some(status) = self.show(event)? {
                    self.inspect_the_end()?;
                    return Ok(Some(status));
                }
            }
            if ready.first() == Some(&true) {
                match self.signals.take()? {
                    Some(SIGUSR1) => self.guest.inspect(),
                    Some(SIGWINCH) => self.resize(),
                    Some(signal) => return Err(Error::Interrupted(signal)),
                    None => {}
                }
            }
            if ready.get(1) == Some(&true) && self.read_input()? {
                self.inspect_the_end()?;
                return Ok(None);
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                let seconds = self.options.limit.unwrap_or_default().as_secs_f64();
                let tail = self.log.iter().map(|line| format!("\n  {line}")).collect();
                return Err(Error::Timeout { seconds, tail });
            }
        }
    }

    /// Asks for the traces of a run that was ended from outside, and waits a little for them. What does not come is not
    /// there: the guest may be stuck.
    fn fetch_traces(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        self.guest.request_traces();
        while !self.recording.is_complete() && Instant::now() < deadline {
            let Ok((events, _)) = self.guest.step(&[], Some(deadline)) else {
                return;
            };
            for event in events {
                match event {
                    Event::Trace(piece) => self.recording.take(&piece),
                    Event::Closed => return,
                    _ => {}
                }
            }
        }
    }

    /// Passes on what the guest said; its status when it ended.
    fn show(&mut self, event: Event) -> Result<Option<u8>> {
        match event {
            Event::Output(bytes) => write_all(&mut io::stdout().lock(), &bytes)?,
            Event::Error(bytes) => write_all(&mut io::stderr().lock(), &bytes)?,
            Event::Log(level, line) => {
                self.log_line(level, line.clone())?;
                for line in self.explainer.explain(&line) {
                    self.log_line(level, line)?;
                }
            }
            Event::Containers(containers) => self.picture(&containers)?,
            Event::Trace(piece) => self.recording.take(&piece),
            Event::Exit(status) => return Ok(Some(status)),
            Event::Closed => return Err(self.guest.died()),
        }
        Ok(None)
    }

    /// The container tree as it came.
    fn picture(&mut self, containers: &[Entry]) -> Result<()> {
        self.inspected = true;
        if containers.is_empty() {
            return self.say("the console of this image has no look at the containers");
        }
        match self.options.inspect.take(containers)? {
            Some(text) => text.lines().try_for_each(|line| self.write(line)),
            None => Ok(()),
        }
    }

    /// What is there at the end of the run, if that is wanted. The machine runs on until it is ended from here.
    fn inspect_the_end(&mut self) -> Result<()> {
        if self.options.inspect == Inspect::WhenAsked {
            return Ok(());
        }
        self.inspected = false;
        self.guest.inspect();
        let deadline = Instant::now() + LAST_LOOK;
        while !self.inspected {
            if Instant::now() >= deadline {
                return self.say("the guest does not tell its containers any more");
            }
            let (events, _) = self.guest.step(&[], Some(deadline))?;
            for event in events {
                if event == Event::Closed {
                    return self.say("the guest has ended before it could be inspected");
                }
                self.show(event)?;
            }
        }
        Ok(())
    }

    /// Shows a log line if somebody wants to see it, and remembers it.
    fn log_line(&mut self, level: Level, line: String) -> Result<()> {
        if level >= Level::Warning || self.options.wants(&line) {
            self.say(&line)?;
        }
        self.log.push_back(line);
        let excess = self.log.len().saturating_sub(TAIL);
        self.log.drain(..excess);
        Ok(())
    }

    /// A line of the runner's own on standard error.
    fn say(&self, line: &str) -> Result<()> {
        self.write(&format!("croft: {line}"))
    }

    /// A line on standard error. A raw terminal does not go back to the first column by itself.
    fn write(&self, line: &str) -> Result<()> {
        let end = if self.raw.is_some() { "\r\n" } else { "\n" };
        write_all(&mut io::stderr().lock(), format!("{line}{end}").as_bytes())
    }

    /// Gives standard input on; true if the keys say that the run is to be left.
    fn read_input(&mut self) -> Result<bool> {
        let mut buffer = [0; 4096];
        let count = match rustix::io::read(io::stdin(), &mut buffer) {
            Ok(count) => count,
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => return Ok(false),
            // A terminal that was hung up reads as an error; either way there is no more.
            Err(rustix::io::Errno::IO) => 0,
            Err(error) => return Err(Error::system("standard input")(error.into())),
        };
        let bytes = buffer.get(..count).unwrap_or_default();
        if bytes.is_empty() {
            self.input_ended = true;
            self.guest.end_input();
            return Ok(false);
        }
        if self.raw.is_none() {
            self.guest.send(bytes);
            return Ok(false);
        }
        let (keys, wanted) = self.keys.filter(bytes);
        self.guest.send(&keys);
        if wanted.inspect {
            self.guest.inspect();
        }
        Ok(wanted.leave)
    }

    fn resize(&mut self) {
        let size = terminal::size();
        self.guest.resize(size.rows, size.columns);
    }
}

/// Writes everything at once; a reader that went away ends the run.
fn write_all(to: &mut impl Write, bytes: &[u8]) -> Result<()> {
    match to.write_all(bytes).and_then(|()| to.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Error::OutputClosed),
        Err(error) => Err(Error::system("the output")(error)),
        Ok(()) => Ok(()),
    }
}

/// Signals, as something that can be waited for beside the guest.
struct Signals {
    pipe: UnixStream,
    /// The last signal that ends the run; 0 for none.
    ending: Arc<AtomicUsize>,
    /// Whether SIGUSR1 came.
    inspect: Arc<AtomicBool>,
}

impl Signals {
    fn watch() -> Result<Self> {
        let failed = || Error::system("signals");
        let (pipe, end) = UnixStream::pair().map_err(failed())?;
        pipe.set_nonblocking(true).map_err(failed())?;
        let ending = Arc::new(AtomicUsize::new(0));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register_usize(signal, Arc::clone(&ending), signal as usize)
                .map_err(failed())?;
        }
        let inspect = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(SIGUSR1, Arc::clone(&inspect)).map_err(failed())?;
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGWINCH] {
            let end = end.try_clone().map_err(failed())?;
            signal_hook::low_level::pipe::register(signal, end).map_err(failed())?;
        }
        Ok(Signals {
            pipe,
            ending,
            inspect,
        })
    }

    /// The signal that came, the more important one if there were several.
    fn take(&mut self) -> Result<Option<i32>> {
        let mut buffer = [0; 64];
        match self.pipe.read(&mut buffer) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(Error::system("signals")(error)),
        }
        match self.ending.load(Ordering::SeqCst) {
            0 if self.inspect.swap(false, Ordering::SeqCst) => Ok(Some(SIGUSR1)),
            0 => Ok(Some(SIGWINCH)),
            signal => Ok(Some(signal as i32)),
        }
    }
}
