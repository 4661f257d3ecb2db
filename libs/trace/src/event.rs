// SPDX-License-Identifier: MIT OR Apache-2.0
//! One note.

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// A call came in.
    Received = 1,
    /// It was answered.
    Answered = 2,
    /// It will be answered later.
    PutOff = 3,
    /// One that was put off was answered.
    AnsweredLate = 4,
    /// Notifications were signalled.
    Signalled = 5,
    /// This process calls.
    Called = 6,
    /// Its call was answered.
    Returned = 7,
}

impl Kind {
    const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Received,
            2 => Self::Answered,
            3 => Self::PutOff,
            4 => Self::AnsweredLate,
            5 => Self::Signalled,
            6 => Self::Called,
            7 => Self::Returned,
            _ => return None,
        })
    }
}

/// A note of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// The processor's counter.
    pub time: u64,
    /// What happened.
    pub kind: Kind,
    /// The message's label (`croft_ipc::Label`, or a number of the kernel's own); of a call that is put off that of the call.
    pub label: u32,
    /// Words of the message, at most 255.
    pub words: u8,
    /// Whether a capability came along.
    pub capability: bool,
    /// Who it concerns: of calls that come in and their answers the caller's badge, of notifications their bits, of
    /// calls and late answers the address of the capability that is invoked.
    pub who: u64,
}

impl Event {
    /// Words of a note.
    pub const WORDS: usize = 3;

    /// As it stands in memory.
    #[must_use]
    #[inline]
    pub const fn to_words(self) -> [u64; Self::WORDS] {
        let what = self.kind as u64
            | (self.words as u64) << 8
            | (self.capability as u64) << 16
            | (self.label as u64) << 32;
        [self.time, what, self.who]
    }

    /// Reads it; `None` if the words are none.
    #[must_use]
    pub const fn from_words([time, what, who]: [u64; Self::WORDS]) -> Option<Self> {
        match Kind::from_number(what as u8) {
            Some(kind) => Some(Self {
                time,
                kind,
                label: (what >> 32) as u32,
                words: (what >> 8) as u8,
                capability: what >> 16 & 1 != 0,
                who,
            }),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn notes_are_read_as_they_were_written(time: u64, number in 1u8..8, label: u32, words: u8, capability: bool, who: u64) {
            let kind = Kind::from_number(number).unwrap();
            let event = Event { time, kind, label, words, capability, who };
            prop_assert_eq!(Event::from_words(event.to_words()), Some(event));
        }

        #[test]
        fn any_words_are_a_note_or_none(words: [u64; 3]) {
            if let Some(event) = Event::from_words(words) {
                prop_assert_eq!(event.to_words()[0], words[0]);
                prop_assert!((1..8).contains(&(words[1] as u8)));
            }
        }
    }
}
