// SPDX-License-Identifier: MIT OR Apache-2.0
//! The clocks of both machines. How their registers are reached is the program's affair, or a test's.

use crate::DateError;
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time};

/// A clock that counts seconds since 1970.
pub trait RealTimeClock {
    /// What it shows.
    ///
    /// # Errors
    /// [`DateError::Busy`], [`DateError::NoDate`].
    fn read(&mut self) -> Result<u32, DateError>;

    /// Sets it.
    ///
    /// # Errors
    /// [`DateError::NoDate`].
    fn write(&mut self, seconds: u32) -> Result<(), DateError>;
}

/// Arm's clock. Its registers are words; it is told which, and what to write.
pub struct Pl031<R>(pub R);

const DATA: usize = 0;
const LOAD: usize = 2;

impl<R: FnMut(usize, Option<u32>) -> u32> RealTimeClock for Pl031<R> {
    fn read(&mut self) -> Result<u32, DateError> {
        Ok((self.0)(DATA, None))
    }

    fn write(&mut self, seconds: u32) -> Result<(), DateError> {
        (self.0)(LOAD, Some(seconds));
        Ok(())
    }
}

/// The PC's clock. Its registers are bytes; it is told which, and what to write.
pub struct Cmos<R>(pub R);

/// Second, minute, hour, day, month, year of the century.
const REGISTERS: [u8; 6] = [0, 2, 4, 7, 8, 9];
const STATUS_B: u8 = 0x0b;
/// Of that: no updates, binary numbers.
const SET: u8 = 1 << 7;
const BINARY: u8 = 1 << 2;

impl<R: FnMut(u8, Option<u8>) -> u8> Cmos<R> {
    fn is_binary(&mut self) -> bool {
        (self.0)(STATUS_B, None) & BINARY != 0
    }
}

impl<R: FnMut(u8, Option<u8>) -> u8> RealTimeClock for Cmos<R> {
    fn read(&mut self) -> Result<u32, DateError> {
        let mut before = None;
        // Two readings that agree were not torn by an update, which takes 2 ms.
        for _ in 0..10_000 {
            let now = REGISTERS.map(|register| (self.0)(register, None));
            if before == Some(now) {
                let is_binary = self.is_binary();
                return seconds(now.map(|v| if is_binary { v } else { v / 16 * 10 + v % 16 }));
            }
            before = Some(now);
        }
        Err(DateError::Busy)
    }

    fn write(&mut self, seconds: u32) -> Result<(), DateError> {
        let date = OffsetDateTime::from_unix_timestamp(seconds.into());
        let date = date.map_err(|_| DateError::NoDate)?;
        // The registers have no century.
        let year = u8::try_from(date.year() - 2000).map_err(|_| DateError::NoDate)?;
        let ((hour, minute, second), month) = (date.to_hms(), u8::from(date.month()));
        if year > 99 {
            return Err(DateError::NoDate);
        }
        let is_binary = self.is_binary();
        let status = (self.0)(STATUS_B, None);
        (self.0)(STATUS_B, Some(status | SET));
        let values = [second, minute, hour, date.day(), month, year];
        for (register, value) in REGISTERS.into_iter().zip(values) {
            let value = if is_binary {
                value
            } else {
                value / 10 * 16 + value % 10
            };
            (self.0)(register, Some(value));
        }
        (self.0)(STATUS_B, Some(status & !SET));
        Ok(())
    }
}

fn seconds([second, minute, hour, day, month, year]: [u8; 6]) -> Result<u32, DateError> {
    let month = month.try_into().map_err(|_| DateError::NoDate)?;
    let date = Date::from_calendar_date(2000 + i32::from(year), month, day);
    let (Ok(date), Ok(time)) = (date, Time::from_hms(hour, minute, second)) else {
        return Err(DateError::NoDate);
    };
    let seconds = PrimitiveDateTime::new(date, time)
        .assume_utc()
        .unix_timestamp();
    u32::try_from(seconds).map_err(|_| DateError::NoDate)
}
