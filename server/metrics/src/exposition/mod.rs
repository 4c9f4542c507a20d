//! `/metrics`: the newest samples as OpenMetrics text (openmetrics.io, version 1.0.0), written piece by piece.
//!
//! Every metric of the catalogue is a gauge under its own id with `millrace_` before it; the process itself has the names that all
//! processes have. The text is also valid in Prometheus' older format, which takes `# UNIT` and `# EOF` for comments.

mod help;

use std::fmt::Write;
use std::ops::Range;
use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use crate::catalog::{self, Metric};
use crate::process::Process;
use crate::sampler::figures;
use crate::series::{Resource, Series};

/// The media type of [`Exposition`].
pub const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// The media type of the older format.
pub const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Bytes of a piece, about.
const PIECE_BYTES: usize = 64 << 10;

/// Samples in the catalogue's order.
type Samples = Arc<[(Series, f64)]>;

/// The text, as an iterator of pieces.
#[derive(Debug)]
pub struct Exposition {
    /// What is still to be written, the last first.
    families: Vec<Family>,
    /// What is written and not yet given.
    text: String,
    ended: bool,
    place: Option<OwnedSemaphorePermit>,
}

/// One metric and its samples.
#[derive(Debug)]
struct Family {
    metric: &'static Metric,
    samples: Samples,
    range: Range<usize>,
}

impl Exposition {
    /// `instant` is what can be told now, `last` what was sampled last; of each metric one of the two is taken.
    pub(crate) fn new(
        instant: Samples,
        last: Option<Samples>,
        process: Option<Process>,
        files: Option<usize>,
        files_max: Option<u64>,
    ) -> Self {
        let (instant, last) = (
            families(&instant),
            last.map(|l| families(&l)).unwrap_or_default(),
        );
        let by_level = figures::LEVELS.into_iter().flat_map(catalog::of);
        let mut chosen: Vec<Family> = Vec::new();
        let mut found = [instant, last];
        for metric in by_level {
            let from = &mut found[usize::from(!figures::is_instant(metric))];
            if let Some(at) = from.iter().position(|family| family.metric.id == metric.id) {
                chosen.push(from.swap_remove(at));
            }
        }
        chosen.reverse();
        let mut text = of_process(process, files, files_max);
        if let Some(first) = chosen.last() {
            write_head(&mut text, first.metric);
        }
        Self {
            families: chosen,
            text,
            ended: false,
            place: None,
        }
    }

    /// The same, with the right to be read.
    pub(crate) fn holding(mut self, place: OwnedSemaphorePermit) -> Self {
        self.place = Some(place);
        self
    }

    /// Writes samples until a piece is full; false when nothing is left.
    fn write_some(&mut self) -> bool {
        let Some(family) = self.families.last_mut() else {
            return false;
        };
        let metric = family.metric;
        if let Some((Series { resource, .. }, value)) =
            family.range.next().map(|at| &family.samples[at])
        {
            write_sample(&mut self.text, metric.id, resource, *value);
        } else {
            self.families.pop();
            if let Some(next) = self.families.last() {
                write_head(&mut self.text, next.metric);
            }
        }
        true
    }
}

impl Iterator for Exposition {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        if self.ended {
            return None;
        }
        while self.text.len() < PIECE_BYTES {
            if !self.write_some() {
                self.text.push_str("# EOF\n");
                self.ended = true;
                self.place = None;
                break;
            }
        }
        Some(std::mem::take(&mut self.text))
    }
}

/// Runs of one metric.
fn families(samples: &Samples) -> Vec<Family> {
    let mut at = 0;
    let runs = samples.chunk_by(|a, b| a.0.metric.id == b.0.metric.id);
    runs.map(|run| {
        let range = at..at + run.len();
        at = range.end;
        Family {
            metric: run[0].0.metric,
            samples: Arc::clone(samples),
            range,
        }
    })
    .collect()
}

fn write_head(out: &mut String, metric: &Metric) {
    let (id, help) = (metric.id, help::of(metric.id));
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "# TYPE millrace_{id} gauge\n# HELP millrace_{id} {help}"
    );
}

fn write_sample(out: &mut String, id: &str, resource: &Resource, value: f64) {
    let _ = write!(out, "millrace_{id}");
    let mut before = '{';
    let mut label = |out: &mut String, name: &str, value: &dyn Fn(&mut String)| {
        out.push(before);
        before = ',';
        let _ = write!(out, "{name}=\"");
        value(out);
        out.push('"');
    };
    if let Some(broker) = resource.broker {
        label(out, "broker", &|out| number(out, broker));
    }
    if let Some(group) = &resource.group {
        label(out, "group", &|out| escape(out, group));
    }
    if let Some(topic) = &resource.topic {
        label(out, "topic", &|out| escape(out, topic));
    }
    if let Some(partition) = resource.partition {
        label(out, "partition", &|out| number(out, partition));
    }
    if before == ',' {
        out.push('}');
    }
    let _ = writeln!(out, " {value}");
}

fn number(out: &mut String, number: i32) {
    let _ = write!(out, "{number}");
}

/// A label's value: backslash, quote and line feed are escaped, all else is itself.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
}

/// Figures of the process under the names that client libraries of Prometheus give them.
fn of_process(process: Option<Process>, files: Option<usize>, files_max: Option<u64>) -> String {
    let mut out = String::new();
    let mut gauge = |name: &str, unit: &str, help: &str, value: Option<f64>| {
        let Some(value) = value else { return };
        let _ = writeln!(out, "# TYPE {name} gauge");
        if !unit.is_empty() {
            let _ = writeln!(out, "# UNIT {name} {unit}");
        }
        let _ = writeln!(out, "# HELP {name} {help}\n{name} {value}");
    };
    gauge(
        "process_resident_memory_bytes",
        "bytes",
        "Memory in RAM.",
        process.map(|p| p.resident_kib as f64 * 1024.0),
    );
    gauge(
        "process_virtual_memory_bytes",
        "bytes",
        "Address space.",
        process.map(|p| p.virtual_kib as f64 * 1024.0),
    );
    gauge(
        "process_start_time_seconds",
        "seconds",
        "When the process started, Unix time.",
        process.and_then(|p| p.started),
    );
    gauge(
        "process_open_fds",
        "",
        "Open files.",
        files.map(|n| n as f64),
    );
    gauge(
        "process_max_fds",
        "",
        "Files that may be open.",
        files_max.map(|n| n as f64),
    );
    if let Some(process) = process {
        let _ = writeln!(
            out,
            "# TYPE process_cpu_seconds counter\n# UNIT process_cpu_seconds seconds\n# HELP process_cpu_seconds Processor time taken.\nprocess_cpu_seconds_total {}",
            process.cpu_seconds
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::find;

    fn series(
        id: &str,
        group: Option<&str>,
        topic: Option<&str>,
        partition: Option<i32>,
    ) -> Series {
        Series {
            metric: find(id).unwrap(),
            resource: Resource {
                broker: None,
                group: group.map(Into::into),
                topic: topic.map(Into::into),
                partition,
            },
        }
    }

    fn text(instant: Vec<(Series, f64)>, last: Vec<(Series, f64)>) -> String {
        Exposition::new(instant.into(), Some(last.into()), None, None, None).collect()
    }

    #[test]
    fn values_of_now_and_of_the_last_minute_stand_under_their_heads() {
        let last = vec![
            (series("current_topics", None, None, None), 1.0),
            (series("topic_bytes_in_rate", None, Some("a"), None), 12.5),
            (
                series("messages_remained", Some("g\"\\\n组"), Some("a"), Some(3)),
                7.0,
            ),
        ];
        let text = text(
            vec![(series("current_topics", None, None, None), 2.0)],
            last,
        );
        let lines: Vec<&str> = text.lines().filter(|l| !l.starts_with("# HELP")).collect();
        let expect = [
            "# TYPE millrace_current_topics gauge",
            "millrace_current_topics 2",
            "# TYPE millrace_topic_bytes_in_rate gauge",
            "millrace_topic_bytes_in_rate{topic=\"a\"} 12.5",
            "# TYPE millrace_messages_remained gauge",
            "millrace_messages_remained{group=\"g\\\"\\\\\\n组\",topic=\"a\",partition=\"3\"} 7",
            "# EOF",
        ];
        assert_eq!(lines, expect);
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn a_long_text_comes_in_pieces_of_bounded_size() {
        let many = (0..20_000).map(|n| {
            (
                series("partition_messages", None, Some("orders"), Some(n)),
                f64::from(n),
            )
        });
        let pieces: Vec<String> =
            Exposition::new(many.collect::<Vec<_>>().into(), None, None, None, None).collect();
        assert!(pieces.len() > 10);
        assert!(pieces.iter().all(|p| p.len() < PIECE_BYTES + 1024));
        let text = pieces.concat();
        assert_eq!(
            text.lines()
                .filter(|l| l.starts_with("millrace_partition_messages{"))
                .count(),
            20_000
        );
        assert_eq!(text.matches("# TYPE").count(), 1);
    }

    #[test]
    fn every_metric_has_a_line_of_help_and_nothing_makes_a_text() {
        for metric in catalog::CATALOG {
            let help = help::of(metric.id);
            assert!(
                help.ends_with('.') && !help.contains(['\n', '\\']),
                "{}",
                metric.id
            );
        }
        assert_eq!(text(Vec::new(), Vec::new()), "# EOF\n");
    }

    #[test]
    fn the_process_has_the_names_all_processes_have() {
        let process = Process {
            resident_kib: 2,
            virtual_kib: 4,
            cpu_seconds: 1.5,
            started: Some(1_700_000_000.25),
        };
        let text = of_process(Some(process), Some(9), None);
        for line in [
            "process_resident_memory_bytes 2048",
            "process_start_time_seconds 1700000000.25",
            "process_open_fds 9",
            "process_cpu_seconds_total 1.5",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} in {text}");
        }
        assert!(!text.contains("max_fds"), "what is not known is not told");
    }
}
