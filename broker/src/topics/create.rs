//! Making topics.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use uuid::Uuid;

use super::{
    CONSUMER_OFFSETS, PARTITIONS_MAX, PARTITIONS_PER_TOPIC_MAX, TRANSACTION_STATE, Topic,
    TopicError, Topics, name,
};
use crate::configs::{Alteration, Plan, Resource, TopicConfig, Values};
use crate::partitions::Partition;
use crate::store::{Change, TopicRow};

/// A topic asked for.
#[derive(Debug, Clone)]
pub(crate) struct NewTopic {
    /// Its name.
    pub(crate) name: String,
    /// Number of partitions; `None` for the broker's default.
    pub(crate) partitions: Option<i32>,
    /// Its own configuration values.
    pub(crate) configs: Vec<(String, String)>,
}

/// A topic made, or one that would have been.
#[derive(Debug)]
pub(crate) struct Created {
    /// Its id; nil when nothing was made.
    pub(crate) id: Uuid,
    /// Number of partitions.
    pub(crate) partitions: i32,
    /// Its own configuration values.
    pub(crate) configs: Values,
}

/// A topic that passed all checks.
struct Prepared {
    row: TopicRow,
    plan: Plan,
    config: Arc<TopicConfig>,
}

/// Names and partitions that a request has taken so far.
#[derive(Default)]
struct Taken {
    /// Folded name → name.
    names: HashMap<String, String>,
    partitions: usize,
}

impl Topics {
    /// Makes topics, each refused on its own, all others in one transaction. Blocks on disk.
    /// With `validate_only` nothing is made.
    pub(crate) fn create(
        &self,
        wanted: Vec<NewTopic>,
        validate_only: bool,
    ) -> Vec<Result<Created, TopicError>> {
        let _changes = self.changes.lock();
        let mut taken = Taken::default();
        let mut answers = Vec::with_capacity(wanted.len());
        let mut ready = Vec::new();
        for topic in wanted {
            if name::is_internal(&topic.name) {
                answers.push(Err(TopicError::Internal(topic.name)));
                continue;
            }
            let place = answers.len();
            let prepared = self.prepare(topic, &mut taken);
            answers.push(
                prepared
                    .as_ref()
                    .map_err(Clone::clone)
                    .map(|p| created(p, validate_only)),
            );
            ready.extend(prepared.ok().map(|p| (place, p)));
        }
        if !validate_only {
            for (place, error) in self.make(ready) {
                answers[place] = Err(error);
            }
        }
        answers
    }

    /// Makes one topic, which may be internal. Blocks on disk.
    pub(super) fn create_one(&self, wanted: NewTopic) -> Result<Arc<Topic>, TopicError> {
        let _changes = self.changes.lock();
        let prepared = self.prepare(wanted, &mut Taken::default())?;
        let name = prepared.row.name.clone();
        match self.make(vec![(0, prepared)]).pop() {
            Some((_, error)) => Err(error),
            None => self.get(&name).ok_or(TopicError::Unknown(name)),
        }
    }

    /// A topic as the broker itself makes it.
    pub(super) fn default_topic(&self, name: &str) -> NewTopic {
        let settings = self.parts.configs.settings();
        let (partitions, segment_bytes) = match name {
            CONSUMER_OFFSETS => (
                settings.offsets_topic_partitions,
                settings.offsets_topic_segment_bytes,
            ),
            TRANSACTION_STATE => (
                settings.transactions_topic_partitions,
                settings.transactions_topic_segment_bytes,
            ),
            _ => {
                return NewTopic {
                    name: name.to_owned(),
                    partitions: None,
                    configs: Vec::new(),
                };
            }
        };
        let segment_bytes = segment_bytes.to_string();
        let configs = [
            ("cleanup.policy", "compact"),
            ("compression.type", "producer"),
            ("segment.bytes", &segment_bytes),
        ];
        let configs = configs
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .to_vec();
        NewTopic {
            name: name.to_owned(),
            partitions: Some(partitions),
            configs,
        }
    }

    /// All checks. Needs the change lock.
    fn prepare(&self, wanted: NewTopic, taken: &mut Taken) -> Result<Prepared, TopicError> {
        let NewTopic {
            name,
            partitions,
            configs,
        } = wanted;
        name::check(&name)?;
        let held = self.check_free(&name, taken)?;
        let partitions = partitions.unwrap_or_else(|| self.parts.configs.num_partitions());
        let count = check_count(partitions)?;
        check_room(held + taken.partitions, count)?;
        let plan = self
            .parts
            .configs
            .plan(Resource::Topic(name.clone()), Alteration::Replace(configs))?;
        let config = self.parts.configs.planned_topic_config(&name, &plan);
        taken.partitions += count;
        taken.names.insert(name::folded(&name), name.clone());
        let row = TopicRow {
            name,
            id: Uuid::new_v4(),
            partitions,
            created_ms: self.parts.clock.now_ms(),
        };
        Ok(Prepared { row, plan, config })
    }

    /// Refuses names that exist or collide; returns the partitions that the broker holds.
    fn check_free(&self, name: &str, taken: &Taken) -> Result<usize, TopicError> {
        let catalogue = self.catalogue.read();
        if catalogue.get(name).is_some() {
            return Err(TopicError::Exists(name.to_owned()));
        }
        let there = catalogue.collision(name).map(ToString::to_string);
        match there.or_else(|| taken.names.get(&name::folded(name)).cloned()) {
            Some(with) => Err(TopicError::Collision {
                name: name.to_owned(),
                with,
            }),
            None => Ok(catalogue.partitions()),
        }
    }

    /// Opens the logs, stores the topics, shows them to readers, in this order; returns the places of those that failed.
    /// Needs the change lock.
    fn make(&self, prepared: Vec<(usize, Prepared)>) -> Vec<(usize, TopicError)> {
        let mut failed = Vec::new();
        let mut opened = Vec::with_capacity(prepared.len());
        for (place, prepared) in prepared {
            match self.open_topic(&prepared) {
                Ok(topic) => opened.push((place, prepared, topic)),
                Err(error) => failed.push((place, error)),
            }
        }
        let mut changes = Vec::new();
        for (_, prepared, _) in &opened {
            changes.push(Change::PutTopic(prepared.row.clone()));
            changes.extend(prepared.plan.changes.iter().cloned());
        }
        if self.commit(&changes).is_err() {
            for (place, _, topic) in opened {
                self.drop_logs(&topic.name, 0..topic.partitions.len());
                failed.push((place, TopicError::Disk));
            }
            return failed;
        }
        for (_, prepared, topic) in opened {
            self.parts.configs.apply(prepared.plan);
            self.catalogue.write().put(Arc::new(topic));
        }
        failed
    }

    fn open_topic(&self, prepared: &Prepared) -> Result<Topic, TopicError> {
        let row = &prepared.row;
        Ok(Topic {
            partitions: self.open_partitions(&row.name, 0..row.partitions, &prepared.config)?,
            name: row.name.as_str().into(),
            id: row.id,
            internal: name::is_internal(&row.name),
            created_ms: row.created_ms,
            config: Arc::clone(&prepared.config),
        })
    }

    /// Opens logs of new partitions; when one fails, those before it are closed again.
    pub(super) fn open_partitions(
        &self,
        topic: &str,
        indexes: Range<i32>,
        config: &TopicConfig,
    ) -> Result<Vec<Arc<Partition>>, TopicError> {
        let mut partitions = Vec::with_capacity(indexes.len());
        for index in indexes.clone() {
            match self.parts.logs.open_log(topic, index, config.log.clone()) {
                Ok((log, _)) => partitions.push(Arc::new(Partition::new(
                    index,
                    log,
                    self.parts.leader_epoch,
                ))),
                Err(error) => {
                    tracing::error!(topic, partition = index, %error, "cannot open a new log");
                    let start = usize::try_from(indexes.start).unwrap_or(0);
                    self.drop_logs(topic, start..start + partitions.len());
                    return Err(TopicError::Disk);
                }
            }
        }
        Ok(partitions)
    }

    /// Takes logs out of service and removes their directories. A directory that cannot be removed now goes at the next start.
    pub(super) fn drop_logs(&self, topic: &str, indexes: Range<usize>) {
        for partition in indexes.filter_map(|i| i32::try_from(i).ok()) {
            if let Err(error) = self.parts.logs.delete_log(topic, partition) {
                tracing::warn!(topic, partition, %error, "cannot remove a log; it is tried again at the next start");
            }
        }
    }
}

fn created(prepared: &Prepared, validate_only: bool) -> Created {
    Created {
        id: if validate_only {
            Uuid::nil()
        } else {
            prepared.row.id
        },
        partitions: prepared.row.partitions,
        configs: prepared.plan.values.clone(),
    }
}

/// Checks a partition count.
pub(super) fn check_count(partitions: i32) -> Result<usize, TopicError> {
    let count = usize::try_from(partitions)
        .ok()
        .filter(|_| (1..=PARTITIONS_PER_TOPIC_MAX).contains(&partitions));
    let error = || {
        let allowed =
            format!("allowed are 1 to {PARTITIONS_PER_TOPIC_MAX}, or -1 for the broker's default");
        TopicError::Partitions(format!(
            "Number of partitions was set to {partitions}; {allowed}."
        ))
    };
    count.ok_or_else(error)
}

/// Checks that the broker may hold this many partitions more.
pub(super) fn check_room(held: usize, wanted: usize) -> Result<(), TopicError> {
    if held + wanted <= PARTITIONS_MAX {
        Ok(())
    } else {
        Err(TopicError::Full {
            held,
            limit: PARTITIONS_MAX,
            wanted,
        })
    }
}
