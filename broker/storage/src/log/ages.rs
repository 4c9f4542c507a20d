//! How old what a log holds is, from what its segments know without reading a record.

use super::{Log, Segment};

/// Ages of a log that holds messages, by the broker's clock; ms since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ages {
    /// When its oldest segment was begun.
    pub begun_ms: i64,
    /// When something was last appended.
    pub appended_ms: i64,
    /// Its active segment, unless that is empty.
    pub active: Option<Active>,
    /// The message whose own time is furthest ahead of the moment its segment was last written to; none where none is ahead.
    pub ahead: Option<Ahead>,
}

/// The segment that grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Active {
    /// When it was begun.
    pub begun_ms: i64,
    /// Largest time of its messages; `None` where none has one.
    pub newest_ms: Option<i64>,
    /// Its bytes.
    pub size_bytes: u64,
}

/// A message ahead of its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ahead {
    /// Its time.
    pub timestamp_ms: i64,
    /// Its offset, or that of the last message in its batch.
    pub offset: i64,
    /// When its segment was last appended to.
    pub appended_ms: i64,
}

impl Log {
    /// How old its messages are; `None` where it holds none.
    pub fn ages(&self) -> Option<Ages> {
        let (start, end) = self.offsets();
        if start == end {
            return None;
        }
        let segments = self.segments();
        let mut filled = segments.iter().filter(|s| s.size() > 0).peekable();
        let begun_ms = filled.peek()?.state().created_ms;
        let (mut appended_ms, mut ahead) = (begun_ms, None);
        for segment in filled {
            let state = segment.state();
            appended_ms = appended_ms.max(state.appended_ms);
            let found = state.max.map(|max| Ahead {
                timestamp_ms: max.timestamp_ms,
                offset: max.offset,
                appended_ms: state.appended_ms,
            });
            let found = found.filter(|a| by(a) > 0 && a.offset >= start);
            ahead = [ahead, found].into_iter().flatten().max_by_key(by);
        }
        Some(Ages {
            begun_ms,
            appended_ms,
            active: segments.last().and_then(|s| active(s)),
            ahead,
        })
    }
}

/// How far it is ahead, ms.
fn by(ahead: &Ahead) -> i64 {
    ahead.timestamp_ms.saturating_sub(ahead.appended_ms)
}

fn active(segment: &Segment) -> Option<Active> {
    let size_bytes = segment.size();
    let state = segment.state();
    (size_bytes > 0).then(|| Active {
        begun_ms: state.created_ms,
        newest_ms: state.max.map(|max| max.timestamp_ms),
        size_bytes,
    })
}
