//! Changing and deleting topics, and all changes of configurations.

use std::sync::Arc;

use super::create::{check_count, check_room};
use super::{Topic, TopicError, Topics};
use crate::configs::{Alteration, Plan, Resource};
use crate::store::{Change, TopicRow};

/// A topic that is to grow.
struct Growth {
    topic: Arc<Topic>,
    total: i32,
}

impl Topics {
    /// Deletes topics, each refused on its own, all others in one transaction. Their logs are gone from disk afterwards.
    /// Blocks on disk.
    pub(crate) fn delete(&self, names: &[&str]) -> Vec<Result<Arc<Topic>, TopicError>> {
        let _changes = self.changes.lock();
        let find = |name: &&str| match self.get(name) {
            Some(topic) if topic.internal => Err(TopicError::Internal((*name).to_owned())),
            Some(topic) => Ok(topic),
            None => Err(TopicError::Unknown((*name).to_owned())),
        };
        let found: Vec<Result<Arc<Topic>, TopicError>> = names.iter().map(find).collect();
        let mut changes = Vec::new();
        for topic in found.iter().flatten() {
            changes.push(Change::RemoveTopic(topic.name.to_string()));
            changes.extend(self.parts.configs.forget_changes(&topic.name));
        }
        if let Err(error) = self.commit(&changes) {
            return found
                .into_iter()
                .map(|f| f.and(Err(error.clone())))
                .collect();
        }
        for topic in found.iter().flatten() {
            self.catalogue.write().remove(&topic.name);
            self.parts.configs.forget(&topic.name);
            topic
                .partitions
                .iter()
                .for_each(|partition| partition.wake_all());
            self.drop_logs(&topic.name, 0..topic.partitions.len());
        }
        found
    }

    /// Lets topics grow to a total of partitions, each refused on its own, all others in one transaction. Blocks on disk.
    /// With `validate_only` nothing is changed.
    pub(crate) fn add_partitions(
        &self,
        wanted: &[(&str, i32)],
        validate_only: bool,
    ) -> Vec<Result<(), TopicError>> {
        let _changes = self.changes.lock();
        let mut held = self.catalogue.read().partitions();
        let mut planned = Vec::with_capacity(wanted.len());
        for (name, total) in wanted {
            planned.push(self.plan_growth(name, *total, &mut held));
        }
        if validate_only {
            return planned.into_iter().map(|p| p.map(drop)).collect();
        }
        let grown: Vec<Result<Topic, TopicError>> = planned
            .into_iter()
            .map(|p| p.and_then(|g| self.grow(&g)))
            .collect();
        let changes: Vec<Change> = grown
            .iter()
            .flatten()
            .map(|topic| Change::PutTopic(row_of(topic)))
            .collect();
        let stored = self.commit(&changes);
        grown
            .into_iter()
            .map(|topic| self.finish_growth(topic?, &stored))
            .collect()
    }

    /// Changes configurations of topics and of the broker, each refused on its own, all others in one transaction.
    /// Blocks on disk. With `validate_only` nothing is changed.
    pub(crate) fn alter_configs(
        &self,
        wanted: Vec<(Resource, Alteration)>,
        validate_only: bool,
    ) -> Vec<Result<(), TopicError>> {
        let _changes = self.changes.lock();
        let plan = |(resource, alteration)| self.plan_configs(resource, alteration);
        let plans: Vec<Result<Plan, TopicError>> = wanted.into_iter().map(plan).collect();
        if validate_only {
            return plans.into_iter().map(|p| p.map(drop)).collect();
        }
        let changes: Vec<Change> = plans
            .iter()
            .flatten()
            .flat_map(|p| p.changes.iter().cloned())
            .collect();
        if let Err(error) = self.commit(&changes) {
            return plans
                .into_iter()
                .map(|p| p.and(Err(error.clone())))
                .collect();
        }
        plans
            .into_iter()
            .map(|plan| plan.map(|plan| self.put_in_force(plan)))
            .collect()
    }

    fn plan_growth(&self, name: &str, total: i32, held: &mut usize) -> Result<Growth, TopicError> {
        let topic = self
            .get(name)
            .ok_or_else(|| TopicError::Unknown(name.to_owned()))?;
        if topic.internal {
            return Err(TopicError::Internal(name.to_owned()));
        }
        let count = check_count(total)?;
        let now = topic.partitions.len();
        if count <= now {
            let problem = format!(
                "Topic '{name}' has {now} partitions and cannot be set to {total}: only more are allowed."
            );
            return Err(TopicError::Partitions(problem));
        }
        check_room(*held, count - now)?;
        *held += count - now;
        Ok(Growth { topic, total })
    }

    /// The topic with its new partitions, their logs open; nothing is stored or shown yet.
    fn grow(&self, growth: &Growth) -> Result<Topic, TopicError> {
        let Growth { topic, total } = growth;
        let from = i32::try_from(topic.partitions.len()).unwrap_or(i32::MAX);
        let added = self.open_partitions(&topic.name, from..*total, &topic.config)?;
        let partitions = topic.partitions.iter().cloned().chain(added).collect();
        Ok(Topic {
            partitions,
            ..copy(topic)
        })
    }

    fn finish_growth(
        &self,
        topic: Topic,
        stored: &Result<(), TopicError>,
    ) -> Result<(), TopicError> {
        if let Err(error) = stored {
            let old = self.get(&topic.name).map_or(0, |old| old.partitions.len());
            self.drop_logs(&topic.name, old..topic.partitions.len());
            return Err(error.clone());
        }
        self.catalogue.write().put(Arc::new(topic));
        Ok(())
    }

    fn plan_configs(&self, resource: Resource, alteration: Alteration) -> Result<Plan, TopicError> {
        if let Resource::Topic(name) = &resource
            && self.get(name).is_none()
        {
            return Err(TopicError::Unknown(name.clone()));
        }
        Ok(self.parts.configs.plan(resource, alteration)?)
    }

    fn put_in_force(&self, plan: Plan) {
        let resource = plan.resource.clone();
        self.parts.configs.apply(plan);
        match resource {
            Resource::Topic(name) => self.reconfigure(self.get(&name).as_slice()),
            Resource::Broker | Resource::BrokerDefault => {
                let all: Vec<Arc<Topic>> = self.all().values().cloned().collect();
                self.reconfigure(&all);
            }
        }
    }

    /// Gives logs and readers the configuration now in force, where it changed. Needs the change lock.
    fn reconfigure(&self, topics: &[Arc<Topic>]) {
        let mut changed = Vec::new();
        for topic in topics {
            let config = self.parts.configs.topic_config(&topic.name);
            if *config != *topic.config {
                for partition in &topic.partitions {
                    partition.log.configure(config.log.clone());
                }
                changed.push(Topic {
                    config,
                    ..copy(topic)
                });
            }
        }
        if !changed.is_empty() {
            let mut catalogue = self.catalogue.write();
            changed
                .into_iter()
                .for_each(|topic| catalogue.put(Arc::new(topic)));
        }
    }
}

fn copy(topic: &Topic) -> Topic {
    Topic {
        name: Arc::clone(&topic.name),
        id: topic.id,
        internal: topic.internal,
        created_ms: topic.created_ms,
        partitions: topic.partitions.clone(),
        config: Arc::clone(&topic.config),
    }
}

fn row_of(topic: &Topic) -> TopicRow {
    TopicRow {
        name: topic.name.to_string(),
        id: topic.id,
        partitions: i32::try_from(topic.partitions.len()).unwrap_or(i32::MAX),
        created_ms: topic.created_ms,
    }
}
