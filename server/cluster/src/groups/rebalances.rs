//! The rebalances of groups and how members do: what only the coordinator knows. The broker in this process tells; the protocol has
//! no request for it.

use std::sync::Arc;

pub use broker::{
    Cause, Change, GroupHealth, MemberHealth, Ongoing, Rebalance, Rebalances, Slow, Who,
};

use crate::Cluster;

impl Cluster {
    /// The rebalances of a group, none of one that is not there; `None` where the cluster does not tell.
    #[must_use]
    pub fn rebalances(&self, group: &str) -> Option<Rebalances> {
        self.rpc.rebalances(group)
    }

    /// How the groups do that have members or had a rebalance, by id; `None` where the cluster does not tell. Looks at every member of
    /// every group: not for a page.
    pub async fn group_health(&self) -> Option<Vec<GroupHealth>> {
        let rpc = Arc::clone(&self.rpc);
        let told = tokio::task::spawn_blocking(move || rpc.group_health());
        told.await.ok().flatten()
    }
}
