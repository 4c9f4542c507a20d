//! Incremental fetch sessions (KIP-227): the broker remembers which partitions a consumer reads, so that neither requests nor
//! responses repeat partitions where nothing changed.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use indexmap::IndexMap;
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::TopicName;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchRequest};
use parking_lot::Mutex;
use uuid::Uuid;

/// Sessions kept at once (Kafka's `max.incremental.fetch.session.cache.slots`).
const SESSIONS_MAX: usize = 1_000;
/// A session unused for this long may be evicted for a new one.
const EVICTABLE_AFTER: Duration = Duration::from_secs(120);
/// Partitions remembered in a session; a request for more is answered without one.
const PARTITIONS_MAX: usize = 100_000;

/// A partition as a request names it: by id from version 13 on, by name before.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) topic: TopicName,
    pub(crate) topic_id: Uuid,
    pub(crate) partition: i32,
}

/// What a consumer last asked of a partition and what it was last told.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) fetch_offset: i64,
    pub(crate) max_bytes: i32,
    pub(crate) current_leader_epoch: i32,
    /// (high watermark, log start) of the last response; `None` before the first or after an error, so that the next one reports.
    pub(crate) told: Option<(i64, i64)>,
}

impl Wanted {
    fn new(partition: &FetchPartition) -> Self {
        Self {
            fetch_offset: partition.fetch_offset,
            max_bytes: partition.partition_max_bytes,
            current_leader_epoch: partition.current_leader_epoch,
            told: None,
        }
    }
}

/// Partitions in the order they are to be read.
pub(crate) type Wants = IndexMap<Key, Wanted>;

#[derive(Debug)]
struct Session {
    epoch: i32,
    by_id: bool,
    last_used: Instant,
    /// `None` while a fetch holds them; for ever, when its connection broke before the answer: the session is then unusable.
    wants: Option<Wants>,
}

/// What a fetch request amounts to once its session is known.
#[derive(Debug)]
pub(crate) struct Plan {
    /// 0 without a session.
    pub(crate) session_id: i32,
    /// Answer only partitions with news.
    pub(crate) incremental: bool,
    pub(crate) wants: Wants,
}

/// All sessions.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    inner: Mutex<HashMap<i32, Session>>,
}

impl Sessions {
    /// Applies a request to its session and takes out what is to be read. `finish` must follow with the plan.
    pub(crate) fn begin(
        &self,
        request: &FetchRequest,
        version: i16,
        now: Instant,
    ) -> Result<Plan, ResponseError> {
        let by_id = version >= 13;
        match (request.session_id, request.session_epoch) {
            (id, epoch @ (0 | -1)) => {
                if id != 0 {
                    self.inner.lock().remove(&id);
                }
                let wants = all_wanted(request);
                let session_id = if epoch == 0 {
                    self.create(&wants, by_id, now)
                } else {
                    0
                };
                Ok(Plan {
                    session_id,
                    incremental: false,
                    wants,
                })
            }
            (id, epoch) => self.resume(id, epoch, by_id, request, now),
        }
    }

    fn create(&self, wants: &Wants, by_id: bool, now: Instant) -> i32 {
        let mut sessions = self.inner.lock();
        if wants.is_empty() || wants.len() > PARTITIONS_MAX {
            return 0;
        }
        if sessions.len() >= SESSIONS_MAX {
            let oldest = sessions
                .iter()
                .min_by_key(|(_, s)| s.last_used)
                .map(|(id, s)| (*id, s.last_used));
            match oldest {
                Some((id, used)) if now.saturating_duration_since(used) >= EVICTABLE_AFTER => {
                    sessions.remove(&id)
                }
                _ => return 0,
            };
        }
        let id = loop {
            let id = rand::random_range(1..i32::MAX);
            if !sessions.contains_key(&id) {
                break id;
            }
        };
        // The plan of this first fetch owns the partitions; `finish` puts them here.
        sessions.insert(
            id,
            Session {
                epoch: 1,
                by_id,
                last_used: now,
                wants: None,
            },
        );
        id
    }

    fn resume(
        &self,
        id: i32,
        epoch: i32,
        by_id: bool,
        request: &FetchRequest,
        now: Instant,
    ) -> Result<Plan, ResponseError> {
        let mut sessions = self.inner.lock();
        let session = sessions
            .get_mut(&id)
            .ok_or(ResponseError::FetchSessionIdNotFound)?;
        if session.epoch != epoch {
            return Err(ResponseError::InvalidFetchSessionEpoch);
        }
        if session.by_id != by_id {
            return Err(ResponseError::FetchSessionTopicIdError);
        }
        let mut wants = session
            .wants
            .take()
            .ok_or(ResponseError::FetchSessionIdNotFound)?;
        session.epoch = if epoch == i32::MAX { 1 } else { epoch + 1 };
        session.last_used = now;
        drop(sessions);
        for (key, wanted) in all_wanted(request) {
            if let Some(known) = wants.get_mut(&key) {
                known.fetch_offset = wanted.fetch_offset;
                known.max_bytes = wanted.max_bytes;
                known.current_leader_epoch = wanted.current_leader_epoch;
            } else if wants.len() < PARTITIONS_MAX {
                wants.insert(key, wanted);
            } else {
                return Err(ResponseError::FetchSessionIdNotFound);
            }
        }
        for topic in &request.forgotten_topics_data {
            for partition in &topic.partitions {
                wants.shift_remove(&Key {
                    topic: owned(&topic.topic),
                    topic_id: topic.topic_id,
                    partition: *partition,
                });
            }
        }
        Ok(Plan {
            session_id: id,
            incremental: true,
            wants,
        })
    }

    /// Puts back what `begin` took out, as the response left it.
    pub(crate) fn finish(&self, plan: Plan) {
        if plan.session_id != 0
            && let Some(session) = self.inner.lock().get_mut(&plan.session_id)
        {
            session.wants = Some(plan.wants);
        }
    }
}

fn all_wanted(request: &FetchRequest) -> Wants {
    let mut wants = Wants::new();
    for topic in &request.topics {
        let name = owned(&topic.topic);
        for partition in &topic.partitions {
            let key = Key {
                topic: name.clone(),
                topic_id: topic.topic_id,
                partition: partition.partition,
            };
            wants.insert(key, Wanted::new(partition));
        }
    }
    wants
}

/// A copy that does not keep the request's whole frame in memory for as long as the session lives.
fn owned(name: &TopicName) -> TopicName {
    TopicName(kafka_protocol::protocol::StrBytes::from_string(
        name.0.as_str().to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::fetch_request::{FetchTopic, ForgottenTopic};
    use kafka_protocol::protocol::StrBytes;

    use super::*;

    fn request(id: i32, epoch: i32, partitions: &[(i32, i64)]) -> FetchRequest {
        let partitions: Vec<_> = partitions
            .iter()
            .map(|&(p, o)| {
                FetchPartition::default()
                    .with_partition(p)
                    .with_fetch_offset(o)
            })
            .collect();
        let topics = if partitions.is_empty() {
            vec![]
        } else {
            vec![
                FetchTopic::default()
                    .with_topic(name())
                    .with_partitions(partitions),
            ]
        };
        FetchRequest::default()
            .with_session_id(id)
            .with_session_epoch(epoch)
            .with_topics(topics)
    }

    fn name() -> TopicName {
        TopicName(StrBytes::from_static_str("t"))
    }

    fn offsets(plan: &Plan) -> Vec<(i32, i64)> {
        plan.wants
            .iter()
            .map(|(k, w)| (k.partition, w.fetch_offset))
            .collect()
    }

    #[test]
    fn a_session_remembers_updates_and_forgets() {
        let sessions = Sessions::default();
        let now = Instant::now();
        let plan = sessions
            .begin(&request(0, 0, &[(0, 5), (1, 7)]), 12, now)
            .unwrap();
        let id = plan.session_id;
        assert!(id != 0 && !plan.incremental);
        sessions.finish(plan);
        let plan = sessions.begin(&request(id, 1, &[(1, 9)]), 12, now).unwrap();
        assert!(plan.incremental);
        assert_eq!(offsets(&plan), [(0, 5), (1, 9)]);
        sessions.finish(plan);
        let forget = request(id, 2, &[]).with_forgotten_topics_data(vec![
            ForgottenTopic::default()
                .with_topic(name())
                .with_partitions(vec![0]),
        ]);
        assert_eq!(
            offsets(&sessions.begin(&forget, 12, now).unwrap()),
            [(1, 9)]
        );
    }

    #[test]
    fn wrong_epoch_id_and_naming_are_refused() {
        let sessions = Sessions::default();
        let now = Instant::now();
        let plan = sessions.begin(&request(0, 0, &[(0, 0)]), 12, now).unwrap();
        let id = plan.session_id;
        sessions.finish(plan);
        assert_eq!(
            sessions.begin(&request(id, 2, &[]), 12, now).unwrap_err(),
            ResponseError::InvalidFetchSessionEpoch
        );
        assert_eq!(
            sessions.begin(&request(id, 1, &[]), 13, now).unwrap_err(),
            ResponseError::FetchSessionTopicIdError
        );
        assert_eq!(
            sessions
                .begin(&request(id ^ 1, 1, &[]), 12, now)
                .unwrap_err(),
            ResponseError::FetchSessionIdNotFound
        );
        let closed = sessions
            .begin(&request(id, -1, &[(0, 0)]), 12, now)
            .unwrap();
        assert_eq!(closed.session_id, 0);
        assert_eq!(
            sessions.begin(&request(id, 1, &[]), 12, now).unwrap_err(),
            ResponseError::FetchSessionIdNotFound
        );
    }

    #[test]
    fn a_full_cache_answers_without_a_session_until_one_is_old() {
        let sessions = Sessions::default();
        let now = Instant::now();
        for _ in 0..SESSIONS_MAX {
            assert_ne!(
                sessions
                    .begin(&request(0, 0, &[(0, 0)]), 12, now)
                    .unwrap()
                    .session_id,
                0
            );
        }
        assert_eq!(
            sessions
                .begin(&request(0, 0, &[(0, 0)]), 12, now)
                .unwrap()
                .session_id,
            0
        );
        assert_ne!(
            sessions
                .begin(&request(0, 0, &[(0, 0)]), 12, now + EVICTABLE_AFTER)
                .unwrap()
                .session_id,
            0
        );
    }
}
