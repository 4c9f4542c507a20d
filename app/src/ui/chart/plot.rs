//! Lines, bands and gaps as SVG paths. plotters maps values to places; a backend of ours writes what it draws as path data, so that
//! colours stay a matter of classes.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::ops::Range;

use metrics::series::Point;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::{
    Cartesian2d, DrawingArea, IntoDrawingArea, PathElement, Polygon, Rectangle,
};
use plotters::style::{BLACK, Color};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, DrawingBackend, DrawingErrorKind,
};

use super::scale::sound;

/// Pixels of a plot; a path writes hundredths of the 100 × 100 that its `viewBox` has.
const SIDE: i32 = 10_000;

/// The most points one line is drawn from; more are put together.
pub(super) const POINTS_MAX: usize = 720;

/// Writes all that is drawn as path data.
struct Pen<'a> {
    d: &'a mut String,
}

impl Pen<'_> {
    fn place(&mut self, lead: char, (x, y): BackendCoord) {
        self.d.push(lead);
        self.number(x);
        self.d.push(' ');
        self.number(y);
    }

    /// A hundredth, without zeros at its end.
    fn number(&mut self, n: i32) {
        let n = n.clamp(-SIDE, 2 * SIDE);
        let sign = if n < 0 { "-" } else { "" };
        let (whole, rest) = (n.abs() / 100, n.abs() % 100);
        // Writing to a string cannot fail.
        let _ = match rest {
            0 => write!(self.d, "{sign}{whole}"),
            r if r % 10 == 0 => write!(self.d, "{sign}{whole}.{}", r / 10),
            r => write!(self.d, "{sign}{whole}.{r:02}"),
        };
    }

    fn through(&mut self, places: impl IntoIterator<Item = BackendCoord>) {
        for (at, place) in places.into_iter().enumerate() {
            self.place(if at == 0 { 'M' } else { 'L' }, place);
        }
    }
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Pen<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (SIDE.unsigned_abs(), SIDE.unsigned_abs())
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    /// Nothing here is drawn by dots.
    fn draw_pixel(&mut self, _: BackendCoord, _: BackendColor) -> Drawn {
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        _: &S,
        _: bool,
    ) -> Drawn {
        self.through([(left, top), (right, top), (right, bottom), (left, bottom)]);
        self.d.push('z');
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        _: &S,
    ) -> Drawn {
        self.through(path);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        _: &S,
    ) -> Drawn {
        self.through(corners);
        self.d.push('z');
        Ok(())
    }
}

type Area<'a> = DrawingArea<Pen<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// What a plot shows: minutes from left to right, values from foot to head.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// First and last minute.
    minutes: (f64, f64),
    /// Value at foot and head.
    values: (f64, f64),
}

impl Frame {
    pub(super) fn new((from, to): (i64, i64), (low, high): (f64, f64)) -> Self {
        Self {
            minutes: (from as f64, to.max(from.saturating_add(1)) as f64),
            values: (low, high),
        }
    }

    fn path(
        &self,
        draw: impl FnOnce(&Area<'_>) -> Result<(), DrawingAreaErrorKind<Infallible>>,
    ) -> String {
        let mut d = String::new();
        {
            let whole: DrawingArea<_, Shift> = Pen { d: &mut d }.into_drawing_area();
            // Pixels are counted downwards.
            let upwards = Range {
                start: SIDE,
                end: 0,
            };
            let places = (0..SIDE, upwards);
            let area = whole.apply_coord_spec(Cartesian2d::<RangedCoordf64, RangedCoordf64>::new(
                self.minutes.0..self.minutes.1,
                self.values.0..self.values.1,
                places,
            ));
            // The backend cannot fail.
            let _ = draw(&area);
        }
        d
    }

    /// Within the plot.
    fn x(&self, minute: i64, step: i64) -> f64 {
        let middle = minute as f64 + (step.max(1) - 1) as f64 / 2.0;
        middle.clamp(self.minutes.0, self.minutes.1)
    }

    /// Within the plot: plotters cannot place what lies far outside.
    fn y(&self, value: f64) -> f64 {
        value.clamp(self.values.0, self.values.1)
    }

    /// The line through the means; a gap breaks it. A stretch of one point is as long as its step.
    pub(super) fn line(&self, points: &[Point], step: i64) -> String {
        self.path(|area| {
            for stretch in stretches(points, step) {
                let mut places: Vec<_> = stretch
                    .iter()
                    .map(|p| (self.x(p.minute, step), self.y(p.avg)))
                    .collect();
                if let [(x, y)] = places[..] {
                    let half = (self.minutes.1 - self.minutes.0) / 400.0;
                    places = vec![
                        ((x - half).max(self.minutes.0), y),
                        ((x + half).min(self.minutes.1), y),
                    ];
                }
                area.draw(&PathElement::new(places, BLACK))?;
            }
            Ok(())
        })
    }

    /// A dot for each stretch of one point, which is no line to see.
    pub(super) fn dots(&self, points: &[Point], step: i64) -> String {
        self.path(|area| {
            let lone = stretches(points, step).filter(|stretch| stretch.len() == 1);
            for point in lone.flatten() {
                let place = (self.x(point.minute, step), self.y(point.avg));
                area.draw(&PathElement::new(vec![place, place], BLACK))?;
            }
            Ok(())
        })
    }

    /// From foot to head at each minute.
    pub(super) fn uprights(&self, minutes: impl Iterator<Item = i64>) -> String {
        self.path(|area| {
            for minute in minutes {
                let x = self.x(minute, 1);
                let ends = [(x, self.values.0), (x, self.values.1)];
                area.draw(&PathElement::new(ends, BLACK))?;
            }
            Ok(())
        })
    }

    /// Where a minute is, in hundredths of the width.
    pub(super) fn percent_x(&self, minute: i64) -> f64 {
        let (from, to) = self.minutes;
        (self.x(minute, 1) - from) / (to - from) * 100.0
    }

    /// Where a value is, in hundredths of the height, from the head.
    pub(super) fn percent_y(&self, value: f64) -> f64 {
        let (low, high) = self.values;
        (high - self.y(value)) / (high - low) * 100.0
    }

    /// The ground between the least and the most of each point; empty where points are single samples.
    pub(super) fn band(&self, points: &[Point], step: i64) -> String {
        self.path(|area| {
            for stretch in stretches(points, step) {
                if stretch.len() < 2 || stretch.iter().all(|p| p.min == p.max) {
                    continue;
                }
                let x = |p: &Point| self.x(p.minute, step);
                let upper = stretch.iter().map(|p| (x(p), self.y(p.max)));
                let lower = stretch.iter().rev().map(|p| (x(p), self.y(p.min)));
                let around: Vec<_> = upper.chain(lower).collect();
                area.draw(&Polygon::new(around, BLACK.filled()))?;
            }
            Ok(())
        })
    }

    /// From side to side at each value.
    pub(super) fn levels(&self, values: &[f64]) -> String {
        self.path(|area| {
            for value in values.iter().copied().filter_map(sound) {
                let ends = [
                    (self.minutes.0, self.y(value)),
                    (self.minutes.1, self.y(value)),
                ];
                area.draw(&PathElement::new(ends, BLACK))?;
            }
            Ok(())
        })
    }

    /// From foot to head, each stretch.
    pub(super) fn shades(&self, stretches: &[(i64, i64)], step: i64) -> String {
        self.path(|area| {
            for (from, to) in stretches {
                let corners = [
                    (self.x(*from, step), self.values.1),
                    (self.x(*to, step), self.values.0),
                ];
                area.draw(&Rectangle::new(corners, BLACK.filled()))?;
            }
            Ok(())
        })
    }
}

/// Only what can be drawn: numbers, by time, not too many.
pub(super) fn drawable(points: &[Point], step: i64) -> (Vec<Point>, i64) {
    let mut kept: Vec<Point> = Vec::with_capacity(points.len());
    for point in points {
        let values = (
            sound(point.min),
            sound(point.avg),
            sound(point.max),
            sound(point.last),
        );
        let (Some(min), Some(avg), Some(max), Some(last)) = values else {
            continue;
        };
        if kept
            .last()
            .is_none_or(|before| before.minute < point.minute)
        {
            kept.push(Point {
                minute: point.minute,
                min,
                avg,
                max,
                last,
                samples: point.samples.max(1),
            });
        }
    }
    let mut step = step.max(1);
    while kept.len() > POINTS_MAX {
        step = step.saturating_mul(2);
        kept = put_together(&kept, step);
    }
    (kept, step)
}

/// Points of a wider step; none of the smallest and largest values is lost.
fn put_together(points: &[Point], step: i64) -> Vec<Point> {
    let mut wide: Vec<Point> = Vec::with_capacity(points.len() / 2 + 1);
    for point in points {
        let minute = point.minute.div_euclid(step).saturating_mul(step);
        match wide.last_mut().filter(|p| p.minute == minute) {
            Some(p) => {
                p.samples = p.samples.saturating_add(point.samples);
                p.avg += (point.avg - p.avg) * f64::from(point.samples) / f64::from(p.samples);
                p.min = p.min.min(point.min);
                p.max = p.max.max(point.max);
                p.last = point.last;
            }
            None => wide.push(Point { minute, ..*point }),
        }
    }
    wide
}

/// Points that follow each other without a gap.
fn stretches(points: &[Point], step: i64) -> impl Iterator<Item = &[Point]> {
    points.chunk_by(move |a, b| b.minute.saturating_sub(a.minute) <= step.max(1))
}

/// Where no line has a point: first and last minute of each stretch. The minute that is still being sampled is none.
pub(super) fn gaps(lines: &[Vec<Point>], (from, to): (i64, i64), step: i64) -> Vec<(i64, i64)> {
    let step = step.max(1);
    let mut minutes: Vec<i64> = lines.iter().flatten().map(|p| p.minute).collect();
    minutes.sort_unstable();
    minutes.dedup();
    let mut found = Vec::new();
    let mut before = from;
    for minute in minutes {
        if minute.saturating_sub(before) > step {
            found.push((before, minute));
        }
        before = before.max(minute);
    }
    if to.saturating_sub(before) > step.saturating_add(1) {
        found.push((before, to));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::point;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_gap_breaks_the_line_and_is_shaded() {
        let points = [
            point(0, 0.0),
            point(1, 50.0),
            point(8, 100.0),
            point(9, 25.0),
        ];
        let frame = Frame::new((0, 10), (0.0, 100.0));
        assert_eq!(frame.line(&points, 1), "M0 100L10 50M80 0L90 75");
        let gaps = gaps(&[points.to_vec()], (0, 10), 1);
        assert_eq!(gaps, [(1, 8)]);
        assert_eq!(frame.shades(&gaps, 1), "M10 0L80 0L80 100L10 100z");
        assert_eq!(frame.levels(&[0.0, 50.0]), "M0 100L100 100M0 50L100 50");
        assert_eq!(frame.line(&points[..1], 1), "M0 100L0.25 100");
        assert_eq!(frame.dots(&points[..1], 1), "M0 100L0 100");
        assert_eq!(frame.dots(&points, 1), "");
        assert_eq!(frame.uprights([2].into_iter()), "M20 100L20 0");
        assert_eq!((frame.percent_x(5), frame.percent_y(75.0)), (50.0, 25.0));
    }

    #[test]
    fn where_nothing_was_sampled_all_is_a_gap() {
        assert_eq!(gaps(&[], (100, 160), 1), [(100, 160)]);
        assert_eq!(
            gaps(&[vec![point(130, 1.0)]], (100, 160), 1),
            [(100, 130), (130, 160)]
        );
        let whole: Vec<_> = (100..159).map(|m| point(m, 1.0)).collect();
        assert_eq!(gaps(&[whole], (100, 160), 1), []);
    }

    #[test]
    fn wide_points_have_a_band() {
        let points = [
            Point {
                minute: 0,
                min: 0.0,
                avg: 5.0,
                max: 10.0,
                last: 1.0,
                samples: 10,
            },
            Point {
                minute: 10,
                min: 2.0,
                avg: 5.0,
                max: 8.0,
                last: 1.0,
                samples: 10,
            },
        ];
        let frame = Frame::new((0, 19), (0.0, 10.0));
        assert_eq!(
            frame.band(&points, 10),
            "M23.68 0L76.31 20L76.31 80L23.68 100z"
        );
        assert_eq!(frame.band(&[point(0, 1.0), point(1, 2.0)], 1), "");
    }

    fn wild() -> impl Strategy<Value = Point> {
        (
            any::<i64>(),
            any::<f64>(),
            any::<f64>(),
            any::<f64>(),
            any::<f64>(),
            any::<u32>(),
        )
            .prop_map(|(minute, min, avg, max, last, samples)| Point {
                minute,
                min,
                avg,
                max,
                last,
                samples,
            })
    }

    proptest! {
        #[test]
        fn any_points_make_a_path_of_numbers(points in proptest::collection::vec(wild(), 0..50), from in any::<i64>(), to in any::<i64>(), step in any::<i64>(), low in any::<f64>(), high in any::<f64>()) {
            let scale = super::super::scale::Scale::of(metrics::catalog::Unit::Count, low, high);
            let frame = Frame::new((from, to), (scale.low, scale.high));
            let (points, step) = drawable(&points, step);
            let gaps = gaps(std::slice::from_ref(&points), (from, to), step);
            for d in [frame.line(&points, step), frame.dots(&points, step), frame.band(&points, step), frame.shades(&gaps, step), frame.levels(&[low, high])] {
                prop_assert!(d.bytes().all(|b| b.is_ascii_digit() || b"MLz. -".contains(&b)), "{d}");
            }
        }

        #[test]
        fn fewer_points_keep_the_least_and_the_most(values in proptest::collection::vec(-1e9..1e9_f64, 1..3_000)) {
            let points: Vec<_> = values.iter().enumerate().map(|(m, v)| point(m as i64, *v)).collect();
            let (few, step) = drawable(&points, 1);
            prop_assert!(few.len() <= POINTS_MAX && step >= 1);
            let least = |points: &[Point]| points.iter().map(|p| p.min).fold(f64::INFINITY, f64::min);
            let most = |points: &[Point]| points.iter().map(|p| p.max).fold(f64::NEG_INFINITY, f64::max);
            prop_assert_eq!(least(&few), least(&points));
            prop_assert_eq!(most(&few), most(&points));
            prop_assert_eq!(few.last().unwrap().last, points.last().unwrap().last);
        }
    }
}
