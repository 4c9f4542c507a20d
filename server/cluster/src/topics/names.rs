//! Names of topics alone, from the snapshot: for forms that let one choose among thousands.

use std::collections::HashSet;

use crate::Cluster;
use crate::error::ClusterError;
use crate::pattern::Pattern;

impl Cluster {
    /// Names that match a search (see [`Pattern`]) by name, at most `limit`, and how many match in all. Internal topics are left
    /// out.
    pub async fn topic_names(
        &self,
        search: &str,
        limit: usize,
    ) -> Result<(Vec<String>, usize), ClusterError> {
        let snapshot = self.snapshot().await?;
        let pattern = Pattern::new(search);
        let mut names = Vec::new();
        let mut matching = 0;
        for topic in snapshot.topics.iter().filter(|t| !t.internal) {
            if pattern.matches(&topic.name) {
                matching += 1;
                if names.len() < limit {
                    names.push(topic.name.to_string());
                }
            }
        }
        Ok((names, matching))
    }

    /// Those of the names that are no topics. The names are in order: both are walked through once.
    pub async fn topics_gone<'a>(&self, names: &[&'a str]) -> Result<Vec<&'a str>, ClusterError> {
        let snapshot = self.snapshot().await?;
        let mut topics = snapshot.topics.iter().map(|topic| &*topic.name).peekable();
        let mut gone = Vec::new();
        for name in names {
            while topics.next_if(|topic| topic < name).is_some() {}
            if topics.peek() != Some(name) {
                gone.push(*name);
            }
        }
        Ok(gone)
    }

    /// Those of the names that are topics.
    pub async fn topics_there(&self, names: &[&str]) -> Result<HashSet<String>, ClusterError> {
        let snapshot = self.snapshot().await?;
        let is_there = |name: &&&str| {
            snapshot
                .topics
                .binary_search_by(|topic| (*topic.name).cmp(**name))
                .is_ok()
        };
        Ok(names
            .iter()
            .filter(is_there)
            .map(|n| (*n).to_owned())
            .collect())
    }
}
