//! One message with all its bytes.

use std::ops::ControlFlow;

use super::MessageRow;
use super::batch::{Batch, Codec, batches};
use super::facts::BatchFacts;
use super::read::{FETCH_BYTES, row};
use super::record::{Clip, Keep, RawRecord, visit_records};
use crate::Cluster;
use crate::error::ClusterError;
use crate::offsets::At;

/// Most headers of one message that are kept.
const HEADERS_MAX: usize = 10_000;
/// Largest record, uncompressed, that is read whole. The broker takes batches up to 10 MiB; compression may hide more.
const RECORD_BYTES_MAX: usize = 32 << 20;
/// Everything: a record that is small enough has no part that is larger.
const WHOLE: Keep = Keep {
    bytes: RECORD_BYTES_MAX,
    headers: HEADERS_MAX,
    header_bytes: RECORD_BYTES_MAX,
};
/// Only its frame, to learn its length.
const FRAME: Keep = Keep {
    bytes: 0,
    headers: 0,
    header_bytes: 0,
};

/// A message, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeMessage {
    /// Partition, offset, time, key and value.
    pub row: MessageRow,
    /// Headers in order; a name may be any bytes, a value may be null.
    pub headers: Vec<(Clip, Option<Clip>)>,
    /// How its batch is compressed.
    pub codec: Codec,
    /// Messages in its batch.
    pub batch_records: i32,
    /// Bytes of its batch as stored.
    pub batch_bytes: usize,
    /// Written inside a transaction.
    pub transactional: bool,
    /// All that its batch tells.
    pub batch: BatchFacts,
    /// Its own number among those of its producer; `None` where the producer numbers none.
    pub sequence: Option<i32>,
}

impl Cluster {
    /// The message at an offset, whole.
    pub async fn message(
        &self,
        topic: &str,
        partition: i32,
        offset: i64,
    ) -> Result<WholeMessage, ClusterError> {
        let _reader = self.readers.acquire().await;
        let shape = self.shape_of(topic).await?;
        if !shape.partitions.iter().any(|p| p.index == partition) {
            let count = shape.partitions.len();
            return Err(ClusterError::NoSuchPartition {
                topic: topic.to_owned(),
                partition,
                count,
            });
        }
        let place = [(topic, partition)];
        let key = (topic.to_owned(), partition);
        let start = self
            .offsets(&place, At::Earliest)
            .await?
            .get(&key)
            .map_or(0, |found| found.offset);
        let end = self
            .offsets(&place, At::Latest)
            .await?
            .get(&key)
            .map_or(0, |found| found.offset);
        let absent = ClusterError::NoSuchMessage {
            partition,
            offset,
            start,
            end,
        };
        if !(start..end).contains(&offset) {
            return Err(absent);
        }
        let records = self.fetch(topic, partition, offset, FETCH_BYTES).await?;
        let found = tokio::task::spawn_blocking(move || find(&records, partition, offset)).await;
        match found {
            Ok(Ok(Some(message))) => Ok(message),
            Ok(Ok(None)) => Err(absent),
            Ok(Err(reason)) => Err(ClusterError::Unreadable {
                partition,
                offset,
                reason,
            }),
            Err(e) => Err(ClusterError::Garbled {
                api: "Fetch".into(),
                reason: e.to_string(),
            }),
        }
    }
}

fn find(records: &[u8], partition: i32, offset: i64) -> Result<Option<WholeMessage>, String> {
    let holds = |batch: &Batch<'_>| {
        (batch.base_offset..=batch.last_offset).contains(&offset) && !batch.control
    };
    let Some(batch) = batches(records).find(holds) else {
        return Ok(None);
    };
    // First its length, then its bytes: a record is never held before it is known to be small enough.
    let Some(frame) = record_at(&batch, offset, FRAME)? else {
        return Ok(None);
    };
    if frame.bytes > RECORD_BYTES_MAX as u64 || frame.headers_count > HEADERS_MAX as u64 {
        let (bytes, headers) = (frame.bytes, frame.headers_count);
        return Err(format!(
            "it has {bytes} bytes and {headers} headers; at most 32 MiB and {HEADERS_MAX} can be shown"
        ));
    }
    Ok(record_at(&batch, offset, WHOLE)?.map(|record| whole(&batch, partition, record)))
}

fn record_at(batch: &Batch<'_>, offset: i64, keep: Keep) -> Result<Option<RawRecord>, String> {
    let mut found = None;
    let outcome = visit_records(batch, offset, keep, |record| {
        found = Some(record).filter(|record| record.offset == offset);
        ControlFlow::Break(())
    });
    match (found, outcome) {
        (None, Err(error)) => Err(format!("{} batch: {error}", batch.codec.name())),
        (found, _) => Ok(found),
    }
}

fn whole(batch: &Batch<'_>, partition: i32, mut record: RawRecord) -> WholeMessage {
    let headers = std::mem::take(&mut record.headers);
    WholeMessage {
        batch: BatchFacts::of(batch),
        sequence: batch.sequence_at(record.offset),
        row: row(batch, partition, record),
        headers,
        codec: batch.codec,
        batch_records: batch.records_count,
        batch_bytes: batch.bytes,
        transactional: batch.transactional,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::testing::{batch, deflated_batch, record};

    #[test]
    fn ten_mebibytes_come_whole() {
        let value: Vec<u8> = (0..10u32 << 20).map(|n| (n % 251) as u8).collect();
        let plain = batch(
            7,
            0,
            0,
            &[
                record(0, 0, None, Some(b"small")),
                record(1, 0, Some(b"k"), Some(&value)),
            ],
        );
        for bytes in [plain.clone(), deflated_batch(Codec::Zstd, &plain)] {
            let found = find(&bytes, 0, 8).unwrap().unwrap();
            assert!(found.row.value.unwrap().bytes == value);
            assert_eq!(found.batch_records, 2);
        }
        assert_eq!(find(&plain, 0, 9).unwrap(), None);
    }

    #[test]
    fn more_than_can_be_shown_is_refused_before_it_is_held() {
        let value = vec![0u8; 40 << 20];
        let packed = deflated_batch(
            Codec::Zstd,
            &batch(0, 0, 0, &[record(0, 0, None, Some(&value))]),
        );
        assert!(packed.len() < 1 << 20);
        assert!(find(&packed, 0, 0).unwrap_err().contains("at most 32 MiB"));
    }

    #[test]
    fn a_broken_batch_says_so() {
        let mut bytes = batch(0, 0, 0, &[record(0, 0, None, Some(b"v"))]);
        let last = bytes.len() - 3;
        bytes[last] = 0x7f;
        assert!(find(&bytes, 0, 0).is_err());
    }
}
