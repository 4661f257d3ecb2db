// SPDX-License-Identifier: MIT OR Apache-2.0
//! Canonical mode: the bytes that edit or end the line that is being typed.
use crate::Terminal;
use crate::erase::Erase;
use crate::queue::END_OF_FILE;
use unix_abi::linux::general as linux;

impl Terminal {
    /// What a byte does to the line that is being typed; false if it is just part of it.
    pub(crate) fn edit_line(&mut self, byte: u8) -> bool {
        let echo = self.termios.has_local(linux::ECHO);
        let extended = self.termios.has_local(linux::IEXTEN);
        let is = |index| byte == self.termios.character(index);
        if is(linux::VERASE) {
            self.erase(Erase::Character);
        } else if is(linux::VKILL) {
            self.erase(Erase::Line);
        } else if is(linux::VWERASE) && extended {
            self.erase(Erase::Word);
        } else if is(linux::VLNEXT) && extended {
            self.literal_next = true;
            if echo {
                self.finish_erasing();
                if self.termios.has_local(linux::ECHOCTL) {
                    self.output.echo_byte(&self.termios, b'^');
                    self.output.echo_byte(&self.termios, b'\x08');
                }
            }
        } else if is(linux::VREPRINT) && echo && extended {
            self.finish_erasing();
            self.output.echo_character(&self.termios, byte);
            self.output.echo_byte(&self.termios, b'\n');
            for byte in self.queue.typed() {
                self.output.echo_character(&self.termios, byte);
            }
        } else if byte == b'\n' {
            if echo || self.termios.has_local(linux::ECHONL) {
                self.output.echo_byte(&self.termios, b'\n');
            }
            self.queue.push_line_end(byte);
        } else if is(linux::VEOF) {
            self.queue.push_line_end(END_OF_FILE);
        } else if is(linux::VEOL) || (is(linux::VEOL2) && extended) {
            if echo {
                self.echo_in_line(byte);
            }
            if byte == 0xff && self.termios.has_input(linux::PARMRK) {
                self.queue.push(byte);
            }
            self.queue.push_line_end(byte);
        } else {
            return false;
        }
        true
    }
}
