// SPDX-License-Identifier: MIT OR Apache-2.0
//! The machine below the world: seL4.
#[cfg(target_arch = "aarch64")]
mod aarch64;
mod mapping;
mod pages;
mod process;
mod reserves;
mod tree;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(target_arch = "aarch64")]
use aarch64 as architecture;
#[cfg(target_arch = "x86_64")]
use x86_64 as architecture;

pub use architecture::Trap;

use crate::{CLOCK_EVENT, CONSOLE_EVENT};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use croft_clock::{ClockClient, CounterScale};
use croft_console::ConsoleClient;
use croft_container::Container;
use croft_ipc::CapabilityAddress;
use croft_ipc::kernel::Endpoint;
use croft_server::{FramePool, Process, SetupError, heap, left, memory};
use process::SeL4Process;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use reserves::Reserves;
use sel4::{MessageInfo, MessageInfoBuilder, ObjectBlueprint, cap};
use unix_gate::Registers;
use unix_kernel::{Access, Channel, ConsoleInput, Machine, Mapping, ProcessHandle};
use unix_pages::{OutOfMemory, PAGE_SIZE, PageId};

/// So many free pages are kept when a process ends, and when there are more than that many, the rest goes back
/// to the container.
const KEPT_FREE: usize = 64;
const MOST_FREE: usize = 256;
/// The same for free bytes at the end of the heap.
const KEPT_HEADROOM: usize = 256 << 10;
const MOST_HEADROOM: usize = 2 << 20;
/// The heap is made so large at the start, and never smaller: the usual coming and going of processes does not move its end.
const HEAP_FLOOR: usize = 2 << 20;

/// An endpoint as the kernel makes it.
const ENDPOINT: ObjectBlueprint = ObjectBlueprint::Endpoint;

/// The console's client.
pub type Console = ConsoleClient<Endpoint>;

/// seL4 as the world sees it.
pub struct SeL4Machine {
    container: Container,
    endpoint: u64,
    pool: FramePool,
    reserves: Reserves,
    /// Processes by the number of their handle.
    processes: Vec<Option<SeL4Process>>,
    /// The handle of the process that has a badge, plus one; 0 for none.
    badges: Vec<u32>,
    console: Console,
    clock: ClockClient<Endpoint>,
    time: CounterScale,
    random: ChaCha20Rng,
}

/// The console that the image description gives the world.
pub fn console(process: &Process) -> Result<Console, SetupError> {
    Ok(Console::new(process.endpoint("console")?))
}

impl SeL4Machine {
    /// Connects to everything that the world needs.
    pub fn new(process: &Process, seed: [u8; 32]) -> Result<Self, SetupError> {
        let container = memory::with(|memory| *memory.container());
        // A small world has less, and grows as it needs.
        let _ = heap::ensure(HEAP_FLOOR.min(left().bytes as usize / 32));
        let total = left();
        let reserves = Reserves::of(total);
        let most = (total.bytes / PAGE_SIZE as u64).min(u64::from(u32::MAX)) as u32;
        let console = console(process)?;
        let clock = ClockClient::new(process.endpoint("clock")?);
        let event = |bit| {
            process
                .event(bit)
                .map(|cptr| CapabilityAddress(cptr.bits()))
        };
        if let Err(error) = console.subscribe(event(CONSOLE_EVENT)?) {
            log::error!("console: {error}");
        }
        let parameters = clock.subscribe(event(CLOCK_EVENT)?).map_err(|error| {
            log::error!("clock: {error}");
            SetupError::Capability("clock")
        })?;
        Ok(SeL4Machine {
            container,
            endpoint: memory::with(|memory| memory.object(&ENDPOINT))?,
            pool: FramePool::new(most, reserves.pages)?,
            reserves,
            processes: Vec::new(),
            badges: Vec::new(),
            console,
            clock,
            time: parameters.scale(),
            random: ChaCha20Rng::from_seed(seed),
        })
    }

    fn process(&mut self, handle: ProcessHandle) -> &mut SeL4Process {
        self.processes[handle.0 as usize]
            .as_mut()
            .expect("a handle that the world was given")
    }

    fn by_badge(&mut self, badge: u32) -> Option<&mut SeL4Process> {
        let handle = self.badges.get(badge as usize)?.checked_sub(1)?;
        self.processes[handle as usize].as_mut()
    }

    /// Where the programs' traps arrive. It is of the world's own memory, because copies for programs
    /// need the right to send.
    pub fn endpoint(&self) -> cap::Endpoint {
        cap::Endpoint::from_bits(self.endpoint)
    }

    /// A program has trapped: these are the registers that the answer may change.
    pub fn enter_trap(&mut self, badge: u32, trap: Trap) {
        if let Some(process) = self.by_badge(badge) {
            process.trap = trap;
        }
    }

    /// Puts the answer to a system call into the message registers.
    pub fn write_answer(&mut self, badge: u32, value: usize) -> MessageInfo {
        match self.by_badge(badge) {
            Some(process) => process.trap.write_answer(value),
            None => MessageInfoBuilder::default().build(),
        }
    }
}

impl Machine for SeL4Machine {
    fn create_process(&mut self, badge: u32) -> Result<ProcessHandle, OutOfMemory> {
        self.make_process(badge).map_err(|error| {
            log::debug!("no process: {error}");
            OutOfMemory
        })
    }

    fn name_process(&mut self, process: ProcessHandle, name: &str) {
        if let Err(error) = self.process(process).container.set_name(name) {
            log::error!("naming a container: {error}");
        }
    }

    fn destroy_process(&mut self, process: ProcessHandle) {
        self.unmake_process(process);
        if self.pool.free() > MOST_FREE {
            self.pool.trim(KEPT_FREE);
        }
        if heap::headroom() > MOST_HEADROOM {
            heap::trim(KEPT_HEADROOM, HEAP_FLOOR);
        }
    }

    fn use_space(&mut self, thread: ProcessHandle, space: ProcessHandle) {
        let vspace = self.process(space).slots.vspace;
        self.process(thread).set_space(vspace);
    }

    fn map(
        &mut self,
        space: ProcessHandle,
        address: usize,
        page: PageId,
        access: Access,
    ) -> Result<Mapping, OutOfMemory> {
        let frame = self.pool.slot(page.0);
        let reserves = self.reserves;
        self.process(space)
            .map(frame, address, access, &reserves)
            .map_err(|error| {
                log::debug!("{error}");
                OutOfMemory
            })
    }

    fn unmap(&mut self, mapping: Mapping) {
        mapping::unmap(mapping);
    }

    fn protect(
        &mut self,
        space: ProcessHandle,
        _: usize,
        mapping: Mapping,
        access: Access,
    ) -> Result<Mapping, OutOfMemory> {
        let vspace = self.process(space).slots.vspace;
        mapping::protect(vspace, mapping, access).map_err(|error| {
            log::debug!("{error}");
            OutOfMemory
        })
    }

    fn synchronize_code(&mut self, page: PageId) {
        architecture::synchronize_code(self.pool.slot(page.0));
    }

    fn suspend(&mut self, process: ProcessHandle) {
        self.process(process).suspend();
    }

    fn registers(&mut self, process: ProcessHandle) -> Registers {
        self.process(process).registers()
    }

    fn answer(&mut self, process: ProcessHandle, value: usize) {
        self.process(process).answer(value);
    }

    fn resume(&mut self, process: ProcessHandle, registers: &Registers) {
        self.process(process).resume(registers);
    }

    fn now(&mut self) -> u64 {
        self.time.monotonic(croft_server::counter())
    }

    fn realtime(&mut self) -> u64 {
        self.time.realtime(croft_server::counter())
    }

    fn set_timer(&mut self, deadline: Option<u64>) {
        let result = match deadline {
            Some(deadline) => self.clock.set_timer(self.time.counter_at(deadline)),
            None => self.clock.cancel(),
        };
        if let Err(error) = result {
            log::error!("clock: {error}");
        }
    }

    fn console_write(&mut self, channel: Channel, bytes: &[u8]) {
        let channel = match channel {
            Channel::Output => croft_console::Channel::Output,
            Channel::ErrorOutput => croft_console::Channel::ErrorOutput,
        };
        if let Err(error) = self.console.write_all(channel, bytes) {
            log::error!("console: {error}");
        }
    }

    fn console_read(&mut self, buffer: &mut [u8]) -> ConsoleInput {
        match self.console.read_into(buffer) {
            Ok(input) => {
                let window = (input.length == 0)
                    .then(|| self.console.window_size().ok().flatten())
                    .flatten()
                    .map(|size| (size.rows, size.columns));
                ConsoleInput {
                    length: input.length,
                    end: input.end,
                    window,
                }
            }
            Err(error) => {
                log::error!("console: {error}");
                ConsoleInput::default()
            }
        }
    }

    fn random(&mut self, buffer: &mut [u8]) {
        self.random.fill_bytes(buffer);
    }

    fn ensure_heap(&mut self, bytes: usize) -> Result<(), OutOfMemory> {
        let headroom = heap::headroom();
        if headroom >= bytes {
            return Ok(());
        }
        let mut kept = self.reserves.calls;
        kept.bytes += (bytes - headroom) as u64;
        if !left().covers(kept) {
            return Err(OutOfMemory);
        }
        heap::ensure(bytes).map_err(|error| {
            log::debug!("{error}");
            OutOfMemory
        })
    }

    fn gather(&mut self) {
        heap::gather();
    }

    fn trim(&mut self) -> bool {
        while self.processes.pop_if(|process| process.is_none()).is_some() {}
        let mut processes = Vec::with_capacity(self.processes.len());
        processes.append(&mut self.processes);
        self.processes = processes;
        self.badges = self.badges.clone();
        self.pool.trim(0);
        heap::trim(KEPT_HEADROOM, HEAP_FLOOR)
    }

    fn hardware_capabilities(&mut self) -> (usize, usize) {
        architecture::hardware_capabilities()
    }

    fn processor(&mut self) -> String {
        architecture::processor()
    }

    fn containers(&mut self, names: &[(ProcessHandle, String)]) -> String {
        for (handle, name) in names {
            self.name_process(*handle, name);
        }
        tree::text(&self.container).unwrap_or_else(|error| error.to_string())
    }

    fn report(&mut self, line: &str) {
        log::error!("{line}");
    }

    fn finish(&mut self, status: u8) {
        if let Err(error) = self.console.finish(status) {
            log::error!("console: {error}");
        }
    }
}
