//! One change of many topics: each has a result of its own.

use kafka_protocol::messages::DeleteTopicsRequest;

use super::change::{CHANGE_TIMEOUT_MS, retention_change};
use super::list::TopicRow;
use super::snapshot::TopicShape;
use crate::Cluster;
use crate::configs::Resource;
use crate::error::ClusterError;
use crate::offsets::name;

/// Topics that may be changed at once.
pub const TOPICS_AT_ONCE_MAX: usize = 1_000;

/// What became of each topic, in the order asked.
pub type Outcomes = Vec<(String, Result<(), ClusterError>)>;

impl Cluster {
    /// Some topics by name, with their figures; those that do not exist are left out.
    pub async fn topics_named(&self, names: &[String]) -> Result<Vec<TopicRow>, ClusterError> {
        let snapshot = self.snapshot().await?;
        let shapes: Vec<&TopicShape> = names
            .iter()
            .take(TOPICS_AT_ONCE_MAX)
            .filter_map(|name| snapshot.topic(name))
            .collect();
        self.rows(&shapes).await
    }

    /// Gives many topics a retention, as entered in hours; empty falls back to the instance's. A value that cannot be used is
    /// a violation of the field `retention`, and nothing is changed.
    pub async fn edit_retention(
        &self,
        topics: &[String],
        hours: &str,
    ) -> Result<Outcomes, ClusterError> {
        let change =
            retention_change(hours).map_err(|violation| ClusterError::Invalid(vec![violation]))?;
        let resources: Vec<Resource> = topics
            .iter()
            .take(TOPICS_AT_ONCE_MAX)
            .cloned()
            .map(Resource::Topic)
            .collect();
        let results = self
            .alter_configs_of(&resources, &[("retention.ms", change)])
            .await?;
        Ok(topics.iter().cloned().zip(results).collect())
    }

    /// Deletes many topics and their data.
    pub async fn delete_topics(&self, topics: &[String]) -> Result<Outcomes, ClusterError> {
        let topics = topics.iter().take(TOPICS_AT_ONCE_MAX);
        let request = DeleteTopicsRequest::default()
            .with_topic_names(topics.clone().map(|topic| name(topic)).collect())
            .with_timeout_ms(CHANGE_TIMEOUT_MS);
        let answer = self.rpc.send(request).await?;
        self.forget_lists();
        let outcome = |topic: &String| {
            let result = answer
                .responses
                .iter()
                .find(|r| r.name.as_ref().is_some_and(|n| n.as_str() == topic));
            let result = result.ok_or_else(|| ClusterError::Garbled {
                api: "DeleteTopics".into(),
                reason: format!("no result for topic {topic}"),
            });
            let result = result.and_then(|r| {
                let message = r.error_message.as_ref().map(|m| m.as_str());
                ClusterError::check_topic("delete topic", topic, r.error_code, message)
            });
            (topic.clone(), result)
        };
        Ok(topics.map(outcome).collect())
    }
}
