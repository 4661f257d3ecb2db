// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was typed and not yet read: a ring with marks at the ends of lines.
use crate::INPUT_SIZE;
use alloc::{boxed::Box, vec};

/// The mark of an end of file among the typed bytes: a NUL at the end of a line.
pub(crate) const END_OF_FILE: u8 = 0;

/// Typed bytes. Positions count up for ever; a byte's place is its position modulo the size.
pub(crate) struct InputQueue {
    bytes: Box<[u8]>,
    line_ends: [u64; INPUT_SIZE / 64],
    /// Where the next byte goes.
    head: usize,
    /// Where the line that is being typed begins: what is before it is ready to be read.
    line: usize,
    /// The next byte to be read.
    tail: usize,
}

impl InputQueue {
    pub fn new() -> Self {
        Self {
            bytes: vec![0; INPUT_SIZE].into_boxed_slice(),
            line_ends: [0; INPUT_SIZE / 64],
            head: 0,
            line: 0,
            tail: 0,
        }
    }

    /// Everything is thrown away.
    pub fn clear(&mut self) {
        (self.head, self.line, self.tail) = (0, 0, 0);
        self.line_ends = [0; INPUT_SIZE / 64];
    }

    pub fn len(&self) -> usize {
        self.head - self.tail
    }

    pub fn is_empty(&self) -> bool {
        self.head == self.tail
    }

    /// Whether there is no complete line.
    pub fn has_no_line(&self) -> bool {
        self.line == self.tail
    }

    /// Whether nothing of a new line has been typed.
    pub fn line_is_empty(&self) -> bool {
        self.head == self.line
    }

    /// Puts a byte in. The caller has looked for room; without any the oldest byte is lost.
    pub fn push(&mut self, byte: u8) {
        self.bytes[self.head % INPUT_SIZE] = byte;
        self.head += 1;
        if self.len() > INPUT_SIZE {
            self.tail += 1;
            self.line = self.line.max(self.tail);
        }
    }

    /// Takes the last byte of the line that is being typed back.
    pub fn pop(&mut self) {
        if !self.line_is_empty() {
            self.head -= 1;
        }
    }

    /// Puts in the byte that ends a line.
    pub fn push_line_end(&mut self, byte: u8) {
        self.push(byte);
        self.mark(self.head - 1, true);
        self.line = self.head;
    }

    /// The line that is being typed.
    pub fn typed(&self) -> impl DoubleEndedIterator<Item = u8> {
        (self.line..self.head).map(|at| self.byte(at))
    }

    /// Throws away what was typed of the line.
    pub fn kill_line(&mut self) {
        self.head = self.line;
    }

    /// Lines do not count from now on, or all that is there counts as one.
    pub fn change_mode(&mut self, canonical: bool) {
        self.line_ends = [0; INPUT_SIZE / 64];
        if canonical && !self.is_empty() {
            self.mark(self.head - 1, true);
            self.line = self.head;
        } else {
            self.line = self.tail;
        }
    }

    /// Bytes of complete lines without their end-of-file marks.
    pub fn readable_in_lines(&self) -> usize {
        (self.tail..self.line)
            .filter(|&at| !self.is_end_of_file(at))
            .count()
    }

    /// Reads bytes, whatever they are.
    pub fn read(&mut self, buffer: &mut [u8]) -> usize {
        let count = self.len().min(buffer.len());
        for (to, at) in buffer.iter_mut().zip(self.tail..self.tail + count) {
            *to = self.bytes[at % INPUT_SIZE];
        }
        self.tail += count;
        self.line = self.line.max(self.tail);
        count
    }

    /// Reads the rest of a complete line, or as much as fits. An end of file behind the last byte
    /// that fits is taken with it, so that it is not read as another one.
    pub fn read_line(&mut self, buffer: &mut [u8]) -> usize {
        let mut count = 0;
        while self.tail != self.line {
            let at = self.tail;
            if self.is_end_of_file(at) {
                self.consume();
                break;
            }
            let Some(to) = buffer.get_mut(count) else {
                break;
            };
            *to = self.byte(at);
            count += 1;
            if self.consume() {
                break;
            }
        }
        count
    }

    /// Steps over a byte; whether it ended a line.
    fn consume(&mut self) -> bool {
        let ended = self.is_marked(self.tail);
        self.mark(self.tail, false);
        self.tail += 1;
        ended
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes[at % INPUT_SIZE]
    }

    fn is_end_of_file(&self, at: usize) -> bool {
        self.is_marked(at) && self.byte(at) == END_OF_FILE
    }

    fn is_marked(&self, at: usize) -> bool {
        let at = at % INPUT_SIZE;
        self.line_ends[at / 64] & 1 << (at % 64) != 0
    }

    fn mark(&mut self, at: usize, end: bool) {
        let at = at % INPUT_SIZE;
        let bit = 1 << (at % 64);
        if end {
            self.line_ends[at / 64] |= bit;
        } else {
            self.line_ends[at / 64] &= !bit;
        }
    }
}
