//! Numbers, bytes, rates, durations, times as the console writes them. Unknown values are the caller's: “—” or a word, never 0.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use leptos::prelude::*;

use crate::visit::viewer;

/// Where a value is not known.
pub const UNKNOWN: &str = "—";
/// Without end.
pub const ENDLESS: &str = "∞";

/// In full, with thousands separators: `1,284,906,331`.
#[must_use]
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The same with a sign where negative: `−1,234`.
#[must_use]
pub fn signed(n: i64) -> String {
    let digits = count(n.unsigned_abs());
    if n < 0 {
        format!("−{digits}")
    } else {
        digits
    }
}

/// For figures and axes, with the exact number in a `title`: `1.24M`, `91.2k`, `950`.
#[must_use]
pub fn short(n: u64) -> String {
    const STEPS: [(f64, &str); 4] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    let value = n as f64;
    match STEPS.into_iter().find(|(step, _)| value >= *step) {
        Some((step, unit)) => format!("{}{unit}", three_digits(value / step)),
        None => n.to_string(),
    }
}

/// Rounded down to three significant digits, so that 999,999 is not yet a million.
fn three_digits(value: f64) -> String {
    let decimals = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    let scale = 10f64.powi(decimals);
    let text = format!("{:.*}", decimals as usize, (value * scale).floor() / scale);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// Figure and unit of a size in binary units with one decimal: (`412.6`, `GiB`), (`0`, `B`).
#[must_use]
pub fn bytes_parts(bytes: u64) -> (String, &'static str) {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return (bytes.to_string(), "B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    (
        format!("{value:.1}"),
        UNITS.get(unit).copied().unwrap_or("EiB"),
    )
}

/// A size in one string: `412.6 GiB`.
#[must_use]
pub fn bytes(n: u64) -> String {
    let (figure, unit) = bytes_parts(n);
    format!("{figure} {unit}")
}

/// A size with its unit small and the exact bytes in the `title`.
#[component]
pub fn Bytes(
    /// How many.
    n: u64,
) -> impl IntoView {
    let (figure, unit) = bytes_parts(n);
    let exact = (n >= 1024).then(|| format!("{} B", count(n)));
    view! { <span title=exact>{figure}" "<small>{unit}</small></span> }
}

/// Figure and unit of a rate in decimal units: two decimals under 1, one under 100, none above: (`86.4`, `MB/s`).
#[must_use]
pub fn rate_parts(bytes_per_s: f64) -> (String, &'static str) {
    const UNITS: [(f64, &str); 4] = [(1e12, "TB/s"), (1e9, "GB/s"), (1e6, "MB/s"), (1e3, "kB/s")];
    let (step, unit) = UNITS
        .into_iter()
        .find(|(step, _)| bytes_per_s >= *step)
        .unwrap_or((1.0, "B/s"));
    (rate_figure(bytes_per_s / step), unit)
}

/// A rate without its unit: two decimals under 1, one under 100, none above.
#[must_use]
pub fn rate_figure(value: f64) -> String {
    match value {
        v if v <= 0.0 => "0".into(),
        v if v < 1.0 => format!("{v:.2}"),
        v if v < 100.0 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    }
}

/// The two largest units: `4 min 12 s`, `1 h 3 min`, `41 d 2 h`, `0 s`; under a second in milliseconds.
#[must_use]
pub fn duration(ms: i64) -> String {
    const SIZES_S: [u64; 4] = [86_400, 3_600, 60, 1];
    let sign = if ms < 0 { "−" } else { "" };
    let ms = ms.unsigned_abs();
    if ms < 1000 && ms > 0 {
        return format!("{sign}{ms} ms");
    }
    let mut rest = ms / 1000;
    let largest = SIZES_S
        .iter()
        .position(|size| rest >= *size)
        .unwrap_or(SIZES_S.len() - 1);
    let mut parts = Vec::with_capacity(2);
    for size in SIZES_S.into_iter().skip(largest).take(2) {
        let n = rest / size;
        rest %= size;
        if n > 0 || parts.is_empty() {
            parts.push(in_unit(n, size));
        }
    }
    format!("{sign}{}", parts.join(" "))
}

/// So many days, hours, minutes or seconds in the viewer's language: `72 h`, `72 小时`.
fn in_unit(n: u64, size_s: u64) -> String {
    let n = count(n);
    match size_s {
        86_400 => t!("format-days", n = n),
        3_600 => t!("format-hours", n = n),
        60 => t!("format-minutes", n = n),
        _ => t!("format-seconds", n = n),
    }
}

/// How long messages are kept: −1 without end, whole hours in hours (as it is entered), else the two largest units.
#[must_use]
pub fn retention(ms: i64) -> String {
    match ms {
        i64::MIN..0 => ENDLESS.into(),
        ms if ms % 3_600_000 == 0 => in_unit(ms.unsigned_abs() / 3_600_000, 3_600),
        ms => duration(ms),
    }
}

/// Milliseconds since the epoch as ISO 8601 in UTC, for `datetime`: `2026-03-12T14:20:00.004Z`.
#[must_use]
pub fn iso(ms: i64) -> String {
    at(ms, &TimeZone::UTC).map_or_else(
        || ms.to_string(),
        |t| t.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
    )
}

/// For the `title`: `2026-03-12 14:20:00.004 UTC`.
#[must_use]
pub fn utc(ms: i64) -> String {
    at(ms, &TimeZone::UTC).map_or_else(
        || ms.to_string(),
        |t| t.strftime("%Y-%m-%d %H:%M:%S.%3f UTC").to_string(),
    )
}

/// In the viewer's zone, with its name: `2026-03-12 22:20:00 GMT+8`; a column of times names its zone once and uses
/// [`clock_ms`].
#[must_use]
pub fn local(ms: i64) -> String {
    let zone = viewer(|v| v.zone.clone());
    at(ms, &zone).map_or_else(
        || ms.to_string(),
        |t| format!("{} {}", t.strftime("%Y-%m-%d %H:%M:%S"), zone_name(ms)),
    )
}

/// In the viewer's zone to the millisecond, padded, without the zone: `2026-03-12 22:20:00.004`.
#[must_use]
pub fn clock_ms(ms: i64) -> String {
    let zone = viewer(|v| v.zone.clone());
    at(ms, &zone).map_or_else(
        || ms.to_string(),
        |t| t.strftime("%Y-%m-%d %H:%M:%S.%3f").to_string(),
    )
}

/// The viewer's zone at that moment: `UTC`, `CET`, `+08`.
#[must_use]
pub fn zone_name(ms: i64) -> String {
    let zone = viewer(|v| v.zone.clone());
    at(ms, &zone).map_or_else(|| "UTC".into(), |t| t.strftime("%Z").to_string())
}

/// How long ago, in words: `just now`, `12 s ago`, `9 min ago`, `11 d ago`; the future as `in 5 min`.
#[must_use]
pub fn ago(ms: i64) -> String {
    let past_ms = viewer(|v| v.now_ms).saturating_sub(ms);
    let seconds = past_ms.unsigned_abs() / 1000;
    let time = match seconds {
        0 => return t!("format-now"),
        s @ 1..60 => in_unit(s, 1),
        s @ 60..3_600 => in_unit(s / 60, 60),
        s @ 3_600..86_400 => in_unit(s / 3_600, 3_600),
        s => in_unit(s / 86_400, 86_400),
    };
    if past_ms > 0 {
        t!("format-ago", time = time)
    } else {
        t!("format-ahead", time = time)
    }
}

/// A moment: relative when it is less than a week away, else date and time in the viewer's zone; UTC on hover.
#[component]
pub fn Time(
    /// Milliseconds since the epoch.
    ms: i64,
    /// Date and time even when it is recent.
    #[prop(optional)]
    absolute: bool,
) -> impl IntoView {
    const WEEK_MS: u64 = 7 * 86_400_000;
    let recent = viewer(|v| v.now_ms).abs_diff(ms) < WEEK_MS;
    let text = if recent && !absolute {
        ago(ms)
    } else {
        local(ms)
    };
    view! { <time datetime=iso(ms) title=utc(ms)>{text}</time> }
}

/// A moment in a column whose head names the zone: to the millisecond; UTC on hover.
#[component]
pub fn TimeMs(
    /// Milliseconds since the epoch.
    ms: i64,
) -> impl IntoView {
    view! { <time datetime=iso(ms) title=utc(ms)>{clock_ms(ms)}</time> }
}

/// None where no calendar reaches: producers may stamp any 64-bit number.
fn at(ms: i64, zone: &TimeZone) -> Option<jiff::Zoned> {
    let moment = Timestamp::from_duration(SignedDuration::from_millis(ms)).ok()?;
    Some(moment.to_zoned(zone.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::visit::{Viewer, as_viewer};

    #[test]
    fn counts() {
        assert_eq!(
            [0, 999, 1000, 1_284_906_331].map(count),
            ["0", "999", "1,000", "1,284,906,331"]
        );
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(signed(-1234), "−1,234");
        assert_eq!(signed(i64::MIN), "−9,223,372,036,854,775,808");
        assert_eq!(
            [0, 950, 91_230, 999_999, 1_240_118, 2_000_000].map(short),
            ["0", "950", "91.2k", "999k", "1.24M", "2M"]
        );
    }

    #[test]
    fn sizes_are_binary_and_rates_decimal() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1024), "1.0 KiB");
        assert_eq!(bytes(1024 * 1024 - 1), "1.0 MiB");
        assert_eq!(bytes(443_025_801_216), "412.6 GiB");
        assert_eq!(bytes(u64::MAX), "16.0 EiB");
        let rate = |v| {
            let (figure, unit) = rate_parts(v);
            format!("{figure} {unit}")
        };
        assert_eq!(rate(0.0), "0 B/s");
        assert_eq!(rate(0.75), "0.75 B/s");
        assert_eq!(rate(86_400_000.0), "86.4 MB/s");
        assert_eq!(rate(171_000_000.0), "171 MB/s");
    }

    #[test]
    fn durations_have_two_units() {
        let s = |n: i64| duration(n * 1000);
        assert_eq!(
            [s(0), s(59), s(252), s(3780), s(3600), s(90_000)],
            ["0 s", "59 s", "4 min 12 s", "1 h 3 min", "1 h", "1 d 1 h"]
        );
        assert_eq!(duration(7), "7 ms");
        assert_eq!(duration(-5000), "−5 s");
        assert_eq!(duration(86_401_000), "1 d");
        assert_eq!(retention(-1), "∞");
        assert_eq!(retention(259_200_000), "72 h");
        assert_eq!(retention(90_000), "1 min 30 s");
    }

    fn viewed(zone: &str, lang: Lang, now_ms: i64) -> Viewer {
        Viewer {
            zone: TimeZone::get(zone).unwrap(),
            lang,
            now_ms,
            ..Viewer::default()
        }
    }

    #[test]
    fn times_are_in_the_viewers_zone_with_utc_beside() {
        const MS: i64 = 1_773_325_200_004; // 2026-03-12T14:20:00.004Z
        as_viewer(viewed("Asia/Shanghai", Lang::En, MS + 540_000), || {
            assert_eq!(local(MS), "2026-03-12 22:20:00 CST");
            assert_eq!(clock_ms(MS), "2026-03-12 22:20:00.004");
            assert_eq!(ago(MS), "9 min ago");
            assert_eq!(ago(MS + 600_000), "in 1 min");
        });
        as_viewer(viewed("UTC", Lang::ZhCn, MS), || {
            assert_eq!(local(MS), "2026-03-12 14:20:00 UTC");
            assert_eq!(ago(MS - 11 * 86_400_000), "11 天前");
            assert_eq!(ago(MS), "刚刚");
        });
        assert_eq!(iso(MS), "2026-03-12T14:20:00.004Z");
        assert_eq!(utc(MS), "2026-03-12 14:20:00.004 UTC");
    }

    #[test]
    fn no_calendar_reaches_every_number() {
        for ms in [i64::MIN, i64::MAX] {
            assert_eq!(iso(ms), ms.to_string());
            assert_eq!(local(ms), ms.to_string());
        }
    }
}
