// SPDX-License-Identifier: MIT OR Apache-2.0
//! Runs the routines of the gate page, on whatever machine the tests run on.
//!
//! The page is copied into memory that can be executed, with a return in the place of each trap, so
//! that a routine can be called like a function. The aarch64 routines run on an x86_64 machine with
//! `cargo test --target aarch64-unknown-linux-gnu`, `qemu-aarch64` as runner, and the target feature
//! `crt-static` (QEMU finds no shared libraries then).
#![cfg(target_os = "linux")]
#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(target_arch = "aarch64")]
use aarch64 as machine;
use machine::{STATE_SIZE, TRAP_AND_RETURN, example, frame_part, reset, same};
use unix_gate::Routine;
use unix_gate::code::write_gate_page;
use unix_gate::context::Context;
use unix_gate::layout::{CONTEXT_SLOT, PAGE_SIZE};
use unix_gate::routine::TRAP;
#[cfg(target_arch = "x86_64")]
use x86_64 as machine;

/// All registers that the routines move, as the assembly of the tests loads and stores them;
/// aligned as strictly as any instruction wants.
#[derive(Clone, PartialEq, Debug)]
#[repr(C, align(64))]
struct State([u8; STATE_SIZE]);

/// A context slot between two areas that no routine may touch.
#[derive(Clone)]
#[repr(C, align(64))]
struct Slot([u8; 3 * CONTEXT_SLOT]);

const UNTOUCHED: u8 = 0xa5;

impl Slot {
    fn new() -> Slot {
        Slot([UNTOUCHED; 3 * CONTEXT_SLOT])
    }

    fn address(&mut self) -> u64 {
        self.0[CONTEXT_SLOT..].as_mut_ptr() as u64
    }

    fn content(&self) -> &[u8] {
        &self.0[CONTEXT_SLOT..][..Context::SIZE]
    }

    fn has_stayed_inside(&self) -> bool {
        let (before, rest) = self.0.split_at(CONTEXT_SLOT);
        before
            .iter()
            .chain(&rest[Context::SIZE..])
            .all(|&byte| byte == UNTOUCHED)
    }
}

unsafe extern "C" {
    /// Loads `before`, calls `routine(argument)`, stores `after`.
    fn gate_test_call(routine: u64, argument: u64, before: *const State, after: *mut State);
    /// Loads `before`, jumps to `routine` with the stack pointer `frame` and itself as handler,
    /// stores `after`, and returns the stack pointer that the handler got.
    fn gate_test_enter(routine: u64, frame: u64, before: *const State, after: *mut State) -> u64;
}

/// The gate page in memory that can be executed.
struct Gate(u64);

impl Gate {
    fn new() -> Gate {
        let mut page = [0; PAGE_SIZE];
        write_gate_page(&mut page);
        let (trap, replacement) = TRAP_AND_RETURN;
        for routine in Routine::ALL {
            let place = &mut page[routine.offset() + TRAP..][..4];
            if routine != Routine::SignalEntry {
                assert_eq!(place, trap, "{routine:?} has no trap in its place");
                place.copy_from_slice(&replacement);
            }
        }
        // SAFETY: a fresh private mapping that nothing else refers to; it is written before it is
        // made executable and never unmapped.
        unsafe {
            let (write, run) = (
                libc::PROT_READ | libc::PROT_WRITE,
                libc::PROT_READ | libc::PROT_EXEC,
            );
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let memory = libc::mmap(core::ptr::null_mut(), PAGE_SIZE, write, flags, -1, 0);
            assert_ne!(memory, libc::MAP_FAILED);
            core::ptr::copy_nonoverlapping(page.as_ptr(), memory.cast(), PAGE_SIZE);
            machine::synchronize_code(memory as usize);
            assert_eq!(libc::mprotect(memory, PAGE_SIZE, run), 0);
            Gate(memory as u64)
        }
    }

    fn call(&self, routine: Routine, argument: u64, before: &State) -> State {
        let mut after = before.clone();
        let address = self.0 + routine.offset() as u64;
        // SAFETY: the routine is in a mapping that stays, touches no memory but its argument's
        // (which the callers own), and the test's assembly puts all registers back.
        unsafe { gate_test_call(address, argument, before, &raw mut after) };
        after
    }

    fn enter(&self, frame: u64, before: &State) -> (u64, State) {
        let mut after = before.clone();
        let address = self.0 + Routine::SignalEntry.offset() as u64;
        // SAFETY: as above; the frame is the caller's.
        let sp = unsafe { gate_test_enter(address, frame, before, &raw mut after) };
        (sp, after)
    }
}

#[test]
fn what_is_saved_is_restored() {
    let gate = Gate::new();
    let mut slot = Slot::new();
    let (first, second) = (example(1), example(2));
    assert!(!same(&first, &second));
    assert!(same(
        &gate.call(Routine::SaveState, slot.address(), &first),
        &first
    ));
    assert!(slot.has_stayed_inside());
    let saved = slot.clone();
    let restored = gate.call(Routine::RestoreState, slot.address(), &second);
    assert!(same(&restored, &first), "{restored:?}");
    assert!(
        slot.content() == saved.content(),
        "restoring does not write"
    );
    assert!(slot.has_stayed_inside());
}

#[test]
fn a_new_program_has_nothing_of_the_old_one() {
    let after = Gate::new().call(Routine::InitialState, 0, &example(3));
    assert!(same(&after, &reset()), "{after:?}");
}

#[test]
fn signal_entry_and_return() {
    let gate = Gate::new();
    let before = example(4);
    // The frame is laid out by `unix_gate::signal` for this very address.
    let mut stack = vec![UNTOUCHED; 64 * 1024];
    let top = (stack.as_ptr() as u64 + stack.len() as u64 - 4096) & !63;
    let (frame, floating_point) = machine::write_frame(&mut stack, top);
    let copy = stack.clone();

    let (sp, in_handler) = gate.enter(frame, &before);
    assert_eq!(sp, frame, "the handler's stack pointer is the frame");
    assert!(
        same(&in_handler, &machine::handler_state(&before)),
        "{in_handler:?}"
    );
    let part = frame_part(frame, stack.as_ptr() as u64);
    for (index, (new, old)) in stack.iter().zip(&copy).enumerate() {
        assert!(
            new == old || part.contains(&index),
            "byte {index} of the stack was touched"
        );
    }

    let after = gate.call(Routine::SignalReturn, floating_point, &example(5));
    assert!(
        same(&after, &machine::returned_state(&before, &example(5))),
        "{after:?}"
    );
}
