// SPDX-License-Identifier: MIT OR Apache-2.0
//! The children of a server: made, heard, and ended: asked first, then by force.
//!
//! The parent receives with a [`Port`] and passes on here what has the badge of a child ([`Children::message`]). It sets a
//! timer of the clock's for [`Children::deadline`]; when that expires, or somebody else has ended a child, which is an event
//! too ([`Children::create`]), it calls [`Children::look`].

use alloc::vec::Vec;
use core::ops::Range;

use croft_container::{ContainerError, Name};
use croft_ipc::kernel::{Port, Ready};
use croft_ipc::{Caller, Deferrable, Dispatch, Label};
use croft_process::ending::{Ending, Manner};
use croft_process::handover::{Failure, Parenthood, ParenthoodInterface, Refusal};
use croft_process::parent::{Child, CreateError, Description, End, Parent, create};
use sel4::{CPtr, Fault, RecvWithMRs, cap};

use crate::OwnParent;

/// All children of a server that were made through it. The parent is this process, with its primary container or another one
/// for them.
#[derive(Debug)]
pub struct Children<P = OwnParent> {
    parent: P,
    /// The slot of the endpoint that they speak through.
    endpoint: u64,
    badges: Range<u64>,
    next: u64,
    children: Vec<One>,
}

#[derive(Debug)]
struct One {
    badge: u64,
    name: Name,
    child: Child,
    /// Whether its program is loaded.
    loaded: bool,
    ending: Ending,
}

/// Is told of each end: the badge of the child, how it ended, and whose doing that was. Nothing is left of the child then.
pub type Ended<'a> = &'a mut dyn FnMut(u64, &End<'_>, Manner);

impl<P: Parent> Children<P> {
    /// No children yet. They will speak through copies of the endpoint in slot `endpoint` with badges out of `badges`, which
    /// nobody else has.
    #[must_use]
    pub const fn new(parent: P, endpoint: u64, badges: Range<u64>) -> Self {
        let next = badges.start;
        Self {
            parent,
            endpoint,
            badges,
            next,
            children: Vec::new(),
        }
    }

    /// Makes a child, whatever the description says about its parent; its badge names it. `watch` is an event of this thread
    /// ([`crate::Process::event`]) that is signalled when the child's container is gone; without it nobody tells that somebody
    /// else destroyed it.
    ///
    /// # Errors
    /// See [`CreateError`]; there is no child then.
    pub fn create(
        &mut self,
        description: &Description<'_>,
        watch: Option<CPtr>,
    ) -> Result<u64, CreateError> {
        let badge = self.free_badge().ok_or(CreateError::NoSlots)?;
        let description = Description {
            parent: (self.endpoint, badge),
            ..*description
        };
        let child = create(&mut self.parent, &description)?;
        let container = self.parent.container_at(child.slots().container);
        if let Some(event) = watch
            && let Err(error) = container.watch(event.bits(), u64::MAX)
        {
            // It was just made, by a right that allows it.
            let _ = child.destroy(&mut self.parent);
            return Err(error.into());
        }
        self.children.push(One {
            badge,
            name: Name::new(description.name),
            child,
            loaded: false,
            ending: Ending::default(),
        });
        Ok(badge)
    }

    /// The parent, to have the next children's containers derived from another one.
    pub fn parent_mut(&mut self) -> &mut P {
        &mut self.parent
    }

    /// The child of a badge, as long as it runs.
    #[must_use]
    pub fn get(&self, badge: u64) -> Option<&Child> {
        self.find(badge).map(|place| &self.children[place].child)
    }

    /// Whether a child's program is loaded and the child runs. Not before can a service of its answer.
    #[must_use]
    pub fn is_loaded(&self, badge: u64) -> bool {
        self.find(badge)
            .is_some_and(|place| self.children[place].loaded)
    }

    /// A child's name; `None` if it has ended.
    #[must_use]
    pub fn name(&self, badge: u64) -> Option<&str> {
        self.find(badge)
            .map(|place| self.children[place].name.as_str())
    }

    /// Ends a child by force, and tells nobody. One that has ended already is ignored.
    pub fn destroy(&mut self, badge: u64) {
        if let Some(place) = self.find(badge) {
            self.bury(place, &End::Killed, &mut |_, _, _| {});
        }
    }

    /// Wants the end of a child before the processor's counter ([`crate::counter`]) is at `deadline`: it is asked, and destroyed
    /// if it has not ended by then. Its end is told as that of any child. Whether there is such a child.
    pub fn end(&mut self, badge: u64, deadline: u64) -> bool {
        let place = self.find(badge);
        if let Some(place) = place {
            let one = &mut self.children[place];
            if one.ending.ask(deadline) {
                one.child.request_end();
            }
        }
        place.is_some()
    }

    /// When [`Children::look`] has something to do, if nobody ends before.
    #[must_use]
    pub fn deadline(&self) -> Option<u64> {
        let deadlines = self.children.iter();
        deadlines.filter_map(|one| one.ending.deadline()).min()
    }

    /// Destroys those whose time is over at `now`, and notices who was destroyed by somebody else.
    pub fn look(&mut self, now: u64, ended: Ended<'_>) {
        for place in (0..self.children.len()).rev() {
            let one = &mut self.children[place];
            let container = self.parent.container_at(one.child.slots().container);
            if container.null() == Err(ContainerError::Gone) {
                self.bury(place, &End::Killed, ended);
            } else if one.ending.passed(now) {
                self.bury(place, &End::Forced, ended);
            }
        }
    }

    /// A message with the badge of a child: a request to its parent, or a fault. What is to be answered, if anything.
    pub fn message(
        &mut self,
        port: &mut Port,
        message: &RecvWithMRs,
        ended: Ended<'_>,
    ) -> Option<Ready> {
        let info = message.info;
        if Label::from_bits(info.label()).is_none() {
            let fault =
                sel4::with_ipc_buffer(|buffer| Fault::with_mrs(buffer, &info, &message.msg));
            self.fault(message.badge, fault.as_ref(), ended);
            return None;
        }
        let mut hearing = Hearing {
            children: self,
            ended,
        };
        port.answer(message, |incoming, buffer| {
            ParenthoodInterface::dispatch(&mut hearing, incoming, buffer)
        })
    }

    fn fault(&mut self, badge: u64, fault: Option<&Fault>, ended: Ended<'_>) {
        let Some(place) = self.find(badge) else {
            return;
        };
        let child = &self.children[place].child;
        if let Some(Fault::VmFault(_)) = fault
            && child.recover() == Ok(true)
        {
            return;
        }
        let tcb = cap::Tcb::from_bits(child.slots().tcb);
        let registers = tcb.tcb_read_all_registers(false).ok();
        let registers = registers.as_ref();
        let end = fault.map(|fault| End::Faulted { fault, registers });
        self.bury(place, &end.unwrap_or(End::Nonsense), ended);
    }

    /// A child has ended, or does so now: nothing is left of it.
    fn bury(&mut self, place: usize, end: &End<'_>, ended: Ended<'_>) {
        let mut one = self.children.swap_remove(place);
        match one.child.destroy(&mut self.parent) {
            // Somebody else did that.
            Ok(()) | Err(CreateError::Container(ContainerError::Gone)) => {}
            Err(error) => log::error!("{} cannot be destroyed: {error}", one.name),
        }
        if let Some(manner) = one.ending.over() {
            ended(one.badge, end, manner);
        }
    }

    fn find(&self, badge: u64) -> Option<usize> {
        self.children.iter().position(|one| one.badge == badge)
    }

    /// A badge that no child has; those that had one are forgotten for as long as possible.
    fn free_badge(&mut self) -> Option<u64> {
        let count = self.badges.end.saturating_sub(self.badges.start);
        for _ in 0..count {
            let badge = self.next;
            self.next = match badge + 1 {
                next if next < self.badges.end => next,
                _ => self.badges.start,
            };
            if self.find(badge).is_none() {
                return Some(badge);
            }
        }
        None
    }
}

/// What children tell, and who wants to know of their ends.
struct Hearing<'a, 'e, P> {
    children: &'a mut Children<P>,
    ended: Ended<'e>,
}

/// What is answered at once, or not at all: who ended does not wait for an answer, and a badge of an earlier life is nobody's.
type Answer = Result<Deferrable<()>, Refusal>;

impl<P: Parent> Hearing<'_, '_, P> {
    fn end(&mut self, caller: Caller, end: &End<'_>) -> Answer {
        if let Some(place) = self.children.find(caller.badge) {
            self.children.bury(place, end, self.ended);
        }
        Ok(Deferrable::Later)
    }
}

impl<P: Parent> Parenthood for Hearing<'_, '_, P> {
    fn ready(&mut self, caller: Caller) -> Answer {
        let Some(place) = self.children.find(caller.badge) else {
            return Ok(Deferrable::Later);
        };
        match core::mem::replace(&mut self.children.children[place].loaded, true) {
            false => Ok(Deferrable::Now(())),
            true => Err(Refusal::OutOfOrder),
        }
    }

    fn failed(&mut self, caller: Caller, failure: Failure, detail: u64) -> Answer {
        self.end(caller, &End::Unloadable { failure, detail })
    }

    fn exit(&mut self, caller: Caller, status: i32) -> Answer {
        self.end(caller, &End::Exited { status })
    }

    fn panic(&mut self, caller: Caller, text: &str) -> Answer {
        self.end(caller, &End::Panicked { text })
    }

    fn log(&mut self, caller: Caller, text: &str) -> Answer {
        let Some(place) = self.children.find(caller.badge) else {
            return Ok(Deferrable::Later);
        };
        log::info!("{}: {text}", self.children.children[place].name);
        Ok(Deferrable::Now(()))
    }

    fn renew(&mut self, _: Caller, _: u64) -> Answer {
        Err(Refusal::NoSuccessor)
    }

    /// Whose description says so keeps its messages; nobody writes those of an ordinary server's children.
    fn write_traces(&mut self, _: Caller) -> Answer {
        Ok(Deferrable::Now(()))
    }
}
