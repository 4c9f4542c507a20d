//! The figures of the overview.

use std::sync::Arc;

use cluster::topics::list::{TopicQuery, TopicSort};
use metrics::diagnosis::Report;
use metrics::series::Resource;

use super::view::{self, Overview};
use crate::error::ConsoleError;
use crate::guard::Granted;
use crate::instance::{self, Disk};
use crate::monitoring::{self, Sparks};

/// Topics in the list of the largest.
const LARGEST: usize = 5;

/// Everything the overview shows.
pub(super) async fn overview(
    on: &Granted,
    diagnosis: Option<Arc<Report>>,
) -> Result<Overview, ConsoleError> {
    let largest = TopicQuery {
        sort: TopicSort::Size,
        descending: true,
        per_page: LARGEST,
        ..TopicQuery::default()
    };
    let stored = on.cluster.stored().await?;
    Ok(Overview {
        facts: instance::facts(on).await?,
        counts: on.cluster.topic_counts().await?,
        largest: on.cluster.topics(&largest).await?.rows,
        groups: view::by_state(&on.cluster.groups_snapshot().await?.groups),
        data_bytes: stored.bytes,
        disk: Disk::of(&stored.dirs),
        sparks: sparks(on).await?,
        diagnosis,
        address: on
            .about
            .endpoints
            .first()
            .map(|endpoint| endpoint.address.clone()),
    })
}

/// Traffic and lag over the last hour.
async fn sparks(on: &Granted) -> Result<[Sparks; 2], ConsoleError> {
    let (store, newest) = (on.metrics.as_ref(), monitoring::newest_minute());
    let all = || vec![(String::new(), Resource::default())];
    Ok([
        monitoring::sparks(store, "instance_bytes_in_rate", all(), newest).await?,
        monitoring::sparks(store, "group_msgs", all(), newest).await?,
    ])
}
