//! Replay of `__consumer_offsets` at start. Shards are served as they are ready.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::log;
use super::runtime::{Phase, Runtime, partition_of};
use crate::groups::Group;
use crate::groups::offsets::Offsets;
use crate::groups::records::{self, GroupValue, Key, RecordError};

/// Partitions replayed at once.
const WORKERS_MAX: usize = 4;
/// Wait before a partition that could not be read is tried again.
const RETRY: Duration = Duration::from_secs(5);

/// Replays all partitions.
pub(super) async fn run(runtime: Arc<Runtime>) {
    let workers = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(WORKERS_MAX);
    let next = Arc::new(AtomicUsize::new(0));
    for _ in 0..workers {
        tokio::spawn(work(Arc::clone(&runtime), Arc::clone(&next)));
    }
}

async fn work(runtime: Arc<Runtime>, next: Arc<AtomicUsize>) {
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= runtime.shard_count() {
            return;
        }
        loop {
            let loading = Arc::clone(&runtime);
            let loaded = tokio::task::spawn_blocking(move || loading.load(index)).await;
            match loaded {
                Ok(Ok(())) => break,
                Ok(Err(error)) => {
                    tracing::error!(partition = index, %error, "cannot read committed offsets; trying again")
                }
                Err(error) => {
                    tracing::error!(partition = index, %error, "reading committed offsets failed; trying again")
                }
            }
            tokio::select! {
                () = tokio::time::sleep(RETRY) => {}
                () = runtime.stopped() => return,
            }
        }
    }
}

/// What replay has seen of one group.
#[derive(Default)]
struct Seen {
    value: Option<GroupValue>,
    offsets: Offsets,
}

/// The state that the records of one partition lead to.
#[derive(Default)]
struct Replay {
    groups: HashMap<Arc<str>, Seen>,
    /// Records that could not be understood, and the first reason.
    broken: u64,
    why: Option<RecordError>,
}

impl Replay {
    fn apply(&mut self, key: &[u8], value: Option<&[u8]>) {
        if let Err(error) = self.try_apply(key, value) {
            self.broken += 1;
            self.why.get_or_insert(error);
        }
    }

    fn try_apply(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), RecordError> {
        match records::read_key(key)? {
            Some(Key::Offset {
                group,
                topic,
                partition,
            }) => {
                let committed = value.map(records::read_offset).transpose()?;
                self.seen(group).offsets.replay(topic, partition, committed);
            }
            Some(Key::Group { group }) => {
                let value = value.map(records::read_group).transpose()?;
                self.seen(group).value = value;
            }
            None => {}
        }
        Ok(())
    }

    fn seen(&mut self, group: &str) -> &mut Seen {
        if !self.groups.contains_key(group) {
            self.groups.insert(Arc::from(group), Seen::default());
        }
        self.groups.entry(Arc::from(group)).or_default()
    }
}

impl Runtime {
    /// Replays one partition and opens its shard.
    pub(super) fn load(&self, index: usize) -> io::Result<()> {
        let mut replay = Replay::default();
        let mut offset = 0;
        loop {
            let run = self.host.read(index, offset)?;
            match log::for_each_record(&run, &mut |key, value| replay.apply(key, value))? {
                Some(next) if next > offset => offset = next,
                Some(_) => return Err(io::Error::other("offsets do not grow")),
                None if run.is_empty() => break,
                None => return Err(io::Error::other("a batch is cut off")),
            }
            if *self.stop.borrow() {
                return Ok(());
            }
        }
        if let Some(error) = replay.why {
            tracing::warn!(partition = index, records = replay.broken, %error, "skipped records of committed offsets");
        }
        self.install(index, replay);
        Ok(())
    }

    fn install(&self, index: usize, replay: Replay) {
        let Some(mut shard) = self.shard(index) else {
            return;
        };
        let shard = &mut *shard;
        if shard.phase != Phase::Loading {
            return;
        }
        let now = self.now();
        let mut topics = BTreeSet::new();
        for (id, seen) in replay.groups {
            let is_ours = partition_of(&id, self.shard_count()) == index;
            if !is_ours || (seen.value.is_none() && seen.offsets.is_empty()) {
                continue;
            }
            topics.extend(seen.offsets.topics().keys().cloned());
            let group = match seen.value {
                Some(value) => Group::restored(id, value, now),
                None => Group::new(id, now),
            };
            self.insert(index, shard, group, seen.offsets);
        }
        shard.phase = Phase::Ready;
        // Topics deleted shortly before the last end, or while this shard was loading.
        for topic in topics.iter().filter(|topic| !self.host.topic_exists(topic)) {
            self.forget_topic(shard, topic);
        }
    }
}
