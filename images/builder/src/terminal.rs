// SPDX-License-Identifier: MIT OR Apache-2.0
//! The host's terminal: raw while a guest has it, restored whatever happens.
use std::io::{self, IsTerminal};
use std::panic;
use std::sync::{Mutex, Once, PoisonError};

use croft_manifest::{Stream, WindowSize};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

use crate::{Error, Result};

/// The mode to go back to, while the terminal is raw.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// Keeps the terminal raw; restores it when dropped.
#[derive(Debug)]
pub(crate) struct Raw(());

impl Raw {
    /// Makes the terminal on standard input raw: every key goes to the guest as it is.
    pub(crate) fn enter() -> Result<Self> {
        let failed = |error: rustix::io::Errno| Error::system("the terminal")(error.into());
        let before = tcgetattr(io::stdin()).map_err(failed)?;
        let mut raw = before.clone();
        raw.make_raw();
        *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
        // A panic aborts without dropping anything.
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let next = panic::take_hook();
            panic::set_hook(Box::new(move |reason| {
                restore();
                next(reason);
            }));
        });
        let guard = Raw(());
        tcsetattr(io::stdin(), OptionalActions::Drain, &raw).map_err(failed)?;
        Ok(guard)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        restore();
    }
}

fn restore() {
    // Where a panic came while the lock was held, the terminal is being changed by that very thread.
    let before = BEFORE.try_lock().ok().and_then(|mut before| before.take());
    if let Some(before) = before {
        // Nothing more can be done about a terminal that went away.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
    }
}

/// The size of the terminal on standard output or input; 24 × 80 without one.
pub(crate) fn size() -> WindowSize {
    let known = tcgetwinsize(io::stdout()).or_else(|_| tcgetwinsize(io::stdin()));
    match known {
        Ok(size) if size.ws_row > 0 && size.ws_col > 0 => WindowSize {
            rows: size.ws_row,
            columns: size.ws_col,
        },
        _ => WindowSize {
            rows: 24,
            columns: 80,
        },
    }
}

/// What the guest's standard streams are to be, so that scripts get clean pipes and people a terminal.
///
/// Everything that the guest's terminal shows comes out of standard output, echo included. So without a
/// terminal there, input is no terminal either, and standard error is one only together with it.
pub(crate) fn streams() -> [Stream; 3] {
    let [input, output, error] = [
        io::stdin().is_terminal(),
        io::stdout().is_terminal(),
        io::stderr().is_terminal(),
    ];
    decide(input, output, error)
}

fn decide(input: bool, output: bool, error: bool) -> [Stream; 3] {
    [input && output, output, error && output].map(|terminal| {
        if terminal {
            Stream::Terminal
        } else {
            Stream::Pipe
        }
    })
}

/// What the keys typed mean: Ctrl-A is kept for the runner.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Keys {
    /// Whether the last key was Ctrl-A.
    escaped: bool,
}

/// What the keys want of the runner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// To leave the run.
    pub(crate) leave: bool,
    /// A picture of the containers.
    pub(crate) inspect: bool,
}

/// Ctrl-A as a terminal sends it.
const CONTROL_A: u8 = 1;

impl Keys {
    /// The keys that are for the guest, and what is wanted of the runner.
    pub(crate) fn filter(&mut self, typed: &[u8]) -> (Vec<u8>, Wanted) {
        let mut keys = Vec::with_capacity(typed.len());
        let mut wanted = Wanted::default();
        for &key in typed {
            match (std::mem::take(&mut self.escaped), key) {
                (false, CONTROL_A) => self.escaped = true,
                (true, b'x' | b'X') => {
                    wanted.leave = true;
                    break;
                }
                (true, b'i' | b'I') => wanted.inspect = true,
                (true, CONTROL_A) | (false, _) => keys.push(key),
                // Somebody who did not know about it meant Ctrl-A and that key.
                (true, _) => keys.extend([CONTROL_A, key]),
            }
        }
        (keys, wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_a_is_kept() {
        let mut keys = Keys::default();
        let mut filter = |typed: &[u8]| {
            let (keys, wanted) = keys.filter(typed);
            let keys = String::from_utf8(keys).unwrap();
            (keys, wanted.leave, wanted.inspect)
        };
        let typed = |keys: &str| (keys.to_owned(), false, false);
        assert_eq!(filter(b"ls\r"), typed("ls\r"));
        assert_eq!(filter(b"\x01\x01b\x01q"), typed("\x01b\x01q"));
        assert_eq!(filter(b"a\x01"), typed("a"));
        assert_eq!(filter(b"ia"), ("a".to_owned(), false, true));
        assert_eq!(filter(b"b\x01"), typed("b"));
        assert_eq!(filter(b"xb"), (String::new(), true, false));
        assert_eq!(filter(b"x\x01X!"), ("x".to_owned(), true, false));
    }

    #[test]
    fn a_terminal_needs_an_output() {
        use Stream::{Pipe, Terminal};
        assert_eq!(decide(true, true, true), [Terminal; 3]);
        assert_eq!(decide(true, false, true), [Pipe; 3]);
        assert_eq!(decide(false, true, true), [Pipe, Terminal, Terminal]);
        assert_eq!(decide(true, true, false), [Terminal, Terminal, Pipe]);
    }
}
