// SPDX-License-Identifier: MIT OR Apache-2.0
//! Echo: what typing shows.
//!
//! While output is stopped nothing is shown, but it is remembered and shown, under the settings
//! of that time, when output goes on.
use crate::characters::is_control;
use crate::output::Output;
use crate::{OUTPUT_SIZE, Termios};
use unix_abi::linux::general as linux;

/// Most steps of echo that are remembered; of more the oldest are lost.
const REMEMBERED: usize = 4096;

/// One step of echo.
#[derive(Clone, Copy)]
pub(crate) enum Echo {
    /// A byte, subject to output processing.
    Byte(u8),
    /// A control character as `^X`.
    Control(u8),
    /// A byte as it is, one column wide.
    Plain(u8),
    /// The line that is being typed begins here.
    LineStart,
    /// The cursor is thought to be one column further left than it was written.
    Back,
    /// A tab is taken back. `columns`: what was typed before it, from the start of the line or
    /// (`after_tab`) from the tab before it.
    EraseTab { columns: usize, after_tab: bool },
}

impl Output {
    /// Echoes a typed character; a control character as `^X` where that is wanted.
    pub fn echo_character(&mut self, termios: &Termios, byte: u8) {
        if termios.has_local(linux::ECHOCTL) && is_control(byte) && byte != b'\t' {
            self.echo(termios, Echo::Control(byte));
        } else {
            self.echo_byte(termios, byte);
        }
    }

    /// Echoes a byte.
    pub fn echo_byte(&mut self, termios: &Termios, byte: u8) {
        // Linux keeps 0xff out of output processing, because it is the escape mark of its own queue of echo.
        let echo = if byte == 0xff {
            Echo::Plain(byte)
        } else {
            Echo::Byte(byte)
        };
        self.echo(termios, echo);
    }

    /// Echoes, now or when output goes on.
    pub fn echo(&mut self, termios: &Termios, echo: Echo) {
        if !self.is_stopped() {
            self.show(termios, echo);
            return;
        }
        if self.remembered.len() >= REMEMBERED {
            self.remembered.pop_front();
        }
        self.remembered.push_back(echo);
    }

    /// Shows what was remembered.
    pub fn show_remembered(&mut self, termios: &Termios) {
        while let Some(echo) = self.remembered.pop_front() {
            self.show(termios, echo);
        }
    }

    fn show(&mut self, termios: &Termios, echo: Echo) {
        match echo {
            Echo::Byte(byte) if termios.has_output(linux::OPOST) => {
                self.process(termios, byte, OUTPUT_SIZE);
            }
            Echo::Byte(byte) => drop(self.put(byte, OUTPUT_SIZE)),
            Echo::Control(byte) => {
                if self.put(b'^', OUTPUT_SIZE) && self.put(byte ^ 0x40, OUTPUT_SIZE) {
                    self.column += 2;
                }
            }
            Echo::Plain(byte) => {
                if self.put(byte, OUTPUT_SIZE) {
                    self.column += 1;
                }
            }
            Echo::LineStart => self.line_column = self.column,
            Echo::Back => self.move_back(),
            Echo::EraseTab { columns, after_tab } => {
                let from_edge = if after_tab {
                    columns
                } else {
                    columns + self.line_column
                };
                for _ in 0..8 - from_edge % 8 {
                    if self.put(b'\x08', OUTPUT_SIZE) {
                        self.move_back();
                    }
                }
            }
        }
    }
}
