//! The figures of the overview.

use cluster::topics::list::{TopicQuery, TopicSort};

use super::view::{self, Overview};
use crate::error::ConsoleError;
use crate::guard::Granted;
use crate::instance::{self, Disk};

/// Topics in the list of the largest.
const LARGEST: usize = 5;

/// Everything the overview shows.
pub(super) async fn overview(on: &Granted) -> Result<Overview, ConsoleError> {
    let largest = TopicQuery {
        sort: TopicSort::Size,
        descending: true,
        per_page: LARGEST,
        ..TopicQuery::default()
    };
    let sizes = on.cluster.sizes().await?;
    Ok(Overview {
        facts: instance::facts(on).await?,
        counts: on.cluster.topic_counts().await?,
        largest: on.cluster.topics(&largest).await?.rows,
        groups: view::by_state(&on.cluster.groups_snapshot().await?.groups),
        data_bytes: sizes.total(),
        disk: Disk::of(&sizes),
        address: on
            .about
            .endpoints
            .first()
            .map(|endpoint| endpoint.address.clone()),
    })
}
