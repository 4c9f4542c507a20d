//! Empties the outbox: one notice of a channel at a time, channels beside each other, so that a slow one holds up no other.

use std::collections::HashSet;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::channel::{Channel, Kind, Private};
use super::failure::Failure;
use super::notice::Notice;
use super::outbox::{self, Due};
use super::{mail, post, shape};
use crate::alarms::{Book, RecordError};

/// Deliveries at once.
const SENDING_MAX: usize = 8;
/// The queue is looked at so often even when nobody says that there is something.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// What is on its way at a stop gets so long; what does not make it goes again after the next start.
const STOP_TIME_MAX: Duration = Duration::from_secs(5);

impl Book {
    /// Sends what the outbox holds until told to stop.
    pub async fn send(self, mut stopped: watch::Receiver<bool>) {
        let mut sending: JoinSet<i64> = JoinSet::new();
        let mut busy: HashSet<i64> = HashSet::new();
        while !*stopped.borrow() {
            match outbox::due(&self.inner.pool, self.now_ms()).await {
                Ok(due) => {
                    for due in due {
                        if busy.len() < SENDING_MAX && busy.insert(due.channel) {
                            let book = self.clone();
                            sending.spawn(async move { book.attempt(due).await });
                        }
                    }
                }
                Err(error) => tracing::error!(%error, "cannot read the notices to be sent"),
            }
            tokio::select! {
                Some(done) = sending.join_next() => {
                    match done {
                        Ok(channel) => { busy.remove(&channel); }
                        // Which one panicked is not known; those that still run are few.
                        Err(error) => { tracing::error!(%error, "a delivery ended badly"); busy.clear(); }
                    }
                }
                () = self.inner.wake.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = stopped.changed() => {}
            }
        }
        let rest = async { while sending.join_next().await.is_some() {} };
        // Dropping the set ends what did not make it.
        let _ = tokio::time::timeout(STOP_TIME_MAX, rest).await;
    }

    /// Tries one notice and notes what came of it; gives its channel.
    async fn attempt(&self, due: Due) -> i64 {
        let id = format!("millrace-{}-{}", due.made_ms, due.id);
        let sent = match self.deliver(due.channel, &due.notice, &id).await {
            Ok(sent) => sent,
            // The channel was deleted meanwhile, and the notice with it.
            Err(RecordError::Unknown) => return due.channel,
            Err(error) => {
                tracing::error!(%error, channel = due.channel, "cannot read a channel");
                Err(Failure::Sealed)
            }
        };
        let noted = match &sent {
            Ok(()) => outbox::delivered(&self.inner.pool, &due, self.now_ms()).await,
            Err(failure) => {
                tracing::warn!(%failure, channel = due.channel, attempts = due.attempts + 1, "a notice was not delivered");
                outbox::failed(&self.inner.pool, &due, failure, self.now_ms()).await
            }
        };
        if let Err(error) = noted {
            tracing::error!(%error, channel = due.channel, "cannot note what came of a notice");
            // Not at once again: a disk that is full stays full for a while.
            tokio::time::sleep(LOOK_EVERY).await;
        }
        due.channel
    }

    /// Tries a channel now, past the queue; notes what came of it.
    pub async fn test_channel(&self, id: i64) -> Result<Result<(), Failure>, RecordError> {
        let now_ms = self.now_ms();
        let sent = self
            .deliver(
                id,
                &Notice::test(now_ms),
                &format!("millrace-{now_ms}-test"),
            )
            .await?;
        let (column, failure) = match &sent {
            Ok(()) => (
                "UPDATE channel SET sent_ms = ?1 WHERE id = ?3 AND ?2 IS NULL",
                None,
            ),
            Err(failure) => (
                "UPDATE channel SET failed_ms = ?1, failure = ?2 WHERE id = ?3",
                Some(serde_json::to_string(failure)?),
            ),
        };
        sqlx::query(column)
            .bind(self.now_ms())
            .bind(failure)
            .bind(id)
            .execute(&self.inner.pool)
            .await?;
        Ok(sent)
    }

    async fn deliver(
        &self,
        channel: i64,
        notice: &Notice,
        id: &str,
    ) -> Result<Result<(), Failure>, RecordError> {
        let found = self.channel(channel).await?.ok_or(RecordError::Unknown)?;
        let private = match self.private(channel).await {
            Err(RecordError::Secret(_)) => return Ok(Err(Failure::Sealed)),
            private => private?,
        };
        Ok(self.hand_over(&found.channel, &private, notice, id).await)
    }

    async fn hand_over(
        &self,
        channel: &Channel,
        private: &Private,
        notice: &Notice,
        id: &str,
    ) -> Result<(), Failure> {
        let letter = self
            .inner
            .words
            .write(notice, channel.language, &channel.zone);
        let targets = &self.inner.targets;
        match &channel.kind {
            Kind::Email(email) => {
                mail::deliver(
                    email,
                    &private.password,
                    &letter,
                    notice.occasion,
                    id,
                    targets,
                )
                .await
            }
            Kind::Webhook(hook) => {
                let now_ms = self.now_ms();
                let post = shape::post(hook.shape, notice, &letter, id, &private.signing, now_ms);
                post::deliver(&private.url, hook.shape, post, targets).await
            }
        }
    }
}
