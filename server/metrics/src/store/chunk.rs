//! One series within one block.
//!
//! A chunk of minutes is a byte for the scale (0 whole numbers, 1 significant bits), which minutes there are, and a list of
//! their codes. A chunk of hours is the same with five lists: how many samples, the smallest code, and as differences to
//! it the largest, the newest and the total (of whole numbers the sum over all samples less the smallest each time, of
//! rounded ones the code of the mean less the smallest).
//!
//! Which minutes: the first, counted from the block's start; the number of runs; the length of each run, and between two
//! runs how many are missing. A list begins with its form: `0` one code for all; `1` the first code and differences;
//! `2` what pco made of it, behind its length. The shortest is taken.

use pco::ChunkConfig;

use super::code::{Reader, Scale, put, put_signed};
use super::head::WINDOW_MINUTES;

/// Minutes of an hour.
pub(super) const HOUR: i64 = 60;

const SAME: u8 = 0;
const STEPS: u8 = 1;
const PACKED: u8 = 2;

/// Longer lists are given to pco. A window's are not: its block lives for a day only.
const STEPS_LEN_MAX: usize = WINDOW_MINUTES as usize;

/// The samples of an hour put together; all but `minute` and `count` are codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hour {
    /// When it begins.
    pub(super) minute: i64,
    pub(super) count: i64,
    pub(super) min: i64,
    pub(super) max: i64,
    pub(super) last: i64,
    /// Of whole numbers the sum, of rounded ones the code of the mean.
    pub(super) total: i64,
}

/// What a chunk holds, by time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chunk<T> {
    pub(super) scale: Scale,
    pub(super) items: Vec<T>,
}

/// Minutes and codes, sorted and each minute once, as a chunk of a block that begins at `base`.
pub(super) fn encode_minutes(scale: Scale, samples: &[(i64, i64)], base: i64) -> Vec<u8> {
    let minutes = samples.iter().map(|(minute, _)| minute - base);
    let codes: Vec<i64> = samples.iter().map(|(_, code)| *code).collect();
    let mut out = vec![scale_byte(scale)];
    put_presence(&mut out, minutes);
    put_list(&mut out, &codes);
    out
}

/// Reads a chunk of a block that begins at `base` and spans so many minutes; `None` when it is damaged.
pub(super) fn decode_minutes(bytes: &[u8], base: i64, span: i64) -> Option<Chunk<(i64, i64)>> {
    let mut reader = Reader(bytes);
    let scale = scale_of(reader.byte()?)?;
    let minutes = presence(&mut reader, span)?;
    let codes = list(&mut reader, minutes.len())?;
    let items = minutes.into_iter().map(|m| base + m).zip(codes).collect();
    reader.is_empty().then_some(Chunk { scale, items })
}

/// Hours, sorted and each once, as a chunk of a block that begins at `base`.
pub(super) fn encode_hours(scale: Scale, hours: &[Hour], base: i64) -> Vec<u8> {
    let mut out = vec![scale_byte(scale)];
    put_presence(&mut out, hours.iter().map(|h| (h.minute - base) / HOUR));
    let mut put_each = |of: &dyn Fn(&Hour) -> i64| {
        let codes: Vec<i64> = hours.iter().map(of).collect();
        put_list(&mut out, &codes);
    };
    put_each(&|h| h.count);
    put_each(&|h| h.min);
    put_each(&|h| h.max.wrapping_sub(h.min));
    put_each(&|h| h.last.wrapping_sub(h.min));
    put_each(&|h| h.total.wrapping_sub(floor(scale, h.count, h.min)));
    out
}

/// Reads a chunk of hours; `None` when it is damaged.
pub(super) fn decode_hours(bytes: &[u8], base: i64, span: i64) -> Option<Chunk<Hour>> {
    let mut reader = Reader(bytes);
    let scale = scale_of(reader.byte()?)?;
    let at = presence(&mut reader, span / HOUR)?;
    let mut next = || list(&mut reader, at.len());
    let (counts, mins, maxs, lasts, totals) = (next()?, next()?, next()?, next()?, next()?);
    let items = at.iter().enumerate().map(|(i, at)| Hour {
        minute: base + at * HOUR,
        count: counts[i].clamp(1, HOUR),
        min: mins[i],
        max: maxs[i].wrapping_add(mins[i]),
        last: lasts[i].wrapping_add(mins[i]),
        total: totals[i].wrapping_add(floor(scale, counts[i], mins[i])),
    });
    let items = items.collect();
    reader.is_empty().then_some(Chunk { scale, items })
}

/// What a total is at least.
fn floor(scale: Scale, count: i64, min: i64) -> i64 {
    match scale {
        Scale::Exact => min.wrapping_mul(count),
        Scale::Rounded => min,
    }
}

/// Puts samples, sorted by minute, together to hours.
pub(super) fn roll_up(scale: Scale, samples: &[(i64, i64)]) -> Vec<Hour> {
    let same_hour = |a: &(i64, i64), b: &(i64, i64)| a.0.div_euclid(HOUR) == b.0.div_euclid(HOUR);
    let hours = samples.chunk_by(same_hour);
    hours.filter_map(|samples| hour(scale, samples)).collect()
}

/// Sorts hours and keeps each once: when a clock was set back, an hour of late minutes does not displace the whole one.
pub(super) fn sort_hours(hours: &mut Vec<Hour>) {
    hours.sort_by_key(|hour| (hour.minute, std::cmp::Reverse(hour.count)));
    hours.dedup_by_key(|hour| hour.minute);
}

fn hour(scale: Scale, samples: &[(i64, i64)]) -> Option<Hour> {
    let codes = || samples.iter().map(|(_, code)| *code);
    let (minute, _) = samples.first()?;
    let (_, last) = samples.last()?;
    let total = match scale {
        Scale::Exact => codes().fold(0, i64::saturating_add),
        Scale::Rounded => {
            let sum: f64 = codes().map(|code| scale.decode(code)).sum();
            scale.encode(sum / samples.len() as f64)?
        }
    };
    Some(Hour {
        minute: minute.div_euclid(HOUR) * HOUR,
        count: samples.len() as i64,
        min: codes().min()?,
        max: codes().max()?,
        last: *last,
        total,
    })
}

fn scale_byte(scale: Scale) -> u8 {
    match scale {
        Scale::Exact => 0,
        Scale::Rounded => 1,
    }
}

fn scale_of(byte: u8) -> Option<Scale> {
    match byte {
        0 => Some(Scale::Exact),
        1 => Some(Scale::Rounded),
        _ => None,
    }
}

/// Writes which places of a span are taken; they rise.
fn put_presence(out: &mut Vec<u8>, places: impl Iterator<Item = i64>) {
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for place in places {
        match runs.last_mut() {
            Some((start, len)) if *start + *len == place => *len += 1,
            _ => runs.push((place, 1)),
        }
    }
    put(out, runs.first().map_or(0, |(start, _)| *start as u64));
    put(out, runs.len() as u64);
    let mut end = None;
    for (start, len) in runs {
        if let Some(end) = end {
            put(out, (start - end) as u64);
        }
        put(out, len as u64);
        end = Some(start + len);
    }
}

fn presence(reader: &mut Reader<'_>, span: i64) -> Option<Vec<i64>> {
    let within = |n: u64| i64::try_from(n).ok().filter(|n| *n <= span);
    let mut at = within(reader.number()?)?;
    let runs = within(reader.number()?)?;
    let mut places = Vec::with_capacity(usize::try_from(span).ok()?.min(1440));
    for run in 0..runs {
        if run > 0 {
            at += within(reader.number()?)?;
        }
        let end = at + within(reader.number()?)?;
        if end > span {
            return None;
        }
        places.extend(at..end);
        at = end;
    }
    Some(places)
}

fn put_list(out: &mut Vec<u8>, codes: &[i64]) {
    let Some((first, rest)) = codes.split_first() else {
        return;
    };
    if rest.iter().all(|code| code == first) {
        out.push(SAME);
        put_signed(out, *first);
        return;
    }
    let mut steps = Vec::with_capacity(codes.len() * 2);
    let mut before = 0_i64;
    for code in codes {
        put_signed(&mut steps, code.wrapping_sub(before));
        before = *code;
    }
    if codes.len() > STEPS_LEN_MAX
        && let Ok(packed) = pco::standalone::simple_compress(codes, &ChunkConfig::default())
        && packed.len() < steps.len()
    {
        out.push(PACKED);
        put(out, packed.len() as u64);
        out.extend_from_slice(&packed);
        return;
    }
    out.push(STEPS);
    out.extend_from_slice(&steps);
}

fn list(reader: &mut Reader<'_>, len: usize) -> Option<Vec<i64>> {
    if len == 0 {
        return Some(Vec::new());
    }
    match reader.byte()? {
        SAME => Some(vec![reader.signed()?; len]),
        STEPS => {
            let mut code = 0_i64;
            (0..len)
                .map(|_| {
                    code = code.wrapping_add(reader.signed()?);
                    Some(code)
                })
                .collect()
        }
        PACKED => {
            let packed_len = usize::try_from(reader.number()?).ok()?;
            let packed = reader.bytes(packed_len)?;
            let mut codes = vec![0; len];
            let done = pco::standalone::simple_decompress_into(packed, &mut codes).ok()?;
            (done.finished && done.n_processed == len).then_some(codes)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn samples() -> impl Strategy<Value = BTreeMap<i64, i64>> {
        let code = prop_oneof![
            Just(5_i64),
            0..100_i64,
            -(1_i64 << 53)..(1_i64 << 53),
            any::<i64>()
        ];
        let few = proptest::collection::btree_map(0..1440_i64, code, 0..40);
        let many = (any::<u64>(), 0..1300_usize, 1..140_usize).prop_map(|(seed, from, len)| {
            let walk = (from..from + len).map(|at| {
                (
                    at as i64,
                    ((seed % 1000) as i64) * at as i64 + (seed >> (at % 50)) as i64 % 9,
                )
            });
            walk.collect()
        });
        prop_oneof![few, many]
    }

    proptest! {
        #[test]
        fn minutes_come_back(samples in samples(), base in 0..9_i64, is_rounded: bool) {
            let base = base * 1440;
            let scale = if is_rounded { Scale::Rounded } else { Scale::Exact };
            let items: Vec<_> = samples.into_iter().map(|(m, c)| (base + m, c)).collect();
            let bytes = encode_minutes(scale, &items, base);
            prop_assert_eq!(decode_minutes(&bytes, base, 1440), Some(Chunk { scale, items }));
        }

        #[test]
        fn hours_tell_of_their_samples(samples in proptest::collection::btree_map(0..1440_i64, -1_000_000..1_000_000_i64, 1..200)) {
            let samples: Vec<_> = samples.into_iter().collect();
            let hours = roll_up(Scale::Exact, &samples);
            let bytes = encode_hours(Scale::Exact, &hours, 0);
            let back = decode_hours(&bytes, 0, 1440).unwrap();
            prop_assert_eq!(&back.items, &hours);
            prop_assert_eq!(hours.iter().map(|h| h.count).sum::<i64>(), samples.len() as i64);
            for hour in hours {
                let inside: Vec<_> = samples.iter().filter(|(m, _)| m / 60 * 60 == hour.minute).map(|(_, c)| *c).collect();
                prop_assert_eq!(Some(hour.min), inside.iter().copied().min());
                prop_assert_eq!(Some(hour.max), inside.iter().copied().max());
                prop_assert_eq!(Some(hour.last), inside.last().copied());
                prop_assert_eq!(hour.total, inside.iter().sum::<i64>());
            }
        }

        #[test]
        fn any_bytes_can_be_read(bytes: Vec<u8>) {
            decode_minutes(&bytes, 0, 1440);
            decode_hours(&bytes, 0, 1440);
        }
    }

    #[test]
    fn a_rounded_mean_is_that_of_the_values() {
        let codes = [1.0, 2.0, 6.0].map(|v| Scale::Rounded.encode(v).unwrap());
        let samples: Vec<_> = (60..).zip(codes).collect();
        let hours = roll_up(Scale::Rounded, &samples);
        assert_eq!((hours[0].minute, hours[0].count), (60, 3));
        assert_eq!(Scale::Rounded.decode(hours[0].total), 3.0);
    }

    #[test]
    fn an_idle_day_takes_few_bytes_and_a_noisy_one_is_packed() {
        let idle: Vec<_> = (0..1440).map(|m| (m, 77)).collect();
        assert!(encode_minutes(Scale::Exact, &idle, 0).len() < 12);
        let noisy: Vec<_> = (0..1440).map(|m| (m, 5_000 + m * m % 251)).collect();
        let bytes = encode_minutes(Scale::Exact, &noisy, 0);
        assert!(bytes.len() < 1600, "{}", bytes.len());
        let whole = decode_minutes(&bytes, 0, 1440).unwrap();
        assert_eq!(whole.items, noisy);
        for at in 0..bytes.len() {
            decode_minutes(&bytes[..at], 0, 1440);
            let mut wrong = bytes.clone();
            wrong[at] ^= 0x41;
            decode_minutes(&wrong, 0, 1440);
        }
    }
}
