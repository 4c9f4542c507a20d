//! A range of messages as a stream of bytes, at the pace of whoever takes it.
//!
//! One task per export fetches a piece, scans it and hands on chunks through a short queue; when the queue is full it waits, when
//! the reader is gone it ends. At no time is there more than a piece, a window and the queue, however long the range.

mod csv;
mod format;
mod json_lines;

use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

pub use format::ExportFormat;

use self::format::Writer;
use super::Gap;
use super::batch::Batch;
use super::predicate::Matcher;
use super::scan::{Record, Scratch};
use super::search::SearchQuery;
use super::walk::{Piece, Sink, Walk, scan_piece};
use crate::Cluster;
use crate::error::ClusterError;

/// Bytes of a chunk, about.
const CHUNK_BYTES: usize = 64 << 10;
/// Chunks that wait for the reader.
const CHUNKS_WAITING: usize = 4;
/// A reader that takes nothing for so long is given up, so that it does not hold a place forever.
const STALLED: Duration = Duration::from_secs(120);

/// A stream of an export's bytes. An `Err` says why it broke off: the connection should be closed without a proper end.
#[derive(Debug)]
pub struct Export {
    chunks: mpsc::Receiver<std::io::Result<Bytes>>,
    /// Set by the task when it has handed on everything, or the error that broke it off.
    is_told: Arc<AtomicBool>,
}

impl Stream for Export {
    type Item = std::io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.chunks.poll_recv(cx) {
            // A task that was given up or fell must not look like the end of the range.
            Poll::Ready(None) if !self.is_told.swap(true, Ordering::Relaxed) => {
                let broken = "the export broke off before its end";
                Poll::Ready(Some(Err(std::io::Error::other(broken))))
            }
            other => other,
        }
    }
}

impl Cluster {
    /// All messages of a range that match, by partition and offset. `rows` and `budget` of the query do not matter here.
    ///
    /// Batches that cannot be read stand in the stream as entries of their own. Errors before the first byte:
    /// [`ClusterError::Invalid`], [`ClusterError::NoSuchTopic`], [`ClusterError::NoSuchPartition`], and
    /// [`ClusterError::Busy`] when as many exports run as may. An error later (the topic is deleted meanwhile) is the stream's
    /// last entry, and its last item is an `Err`.
    pub async fn export(
        self: &Arc<Self>,
        query: &SearchQuery,
        format: ExportFormat,
    ) -> Result<Export, ClusterError> {
        query.check()?;
        let place =
            Arc::clone(&self.exports)
                .try_acquire_owned()
                .map_err(|_| ClusterError::Busy {
                    what: "downloads",
                    max: crate::EXPORTS_MAX,
                })?;
        let key_partition = self.key_partition(query).await?;
        let spans = self
            .spans(&query.topic, &query.range, key_partition)
            .await?;
        let walk = Walk::new(&query.topic, spans);
        let (sender, chunks) = mpsc::channel(CHUNKS_WAITING);
        let is_told = Arc::new(AtomicBool::new(false));
        let run = Run {
            matcher: Matcher::new(&query.predicates),
            times: query.range.times(),
            partition: 0,
            writer: Writer::new(format),
            out: Vec::with_capacity(CHUNK_BYTES * 2),
            sender,
            runtime: tokio::runtime::Handle::current(),
            end: None,
            is_told: Arc::clone(&is_told),
        };
        tokio::spawn(drive(Arc::clone(self), walk, Box::new(run), place));
        Ok(Export { chunks, is_told })
    }
}

/// Why an export ends before its range does.
enum End {
    /// The reader is gone.
    Left,
    /// The reader takes nothing any more.
    Stalled,
}

/// An export under way: moved into the thread that scans a piece, and back.
struct Run {
    matcher: Matcher,
    times: (i64, i64),
    partition: i32,
    writer: Writer,
    out: Vec<u8>,
    sender: mpsc::Sender<std::io::Result<Bytes>>,
    runtime: tokio::runtime::Handle,
    end: Option<End>,
    is_told: Arc<AtomicBool>,
}

async fn drive(
    cluster: Arc<Cluster>,
    mut walk: Walk,
    mut run: Box<Run>,
    place: OwnedSemaphorePermit,
) {
    let mut scratch = Scratch::default();
    run.writer.head(&mut run.out);
    let failure = loop {
        let piece = match walk.next(&cluster).await {
            Ok(Some(piece)) => piece,
            Ok(None) => break None,
            Err(error) => break Some(error.to_string()),
        };
        let scanned = tokio::task::spawn_blocking(move || run.scan(piece, scratch)).await;
        match scanned {
            Ok((back, room, next)) => {
                (run, scratch) = (back, room);
                walk.at = walk.at.max(next);
            }
            // The thread is gone and the sender with it: the stream tells that it broke off.
            Err(error) => {
                tracing::error!(%error, "an export failed");
                return;
            }
        }
        if run.end.is_some() {
            break None;
        }
    };
    if run.end.is_none() {
        run.finish(failure, &walk).await;
    }
    drop(place);
}

impl Run {
    fn scan(
        mut self: Box<Self>,
        mut piece: Piece,
        mut scratch: Scratch,
    ) -> (Box<Self>, Scratch, i64) {
        self.partition = piece.span.partition;
        if let Some(gap) = piece.lost.take() {
            let next = gap.last.saturating_add(1);
            let _ = self.gap(gap);
            return (self, scratch, next);
        }
        let next = scan_piece(&piece, &mut scratch, &mut *self);
        (self, scratch, next)
    }

    /// Hands on what is written once it is enough; waits while the reader is behind.
    fn hand_on(&mut self) -> ControlFlow<()> {
        if self.out.len() < CHUNK_BYTES {
            return ControlFlow::Continue(());
        }
        let mut written = Bytes::from(std::mem::replace(
            &mut self.out,
            Vec::with_capacity(CHUNK_BYTES * 2),
        ));
        while written.len() >= CHUNK_BYTES {
            self.send(written.split_to(CHUNK_BYTES))?;
        }
        self.out.extend_from_slice(&written);
        ControlFlow::Continue(())
    }

    fn send(&mut self, chunk: Bytes) -> ControlFlow<()> {
        let sending = tokio::time::timeout(STALLED, self.sender.send(Ok(chunk)));
        self.end = match self.runtime.block_on(sending) {
            Ok(Ok(())) => return ControlFlow::Continue(()),
            Ok(Err(_)) => Some(End::Left),
            Err(_) => Some(End::Stalled),
        };
        ControlFlow::Break(())
    }

    /// The rest, and what broke it off.
    async fn finish(mut self: Box<Self>, failure: Option<String>, walk: &Walk) {
        if let Some(reason) = &failure {
            let partition = walk.spans.get(walk.index).map_or(-1, |span| span.partition);
            let gap = Gap {
                partition,
                first: walk.at,
                last: -1,
                reason: reason.clone(),
            };
            self.writer.gap(&gap, &mut self.out);
        }
        if !self.out.is_empty() {
            let last = Bytes::from(std::mem::take(&mut self.out));
            if tokio::time::timeout(STALLED, self.sender.send(Ok(last)))
                .await
                .is_err()
            {
                return;
            }
        }
        if let Some(reason) = failure {
            let broken = Err(std::io::Error::other(reason));
            if tokio::time::timeout(STALLED, self.sender.send(broken))
                .await
                .is_err()
            {
                return;
            }
        }
        self.is_told.store(true, Ordering::Relaxed);
    }
}

impl Sink for Run {
    fn record(&mut self, batch: &Batch<'_>, record: &Record<'_>) -> ControlFlow<()> {
        let (from, until) = self.times;
        let in_time = from <= record.timestamp_ms && record.timestamp_ms < until;
        if !in_time || !self.matcher.matches(record) {
            return ControlFlow::Continue(());
        }
        self.writer
            .record(self.partition, batch, record, &mut self.out);
        self.hand_on()
    }

    fn gap(&mut self, gap: Gap) -> ControlFlow<()> {
        self.writer.gap(&gap, &mut self.out);
        self.hand_on()
    }

    fn batch(&mut self) -> ControlFlow<()> {
        // A reader who left is noticed even while nothing matches.
        if self.sender.is_closed() {
            self.end = Some(End::Left);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;

    #[tokio::test]
    async fn a_task_that_is_gone_is_no_end() {
        for (told, want) in [(false, 2), (true, 1)] {
            let (sender, chunks) = mpsc::channel(4);
            let is_told = Arc::new(AtomicBool::new(told));
            sender
                .send(Ok(Bytes::from_static(b"a line")))
                .await
                .unwrap();
            drop(sender);
            let items: Vec<_> = Export { chunks, is_told }.collect().await;
            assert_eq!(items.len(), want);
            assert_eq!(items.last().unwrap().is_err(), !told);
        }
    }
}
