//! The checkpoint: what is known to be durable of every log, in one file replaced atomically.
//!
//! Text, one line a log, closed by a line with the count and the CRC32C of all before it:
//!
//! ```text
//! millrace-checkpoint 1
//! <directory> <start> <recovery point> <producers at>,<0|1> <epoch>@<offset>,… <base>:<size>:<ts>@<offset>:<created>:<appended>:<offset entries>:<time entries> …
//! end <lines> <crc>
//! ```
//!
//! A file that does not parse or whose CRC differs counts as absent: every log is then scanned whole.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::log::MaxTimestamp;

const HEAD: &str = "millrace-checkpoint 1";

/// What is known of a segment without opening it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SegmentFacts {
    pub(crate) base: i64,
    pub(crate) size: u64,
    pub(crate) max: Option<MaxTimestamp>,
    pub(crate) created_ms: i64,
    pub(crate) appended_ms: i64,
    pub(crate) offset_entries: u32,
    pub(crate) time_entries: u32,
}

/// The first offset written under a leader epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EpochStart {
    pub(crate) epoch: i32,
    pub(crate) offset: i64,
}

/// What is known to be durable of one log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LogFacts {
    pub(crate) start: i64,
    /// Everything below is on disk; the last of `segments` ends here.
    pub(crate) recovery_point: i64,
    /// Producer state at this offset is in a snapshot, or known to be empty.
    pub(crate) producers_at: i64,
    pub(crate) producers_in_file: bool,
    pub(crate) epochs: Vec<EpochStart>,
    /// In order of base. The size of the last one is the recovery point's position in it.
    pub(crate) segments: Vec<SegmentFacts>,
}

/// Adds the line of one log.
pub(crate) fn write_line(out: &mut String, name: &str, facts: &LogFacts) {
    let in_file = u8::from(facts.producers_in_file);
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "{name} {} {} {},{in_file} ",
        facts.start, facts.recovery_point, facts.producers_at
    );
    if facts.epochs.is_empty() {
        out.push('-');
    }
    for (i, e) in facts.epochs.iter().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        let _ = write!(out, "{comma}{}@{}", e.epoch, e.offset);
    }
    for s in &facts.segments {
        let max = s.max.unwrap_or(MaxTimestamp {
            timestamp_ms: -1,
            offset: -1,
        });
        let _ = write!(
            out,
            " {}:{}:{}@{}",
            s.base, s.size, max.timestamp_ms, max.offset
        );
        let _ = write!(
            out,
            ":{}:{}:{}:{}",
            s.created_ms, s.appended_ms, s.offset_entries, s.time_entries
        );
    }
    out.push('\n');
}

/// A file's text around its lines, and the CRC that names it.
pub(crate) fn finish(lines: &str) -> (String, u32) {
    let mut out = format!("{HEAD}\n{lines}");
    let crc = crc32c::crc32c(out.as_bytes());
    let _ = writeln!(out, "end {} {crc:08x}", lines.lines().count());
    (out, crc)
}

/// The logs of a checkpoint and its CRC; `None` when the file is not whole.
pub(crate) fn parse(bytes: &[u8]) -> Option<(HashMap<String, LogFacts>, u32)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let body = text.strip_suffix('\n')?;
    let last = body.rfind('\n')? + 1;
    let (covered, end) = text.split_at(last);
    let crc = crc32c::crc32c(covered.as_bytes());
    let lines = covered.strip_prefix(HEAD)?.strip_prefix('\n')?;
    if end != format!("end {} {crc:08x}\n", lines.lines().count()) {
        return None;
    }
    let logs = lines.lines().map(parse_line).collect::<Option<_>>()?;
    Some((logs, crc))
}

fn parse_line(line: &str) -> Option<(String, LogFacts)> {
    let mut words = line.split(' ');
    let name = words.next()?.to_owned();
    let start = words.next()?.parse().ok()?;
    let recovery_point = words.next()?.parse().ok()?;
    let (producers_at, in_file) = words.next()?.split_once(',')?;
    let epochs = match words.next()? {
        "-" => Vec::new(),
        list => list.split(',').map(parse_epoch).collect::<Option<_>>()?,
    };
    let segments = words.map(parse_segment).collect::<Option<_>>()?;
    let facts = LogFacts {
        start,
        recovery_point,
        producers_at: producers_at.parse().ok()?,
        producers_in_file: in_file == "1",
        epochs,
        segments,
    };
    Some((name, facts))
}

fn parse_epoch(word: &str) -> Option<EpochStart> {
    let (epoch, offset) = word.split_once('@')?;
    Some(EpochStart {
        epoch: epoch.parse().ok()?,
        offset: offset.parse().ok()?,
    })
}

fn parse_segment(word: &str) -> Option<SegmentFacts> {
    let mut fields = word.split(':');
    let base = fields.next()?.parse().ok()?;
    let size = fields.next()?.parse().ok()?;
    let (timestamp, offset) = fields.next()?.split_once('@')?;
    let max = MaxTimestamp {
        timestamp_ms: timestamp.parse().ok()?,
        offset: offset.parse().ok()?,
    };
    let facts = SegmentFacts {
        base,
        size,
        max: (max.timestamp_ms >= 0).then_some(max),
        created_ms: fields.next()?.parse().ok()?,
        appended_ms: fields.next()?.parse().ok()?,
        offset_entries: fields.next()?.parse().ok()?,
        time_entries: fields.next()?.parse().ok()?,
    };
    fields.next().is_none().then_some(facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> LogFacts {
        let max = Some(MaxTimestamp {
            timestamp_ms: 7,
            offset: 9,
        });
        let first = SegmentFacts {
            base: 5,
            size: 100,
            max,
            created_ms: 1,
            appended_ms: 2,
            offset_entries: 3,
            time_entries: 4,
        };
        let second = SegmentFacts {
            base: 10,
            ..SegmentFacts::default()
        };
        let epochs = vec![
            EpochStart {
                epoch: 0,
                offset: 5,
            },
            EpochStart {
                epoch: 3,
                offset: 8,
            },
        ];
        LogFacts {
            start: 6,
            recovery_point: 10,
            producers_at: 10,
            producers_in_file: true,
            epochs,
            segments: vec![first, second],
        }
    }

    #[test]
    fn reads_what_it_wrote() {
        let mut lines = String::new();
        write_line(&mut lines, "t-0", &example());
        write_line(&mut lines, "t-1", &LogFacts::default());
        let (text, crc) = finish(&lines);
        let (logs, read_crc) = parse(text.as_bytes()).unwrap();
        assert_eq!(read_crc, crc);
        assert_eq!(logs.len(), 2);
        assert_eq!(logs["t-0"], example());
        assert_eq!(logs["t-1"], LogFacts::default());
    }

    #[test]
    fn a_torn_or_changed_file_is_no_checkpoint() {
        let mut lines = String::new();
        write_line(&mut lines, "t-0", &example());
        let text = finish(&lines).0.into_bytes();
        for cut in 0..text.len() {
            assert!(parse(&text[..cut]).is_none(), "cut at {cut}");
        }
        for at in 0..text.len() {
            let mut changed = text.clone();
            changed[at] ^= 1;
            assert!(parse(&changed).is_none(), "changed at {at}");
        }
    }
}
