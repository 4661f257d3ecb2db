// SPDX-License-Identifier: MIT OR Apache-2.0
//! The power box: the user's side.

use super::line::{Line, plain};
use super::{Access, AskAsk, AskError};
use crate::Name;
use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use croft_ipc::{Capabilities, Objects, SavedCaller};

/// Programs and grants, at most.
const MOST: usize = 64;

/// Bytes of a line, at most; what comes behind is lost.
const LINE_MAX: usize = 80;

/// What was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// The bytes; none if none were there.
    pub bytes: Vec<u8>,
    /// After these nothing will come any more.
    pub end: bool,
}

/// The user's terminal.
pub trait Terminal {
    /// Shows a text.
    fn show(&mut self, text: &str);
    /// What was typed since it was asked last.
    fn typed(&mut self) -> Typed;
}

/// What the service's capabilities are for.
pub(super) enum Object {
    /// A program may ask.
    Program {
        name: Name,
        /// The badge of what the user chose, until it is taken.
        chosen: Option<u64>,
    },
    /// A program has a file.
    Grant {
        number: u32,
        file: usize,
        access: Access,
    },
}

pub(super) struct File {
    name: String,
    pub(super) content: Vec<u8>,
}

/// A question: the first one that waits is on the screen.
pub(super) struct Question {
    pub(super) program: u64,
    pub(super) access: Access,
    pub(super) purpose: String,
    pub(super) asks: SavedCaller,
}

/// The power box.
pub struct PowerBox<C: Capabilities, T> {
    pub(super) capabilities: C,
    terminal: T,
    pub(super) files: Vec<File>,
    pub(super) objects: Objects<Object, MOST>,
    pub(super) questions: VecDeque<Question>,
    /// What was typed of a line.
    line: Vec<u8>,
    /// Grants so far.
    grants: u32,
    /// The user is gone: nobody is there to be asked.
    pub(super) ended: bool,
}

impl<C: Capabilities, T: Terminal> PowerBox<C, T> {
    /// Over the user's terminal; no files yet.
    pub fn new(capabilities: C, terminal: T) -> Self {
        Self {
            capabilities,
            terminal,
            files: Vec::new(),
            objects: Objects::new(),
            questions: VecDeque::new(),
            line: Vec::new(),
            grants: 0,
            ended: false,
        }
    }

    /// A file of the user's.
    pub fn add(&mut self, name: &str, content: &[u8]) {
        self.files.push(File {
            name: plain(name),
            content: content.into(),
        });
    }

    /// Something was typed.
    pub fn typed(&mut self) {
        let Typed { bytes, end } = self.terminal.typed();
        for byte in bytes {
            match byte {
                b'\n' | b'\r' => {
                    let line = core::mem::take(&mut self.line);
                    let questions = self.questions.len();
                    self.typed_line(Line::parse(&String::from_utf8_lossy(&line)));
                    if self.questions.len() != questions {
                        // The next question is on the screen since now: the rest was typed before.
                        break;
                    }
                }
                byte if self.line.len() < LINE_MAX => self.line.push(byte),
                _ => {}
            }
        }
        if end {
            self.ended = true;
            while !self.questions.is_empty() {
                self.decide(Err(AskError::Refused));
            }
        }
    }

    fn typed_line(&mut self, line: Line) {
        let wanted = self.questions.front().map(|question| question.access);
        match (line, wanted) {
            (Line::Revoke(number), _) => self.revoke(number),
            (Line::Choose(file), Some(access)) => self.choose(file, access),
            (Line::ChooseToRead(file), Some(_)) => self.choose(file, Access::Read),
            (Line::Other, Some(_)) => self.decide(Err(AskError::Refused)),
            (_, None) => {}
        }
    }

    fn revoke(&mut self, wanted: u32) {
        let is_it = |(_, object): &(u64, &mut Object)| matches!(object, Object::Grant { number, .. } if *number == wanted);
        let found = self.objects.iter_mut().find(is_it).map(|(badge, _)| badge);
        let text = match found {
            Some(badge) => {
                self.objects.remove(badge);
                format!("[power box] grant {wanted} is taken back\n")
            }
            None => format!("[power box] there is no grant {wanted}\n"),
        };
        self.terminal.show(&text);
    }

    /// The user chose that file, as they are counted on the screen.
    fn choose(&mut self, file: usize, access: Access) {
        let file = file.wrapping_sub(1);
        if file >= self.files.len() {
            return self.decide(Err(AskError::Refused));
        }
        let number = self.grants + 1;
        let grant = Object::Grant {
            number,
            file,
            access,
        };
        let made = self.objects.insert(grant);
        self.grants += u32::from(made.is_ok());
        self.decide(
            made.map(|badge| (badge, access))
                .map_err(|_| AskError::TooMany),
        );
    }

    /// The question that is on the screen has its answer; shows the next one.
    fn decide(&mut self, result: Result<(u64, Access), AskError>) {
        let Some(question) = self.questions.pop_front() else {
            return;
        };
        let Some(Object::Program { name, chosen }) = self.objects.get_mut(question.program) else {
            return self.capabilities.abandon(question.asks);
        };
        let text = match result {
            Ok((badge, access)) => {
                let before = chosen.replace(badge);
                let how = how(access);
                let text = format!(
                    "[power box] {name} may {how} it; \"revoke {}\" takes that back\n",
                    self.grants
                );
                // What was not taken is nobody's.
                if let Some(before) = before {
                    self.objects.remove(before);
                }
                text
            }
            Err(_) => format!("[power box] {name} gets nothing\n"),
        };
        self.terminal.show(&text);
        let answer = result.map(|(_, access)| access);
        self.capabilities.answer::<AskAsk>(question.asks, answer);
        self.show();
    }

    /// Puts the first question on the screen.
    pub(super) fn show(&mut self) {
        self.line.clear();
        let Some(question) = self.questions.front() else {
            return;
        };
        let Some(Object::Program { name, .. }) = self.objects.get_mut(question.program) else {
            return;
        };
        let (how, purpose) = (how(question.access), &question.purpose);
        let mut text = format!("[power box] {name} wants to {how} a file: \"{purpose}\"\n");
        for (file, number) in self.files.iter().zip(1..) {
            text += &format!("  {number} {}\n", file.name);
        }
        text += "[power box] which one? (a number; \"r\" and a number: to read only; anything else: none)\n";
        self.terminal.show(&text);
    }
}

const fn how(access: Access) -> &'static str {
    match access {
        Access::Read => "read",
        Access::Write => "read and write",
    }
}
