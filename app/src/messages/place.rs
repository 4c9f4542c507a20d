//! The address of one message's page, of its downloads, and of the form that sends it again.

use cluster::rules::{self, Violation};

use super::query::{Part, part_in_address, written};
use super::view::Look;
use crate::visit::parse_query;

/// The address of one message's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OneAddress {
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) part: Part,
    pub(crate) look: Option<Look>,
    /// More of it is shown than the first kilobytes.
    pub(crate) more: bool,
}

impl OneAddress {
    /// Reads a query string; a partition or an offset that cannot be used is a violation.
    pub(crate) fn parse(here: &str) -> Result<Self, Violation> {
        let fields = parse_query(here.split_once('?').map_or("", |(_, query)| query));
        let get = |name: &str| {
            let found = fields.iter().find(|(n, _)| n == name);
            found.map_or("", |(_, value)| value.as_str())
        };
        let partition = rules::number("partition", get("partition"), (0, i64::from(i32::MAX)))?;
        Ok(Self {
            topic: get("topic").trim().to_owned(),
            partition: i32::try_from(partition).unwrap_or(i32::MAX),
            offset: rules::number("offset", get("offset"), (0, i64::MAX))?,
            part: Part::of(get("part")),
            look: Look::of(get("view")),
            more: get("more") == "1",
        })
    }

    pub(crate) fn of(topic: &str, partition: i32, offset: i64) -> Self {
        Self {
            topic: topic.to_owned(),
            partition,
            offset,
            part: Part::Value,
            look: None,
            more: false,
        }
    }

    /// Its text.
    pub(crate) fn text(&self) -> String {
        let mut pairs = self.place();
        let mut add = |name, value: &str| {
            if !value.is_empty() {
                pairs.push((name, value.to_owned()));
            }
        };
        add("part", part_in_address(self.part));
        add("view", self.look.map(Look::name).unwrap_or_default());
        add("more", if self.more { "1" } else { "" });
        written("/messages/one", &pairs)
    }

    /// A download of it: `key`, `value`, `message`.
    pub(crate) fn download(&self, part: &str) -> String {
        let mut pairs = self.place();
        pairs.push(("part", part.to_owned()));
        written("/messages/download", &pairs)
    }

    /// The form that sends it again.
    pub(crate) fn again(&self) -> String {
        let place = format!("send?from={}-{}", self.partition, self.offset);
        crate::topics::view::address(&self.topic, &place)
    }

    fn place(&self) -> Vec<(&'static str, String)> {
        vec![
            ("topic", self.topic.clone()),
            ("partition", self.partition.to_string()),
            ("offset", self.offset.to_string()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_has_its_address() {
        for text in [
            "/messages/one?topic=a%2Fb&partition=1&offset=2",
            "/messages/one?topic=t&partition=1&offset=2&part=key&view=hex&more=1",
        ] {
            assert_eq!(OneAddress::parse(text).unwrap().text(), text);
        }
        assert_eq!(
            OneAddress::parse("/messages/one").unwrap_err().field,
            "partition"
        );
        assert_eq!(
            OneAddress::of("t", 1, 2).download("key"),
            "/messages/download?topic=t&partition=1&offset=2&part=key"
        );
        assert_eq!(OneAddress::of("t", 1, 2).again(), "/topics/t/send?from=1-2");
    }
}
