//! What came since a reader last looked: the newest of it, and how much was passed over.

use super::positions::Positions;
use super::{Gap, MessageRow, PartitionRange, Partitions, Start};
use crate::Cluster;
use crate::error::ClusterError;

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailPage {
    /// The newest messages among those that came, newest first.
    pub rows: Vec<MessageRow>,
    /// Give this the next time.
    pub next: Positions,
    /// Offsets that came but are not among the rows. An offset may hold no message.
    pub skipped: u64,
    /// Messages that are there but cannot be shown.
    pub gaps: Vec<Gap>,
}

impl Cluster {
    /// Up to `rows` of the messages appended since `since`; partitions it does not name count from their end. At most a page's
    /// rows ([`super::page::ROWS_MAX`]) come at once. Partitions to which nothing came are not read.
    ///
    /// Errors: [`ClusterError::NoSuchTopic`], [`ClusterError::NoSuchPartition`].
    pub async fn tail(
        &self,
        topic: &str,
        partitions: &Partitions,
        since: &Positions,
        rows: usize,
    ) -> Result<TailPage, ClusterError> {
        let _reader = self.readers.acquire().await;
        let start = Start::Latest {
            partitions: partitions.clone(),
        };
        let ranges = self.ranges(topic, &start).await?;
        let ends = Positions(ranges.iter().map(|r| (r.partition, r.end)).collect());
        let fresh: Vec<PartitionRange> = ranges.iter().map(|range| fresh(range, since)).collect();
        let mut draft = self.backward(topic, &fresh, &ends).await?;
        let surplus = draft.rows.len().saturating_sub(rows);
        draft.rows.drain(..surplus);
        draft.rows.reverse();
        let came: u64 = fresh
            .iter()
            .map(|range| range.end.abs_diff(range.start))
            .sum();
        Ok(TailPage {
            skipped: came.saturating_sub(draft.rows.len() as u64),
            rows: draft.rows,
            next: ends,
            gaps: draft.gaps,
        })
    }
}

/// What came to a partition. A topic made anew begins before where the reader stood: then all of it is new.
fn fresh(range: &PartitionRange, since: &Positions) -> PartitionRange {
    let stood = since.0.get(&range.partition).copied().unwrap_or(range.end);
    let from = if stood > range.end {
        range.start
    } else {
        stood
    };
    PartitionRange {
        start: from.clamp(range.start.min(range.end), range.end),
        ..*range
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_lies_between_then_and_now() {
        let range = PartitionRange {
            partition: 3,
            start: 10,
            end: 20,
            at_time: None,
        };
        let from = |stood: Option<i64>| {
            let since = Positions(stood.map(|at| (3, at)).into_iter().collect());
            fresh(&range, &since).start
        };
        assert_eq!(from(Some(15)), 15);
        assert_eq!(from(Some(20)), 20);
        assert_eq!(from(None), 20, "an unknown partition counts from its end");
        assert_eq!(
            from(Some(3)),
            10,
            "what expired meanwhile is not waited for"
        );
        assert_eq!(from(Some(99)), 10, "made anew");
    }
}
