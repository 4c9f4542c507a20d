//! The list of topics as a file: what the list's search and filters leave, all of its pages.

use cluster::topics::list::TopicFacts;
use console::Permission;

use super::api;
use crate::csv;
use crate::error::Reply;
use crate::ui::ListQuery;
use crate::visit::{Visit, viewer};
use crate::xlsx::{self, Cell};

const HOUR_MS: i64 = 3_600_000;

/// `GET /topics.csv`, with the list's query.
pub(crate) async fn csv(visit: Visit) -> Reply {
    let rows = rows(&visit).await?;
    let mut file = csv::begin();
    csv::line(&mut file, heads());
    for row in rows {
        csv::line(&mut file, row.iter().map(Cell::csv));
    }
    Ok(csv::download("topics.csv", file))
}

/// `GET /topics.xlsx`, with the list's query.
pub(crate) async fn xlsx(visit: Visit) -> Reply {
    let rows = rows(&visit).await?;
    xlsx::download("topics.xlsx", heads(), rows).await
}

async fn rows(visit: &Visit) -> Result<Vec<Vec<Cell>>, crate::error::ConsoleError> {
    let on = visit.guard(Permission::TopicRead)?;
    let query = ListQuery::parse(&viewer(|v| v.here.clone()));
    let topics = on
        .cluster
        .topic_table(&api::asked(&on, &query).await?)
        .await?;
    on.audit.detail("topics", topics.len().to_string());
    Ok(topics.into_iter().map(row).collect())
}

fn heads() -> Vec<String> {
    vec![
        t!("topic-name"),
        t!("topic-partitions"),
        t!("topic-replicas"),
        t!("export-retention"),
        t!("topic-sync-replication"),
        t!("topic-sync-flush"),
        t!("export-timestamp"),
        t!("export-batch"),
    ]
}

fn row(topic: TopicFacts) -> Vec<Cell> {
    let count = |n: usize| Cell::Number(i64::try_from(n).unwrap_or(i64::MAX));
    let switch = |on: Option<bool>| match on {
        Some(true) => Cell::Text(t!("switch-on")),
        Some(false) => Cell::Text(t!("switch-off")),
        None => Cell::Empty,
    };
    vec![
        Cell::Text(topic.name),
        count(topic.partitions),
        count(topic.replicas),
        topic.retention_ms.map_or(Cell::Empty, hours),
        switch(topic.sync_replication),
        switch(topic.sync_flush),
        topic.timestamp_type.map_or(Cell::Empty, Cell::Text),
        topic.batch_bytes_max.map_or(Cell::Empty, Cell::Number),
    ]
}

/// Hours, since that is how retention is entered; without end as a word.
fn hours(ms: i64) -> Cell {
    match ms {
        i64::MIN..0 => Cell::Text(crate::format::ENDLESS.to_owned()),
        ms if ms % HOUR_MS == 0 => Cell::Number(ms / HOUR_MS),
        ms => Cell::Decimal(ms as f64 / HOUR_MS as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retention_is_in_hours() {
        assert_eq!(hours(259_200_000), Cell::Number(72));
        assert_eq!(hours(5_400_000), Cell::Decimal(1.5));
        assert_eq!(hours(-1), Cell::Text("∞".into()));
    }
}
