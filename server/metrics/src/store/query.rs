//! The points of a chart.

use std::sync::Arc;

use super::block::{Block, Kind};
use super::chunk::{self, HOUR, Hour};
use super::code::Scale;
use super::{DAY, Inner, MINUTE_MAX, StoreError, io_error};
use crate::series::{Point, Series};

/// The most points of an answer: every minute of 15 days, and the edges.
pub const POINTS_MAX: usize = 22_000;

/// Minutes a point may span; beyond, whole days.
const STEPS: [i64; 16] = [
    1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, DAY,
];

/// What a query found.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Minutes that a point spans. Points begin at multiples of it; two neighbours further apart have a gap between them.
    pub step_minutes: i64,
    /// By time.
    pub points: Vec<Point>,
}

/// A stretch of time as it is kept: a minute, or an hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Piece {
    pub(super) minute: i64,
    /// Samples in it.
    pub(super) count: f64,
    pub(super) min: f64,
    pub(super) sum: f64,
    pub(super) max: f64,
    pub(super) last: f64,
}

/// So often is a query begun anew when a block was replaced while it read.
const TRIES: usize = 4;

impl Inner {
    pub(super) fn query(
        &self,
        series: &Series,
        from: i64,
        to: i64,
        points_max: usize,
    ) -> Result<Answer, StoreError> {
        let (from, to) = (from.clamp(0, MINUTE_MAX), to.clamp(0, MINUTE_MAX));
        let Some(known) = self.state.read().table.find(series).copied() else {
            return Ok(put_together(&[], step_of(from, to, points_max, 1)));
        };
        let scale = Scale::of(series.metric.unit);
        let mut tries = 1;
        let (minutes, hours) = loop {
            match self.pieces(known.id, from, to) {
                Err(StoreError::Io { source, .. })
                    if source.kind() == std::io::ErrorKind::NotFound && tries < TRIES =>
                {
                    tries += 1;
                }
                found => break found?,
            }
        };
        let step_min = if hours.is_empty() { 1 } else { HOUR };
        let minutes = minutes.into_iter().filter(|(m, _)| (from..=to).contains(m));
        let minutes = minutes.map(|(minute, code)| Piece::of(minute, scale.decode(code)));
        let mut pieces: Vec<Piece> = minutes.collect();
        pieces.extend(hours.iter().map(|hour| Piece::of_hour(scale, hour)));
        pieces.sort_by_key(|piece| piece.minute);
        Ok(put_together(
            &pieces,
            step_of(from, to, points_max, step_min),
        ))
    }

    /// The minutes of all hours that the range touches, and of those without, what is kept of the hour.
    fn pieces(&self, id: u32, from: i64, to: i64) -> Result<(Vec<Sample>, Vec<Hour>), StoreError> {
        let (from, to) = (hour_of(from), hour_of(to) + HOUR - 1);
        let (mut minutes, blocks) = self.in_memory(id, from, to);
        let read = |block: &Block| {
            block
                .read(&*self.disk, id)
                .map_err(io_error("read", &block.path))
        };
        for block in blocks.iter().filter(|b| b.kind == Kind::Minutes) {
            if let Some(bytes) = read(block)? {
                match chunk::decode_minutes(&bytes, block.start, block.span) {
                    Some(found) => minutes.extend(found.items),
                    None => block.suspect(),
                }
            }
        }
        minutes.retain(|(minute, _)| (from..=to).contains(minute));
        minutes.sort_by_key(|(minute, _)| *minute);
        minutes.dedup_by_key(|(minute, _)| *minute);
        let mut with_minutes: Vec<i64> = minutes.iter().map(|(m, _)| hour_of(*m)).collect();
        with_minutes.dedup();
        let is_without = |hour: i64| with_minutes.binary_search(&hour).is_err();
        let mut hours: Vec<Hour> = Vec::new();
        for block in blocks.iter().filter(|b| b.kind == Kind::Hours) {
            let ends = (
                block.start.max(from),
                (block.start + block.span - 1).min(to),
            );
            let is_needed = (ends.0..=ends.1).step_by(HOUR as usize).any(is_without);
            if is_needed && let Some(bytes) = read(block)? {
                match chunk::decode_hours(&bytes, block.start, block.span) {
                    Some(found) => hours.extend(found.items),
                    None => block.suspect(),
                }
            }
        }
        hours.retain(|hour| (from..=to).contains(&hour.minute) && is_without(hour.minute));
        chunk::sort_hours(&mut hours);
        Ok((minutes, hours))
    }

    /// The samples in memory, and the blocks of the range, the newest first.
    fn in_memory(&self, id: u32, from: i64, to: i64) -> (Vec<Sample>, Vec<Arc<Block>>) {
        let state = self.state.read();
        let heads = state.closing.iter().map(|h| &**h).chain(&state.head);
        let minutes = heads.flat_map(|head| head.samples(id)).collect();
        let touches = |b: &&Arc<Block>| b.start <= to && b.start + b.span > from;
        let mut blocks: Vec<_> = state.blocks.iter().filter(touches).cloned().collect();
        drop(state);
        blocks.sort_by_key(|block| std::cmp::Reverse(block.seq));
        (minutes, blocks)
    }
}

/// Minute and code.
type Sample = (i64, i64);

fn hour_of(minute: i64) -> i64 {
    minute.div_euclid(HOUR) * HOUR
}

impl Piece {
    /// One hour.
    fn of_hour(scale: Scale, hour: &Hour) -> Self {
        let count = hour.count as f64;
        let sum = match scale {
            Scale::Exact => hour.total as f64,
            Scale::Rounded => scale.decode(hour.total) * count,
        };
        Self {
            minute: hour.minute,
            count,
            min: scale.decode(hour.min),
            sum,
            max: scale.decode(hour.max),
            last: scale.decode(hour.last),
        }
    }

    /// One sample.
    pub(super) fn of(minute: i64, value: f64) -> Self {
        Self {
            minute,
            count: 1.0,
            min: value,
            sum: value,
            max: value,
            last: value,
        }
    }
}

/// The smallest step, but not below a given one, at which a range has no more points than wanted.
fn step_of(from: i64, to: i64, points_max: usize, step_min: i64) -> i64 {
    // Two, because the shortest range may lie across the end of a step of any length.
    let points_max = i64::try_from(points_max.clamp(2, POINTS_MAX)).unwrap_or(2);
    let fits = |step: i64| to.div_euclid(step) - from.div_euclid(step) < points_max;
    let mut steps = STEPS.into_iter().filter(|step| *step >= step_min);
    if let Some(step) = steps.find(|step| fits(*step)) {
        return step;
    }
    let days = ((to - from) / DAY / (points_max - 1)).max(1);
    (days + 1) * DAY
}

/// Puts pieces, sorted by time, together to points.
fn put_together(pieces: &[Piece], step: i64) -> Answer {
    let mut points: Vec<Point> = Vec::new();
    let (mut sum, mut count) = (0.0, 0.0);
    for piece in pieces {
        let minute = piece.minute.div_euclid(step) * step;
        match points.last_mut().filter(|point| point.minute == minute) {
            Some(point) => {
                (sum, count) = (sum + piece.sum, count + piece.count);
                point.min = point.min.min(piece.min);
                point.max = point.max.max(piece.max);
                point.avg = sum / count;
                point.last = piece.last;
                point.samples = count as u32;
            }
            None => {
                (sum, count) = (piece.sum, piece.count);
                points.push(Point {
                    minute,
                    min: piece.min,
                    avg: sum / count,
                    max: piece.max,
                    last: piece.last,
                    samples: count as u32,
                });
            }
        }
    }
    Answer {
        step_minutes: step,
        points,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_more_points_than_wanted(from in 0..MINUTE_MAX, len in 0..MINUTE_MAX, points_max in 0..30_000_usize) {
            let to = (from + len).min(MINUTE_MAX);
            let step = step_of(from, to, points_max, 1);
            prop_assert!(step >= 1 && step_of(from, to, points_max, HOUR) % HOUR == 0);
            let points = to / step - from / step + 1;
            prop_assert!(points <= points_max.clamp(2, POINTS_MAX) as i64, "{} points of {} minutes", points, step);
        }

        #[test]
        fn points_say_what_the_samples_were(values in proptest::collection::btree_map(0..500_i64, -1e6..1e6_f64, 0..100), step in 1..90_i64) {
            let pieces: Vec<Piece> = values.iter().map(|(m, v)| Piece::of(*m, *v)).collect();
            let answer = put_together(&pieces, step);
            prop_assert!(answer.points.is_sorted_by(|a, b| a.minute < b.minute));
            for point in &answer.points {
                let inside: Vec<f64> = values.range(point.minute..point.minute + step).map(|(_, v)| *v).collect();
                prop_assert!(!inside.is_empty());
                prop_assert_eq!(point.min, inside.iter().copied().fold(f64::INFINITY, f64::min));
                prop_assert_eq!(point.max, inside.iter().copied().fold(f64::NEG_INFINITY, f64::max));
                prop_assert_eq!(point.last, *inside.last().unwrap());
                prop_assert_eq!(point.samples as usize, inside.len());
                let mean = inside.iter().sum::<f64>() / inside.len() as f64;
                prop_assert!((point.avg - mean).abs() < 1e-6);
            }
            let all: usize = answer.points.iter().map(|p| values.range(p.minute..p.minute + step).count()).sum();
            prop_assert_eq!(all, values.len(), "nothing is left out");
        }
    }
}
