//! What the broker of this process noticed of its clients and of the age of what it holds. A cluster far away tells none of it.

use std::sync::Arc;

pub use broker::observed::{
    Active, Ages, Ahead, ConnectionUse, DeniedClient, DenyEntry, Observed, OldClient, Recreated,
    Refused, Rules, TopicAges, Untimed,
};

use crate::Cluster;

impl Cluster {
    /// What was noticed, now; `None` for a cluster far away. Many partitions make it long: not for a page.
    pub async fn observed(&self) -> Option<Observed> {
        let rpc = Arc::clone(&self.rpc);
        let own = tokio::task::spawn_blocking(move || rpc.observed()).await;
        own.ok().flatten()
    }
}
