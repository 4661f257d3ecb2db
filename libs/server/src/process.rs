// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the parent gave, by name.

use crate::device::{Interrupt, Registers};
use crate::memory::{self, Access, FILES, Memory, MemoryError};
use crate::window::bytes_at;
use crate::{PAGE, SharedFile, entry};
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use croft_container::Container;
use croft_ipc::kernel::Endpoint;
use croft_process::handover::{
    Authority, Blob, Environment, NamedCapability, ParenthoodClient, slot,
};
use sel4::{AbsoluteCPtr, CPtr, CapRights, cap};

/// This process: its environment and what it holds.
#[derive(Clone, Copy, Debug)]
pub struct Process {
    environment: Environment<'static>,
}

/// Something that the server needs is not there or cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SetupError {
    /// The image description gives no capability of that name, or one of another kind.
    Capability(&'static str),
    /// The image description gives no file of that name.
    File(&'static str),
    /// Memory for it cannot be had.
    Memory(MemoryError),
}

/// Where the next file is mapped.
static NEXT_FILE: AtomicU64 = AtomicU64::new(FILES.start);

impl Process {
    pub(crate) fn new(environment: Environment<'static>) -> Self {
        Self { environment }
    }

    /// Everything that the parent told.
    pub fn environment(&self) -> &Environment<'static> {
        &self.environment
    }

    /// Its arguments, in a form of its own.
    pub fn arguments(&self) -> &'static [u8] {
        self.environment.arguments
    }

    /// The endpoint to receive on.
    ///
    /// # Errors
    /// [`SetupError::Capability`].
    pub fn service(&self) -> Result<cap::Endpoint, SetupError> {
        let found = self.find(Environment::SERVICE, |authority| {
            matches!(authority, Authority::Serve)
        })?;
        Ok(cap::Endpoint::from_bits(found.slot))
    }

    /// The endpoint of another server.
    ///
    /// # Errors
    /// [`SetupError::Capability`].
    pub fn endpoint(&self, name: &'static str) -> Result<Endpoint, SetupError> {
        let found = self.find(name, |authority| matches!(authority, Authority::Service))?;
        Ok(Endpoint::from_bits(found.slot))
    }

    /// A container that others have, to look at it and at what is below it.
    ///
    /// # Errors
    /// [`SetupError::Capability`].
    pub fn look(&self, name: &'static str) -> Result<Container, SetupError> {
        let found = self.find(name, |authority| matches!(authority, Authority::Look))?;
        Ok(Container::new(Endpoint::from_bits(found.slot)))
    }

    /// A file, mapped read-only. Each call maps it anew: keep the result. Not for a file whose frames somebody else can
    /// write to: that is what [`Process::shared_file`] is for.
    ///
    /// # Errors
    /// [`SetupError::File`], [`SetupError::Memory`].
    pub fn file(&self, name: &'static str) -> Result<&'static [u8], SetupError> {
        let (start, length) = self.map_file(name)?;
        // SAFETY: just mapped; the frames are never writable, says the hand-over.
        Ok(unsafe { bytes_at(start, length) })
    }

    /// A file whose frames may change or be taken away at any moment, because they are another one's. Each call maps it
    /// anew.
    ///
    /// # Errors
    /// As for [`Process::file`].
    pub fn shared_file(&self, name: &'static str) -> Result<SharedFile, SetupError> {
        let (start, length) = self.map_file(name)?;
        Ok(SharedFile::mapped(start, length))
    }

    /// Maps a file; address and length.
    fn map_file(&self, name: &'static str) -> Result<(u64, usize), SetupError> {
        let content = self.blob(name)?;
        let start = NEXT_FILE.load(Relaxed);
        let bytes = content.pages() * PAGE as u64;
        if bytes > FILES.end - start {
            return Err(MemoryError::NoAddresses.into());
        }
        NEXT_FILE.store(start + bytes, Relaxed);
        memory::with(|memory| {
            (0..content.pages()).try_for_each(|page| {
                memory.map(
                    content.first_slot + page,
                    start + page * PAGE as u64,
                    Access::Read,
                )
            })
        })?;
        Ok((start, content.length as usize))
    }

    fn blob(&self, name: &'static str) -> Result<Blob, SetupError> {
        let file = self.environment.file(name);
        Ok(file.ok_or(SetupError::File(name))?.content)
    }

    /// A file's frames, to give them to a child: as its program or as a file of its own.
    ///
    /// # Errors
    /// [`SetupError::File`].
    #[cfg(feature = "parent")]
    pub fn frames(&self, name: &'static str) -> Result<croft_process::parent::Frames, SetupError> {
        let Blob { first_slot, length } = self.blob(name)?;
        Ok(croft_process::parent::Frames { first_slot, length })
    }

    /// The registers of a device, as `T`. Only one call for each device succeeds.
    ///
    /// # Errors
    /// [`SetupError::Capability`], also if `T` is larger than what was given; [`SetupError::Memory`].
    pub fn registers<T>(&self, name: &'static str) -> Result<Registers<T>, SetupError>
    where
        T: zerocopy::FromBytes + zerocopy::IntoBytes,
    {
        let found = self.find(name, |authority| {
            matches!(authority, Authority::DeviceFrames { .. })
        })?;
        let Authority::DeviceFrames { pages, .. } = found.authority else {
            return Err(SetupError::Capability(name));
        };
        if size_of::<T>() > pages as usize * PAGE {
            return Err(SetupError::Capability(name));
        }
        Ok(crate::device::map_registers(found.slot, pages)?)
    }

    /// An interrupt, delivered as event bit `bit` (0 … 24) to this thread. It is acknowledged once, so that it can come.
    ///
    /// # Errors
    /// [`SetupError::Capability`], [`SetupError::Memory`].
    pub fn interrupt(&self, name: &'static str, bit: u32) -> Result<Interrupt, SetupError> {
        let found = self.find(name, |authority| {
            matches!(authority, Authority::Interrupt(_))
        })?;
        let interrupt = Interrupt(cap::IrqHandler::from_bits(found.slot));
        let notification = cap::Notification::from_bits(self.event(bit)?.bits());
        interrupt
            .0
            .irq_handler_set_notification(notification)
            .map_err(MemoryError::kernel("IRQHandler_SetNotification"))?;
        interrupt.acknowledge();
        Ok(interrupt)
    }

    /// I/O ports of a PC.
    ///
    /// # Errors
    /// [`SetupError::Capability`].
    #[cfg(target_arch = "x86_64")]
    pub fn io_ports(&self, name: &'static str) -> Result<crate::device::IoPorts, SetupError> {
        let found = self.find(name, |authority| {
            matches!(authority, Authority::IoPorts { .. })
        })?;
        match found.authority {
            Authority::IoPorts { first, last } => Ok(crate::device::IoPorts::new(
                cap::IOPort::from_bits(found.slot),
                first,
                last,
            )),
            _ => Err(SetupError::Capability(name)),
        }
    }

    /// A capability that signals event bit `bit` (0 … 24) of this thread: to hand to somebody who shall notify it.
    ///
    /// # Errors
    /// [`SetupError::Memory`].
    pub fn event(&self, bit: u32) -> Result<CPtr, SetupError> {
        let badge = croft_ipc::EVENT_BADGE_BIT | 1 << bit.min(24);
        let slot = self.slot()?;
        Memory::absolute(slot)
            .mint(
                &Memory::absolute(slot::EVENTS),
                CapRights::WRITE_ONLY,
                badge,
            )
            .map_err(MemoryError::kernel("CNode_Mint"))?;
        Ok(CPtr::from_bits(slot))
    }

    /// An empty slot of the CNode, to keep. Also as the receive slot of a server loop, by [`Process::receive_slot`].
    ///
    /// # Errors
    /// [`SetupError::Memory`].
    pub fn slot(&self) -> Result<u64, SetupError> {
        Ok(memory::with(|memory| memory.slots.allocate()).map_err(MemoryError::from)?)
    }

    /// An empty slot as the kernel wants it for received capabilities.
    ///
    /// # Errors
    /// [`SetupError::Memory`].
    pub fn receive_slot(&self) -> Result<AbsoluteCPtr, SetupError> {
        Ok(Memory::absolute(self.slot()?))
    }

    /// Has the parent write what it has noted of its children's messages to the host, if it has noted any. It has done so
    /// when this returns.
    pub fn write_traces(&self) {
        // A parent that refuses, or does not know what is meant, has nothing to write.
        let _ = parent().write_traces();
    }

    /// Ends the process.
    pub fn exit(&self, status: i32) -> ! {
        entry::exit(status)
    }

    fn find(
        &self,
        name: &'static str,
        is_kind: impl Fn(&Authority) -> bool,
    ) -> Result<NamedCapability<'static>, SetupError> {
        self.environment
            .capability(name)
            .filter(|found| is_kind(&found.authority))
            .ok_or(SetupError::Capability(name))
    }
}

/// The parent.
pub(crate) fn parent() -> ParenthoodClient<Endpoint> {
    ParenthoodClient::new(Endpoint::from_bits(slot::PARENT))
}

impl From<croft_ipc::NoSlot> for SetupError {
    fn from(_: croft_ipc::NoSlot) -> Self {
        Self::Memory(MemoryError::from(crate::NoSlots { asked: 1 }))
    }
}

impl From<MemoryError> for SetupError {
    fn from(error: MemoryError) -> Self {
        Self::Memory(error)
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Capability(name) => {
                write!(
                    f,
                    "no usable capability named {name}: add it to the server in the image description"
                )
            }
            Self::File(name) => write!(
                f,
                "no file named {name}: add it to the server in the image description"
            ),
            Self::Memory(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SetupError {}
