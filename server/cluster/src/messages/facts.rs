//! What a batch tells of the messages in it.

use super::TimeType;
use super::batch::{Batch, Codec};
use super::inflate::inflate;

/// The facts of a batch, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BatchFacts {
    /// Offset of its first message.
    pub base_offset: i64,
    /// Offset of its last message.
    pub last_offset: i64,
    /// Messages it claims; compaction may have removed some.
    pub records: i32,
    /// How it is compressed.
    pub codec: Codec,
    /// Bytes of it as stored, its head included.
    pub stored_bytes: u64,
    /// Bytes of its messages uncompressed; `None` where they cannot be decompressed whole.
    pub inflated_bytes: Option<u64>,
    /// Whose times its messages have.
    pub time_type: TimeType,
    /// Time its messages count from, ms.
    pub base_timestamp_ms: i64,
    /// Largest time of its messages, ms.
    pub max_timestamp_ms: i64,
    /// Epoch of the leader that appended it; `None` where unknown.
    pub leader_epoch: Option<i32>,
    /// Producer id; `None` where the producer is not idempotent.
    pub producer_id: Option<i64>,
    /// The producer's epoch.
    pub producer_epoch: Option<i16>,
    /// The producer's number of the first message.
    pub base_sequence: Option<i32>,
    /// Written inside a transaction.
    pub transactional: bool,
    /// Transaction markers, not messages.
    pub control: bool,
}

impl BatchFacts {
    pub(super) fn of(batch: &Batch<'_>) -> Self {
        let is_numbered = batch.producer_id >= 0;
        Self {
            base_offset: batch.base_offset,
            last_offset: batch.last_offset,
            records: batch.records_count,
            codec: batch.codec,
            stored_bytes: batch.bytes as u64,
            inflated_bytes: inflated_bytes(batch),
            time_type: if batch.append_time {
                TimeType::Append
            } else {
                TimeType::Create
            },
            base_timestamp_ms: batch.base_timestamp,
            max_timestamp_ms: batch.max_timestamp,
            leader_epoch: Some(batch.leader_epoch).filter(|epoch| *epoch >= 0),
            producer_id: Some(batch.producer_id).filter(|_| is_numbered),
            producer_epoch: Some(batch.producer_epoch).filter(|_| is_numbered),
            base_sequence: Some(batch.base_sequence).filter(|number| is_numbered && *number >= 0),
            transactional: batch.transactional,
            control: batch.control,
        }
    }
}

/// Decompresses to count, under the limit of every decompression here.
fn inflated_bytes(batch: &Batch<'_>) -> Option<u64> {
    let mut content = inflate(batch.codec, batch.payload).ok()?;
    std::io::copy(&mut content, &mut std::io::sink()).ok()
}

impl Batch<'_> {
    /// The producer's number of the message at an offset: numbers go on from 0 behind the largest (`DefaultRecordBatch.java`).
    pub(super) fn sequence_at(&self, offset: i64) -> Option<i32> {
        if self.producer_id < 0 || self.base_sequence < 0 {
            return None;
        }
        let behind = offset.checked_sub(self.base_offset)?;
        let number = i64::from(self.base_sequence).checked_add(behind)?;
        i32::try_from(number.rem_euclid(1 << 31)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::batch::batches;
    use crate::messages::testing::{batch, record};

    #[test]
    fn numbers_of_a_producer_go_on_from_nought() {
        let mut bytes = batch(
            100,
            5,
            0x10,
            &[record(0, 0, None, None), record(1, 0, None, None)],
        );
        bytes[43..51].copy_from_slice(&7i64.to_be_bytes());
        bytes[51..53].copy_from_slice(&3i16.to_be_bytes());
        bytes[53..57].copy_from_slice(&i32::MAX.to_be_bytes());
        let batch = batches(&bytes).next().unwrap();
        assert_eq!(batch.sequence_at(100), Some(i32::MAX));
        assert_eq!(batch.sequence_at(101), Some(0));
        let facts = BatchFacts::of(&batch);
        assert_eq!(
            (facts.producer_id, facts.producer_epoch),
            (Some(7), Some(3))
        );
        assert!(facts.transactional && !facts.control);
        let records = record(0, 0, None, None).len() + record(1, 0, None, None).len();
        assert_eq!(facts.inflated_bytes, Some(records as u64));
    }

    #[test]
    fn without_a_producer_there_are_no_numbers() {
        let bytes = batch(0, 5, 0, &[record(0, 0, None, None)]);
        let batch = batches(&bytes).next().unwrap();
        let facts = BatchFacts::of(&batch);
        assert_eq!((facts.producer_id, facts.base_sequence), (None, None));
        assert_eq!(batch.sequence_at(0), None);
    }
}
