//! The newest messages, newest first, a page at a time.

use super::page::{ROWS_MAX, Start};
use super::positions::Positions;
use super::{Gap, MessageRow, PartitionRange, Partitions};
use crate::Cluster;
use crate::error::ClusterError;
use crate::rules::{Problem, Violation};

/// Most messages that can be asked for, over all pages.
pub const LATEST_MAX: u32 = 1_000;

/// Which of the newest messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatestQuery {
    /// Topic.
    pub topic: String,
    /// In these partitions.
    pub partitions: Partitions,
    /// How many over all pages, 1 to [`LATEST_MAX`].
    pub count: u32,
    /// [`LatestPage::next`] of the page before.
    pub at: Option<LatestAt>,
}

/// Where a further page of the newest messages begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatestAt {
    /// Messages on the pages before.
    pub taken: u32,
    /// One past the newest message of the page, in each partition.
    pub positions: Positions,
}

impl LatestAt {
    /// Reads the form `30~0.12~3.900`. `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (taken, positions) = text.split_once('~')?;
        Some(Self {
            taken: taken.parse().ok().filter(|taken| *taken < LATEST_MAX)?,
            positions: Positions::parse(positions)?,
        })
    }
}

impl std::fmt::Display for LatestAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}~{}", self.taken, self.positions)
    }
}

/// A page of the newest messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatestPage {
    /// Messages, newest first: by time where several partitions are read, by offset within a partition.
    pub rows: Vec<MessageRow>,
    /// The offsets there are in the partitions asked for.
    pub ranges: Vec<PartitionRange>,
    /// Messages on this page and those before it.
    pub taken: u32,
    /// Where the next page begins; `None` when as many as asked for were given, or nothing is older.
    pub next: Option<LatestAt>,
    /// Messages that are there but cannot be shown.
    pub gaps: Vec<Gap>,
    /// Partitions left unread because the page had already fetched too much.
    pub unread: Vec<i32>,
}

impl Cluster {
    /// The newest `count` messages, a page at a time.
    ///
    /// Errors: [`ClusterError::Invalid`] for a count out of bounds; [`ClusterError::NoSuchTopic`],
    /// [`ClusterError::NoSuchPartition`].
    pub async fn latest(&self, query: &LatestQuery) -> Result<LatestPage, ClusterError> {
        check_count(query.count)?;
        let _reader = self.readers.acquire().await;
        let start = Start::Latest {
            partitions: query.partitions.clone(),
        };
        let ranges = self.ranges(&query.topic, &start).await?;
        let ends = Positions(ranges.iter().map(|r| (r.partition, r.end)).collect());
        let (taken, until) = match &query.at {
            Some(at) => (at.taken, at.positions.over(&ends)),
            None => (0, ends),
        };
        let left = query.count.saturating_sub(taken);
        let limit = usize::try_from(left).unwrap_or(ROWS_MAX).min(ROWS_MAX);
        let mut draft = self.backward(&query.topic, &ranges, &until).await?;
        let surplus = draft.rows.len().saturating_sub(limit);
        draft.rows.drain(..surplus);
        draft.rows.reverse();
        let taken = taken.saturating_add(u32::try_from(draft.rows.len()).unwrap_or(u32::MAX));
        let is_more =
            |r: &PartitionRange| draft.from.get(&r.partition).is_some_and(|at| *at > r.start);
        let next = (taken < query.count && ranges.iter().any(is_more)).then(|| LatestAt {
            taken,
            positions: Positions(draft.from.clone()),
        });
        Ok(LatestPage {
            rows: draft.rows,
            ranges,
            taken,
            next,
            gaps: draft.gaps,
            unread: draft.unread,
        })
    }
}

fn check_count(count: u32) -> Result<(), ClusterError> {
    let (value, min, max) = (i64::from(count), 1, i64::from(LATEST_MAX));
    let problem = match value {
        0 => Problem::Below { value, min, max },
        _ if value > max => Problem::Above { value, min, max },
        _ => return Ok(()),
    };
    let field = "count";
    Err(ClusterError::Invalid(vec![Violation { field, problem }]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_carries_it_there_and_back() {
        let at = LatestAt {
            taken: 30,
            positions: Positions([(0, 12), (3, 900)].into()),
        };
        assert_eq!(at.to_string(), "30~0.12~3.900");
        assert_eq!(LatestAt::parse(&at.to_string()), Some(at));
        for bad in ["", "30", "30~", "-1~0.1", "1000~0.1", "x~0.1", "30~0.x"] {
            assert_eq!(LatestAt::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn counts_have_bounds() {
        assert!(check_count(1).is_ok() && check_count(LATEST_MAX).is_ok());
        assert!(check_count(0).is_err() && check_count(LATEST_MAX + 1).is_err());
    }
}
