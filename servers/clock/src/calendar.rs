// SPDX-License-Identifier: MIT OR Apache-2.0
//! The PC's battery-backed clock (MC146818 and its successors): years, months and days in binary or BCD.

use core::fmt;
use time::{Date, Month, PrimitiveDateTime, Time};

/// The registers that make up a date, as read through ports 0x70 and 0x71.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct CmosReading {
    /// Register 0x00.
    pub seconds: u8,
    /// Register 0x02.
    pub minutes: u8,
    /// Register 0x04; bit 7 is "afternoon" in 12-hour mode.
    pub hours: u8,
    /// Register 0x07.
    pub day: u8,
    /// Register 0x08.
    pub month: u8,
    /// Register 0x09: the year of the century.
    pub year: u8,
    /// Register 0x32 where there is one, otherwise 0: this is then a date from 2000 on.
    pub century: u8,
    /// Register 0x0B: bit 2 binary instead of BCD, bit 1 24-hour mode.
    pub status_b: u8,
}

/// The registers make up no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CmosError;

impl fmt::Display for CmosError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the real-time clock shows no valid date; real time starts at 1970")
    }
}

impl CmosReading {
    const BINARY: u8 = 1 << 2;
    const HOURS_24: u8 = 1 << 1;
    const AFTERNOON: u8 = 1 << 7;

    /// Seconds since 1970-01-01 00:00 UTC, the clock being in UTC.
    ///
    /// # Errors
    /// [`CmosError`] for a field out of its range.
    pub fn unix_seconds(&self) -> Result<u64, CmosError> {
        let century = match self.value(self.century)? {
            0 => 20,
            century => century,
        };
        let year = i32::from(century) * 100 + i32::from(self.value(self.year)?);
        let month = Month::try_from(self.value(self.month)?).map_err(|_| CmosError)?;
        let date =
            Date::from_calendar_date(year, month, self.value(self.day)?).map_err(|_| CmosError)?;
        let time = Time::from_hms(
            self.hour()?,
            self.value(self.minutes)?,
            self.value(self.seconds)?,
        )
        .map_err(|_| CmosError)?;
        let seconds = PrimitiveDateTime::new(date, time)
            .assume_utc()
            .unix_timestamp();
        u64::try_from(seconds).map_err(|_| CmosError)
    }

    fn hour(&self) -> Result<u8, CmosError> {
        if self.status_b & Self::HOURS_24 != 0 {
            return self.value(self.hours);
        }
        let hour = self.value(self.hours & !Self::AFTERNOON)?;
        if !(1..=12).contains(&hour) {
            return Err(CmosError);
        }
        let afternoon = if self.hours & Self::AFTERNOON != 0 {
            12
        } else {
            0
        };
        Ok(hour % 12 + afternoon)
    }

    fn value(&self, register: u8) -> Result<u8, CmosError> {
        if self.status_b & Self::BINARY != 0 {
            return if register < 100 {
                Ok(register)
            } else {
                Err(CmosError)
            };
        }
        match (register >> 4, register & 15) {
            (tens @ 0..=9, ones @ 0..=9) => Ok(tens * 10 + ones),
            _ => Err(CmosError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NEW_YEAR: CmosReading = CmosReading {
        seconds: 0,
        minutes: 0,
        hours: 0,
        day: 1,
        month: 1,
        year: 0x26,
        century: 0x20,
        status_b: 2,
    };

    #[test]
    fn bcd_and_binary_and_twelve_hours_agree() {
        assert_eq!(NEW_YEAR.unix_seconds(), Ok(1_767_225_600));
        let binary = CmosReading {
            year: 26,
            century: 20,
            status_b: 6,
            ..NEW_YEAR
        };
        assert_eq!(binary.unix_seconds(), Ok(1_767_225_600));
        let midnight = CmosReading {
            hours: 0x12,
            status_b: 0,
            ..NEW_YEAR
        };
        assert_eq!(midnight.unix_seconds(), Ok(1_767_225_600));
        let evening = CmosReading {
            hours: 0x91,
            status_b: 0,
            ..NEW_YEAR
        }; // 11 p.m. is 0x91 in BCD
        assert_eq!(evening.unix_seconds(), Ok(1_767_225_600 + 23 * 3600));
        let no_century = CmosReading {
            century: 0,
            ..NEW_YEAR
        };
        assert_eq!(no_century.unix_seconds(), Ok(1_767_225_600));
    }

    #[test]
    fn no_thirtieth_of_february() {
        assert_eq!(
            CmosReading {
                month: 2,
                day: 0x30,
                ..NEW_YEAR
            }
            .unix_seconds(),
            Err(CmosError)
        );
    }

    proptest! {
        #[test]
        fn any_registers_are_a_date_or_an_error(r: [u8; 8]) {
            let reading = CmosReading {
                seconds: r[0], minutes: r[1], hours: r[2], day: r[3], month: r[4], year: r[5], century: r[6], status_b: r[7],
            };
            if let Ok(seconds) = reading.unix_seconds() {
                prop_assert!(seconds < 253_402_300_800); // the year 10000
            }
        }
    }
}
