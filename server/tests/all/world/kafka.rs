//! Clients of the broker behind the pages: messages, commits, members.

use std::sync::Arc;

use broker::Broker;
use kafka_protocol::records::Compression;

use super::World;

/// The client that the tests of `cluster` have.
#[path = "../../../cluster/tests/world/client.rs"]
mod client;

use client::Serves;
pub(crate) use client::{Member, append, ask, commit, record};

impl Serves for World {
    fn broker(&self) -> &Arc<Broker> {
        self.broker.as_ref().unwrap()
    }
}

/// Appends `count` messages of one batch, one ms apart from `base_ms` on.
pub(crate) async fn produce(world: &World, topic: &str, partition: i32, base_ms: i64, count: i64) {
    let record = |n: i64| record(n, base_ms + n, None, Some(b"v"));
    let records: Vec<_> = (0..count).map(record).collect();
    append(world, topic, partition, &records, Compression::None).await;
}
