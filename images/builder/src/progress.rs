// SPDX-License-Identifier: MIT OR Apache-2.0
//! Saying what takes time: a spinner with the step's last line on a terminal, one short line elsewhere,
//! nothing at all for what is over at once. Everything goes to standard error.
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{Error, Result};

/// What takes less than this is not worth a word.
const QUICK: Duration = Duration::from_millis(400);

/// How often the spinner turns.
const TURN: Duration = Duration::from_millis(100);

/// Runs a command as the step `step` and gives its standard output. What it says on standard error is
/// shown line by line on a terminal; all of it is in the error if it fails.
///
/// # Errors
/// [`Error::Missing`] if there is no such command, [`Error::Step`] if it fails.
pub fn run(step: &str, command: &mut Command) -> Result<Vec<u8>> {
    let name = command.get_program().to_string_lossy().into_owned();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => Error::Missing { tool: name },
        _ => Error::System {
            what: "a step of the build cannot start",
            source,
        },
    })?;
    let output = child.stdout.take().map(read_all);
    let (lines, spoken) = mpsc::channel();
    if let Some(errors) = child.stderr.take() {
        thread::spawn(move || {
            for line in BufReader::new(errors)
                .split(b'\n')
                .map_while(io::Result::ok)
            {
                if lines
                    .send(String::from_utf8_lossy(&line).into_owned())
                    .is_err()
                {
                    break;
                }
            }
        });
    }
    let said = watch(step, &spoken);
    let status = child.wait().map_err(Error::system("a step of the build"))?;
    let output = output
        .and_then(|reader| reader.join().ok())
        .unwrap_or_default();
    if status.success() {
        Ok(output)
    } else {
        let step = step.to_owned();
        let status = status.to_string();
        let output = said.join("\n");
        Err(Error::Step {
            step,
            status,
            output,
        })
    }
}

/// Reads a pipe to its end beside everything else, so that nobody waits for anybody.
fn read_all(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // A pipe that breaks ends the output; the command's status tells what happened.
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    })
}

/// Shows the lines that come until there are no more, and returns them.
fn watch(step: &str, spoken: &mpsc::Receiver<String>) -> Vec<String> {
    let begun = Instant::now();
    let mut bar: Option<ProgressBar> = None;
    let mut announced = false;
    let mut said: Vec<String> = Vec::new();
    loop {
        match spoken.recv_timeout(TURN) {
            Ok(line) => said.push(line),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if begun.elapsed() < QUICK {
            continue;
        }
        if !announced {
            announced = true;
            if io::stderr().is_terminal() {
                bar = Some(spinner(step));
            } else {
                eprintln!("croft: {step} …");
            }
        }
        if let (Some(bar), Some(line)) = (&bar, said.last()) {
            bar.set_message(line.trim().to_owned());
        }
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    said
}

fn spinner(step: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    // The template is fixed; if it were wrong the plain style does as well.
    let style =
        ProgressStyle::with_template("{spinner} croft: {prefix} ({elapsed}) {wide_msg:.dim}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.set_prefix(step.to_owned());
    bar.enable_steady_tick(TURN);
    bar
}
