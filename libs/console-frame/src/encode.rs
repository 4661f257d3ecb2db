// SPDX-License-Identifier: MIT OR Apache-2.0
//! The writing side: every encoder is an iterator over the bytes that go onto the line.
use crate::number::Digits;
use crate::{DLE, Level, MAX_CONTENT};

/// The bytes of something encoded. Takes no memory beside itself, and may be walked as slowly as the line is.
#[derive(Clone, Debug)]
pub struct Encoded<'a> {
    /// How content is wrapped; none for plain bytes.
    frame: Option<Frame>,
    /// Content that is still to come.
    content: Content<'a>,
    /// Content bytes that the open frame still takes.
    room: usize,
    state: State,
}

/// What begins each frame.
#[derive(Clone, Copy, Debug)]
struct Frame {
    kind: u8,
    level: Option<Level>,
    /// Whether the frame is `DLE kind` alone.
    bare: bool,
}

#[derive(Clone, Debug)]
enum Content<'a> {
    Bytes(&'a [u8]),
    /// Up to two numbers and a comma.
    Owned {
        bytes: [u8; 11],
        next: usize,
        end: usize,
    },
}

impl Content<'_> {
    fn next(&mut self) -> Option<u8> {
        match self {
            Content::Bytes(bytes) => {
                let (first, rest) = bytes.split_first()?;
                *bytes = rest;
                Some(*first)
            }
            Content::Owned { bytes, next, end } => {
                let byte = bytes.get(*next).filter(|_| *next < *end).copied()?;
                *next += 1;
                Some(byte)
            }
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Content::Bytes(bytes) => bytes.is_empty(),
            Content::Owned { next, end, .. } => next >= end,
        }
    }
}

/// What the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The DLE that opens a frame.
    Open,
    /// The frame's letter.
    Kind,
    /// The level's letter.
    LevelLetter,
    /// Content, or the DLE that closes the frame.
    Content,
    /// The second half of a doubled DLE.
    Double,
    /// The dot that closes a frame.
    Close,
    /// Nothing.
    End,
}

impl Encoded<'_> {
    /// After a frame was closed: the next one, if content is left.
    fn after_close(&self) -> State {
        if self.content.is_empty() {
            State::End
        } else {
            State::Open
        }
    }
}

impl Iterator for Encoded<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        match self.state {
            State::End => None,
            State::Open => {
                self.state = State::Kind;
                Some(DLE)
            }
            State::Kind => {
                let frame = self.frame?;
                self.room = MAX_CONTENT;
                self.state = match (frame.bare, frame.level) {
                    (true, _) => State::End,
                    (false, Some(_)) => State::LevelLetter,
                    (false, None) => State::Content,
                };
                Some(frame.kind)
            }
            State::LevelLetter => {
                self.state = State::Content;
                self.frame?.level.map(Level::letter)
            }
            State::Content => {
                let next = if self.room > 0 {
                    self.content.next()
                } else {
                    None
                };
                match next {
                    Some(byte) => {
                        if self.frame.is_some() {
                            self.room -= 1;
                        }
                        if byte == DLE {
                            self.state = State::Double;
                        }
                        Some(byte)
                    }
                    None if self.frame.is_some() => {
                        self.state = State::Close;
                        Some(DLE)
                    }
                    None => {
                        self.state = State::End;
                        None
                    }
                }
            }
            State::Double => {
                self.state = State::Content;
                Some(DLE)
            }
            State::Close => {
                self.state = self.after_close();
                Some(b'.')
            }
        }
    }
}

impl core::iter::FusedIterator for Encoded<'_> {}

fn plain(bytes: &[u8]) -> Encoded<'_> {
    Encoded {
        frame: None,
        content: Content::Bytes(bytes),
        room: 1,
        state: State::Content,
    }
}

fn framed<'a>(kind: u8, level: Option<Level>, content: Content<'a>) -> Encoded<'a> {
    let bare = false;
    Encoded {
        frame: Some(Frame { kind, level, bare }),
        content,
        room: 0,
        state: State::Open,
    }
}

/// A frame without content and end.
fn bare(kind: u8) -> Encoded<'static> {
    let mut encoded = framed(kind, None, Content::Bytes(&[]));
    encoded.frame = Some(Frame {
        kind,
        level: None,
        bare: true,
    });
    encoded
}

/// Guest → host: output of the program, to its terminal or its standard output.
#[must_use]
pub fn output(bytes: &[u8]) -> Encoded<'_> {
    plain(bytes)
}

/// Guest → host: the program's standard error. Nothing for no bytes.
#[must_use]
pub fn error(bytes: &[u8]) -> Encoded<'_> {
    let mut encoded = framed(b'E', None, Content::Bytes(bytes));
    if bytes.is_empty() {
        encoded.state = State::End;
    }
    encoded
}

/// Guest → host: one log line, without a line end. A text above [`MAX_CONTENT`] bytes becomes several lines.
#[must_use]
pub fn log(level: Level, text: &[u8]) -> Encoded<'_> {
    framed(b'L', Some(level), Content::Bytes(text))
}

/// Guest → host: the state of a container, at most [`MAX_CONTENT`] bytes in a form that both sides know; no bytes: that was
/// all.
#[must_use]
pub fn container(state: &[u8]) -> Encoded<'_> {
    framed(b'C', None, Content::Bytes(state))
}

/// Guest → host: a piece of a trace, of at most [`MAX_CONTENT`] bytes.
#[must_use]
pub fn trace(piece: &[u8]) -> Encoded<'_> {
    framed(b'T', None, Content::Bytes(piece))
}

/// Guest → host: the run is over.
#[must_use]
pub fn exit(status: u8) -> Encoded<'static> {
    framed(b'X', None, numbers(u16::from(status), None))
}

/// Guest → host: the console is ready. A serial port loses what comes in while it is set up, so the host sends nothing
/// before.
#[must_use]
pub fn ready() -> Encoded<'static> {
    bare(b'R')
}

/// Host → guest: standard input, or what was typed.
#[must_use]
pub fn input(bytes: &[u8]) -> Encoded<'_> {
    plain(bytes)
}

/// Host → guest: the input is at its end.
#[must_use]
pub fn end_of_input() -> Encoded<'static> {
    bare(b'D')
}

/// Host → guest: asks for the states of all containers.
#[must_use]
pub fn inspect() -> Encoded<'static> {
    bare(b'C')
}

/// Host → guest: the traces are wanted now.
#[must_use]
pub fn trace_request() -> Encoded<'static> {
    bare(b'T')
}

/// Host → guest: the size of the terminal, in characters.
#[must_use]
pub fn window_size(rows: u16, columns: u16) -> Encoded<'static> {
    framed(b'W', None, numbers(rows, Some(columns)))
}

/// One number, or two with a comma between.
fn numbers(first: u16, second: Option<u16>) -> Content<'static> {
    let mut bytes = [0; 11];
    let mut end = 0;
    let mut put = |text: &[u8]| {
        for (place, byte) in bytes.iter_mut().skip(end).zip(text) {
            *place = *byte;
        }
        end += text.len();
    };
    put(Digits::of(first).as_bytes());
    if let Some(second) = second {
        put(b",");
        put(Digits::of(second).as_bytes());
    }
    Content::Owned {
        bytes,
        next: 0,
        end,
    }
}
