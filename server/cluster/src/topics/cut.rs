//! Deletes the oldest records of partitions, up to an offset or a time (KIP-107): first a plan of what goes, then the deed.

use std::collections::HashMap;

use kafka_protocol::messages::DeleteRecordsRequest;
use kafka_protocol::messages::delete_records_request::{
    DeleteRecordsPartition, DeleteRecordsTopic,
};

use super::change::CHANGE_TIMEOUT_MS;
use crate::Cluster;
use crate::configs::Resource;
use crate::error::ClusterError;
use crate::offsets::{At, Found, name};
use crate::rules::{Problem, Violation};

/// Up to where records go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// All before this offset.
    Offset(i64),
    /// All before the first one of this time or later, ms since the epoch.
    Time(i64),
    /// All there are now.
    End,
}

/// What goes of one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Number of the partition.
    pub partition: i32,
    /// First offset there is.
    pub from: i64,
    /// First offset that stays.
    pub to: i64,
    /// One past the last.
    pub end: i64,
}

impl Cut {
    /// Offsets that go; fewer messages exist where some were compacted away or belong to transactions.
    #[must_use]
    pub fn messages(&self) -> u64 {
        u64::try_from(self.to.saturating_sub(self.from)).unwrap_or(0)
    }
}

/// Why nothing can be deleted, whatever is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uncut {
    /// The cluster keeps it for itself.
    Internal,
    /// It keeps the newest value of every key: the start cannot be cut off without losing some.
    CompactOnly,
}

/// What would go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CutPlan {
    /// Partitions something goes from, by number.
    pub cuts: Vec<Cut>,
    /// Partitions nothing goes from, by number.
    pub untouched: Vec<i32>,
    /// Partitions that did not answer; nothing would be done with them.
    pub unknown: Vec<i32>,
}

impl CutPlan {
    /// Messages that go from all partitions.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.cuts.iter().map(Cut::messages).sum()
    }
}

impl Cluster {
    /// Whether records of a topic can be deleted at all, and how many partitions it has.
    pub async fn can_cut(&self, topic: &str) -> Result<(Option<Uncut>, usize), ClusterError> {
        let shape = self.shape_of(topic).await?;
        let configs = self.configs(&Resource::Topic(topic.to_owned())).await?;
        let policy = configs
            .iter()
            .find(|e| e.name == "cleanup.policy")
            .and_then(|e| e.value.as_deref());
        let why = if shape.internal {
            Some(Uncut::Internal)
        } else {
            policy
                .is_some_and(|p| p.trim() == "compact")
                .then_some(Uncut::CompactOnly)
        };
        Ok((why, shape.partitions.len()))
    }

    /// What would go of one partition or of all. For one, an offset outside of its range is a violation of the field `offset`;
    /// for all, each is cut at most at its own end.
    pub async fn plan_cut(
        &self,
        topic: &str,
        partition: Option<i32>,
        until: Until,
    ) -> Result<CutPlan, ClusterError> {
        let shape = self.shape_of(topic).await?;
        let count = shape.partitions.len();
        let asked: Vec<(&str, i32)> = shape
            .partitions
            .iter()
            .map(|p| p.index)
            .filter(|index| partition.is_none_or(|wanted| wanted == *index))
            .map(|index| (topic, index))
            .collect();
        if let Some(partition) = partition.filter(|_| asked.is_empty()) {
            return Err(ClusterError::NoSuchPartition {
                topic: topic.to_owned(),
                partition,
                count,
            });
        }
        let starts = self.offsets(&asked, At::Earliest).await?;
        let ends = self.offsets(&asked, At::Latest).await?;
        let times = match until {
            Until::Time(ms) => self.offsets(&asked, At::Time(ms)).await?,
            _ => HashMap::new(),
        };
        let mut plan = CutPlan::default();
        for (topic, index) in asked {
            let key = (topic.to_owned(), index);
            let range = starts
                .get(&key)
                .zip(ends.get(&key))
                .map(|(start, end)| (start.offset, end.offset));
            let to = range.and_then(|range| target(until, range, times.get(&key)));
            match range.zip(to) {
                None => plan.unknown.push(index),
                Some(((from, end), to)) => {
                    let to = within(partition.is_some(), to, (from, end))?;
                    if to > from {
                        plan.cuts.push(Cut {
                            partition: index,
                            from,
                            to,
                            end,
                        });
                    } else {
                        plan.untouched.push(index);
                    }
                }
            }
        }
        Ok(plan)
    }

    /// Deletes all records of each partition before its offset, as a plan has them. Gives the new start of each, or why not.
    pub async fn cut(
        &self,
        topic: &str,
        cuts: &[(i32, i64)],
    ) -> Result<Vec<(i32, Result<i64, ClusterError>)>, ClusterError> {
        let partition = |&(index, offset): &(i32, i64)| {
            DeleteRecordsPartition::default()
                .with_partition_index(index)
                .with_offset(offset)
        };
        let asked = DeleteRecordsTopic::default()
            .with_name(name(topic))
            .with_partitions(cuts.iter().map(partition).collect());
        let request = DeleteRecordsRequest::default()
            .with_topics(vec![asked])
            .with_timeout_ms(CHANGE_TIMEOUT_MS);
        let answer = self.rpc.send(request).await?;
        self.forget_lists();
        let results = answer.topics.iter().flat_map(|t| &t.partitions);
        let results: HashMap<i32, _> = results.map(|p| (p.partition_index, p)).collect();
        let outcome = |&(index, _): &(i32, i64)| {
            let result = results.get(&index).ok_or_else(|| ClusterError::Garbled {
                api: "DeleteRecords".into(),
                reason: format!("no result for partition {index}"),
            });
            let result = result.and_then(|p| {
                ClusterError::check_topic("delete records", topic, p.error_code, None)
                    .map(|()| p.low_watermark)
            });
            (index, result)
        };
        Ok(cuts.iter().map(outcome).collect())
    }
}

/// First offset that stays; `None` while that is unknown.
fn target(until: Until, (_, end): (i64, i64), time: Option<&Found>) -> Option<i64> {
    match until {
        Until::Offset(offset) => Some(offset),
        Until::End => Some(end),
        // No message of that time or later: all are older.
        Until::Time(_) => time.map(|found| if found.offset < 0 { end } else { found.offset }),
    }
}

fn within(one: bool, to: i64, (from, end): (i64, i64)) -> Result<i64, ClusterError> {
    let problem = match to {
        to if !one => return Ok(to.clamp(from, end)),
        to if to < from => Problem::Below {
            value: to,
            min: from,
            max: end,
        },
        to if to > end => Problem::Above {
            value: to,
            min: from,
            max: end,
        },
        to => return Ok(to),
    };
    Err(ClusterError::Invalid(vec![Violation {
        field: "offset",
        problem,
    }]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_partition_keeps_its_range_and_all_are_cut_at_their_ends() {
        assert_eq!(within(true, 5, (0, 10)).unwrap(), 5);
        assert_eq!(within(true, 10, (0, 10)).unwrap(), 10);
        assert!(
            matches!(within(true, 11, (0, 10)), Err(ClusterError::Invalid(v)) if v[0].field == "offset")
        );
        assert!(within(true, 2, (3, 10)).is_err());
        assert_eq!(within(false, 11, (0, 10)).unwrap(), 10);
        assert_eq!(within(false, 2, (3, 10)).unwrap(), 3);
    }

    #[test]
    fn a_time_past_all_messages_takes_all_and_an_unknown_one_nothing() {
        let found = |offset| Found {
            offset,
            timestamp_ms: -1,
        };
        assert_eq!(target(Until::Time(9), (0, 7), Some(&found(-1))), Some(7));
        assert_eq!(target(Until::Time(9), (0, 7), Some(&found(3))), Some(3));
        assert_eq!(target(Until::Time(9), (0, 7), None), None);
        assert_eq!(target(Until::End, (2, 7), None), Some(7));
    }
}
