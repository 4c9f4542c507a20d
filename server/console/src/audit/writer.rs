//! The queue of records and the task that writes it.

use std::sync::Mutex;
use std::time::Duration;

use sqlx::SqlitePool;
use tokio::sync::{mpsc, oneshot};

use super::entry::{Detail, Entry};
use crate::{Console, StoreError};

/// Records waiting at once.
const QUEUE_MAX: usize = 1024;
/// Records in one transaction.
const BATCH_MAX: usize = 256;
/// How long a request waits for a place in the queue; after that its record goes to the log of the process only.
const PLACE_TIME_MAX: Duration = Duration::from_millis(250);
/// How long reading and closing wait for the queue to be written.
const FLUSH_TIME_MAX: Duration = Duration::from_secs(5);
/// Records a minute from people who are not signed in. Anybody can send those: without a bound they would push out the others.
const ANONYMOUS_PER_MINUTE: u32 = 30;

enum Order {
    Write(i64, Box<Entry>),
    Flushed(oneshot::Sender<()>),
}

/// The near end of the queue.
#[derive(Debug)]
pub(crate) struct Recorder {
    orders: mpsc::Sender<Order>,
    anonymous: Mutex<Minute>,
}

/// How many records of the running minute came from people who are not signed in.
#[derive(Debug, Default)]
struct Minute {
    number: i64,
    taken: u32,
    left_out: u32,
}

impl Minute {
    /// Whether one more is taken; with it how many were left out since the last that was.
    fn take(&mut self, now_ms: i64) -> Option<u32> {
        let number = now_ms.div_euclid(60_000);
        if number != self.number {
            (self.number, self.taken) = (number, 0);
        }
        if self.taken >= ANONYMOUS_PER_MINUTE {
            self.left_out = self.left_out.saturating_add(1);
            return None;
        }
        self.taken += 1;
        Some(std::mem::take(&mut self.left_out))
    }
}

impl Recorder {
    /// Starts the task that writes; it ends when the recorder is dropped.
    pub(crate) fn start(pool: SqlitePool) -> Self {
        let (orders, queue) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(write_all(pool, queue));
        Self {
            orders,
            anonymous: Mutex::default(),
        }
    }

    async fn record(&self, at_ms: i64, entry: Entry) {
        let mut entry = entry.bounded();
        if entry.account.is_empty() {
            let taken = self
                .anonymous
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .take(at_ms);
            match taken {
                None => return,
                Some(0) => {}
                Some(left_out) => entry.details.push(Detail {
                    name: "records left out before this one".into(),
                    before: None,
                    after: Some(left_out.to_string()),
                }),
            }
        }
        let event = entry.event.clone();
        let order = Order::Write(at_ms, Box::new(entry));
        if self
            .orders
            .send_timeout(order, PLACE_TIME_MAX)
            .await
            .is_err()
        {
            tracing::error!(event, "the audit log does not keep up; a record is lost");
        }
    }

    /// Waits until everything queued so far is written.
    pub(crate) async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        let wait = async {
            if self.orders.send(Order::Flushed(done)).await.is_ok() {
                // The task is gone only when the process ends.
                let _ = flushed.await;
            }
        };
        if tokio::time::timeout(FLUSH_TIME_MAX, wait).await.is_err() {
            tracing::warn!("the audit log is slow to be written");
        }
    }
}

impl Console {
    /// Records what was done or tried. Waits for a place in a queue at most, never for the disk.
    pub async fn record(&self, entry: Entry) {
        self.recorder.record(self.now_ms(), entry).await;
    }
}

async fn write_all(pool: SqlitePool, mut queue: mpsc::Receiver<Order>) {
    let mut orders = Vec::with_capacity(BATCH_MAX);
    while queue.recv_many(&mut orders, BATCH_MAX).await > 0 {
        let (mut entries, mut waiting) = (Vec::new(), Vec::new());
        for order in orders.drain(..) {
            match order {
                Order::Write(at_ms, entry) => entries.push((at_ms, entry)),
                Order::Flushed(done) => waiting.push(done),
            }
        }
        if let Err(error) = write(&pool, &entries).await {
            for (_, entry) in &entries {
                tracing::error!(%error, event = entry.event, account = entry.account, name = entry.name, outcome = entry.outcome.name(),
                    "cannot write to the audit log");
            }
        }
        for done in waiting {
            // Whoever waited may have given up.
            let _ = done.send(());
        }
    }
}

async fn write(pool: &SqlitePool, entries: &[(i64, Box<Entry>)]) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut transaction = pool.begin().await?;
    for (at_ms, entry) in entries {
        let details = serde_json::to_string(&entry.details).unwrap_or_default();
        sqlx::query(
            "INSERT INTO audit (at_ms, account, via, address, agent, event, level, outcome, permission, kind, name, details)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(at_ms)
        .bind(&entry.account)
        .bind(&entry.via)
        .bind(entry.address.to_canonical().to_string())
        .bind(&entry.agent)
        .bind(&entry.event)
        .bind(entry.level.name())
        .bind(entry.outcome.name())
        .bind(&entry.permission)
        .bind(&entry.kind)
        .bind(&entry.name)
        .bind(details)
        .execute(&mut *transaction)
        .await?;
    }
    Ok(transaction.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_have_a_bound_and_what_is_left_out_is_counted() {
        let mut minute = Minute::default();
        for _ in 0..ANONYMOUS_PER_MINUTE {
            assert_eq!(minute.take(120_000), Some(0));
        }
        assert_eq!(minute.take(179_999), None);
        assert_eq!(minute.take(179_999), None);
        assert_eq!(minute.take(180_000), Some(2));
        assert_eq!(minute.take(180_000), Some(0));
    }
}
