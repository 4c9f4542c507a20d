//! The catalogue at start: rows from the store, logs from the disk, opened on a few threads.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use storage::log::{Log, LogConfig};
use storage::logdir::{LogDir, Recovered};

use super::catalogue::Catalogue;
use super::error::OpenError;
use super::{Topic, name};
use crate::configs::Configs;
use crate::partitions::Partition;
use crate::store::TopicRow;

/// Threads that open logs. Opening waits for the disk more than it computes.
const OPENERS_MAX: usize = 8;

/// One log to open.
struct Job<'a> {
    /// Index of the topic's row.
    row: usize,
    topic: &'a str,
    partition: i32,
    config: &'a LogConfig,
}

/// Removes what a crash left of deleted topics, then opens every log.
pub(crate) fn open(
    logs: &LogDir,
    configs: &Configs,
    rows: Vec<TopicRow>,
    leader_epoch: i32,
) -> Result<Catalogue, OpenError> {
    remove_strangers(logs, &rows)?;
    let settings: Vec<_> = rows
        .iter()
        .map(|row| configs.topic_config(&row.name))
        .collect();
    let jobs: Vec<Job<'_>> = rows
        .iter()
        .zip(&settings)
        .enumerate()
        .flat_map(|(i, (row, config))| {
            let job = move |partition| Job {
                row: i,
                topic: &row.name,
                partition,
                config: &config.log,
            };
            (0..row.partitions).map(job)
        })
        .collect();
    let mut opened: Vec<Vec<Option<Arc<Log>>>> = rows
        .iter()
        .map(|row| vec![None; usize::try_from(row.partitions).unwrap_or(0)])
        .collect();
    for (job, log) in open_logs(logs, &jobs)? {
        opened[jobs[job].row][usize::try_from(jobs[job].partition).unwrap_or(0)] = Some(log);
    }
    drop(jobs);
    let mut catalogue = Catalogue::default();
    for ((row, config), logs) in rows.into_iter().zip(settings).zip(opened) {
        let partition = |(i, log)| Arc::new(Partition::new(i, log, leader_epoch));
        catalogue.put(Arc::new(Topic {
            internal: name::is_internal(&row.name),
            name: row.name.into(),
            id: row.id,
            created_ms: row.created_ms,
            partitions: (0..)
                .zip(logs.into_iter().flatten())
                .map(partition)
                .collect(),
            config,
        }));
    }
    Ok(catalogue)
}

fn remove_strangers(logs: &LogDir, rows: &[TopicRow]) -> Result<(), OpenError> {
    let counts: HashMap<&str, i32> = rows
        .iter()
        .map(|row| (row.name.as_str(), row.partitions))
        .collect();
    let keep =
        |topic: &str, partition: i32| counts.get(topic).is_some_and(|count| partition < *count);
    let removed = logs.remove_strangers(&keep).map_err(OpenError::LogDir)?;
    if !removed.is_empty() {
        tracing::info!(
            directories = removed.len(),
            "removed what was left of deleted topics"
        );
    }
    Ok(())
}

/// The opened logs with the index of their job. The first failure ends the opening.
fn open_logs(logs: &LogDir, jobs: &[Job<'_>]) -> Result<Vec<(usize, Arc<Log>)>, OpenError> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .clamp(1, OPENERS_MAX);
    let results: Vec<_> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads.min(jobs.len()))
            .map(|_| scope.spawn(|| open_some(logs, jobs, &next)))
            .collect();
        handles
            .into_iter()
            .map(|h| {
                h.join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    });
    let mut all = Vec::with_capacity(jobs.len());
    let mut total = Recovered::default();
    for result in results {
        let (opened, recovered) = result?;
        all.extend(opened);
        add(&mut total, recovered);
    }
    let Recovered {
        scanned_bytes,
        truncated_bytes,
    } = total;
    tracing::info!(
        partitions = jobs.len(),
        scanned_bytes,
        truncated_bytes,
        "opened all logs"
    );
    Ok(all)
}

/// What one thread opened: logs with the index of their job.
type Opened = (Vec<(usize, Arc<Log>)>, Recovered);

/// One thread's share: takes job after job until none is left or one fails.
fn open_some(logs: &LogDir, jobs: &[Job<'_>], next: &AtomicUsize) -> Result<Opened, OpenError> {
    let mut opened = Vec::new();
    let mut total = Recovered::default();
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(job) = jobs.get(index) else {
            return Ok((opened, total));
        };
        match logs.open_log(job.topic, job.partition, job.config.clone()) {
            Ok((log, recovered)) => {
                add(&mut total, recovered);
                opened.push((index, log));
            }
            Err(cause) => {
                next.store(jobs.len(), Ordering::Relaxed);
                return Err(OpenError::Log {
                    topic: job.topic.to_owned(),
                    partition: job.partition,
                    cause,
                });
            }
        }
    }
}

fn add(total: &mut Recovered, found: Recovered) {
    total.scanned_bytes += found.scanned_bytes;
    total.truncated_bytes += found.truncated_bytes;
}
