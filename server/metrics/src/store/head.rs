//! The samples of the last hours, in memory.
//!
//! Time is cut into windows of [`WINDOW_MINUTES`]; a head holds one window, or the part of it that was written without a
//! step back. Each series has a column of steps: the difference to the code before, and where minutes are missing how
//! many, both as short numbers. An unchanged value takes one byte a minute.

use std::collections::HashMap;

use super::code::{Reader, Scale, put, unzigzag, zigzag};

/// The length of a window; windows begin at multiples of it. A `u128` has a bit for each minute.
pub(super) const WINDOW_MINUTES: i64 = 120;

/// The window that a minute lies in.
pub(super) fn window_of(minute: i64) -> i64 {
    minute.div_euclid(WINDOW_MINUTES) * WINDOW_MINUTES
}

/// One series within a window.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) scale: Scale,
    pub(super) newest: (i64, i64),
    /// The steps, as [`samples`] reads them.
    pub(super) steps: Vec<u8>,
}

/// One window.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) start: i64,
    /// Tells apart heads of one window; its files carry it.
    pub(super) seq: u32,
    pub(super) columns: HashMap<u32, Column>,
    /// Which minutes were written, the lowest bit is the first.
    pub(super) minutes: u128,
    /// The newest minute written.
    pub(super) newest: i64,
}

impl Head {
    pub(super) fn new(start: i64, seq: u32) -> Self {
        Self {
            start,
            seq,
            columns: HashMap::new(),
            minutes: 0,
            newest: start - 1,
        }
    }

    /// Whether the minute can be put behind the others.
    pub(super) fn takes(&self, minute: i64) -> bool {
        window_of(minute) == self.start && minute > self.newest
    }

    /// Whether the minute was written.
    pub(super) fn has(&self, minute: i64) -> bool {
        window_of(minute) == self.start && self.minutes & (1 << (minute - self.start)) != 0
    }

    /// The first minute written.
    pub(super) fn oldest(&self) -> Option<i64> {
        (self.minutes != 0).then(|| self.start + i64::from(self.minutes.trailing_zeros()))
    }

    /// Puts a minute behind the others. The caller asked whether it can.
    pub(super) fn push(&mut self, minute: i64, samples: impl Iterator<Item = (u32, Scale, i64)>) {
        debug_assert!(self.takes(minute));
        self.minutes |= 1 << (minute - self.start);
        self.newest = minute;
        let start = self.start;
        for (id, scale, code) in samples {
            let column = self.columns.entry(id).or_insert_with(|| Column {
                scale,
                newest: (start - 1, 0),
                steps: Vec::new(),
            });
            column.push(minute, code);
        }
    }

    /// The samples of a series, by minute.
    pub(super) fn samples(&self, id: u32) -> Vec<(i64, i64)> {
        let column = self.columns.get(&id);
        column
            .and_then(|column| samples(&column.steps, self.start))
            .unwrap_or_default()
    }
}

impl Column {
    /// Puts a sample behind the others; a second one of the same minute is passed over.
    fn push(&mut self, minute: i64, code: i64) {
        let (last_minute, last_code) = self.newest;
        let Ok(missing) = u64::try_from(minute - last_minute - 1) else {
            return;
        };
        let step = zigzag(code.wrapping_sub(last_code));
        put(&mut self.steps, step << 1 | u64::from(missing > 0));
        if missing > 0 {
            put(&mut self.steps, missing);
        }
        self.newest = (minute, code);
    }
}

/// The minutes and codes that steps tell of; `None` when they are none of ours.
pub(super) fn samples(steps: &[u8], start: i64) -> Option<Vec<(i64, i64)>> {
    let mut reader = Reader(steps);
    let mut found = Vec::with_capacity(steps.len().min(WINDOW_MINUTES as usize));
    let (mut minute, mut code) = (start - 1, 0_i64);
    while !reader.is_empty() {
        let step = reader.number()?;
        let missing = if step & 1 == 1 { reader.number()? } else { 0 };
        let room = u64::try_from(start + WINDOW_MINUTES - minute - 1).ok()?;
        if missing >= room {
            return None;
        }
        minute += missing as i64 + 1;
        code = code.wrapping_add(unzigzag(step >> 1));
        found.push((minute, code));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_pushed_comes_back(
            window in -3_i64..3,
            rows in proptest::collection::btree_map(0..WINDOW_MINUTES, proptest::collection::btree_map(0..4_u32, -(1_i64 << 53)..(1_i64 << 53), 0..4), 0..20),
        ) {
            let start = window * WINDOW_MINUTES;
            let mut head = Head::new(start, 0);
            let mut model: BTreeMap<u32, Vec<(i64, i64)>> = BTreeMap::new();
            for (at, row) in &rows {
                let minute = start + at;
                prop_assert!(head.takes(minute) && !head.has(minute));
                head.push(minute, row.iter().map(|(id, code)| (*id, Scale::Exact, *code)));
                prop_assert!(!head.takes(minute) && head.has(minute));
                for (id, code) in row {
                    model.entry(*id).or_default().push((minute, *code));
                }
            }
            for id in 0..5 {
                prop_assert_eq!(head.samples(id), model.remove(&id).unwrap_or_default());
            }
            prop_assert_eq!(head.oldest(), rows.keys().next().map(|at| start + at));
        }

        #[test]
        fn any_bytes_can_be_read(steps: Vec<u8>) {
            samples(&steps, 0);
        }
    }

    #[test]
    fn a_series_twice_in_a_minute_counts_once() {
        let mut head = Head::new(0, 0);
        head.push(5, [(1, Scale::Exact, 7), (1, Scale::Exact, 8)].into_iter());
        assert_eq!(head.samples(1), vec![(5, 7)]);
    }

    #[test]
    fn an_unchanged_value_takes_a_byte() {
        let mut head = Head::new(0, 0);
        for minute in 0..WINDOW_MINUTES {
            head.push(minute, [(1, Scale::Exact, 1_000_000)].into_iter());
        }
        assert!(head.columns[&1].steps.len() <= WINDOW_MINUTES as usize + 3);
        assert!(!head.takes(WINDOW_MINUTES));
    }
}
