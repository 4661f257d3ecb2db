// SPDX-License-Identifier: MIT OR Apache-2.0
//! The root task as a parent of the servers.
use core::cell::RefCell;

use croft_container::{Container, ContainerError, ContainersInterface, Rights};
use croft_ipc::{
    Call, Dispatch, Incoming, MESSAGE_BYTES, Outcome, ProtocolError, ReceivedCapability, Send,
    Transport, TransportFailure,
};
use croft_process::parent::{PAGE_WORDS, Parent};
use sel4::{cap, init_thread};

use crate::error::BootError;
use crate::requests::Request;
use crate::service::Service;
use crate::window::Window;

/// A call of the root task to its own service: its children are made by the same code as any parent's, which calls
/// containers.
#[derive(Clone, Copy)]
pub struct Local<'a> {
    service: &'a RefCell<Service>,
    /// The badge of the capability that it would call with.
    badge: u64,
}

impl Transport for Local<'_> {
    fn call<R>(
        &self,
        send: Send,
        encode: impl FnOnce(&mut [u8]) -> Result<usize, ProtocolError>,
        decode: impl FnOnce(Outcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        let (mut question, mut answer) = ([0; MESSAGE_BYTES], [0; MESSAGE_BYTES]);
        let length = encode(&mut question).map_err(TransportFailure::Protocol)?;
        let (badge, capability) = (self.badge, ReceivedCapability::None);
        let incoming = Incoming {
            label: Some(send.label),
            bytes: &question[..length.next_multiple_of(8)],
            call: Call { badge, capability },
        };
        let service = &mut *self.service.borrow_mut();
        let mut request = Request { service, badge };
        let outgoing = ContainersInterface::dispatch(&mut request, &incoming, &mut answer);
        let outgoing = outgoing.ok_or(TransportFailure::Gone)?;
        let length = outgoing.length.next_multiple_of(8).min(MESSAGE_BYTES);
        Ok(decode(Outcome {
            label: outgoing.label,
            bytes: &answer[..length],
            capability,
        }))
    }
}

/// The root task as a parent.
pub struct RootParent<'a> {
    service: &'a RefCell<Service>,
    window: Window,
    /// The badge of its grant for the root container.
    badge: u64,
    /// The slot of a capability for it that can look and nothing else, once somebody was given it.
    look: Option<u64>,
}

impl<'a> RootParent<'a> {
    /// The parent whose children's containers are derived from the root container.
    pub fn new(service: &'a RefCell<Service>, window: Window) -> Result<Self, BootError> {
        let badge = service.borrow_mut().own_grant()?;
        Ok(Self {
            service,
            window,
            badge,
            look: None,
        })
    }

    /// The slot of a capability for the root container that can look and nothing else. The root task is its holder
    /// wherever copies of it are: whoever can only look has nothing put into slots.
    pub fn look(&mut self) -> Result<u64, ContainerError> {
        if let Some(slot) = self.look {
            return Ok(slot);
        }
        let slot = self.take_slots(1).ok_or(ContainerError::NoBooks)?;
        match self.container().reduce(Rights::Look, slot) {
            Ok(()) => Ok(*self.look.insert(slot)),
            Err(error) => {
                self.return_slots(slot, 1);
                Err(error)
            }
        }
    }

    /// The service that it asks.
    pub fn service(&self) -> &'a RefCell<Service> {
        self.service
    }
}

impl<'a> Parent for RootParent<'a> {
    type Transport = Local<'a>;

    fn cnode(&self) -> cap::CNode {
        init_thread::slot::CNODE.cap()
    }

    fn container(&self) -> Container<Local<'a>> {
        Container::new(Local {
            service: self.service,
            badge: self.badge,
        })
    }

    fn container_at(&self, slot: u64) -> Container<Local<'a>> {
        // Badge 0 is nobody's: such a call is refused.
        let badge = self.service.borrow().own_badge(slot).unwrap_or_default();
        Container::new(Local {
            service: self.service,
            badge,
        })
    }

    fn take_slots(&mut self, count: u64) -> Option<u64> {
        self.service.borrow_mut().slots.allocate_row(count).ok()
    }

    fn return_slots(&mut self, first: u64, count: u64) {
        self.service.borrow_mut().slots.free(first, count);
    }

    fn write_frame(&mut self, frame: u64, offset: usize, bytes: &[u8]) -> sel4::Result<()> {
        self.window
            .write(cap::Granule::from_bits(frame), offset, bytes)
    }

    fn read_frame(&mut self, frame: u64, words: &mut [u64; PAGE_WORDS]) -> sel4::Result<()> {
        self.window.read(cap::Granule::from_bits(frame), words)
    }
}
