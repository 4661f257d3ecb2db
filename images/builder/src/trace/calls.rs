// SPDX-License-Identifier: MIT OR Apache-2.0
//! From notes to calls: which call of a client is which one at its server.
use std::collections::BTreeMap;

use croft_trace::{Event, Kind};

use super::recording::{Notes, Recording};

/// The root task, in whose slots every server calls its container and its parent.
const ROOT_TASK: &str = "root task";
/// These slots (`croft_process::handover::slot`).
const ROOT_TASK_SLOTS: [u64; 2] = [
    croft_process::handover::slot::CONTAINER,
    croft_process::handover::slot::PARENT,
];

/// Everything that was noted, in one time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// Who takes part; calls name them by their place here.
    pub participants: Vec<String>,
    /// In the order of their beginnings.
    pub calls: Vec<Call>,
    /// In order.
    pub signals: Vec<Signal>,
    /// How many servers have noted something.
    pub traced: usize,
    /// How many notes are missing, by server.
    pub lost: Vec<(String, u64)>,
    /// Whether the times are nanoseconds; otherwise ticks of a counter that nobody knows the speed of.
    pub in_nanoseconds: bool,
}

/// A call, as far as it was noted on either side. Times are since the first note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who calls.
    pub from: usize,
    /// Who serves.
    pub to: usize,
    /// The label of the request.
    pub label: u32,
    /// Its words.
    pub words: u8,
    /// Whether a capability went along.
    pub capability: bool,
    /// When the client called.
    pub called: Option<u64>,
    /// When the server got it.
    pub received: Option<u64>,
    /// When the server did not answer at once.
    pub put_off: Option<u64>,
    /// When the server answered.
    pub answered: Option<u64>,
    /// When the client had the answer.
    pub returned: Option<u64>,
    /// The answer.
    pub answer: Option<Answer>,
}

/// The answer to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its label.
    pub label: u32,
    /// Its words.
    pub words: u8,
    /// Whether a capability came along.
    pub capability: bool,
}

/// Notifications that a server saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal {
    /// Which server.
    pub at: usize,
    /// When.
    pub time: u64,
    /// Their bits.
    pub bits: u64,
}

impl Call {
    /// When it began, as far as is known.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.called.or(self.received).unwrap_or(0)
    }

    /// When its answer was there, as far as is known.
    #[must_use]
    pub fn end(&self) -> Option<u64> {
        self.returned.or(self.answered)
    }
}

impl From<Event> for Answer {
    fn from(event: Event) -> Self {
        Answer {
            label: event.label,
            words: event.words,
            capability: event.capability,
        }
    }
}

/// A call as its server saw it.
struct Served {
    server: usize,
    badge: u64,
    call: Call,
}

/// An answer that came late, as its server saw it.
struct Late {
    server: usize,
    time: u64,
    answer: Answer,
}

#[derive(Default)]
struct Builder {
    names: Vec<String>,
    /// Servers by the badges that others see.
    badges: BTreeMap<u64, usize>,
    calls: Vec<Call>,
    /// Whether it is known whom the call of that place goes to.
    known: Vec<bool>,
    served: Vec<Served>,
    late: Vec<Late>,
    signals: Vec<Signal>,
}

impl Trace {
    /// Puts together what was recorded.
    #[must_use]
    pub fn new(recording: &Recording) -> Self {
        let mut builder = Builder::default();
        let mut lost = Vec::new();
        // Servers stand in the order of the image, not of the alphabet.
        let mut servers: Vec<_> = recording.servers.iter().collect();
        servers.sort_by_key(|((_, restarts), notes)| (notes.badge, *restarts));
        for ((name, _), notes) in &servers {
            let place = builder.participant(name);
            builder.badges.insert(notes.badge, place);
            if notes.lost() > 0 {
                lost.push((name.clone(), notes.lost()));
            }
        }
        let traced = builder.names.len();
        for ((name, _), notes) in &servers {
            builder.server(name, notes);
        }
        builder.answer_late();
        builder.pair();
        let hertz = servers.iter().map(|(_, notes)| notes.hertz).max();
        builder.finish(traced, lost, hertz.unwrap_or(0))
    }
}

impl Builder {
    /// The place of that name.
    fn participant(&mut self, name: &str) -> usize {
        let known = self.names.iter().position(|each| each == name);
        known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        })
    }

    /// Goes through the notes of one server.
    fn server(&mut self, name: &str, notes: &Notes) {
        let me = self.participant(name);
        // What it has called and not got back; what it serves: it has one thread.
        let (mut outgoing, mut incoming) = (None::<usize>, None::<usize>);
        let mut expected = None;
        for (number, event) in &notes.events {
            if expected.is_some_and(|expected| expected != *number) {
                (outgoing, incoming) = (None, None);
            }
            expected = Some(number + 1);
            let Some(event) = event else { continue };
            let time = event.time;
            match event.kind {
                Kind::Called => {
                    let to = match notes.services.get(&event.who) {
                        Some(server) => Some(self.participant(server)),
                        None if ROOT_TASK_SLOTS.contains(&event.who) => {
                            Some(self.participant(ROOT_TASK))
                        }
                        None => None,
                    };
                    self.known.push(to.is_some());
                    let mut call = call(event, me, to.unwrap_or(me));
                    call.called = Some(time);
                    outgoing = Some(self.calls.len());
                    self.calls.push(call);
                }
                Kind::Returned => {
                    if let Some(call) = outgoing.take().and_then(|place| self.calls.get_mut(place))
                    {
                        call.returned = Some(time);
                        call.answer = Some((*event).into());
                    }
                }
                Kind::Received => {
                    let mut call = call(event, me, me);
                    call.received = Some(time);
                    incoming = Some(self.served.len());
                    self.served.push(Served {
                        server: me,
                        badge: event.who,
                        call,
                    });
                }
                Kind::Answered | Kind::PutOff => {
                    let served = incoming.take().and_then(|place| self.served.get_mut(place));
                    match (served, event.kind) {
                        (Some(served), Kind::Answered) => {
                            served.call.answered = Some(time);
                            served.call.answer = Some((*event).into());
                        }
                        (Some(served), _) => served.call.put_off = Some(time),
                        (None, _) => {}
                    }
                }
                Kind::AnsweredLate => self.late.push(Late {
                    server: me,
                    time,
                    answer: (*event).into(),
                }),
                Kind::Signalled => self.signals.push(Signal {
                    at: me,
                    time,
                    bits: event.who,
                }),
            }
        }
    }

    /// Finds the client's call for each that a server got.
    fn pair(&mut self) {
        self.served.sort_by_key(|served| served.call.received);
        let mut order: Vec<usize> = (0..self.calls.len()).collect();
        order.sort_by_key(|place| self.calls[*place].called);
        let mut free = vec![true; self.calls.len()];
        for served in std::mem::take(&mut self.served) {
            let by_badge = self.badges.get(&served.badge).copied();
            let fits = |place: &&usize| {
                let (call, known) = (&self.calls[**place], self.known[**place]);
                // An object's badge does not tell whose it is.
                let from = by_badge.is_none_or(|client| client == call.from);
                free[**place]
                    && from
                    && call.label == served.call.label
                    && (!known || call.to == served.server)
                    && call.called <= served.call.received
                    && call
                        .returned
                        .is_none_or(|end| Some(end) >= served.call.received)
                    && (call.returned.is_none() || call.returned >= served.call.answered)
            };
            match order.iter().find(fits).copied() {
                Some(place) => {
                    free[place] = false;
                    let call = &mut self.calls[place];
                    call.to = served.server;
                    self.known[place] = true;
                    let own = &served.call;
                    (call.received, call.put_off, call.answered) =
                        (own.received, own.put_off, own.answered);
                    call.answer = call.answer.or(own.answer);
                }
                None => {
                    let from = by_badge
                        .unwrap_or_else(|| self.participant(&format!("badge {:#x}", served.badge)));
                    self.known.push(true);
                    self.calls.push(Call {
                        from,
                        ..served.call
                    });
                }
            }
        }
        let strange = self.known.iter().any(|known| !known);
        let nobody = strange.then(|| self.participant("unknown"));
        for (call, known) in self.calls.iter_mut().zip(&self.known) {
            if let (false, Some(nobody)) = (known, nobody) {
                call.to = nobody;
            }
        }
    }

    /// Gives each late answer to a call that was put off. Of several it is the one whose client went on first afterwards.
    fn answer_late(&mut self) {
        self.late.sort_by_key(|late| late.time);
        for late in &self.late {
            let badges = &self.badges;
            let calls = &self.calls;
            // When the client that this call is of has got an answer to one like it, after this answer.
            let back = |served: &Served| {
                let client = badges.get(&served.badge);
                let mine = calls.iter().filter(|call| {
                    client.is_none_or(|client| *client == call.from)
                        && call.label == served.call.label
                        && call.called <= served.call.received
                        && call.returned >= Some(late.time)
                });
                mine.filter_map(|call| call.returned).min()
            };
            let waiting = self.served.iter_mut().filter(|served| {
                served.server == late.server
                    && served.call.put_off.is_some_and(|time| time <= late.time)
                    && served.call.answered.is_none()
                    && served.call.label >> 8 == late.answer.label >> 8
            });
            let first = waiting
                .min_by_key(|served| (back(served).unwrap_or(u64::MAX), served.call.received));
            if let Some(served) = first {
                served.call.answered = Some(late.time);
                served.call.answer = Some(late.answer);
            }
        }
    }

    /// Puts everything into one time that begins with the first note.
    fn finish(self, traced: usize, lost: Vec<(String, u64)>, hertz: u64) -> Trace {
        let (mut calls, mut signals) = (self.calls, self.signals);
        let starts = calls.iter().map(Call::start);
        let zero = starts.chain(signals.iter().map(|signal| signal.time)).min();
        let zero = zero.unwrap_or(0);
        let scale = |time: u64| match hertz {
            0 => time.saturating_sub(zero),
            _ => {
                let ticks = u128::from(time.saturating_sub(zero));
                u64::try_from(ticks * 1_000_000_000 / u128::from(hertz)).unwrap_or(u64::MAX)
            }
        };
        // Before their times are rounded.
        calls.sort_by_key(Call::start);
        signals.sort_by_key(|signal| signal.time);
        for call in &mut calls {
            let times = [
                &mut call.called,
                &mut call.received,
                &mut call.put_off,
                &mut call.answered,
                &mut call.returned,
            ];
            for time in times {
                *time = time.map(scale);
            }
        }
        for signal in &mut signals {
            signal.time = scale(signal.time);
        }
        Trace {
            participants: self.names,
            calls,
            signals,
            traced,
            lost,
            in_nanoseconds: hertz != 0,
        }
    }
}

fn call(event: &Event, from: usize, to: usize) -> Call {
    Call {
        from,
        to,
        label: event.label,
        words: event.words,
        capability: event.capability,
        called: None,
        received: None,
        put_off: None,
        answered: None,
        returned: None,
        answer: None,
    }
}
