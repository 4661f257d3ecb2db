// SPDX-License-Identifier: MIT OR Apache-2.0
//! Taking back what was typed: VERASE, VWERASE, VKILL, and what they do to the screen.
use crate::Terminal;
use crate::characters::{is_alphanumeric, is_continuation, is_control};
use crate::echo::Echo;
use alloc::vec::Vec;
use unix_abi::linux::general as linux;

/// How much is taken back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Erase {
    Character,
    Word,
    Line,
}

impl Terminal {
    pub(crate) fn erase(&mut self, what: Erase) {
        if self.queue.line_is_empty() {
            return;
        }
        let echo = self.termios.has_local(linux::ECHO);
        if what == Erase::Line {
            let in_place = [linux::ECHOK, linux::ECHOKE, linux::ECHOE];
            if !echo {
                self.queue.kill_line();
                return;
            }
            if !in_place.iter().all(|&flag| self.termios.has_local(flag)) {
                self.queue.kill_line();
                self.finish_erasing();
                self.output
                    .echo_character(&self.termios, self.termios.character(linux::VKILL));
                if self.termios.has_local(linux::ECHOK) {
                    self.output.echo_byte(&self.termios, b'\n');
                }
                return;
            }
        }
        let mut in_word = false;
        while let Some(character) = self.last_character() {
            let first = character[0];
            if what == Erase::Word {
                if is_alphanumeric(first) || first == b'_' {
                    in_word = true;
                } else if in_word {
                    break;
                }
            }
            character.iter().for_each(|_| self.queue.pop());
            if echo {
                self.echo_erasure(what, &character);
            }
            if what == Erase::Character {
                break;
            }
        }
        if self.queue.line_is_empty() && echo {
            self.finish_erasing();
        }
    }

    /// The bytes of the last character that was typed. `None` at the start of the line, also if
    /// the first byte of a UTF-8 character is missing there: nothing is taken in parts.
    fn last_character(&self) -> Option<Vec<u8>> {
        let utf8 = self.termios.has_input(linux::IUTF8);
        let mut bytes = Vec::new();
        for byte in self.queue.typed().rev() {
            bytes.push(byte);
            if !(utf8 && is_continuation(byte)) {
                bytes.reverse();
                return Some(bytes);
            }
        }
        None
    }

    /// Shows that a character was taken back.
    fn echo_erasure(&mut self, what: Erase, character: &[u8]) {
        let (termios, output) = (&self.termios, &mut self.output);
        let first = character[0];
        let shows_control = termios.has_local(linux::ECHOCTL);
        if termios.has_local(linux::ECHOPRT) {
            // On paper: what is taken back is printed between \ and /.
            if !self.erasing {
                output.echo_byte(termios, b'\\');
                self.erasing = true;
            }
            output.echo_character(termios, first);
            for &byte in &character[1..] {
                output.echo_byte(termios, byte);
                output.echo(termios, Echo::Back);
            }
        } else if what == Erase::Character && !termios.has_local(linux::ECHOE) {
            output.echo_character(termios, termios.character(linux::VERASE));
        } else if first == b'\t' {
            let (columns, after_tab) = self.columns_before_tab();
            let echo = Echo::EraseTab { columns, after_tab };
            self.output.echo(&self.termios, echo);
        } else {
            let columns = match is_control(first) {
                true if shows_control => 2,
                true => 0,
                false => 1,
            };
            for _ in 0..columns {
                for byte in *b"\x08 \x08" {
                    output.echo_byte(termios, byte);
                }
            }
        }
    }

    /// How many columns what is left of the line takes, back to its start or to the tab before.
    fn columns_before_tab(&self) -> (usize, bool) {
        let utf8 = self.termios.has_input(linux::IUTF8);
        let mut columns = 0;
        for byte in self.queue.typed().rev() {
            match byte {
                b'\t' => return (columns, true),
                byte if is_control(byte) => {
                    columns += if self.termios.has_local(linux::ECHOCTL) {
                        2
                    } else {
                        0
                    };
                }
                byte if utf8 && is_continuation(byte) => {}
                _ => columns += 1,
            }
        }
        (columns, false)
    }

    /// Closes the / of what was taken back on paper.
    pub(crate) fn finish_erasing(&mut self) {
        if self.erasing {
            self.output.echo_byte(&self.termios, b'/');
            self.erasing = false;
        }
    }
}
