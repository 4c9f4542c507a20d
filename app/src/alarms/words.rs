//! Notices in words: what is sent by channels, in their language.

use metrics::notify::{Language, Letter, Notice, Occasion, Words};

use super::view;
use crate::format;
use crate::i18n::Lang;
use crate::series;
use crate::visit::{Viewer, as_viewer};

/// Writes notices with the words of the pages.
#[derive(Debug, Clone, Copy, Default)]
pub struct Writer;

impl Words for Writer {
    fn write(&self, notice: &Notice, language: Language, zone: &str) -> Letter {
        let viewer = Viewer {
            lang: match language {
                Language::En => Lang::En,
                Language::ZhCn => Lang::ZhCn,
            },
            zone: jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC),
            now_ms: notice.at_ms,
            ..Viewer::default()
        };
        as_viewer(viewer, || letter(notice))
    }
}

fn letter(notice: &Notice) -> Letter {
    let (rule, of) = (notice.rule.clone(), series::resource(&notice.resource));
    let level = view::level(notice.level).1;
    let subject = match notice.occasion {
        Occasion::Firing => t!("letter-firing", level = level, rule = rule, of = of),
        Occasion::Recovered => t!("letter-recovered", rule = rule, of = of),
        Occasion::Gone => t!("letter-gone", rule = rule, of = of),
        Occasion::Test => {
            return Letter {
                subject: t!("letter-test"),
                lines: vec![
                    t!("letter-test-text"),
                    t!("letter-at", time = format::local(notice.at_ms)),
                ],
            };
        }
    };
    let mut lines = vec![t!(
        "letter-condition",
        metric = series::name(&notice.metric),
        sign = notice.operator.sign(),
        threshold = series::value_of(&notice.metric, notice.threshold),
        periods = view::periods(notice.periods)
    )];
    let value = notice.value.map(|v| series::value_of(&notice.metric, v));
    lines.extend(value.map(|value| t!("letter-value", value = value)));
    match notice.occasion {
        Occasion::Gone => lines.push(t!("letter-gone-text")),
        Occasion::Firing => {
            lines.push(t!("letter-since", time = format::local(notice.since_ms)));
            lines.extend(view::advice(&notice.advice, notice.suggested.as_deref()));
        }
        Occasion::Recovered | Occasion::Test => {
            lines.push(t!("letter-at", time = format::local(notice.at_ms)));
        }
    }
    if notice.more > 0 {
        lines.push(t!("letter-more", count = format::count(notice.more)));
    }
    Letter { subject, lines }
}

#[cfg(test)]
mod tests {
    use metrics::alarms::rule::Pattern;
    use metrics::alarms::{Level, Operator};

    use super::*;

    fn notice(occasion: Occasion) -> Notice {
        Notice {
            occasion,
            rule: "Disk nearly full".into(),
            level: Level::Critical,
            metric: "broker_disk_usage".into(),
            resource: Pattern {
                broker: Some(1),
                ..Pattern::default()
            },
            operator: Operator::Above,
            threshold: 80.0,
            periods: 1,
            value: Some(91.25),
            suggested: Some("broker_disk_usage".into()),
            ..Notice::test(1_773_325_200_004)
        }
    }

    #[test]
    fn a_letter_says_what_where_how_much_since_when_and_what_to_do() {
        let letter = Writer.write(&notice(Occasion::Firing), Language::En, "UTC");
        assert_eq!(letter.subject, "[Critical] Disk nearly full: broker 1");
        assert_eq!(letter.lines[0], "Disk usage > 80 %, once");
        assert_eq!(letter.lines[1], "Value now: 91.25 %");
        assert_eq!(letter.lines[2], "Since 2026-03-12 14:20:00 UTC");
        assert!(letter.lines[3].contains("retention"), "{letter:?}");
    }

    #[test]
    fn it_speaks_the_language_and_the_zone_of_its_channel() {
        let letter = Writer.write(
            &notice(Occasion::Recovered),
            Language::ZhCn,
            "Asia/Shanghai",
        );
        assert_eq!(letter.subject, "已恢复：Disk nearly full：节点 1");
        assert!(
            letter.lines.iter().any(|l| l.contains("22:20:00 CST")),
            "{letter:?}"
        );
        let test = Writer.write(&Notice::test(0), Language::ZhCn, "no/zone");
        assert!(test.subject.contains("测试"));
    }
}
