//! Values as whole numbers, and whole numbers as bytes.
//!
//! Every value is kept as an `i64`, its *code*. What is counted (things, bytes, flags) is rounded to a whole number and is
//! its own code: exact up to 2⁵³. Rates, means, percentages and times are kept with [`SIGNIFICANT_BITS`] significant bits:
//! the code is the upper part of the IEEE 754 bits, so codes are ordered as their values are, and no value is further off
//! than one part in 4096 (0.025 %). Smaller codes compress to fewer bytes.

use crate::catalog::Unit;

/// Significant bits of a value that is not counted.
pub(super) const SIGNIFICANT_BITS: u32 = 12;

/// Bits of an f64 that such a code leaves out.
const DROPPED_BITS: u32 = 53 - SIGNIFICANT_BITS;

/// The largest code of a rounded value: that of the largest finite f64 cut to its significant bits.
const ROUNDED_MAX: i64 = (0x7FEF_FFFF_FFFF_FFFF_u64 >> DROPPED_BITS) as i64;

/// The largest count: all whole numbers up to here are exact in an f64.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// How the values of a series become codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// Whole numbers.
    Exact,
    /// Significant bits.
    Rounded,
}

impl Scale {
    /// How values of this unit are kept.
    pub(super) fn of(unit: Unit) -> Self {
        match unit {
            Unit::Count | Unit::Bytes | Unit::Flag => Self::Exact,
            Unit::PerSecond
            | Unit::BytesPerSecond
            | Unit::Percent
            | Unit::Milliseconds
            | Unit::Seconds
            | Unit::Ratio => Self::Rounded,
        }
    }

    /// The code of a value; `None` for what is no number or endless.
    pub(super) fn encode(self, value: f64) -> Option<i64> {
        if !value.is_finite() {
            return None;
        }
        match self {
            Self::Exact => Some(value.round().clamp(-EXACT_MAX, EXACT_MAX) as i64),
            Self::Rounded => {
                let half = 1_u64 << (DROPPED_BITS - 1);
                let code = (value.abs().to_bits() + half) >> DROPPED_BITS;
                let code = i64::try_from(code).unwrap_or(ROUNDED_MAX).min(ROUNDED_MAX);
                Some(if value < 0.0 { -code } else { code })
            }
        }
    }

    /// The value of a code. Codes out of range, which only a damaged file has, become the nearest there is.
    pub(super) fn decode(self, code: i64) -> f64 {
        match self {
            Self::Exact => code as f64,
            Self::Rounded => {
                let code_abs = code.unsigned_abs().min(ROUNDED_MAX.unsigned_abs());
                let value = f64::from_bits(code_abs << DROPPED_BITS);
                if code < 0 { -value } else { value }
            }
        }
    }
}

/// Appends a number in groups of seven bits, the lowest first (LEB128).
pub(super) fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a number that may be negative; small magnitudes take few bytes.
pub(super) fn put_signed(out: &mut Vec<u8>, value: i64) {
    put(out, zigzag(value));
}

/// Appends a text behind its length.
pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// 0, −1, 1, −2 … as 0, 1, 2, 3 …
pub(super) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// Undoes [`zigzag`].
pub(super) fn unzigzag(value: u64) -> i64 {
    ((value >> 1) as i64) ^ -((value & 1) as i64)
}

/// Reads what was put; every `None` means that the bytes end early or are none of ours.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    pub(super) fn signed(&mut self) -> Option<i64> {
        self.number().map(unzigzag)
    }

    pub(super) fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (found, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(found)
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let len = usize::try_from(self.number()?).ok()?;
        std::str::from_utf8(self.bytes(len)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_counted_is_exact() {
        for value in [0.0, 1.0, -1.0, 4097.0, EXACT_MAX, -EXACT_MAX] {
            let code = Scale::Exact.encode(value).unwrap();
            assert_eq!(Scale::Exact.decode(code), value);
        }
        assert_eq!(Scale::Exact.encode(2.6), Some(3));
        assert_eq!(Scale::Exact.encode(1e300), Some(EXACT_MAX as i64));
    }

    #[test]
    fn no_number_has_no_code() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Scale::Exact.encode(value), None);
            assert_eq!(Scale::Rounded.encode(value), None);
        }
    }

    #[test]
    fn the_ends_of_the_range_stay_finite() {
        for value in [f64::MAX, f64::MIN] {
            let code = Scale::Rounded.encode(value).unwrap();
            let back = Scale::Rounded.decode(code);
            assert!(back.is_finite() && (back / value - 1.0).abs() < 0.001);
        }
        assert!(Scale::Rounded.decode(i64::MIN).is_finite());
        assert!(Scale::Rounded.decode(i64::MAX).is_finite());
        assert_eq!(Scale::Rounded.encode(0.0), Some(0));
        assert_eq!(Scale::Rounded.decode(0), 0.0);
    }

    proptest! {
        #[test]
        fn rounded_values_keep_their_order_and_are_off_by_little(a in -1e15..1e15_f64, b in -1e15..1e15_f64) {
            let (code_a, code_b) = (Scale::Rounded.encode(a).unwrap(), Scale::Rounded.encode(b).unwrap());
            prop_assert!((a <= b) || code_a >= code_b);
            let back = Scale::Rounded.decode(code_a);
            prop_assert!((back - a).abs() <= a.abs() / 4096.0);
            prop_assert_eq!(Scale::Rounded.encode(back), Some(code_a), "rounding again changes nothing");
        }

        #[test]
        fn small_whole_numbers_survive_rounding(n in -4096_i32..=4096) {
            let code = Scale::Rounded.encode(f64::from(n)).unwrap();
            prop_assert_eq!(Scale::Rounded.decode(code), f64::from(n));
        }

        #[test]
        fn numbers_and_texts_come_back(a: u64, b: i64, text: String) {
            let mut out = Vec::new();
            put(&mut out, a);
            put_signed(&mut out, b);
            put_text(&mut out, &text);
            let mut reader = Reader(&out);
            prop_assert_eq!(reader.number(), Some(a));
            prop_assert_eq!(reader.signed(), Some(b));
            prop_assert_eq!(reader.text(), Some(text.as_str()));
            prop_assert!(reader.is_empty());
            prop_assert_eq!(reader.number(), None);
        }

        #[test]
        fn any_bytes_can_be_read(bytes: Vec<u8>) {
            let mut reader = Reader(&bytes);
            while reader.number().is_some() {}
            let mut reader = Reader(&bytes);
            while reader.text().is_some() {}
        }
    }
}
