// SPDX-License-Identifier: MIT OR Apache-2.0
//! The loop of a server: messages, events and the end in one place.

use crate::{END_REQUESTED, Process, ServerCapabilities, SetupError};
use croft_ipc::kernel::Endpoint;
use croft_ipc::{Connector, EVENT_BADGE_BIT, Incoming, Outgoing, Server, kernel};

/// A server that ends when its parent asks for it.
struct Ending<S> {
    server: S,
    end_requested: bool,
}

impl<S: Server> Server for Ending<S> {
    #[inline(always)]
    fn message(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        self.server.message(incoming, buffer)
    }

    fn event(&mut self, bits: u64) {
        const END: u64 = END_REQUESTED & !EVENT_BADGE_BIT;
        self.end_requested |= bits & END != 0;
        if bits & !END != 0 {
            self.server.event(bits & !END);
        }
    }

    #[inline(always)]
    fn finished(&self) -> bool {
        self.end_requested || self.server.finished()
    }
}

impl Process {
    /// Builds a server and serves with it until the parent asks for the end or the server has
    /// [finished](Server::finished); the answer to the last message is sent before that. Gives the exit status: 0, or 1
    /// if the server could not be built, which is logged.
    pub fn serve<S: Server>(
        &self,
        build: impl FnOnce(ServerCapabilities) -> Result<S, SetupError>,
    ) -> i32 {
        match self.try_serve(build) {
            Ok(()) => 0,
            Err(error) => {
                log::error!("{error}");
                1
            }
        }
    }

    fn try_serve<S: Server>(
        &self,
        build: impl FnOnce(ServerCapabilities) -> Result<S, SetupError>,
    ) -> Result<(), SetupError> {
        let service = self.service()?;
        let capabilities = ServerCapabilities::new(service.bits())?;
        let receive = capabilities.receive_slot();
        let mut server = Ending {
            server: build(capabilities)?,
            end_requested: false,
        };
        kernel::serve(service, Some(receive), &mut server);
        Ok(())
    }
}

/// Services by the names that the image description gives them.
impl Connector for Process {
    type Transport = Endpoint;
    type Error = SetupError;

    fn connect(&self, name: &'static str) -> Result<Endpoint, SetupError> {
        self.endpoint(name)
    }
}
