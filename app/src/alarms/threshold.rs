//! A threshold as people type it: `80`, `2.5`, `20M`, `64 KiB`, `20 MB/s`, `90 %`.

use metrics::catalog::Unit;

/// The value in the metric's unit; none where it is not understood.
pub(super) fn parse(typed: &str, unit: Unit) -> Option<f64> {
    let typed = typed.trim();
    let end = typed
        .find(|c: char| !(c.is_ascii_digit() || ".,_-+".contains(c)))
        .unwrap_or(typed.len());
    let (number, word) = typed.split_at(end);
    let number = number.replace([',', '_'], "");
    let value: f64 = number.parse().ok()?;
    Some(value * factor(word.trim(), unit)?)
}

fn factor(word: &str, unit: Unit) -> Option<f64> {
    let word = word.to_ascii_lowercase();
    let own = match unit {
        Unit::Percent => "%",
        Unit::Milliseconds => "ms",
        Unit::Seconds => "s",
        Unit::PerSecond => "/s",
        Unit::Bytes => "b",
        Unit::BytesPerSecond => "b/s",
        Unit::Count | Unit::Ratio | Unit::Flag => "",
    };
    let word = word.strip_suffix(own).unwrap_or(&word);
    let scales = matches!(
        unit,
        Unit::Count | Unit::PerSecond | Unit::Bytes | Unit::BytesPerSecond
    );
    let factor = match word.trim() {
        "" => 1.0,
        _ if !scales => return None,
        "k" => 1e3,
        "m" => 1e6,
        "g" => 1e9,
        "t" => 1e12,
        "ki" => 1024.0,
        "mi" => 1_048_576.0,
        "gi" => 1_073_741_824.0,
        "ti" => 1_099_511_627_776.0,
        _ => return None,
    };
    Some(factor)
}

/// As it stands in the form: plain, so that it can be typed again.
pub(super) fn plain(value: f64) -> String {
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, unit: Unit, expect: Option<f64>) {
        assert_eq!(parse(typed, unit), expect, "{typed}");
    }

    #[test]
    fn numbers_with_and_without_units() {
        check("80", Unit::Percent, Some(80.0));
        check(" 90 % ", Unit::Percent, Some(90.0));
        check("2.5", Unit::Ratio, Some(2.5));
        check("1,000,000", Unit::Count, Some(1e6));
        check("20M", Unit::Count, Some(2e7));
        check("20 MB/s", Unit::BytesPerSecond, Some(2e7));
        check("64KiB", Unit::Bytes, Some(65_536.0));
        check("5k/s", Unit::PerSecond, Some(5e3));
        check("50 ms", Unit::Milliseconds, Some(50.0));
        check("-1", Unit::Count, Some(-1.0));
        assert_eq!(parse(&plain(0.1 + 0.2), Unit::Ratio), Some(0.1 + 0.2));
        assert_eq!(parse(&plain(1e15), Unit::Count), Some(1e15));
    }

    #[test]
    fn what_is_no_number_is_none() {
        for typed in [
            "", "x", "NaN", "inf", "1e999x", "80 k%", "1 h", "--1", "1.2.3", "５",
        ] {
            check(typed, Unit::Percent, None);
        }
        check("1k", Unit::Ratio, None);
        check("5 parsecs", Unit::Bytes, None);
    }
}
