// SPDX-License-Identifier: MIT OR Apache-2.0
//! A process of the machine: a container below the world's with a thread, an address space and a
//! CNode that holds one capability.
use super::{SeL4Machine, Trap, architecture};
use alloc::vec::Vec;
use core::fmt;
use croft_container::{Amount, ChildSlots, Container, ContainerError, DeriveProcess, Limits};
use croft_ipc::kernel::Endpoint;
use croft_process::handover::slot;
use croft_server::memory::{self, Memory};
use croft_server::{NoSlots, left};
use sel4::{CNodeCapData, CPtr, CPtrWithDepth, CapRights, CapRightsBuilder, cap};
use unix_gate::Registers;
use unix_kernel::ProcessHandle;

/// log2 of the slots of a program's CNode: the kernel has none with a single slot.
const RADIX: u8 = 1;
/// The address of the program's one capability in its CSpace.
const ENDPOINT: u64 = 1;
/// log2 of the bytes that page tables are first made of. A small program needs seven tables.
const TABLES_BITS: u8 = 15;
/// The right to call and to be answered, not to receive: what a program has of its endpoint.
const CALL_ONLY: CapRights = CapRightsBuilder::none().write(true).grant(true).build();

/// Why a process or a mapping cannot be made.
#[derive(Debug)]
pub enum MachineError {
    /// The container refuses.
    Container(ContainerError),
    /// The world's own CNode is full.
    Slots(NoSlots),
    /// The reserve is spent, but for what is kept for the world's books.
    Spent,
    /// The kernel refuses.
    Kernel(&'static str, sel4::Error),
}

impl fmt::Display for MachineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MachineError::Container(error) => error.fmt(f),
            MachineError::Slots(error) => error.fmt(f),
            MachineError::Spent => f.write_str("the world's reserve is spent"),
            MachineError::Kernel(operation, error) => write!(f, "{operation}: {error}"),
        }
    }
}

impl From<NoSlots> for MachineError {
    fn from(error: NoSlots) -> Self {
        MachineError::Slots(error)
    }
}

impl From<ContainerError> for MachineError {
    fn from(error: ContainerError) -> Self {
        MachineError::Container(error)
    }
}

/// Names a kernel operation in its error.
pub fn kernel(operation: &'static str) -> impl Fn(sel4::Error) -> MachineError {
    move |error| MachineError::Kernel(operation, error)
}

/// Memory that page tables are made of, from the front.
pub struct Arena {
    pub slot: u64,
    pub used: u64,
    pub size: u64,
}

/// What the machine keeps of a process.
pub struct SeL4Process {
    pub slots: ChildSlots,
    pub container: Container,
    pub badge: u32,
    /// The last system call trap.
    pub trap: Trap,
    /// The untyped that page tables come from now.
    pub arena: Arena,
    /// Slots of page tables, and of untypeds beside the first.
    pub tables: Vec<u64>,
    pub untypeds: Vec<u64>,
}

impl SeL4Machine {
    /// Makes a process; nothing is left of it if that fails.
    pub fn make_process(&mut self, badge: u32) -> Result<ProcessHandle, MachineError> {
        if !left().covers(self.reserves.pages) {
            return Err(MachineError::Spent);
        }
        let first = memory::with(|memory| memory.slots.allocate_row(ChildSlots::COUNT))?;
        let slots = ChildSlots::at(first);
        let wanted = DeriveProcess {
            limits: Limits {
                limit: Amount::MAX,
                guaranteed: 0,
            },
            radix: RADIX,
            untyped_bits: TABLES_BITS,
            client: false,
        };
        if let Err(error) = self.container.derive_process(&wanted, first) {
            memory::with(|memory| memory.slots.free(first, ChildSlots::COUNT));
            return Err(error.into());
        }
        let process = SeL4Process {
            slots,
            container: Container::new(Endpoint::from_bits(slots.container)),
            badge,
            trap: Trap::default(),
            arena: Arena {
                slot: slots.untyped,
                used: 0,
                size: 1 << TABLES_BITS,
            },
            tables: Vec::new(),
            untypeds: Vec::new(),
        };
        if let Err(error) = process.configure(self.endpoint) {
            process.destroy();
            return Err(error);
        }
        let free = self.processes.iter().position(Option::is_none);
        let handle = free.unwrap_or(self.processes.len());
        if handle == self.processes.len() {
            self.processes.push(None);
        }
        self.processes[handle] = Some(process);
        let badge = badge as usize;
        if self.badges.len() <= badge {
            self.badges.resize(badge + 1, 0);
        }
        self.badges[badge] = handle as u32 + 1;
        Ok(ProcessHandle(handle as u32))
    }

    /// Ends a process: one call, one revoke of its container's chunks.
    pub fn unmake_process(&mut self, handle: ProcessHandle) {
        if let Some(process) = self.processes[handle.0 as usize].take() {
            let known = &mut self.badges[process.badge as usize];
            if *known == handle.0 + 1 {
                *known = 0;
            }
            process.destroy();
        }
    }
}

impl SeL4Process {
    fn tcb(&self) -> cap::Tcb {
        cap::Tcb::from_bits(self.slots.tcb)
    }

    /// The one capability, the thread's spaces. Its priority is the world's: traps are cheapest between equals.
    fn configure(&self, endpoint: u64) -> Result<(), MachineError> {
        cap::CNode::from_bits(self.slots.cnode)
            .absolute_cptr(CPtrWithDepth::from_bits_with_depth(ENDPOINT, RADIX.into()))
            .mint(&Memory::absolute(endpoint), CALL_ONLY, self.badge.into())
            .map_err(kernel("CNode_Mint"))?;
        self.tcb()
            .tcb_configure(
                CPtr::from_bits(ENDPOINT),
                cap::CNode::from_bits(self.slots.cnode),
                CNodeCapData::skip_high_bits(RADIX.into()),
                cap::VSpace::from_bits(self.slots.vspace),
                0,
                cap::Granule::from_bits(slot::NULL),
            )
            .map_err(kernel("TCB_Configure"))
    }

    /// Lets the thread run in another address space.
    pub fn set_space(&self, vspace: u64) {
        let result = self.tcb().tcb_set_space(
            CPtr::from_bits(ENDPOINT),
            cap::CNode::from_bits(self.slots.cnode),
            CNodeCapData::skip_high_bits(RADIX.into()),
            cap::VSpace::from_bits(vspace),
        );
        report("TCB_SetSpace", result);
    }

    /// Gives everything back.
    fn destroy(self) {
        report_container(self.container.destroy());
        memory::with(|memory| {
            // The container's own capability is the only one that is not out of its memory.
            report(
                "CNode_Delete",
                Memory::absolute(self.slots.container).delete(),
            );
            memory.slots.free(self.slots.container, ChildSlots::COUNT);
            for slot in self.tables.into_iter().chain(self.untypeds) {
                memory.slots.free(slot, 1);
            }
        });
    }

    pub fn suspend(&self) {
        report("TCB_Suspend", self.tcb().tcb_suspend());
    }

    pub fn registers(&self) -> Registers {
        match self.tcb().tcb_read_all_registers(false) {
            Ok(context) => architecture::from_context(&context),
            Err(error) => {
                log::error!("TCB_ReadRegisters: {error}");
                Registers::default()
            }
        }
    }

    pub fn resume(&self, registers: &Registers) {
        let context = architecture::to_context(registers);
        report(
            "TCB_WriteRegisters",
            self.tcb().tcb_write_all_registers(true, &context),
        );
    }

    /// Answers a trap whose message was not answered when it came.
    pub fn answer(&self, value: usize) {
        let (context, words) = self.trap.answer_registers(value);
        report(
            "TCB_WriteRegisters",
            self.tcb().tcb_write_registers(true, words, &context),
        );
    }
}

/// What cannot fail as long as the books are right is said when it does.
pub fn report(operation: &str, result: sel4::Result<()>) {
    if let Err(error) = result {
        log::error!("{operation}: {error}");
    }
}

fn report_container(result: Result<(), ContainerError>) {
    if let Err(error) = result {
        log::error!("a process' container: {error}");
    }
}
