// SPDX-License-Identifier: MIT OR Apache-2.0
//! Data that comes with the language and with heapless.

use super::{Data, FixedWords, fixed_sum, layout, varint_size};
use crate::Never;

macro_rules! numbers {
    ($($number:ident as $unsigned:ident: $max:literal,)*) => {$(
        impl Data for $number {
            // A postcard number has 7 bits in a byte; a single byte is itself.
            const MAX_SIZE: usize = $max;
            const FIXED: Option<usize> = Some(size_of::<$number>());
            const LAYOUT: u64 = layout::of(stringify!($number), &[]);

            #[inline(always)]
            fn put(&self, words: &mut FixedWords, at: usize) {
                words.put(at, size_of::<$number>(), *self as $unsigned as u64);
            }

            #[inline(always)]
            fn take(words: &FixedWords, at: usize) -> Option<Self> {
                // So many bytes were taken.
                Some(words.take(at, size_of::<$number>()) as $number)
            }
        }
    )*};
}

numbers! {
    u8 as u8: 1,
    u16 as u16: 3,
    u32 as u32: 5,
    u64 as u64: 10,
    i8 as u8: 1,
    i16 as u16: 3,
    i32 as u32: 5,
    i64 as u64: 10,
}

impl Data for bool {
    const MAX_SIZE: usize = 1;
    const FIXED: Option<usize> = Some(1);
    const LAYOUT: u64 = layout::of("bool", &[]);

    #[inline(always)]
    fn put(&self, words: &mut FixedWords, at: usize) {
        words.put(at, 1, u64::from(*self));
    }

    #[inline(always)]
    fn take(words: &FixedWords, at: usize) -> Option<Self> {
        match words.take(at, 1) {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Data for Never {
    const MAX_SIZE: usize = 0;
    const FIXED: Option<usize> = None;
    const LAYOUT: u64 = layout::of("never", &[]);

    fn put(&self, _: &mut FixedWords, _: usize) {
        match *self {}
    }

    fn take(_: &FixedWords, _: usize) -> Option<Self> {
        None
    }
}

impl<T: Data> Data for Option<T> {
    const MAX_SIZE: usize = 1 + T::MAX_SIZE;
    const FIXED: Option<usize> = fixed_sum(&[Some(1), T::FIXED]);
    const LAYOUT: u64 = layout::of("option", &[T::LAYOUT]);

    #[inline(always)]
    fn put(&self, words: &mut FixedWords, at: usize) {
        if let Some(value) = self {
            words.put(at, 1, 1);
            value.put(words, at + 1);
        }
    }

    #[inline(always)]
    fn take(words: &FixedWords, at: usize) -> Option<Self> {
        match words.take(at, 1) {
            0 => Some(None),
            1 => T::take(words, at + 1).map(Some),
            _ => None,
        }
    }
}

macro_rules! tuples {
    ($(($($part:ident $index:tt),*),)*) => {$(
        #[allow(non_snake_case, unused_assignments, unused_mut, unused_variables)]
        impl<$($part: Data),*> Data for ($($part,)*) {
            const MAX_SIZE: usize = 0 $(+ $part::MAX_SIZE)*;
            const FIXED: Option<usize> = fixed_sum(&[$($part::FIXED),*]);
            const LAYOUT: u64 = layout::of("tuple", &[$($part::LAYOUT),*]);

            #[inline(always)]
            fn put(&self, words: &mut FixedWords, at: usize) {
                let mut at = at;
                $(
                    self.$index.put(words, at);
                    at += const { size($part::FIXED) };
                )*
            }

            #[inline(always)]
            fn take(words: &FixedWords, at: usize) -> Option<Self> {
                let mut at = at;
                $(
                    let $part = $part::take(words, at)?;
                    at += const { size($part::FIXED) };
                )*
                Some(($($part,)*))
            }
        }
    )*};
}

/// The bytes that a part takes. A part without a fixed form never gets there.
const fn size(fixed: Option<usize>) -> usize {
    match fixed {
        Some(size) => size,
        None => 0,
    }
}

tuples! {
    (),
    (A 0),
    (A 0, B 1),
    (A 0, B 1, C 2),
    (A 0, B 1, C 2, D 3),
    (A 0, B 1, C 2, D 3, E 4),
    (A 0, B 1, C 2, D 3, E 4, F 5),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7),
}

impl<T: Data, const N: usize> Data for [T; N] {
    const MAX_SIZE: usize = N * T::MAX_SIZE;
    const FIXED: Option<usize> = match T::FIXED {
        Some(size) => Some(N * size),
        None => None,
    };
    const LAYOUT: u64 = layout::of("array", &[N as u64, T::LAYOUT]);

    #[inline(always)]
    fn put(&self, words: &mut FixedWords, at: usize) {
        for (index, part) in self.iter().enumerate() {
            part.put(words, at + index * const { size(T::FIXED) });
        }
    }

    #[inline(always)]
    fn take(words: &FixedWords, at: usize) -> Option<Self> {
        let mut parts = heapless::Vec::<T, N>::new();
        for index in 0..N {
            parts
                .push(T::take(words, at + index * const { size(T::FIXED) })?)
                .ok()?;
        }
        parts.into_array().ok()
    }
}

impl<T: Data, const N: usize> Data for heapless::Vec<T, N> {
    const MAX_SIZE: usize = varint_size(N) + N * T::MAX_SIZE;
    const FIXED: Option<usize> = None;
    const LAYOUT: u64 = layout::of("list", &[N as u64, T::LAYOUT]);

    fn put(&self, _: &mut FixedWords, _: usize) {}

    fn take(_: &FixedWords, _: usize) -> Option<Self> {
        None
    }
}

impl<const N: usize> Data for heapless::String<N> {
    const MAX_SIZE: usize = varint_size(N) + N;
    const FIXED: Option<usize> = None;
    const LAYOUT: u64 = layout::of("text", &[N as u64]);

    fn put(&self, _: &mut FixedWords, _: usize) {}

    fn take(_: &FixedWords, _: usize) -> Option<Self> {
        None
    }
}
