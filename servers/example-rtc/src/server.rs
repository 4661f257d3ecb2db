// SPDX-License-Identifier: MIT OR Apache-2.0
//! The drivers. How their registers are read is the program's affair, or a test's.

use crate::{DateTime, Rtc, RtcError};
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time};

/// Arm's clock: reads its register, which counts seconds since 1970.
pub struct Pl031<R>(pub R);

impl<R: FnMut() -> u32> Rtc for Pl031<R> {
    fn now(&mut self) -> Result<DateTime, RtcError> {
        let time = OffsetDateTime::from_unix_timestamp((self.0)().into());
        time.map(DateTime::from).map_err(|_| RtcError::NoDate)
    }
}

/// The PC's clock: reads the register of that number.
pub struct Cmos<R>(pub R);

/// Second, minute, hour, day, month, year of the century.
const REGISTERS: [u8; 6] = [0, 2, 4, 7, 8, 9];
const STATUS_B: u8 = 0x0b;
const BINARY: u8 = 1 << 2;

impl<R: FnMut(u8) -> u8> Rtc for Cmos<R> {
    fn now(&mut self) -> Result<DateTime, RtcError> {
        let mut before = None;
        // Two readings that agree were not torn by an update, which takes 2 ms.
        for _ in 0..10_000 {
            let now = REGISTERS.map(&mut self.0);
            if before == Some(now) {
                let is_binary = (self.0)(STATUS_B) & BINARY != 0;
                return date(now.map(|v| if is_binary { v } else { v / 16 * 10 + v % 16 }));
            }
            before = Some(now);
        }
        Err(RtcError::Busy)
    }
}

fn date([second, minute, hour, day, month, year]: [u8; 6]) -> Result<DateTime, RtcError> {
    let month = month.try_into().map_err(|_| RtcError::NoDate)?;
    let date = Date::from_calendar_date(2000 + i32::from(year), month, day);
    match (date, Time::from_hms(hour, minute, second)) {
        (Ok(date), Ok(time)) => Ok(PrimitiveDateTime::new(date, time).assume_utc().into()),
        _ => Err(RtcError::NoDate),
    }
}

impl From<OffsetDateTime> for DateTime {
    fn from(time: OffsetDateTime) -> Self {
        let (year, month, day) = (time.year() as u16, time.month().into(), time.day());
        let (hour, minute, second) = time.to_hms();
        Self {
            year,
            month,
            day,
            hour,
            minute,
            second,
        }
    }
}
