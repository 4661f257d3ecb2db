// SPDX-License-Identifier: MIT OR Apache-2.0
//! A world with a program that the tests act for.
use super::machine::MockMachine;
use crate::{Disposition, FirstProgram, Request, Settings, Touch, World};
use std::vec::Vec;
use unix_abi::Errno;
use unix_abi::syscalls::Sysno;
use unix_process::Pid;

/// Where the test program's code is, and its data page.
pub const CODE: usize = 0x40_0000;
pub const DATA: usize = 0x60_0000;

/// A static ELF program of one page of code and one of data. The code has a system call instruction.
pub fn program() -> Vec<u8> {
    let mut elf = vec![0; 0x2000];
    elf[..16].copy_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    let machine: u16 = if cfg!(target_arch = "x86_64") {
        62
    } else {
        183
    };
    elf[16..20].copy_from_slice(&[2, 0, machine as u8, (machine >> 8) as u8]);
    let words: [u64; 6] = [1, 0x40_0100, 64, 0, 0, 0];
    elf[20..24].copy_from_slice(&1u32.to_le_bytes());
    elf[24..32].copy_from_slice(&words[1].to_le_bytes());
    elf[32..40].copy_from_slice(&words[2].to_le_bytes());
    for (at, value) in [(52, 64u16), (54, 56), (56, 2), (58, 64)] {
        elf[at..at + 2].copy_from_slice(&value.to_le_bytes());
    }
    for (at, flags, offset, address, memory) in [
        (64, 5u32, 0u64, CODE as u64, 0x1000u64),
        (120, 6, 0x1000, DATA as u64, 0x3000),
    ] {
        elf[at..at + 4].copy_from_slice(&1u32.to_le_bytes());
        elf[at + 4..at + 8].copy_from_slice(&flags.to_le_bytes());
        for (index, word) in [offset, address, address, 0x1000, memory, 0x1000]
            .iter()
            .enumerate()
        {
            elf[at + 8 + index * 8..at + 16 + index * 8].copy_from_slice(&word.to_le_bytes());
        }
    }
    let call: &[u8] = if cfg!(target_arch = "x86_64") {
        b"\x0f\x05"
    } else {
        b"\x01\0\0\xd4"
    };
    elf[0x100..0x100 + call.len()].copy_from_slice(call);
    elf[0x1000..0x1005].copy_from_slice(b"data\0");
    elf
}

/// A cpio archive (newc) of these entries: name, mode, contents.
pub fn archive(entries: &[(&str, u32, &[u8])]) -> &'static [u8] {
    let mut bytes = Vec::new();
    let trailer: (&str, u32, &[u8]) = ("TRAILER!!!", 0, b"");
    for (index, (name, mode, contents)) in entries.iter().chain([&trailer]).enumerate() {
        let major = if *name == "dev/console" {
            (5, 1)
        } else {
            (0, 0)
        };
        let fields = [
            index as u32 + 1,
            *mode,
            0,
            0,
            1,
            0,
            contents.len() as u32,
            0,
            0,
            major.0,
            major.1,
            name.len() as u32 + 1,
            0,
        ];
        bytes.extend_from_slice(b"070701");
        for field in fields {
            bytes.extend_from_slice(format!("{field:08x}").as_bytes());
        }
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend_from_slice(contents);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    Vec::leak(bytes)
}

/// A world and what the tests do with it.
pub struct Harness {
    pub world: World<MockMachine>,
}

impl Harness {
    /// A world whose first program has started, with pipes to the host.
    pub fn new() -> Self {
        Self::with(4096, [false; 3])
    }

    pub fn with(pages: usize, terminals: [bool; 3]) -> Self {
        let elf = program();
        let archive = archive(&[
            ("bin", 0o40755, b""),
            ("bin/program", 0o100755, &elf),
            ("bin/script", 0o100755, b"#!/bin/program -x\n"),
            ("bin/cut", 0o100755, &elf[..100]),
            ("dev", 0o40755, b""),
            ("dev/console", 0o20600, b""),
            ("proc", 0o40755, b""),
            ("tmp", 0o41777, b""),
            ("etc", 0o40755, b""),
            ("etc/motd", 0o100644, b"hello\n"),
        ]);
        let settings = Settings {
            verbose: true,
            hostname: "test".into(),
            terminals,
        };
        let mut world = World::new(MockMachine::new(pages), settings, archive).expect("a world");
        let program = FirstProgram {
            path: b"program",
            arguments: vec![b"program".to_vec(), b"one".to_vec()],
            environment: vec![b"PATH=/usr/bin:/bin".to_vec()],
            directory: b"/",
            window: Some((24, 80)),
        };
        world.start(&program).expect("a program");
        let mut harness = Harness { world };
        harness.pass_gate(Pid::INIT);
        harness
    }

    pub fn badge(&self, pid: Pid) -> u32 {
        self.world.task(pid).badge
    }

    pub fn space(&self, pid: Pid) -> usize {
        self.world.space_of(pid)
    }

    /// Executes gate routines of a process until it is in its program.
    pub fn pass_gate(&mut self, pid: Pid) {
        for _ in 0..10 {
            if !self.world.is_alive(pid) {
                return;
            }
            let badge = self.badge(pid);
            let process = self.world.machine.by_badge(badge);
            let pc = process.registers.pc();
            let gate = unix_gate::address::GATE_ADDRESS;
            let Some(routine) = unix_gate::Routine::containing(gate, pc) else {
                return;
            };
            if !process.running || routine == unix_gate::Routine::SignalEntry {
                return;
            }
            process.running = false;
            process
                .registers
                .set_pc(gate + routine.offset() + unix_gate::routine::TRAP);
            self.world.on_gate_trap(badge);
            self.world.leave_processor();
        }
        panic!("process {} stays in the gate", pid.0);
    }

    /// Puts a process at its system call instruction.
    fn stand_at_call(&mut self, pid: Pid, call: Sysno, arguments: &[usize]) -> Request {
        let badge = self.badge(pid);
        let registers = &mut self.world.machine.by_badge(badge).registers;
        registers.set_pc(CODE + 0x100);
        registers.set_call_number(call.id() as usize);
        let mut all = [0; 6];
        all[..arguments.len()].copy_from_slice(arguments);
        #[cfg(target_arch = "x86_64")]
        {
            let [a, b, c, d, e, f] = all.map(|word| word as u64);
            (registers.rdi, registers.rsi, registers.rdx) = (a, b, c);
            (registers.r10, registers.r8, registers.r9) = (d, e, f);
        }
        #[cfg(target_arch = "aarch64")]
        for (index, word) in all.iter().enumerate() {
            registers.x[index] = *word as u64;
        }
        Request {
            number: call.id() as usize,
            arguments: all,
        }
    }

    /// Makes a call that returns at once, or by the machine's answer.
    pub fn call(&mut self, pid: Pid, call: Sysno, arguments: &[usize]) -> Result<usize, Errno> {
        self.begin(pid, call, arguments)
            .unwrap_or_else(|| panic!("{call} waits"))
    }

    /// Makes a call; `None` if it waits (or the process is gone).
    pub fn begin(
        &mut self,
        pid: Pid,
        call: Sysno,
        arguments: &[usize],
    ) -> Option<Result<usize, Errno>> {
        let badge = self.badge(pid);
        let request = self.stand_at_call(pid, call, arguments);
        self.world.machine.by_badge(badge).running = false;
        let disposition = self.world.on_system_call(badge, request);
        self.world.leave_processor();
        self.world.machine.check();
        match disposition {
            Disposition::Return(value) => {
                let process = self.world.machine.by_badge(badge);
                process.running = true;
                process.registers.complete_call(Errno::from_ret(value));
                Some(Errno::from_ret(value))
            }
            Disposition::Repeat => panic!("a call is not repeated"),
            Disposition::Nothing => {
                self.pass_gate(pid);
                self.result(pid)
            }
        }
    }

    /// What the last call of a process returned, if it goes on.
    pub fn result(&mut self, pid: Pid) -> Option<Result<usize, Errno>> {
        if !self.world.is_alive(pid) {
            return None;
        }
        let badge = self.badge(pid);
        let process = self.world.machine.by_badge(badge);
        #[cfg(target_arch = "x86_64")]
        let value = process.registers.rax as usize;
        #[cfg(target_arch = "aarch64")]
        let value = process.registers.x[0] as usize;
        process.running.then_some(Errno::from_ret(value))
    }

    /// Forks; the child's number.
    pub fn fork(&mut self, pid: Pid) -> Pid {
        let flags = unix_abi::linux::general::SIGCHLD as usize;
        let child = self
            .call(pid, Sysno::clone, &[flags, 0, 0, 0, 0])
            .expect("a child");
        let child = Pid(child as i32);
        self.pass_gate(child);
        child
    }

    pub fn poke(&mut self, pid: Pid, address: usize, bytes: &[u8]) {
        let space = self.space(pid);
        self.world
            .write_user(space, address, bytes)
            .expect("memory");
    }

    pub fn peek(&mut self, pid: Pid, address: usize, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        let space = self.space(pid);
        self.world
            .read_user(space, address, &mut bytes)
            .expect("memory");
        bytes
    }

    /// The program touches an address, through the hardware.
    pub fn touch(&mut self, pid: Pid, address: usize, touch: Touch) -> Disposition {
        let badge = self.badge(pid);
        self.world.machine.by_badge(badge).running = false;
        let disposition = self.world.on_page_fault(badge, address, touch);
        self.world.leave_processor();
        if disposition == Disposition::Repeat {
            self.world.machine.by_badge(badge).running = true;
        }
        self.world.machine.check();
        disposition
    }

    /// A path in the program's memory.
    pub fn path(&mut self, pid: Pid, path: &str) -> usize {
        let at = DATA + 0x2000;
        self.poke(pid, at, &[path.as_bytes(), b"\0"].concat());
        at
    }

    pub fn open(&mut self, pid: Pid, path: &str, flags: u32) -> Result<usize, Errno> {
        let at = self.path(pid, path);
        let base = crate::call::file::WORKING_DIRECTORY;
        self.call(pid, Sysno::openat, &[base, at, flags as usize, 0o644])
    }

    /// Reads the whole of a file.
    pub fn slurp(&mut self, pid: Pid, path: &str) -> String {
        let fd = self
            .open(pid, path, 0)
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut text = Vec::new();
        loop {
            let count = self
                .call(pid, Sysno::read, &[fd, DATA + 0x1000, 512])
                .expect("a read");
            if count == 0 {
                break;
            }
            text.extend(self.peek(pid, DATA + 0x1000, count));
        }
        self.call(pid, Sysno::close, &[fd]).expect("a close");
        String::from_utf8(text).expect("text")
    }
}
