// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the processor's counter to time and back.

use croft_ipc::data;

/// Nanoseconds of a second.
const SECOND: u64 = 1_000_000_000;

/// How the counter (TSC, CNTVCT) relates to time.
#[data]
#[derive(Copy)]
pub struct Parameters {
    /// Ticks of a second. Never 0 in what a server sends.
    pub frequency: u64,
    /// The counter when the clock server started: monotonic time 0.
    pub epoch: u64,
    /// Nanoseconds since 1970-01-01 00:00 UTC at that moment.
    pub realtime_at_epoch: u64,
}

/// Multiplies instead of dividing: for those who read the time often. Made once by [`Parameters::scale`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterScale {
    parameters: Parameters,
    /// Nanoseconds of a tick, times 2^56: exact to 1 ns in 2 years at 1 GHz; for counters from 4 MHz.
    nanoseconds: u64,
    /// Ticks of a nanosecond, times 2^56; for counters up to 255 GHz.
    ticks: u64,
}

const SHIFT: u32 = 56;

impl Parameters {
    /// The multiplier form.
    ///
    /// Frequencies outside 4 MHz … 255 GHz are taken as the nearest of these.
    pub fn scale(&self) -> CounterScale {
        let frequency = u128::from(self.frequency.clamp(4_000_000, 255 * SECOND));
        // Both fit 64 bits for these frequencies.
        let ratio = |a: u128, b: u128| u64::try_from((a << SHIFT) / b).unwrap_or(u64::MAX);
        CounterScale {
            parameters: *self,
            nanoseconds: ratio(u128::from(SECOND), frequency),
            ticks: ratio(frequency, u128::from(SECOND)),
        }
    }
}

impl CounterScale {
    /// What it was made from.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Nanoseconds since the clock server started. 0 for a counter before that.
    pub fn monotonic(&self, counter: u64) -> u64 {
        multiply(
            counter.saturating_sub(self.parameters.epoch),
            self.nanoseconds,
        )
    }

    /// Nanoseconds since 1970-01-01 00:00 UTC.
    pub fn realtime(&self, counter: u64) -> u64 {
        self.parameters
            .realtime_at_epoch
            .saturating_add(self.monotonic(counter))
    }

    /// Ticks of so many nanoseconds, rounded up, so that a deadline is never too early.
    pub fn ticks(&self, nanoseconds: u64) -> u64 {
        let product = u128::from(nanoseconds) * u128::from(self.ticks);
        u64::try_from(product.div_ceil(1 << SHIFT)).unwrap_or(u64::MAX)
    }

    /// The counter at a monotonic time, rounded up.
    pub fn counter_at(&self, monotonic: u64) -> u64 {
        let counter = self.parameters.epoch.saturating_add(self.ticks(monotonic));
        // Both multipliers are rounded down: over months that adds up to some ticks too few.
        match monotonic.saturating_sub(self.monotonic(counter)) {
            0 => counter,
            short => counter.saturating_add(self.ticks(short)).saturating_add(1),
        }
    }
}

fn multiply(value: u64, factor: u64) -> u64 {
    let product = (u128::from(value) * u128::from(factor)) >> SHIFT;
    u64::try_from(product).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_parameters() -> impl Strategy<Value = Parameters> {
        let frequency = prop_oneof![Just(62_500_000), Just(SECOND), 4_000_000u64..10 * SECOND];
        (frequency, 0u64..1 << 60, any::<u32>()).prop_map(|(frequency, epoch, seconds)| {
            Parameters {
                frequency,
                epoch,
                realtime_at_epoch: u64::from(seconds) * SECOND,
            }
        })
    }

    proptest! {
        #[test]
        fn a_year_is_exact_to_a_microsecond(parameters in any_parameters(), seconds in 0u64..32_000_000) {
            let scale = parameters.scale();
            let counter = parameters.epoch + seconds * parameters.frequency;
            let error = scale.monotonic(counter).abs_diff(seconds * SECOND);
            prop_assert!(error <= 1000, "{error} ns in {seconds} s");
        }

        #[test]
        fn a_deadline_is_never_early_and_hardly_late(parameters in any_parameters(), monotonic in 0u64..1 << 54) {
            let scale = parameters.scale();
            let counter = scale.counter_at(monotonic);
            prop_assert!(scale.monotonic(counter) >= monotonic);
            let late = scale.monotonic(counter) - monotonic;
            // Two ticks of the counter, at most.
            prop_assert!(late <= 2 * SECOND / parameters.frequency + 1, "{late} ns");
        }

        #[test]
        fn nothing_overflows(frequency: u64, epoch: u64, realtime_at_epoch: u64, value: u64) {
            let scale = Parameters { frequency, epoch, realtime_at_epoch }.scale();
            scale.monotonic(value);
            scale.realtime(value);
            scale.ticks(value);
            scale.counter_at(value);
        }
    }
}
