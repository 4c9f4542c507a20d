//! Moving a group's committed offsets: preview, then exactly that. Only while nobody is in the group.

use std::collections::BTreeMap;

use kafka_protocol::messages::OffsetCommitRequest;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};

use super::GroupMember;
use super::ask::{Committed, group_id, is_loading, text};
use super::edges::{self, Edges};
use super::plan::{Move, Moves, PARTITIONS_MAX, PlanRow, ResetPlan, Scope, Target, decide};
use crate::Cluster;
use crate::error::{ClusterError, Code};
use crate::facts::once_loaded;
use crate::offsets::{At, name};
use crate::rules::{Problem, Violation};

/// What an applied reset did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Partitions whose offset was committed.
    pub moved: usize,
    /// Partitions that the cluster refused, one by one.
    pub failed: Vec<(String, i32, Code)>,
}

/// Codes of a commit from outside into a group that has members (or deals partitions right now).
const ACTIVE: [i16; 3] = [22, 25, 27];

impl Cluster {
    /// What a reset would do, asked now. A group that is not there yet can be given offsets of one topic or partition.
    pub async fn plan_reset(
        &self,
        group: &str,
        scope: &Scope,
        target: Target,
    ) -> Result<ResetPlan, ClusterError> {
        let described = self.described_group(group).await?;
        let committed = self.committed(group).await?;
        let topics = self.topics_in(scope, &committed).await?;
        let counted: Vec<(&str, usize)> = topics.iter().map(|(t, n)| (t.as_str(), *n)).collect();
        let edges = self.edges(&counted).await?;
        let times = match target {
            Target::Time(ms) => Some(self.offsets_by_topic(&counted, At::Time(ms)).await?),
            _ => None,
        };
        let mut rows = Vec::new();
        for (topic, count) in &counted {
            let wanted = match scope {
                Scope::Partition(_, index) => *index..index.saturating_add(1),
                _ => 0..i32::try_from(*count).unwrap_or(i32::MAX),
            };
            for partition in wanted {
                let old = committed
                    .get(*topic)
                    .and_then(|all| all.get(&partition))
                    .copied();
                let asked = times
                    .as_ref()
                    .map(|times| edges::at(times, topic, partition));
                let range = match asked {
                    // Where the time got no answer, an end would be a guess.
                    Some(None) => None,
                    _ => edges.get(topic, partition),
                };
                let at_time = asked.flatten().filter(|offset| *offset >= 0);
                rows.push(PlanRow {
                    topic: (*topic).to_owned(),
                    partition,
                    old,
                    range,
                    outcome: decide(target, old, range, at_time),
                });
            }
        }
        Ok(ResetPlan {
            group: group.to_owned(),
            state: described.state,
            active: described.members.iter().map(GroupMember::owner).collect(),
            rows,
        })
    }

    /// Topics in scope, with their numbers of partitions.
    async fn topics_in(
        &self,
        scope: &Scope,
        committed: &Committed,
    ) -> Result<Vec<(String, usize)>, ClusterError> {
        let topics = match scope {
            Scope::All => {
                let snapshot = self.snapshot().await?;
                let read = snapshot
                    .topics
                    .iter()
                    .filter(|t| committed.contains_key(&*t.name));
                read.map(|t| (t.name.to_string(), t.partitions.len()))
                    .collect()
            }
            Scope::Topic(topic) | Scope::Partition(topic, _) => {
                let count = self.shape_of(topic).await?.partitions.len();
                if let Scope::Partition(_, partition) = scope
                    && !usize::try_from(*partition).is_ok_and(|index| index < count)
                {
                    return Err(ClusterError::NoSuchPartition {
                        topic: topic.clone(),
                        partition: *partition,
                        count,
                    });
                }
                vec![(topic.clone(), count)]
            }
        };
        let all: usize = topics.iter().map(|(_, count)| count).sum();
        if all > PARTITIONS_MAX && !matches!(scope, Scope::Partition(..)) {
            let (value, max) = (i64::try_from(all), i64::try_from(PARTITIONS_MAX));
            return Err(ClusterError::Invalid(vec![Violation {
                field: "topic",
                problem: Problem::Above {
                    value: value.unwrap_or(i64::MAX),
                    min: 1,
                    max: max.unwrap_or(i64::MAX),
                },
            }]));
        }
        Ok(topics)
    }

    /// Commits what a plan would move. [`ClusterError::GroupActive`] when somebody joined since, and
    /// [`ClusterError::PreviewStale`] when offsets or ranges moved since, so that the plan does not hold; nothing was done then.
    pub async fn apply_reset(&self, group: &str, moves: &Moves) -> Result<Applied, ClusterError> {
        let described = self.described_group(group).await?;
        if !described.members.is_empty() || !described.state.is_idle() {
            return Err(ClusterError::GroupActive {
                group: group.to_owned(),
                members: described.members.iter().map(GroupMember::owner).collect(),
            });
        }
        let committed = self.committed(group).await?;
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for one in &moves.0 {
            let least = usize::try_from(one.partition)
                .unwrap_or(0)
                .saturating_add(1);
            // A count a form made up ends at what a topic can have.
            let count = counts.entry(&one.topic).or_default();
            *count = (*count).max(least.min(PARTITIONS_MAX));
        }
        let edges = self.edges(&counts.into_iter().collect::<Vec<_>>()).await?;
        if !moves.0.iter().all(|one| holds(one, &committed, &edges)) {
            return Err(ClusterError::PreviewStale(group.to_owned()));
        }
        self.commit(group, moves).await
    }

    async fn commit(&self, group: &str, moves: &Moves) -> Result<Applied, ClusterError> {
        let request = request(group, moves);
        let answer = once_loaded(|| async {
            let answer = self.rpc.send(request.clone()).await?;
            let mut codes = answer
                .topics
                .iter()
                .flat_map(|t| &t.partitions)
                .map(|p| p.error_code);
            let loading = codes.find_map(|code| {
                ClusterError::check("reset offsets", code, None)
                    .err()
                    .filter(is_loading)
            });
            loading.map_or(Ok(answer), Err)
        })
        .await?;
        self.forget_groups();
        let mut applied = Applied {
            moved: 0,
            failed: Vec::new(),
        };
        for topic in &answer.topics {
            for partition in &topic.partitions {
                match partition.error_code {
                    0 => applied.moved += 1,
                    // Kafka refuses the whole commit then: somebody joined between the look and the commit.
                    code if ACTIVE.contains(&code) => return Err(self.active(group).await),
                    code => applied.failed.push((
                        topic.name.as_str().to_owned(),
                        partition.partition_index,
                        Code::of(code),
                    )),
                }
            }
        }
        if applied.moved == 0
            && let Some((_, _, code)) = applied.failed.first()
        {
            return Err(ClusterError::Refused {
                operation: "reset offsets",
                detail: code.sentence.to_owned(),
                code: code.clone(),
            });
        }
        Ok(applied)
    }
}

/// Whether the offset is still the one that was shown, and the new one still exists.
fn holds(one: &Move, committed: &Committed, edges: &Edges) -> bool {
    let old = committed
        .get(&one.topic)
        .and_then(|all| all.get(&one.partition))
        .copied();
    let range = edges.get(&one.topic, one.partition);
    old == one.old && range.is_some_and(|(start, end)| (start..=end).contains(&one.new))
}

fn request(group: &str, moves: &Moves) -> OffsetCommitRequest {
    let topics = moves.0.chunk_by(|a, b| a.topic == b.topic).map(|run| {
        let partitions = run.iter().map(|one| {
            OffsetCommitRequestPartition::default()
                .with_partition_index(one.partition)
                .with_committed_offset(one.new)
                .with_committed_leader_epoch(-1)
                .with_committed_metadata(Some(text("")))
        });
        OffsetCommitRequestTopic::default()
            .with_name(name(&run[0].topic))
            .with_partitions(partitions.collect())
    });
    OffsetCommitRequest::default()
        .with_group_id(group_id(group))
        .with_generation_id_or_member_epoch(-1)
        .with_topics(topics.collect())
}
