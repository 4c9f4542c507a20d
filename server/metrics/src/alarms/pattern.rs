//! Which resources a rule is about.

use serde::{Deserialize, Serialize};

use crate::catalog;
use crate::series::Resource;

/// Resources by their fields; one left out fits everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pattern {
    /// Broker id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broker: Option<i32>,
    /// Group id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Topic name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Partition index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<i32>,
}

/// The fields of a resource that a level has: broker, group, topic, partition.
#[must_use]
pub fn fields(level: catalog::Level) -> [bool; 4] {
    use catalog::Level as L;
    match level {
        L::Instance => [false; 4],
        L::Broker => [true, false, false, false],
        L::Topic => [false, false, true, false],
        L::Partition => [false, false, true, true],
        L::Group => [false, true, false, false],
        L::GroupTopic => [false, true, true, false],
        L::GroupPartition => [false, true, true, true],
    }
}

impl Pattern {
    /// The one that fits this resource alone.
    #[must_use]
    pub fn of(resource: &Resource) -> Self {
        Self {
            broker: resource.broker,
            group: resource.group.as_deref().map(Into::into),
            topic: resource.topic.as_deref().map(Into::into),
            partition: resource.partition,
        }
    }

    /// The resource with just these fields.
    #[must_use]
    pub fn resource(&self) -> Resource {
        Resource {
            broker: self.broker,
            group: self.group.as_deref().map(Into::into),
            topic: self.topic.as_deref().map(Into::into),
            partition: self.partition,
        }
    }

    /// Which fields are given, in the order of [`fields`].
    #[must_use]
    pub fn given(&self) -> [bool; 4] {
        [
            self.broker.is_some(),
            self.group.is_some(),
            self.topic.is_some(),
            self.partition.is_some(),
        ]
    }

    /// Whether a resource is meant.
    #[must_use]
    pub fn fits(&self, of: &Resource) -> bool {
        let text = |want: &Option<String>, is: &Option<std::sync::Arc<str>>| {
            want.as_deref()
                .is_none_or(|want| is.as_deref() == Some(want))
        };
        self.broker.is_none_or(|b| of.broker == Some(b))
            && text(&self.group, &of.group)
            && text(&self.topic, &of.topic)
            && self.partition.is_none_or(|p| of.partition == Some(p))
    }

    /// The one resource of the level that is meant, where every field is given.
    #[must_use]
    pub fn one(&self, level: catalog::Level) -> Option<Resource> {
        (self.given() == fields(level)).then(|| self.resource())
    }
}

/// A field of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Field {
    Broker,
    Group,
    Topic,
    Partition,
}

impl Field {
    /// In the order of [`fields`].
    pub const ALL: [Self; 4] = [Self::Broker, Self::Group, Self::Topic, Self::Partition];

    /// As forms name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Group => "group",
            Self::Topic => "topic",
            Self::Partition => "partition",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_by_the_fields_given() {
        let resource = Resource {
            group: Some("g".into()),
            topic: Some("t".into()),
            ..Resource::default()
        };
        let pattern = |group: Option<&str>, topic: Option<&str>| Pattern {
            group: group.map(Into::into),
            topic: topic.map(Into::into),
            ..Pattern::default()
        };
        assert!(pattern(None, None).fits(&resource));
        assert!(pattern(Some("g"), None).fits(&resource));
        assert!(!pattern(Some("h"), None).fits(&resource));
        assert!(!pattern(Some("g"), Some("u")).fits(&resource));
        let level = catalog::Level::GroupTopic;
        assert_eq!(pattern(Some("g"), None).one(level), None);
        assert_eq!(pattern(Some("g"), Some("t")).one(level), Some(resource));
    }
}
