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

mod books;
mod capabilities;
mod endpoint;
mod page;

pub use capabilities::{MockCapabilities, MockObject};
pub use endpoint::MockEndpoint;
pub use page::MockPage;

use crate::{CapabilityAddress, Dispatch, ReceiveSlot, Server, Serving};
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::rc::Rc;
use core::cell::{Cell, RefCell, RefMut};

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
