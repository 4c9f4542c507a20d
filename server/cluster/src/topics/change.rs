//! Changes of topics: create, delete, add partitions. Rules of the console are checked here, before anything is sent.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::create_partitions_request::CreatePartitionsTopic;
use kafka_protocol::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use kafka_protocol::messages::{CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest};
use kafka_protocol::protocol::StrBytes;

use crate::Cluster;
use crate::configs::{Change, Resource};
use crate::error::ClusterError;
use crate::offsets::name;
use crate::rules::{self, Cleanup, PARTITIONS_MAX, Problem, TOPIC_RETENTION_HOURS, Violation};

/// How long the cluster may take over a change, ms.
pub(super) const CHANGE_TIMEOUT_MS: i32 = 30_000;
/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;

/// A topic as it was asked for in a form: text, so that what is wrong can be shown as it was entered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TopicForm {
    /// Field `name`.
    pub name: String,
    /// Field `description`.
    pub description: String,
    /// Field `partitions`.
    pub partitions: String,
    /// Field `retention`, hours.
    pub retention: String,
    /// Field `cleanup`, Kafka's value.
    pub cleanup: String,
    /// Field `sync_flush`: a write is acknowledged only when it is on disk.
    pub sync_flush: bool,
    /// Further properties of its own, Kafka's names and values, e.g. of the topic it is like.
    pub properties: Vec<(String, String)>,
}

/// A topic to be made; only [`TopicForm::check`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTopic {
    name: String,
    description: String,
    partitions: i32,
    retention_hours: i64,
    cleanup: Cleanup,
    properties: Vec<(String, String)>,
}

impl TopicForm {
    /// Checks every field; all violations at once, in the order of the form.
    pub fn check(&self) -> Result<NewTopic, Vec<Violation>> {
        let name = rules::topic_name("name", self.name.trim());
        let description = rules::description("description", self.description.trim());
        let partitions = rules::number("partitions", &self.partitions, (1, PARTITIONS_MAX));
        let retention = rules::number("retention", &self.retention, TOPIC_RETENTION_HOURS);
        let cleanup = Cleanup::parse("cleanup", &self.cleanup);
        match (name, description, partitions, retention, cleanup) {
            (Ok(()), Ok(()), Ok(partitions), Ok(retention_hours), Ok(cleanup)) => Ok(NewTopic {
                name: self.name.trim().to_owned(),
                description: self.description.trim().to_owned(),
                partitions: i32::try_from(partitions).unwrap_or(1),
                retention_hours,
                cleanup,
                properties: self.further_properties(),
            }),
            (name, description, partitions, retention, cleanup) => Err([
                name.err(),
                description.err(),
                partitions.err(),
                retention.err(),
                cleanup.err(),
            ]
            .into_iter()
            .flatten()
            .collect()),
        }
    }

    /// Those that have no field of their own, and the one behind `sync_flush`.
    fn further_properties(&self) -> Vec<(String, String)> {
        let has_field =
            |name: &str| matches!(name, "retention.ms" | "cleanup.policy" | "flush.messages");
        let flush = self
            .sync_flush
            .then(|| ("flush.messages".to_owned(), "1".to_owned()));
        let others = self.properties.iter().filter(|(name, _)| !has_field(name));
        others.cloned().chain(flush).collect()
    }
}

impl NewTopic {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its description; the console keeps it, Kafka has no such thing.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    fn request(&self) -> CreatableTopic {
        let config = |(name, value): (String, String)| {
            CreatableTopicConfig::default()
                .with_name(StrBytes::from_string(name))
                .with_value(Some(StrBytes::from_string(value)))
        };
        let own = [
            (
                "retention.ms".to_owned(),
                (self.retention_hours * HOUR_MS).to_string(),
            ),
            ("cleanup.policy".to_owned(), self.cleanup.value().to_owned()),
        ];
        CreatableTopic::default()
            .with_name(name(&self.name))
            .with_num_partitions(self.partitions)
            .with_replication_factor(-1)
            .with_configs(
                own.into_iter()
                    .chain(self.properties.clone())
                    .map(config)
                    .collect(),
            )
    }
}

/// The change of `retention.ms` that was entered in hours; empty falls back to the instance's.
pub(super) fn retention_change(hours: &str) -> Result<Change, Violation> {
    match hours.trim() {
        "" => Ok(Change::Reset),
        text => rules::number("retention", text, TOPIC_RETENTION_HOURS)
            .map(|hours| Change::Set((hours * HOUR_MS).to_string())),
    }
}

/// New retention, cleanup policy and flush of a topic, as entered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TopicEdit {
    /// Field `retention`, hours; empty to fall back to the instance's.
    pub retention: String,
    /// Field `cleanup`, Kafka's value.
    pub cleanup: String,
    /// Field `sync_flush`, where it was changed.
    pub sync_flush: Option<bool>,
}

impl TopicEdit {
    /// What is wrong with it, field by field.
    #[must_use]
    pub fn check(&self) -> Vec<Violation> {
        self.changes().err().unwrap_or_default()
    }

    fn changes(&self) -> Result<Vec<(&'static str, Change)>, Vec<Violation>> {
        let retention = retention_change(&self.retention);
        let cleanup = Cleanup::parse("cleanup", &self.cleanup)
            .map(|policy| Change::Set(policy.value().to_owned()));
        match (retention, cleanup) {
            (Ok(retention), Ok(cleanup)) => {
                let flush = self.sync_flush.map(|on| {
                    if on {
                        Change::Set("1".into())
                    } else {
                        Change::Reset
                    }
                });
                let flush = flush.map(|change| ("flush.messages", change));
                let changes = [("retention.ms", retention), ("cleanup.policy", cleanup)];
                Ok(changes.into_iter().chain(flush).collect())
            }
            (retention, cleanup) => Err([retention.err(), cleanup.err()]
                .into_iter()
                .flatten()
                .collect()),
        }
    }
}

impl Cluster {
    /// Makes a topic. A name that is taken is a violation of the field `name`.
    pub async fn create_topic(&self, topic: &NewTopic) -> Result<(), ClusterError> {
        let request = CreateTopicsRequest::default()
            .with_topics(vec![topic.request()])
            .with_timeout_ms(CHANGE_TIMEOUT_MS);
        let answer = self.rpc.send(request).await?;
        self.forget_lists();
        for result in &answer.topics {
            let message = result.error_message.as_ref().map(|m| m.as_str());
            ClusterError::check("create topic", result.error_code, message)
                .map_err(at_its_field)?;
        }
        Ok(())
    }

    /// Deletes a topic and its data.
    pub async fn delete_topic(&self, topic: &str) -> Result<(), ClusterError> {
        let request = DeleteTopicsRequest::default()
            .with_topic_names(vec![name(topic)])
            .with_timeout_ms(CHANGE_TIMEOUT_MS);
        let answer = self.rpc.send(request).await?;
        self.forget_lists();
        for result in &answer.responses {
            let message = result.error_message.as_ref().map(|m| m.as_str());
            ClusterError::check_topic("delete topic", topic, result.error_code, message)?;
        }
        Ok(())
    }

    /// Gives a topic more partitions; `count`, as entered, is how many it has afterwards.
    pub async fn add_partitions(&self, topic: &str, count: &str) -> Result<i32, ClusterError> {
        let now = self.shape_of(topic).await?.partitions.len();
        let least = i64::try_from(now).unwrap_or(i64::MAX).saturating_add(1);
        let wanted = more_partitions(count, least)
            .map_err(|violation| ClusterError::Invalid(vec![violation]))?;
        let wanted = i32::try_from(wanted).unwrap_or(i32::MAX);
        let asked = CreatePartitionsTopic::default()
            .with_name(name(topic))
            .with_count(wanted)
            .with_assignments(None);
        let request = CreatePartitionsRequest::default()
            .with_topics(vec![asked])
            .with_timeout_ms(CHANGE_TIMEOUT_MS);
        let answer = self.rpc.send(request).await?;
        self.forget_lists();
        for result in &answer.results {
            let message = result.error_message.as_ref().map(|m| m.as_str());
            ClusterError::check_topic("add partitions", topic, result.error_code, message)
                .map_err(at_its_field)?;
        }
        Ok(wanted)
    }

    /// Changes retention, cleanup policy and flush.
    pub async fn edit_topic(&self, topic: &str, edit: &TopicEdit) -> Result<(), ClusterError> {
        let changes = edit.changes().map_err(ClusterError::Invalid)?;
        self.alter_configs(&Resource::Topic(topic.to_owned()), &changes)
            .await
    }
}

/// A number of partitions from `least`, one more than there are, to the most there may be.
fn more_partitions(count: &str, least: i64) -> Result<i64, Violation> {
    if least > PARTITIONS_MAX {
        return Err(Violation {
            field: "partitions",
            problem: Problem::AtLimit {
                max: PARTITIONS_MAX,
            },
        });
    }
    rules::number("partitions", count, (least, PARTITIONS_MAX))
}

/// A refusal that is about one field of the form is shown at that field.
fn at_its_field(error: ClusterError) -> ClusterError {
    let ClusterError::Refused { code, detail, .. } = &error else {
        return error;
    };
    let (field, problem) = match ResponseError::try_from_code(code.number) {
        Some(ResponseError::TopicAlreadyExists) => ("name", Problem::Taken),
        Some(ResponseError::InvalidTopicException) => ("name", Problem::Refused(detail.clone())),
        Some(ResponseError::InvalidPartitions) => ("partitions", Problem::Refused(detail.clone())),
        _ => return error,
    };
    ClusterError::Invalid(vec![Violation { field, problem }])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> TopicForm {
        TopicForm {
            name: " orders ".into(),
            description: "Orders of the shop".into(),
            partitions: "12".into(),
            retention: "72".into(),
            cleanup: "compact,delete".into(),
            ..TopicForm::default()
        }
    }

    #[test]
    fn a_topic_like_another_takes_over_what_has_no_field() {
        let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let like = TopicForm {
            sync_flush: true,
            properties: vec![
                own("retention.ms", "1"),
                own("flush.messages", "9"),
                own("segment.bytes", "1048576"),
            ],
            ..form()
        };
        let request = like.check().unwrap().request();
        let values: Vec<_> = request
            .configs
            .iter()
            .map(|c| (c.name.to_string(), c.value.clone().unwrap().to_string()))
            .collect();
        let expect = [
            own("retention.ms", "259200000"),
            own("cleanup.policy", "compact,delete"),
            own("segment.bytes", "1048576"),
            own("flush.messages", "1"),
        ];
        assert_eq!(values, expect);
    }

    #[test]
    fn a_good_form_becomes_a_request() {
        let topic = form().check().unwrap();
        let request = topic.request();
        assert_eq!(
            (
                request.name.as_str(),
                request.num_partitions,
                request.replication_factor
            ),
            ("orders", 12, -1)
        );
        let values: Vec<_> = request
            .configs
            .iter()
            .map(|c| c.value.clone().unwrap().to_string())
            .collect();
        assert_eq!(values, ["259200000", "compact,delete"]);
    }

    #[test]
    fn every_field_says_its_own() {
        let bad = TopicForm {
            name: "a".into(),
            description: "x".repeat(65),
            partitions: "400".into(),
            retention: "0".into(),
            cleanup: "shred".into(),
            ..TopicForm::default()
        };
        let fields: Vec<_> = bad.check().unwrap_err().iter().map(|v| v.field).collect();
        assert_eq!(
            fields,
            ["name", "description", "partitions", "retention", "cleanup"]
        );
    }

    #[test]
    fn an_empty_retention_falls_back() {
        let edit = TopicEdit {
            retention: " ".into(),
            cleanup: "delete".into(),
            sync_flush: None,
        };
        assert_eq!(edit.changes().unwrap()[0], ("retention.ms", Change::Reset));
        let edit = TopicEdit {
            retention: "721".into(),
            cleanup: "?".into(),
            sync_flush: Some(true),
        };
        assert_eq!(edit.changes().unwrap_err().len(), 2);
    }

    #[test]
    fn partitions_only_grow_to_the_limit() {
        assert_eq!(more_partitions("7", 7), Ok(7));
        assert_eq!(more_partitions("360", 360), Ok(360));
        let problem = |count, least| more_partitions(count, least).unwrap_err().problem;
        assert_eq!(
            problem("6", 7),
            Problem::Below {
                value: 6,
                min: 7,
                max: 360
            }
        );
        assert_eq!(
            problem("361", 7),
            Problem::Above {
                value: 361,
                min: 7,
                max: 360
            }
        );
        assert_eq!(problem("361", 361), Problem::AtLimit { max: 360 });
    }

    #[test]
    fn a_taken_name_is_said_at_the_name() {
        let error = ClusterError::check("create topic", 36, None).unwrap_err();
        let ClusterError::Invalid(violations) = at_its_field(error) else {
            panic!("not at a field")
        };
        assert_eq!(
            violations,
            [Violation {
                field: "name",
                problem: Problem::Taken
            }]
        );
        let other = ClusterError::check("create topic", 41, None).unwrap_err();
        assert!(matches!(at_its_field(other), ClusterError::Refused { .. }));
    }
}
