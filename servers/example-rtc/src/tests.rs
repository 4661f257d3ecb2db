// SPDX-License-Identifier: MIT OR Apache-2.0
//! The drivers over registers that the tests make up, through messages.

use super::*;
use croft_ipc::CallError;
use croft_ipc::mock::Machine;

fn ask<D: Rtc>(driver: D) -> Result<DateTime, CallError<RtcError>> {
    RtcClient::new(Machine::serving::<RtcInterface>(driver).client(1)).now()
}

fn date(year: u16, month: u8, day: u8, hour: u8, minute: u8, second: u8) -> DateTime {
    DateTime {
        year,
        month,
        day,
        hour,
        minute,
        second,
    }
}

#[test]
fn seconds_since_1970() {
    assert_eq!(ask(Pl031(|| 0)), Ok(date(1970, 1, 1, 0, 0, 0)));
    assert_eq!(
        ask(Pl031(|| 1_709_164_799)),
        Ok(date(2024, 2, 28, 23, 59, 59))
    );
    assert_eq!(ask(Pl031(|| u32::MAX)), Ok(date(2106, 2, 7, 6, 28, 15)));
}

/// Registers as the PC's clock has them.
fn registers(values: [u8; 6], status_b: u8) -> impl FnMut(u8) -> u8 {
    move |register| match register {
        0x0b => status_b,
        register => {
            let place = [0, 2, 4, 7, 8, 9]
                .iter()
                .position(|known| *known == register);
            values[place.unwrap()]
        }
    }
}

#[test]
fn decimal_and_binary_registers() {
    let expected = Ok(date(2026, 12, 31, 23, 59, 58));
    assert_eq!(
        ask(Cmos(registers([0x58, 0x59, 0x23, 0x31, 0x12, 0x26], 0))),
        expected
    );
    assert_eq!(ask(Cmos(registers([58, 59, 23, 31, 12, 26], 4))), expected);
}

#[test]
fn what_is_no_date_is_refused() {
    for registers_of_none in [
        [0; 6],
        [0x60, 0, 0, 1, 1, 0],
        [0, 0, 0x24, 1, 1, 0],
        [0, 0, 0, 0x30, 2, 0x26],
    ] {
        let refused = ask(Cmos(registers(registers_of_none, 0)));
        assert_eq!(refused, Err(CallError::Refused(RtcError::NoDate)));
    }
}

#[test]
fn a_reading_that_was_torn_is_repeated() {
    let mut reads = 0;
    let torn = move |register| {
        reads += 1;
        // During the first reading the minute goes by.
        let values = if reads < 2 {
            [0x59, 0x59, 0x22, 1, 1, 0x26]
        } else {
            [0, 0, 0x23, 1, 1, 0x26]
        };
        registers(values, 0)(register)
    };
    assert_eq!(ask(Cmos(torn)), Ok(date(2026, 1, 1, 23, 0, 0)));
    let mut never = 0u8;
    let restless = move |_| {
        never = never.wrapping_add(1);
        never
    };
    assert_eq!(ask(Cmos(restless)), Err(CallError::Refused(RtcError::Busy)));
}
