//! Fetches a range piece by piece, partition after partition, and scans the pieces. Search and export both go this way.

use std::ops::ControlFlow;
use std::time::Duration;

use bytes::Bytes;

use super::Gap;
use super::batch::{Batch, batches};
use super::range::Span;
use super::scan::{Met, Record, Scratch, scan_batch};
use crate::Cluster;
use crate::error::ClusterError;
use crate::offsets::At;

/// Bytes fetched at a time. A batch larger than this comes whole all the same.
const FETCH_BYTES: i32 = 4 << 20;
/// Waits after an empty answer: the first, doubled each time, and the last.
const EMPTY_WAIT: Duration = Duration::from_millis(50);
const EMPTY_WAIT_MAX: Duration = Duration::from_millis(1_600);
/// Kafka's code for an offset that retention has just removed, or that is not there yet.
const OFFSET_OUT_OF_RANGE: i16 = 1;

/// Where a walk stands.
#[derive(Debug, Clone)]
pub(crate) struct Walk {
    pub(crate) topic: String,
    /// What is left, the partition under way first.
    pub(crate) spans: Vec<Span>,
    /// Next span.
    pub(crate) index: usize,
    /// Next offset in it.
    pub(crate) at: i64,
}

/// Fetched bytes of one partition.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) span: Span,
    /// Offsets before it are not wanted.
    pub(crate) at: i64,
    pub(crate) bytes: Bytes,
    /// What was gone when it was asked for.
    pub(crate) lost: Option<Gap>,
}

impl Walk {
    pub(crate) fn new(topic: &str, spans: Vec<Span>) -> Self {
        let at = spans.first().map_or(0, |span| span.from);
        Self {
            topic: topic.to_owned(),
            spans,
            index: 0,
            at,
        }
    }

    /// The span under way; `None` when all are done.
    pub(crate) fn span(&mut self) -> Option<Span> {
        loop {
            let span = *self.spans.get(self.index)?;
            if self.at < span.until {
                return Some(span);
            }
            self.index += 1;
            self.at = self.spans.get(self.index).map_or(0, |next| next.from);
        }
    }

    /// Fetches the next piece; `None` when all are done.
    pub(crate) async fn next(&mut self, cluster: &Cluster) -> Result<Option<Piece>, ClusterError> {
        let Some(span) = self.span() else {
            return Ok(None);
        };
        let mut lost = None;
        let bytes = match self.fetch(cluster, span).await {
            Err(ClusterError::Refused { code, .. }) if code.number == OFFSET_OUT_OF_RANGE => {
                lost = Some(self.catch_up(cluster, span).await?);
                Bytes::new()
            }
            other => other?,
        };
        if bytes.is_empty() && lost.is_none() {
            lost = Some(Gap {
                partition: span.partition,
                first: self.at,
                last: span.until.saturating_sub(1),
                reason: "the cluster tells of these offsets but gives nothing for them".to_owned(),
            });
        }
        Ok(Some(Piece {
            span,
            at: self.at,
            bytes,
            lost,
        }))
    }

    /// There are messages up to the span's end, so nothing is no answer: the cluster may hold it back for a quota's sake.
    async fn fetch(&self, cluster: &Cluster, span: Span) -> Result<Bytes, ClusterError> {
        let mut wait = EMPTY_WAIT;
        loop {
            let bytes = cluster
                .fetch(&self.topic, span.partition, self.at, FETCH_BYTES)
                .await?;
            if !bytes.is_empty() || wait > EMPTY_WAIT_MAX {
                return Ok(bytes);
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
    }

    /// Retention removed what was to be read: goes to where the log begins now, and says what was passed over.
    async fn catch_up(&mut self, cluster: &Cluster, span: Span) -> Result<Gap, ClusterError> {
        let place = [(self.topic.as_str(), span.partition)];
        let starts = cluster.offsets(&place, At::Earliest).await?;
        let start = starts
            .values()
            .next()
            .map_or(span.until, |found| found.offset);
        // At or past the start, yet refused: the log was cut behind us or the topic made anew.
        let next = if start > self.at {
            start.min(span.until)
        } else {
            span.until
        };
        let gap = Gap {
            partition: span.partition,
            first: self.at,
            last: next.saturating_sub(1),
            reason: "removed while it was being read".to_owned(),
        };
        self.at = next;
        Ok(gap)
    }
}

/// What a scan tells.
pub(crate) trait Sink {
    /// A record of the range. Breaking ends the scan behind this record.
    fn record(&mut self, batch: &Batch<'_>, record: &Record<'_>) -> ControlFlow<()>;
    /// A stretch that cannot be read.
    fn gap(&mut self, gap: Gap) -> ControlFlow<()>;
    /// A batch is done; breaking ends the scan behind it.
    fn batch(&mut self) -> ControlFlow<()>;
}

/// Scans a piece; gives the offset to go on at.
pub(crate) fn scan_piece(piece: &Piece, scratch: &mut Scratch, sink: &mut impl Sink) -> i64 {
    let (from, until) = (piece.at, piece.span.until);
    let mut next = from;
    let mut any = false;
    for batch in batches(&piece.bytes) {
        any = true;
        if batch.base_offset >= until {
            return until;
        }
        if batch.last_offset < from {
            continue;
        }
        let flow = if batch.control {
            ControlFlow::Continue(())
        } else {
            scan_one(&batch, piece, scratch, sink, &mut next)
        };
        if flow.is_break() {
            return next;
        }
        next = next.max(batch.last_offset.saturating_add(1).min(until));
        if sink.batch().is_break() {
            return next;
        }
    }
    if any && next > from {
        return next;
    }
    if !piece.bytes.is_empty() {
        // Batches before what was asked for, or no batches: going on would ask the same again.
        let gap = strange(piece);
        next = gap.last.saturating_add(1);
        let _ = sink.gap(gap);
        return next;
    }
    // The end of the log, behind offsets that no batch holds.
    until
}

/// Scans one batch. A break leaves `next` where to go on.
fn scan_one(
    batch: &Batch<'_>,
    piece: &Piece,
    scratch: &mut Scratch,
    sink: &mut impl Sink,
    next: &mut i64,
) -> ControlFlow<()> {
    let partition = piece.span.partition;
    let mut flow = ControlFlow::Continue(());
    let outcome = scan_batch(batch, piece.at, scratch, |met| {
        let offset = match &met {
            Met::Record(record) => record.offset,
            Met::TooLarge { offset, .. } => *offset,
        };
        if offset >= piece.span.until {
            return ControlFlow::Break(());
        }
        *next = (*next).max(offset.saturating_add(1));
        flow = match met {
            Met::Record(record) => sink.record(batch, &record),
            Met::TooLarge { offset, bytes } => sink.gap(Gap {
                partition,
                first: offset,
                last: offset,
                reason: format!("the message has {bytes} bytes; at most 32 MiB can be read"),
            }),
        };
        flow
    });
    if let Err(error) = outcome {
        let first = (*next).max(batch.base_offset);
        *next = (*next).max(batch.last_offset.saturating_add(1).min(piece.span.until));
        // What is broken may lie behind the last message.
        if first <= batch.last_offset {
            return sink.gap(Gap {
                partition,
                first,
                last: batch.last_offset,
                reason: format!("{} batch: {error}", batch.codec.name()),
            });
        }
    }
    flow
}

/// Bytes that are no batch of format 2: messages of before Kafka 0.11, which still say their offset and length; or noise.
fn strange(piece: &Piece) -> Gap {
    let mut last = None;
    let mut rest: &[u8] = &piece.bytes;
    while let Some((head, body)) = rest.split_first_chunk::<12>() {
        let [offset @ .., _, _, _, _] = head;
        let length = i32::from_be_bytes([head[8], head[9], head[10], head[11]]);
        let is_old = body.get(4).is_some_and(|magic| *magic < 2);
        let whole = usize::try_from(length)
            .ok()
            .and_then(|l| body.split_at_checked(l));
        let (true, Some((_, behind))) = (is_old, whole) else {
            break;
        };
        last = Some(i64::from_be_bytes(*offset));
        rest = behind;
    }
    let end = piece.span.until.saturating_sub(1);
    Gap {
        partition: piece.span.partition,
        first: piece.at,
        last: last.map_or(end, |last| last.clamp(piece.at, end)),
        reason: "the stored bytes are not a record batch of format 2 with these offsets".to_owned(),
    }
}
