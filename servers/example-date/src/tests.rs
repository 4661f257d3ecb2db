// SPDX-License-Identifier: MIT OR Apache-2.0
//! The service over registers that the tests make up, through messages.

use super::*;
use croft_ipc::CallError;
use croft_ipc::mock::Machine;
use proptest::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

type Registers = Rc<RefCell<[u8; 64]>>;

/// A PC's clock with registers that stand still.
fn cmos(registers: &Registers) -> impl RealTimeClock + use<> {
    let registers = Rc::clone(registers);
    Cmos(move |register: u8, value: Option<u8>| {
        let mut registers = registers.borrow_mut();
        let register = &mut registers[usize::from(register)];
        *register = value.unwrap_or(*register);
        *register
    })
}

#[test]
fn who_may_sets_it_and_everybody_reads_it() {
    let registers = Registers::new([0; 64].into());
    registers.borrow_mut()[7..10].copy_from_slice(&[0x01, 0x01, 0x26]);
    let service = Service {
        device: cmos(&registers),
        may_set: |badge| badge == 2,
    };
    let machine = Machine::serving::<DateInterface>(service);
    let [guest, operator] = [1, 2].map(|badge| DateClient::new(machine.client(badge)));
    assert_eq!(guest.now(), Ok(1_767_225_600));
    let refused = Err(CallError::Refused(DateError::NotAllowed));
    assert_eq!(guest.set(1_900_000_000), refused);
    assert_eq!(guest.now(), Ok(1_767_225_600));
    assert_eq!(operator.set(1_900_000_000), Ok(()));
    assert_eq!(guest.now(), Ok(1_900_000_000));
    // What it cannot show changes nothing.
    for none in [0, 946_684_799, 4_102_444_800] {
        assert_eq!(
            operator.set(none),
            Err(CallError::Refused(DateError::NoDate))
        );
    }
    assert_eq!(guest.now(), Ok(1_900_000_000));
}

#[test]
fn arms_clock_counts_seconds() {
    let mut words = [7, 0, 0, 0];
    let mut clock = Pl031(|register: usize, value: Option<u32>| {
        if let Some(value) = value {
            words[register] = value;
            words[0] = value;
        }
        words[register]
    });
    assert_eq!(clock.read(), Ok(7));
    assert_eq!(clock.write(u32::MAX), Ok(()));
    assert_eq!(clock.read(), Ok(u32::MAX));
    assert_eq!(words[2], u32::MAX);
}

proptest! {
    #[test]
    fn what_is_set_is_read(seconds in 946_684_800u32..4_102_444_800, binary: bool) {
        let registers = Registers::new([0; 64].into());
        let status = if binary { 6 } else { 2 };
        registers.borrow_mut()[0x0b] = status;
        let mut clock = cmos(&registers);
        prop_assert_eq!(clock.write(seconds), Ok(()));
        prop_assert_eq!(clock.read(), Ok(seconds));
        // It runs again.
        prop_assert_eq!(registers.borrow()[0x0b], status);
    }

    #[test]
    fn any_registers_are_a_date_or_an_error(values: [u8; 10]) {
        let registers = Registers::new([0; 64].into());
        registers.borrow_mut()[..10].copy_from_slice(&values);
        let _ = cmos(&registers).read();
    }
}
