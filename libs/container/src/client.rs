// SPDX-License-Identifier: MIT OR Apache-2.0
//! The client's side.
use croft_ipc::{CallError, CapabilityAddress, Client, Transport};

use crate::{
    Amount, Block, ContainerError, ContainerInterface, DeriveProcess, Entry, Identity, Limits,
    Name, Object, Reply, Request, Rights, Usage, method,
};

#[cfg(feature = "sel4")]
type Endpoint = croft_ipc::kernel::Endpoint;
#[cfg(not(feature = "sel4"))]
type Endpoint = core::convert::Infallible;

/// A container capability.
#[derive(Clone, Copy)]
pub struct Container<T = Endpoint> {
    client: Client<ContainerInterface, T>,
}

/// What [`Container::derive_process`] made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewProcess {
    /// The process: giving it back destroys thread, CNode and address space.
    pub process: Block,
    /// The untyped, if one was asked for.
    pub untyped: Option<Block>,
}

/// Where [`Container::derive_process`] puts capabilities, from its first slot on; [`Container::convert`] puts the three in
/// the middle from its first slot on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChildSlots {
    /// The derived container, with the right to manage it.
    pub container: u64,
    /// The thread, with nothing configured.
    pub tcb: u64,
    /// The CNode, without a guard.
    pub cnode: u64,
    /// The address space, ready to be used.
    pub vspace: u64,
    /// The untyped.
    pub untyped: u64,
}

impl ChildSlots {
    /// How many there are.
    pub const COUNT: u64 = 5;

    /// Those that begin at `first`.
    #[must_use]
    pub const fn at(first: u64) -> Self {
        Self {
            container: first,
            tcb: first + 1,
            cnode: first + 2,
            vspace: first + 3,
            untyped: first + 4,
        }
    }
}

/// Turns a call's failure into the interface's own terms: what cannot reach the server is a container that is gone.
fn refused(error: CallError<ContainerError>) -> ContainerError {
    match error {
        CallError::Refused(error) => error,
        CallError::Transport(error) => ContainerError::Kernel {
            error: error.kernel_error as u32,
        },
        CallError::Gone | CallError::Protocol(_) => ContainerError::Gone,
    }
}

impl<T: Transport> Container<T> {
    /// The container behind a capability.
    pub const fn new(transport: T) -> Self {
        Self {
            client: Client::new(transport),
        }
    }

    /// Allocates `count` objects into consecutive slots from `first_slot` on. All of them are one block. At
    /// most [`crate::MAX_COUNT`] objects and 2^[`crate::MAX_BLOCK_BITS`] bytes.
    ///
    /// # Errors
    /// [`ContainerError::Limit`], [`ContainerError::NoMemory`], [`ContainerError::BadObject`], [`ContainerError::BadSlots`],
    /// [`ContainerError::Forbidden`], [`ContainerError::Gone`].
    pub fn allocate_objects(
        &self,
        object: Object,
        count: u16,
        first_slot: u64,
    ) -> Result<Block, ContainerError> {
        let what = u64::from(object.to_code()) | u64::from(count) << 16;
        let words = self.words(method::ALLOCATE, [what, first_slot])?;
        Ok(Block(words[0]))
    }

    /// Allocates an untyped of 2^`bits` bytes, at most 2^[`crate::MAX_UNTYPED_BITS`].
    ///
    /// # Errors
    /// As for [`Container::allocate_objects`].
    pub fn allocate(&self, bits: u8, slot: u64) -> Result<Block, ContainerError> {
        self.allocate_objects(Object::Untyped { bits }, 1, slot)
    }

    /// Allocates `count` frames of 4 KiB into consecutive slots. The block is as large as the next power of two:
    /// ask for 64, 32, 16 …
    ///
    /// # Errors
    /// As for [`Container::allocate_objects`].
    pub fn allocate_frames(&self, count: u16, first_slot: u64) -> Result<Block, ContainerError> {
        self.allocate_objects(Object::Frame { bits: 12 }, count, first_slot)
    }

    /// Gives a block back. All objects in it are destroyed, and all copies of their capabilities vanish.
    ///
    /// # Errors
    /// [`ContainerError::NoSuchBlock`], [`ContainerError::Forbidden`], [`ContainerError::Gone`].
    pub fn deallocate(&self, block: Block) -> Result<(), ContainerError> {
        self.words(method::DEALLOCATE, [block.0]).map(drop)
    }

    /// Derives a container; the capability in `slot` allows to manage it.
    ///
    /// # Errors
    /// [`ContainerError::Limit`], [`ContainerError::NoMemory`], [`ContainerError::NoBooks`], [`ContainerError::BadLimit`],
    /// [`ContainerError::BadSlots`], [`ContainerError::TooDeep`], [`ContainerError::Forbidden`], [`ContainerError::Gone`].
    pub fn derive(&self, limits: &Limits, slot: u64) -> Result<(), ContainerError> {
        let Limits { limit, guaranteed } = *limits;
        let words = [limit.bytes, limit.slots.into(), guaranteed, slot];
        self.words(method::DERIVE, words).map(drop)
    }

    /// Converts memory of the container into a process: thread, CNode of 2^`radix` slots, address space, in three slots
    /// from `first_slot` on. A `client` can be given containers by [`Container::share`]; its CNode is then used with a
    /// guard that makes a slot's number its address.
    ///
    /// # Errors
    /// As for [`Container::allocate_objects`]; [`ContainerError::NoAddressSpace`].
    pub fn convert(
        &self,
        radix: u8,
        client: bool,
        first_slot: u64,
    ) -> Result<Block, ContainerError> {
        let what = u64::from(radix) | u64::from(client) << 8;
        let words = self.words(method::CONVERT, [what, first_slot])?;
        Ok(Block(words[0]))
    }

    /// [`Container::derive`], [`Container::convert`] in the new container and, if wanted, [`Container::allocate`] from it, in
    /// one call: what a fork needs. See [`ChildSlots`] for the slots from `first_slot` on; the last one only if there
    /// is an untyped.
    ///
    /// # Errors
    /// As for those.
    pub fn derive_process(
        &self,
        what: &DeriveProcess,
        first_slot: u64,
    ) -> Result<NewProcess, ContainerError> {
        let Limits { limit, guaranteed } = what.limits;
        let shape = u64::from(limit.slots)
            | u64::from(what.radix) << 32
            | u64::from(what.untyped_bits) << 40
            | u64::from(what.client) << 48;
        let words = [limit.bytes, shape, first_slot, guaranteed];
        let [process, untyped, ..] = self.words(method::DERIVE_PROCESS, words)?;
        Ok(NewProcess {
            process: Block(process),
            untyped: (what.untyped_bits != 0).then_some(Block(untyped)),
        })
    }

    /// Destroys the container, everything allocated from it and every container derived from it. The capability
    /// vanishes with it.
    ///
    /// # Errors
    /// [`ContainerError::Forbidden`], [`ContainerError::Gone`].
    pub fn destroy(&self) -> Result<(), ContainerError> {
        self.words(method::DESTROY, []).map(drop)
    }

    /// How much is used and left.
    ///
    /// # Errors
    /// [`ContainerError::Gone`].
    pub fn usage(&self) -> Result<Usage, ContainerError> {
        let [bytes, slots, bytes_left, slots_left] = self.words(method::USAGE, [])?;
        Ok(Usage {
            used: Amount {
                bytes,
                slots: slots as u32,
            },
            left: Amount {
                bytes: bytes_left,
                slots: slots_left as u32,
            },
        })
    }

    /// Asks for an answer and nothing else: the price of a call.
    ///
    /// # Errors
    /// [`ContainerError::Gone`].
    pub fn null(&self) -> Result<(), ContainerError> {
        self.words(method::NULL, []).map(drop)
    }

    /// Puts another capability for the same container into `slot` that allows `rights`, which must not be more.
    ///
    /// # Errors
    /// [`ContainerError::Forbidden`], [`ContainerError::BadSlots`], [`ContainerError::Limit`], [`ContainerError::Gone`].
    pub fn reduce(&self, rights: Rights, slot: u64) -> Result<(), ContainerError> {
        self.words(method::REDUCE, [rights.to_code(), slot])
            .map(drop)
    }

    /// Puts a capability for this container into the CNode of a process that was converted, as a client, from this
    /// container or one below it. What that process asks for with it goes to its own CNode.
    ///
    /// # Errors
    /// [`ContainerError::NoSuchProcess`]; otherwise as for [`Container::reduce`].
    pub fn share(&self, process: Block, slot: u64, rights: Rights) -> Result<(), ContainerError> {
        self.words(method::SHARE, [process.0, slot, rights.to_code()])
            .map(drop)
    }

    /// The container's state.
    ///
    /// # Errors
    /// [`ContainerError::Gone`].
    pub fn info(&self) -> Result<Entry, ContainerError> {
        match self.ask(&Request::Info)? {
            Reply::Entries(entries) => entries.first().copied().ok_or(ContainerError::Gone),
            _ => Err(ContainerError::Gone),
        }
    }

    /// Calls `each` for the container and all that were derived from it, parents before their children. The tree may
    /// change meanwhile; then some may be missed or the walk may end early.
    ///
    /// # Errors
    /// [`ContainerError::Gone`], [`ContainerError::NoSuchContainer`].
    pub fn list(&self, mut each: impl FnMut(&Entry)) -> Result<(), ContainerError> {
        let mut after = None;
        loop {
            let Reply::Entries(entries) = self.ask(&Request::List { after })? else {
                return Err(ContainerError::Gone);
            };
            let Some(last) = entries.last() else {
                return Ok(());
            };
            after = Some(last.number);
            entries.iter().for_each(&mut each);
        }
    }

    /// Renames the container.
    ///
    /// # Errors
    /// [`ContainerError::Forbidden`], [`ContainerError::Gone`].
    pub fn set_name(&self, name: &str) -> Result<(), ContainerError> {
        let name = Name::new(name);
        self.ask(&Request::SetName { name }).map(drop)
    }

    /// Sets a new limit. It may be below the present use: then nothing more can be allocated until enough came back.
    ///
    /// # Errors
    /// [`ContainerError::BadLimit`], [`ContainerError::Forbidden`], [`ContainerError::Gone`].
    pub fn set_limit(&self, limit: Amount) -> Result<(), ContainerError> {
        self.ask(&Request::SetLimit { limit }).map(drop)
    }

    /// Whether the capability at `address` is a container of the same server, and which; `None` if it is not.
    ///
    /// # Errors
    /// [`ContainerError::Gone`].
    pub fn identify(&self, address: u64) -> Result<Option<Identity>, ContainerError> {
        let capability = Some(CapabilityAddress(address));
        let reply = self
            .client
            .call_with_capability(&Request::Identify, capability, None, |reply, _| reply)
            .map_err(refused)?;
        match reply {
            Reply::Identity(identity) => Ok(identity),
            _ => Err(ContainerError::Gone),
        }
    }

    fn words<const N: usize>(
        &self,
        method: u8,
        words: [u64; N],
    ) -> Result<[u64; 4], ContainerError> {
        self.client.call_words(method, words).map_err(refused)
    }

    fn ask(&self, request: &Request) -> Result<Reply, ContainerError> {
        self.client.call(request, |reply| reply).map_err(refused)
    }
}
