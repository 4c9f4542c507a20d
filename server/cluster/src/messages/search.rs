//! Looking for messages in a range, a bounded piece of work at a time.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::batch::Batch;
use super::cursor::{Cursor, mark};
use super::partitioner::partition_of;
use super::predicate::{Matcher, PREDICATES_MAX, Predicate, TEXT_BYTES_MAX};
use super::range::{SearchRange, Span};
use super::read::row_of;
use super::scan::{Record, Scratch};
use super::walk::{Piece, Sink, Walk, scan_piece};
use super::{Gap, MessageRow};
use crate::Cluster;
use crate::error::ClusterError;
use crate::rules::{Problem, Violation};

/// Most rows that one call gives.
pub const ROWS_MAX: usize = 100;
/// Rows that one call gives where nothing else is asked for: a page.
pub const ROWS_DEFAULT: usize = super::page::ROWS_MAX;
/// Most stretches that cannot be read which one call names; then it stops, and goes on when told.
const GAPS_MAX: usize = 100;

/// A search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    /// Topic.
    pub topic: String,
    /// Where to look.
    pub range: SearchRange,
    /// What a message must be like: all of these. None: every message is found.
    pub predicates: Vec<Predicate>,
    /// Most rows of one call; 1 to [`ROWS_MAX`].
    pub rows: usize,
    /// Most work of one call.
    pub budget: Budget,
}

/// The most work one call does. It stops at the end of the batch in which one of them is used up, so that it always gets on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Bytes of records, uncompressed.
    pub bytes: u64,
    /// Records.
    pub records: u64,
    /// Time.
    pub wall: Duration,
}

impl Budget {
    /// The most a budget may be; larger ones are cut to this.
    pub const MAX: Self = Self {
        bytes: 16 << 30,
        records: 100_000_000,
        wall: Duration::from_secs(20),
    };
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            bytes: 2 << 30,
            records: 10_000_000,
            wall: Duration::from_secs(3),
        }
    }
}

impl SearchQuery {
    /// Everything in a topic; to be narrowed.
    #[must_use]
    pub fn new(topic: &str) -> Self {
        Self {
            topic: topic.to_owned(),
            range: SearchRange::default(),
            predicates: Vec::new(),
            rows: ROWS_DEFAULT,
            budget: Budget::default(),
        }
    }

    /// The key whose partition alone is read, if there is one.
    fn narrowing_key(&self) -> Option<&[u8]> {
        self.predicates
            .iter()
            .find_map(|predicate| match predicate {
                Predicate::KeyEquals {
                    key,
                    all_partitions: false,
                } if self.range.partitions.is_all() => Some(key.as_slice()),
                _ => None,
            })
    }

    /// Texts that are too long, empty needles, too many predicates. Forms check their fields themselves; this holds for whoever
    /// calls.
    pub(crate) fn check(&self) -> Result<(), ClusterError> {
        if self.predicates.len() > PREDICATES_MAX {
            let max = i64::try_from(PREDICATES_MAX).unwrap_or(i64::MAX);
            return Err(refused("predicates", Problem::AtLimit { max }));
        }
        for predicate in &self.predicates {
            for (field, length, min) in predicate.lengths() {
                if length < min || length > TEXT_BYTES_MAX {
                    let number = |n| i64::try_from(n).unwrap_or(i64::MAX);
                    let problem = Problem::Length {
                        chars: number(length),
                        min: number(min),
                        max: number(TEXT_BYTES_MAX),
                    };
                    return Err(refused(field, problem));
                }
            }
        }
        Ok(())
    }
}

fn refused(field: &'static str, problem: Problem) -> ClusterError {
    ClusterError::Invalid(vec![Violation { field, problem }])
}

/// What one call found, and how far the search has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPage {
    /// Messages found by this call: by partition, then by offset.
    pub rows: Vec<MessageRow>,
    /// What this call could not read on its way.
    pub gaps: Vec<Gap>,
    /// How far the whole search is.
    pub progress: Progress,
    /// Give this to go on; `None` when all of the range was read.
    pub next: Option<String>,
    /// The one partition that was read because the key belongs there.
    pub key_partition: Option<i32>,
}

/// How far a search is, over all its calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Why this call stopped.
    pub stopped: Stopped,
    /// Records looked at.
    pub scanned_records: u64,
    /// Their bytes, uncompressed.
    pub scanned_bytes: u64,
    /// Those that matched.
    pub matched: u64,
    /// Offsets still to be read. An offset may hold no message.
    pub left_offsets: u64,
    /// Partitions read to the end of the range.
    pub partitions_done: usize,
    /// Every partition of the search.
    pub partitions: Vec<PartitionProgress>,
    /// Time this call took.
    pub took: Duration,
}

/// How far a search is in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionProgress {
    /// The partition's offsets and the range in it.
    pub span: Span,
    /// Next offset to be read: `span.from` before it is begun, `span.until` when it is done.
    pub at: i64,
}

/// Why a call stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// All of the range was read.
    Finished,
    /// The page is full: rows.
    Rows,
    /// The page is full: bytes of messages.
    PageBytes,
    /// The budget's bytes were read.
    Bytes,
    /// The budget's records were read.
    Records,
    /// The budget's time is over.
    Time,
    /// Too much could not be read.
    Gaps,
}

impl Cluster {
    /// Looks for messages. `cursor` is [`SearchPage::next`] of the call before, with the same query.
    ///
    /// Errors: [`ClusterError::Invalid`] where the query breaks a rule (`cursor`: it belongs to another search);
    /// [`ClusterError::NoSuchTopic`], [`ClusterError::NoSuchPartition`], also when the topic goes while it is read.
    pub async fn search(
        &self,
        query: &SearchQuery,
        cursor: Option<&str>,
    ) -> Result<SearchPage, ClusterError> {
        query.check()?;
        let mark = mark(query);
        let cursor = match cursor {
            Some(text) => Some(
                Cursor::parse(text)
                    .filter(|cursor| cursor.query == mark)
                    .ok_or_else(|| refused("cursor", Problem::OtherSearch))?,
            ),
            None => None,
        };
        let _reader = self.readers.acquire().await;
        let started = Instant::now();
        let key_partition = self.key_partition(query).await?;
        let spans = self
            .spans(&query.topic, &query.range, key_partition)
            .await?;
        let mut walk = Walk::new(&query.topic, spans);
        if let Some(cursor) = &cursor {
            resume(&mut walk, cursor)?;
        }
        let mut hunt = Hunt::new(query, cursor.as_ref(), started);
        while hunt.stopped.is_none() {
            let Some(piece) = walk.next(self).await? else {
                break;
            };
            let (back, next) = hunt.scan(piece).await?;
            hunt = back;
            walk.at = walk.at.max(next);
        }
        Ok(hunt.page(walk, mark, key_partition))
    }

    /// The partition that the default partitioner gives the query's key.
    pub(super) async fn key_partition(
        &self,
        query: &SearchQuery,
    ) -> Result<Option<i32>, ClusterError> {
        let Some(key) = query.narrowing_key() else {
            return Ok(None);
        };
        let shape = self.shape_of(&query.topic).await?;
        Ok(Some(partition_of(key, shape.partitions.len())))
    }
}

/// Goes to where a cursor stands.
fn resume(walk: &mut Walk, cursor: &Cursor) -> Result<(), ClusterError> {
    let place = walk
        .spans
        .iter()
        .position(|span| span.partition == cursor.partition)
        .ok_or_else(|| refused("cursor", Problem::OtherSearch))?;
    let span = &mut walk.spans[place];
    span.until = cursor.until.clamp(span.from, span.end.max(span.from));
    walk.index = place;
    walk.at = cursor.at.clamp(span.from, span.until);
    Ok(())
}

/// A search under way: moved into the thread that scans a piece, and back.
struct Hunt {
    matcher: Arc<Matcher>,
    times: (i64, i64),
    rows_max: usize,
    budget: Budget,
    started: Instant,
    scratch: Scratch,
    partition: i32,
    rows: Vec<MessageRow>,
    gaps: Vec<Gap>,
    page_bytes: u64,
    /// Of this call.
    records: u64,
    bytes: u64,
    /// Of the calls before.
    before: (u64, u64, u64),
    stopped: Option<Stopped>,
}

impl Hunt {
    fn new(query: &SearchQuery, cursor: Option<&Cursor>, started: Instant) -> Self {
        let budget = Budget {
            bytes: query.budget.bytes.min(Budget::MAX.bytes),
            records: query.budget.records.min(Budget::MAX.records),
            wall: query.budget.wall.min(Budget::MAX.wall),
        };
        Self {
            matcher: Arc::new(Matcher::new(&query.predicates)),
            times: query.range.times(),
            rows_max: query.rows.clamp(1, ROWS_MAX),
            budget,
            started,
            scratch: Scratch::default(),
            partition: 0,
            rows: Vec::new(),
            gaps: Vec::new(),
            page_bytes: 0,
            records: 0,
            bytes: 0,
            before: cursor.map_or((0, 0, 0), |c| (c.records, c.bytes, c.matched)),
            stopped: None,
        }
    }

    /// Scans a piece beside the runtime; gives the offset to go on at.
    async fn scan(mut self, mut piece: Piece) -> Result<(Self, i64), ClusterError> {
        if let Some(gap) = piece.lost.take() {
            let next = gap.last.saturating_add(1);
            let _ = self.gap(gap);
            return Ok((self, next));
        }
        let work = move || {
            self.partition = piece.span.partition;
            let mut scratch = std::mem::take(&mut self.scratch);
            let next = scan_piece(&piece, &mut scratch, &mut self);
            self.scratch = scratch;
            (self, next)
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|e| ClusterError::Garbled {
                api: "Fetch".into(),
                reason: e.to_string(),
            })
    }

    fn page(self, mut walk: Walk, mark: u64, key_partition: Option<i32>) -> SearchPage {
        let under_way = walk.span();
        let (records, bytes, matched) = (
            self.before.0.saturating_add(self.records),
            self.before.1.saturating_add(self.bytes),
            self.before.2.saturating_add(self.rows.len() as u64),
        );
        let next = under_way.map(|span| Cursor {
            query: mark,
            partition: span.partition,
            at: walk.at,
            until: span.until,
            records,
            bytes,
            matched,
        });
        let partitions: Vec<PartitionProgress> = walk
            .spans
            .iter()
            .enumerate()
            .map(|(place, span)| PartitionProgress {
                span: *span,
                at: match place.cmp(&walk.index) {
                    std::cmp::Ordering::Less => span.until,
                    std::cmp::Ordering::Equal => walk.at,
                    std::cmp::Ordering::Greater => span.from,
                },
            })
            .collect();
        let left = |p: &PartitionProgress| u64::try_from(p.span.until - p.at).unwrap_or(0);
        let progress = Progress {
            stopped: match (next, self.stopped) {
                (None, _) => Stopped::Finished,
                (Some(_), stopped) => stopped.unwrap_or(Stopped::Time),
            },
            scanned_records: records,
            scanned_bytes: bytes,
            matched,
            left_offsets: partitions.iter().map(left).sum(),
            partitions_done: partitions.iter().filter(|p| left(p) == 0).count(),
            partitions,
            took: self.started.elapsed(),
        };
        SearchPage {
            rows: self.rows,
            gaps: self.gaps,
            progress,
            next: next.map(|cursor| cursor.to_string()),
            key_partition,
        }
    }

    fn stop(&mut self, why: Stopped) -> ControlFlow<()> {
        self.stopped = Some(why);
        ControlFlow::Break(())
    }
}

impl Sink for Hunt {
    fn record(&mut self, batch: &Batch<'_>, record: &Record<'_>) -> ControlFlow<()> {
        self.records += 1;
        self.bytes += record.bytes;
        let (from, until) = self.times;
        let in_time = from <= record.timestamp_ms && record.timestamp_ms < until;
        if !in_time || !self.matcher.matches(record) {
            return ControlFlow::Continue(());
        }
        self.page_bytes += record.bytes;
        self.rows.push(row_of(batch, self.partition, record));
        if self.rows.len() >= self.rows_max {
            self.stop(Stopped::Rows)
        } else if self.page_bytes >= super::page::PAGE_BYTES_MAX {
            self.stop(Stopped::PageBytes)
        } else {
            ControlFlow::Continue(())
        }
    }

    fn gap(&mut self, gap: Gap) -> ControlFlow<()> {
        self.gaps.push(gap);
        if self.gaps.len() >= GAPS_MAX {
            return self.stop(Stopped::Gaps);
        }
        ControlFlow::Continue(())
    }

    fn batch(&mut self) -> ControlFlow<()> {
        if self.bytes >= self.budget.bytes {
            self.stop(Stopped::Bytes)
        } else if self.records >= self.budget.records {
            self.stop(Stopped::Records)
        } else if self.started.elapsed() >= self.budget.wall {
            self.stop(Stopped::Time)
        } else {
            ControlFlow::Continue(())
        }
    }
}
