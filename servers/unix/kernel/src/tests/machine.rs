// SPDX-License-Identifier: MIT OR Apache-2.0
//! A machine in ordinary memory: threads do not run, the tests act for them.
use crate::machine::{Access, Channel, ConsoleInput, Machine, Mapping, ProcessHandle};
use std::collections::{BTreeMap, VecDeque};
use std::string::String;
use std::vec::Vec;
use unix_gate::Registers;
use unix_pages::{OutOfMemory, PAGE_SIZE, PageId, PageStore, VecPages};

/// What the machine knows of a process.
#[derive(Default)]
pub struct MockProcess {
    pub badge: u32,
    pub registers: Registers,
    pub running: bool,
    pub space: u32,
    pub name: String,
}

/// The machine of the tests.
pub struct MockMachine {
    pages: VecPages,
    pub processes: BTreeMap<u32, MockProcess>,
    pub mappings: BTreeMap<u32, (u32, usize, PageId, Access)>,
    next: u32,
    pub time: u64,
    pub timer: Option<u64>,
    pub output: Vec<u8>,
    pub error_output: Vec<u8>,
    pub input: VecDeque<u8>,
    pub input_ended: bool,
    pub reports: Vec<String>,
    pub finished: Option<u8>,
    pub most_processes: usize,
    /// The last byte of what passes for random.
    pub last_random: u8,
}

impl MockMachine {
    pub fn new(pages: usize) -> Self {
        MockMachine {
            pages: VecPages::new(pages),
            processes: BTreeMap::new(),
            mappings: BTreeMap::new(),
            next: 1,
            time: 1_000_000_000,
            timer: None,
            output: Vec::new(),
            error_output: Vec::new(),
            input: VecDeque::new(),
            input_ended: false,
            reports: Vec::new(),
            finished: None,
            most_processes: 64,
            last_random: 0x5a,
        }
    }

    pub fn pages_used(&self) -> usize {
        self.pages.used()
    }

    pub fn by_badge(&mut self, badge: u32) -> &mut MockProcess {
        self.processes
            .values_mut()
            .find(|process| process.badge == badge)
            .expect("a process")
    }

    /// No page may be mapped for writing that somebody else holds too, nor twice at one address.
    pub fn check(&self) {
        let mut seen = BTreeMap::new();
        for (mapping, (space, address, page, access)) in &self.mappings {
            assert!(
                self.processes.contains_key(space),
                "a mapping in a space that is gone"
            );
            assert!(
                self.pages.references(*page) > 0,
                "a mapping of a page that is free"
            );
            assert!(
                seen.insert((*space, *address), mapping).is_none(),
                "{address:#x} is mapped twice"
            );
            assert!(
                !(access.write && access.execute),
                "writable code at {address:#x}"
            );
        }
    }
}

impl PageStore for MockMachine {
    fn allocate(&mut self) -> Result<PageId, OutOfMemory> {
        self.pages.allocate()
    }
    fn share(&mut self, page: PageId) {
        self.pages.share(page);
    }
    fn release(&mut self, page: PageId) {
        self.pages.release(page);
    }
    fn references(&self, page: PageId) -> u32 {
        self.pages.references(page)
    }
    fn bytes(&self, page: PageId) -> &[u8; PAGE_SIZE] {
        self.pages.bytes(page)
    }
    fn bytes_mut(&mut self, page: PageId) -> &mut [u8; PAGE_SIZE] {
        self.pages.bytes_mut(page)
    }
    fn duplicate(&mut self, page: PageId) -> Result<PageId, OutOfMemory> {
        self.pages.duplicate(page)
    }
    fn available(&self) -> usize {
        self.pages.available()
    }
    fn used(&self) -> usize {
        self.pages.used()
    }
}

impl Machine for MockMachine {
    fn name_process(&mut self, process: ProcessHandle, name: &str) {
        if let Some(process) = self.processes.get_mut(&process.0) {
            process.name = name.into();
        }
    }

    fn create_process(&mut self, badge: u32) -> Result<ProcessHandle, OutOfMemory> {
        if self.processes.len() >= self.most_processes {
            return Err(OutOfMemory);
        }
        let handle = self.next;
        self.next += 1;
        self.processes.insert(
            handle,
            MockProcess {
                badge,
                space: handle,
                ..MockProcess::default()
            },
        );
        Ok(ProcessHandle(handle))
    }

    fn destroy_process(&mut self, process: ProcessHandle) {
        assert!(
            self.processes.remove(&process.0).is_some(),
            "destroyed twice"
        );
        assert!(
            self.mappings
                .values()
                .all(|(space, ..)| *space != process.0),
            "mappings are left"
        );
    }

    fn use_space(&mut self, thread: ProcessHandle, space: ProcessHandle) {
        self.processes.get_mut(&thread.0).expect("a process").space = space.0;
    }

    fn map(
        &mut self,
        space: ProcessHandle,
        address: usize,
        page: PageId,
        access: Access,
    ) -> Result<Mapping, OutOfMemory> {
        let mapping = self.next;
        self.next += 1;
        self.mappings
            .insert(mapping, (space.0, address, page, access));
        self.check();
        Ok(Mapping(mapping))
    }

    fn unmap(&mut self, mapping: Mapping) {
        assert!(self.mappings.remove(&mapping.0).is_some(), "unmapped twice");
    }

    fn protect(
        &mut self,
        _: ProcessHandle,
        _: usize,
        mapping: Mapping,
        access: Access,
    ) -> Result<Mapping, OutOfMemory> {
        self.mappings.get_mut(&mapping.0).expect("a mapping").3 = access;
        self.check();
        Ok(mapping)
    }

    fn synchronize_code(&mut self, _: PageId) {}

    fn suspend(&mut self, process: ProcessHandle) {
        self.processes
            .get_mut(&process.0)
            .expect("a process")
            .running = false;
    }

    fn registers(&mut self, process: ProcessHandle) -> Registers {
        self.processes[&process.0].registers
    }

    fn answer(&mut self, process: ProcessHandle, value: usize) {
        let process = self.processes.get_mut(&process.0).expect("a process");
        process
            .registers
            .complete_call(unix_abi::Errno::from_ret(value));
        process.running = true;
    }

    fn resume(&mut self, process: ProcessHandle, registers: &Registers) {
        let process = self.processes.get_mut(&process.0).expect("a process");
        process.registers = *registers;
        process.running = true;
    }

    fn now(&mut self) -> u64 {
        self.time
    }

    fn realtime(&mut self) -> u64 {
        1_700_000_000_000_000_000 + self.time
    }

    fn set_timer(&mut self, deadline: Option<u64>) {
        self.timer = deadline;
    }

    fn console_write(&mut self, channel: Channel, bytes: &[u8]) {
        match channel {
            Channel::Output => self.output.extend_from_slice(bytes),
            Channel::ErrorOutput => self.error_output.extend_from_slice(bytes),
        }
    }

    fn console_read(&mut self, buffer: &mut [u8]) -> ConsoleInput {
        let length = buffer.len().min(self.input.len());
        for byte in &mut buffer[..length] {
            *byte = self.input.pop_front().expect("counted");
        }
        let end = self.input_ended && self.input.is_empty();
        ConsoleInput {
            length,
            end,
            window: None,
        }
    }

    fn random(&mut self, buffer: &mut [u8]) {
        for byte in buffer {
            self.last_random = self.last_random.wrapping_mul(5).wrapping_add(3);
            *byte = self.last_random;
        }
    }

    fn ensure_heap(&mut self, _: usize) -> Result<(), OutOfMemory> {
        Ok(())
    }

    fn gather(&mut self) {}

    fn trim(&mut self) -> bool {
        false
    }

    fn hardware_capabilities(&mut self) -> (usize, usize) {
        (0, 0)
    }

    fn processor(&mut self) -> String {
        String::from("processor\t: 0\n")
    }

    fn containers(&mut self, _: &[(ProcessHandle, String)]) -> String {
        String::from("the tree\n")
    }

    fn report(&mut self, line: &str) {
        self.reports.push(line.into());
    }

    fn finish(&mut self, status: u8) {
        self.finished = Some(status);
    }
}
