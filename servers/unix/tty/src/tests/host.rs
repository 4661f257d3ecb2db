// SPDX-License-Identifier: MIT OR Apache-2.0
//! The same typing under the same settings, here and on a pseudo-terminal of the host's Linux: the
//! same is seen, the same is read.
//!
//! The host moves bytes through a pseudo-terminal in its own time, so the comparison waits for what
//! is expected, and a difference counts only when a slower run of the same history shows it, too.
use super::*;
use proptest::prelude::*;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{Errno, ioctl_fionread, read, write};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{
    ControlModes, InputModes, LocalModes, OptionalActions, OutputModes, QueueSelector,
    Termios as HostTermios, tcflush, tcgetattr, tcsetattr,
};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

#[derive(Clone, Debug)]
enum Step {
    Type(Vec<u8>),
    Write(Vec<u8>),
    Read(usize),
    Set(Settings),
    FlushInput,
    Available,
}

#[derive(Clone, Debug)]
struct Settings {
    input: u32,
    output: u32,
    local: u32,
    characters: Vec<(u32, u8)>,
}

/// A pseudo-terminal of the host.
struct Host {
    line: OwnedFd,
    terminal: OwnedFd,
    /// How long to wait where nothing is to be seen.
    pause: Duration,
}

impl Host {
    fn new(pause: Duration) -> Self {
        let line = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&line).unwrap();
        unlockpt(&line).unwrap();
        let name = ptsname(&line, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK;
        let terminal = open(name, flags, Mode::empty()).unwrap();
        Self {
            line,
            terminal,
            pause,
        }
    }

    fn set(&self, termios: &Termios) {
        let mut host: HostTermios = tcgetattr(&self.terminal).unwrap();
        host.input_modes = InputModes::from_bits_retain(termios.input);
        host.output_modes = OutputModes::from_bits_retain(termios.output);
        host.local_modes = LocalModes::from_bits_retain(termios.local);
        host.control_modes = ControlModes::CS8 | ControlModes::CREAD;
        use rustix::termios::SpecialCodeIndex as Index;
        for (index, place) in [
            (Index::VINTR, linux::VINTR),
            (Index::VQUIT, linux::VQUIT),
            (Index::VERASE, linux::VERASE),
            (Index::VKILL, linux::VKILL),
            (Index::VEOF, linux::VEOF),
            (Index::VTIME, linux::VTIME),
            (Index::VMIN, linux::VMIN),
            (Index::VSTART, linux::VSTART),
            (Index::VSTOP, linux::VSTOP),
            (Index::VSUSP, linux::VSUSP),
            (Index::VEOL, linux::VEOL),
            (Index::VREPRINT, linux::VREPRINT),
            (Index::VDISCARD, linux::VDISCARD),
            (Index::VWERASE, linux::VWERASE),
            (Index::VLNEXT, linux::VLNEXT),
            (Index::VEOL2, linux::VEOL2),
        ] {
            host.special_codes[index] = termios.characters[place as usize];
        }
        tcsetattr(&self.terminal, OptionalActions::Now, &host).unwrap();
    }

    /// What comes out of the line until it is as much as expected; then nothing more may come.
    fn shown(&self, expected: usize) -> Vec<u8> {
        let mut shown = vec![];
        let mut buffer = [0; 4096];
        while shown.len() <= expected {
            let enough = shown.len() == expected;
            let patience = if enough {
                Duration::ZERO
            } else {
                Duration::from_secs(1)
            };
            let timeout = Timespec {
                tv_sec: patience.as_secs() as i64,
                tv_nsec: 0,
            };
            let mut fds = [PollFd::new(&self.line, PollFlags::IN)];
            if poll(&mut fds, Some(&timeout)).unwrap() == 0 {
                break;
            }
            let count = read(&self.line, &mut buffer).unwrap();
            shown.extend(&buffer[..count]);
        }
        shown
    }

    fn read(&self, length: usize) -> Option<Vec<u8>> {
        let mut buffer = vec![0; length];
        match read(&self.terminal, &mut buffer) {
            Ok(count) => Some(buffer[..count].to_vec()),
            Err(Errno::AGAIN) => None,
            Err(error) => panic!("read of a terminal: {error}"),
        }
    }

    fn is_readable(&self) -> bool {
        let mut fds = [PollFd::new(&self.terminal, PollFlags::IN)];
        poll(
            &mut fds,
            Some(&Timespec {
                tv_sec: 0,
                tv_nsec: 0,
            }),
        )
        .unwrap()
            != 0
    }

    /// Waits until typed bytes have got through, as far as one can see.
    fn settle(&self, available: usize) {
        let start = Instant::now();
        self.is_readable();
        while start.elapsed() < self.pause {
            std::thread::yield_now();
        }
        let seen = || ioctl_fionread(&self.terminal).unwrap() as usize;
        while seen() != available && start.elapsed() < Duration::from_secs(1) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Runs a history on both; the first difference.
fn compare(steps: &[Step], pause: Duration) -> Result<(), String> {
    let mut ours = Terminal::new();
    let host = Host::new(pause);
    let mut termios = Termios::default();
    host.set(&termios);
    for (number, step) in steps.iter().enumerate() {
        let differs = |what: &str, ours: &dyn core::fmt::Debug, host: &dyn core::fmt::Debug| {
            Err(format!(
                "step {number} {step:?}: {what}: here {ours:?}, host {host:?}"
            ))
        };
        match step {
            Step::Type(bytes) => {
                for part in bytes.chunk_by(|_, &next| !cuts_in(&termios, next)) {
                    let taken = ours.input(part, 0).taken;
                    write(&host.line, &part[..taken]).unwrap();
                    host.settle(ours.input_available());
                    let (here, there) = seen(&mut ours, &host);
                    if here != there {
                        return differs("seen", &here, &there);
                    }
                    if taken < part.len() {
                        break;
                    }
                }
            }
            Step::Write(bytes) => {
                let taken = ours.write(bytes).unwrap();
                if taken > 0 {
                    write(&host.terminal, &bytes[..taken]).map_err(|e| format!("write: {e}"))?;
                }
                let (here, there) = seen(&mut ours, &host);
                if here != there {
                    return differs("seen", &here, &there);
                }
            }
            Step::Read(length) => {
                let readable = (ours.readiness().readable, host.is_readable());
                if readable.0 != readable.1 {
                    return differs("readable", &readable.0, &readable.1);
                }
                let (here, there) = (ours.read_now(*length), host.read(*length));
                if here != there {
                    return differs("read", &here, &there);
                }
            }
            Step::Set(settings) => {
                termios.input = settings.input;
                termios.output = settings.output;
                termios.local = settings.local;
                for &(index, byte) in &settings.characters {
                    termios.characters[index as usize] = byte;
                }
                ours.set_termios(&termios, SetWhen::Now);
                host.set(&termios);
                let (here, there) = seen(&mut ours, &host);
                if here != there {
                    return differs("seen", &here, &there);
                }
            }
            Step::FlushInput => {
                ours.flush(Queue::Input);
                tcflush(&host.terminal, QueueSelector::IFlush).unwrap();
            }
            Step::Available => {
                let there = ioctl_fionread(&host.terminal).unwrap() as usize;
                if ours.input_available() != there {
                    return differs("available", &ours.input_available(), &there);
                }
            }
        }
    }
    Ok(())
}

fn seen(ours: &mut Terminal, host: &Host) -> (Vec<u8>, Vec<u8>) {
    let mut here = vec![0; OUTPUT_SIZE];
    let count = ours.take_output(&mut here);
    here.truncate(count);
    let there = host.shown(here.len());
    (here, there)
}

/// Whether the outcome depends on how much of what was typed before has got through: a signal
/// throws it away, VSTOP stops it.
fn cuts_in(termios: &Termios, byte: u8) -> bool {
    let its = |index: u32| termios.characters[index as usize] == byte;
    let signals = [linux::VINTR, linux::VQUIT, linux::VSUSP];
    (termios.local & linux::ISIG != 0 && signals.into_iter().any(its))
        || (termios.input & linux::IXON != 0 && its(linux::VSTOP))
}

fn flags(always: u32, choices: &'static [u32]) -> impl Strategy<Value = u32> {
    prop::sample::subsequence(choices, 0..=choices.len())
        .prop_map(move |chosen| chosen.into_iter().fold(always, |all, flag| all | flag))
}

fn settings() -> impl Strategy<Value = Settings> {
    use linux::*;
    const INPUT: &[u32] = &[
        ICRNL, INLCR, IGNCR, ISTRIP, IUCLC, IXON, IXANY, IUTF8, PARMRK, IGNBRK, BRKINT, IMAXBEL,
    ];
    const OUTPUT: &[u32] = &[OPOST, ONLCR, OCRNL, ONOCR, ONLRET, OLCUC, XTABS];
    const LOCAL: &[u32] = &[
        ISIG, ICANON, ECHO, ECHOE, ECHOK, ECHONL, NOFLSH, ECHOCTL, ECHOPRT, ECHOKE, IEXTEN,
    ];
    const PLACES: &[u32] = &[
        VINTR, VQUIT, VERASE, VKILL, VEOF, VEOL, VEOL2, VSTART, VSTOP, VSUSP, VWERASE, VREPRINT,
        VLNEXT, VMIN,
    ];
    let usual = Termios::default();
    let input = prop_oneof![
        Just(usual.input),
        Just(usual.input | IUTF8),
        flags(0, INPUT)
    ];
    let output = prop_oneof![
        Just(usual.output),
        Just(usual.output | XTABS),
        flags(OPOST, OUTPUT),
        flags(0, OUTPUT)
    ];
    let local = prop_oneof![
        Just(usual.local),
        flags(ICANON | ECHO, LOCAL),
        flags(0, LOCAL)
    ];
    let character = (
        prop::sample::select(PLACES),
        prop_oneof![Just(0), any::<u8>(), 0..4u8],
    );
    let characters = prop_oneof![4 => Just(vec![]), 1 => prop::collection::vec(character, 0..4)];
    (input, output, local, characters).prop_map(|(input, output, local, characters)| Settings {
        input,
        output,
        local,
        characters,
    })
}

fn typed() -> impl Strategy<Value = Vec<u8>> {
    let editing =
        prop::sample::select(b"\x7f\x7f\x7f\x17\x15\t\t\t\n\r\x04\x16\x12\x01\x1b".to_vec());
    let special = prop::sample::select(b"\x03\x1a\x1c\x11\x13\x00\xff\x80\xe4\xc4\xdf".to_vec());
    let text = prop::sample::select(b"abcXYZ_09 .-".to_vec());
    let byte = prop_oneof![6 => text, 5 => editing, 1 => special, 1 => any::<u8>()];
    let pieces = prop_oneof![
        6 => byte.prop_map(|byte| vec![byte]),
        1 => prop::sample::select(vec!["é", "€", "ß𝄞"]).prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop::collection::vec(pieces, 0..30).prop_map(|pieces| pieces.concat())
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => typed().prop_map(Step::Type),
        2 => typed().prop_map(Step::Write),
        5 => (1..80usize).prop_map(Step::Read),
        3 => settings().prop_map(Step::Set),
        1 => Just(Step::FlushInput),
        2 => Just(Step::Available),
    ];
    prop::collection::vec(step, 1..20)
}

fn check(steps: &[Step]) -> Result<(), String> {
    let quick = compare(steps, Duration::from_micros(200));
    match quick {
        Ok(()) => Ok(()),
        Err(_) => compare(steps, Duration::from_millis(40)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..ProptestConfig::default() })]
    #[test]
    fn like_the_host(steps in steps()) {
        check(&steps).map_err(TestCaseError::fail)?;
    }
}

#[test]
fn long_lines_like_the_host() {
    let quiet = |local| {
        Step::Set(Settings {
            local,
            input: linux::ICRNL,
            output: 0,
            characters: vec![],
        })
    };
    for length in [4090, 4094, 4095, 4096, 4097, 6000] {
        let steps = [
            quiet(linux::ICANON | linux::IEXTEN),
            Step::Type(vec![b'x'; length]),
            Step::Available,
            Step::Type(b"\x7fyz\n".to_vec()),
            Step::Available,
            Step::Read(50),
            Step::Read(10_000),
            Step::Type(b"next\n".to_vec()),
            Step::Read(50),
        ];
        check(&steps).unwrap();
    }
}
