// SPDX-License-Identifier: MIT OR Apache-2.0
//! A machine without a kernel, for tests of servers on the host: it moves the same bytes as the kernel, and stand-ins
//! for capabilities.
//!
//! ```
//! use croft_ipc::{interface, mock::Machine};
//!
//! #[interface(number = 200, version = 1)]
//! trait Doubling {
//!     fn double(&mut self, number: u64) -> u64;
//! }
//!
//! struct Doubler;
//! impl Doubling for Doubler {
//!     fn double(&mut self, number: u64) -> u64 {
//!         number.wrapping_mul(2)
//!     }
//! }
//!
//! let machine = Machine::serving::<DoublingInterface>(Doubler);
//! let client = DoublingClient::new(machine.client(7));
//! assert_eq!(client.double(4), Ok(8));
//! ```

use crate::transport::TransportFailure;
use crate::{
    Call, Caller, Capabilities, CapabilityAddress, Dispatch, Incoming, Kept, Label, MESSAGE_BYTES,
    MapError, NoSlot, Outcome, Outgoing, PassOnError, ProtocolError, ReceiveSlot,
    ReceivedCapability, SavedCaller, Send, Server, Serving, SharedError, SharedMemory, Transport,
};
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell, RefMut};

/// A server's capabilities on the host. Clones are the same.
#[derive(Clone, Default)]
pub struct MockCapabilities(Rc<RefCell<Books>>);

/// A capability for something that is not of the server under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MockObject {
    /// Which object.
    pub number: u64,
    /// With which badge; 0 is none.
    pub badge: u64,
}

/// The last capability that was made to go back with a reply.
#[derive(Clone)]
enum Made {
    /// The server's own, with that badge.
    Own(u64),
    /// A page of its.
    Page(MockPage),
    /// Passed on.
    Foreign(MockObject),
}

impl Default for Made {
    fn default() -> Self {
        Self::Own(0)
    }
}

/// A capability that was kept.
#[derive(Default)]
struct MockKept {
    /// What it is, if the test said so.
    object: Option<MockObject>,
    /// The object has ended.
    gone: bool,
    /// How often it was signalled.
    signals: u32,
}

#[derive(Default)]
struct Books {
    /// The last capability that was made.
    made: Made,
    /// Calls so far: the number of the present one.
    calls: u64,
    /// Kept capabilities that were not forgotten.
    kept: BTreeMap<u64, MockKept>,
    next_kept: u64,
    /// Kept capabilities that are pages.
    kept_pages: BTreeMap<u64, MockPage>,
    /// Callers that were saved and not answered.
    saved: Vec<u64>,
    /// Those of them that have ended.
    ended: Vec<u64>,
    /// Answers that came later, by call.
    late: BTreeMap<u64, (Outgoing, [u8; MESSAGE_BYTES])>,
    /// How many more slots there are; unlimited if nothing was said.
    slots_left: Option<u32>,
    /// The page that came with the present message.
    page: Option<MockPage>,
    /// The object whose capability came with the present message.
    object: Option<MockObject>,
}

impl MockCapabilities {
    /// From now on there are only so many slots.
    pub fn limit_slots(&self, slots: u32) {
        self.0.borrow_mut().slots_left = Some(slots);
    }

    /// How often the kept capabilities were signalled, the oldest first.
    #[must_use]
    pub fn signals(&self) -> Vec<u32> {
        let books = self.0.borrow();
        books.kept.values().map(|kept| kept.signals).collect()
    }

    /// An object ends: the capabilities for it vanish.
    pub fn end(&self, number: u64) {
        let mut books = self.0.borrow_mut();
        let of_it = |object: &MockObject| object.number == number;
        for kept in books.kept.values_mut() {
            kept.gone |= kept.object.as_ref().is_some_and(of_it);
        }
    }

    /// How many capabilities are kept.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.0.borrow().kept.len()
    }

    /// How many callers wait for an answer.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.0.borrow().saved.len()
    }

    /// All callers that wait for an answer end: the server is not told.
    pub fn end_callers(&self) {
        let books = &mut *self.0.borrow_mut();
        books.ended.extend(&books.saved);
    }
}

impl Books {
    fn take_slot(&mut self) -> Result<(), NoSlot> {
        match &mut self.slots_left {
            Some(0) => Err(NoSlot),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn return_slot(&mut self) {
        if let Some(left) = &mut self.slots_left {
            *left += 1;
        }
    }
}

/// A page that client and server share. Clones are the same page.
#[derive(Clone)]
pub struct MockPage {
    bytes: Rc<RefCell<Option<[u8; MockPage::LENGTH]>>>,
    writable: bool,
}

impl Default for MockPage {
    fn default() -> Self {
        Self {
            bytes: Rc::new(RefCell::new(Some([0; Self::LENGTH]))),
            writable: true,
        }
    }
}

impl MockPage {
    /// Bytes.
    pub const LENGTH: usize = 4096;

    /// Its owner takes it back.
    pub fn take_back(&self) {
        *self.bytes.borrow_mut() = None;
    }

    /// The same page, only to be read.
    #[must_use]
    pub fn read_only(&self) -> Self {
        Self {
            bytes: Rc::clone(&self.bytes),
            writable: false,
        }
    }

    fn is_there(&self) -> bool {
        self.bytes.borrow().is_some()
    }

    fn with<R>(
        &self,
        at: usize,
        length: usize,
        f: impl FnOnce(&mut [u8]) -> R,
    ) -> Result<R, SharedError> {
        let mut page = self.bytes.borrow_mut();
        let bytes = page.as_mut().ok_or(SharedError::Gone)?;
        let end = at.checked_add(length).ok_or(SharedError::OutOfRange)?;
        bytes.get_mut(at..end).map(f).ok_or(SharedError::OutOfRange)
    }
}

impl SharedMemory for MockPage {
    fn length(&self) -> usize {
        Self::LENGTH
    }

    fn read(&self, at: usize, into: &mut [u8]) -> Result<(), SharedError> {
        self.with(at, into.len(), |bytes| into.copy_from_slice(bytes))
    }

    fn write(&self, at: usize, from: &[u8]) -> Result<(), SharedError> {
        if !self.writable {
            return Err(SharedError::Gone);
        }
        self.with(at, from.len(), |bytes| bytes.copy_from_slice(from))
    }
}

impl Capabilities for MockCapabilities {
    type Shared = MockPage;

    fn mint(&mut self, badge: u64) -> Result<CapabilityAddress, NoSlot> {
        self.0.borrow_mut().made = Made::Own(badge);
        Ok(CapabilityAddress(badge))
    }

    fn keep(&mut self) -> Result<Kept, NoSlot> {
        let mut books = self.0.borrow_mut();
        books.take_slot()?;
        books.next_kept += 1;
        let number = books.next_kept;
        let kept = MockKept {
            object: books.object.take(),
            ..MockKept::default()
        };
        books.kept.insert(number, kept);
        Ok(Kept(number))
    }

    fn forget(&mut self, kept: Kept) {
        let mut books = self.0.borrow_mut();
        books.kept.remove(&kept.0);
        books.kept_pages.remove(&kept.0);
        books.return_slot();
    }

    fn signal(&mut self, kept: &Kept) {
        if let Some(kept) = self.0.borrow_mut().kept.get_mut(&kept.0) {
            kept.signals += 1;
        }
    }

    fn is_there(&self, kept: &Kept) -> bool {
        let books = self.0.borrow();
        books.kept.get(&kept.0).is_some_and(|kept| !kept.gone)
    }

    fn pass_on(
        &mut self,
        kept: &Kept,
        badge: Option<u64>,
    ) -> Result<CapabilityAddress, PassOnError> {
        let mut books = self.0.borrow_mut();
        let there = books.kept.get(&kept.0).filter(|kept| !kept.gone);
        let mut object = there
            .and_then(|kept| kept.object)
            .ok_or(PassOnError::Gone)?;
        if let Some(badge) = badge {
            if object.badge != 0 {
                return Err(PassOnError::Badged);
            }
            object.badge = badge;
        }
        books.made = Made::Foreign(object);
        Ok(CapabilityAddress(kept.0))
    }

    fn map(&mut self) -> Result<MockPage, MapError> {
        self.0.borrow_mut().page.take().ok_or(MapError::NoPage)
    }

    fn keep_page(&mut self) -> Result<Kept, MapError> {
        let page = self.map()?;
        let kept = self.keep().map_err(|NoSlot| MapError::NoPage)?;
        self.0.borrow_mut().kept_pages.insert(kept.0, page);
        Ok(kept)
    }

    fn lend_page(&mut self, page: &Kept) -> Result<CapabilityAddress, SharedError> {
        let books = &mut *self.0.borrow_mut();
        let kept = books.kept_pages.get(&page.0);
        let page = kept
            .filter(|page| page.is_there())
            .ok_or(SharedError::Gone)?;
        books.made = Made::Page(page.read_only());
        Ok(CapabilityAddress(0))
    }

    fn save_caller(&mut self, caller: Caller) -> Result<SavedCaller, NoSlot> {
        let mut books = self.0.borrow_mut();
        books.take_slot()?;
        let slot = books.calls;
        books.saved.push(slot);
        Ok(SavedCaller { slot, caller })
    }

    fn is_waiting(&self, saved: &SavedCaller) -> bool {
        !self.0.borrow().ended.contains(&saved.slot)
    }

    fn send_answer(
        &mut self,
        saved: SavedCaller,
        outgoing: &Outgoing,
        bytes: &[u8; MESSAGE_BYTES],
    ) {
        let mut books = self.0.borrow_mut();
        books.saved.retain(|slot| *slot != saved.slot);
        books.return_slot();
        if !books.ended.contains(&saved.slot) {
            books.late.insert(saved.slot, (*outgoing, *bytes));
        }
    }
}

/// A server, its clients and what they hold.
pub struct Machine<S>(Rc<Inner<S>>);

struct Inner<S> {
    server: RefCell<S>,
    capabilities: MockCapabilities,
    /// Slots of the clients, with the badges of the server's capabilities in them.
    slots: RefCell<BTreeMap<u64, u64>>,
    /// Slots of the clients with pages in them.
    pages: RefCell<BTreeMap<u64, MockPage>>,
    /// Slots of the clients with capabilities of others in them.
    objects: RefCell<BTreeMap<u64, MockObject>>,
    /// What others do while a caller waits.
    others: RefCell<VecDeque<Box<dyn FnOnce()>>>,
    /// Counts servers that have ended.
    ended: Cell<u64>,
    /// Whether there is a server.
    runs: Cell<bool>,
}

impl<S> Clone for Machine<S> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<S> Machine<Serving<(), S>> {
    /// A machine with a server of one interface that needs no capabilities.
    pub fn serving<I: Dispatch<S>>(state: S) -> Machine<Serving<I, S>> {
        Machine::new(Serving::new(state), MockCapabilities::default())
    }
}

impl<S: Server> Machine<S> {
    /// A machine with a server that uses those capabilities.
    pub fn new(server: S, capabilities: MockCapabilities) -> Self {
        Self(Rc::new(Inner {
            server: RefCell::new(server),
            capabilities,
            slots: RefCell::default(),
            pages: RefCell::default(),
            objects: RefCell::default(),
            others: RefCell::default(),
            ended: Cell::new(0),
            runs: Cell::new(true),
        }))
    }

    /// The server ends. Who waits for its answer, and whoever calls it from now on, finds nobody.
    pub fn end(&self) {
        let inner = &self.0;
        inner.ended.set(inner.ended.get() + 1);
        inner.runs.set(false);
        inner.slots.borrow_mut().clear();
        let mut books = inner.capabilities.0.borrow_mut();
        books.kept.clear();
        books.saved.clear();
    }

    /// The server ends, and has a successor, to which [`MockEndpoint::renew`] leads.
    pub fn restart(&self, successor: S) {
        self.end();
        self.0.server.replace(successor);
        self.0.runs.set(true);
    }

    /// A client whose capability has that badge.
    pub fn client(&self, badge: u64) -> MockEndpoint<S> {
        self.endpoint(Some(badge), true)
    }

    /// What a client received in that slot.
    pub fn received(&self, slot: ReceiveSlot) -> MockEndpoint<S> {
        let badge = self.0.slots.borrow().get(&slot.index).copied();
        self.endpoint(badge, false)
    }

    fn endpoint(&self, badge: Option<u64>, named: bool) -> MockEndpoint<S> {
        MockEndpoint {
            machine: self.clone(),
            badge,
            named,
            ended: Cell::new(self.0.ended.get()),
        }
    }

    /// Puts a capability for a page into a slot of the clients.
    pub fn share(&self, slot: ReceiveSlot, page: &MockPage) -> CapabilityAddress {
        let mut pages = self.0.pages.borrow_mut();
        pages.insert(slot.index, page.clone());
        CapabilityAddress(slot.index)
    }

    /// The page that a client received in that slot.
    pub fn page(&self, slot: ReceiveSlot) -> Option<MockPage> {
        self.0.pages.borrow().get(&slot.index).cloned()
    }

    /// Puts a capability for something else into a slot of the clients.
    pub fn hold(&self, slot: ReceiveSlot, object: MockObject) -> CapabilityAddress {
        let mut objects = self.0.objects.borrow_mut();
        objects.insert(slot.index, object);
        CapabilityAddress(slot.index)
    }

    /// The capability for something else that is in a slot of the clients.
    #[must_use]
    pub fn held(&self, slot: ReceiveSlot) -> Option<MockObject> {
        self.0.objects.borrow().get(&slot.index).copied()
    }

    /// The server, to look at.
    pub fn server(&self) -> RefMut<'_, S> {
        self.0.server.borrow_mut()
    }

    /// An event.
    pub fn event(&self, bits: u64) {
        self.server().event(bits);
    }

    /// What somebody else does while the next caller that is not answered at once waits.
    pub fn meanwhile(&self, what: impl FnOnce() + 'static) {
        self.0.others.borrow_mut().push_back(Box::new(what));
    }
}

/// A slot of the clients' CSpace, by number.
#[must_use]
pub const fn slot(number: u64) -> ReceiveSlot {
    ReceiveSlot {
        root: 0,
        index: number,
        depth: 64,
    }
}

/// A client's transport.
pub struct MockEndpoint<S> {
    machine: Machine<S>,
    /// `None`: the slot is empty.
    badge: Option<u64>,
    /// Whether the client's parent gave it.
    named: bool,
    /// How many servers had ended when it was made.
    ended: Cell<u64>,
}

impl<S> Clone for MockEndpoint<S> {
    fn clone(&self) -> Self {
        Self {
            machine: self.machine.clone(),
            badge: self.badge,
            named: self.named,
            ended: self.ended.clone(),
        }
    }
}

impl<S: Server> MockEndpoint<S> {
    /// Leads to the server's successor from now on, as what a parent gave does after it was asked. Whether there is one.
    pub fn renew(&self) -> bool {
        let inner = &self.machine.0;
        let leads_nowhere = self.ended.get() < inner.ended.get();
        if self.named && leads_nowhere && inner.runs.get() {
            self.ended.set(inner.ended.get());
            return true;
        }
        false
    }

    /// The badge, if the server that it led to is still there.
    fn leads(&self) -> Result<u64, TransportFailure> {
        let here = self.ended.get() == self.machine.0.ended.get();
        self.badge.filter(|_| here).ok_or(TransportFailure::Gone)
    }

    /// Sends a message as it is, and gives the answer's label and bytes: for messages that no client would make.
    ///
    /// # Errors
    /// [`TransportFailure::Gone`].
    pub fn raw(
        &self,
        label: u64,
        bytes: &[u8],
        capability: Option<CapabilityAddress>,
    ) -> Result<(Outgoing, [u8; MESSAGE_BYTES]), TransportFailure> {
        let inner = &self.machine.0;
        let badge = self.leads()?;
        let number = {
            let mut books = inner.capabilities.0.borrow_mut();
            books.calls += 1;
            books.page =
                capability.and_then(|address| inner.pages.borrow().get(&address.0).cloned());
            books.object =
                capability.and_then(|address| inner.objects.borrow().get(&address.0).copied());
            books.calls
        };
        let capability = match capability {
            None => ReceivedCapability::None,
            Some(CapabilityAddress(slot)) => match inner.slots.borrow().get(&slot) {
                Some(&badge) => ReceivedCapability::Own { badge },
                None => ReceivedCapability::InSlot,
            },
        };
        let incoming = Incoming {
            label: Label::from_bits(label),
            bytes,
            call: Call { badge, capability },
        };
        let mut buffer = [0; MESSAGE_BYTES];
        let answer = inner.server.borrow_mut().message(&incoming, &mut buffer);
        if let Some(outgoing) = answer {
            return Ok((outgoing, buffer));
        }
        loop {
            self.leads()?;
            let late = inner.capabilities.0.borrow_mut().late.remove(&number);
            if let Some(late) = late {
                return Ok(late);
            }
            // Nobody is left who could cause an answer.
            let other = inner.others.borrow_mut().pop_front();
            other.ok_or(TransportFailure::Gone)?();
        }
    }
}

impl<S: Server> Transport for MockEndpoint<S> {
    fn call<R>(
        &self,
        send: Send,
        encode: impl FnOnce(&mut [u8]) -> Result<usize, ProtocolError>,
        decode: impl FnOnce(Outcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        let mut buffer = [0; MESSAGE_BYTES];
        let length = encode(&mut buffer).map_err(TransportFailure::Protocol)?;
        let bytes = &buffer[..length.next_multiple_of(8)];
        let (outgoing, buffer) = self.raw(send.label.to_bits(), bytes, send.capability)?;
        let inner = &self.machine.0;
        let capability = match (outgoing.capability, send.receive) {
            (Some(_), Some(slot)) => {
                let made = inner.capabilities.0.borrow().made.clone();
                match made {
                    Made::Own(badge) => {
                        inner.slots.borrow_mut().insert(slot.index, badge);
                    }
                    Made::Page(page) => {
                        inner.pages.borrow_mut().insert(slot.index, page);
                    }
                    Made::Foreign(object) => {
                        self.machine.hold(slot, object);
                    }
                }
                ReceivedCapability::InSlot
            }
            _ => ReceivedCapability::None,
        };
        Ok(decode(Outcome {
            label: outgoing.label,
            bytes: &buffer[..outgoing.length.next_multiple_of(8).min(MESSAGE_BYTES)],
            capability,
        }))
    }
}
