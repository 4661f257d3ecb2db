// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the world needs of the machine below it.
//!
//! The world is pure logic; everything that takes a capability goes through [`Machine`]. On seL4
//! the server implements it with containers, TCBs and frames; the tests implement it in memory.
use alloc::string::String;
use unix_gate::Registers;
use unix_pages::{OutOfMemory, PageId, PageStore};

/// A process of the machine: a thread, an address space and one capability, in a container of its
/// own. The machine chooses the number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ProcessHandle(pub u32);

/// One page mapped at one address of one address space. The machine chooses the number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mapping(pub u32);

/// What a mapping allows beside reading.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Access {
    /// Stores are allowed.
    pub write: bool,
    /// Instructions may be fetched, where the hardware mapping can say so.
    pub execute: bool,
}

impl Access {
    /// Loads only.
    pub const READ: Access = Access {
        write: false,
        execute: false,
    };
}

/// Where output goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Channel {
    /// The terminal, or the program's standard output.
    Output,
    /// The program's standard error, when it is not the terminal.
    ErrorOutput,
}

/// What the console had for the world.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ConsoleInput {
    /// Bytes that were stored into the caller's buffer.
    pub length: usize,
    /// Nothing will follow any more.
    pub end: bool,
    /// The window changed to this many rows and columns.
    pub window: Option<(u16, u16)>,
}

/// The machine below a world. Page contents are reached through [`PageStore`].
pub trait Machine: PageStore {
    /// Makes a process in a new container below the world's. Traps of its thread will be reported with `badge`. The thread
    /// does not run yet.
    fn create_process(&mut self, badge: u32) -> Result<ProcessHandle, OutOfMemory>;

    /// What people call the process' container.
    fn name_process(&mut self, process: ProcessHandle, name: &str);

    /// Ends a process: everything in its container comes back. All of its mappings have to be
    /// unmapped before.
    fn destroy_process(&mut self, process: ProcessHandle);

    /// Lets the thread of `thread` run in the address space of `space` (vfork, and back at exec).
    fn use_space(&mut self, thread: ProcessHandle, space: ProcessHandle);

    /// Maps a page. The page tables are paid by the container of `space`.
    fn map(
        &mut self,
        space: ProcessHandle,
        address: usize,
        page: PageId,
        access: Access,
    ) -> Result<Mapping, OutOfMemory>;

    /// Takes a mapping away.
    fn unmap(&mut self, mapping: Mapping);

    /// Changes what a mapping allows. After an error the mapping is gone.
    fn protect(
        &mut self,
        space: ProcessHandle,
        address: usize,
        mapping: Mapping,
        access: Access,
    ) -> Result<Mapping, OutOfMemory>;

    /// The bytes of `page` were written and will be executed.
    fn synchronize_code(&mut self, page: PageId);

    /// Stops a thread wherever it is. It only goes on when it is resumed.
    fn suspend(&mut self, process: ProcessHandle);

    /// The registers of a thread that stands in a trap or was suspended.
    fn registers(&mut self, process: ProcessHandle) -> Registers;

    /// Lets a thread go on that stands in a system call: it returns this value.
    fn answer(&mut self, process: ProcessHandle, value: usize);

    /// Sets all registers and lets the thread run.
    fn resume(&mut self, process: ProcessHandle, registers: &Registers);

    /// Nanoseconds since the machine started.
    fn now(&mut self) -> u64;

    /// Nanoseconds since 1970-01-01 00:00 UTC.
    fn realtime(&mut self) -> u64;

    /// Asks for [`crate::World::on_timer`] at this time ([`Machine::now`]'s clock).
    fn set_timer(&mut self, deadline: Option<u64>);

    /// Writes all the bytes.
    fn console_write(&mut self, channel: Channel, bytes: &[u8]);

    /// Takes what has arrived; `length` 0 when there is nothing more now.
    fn console_read(&mut self, buffer: &mut [u8]) -> ConsoleInput;

    /// Fills the buffer with random bytes.
    fn random(&mut self, buffer: &mut [u8]);

    /// Makes sure that at least `bytes` of heap can be had by the world's own books.
    fn ensure_heap(&mut self, bytes: usize) -> Result<(), OutOfMemory>;

    /// Until [`Machine::trim`], the world's books are built anew: the heap gives out what lies far from its end.
    fn gather(&mut self);

    /// Gives all memory back that is only kept to be quick; whether the heap has become shorter.
    fn trim(&mut self) -> bool;

    /// AT_HWCAP and AT_HWCAP2: what the processor can do that programs may use.
    fn hardware_capabilities(&mut self) -> (usize, usize);

    /// What /proc/cpuinfo says.
    fn processor(&mut self) -> String;

    /// The container tree from the world down, as text for people; processes by these names.
    fn containers(&mut self, names: &[(ProcessHandle, String)]) -> String;

    /// One line for the person at the console, in Croft's own voice.
    fn report(&mut self, line: &str);

    /// The first program has ended with this status (128 + n for a signal): the run is over.
    fn finish(&mut self, status: u8);
}
