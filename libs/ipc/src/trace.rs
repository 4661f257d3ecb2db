// SPDX-License-Identifier: MIT OR Apache-2.0
//! Notes of messages, for a process whose parent wants to know (`croft_trace`).
//!
//! A few instructions wherever a message goes in or out are a few hundredths of a call. So programs have this only if they
//! are compiled with `--cfg croft_trace`, which the image builder does for an image in which a server is traced; in all
//! others [`on`] is false at compile time.

use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

use croft_trace::{Event, Kind, Ring};
use once_cell::race::OnceRef;
use sel4::MessageInfo;

use crate::EVENT_BADGE_BIT;

static ON: AtomicBool = AtomicBool::new(false);
static RING: OnceRef<'static, Ring> = OnceRef::new();

/// From now on messages are noted in `ring`. Only the first one counts.
pub fn install(ring: &'static Ring) {
    if RING.set(ring).is_ok() {
        ON.store(true, Relaxed);
    }
}

/// Whether messages are noted.
#[inline(always)]
pub(crate) fn on() -> bool {
    cfg!(croft_trace) && ON.load(Relaxed)
}

#[cold]
#[inline(never)]
fn note(kind: Kind, info: MessageInfo, who: u64) {
    let Some(ring) = RING.get() else {
        return;
    };
    ring.note(Event {
        time: ring.time(),
        kind,
        // Labels of ours and the kernel's numbers are small.
        label: u32::try_from(info.label()).unwrap_or(u32::MAX),
        words: u8::try_from(info.length()).unwrap_or(u8::MAX),
        capability: info.extra_caps() != 0,
        who,
    });
}

/// A message came in, or notifications.
pub(crate) fn received(info: MessageInfo, badge: u64) {
    if badge & EVENT_BADGE_BIT != 0 {
        note(Kind::Signalled, info, badge & !EVENT_BADGE_BIT);
    } else {
        note(Kind::Received, info, badge);
    }
}

/// It was answered, or will be later.
pub(crate) fn answered(asked: MessageInfo, badge: u64, answer: Option<MessageInfo>) {
    match answer {
        Some(answer) => note(Kind::Answered, answer, badge),
        None => note(Kind::PutOff, asked, badge),
    }
}

/// An answer goes through the reply capability at that address.
pub(crate) fn answered_late(info: MessageInfo, reply: u64) {
    note(Kind::AnsweredLate, info, reply);
}

/// A call goes through the capability at that address.
pub(crate) fn called(info: MessageInfo, capability: u64) {
    note(Kind::Called, info, capability);
}

/// It was answered.
pub(crate) fn returned(info: MessageInfo, capability: u64) {
    note(Kind::Returned, info, capability);
}
