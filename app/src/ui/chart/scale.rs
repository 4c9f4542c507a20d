//! What stands beside a chart: the unit that suits its values, round ticks from zero, figures.

use metrics::catalog::Unit;

use crate::format;

/// Values beyond are drawn and written as if they were this large; nothing that is measured comes near.
const VALUE_MAX: f64 = 1e300;

/// Below it a value is as good as none.
const VALUE_MIN: f64 = 1e-9;

/// Spaces between ticks that an axis has at most, unless it goes below zero.
const STEPS: f64 = 4.0;

/// From which value on a divisor is used, the divisor, and what is then counted.
type Step = (f64, f64, &'static str);

const RATES: [Step; 5] = [
    (1e12, 1e12, "TB/s"),
    (1e9, 1e9, "GB/s"),
    (1e6, 1e6, "MB/s"),
    (1e3, 1e3, "kB/s"),
    (0.0, 1.0, "B/s"),
];
const KIB: f64 = 1024.0;
const SIZES: [Step; 6] = [
    (
        KIB * KIB * KIB * KIB * KIB,
        KIB * KIB * KIB * KIB * KIB,
        "PiB",
    ),
    (KIB * KIB * KIB * KIB, KIB * KIB * KIB * KIB, "TiB"),
    (KIB * KIB * KIB, KIB * KIB * KIB, "GiB"),
    (KIB * KIB, KIB * KIB, "MiB"),
    (KIB, KIB, "KiB"),
    (0.0, 1.0, "B"),
];
const MILLISECONDS: [Step; 2] = [(1e4, 1e3, "s"), (0.0, 1.0, "ms")];
const SECONDS: [Step; 4] = [
    (172_800.0, 86_400.0, "d"),
    (7_200.0, 3_600.0, "h"),
    (600.0, 60.0, "min"),
    (0.0, 1.0, "s"),
];

/// Thousands and more of what is only counted: each figure carries its own.
const COUNTS: [(f64, &str); 5] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, "")];

/// The axis of values of one chart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    /// What the values count.
    of: Unit,
    /// Values are divided by it before they are written.
    divisor: f64,
    /// What is counted, behind the title; empty for plain numbers.
    pub(super) unit: String,
    /// Value at the foot.
    pub(super) low: f64,
    /// Value at the head.
    pub(super) high: f64,
    /// Between two ticks.
    step: f64,
}

/// A number that can be drawn.
pub(super) fn sound(value: f64) -> Option<f64> {
    value
        .is_finite()
        .then(|| value.clamp(-VALUE_MAX, VALUE_MAX))
}

impl Scale {
    /// For values between two bounds. The axis holds zero, and its ticks are round numbers.
    pub(super) fn of(unit: Unit, min: f64, max: f64) -> Self {
        let (min, max) = (sound(min).unwrap_or(0.0), sound(max).unwrap_or(0.0));
        let (min, max) = (min.min(max).min(0.0), max.max(min).max(0.0));
        let (divisor, word) = unit_of(unit, max.max(-min));
        let (low, high, step) = match unit {
            Unit::Flag if max <= 1.0 && min >= 0.0 => (0.0, 1.0, 1.0),
            Unit::Percent if max <= 100.0 && min >= 0.0 => (0.0, 100.0, 25.0),
            _ => round_range(min / divisor, max / divisor, unit == Unit::Count),
        };
        Self {
            of: unit,
            divisor,
            unit: word,
            low: low * divisor,
            high: high * divisor,
            step,
        }
    }

    /// The values of the ticks, from the foot to the head.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let step = self.step * self.divisor;
        let count = ((self.high - self.low) / step).round().clamp(1.0, 12.0) as usize;
        (0..=count).map(|at| self.low + at as f64 * step).collect()
    }

    /// A value as it is written: divided, without its unit.
    pub(super) fn written(&self, value: f64) -> f64 {
        value / self.divisor
    }

    /// A tick as the axis has it: as many decimals as its step needs.
    pub(super) fn tick_text(&self, value: f64) -> String {
        let (size, suffix) = if matches!(self.of, Unit::Count | Unit::PerSecond | Unit::Ratio) {
            count_step(self.high.max(-self.low))
        } else {
            (1.0, "")
        };
        let (value, step) = (value / self.divisor / size, self.step / size);
        let decimals = (0..4).find(|d| {
            let scaled = step * 10f64.powi(*d);
            (scaled - scaled.round()).abs() < 1e-6 * scaled.abs().max(1.0)
        });
        let text = format!("{value:.*}", decimals.unwrap_or(4) as usize);
        match text.strip_prefix('-') {
            _ if value == 0.0 => "0".into(),
            Some(rest) => format!("−{rest}{suffix}"),
            None => format!("{text}{suffix}"),
        }
    }

    /// A value in the chart's unit, which is not repeated: `59.7`, `1.14M`.
    pub(super) fn figure(&self, value: f64) -> String {
        let Some(value) = sound(value) else {
            return format::UNKNOWN.into();
        };
        let sign = if value < 0.0 { "−" } else { "" };
        let value = value.abs() / self.divisor;
        let text = match self.of {
            Unit::Count | Unit::PerSecond | Unit::Ratio | Unit::Flag => counted(value),
            _ => measured(value),
        };
        if text == "0" {
            text
        } else {
            format!("{sign}{text}")
        }
    }

    /// [`Scale::figure`] with its unit: `59.7 MB/s`.
    pub(super) fn figure_with_unit(&self, value: f64) -> String {
        let figure = self.figure(value);
        if self.unit.is_empty() {
            figure
        } else {
            format!("{figure} {}", self.unit)
        }
    }
}

/// A value alone, in the unit that suits it: `18.4 MB/s`, `1.14M`.
#[must_use]
pub fn alone(unit: Unit, value: f64) -> String {
    Scale::of(unit, 0.0, value).figure_with_unit(value)
}

/// The divisor for values as large as this, and the word for what is then counted.
fn unit_of(unit: Unit, largest: f64) -> (f64, String) {
    let pick = |steps: &[Step]| {
        let found = steps.iter().find(|(from, ..)| largest >= *from);
        found.map_or((1.0, ""), |(_, divisor, word)| (*divisor, *word))
    };
    let (divisor, word) = match unit {
        Unit::BytesPerSecond => pick(&RATES),
        Unit::Bytes => pick(&SIZES),
        Unit::Milliseconds => pick(&MILLISECONDS),
        Unit::Seconds => pick(&SECONDS),
        Unit::Percent => (1.0, "%"),
        Unit::PerSecond => return (1.0, t!("chart-per-second")),
        Unit::Count | Unit::Ratio | Unit::Flag => (1.0, ""),
    };
    let word = match word {
        "d" => t!("chart-unit-days"),
        "h" => t!("chart-unit-hours"),
        "min" => t!("chart-unit-minutes"),
        "s" => t!("chart-unit-seconds"),
        other => other.to_owned(),
    };
    (divisor, word)
}

fn count_step(largest: f64) -> (f64, &'static str) {
    let found = COUNTS.into_iter().find(|(size, _)| largest >= *size);
    found.unwrap_or((1.0, ""))
}

/// Foot, head and step of an axis that holds both values and zero.
fn round_range(min: f64, max: f64, whole: bool) -> (f64, f64, f64) {
    let span = max - min;
    if span < VALUE_MIN {
        return (0.0, 1.0, if whole { 1.0 } else { 0.25 });
    }
    let step = round_step(span / STEPS, whole);
    let steps = |value: f64| (value / step - 1e-9).ceil().max(0.0);
    (-steps(-min) * step, steps(max).max(1.0) * step, step)
}

/// The smallest of 1, 2, 2.5, 5 and 10 times a power of ten that is no less.
fn round_step(least: f64, whole: bool) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    let found = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|n| n * power)
        .find(|step| {
            let is_whole = !whole || (step.fract() == 0.0 && *step >= 1.0);
            is_whole && *step >= least * (1.0 - 1e-9)
        });
    found.unwrap_or(if whole { 1.0 } else { least })
}

/// Three digits at most and a letter for thousands: `307k`, `1.15M`, `3.4`.
fn counted(value: f64) -> String {
    // What would be written as 1000 of one size is one of the next.
    let (size, suffix) = count_step(value * 1.000_500_1);
    let scaled = value / size;
    let decimals = match scaled {
        v if v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        _ => 2,
    };
    let text = format!("{scaled:.decimals$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    if text == "0" && value > 0.0 {
        return "<0.01".into();
    }
    format!("{text}{suffix}")
}

fn measured(value: f64) -> String {
    match format::rate_figure(value).as_str() {
        "0.00" if value > 0.0 => "<0.01".into(),
        text => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(unit: Unit, max: f64, word: &str, ticks: &[&str]) {
        let scale = Scale::of(unit, 0.0, max);
        let texts: Vec<_> = scale.ticks().iter().map(|v| scale.tick_text(*v)).collect();
        assert_eq!(
            (scale.unit.as_str(), texts),
            (word, ticks.iter().map(|t| (*t).to_owned()).collect()),
            "{max}"
        );
    }

    #[test]
    fn ticks_are_round_and_begin_at_zero() {
        check(
            Unit::BytesPerSecond,
            190e6,
            "MB/s",
            &["0", "50", "100", "150", "200"],
        );
        check(
            Unit::BytesPerSecond,
            0.0,
            "B/s",
            &["0.00", "0.25", "0.50", "0.75", "1.00"].map(|t| if t == "0.00" { "0" } else { t }),
        );
        check(
            Unit::Bytes,
            3.0 * 1024.0 * 1024.0,
            "MiB",
            &["0", "1", "2", "3"],
        );
        check(Unit::Count, 1_150_000.0, "", &["0", "0.5M", "1.0M", "1.5M"]);
        check(Unit::Count, 2.0, "", &["0", "1", "2"]);
        check(Unit::Count, 0.0, "", &["0", "1"]);
        check(Unit::Percent, 73.0, "%", &["0", "25", "50", "75", "100"]);
        check(Unit::Percent, 130.0, "%", &["0", "50", "100", "150"]);
        check(Unit::Flag, 1.0, "", &["0", "1"]);
        check(
            Unit::Milliseconds,
            18.0,
            "ms",
            &["0", "5", "10", "15", "20"],
        );
        check(
            Unit::Milliseconds,
            18_000.0,
            "s",
            &["0", "5", "10", "15", "20"],
        );
        check(Unit::Seconds, 90_000.0, "h", &["0", "10", "20", "30"]);
        check(Unit::Ratio, 0.3, "", &["0", "0.1", "0.2", "0.3"]);
    }

    #[test]
    fn figures_have_few_digits() {
        let mb = Scale::of(Unit::BytesPerSecond, 0.0, 190e6);
        assert_eq!(
            [59.7e6, 141e6, 0.0, 1.0].map(|v| mb.figure(v)),
            ["59.7", "141", "0", "<0.01"]
        );
        let count = Scale::of(Unit::Count, 0.0, 1.2e6);
        assert_eq!(
            [307_000.0, 1_150_000.0, 12.0, 3.4, 999_999.0, 0.0].map(|v| count.figure(v)),
            ["307k", "1.15M", "12", "3.4", "1M", "0"]
        );
        assert_eq!(count.figure(f64::NAN), "—");
        assert_eq!(alone(Unit::BytesPerSecond, 18.4e6), "18.4 MB/s");
        assert_eq!(alone(Unit::Count, 1_140_000.0), "1.14M");
        assert_eq!(alone(Unit::Seconds, 42.0), "42.0 s");
        assert_eq!(Scale::of(Unit::Bytes, -5.0, 5.0).figure(-5.0), "−5.0");
    }

    proptest! {
        #[test]
        fn any_range_has_a_few_ordered_ticks(min in any::<f64>(), max in any::<f64>(), at in 0..9_usize) {
            let units = [Unit::Count, Unit::PerSecond, Unit::Bytes, Unit::BytesPerSecond, Unit::Percent, Unit::Milliseconds, Unit::Seconds, Unit::Ratio, Unit::Flag];
            let scale = Scale::of(units[at], min, max);
            prop_assert!(scale.low.is_finite() && scale.high.is_finite() && scale.low < scale.high, "{scale:?}");
            let slack = (scale.high - scale.low) * 1e-6 + VALUE_MIN;
            for value in [min, max].into_iter().filter_map(sound) {
                prop_assert!(value >= scale.low - slack && value <= scale.high + slack, "{value} in {scale:?}");
            }
            let ticks = scale.ticks();
            prop_assert!((2..=13).contains(&ticks.len()) && ticks.is_sorted(), "{ticks:?}");
            for tick in ticks {
                prop_assert!(!scale.tick_text(tick).contains("NaN"));
            }
            prop_assert!(!scale.figure(max).contains("NaN"));
        }
    }
}
