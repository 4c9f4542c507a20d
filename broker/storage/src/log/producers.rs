//! Idempotent producers: the last five batches of each, and what may follow them (`ProducerAppendInfo.java`,
//! `ProducerStateEntry.java`).

use std::collections::BTreeMap;

use super::{AppendError, ProducerEntry};
use crate::batch::BatchHeader;

/// Batches remembered of each producer: as many as a client may have in flight.
const BATCHES_MAX: usize = 5;

/// Producers remembered in one log. Past it those silent for longest are forgotten, so that clients which make up
/// producer ids cannot take all memory.
const PRODUCERS_MAX: usize = 16_384;

/// One appended batch: what a retry of it looks like, and the offsets it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Remembered {
    first_sequence: i32,
    last_sequence: i32,
    base_offset: i64,
    last_offset: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Producer {
    epoch: i16,
    /// Oldest first, at most [`BATCHES_MAX`].
    batches: Vec<Remembered>,
    /// Largest timestamp of its newest batch, as the batch says.
    last_timestamp_ms: i64,
    /// Wall clock of its newest append; it is forgotten by this.
    appended_ms: i64,
    /// First offset of its open transaction.
    transaction_start: Option<i64>,
}

/// All producers a log knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Producers(BTreeMap<i64, Producer>);

/// What to do with a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Append,
    /// Appended before, at these offsets.
    Duplicate {
        base_offset: i64,
        last_offset: i64,
    },
}

/// The sequence `by` behind `sequence`; after `i32::MAX` comes 0 (`DefaultRecordBatch.incrementSequence`).
fn advance(sequence: i32, by: i32) -> i32 {
    let wrapped = (i64::from(sequence) + i64::from(by)) % (i64::from(i32::MAX) + 1);
    i32::try_from(wrapped).unwrap_or(0)
}

impl Producers {
    /// Whether `batch` may be appended now. Changes nothing.
    pub(crate) fn check(
        &self,
        batch: &BatchHeader,
        now_ms: i64,
        expiration_ms: i64,
    ) -> Result<Verdict, AppendError> {
        let id = batch.producer_id;
        let known = self
            .0
            .get(&id)
            .filter(|p| !p.expired(now_ms, expiration_ms));
        let Some(known) = known.filter(|_| id >= 0) else {
            return Ok(Verdict::Append);
        };
        if !batch.is_control()
            && let Some(original) = known.original_of(batch)
        {
            return Ok(Verdict::Duplicate {
                base_offset: original.base_offset,
                last_offset: original.last_offset,
            });
        }
        if batch.producer_epoch < known.epoch {
            return Err(AppendError::ProducerFenced {
                producer_id: id,
                found: batch.producer_epoch,
                current: known.epoch,
            });
        }
        if batch.is_control() {
            return Ok(Verdict::Append);
        }
        let last = known
            .batches
            .last()
            .filter(|_| batch.producer_epoch == known.epoch);
        let expected = last.map_or(0, |b| advance(b.last_sequence, 1));
        if batch.base_sequence != expected {
            return Err(AppendError::OutOfOrderSequence {
                producer_id: id,
                found: batch.base_sequence,
                expected,
            });
        }
        Ok(Verdict::Append)
    }

    /// Remembers a batch that is in the log, `batch` holding the offsets it got.
    pub(crate) fn note(&mut self, batch: &BatchHeader, now_ms: i64, expiration_ms: i64) {
        if batch.producer_id < 0 {
            return;
        }
        self.make_room(batch.producer_id);
        let producer = self
            .0
            .entry(batch.producer_id)
            .or_insert_with(|| Producer::new(batch.producer_epoch));
        if producer.epoch != batch.producer_epoch || producer.expired(now_ms, expiration_ms) {
            producer.epoch = batch.producer_epoch;
            producer.batches.clear();
        }
        producer.appended_ms = now_ms;
        producer.last_timestamp_ms = batch.max_timestamp;
        if batch.is_control() {
            producer.transaction_start = None;
            return;
        }
        if batch.is_transactional() {
            producer.transaction_start.get_or_insert(batch.base_offset);
        }
        if producer.batches.len() == BATCHES_MAX {
            producer.batches.remove(0);
        }
        let last_sequence = advance(batch.base_sequence, batch.last_offset_delta);
        let (base_offset, last_offset) = (batch.base_offset, batch.last_offset());
        producer.batches.push(Remembered {
            first_sequence: batch.base_sequence,
            last_sequence,
            base_offset,
            last_offset,
        });
    }

    /// Forgets the tenth that was silent for longest when there are too many. Open transactions stay.
    fn make_room(&mut self, coming: i64) {
        if self.0.len() < PRODUCERS_MAX || self.0.contains_key(&coming) {
            return;
        }
        let mut by_age: Vec<(i64, i64)> = self
            .0
            .iter()
            .filter(|(_, p)| p.transaction_start.is_none())
            .map(|(id, p)| (p.appended_ms, *id))
            .collect();
        by_age.sort_unstable();
        for (_, id) in by_age.into_iter().take(PRODUCERS_MAX / 10) {
            self.0.remove(&id);
        }
    }

    /// Forgets producers without writes for `expiration_ms`.
    pub(crate) fn expire(&mut self, now_ms: i64, expiration_ms: i64) {
        self.0.retain(|_, p| !p.expired(now_ms, expiration_ms));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn entries(&self) -> Vec<ProducerEntry> {
        let entry = |(id, p): (&i64, &Producer)| ProducerEntry {
            producer_id: *id,
            producer_epoch: p.epoch,
            last_sequence: p.batches.last().map_or(-1, |b| b.last_sequence),
            last_timestamp_ms: p.last_timestamp_ms,
            current_txn_start_offset: p.transaction_start.unwrap_or(-1),
        };
        self.0.iter().map(entry).collect()
    }

    /// The state as the bytes of a snapshot file: version, entries, CRC32C of all before it.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(SNAPSHOT_VERSION.to_be_bytes());
        out.extend(u32::try_from(self.0.len()).unwrap_or(0).to_be_bytes());
        for (id, p) in &self.0 {
            out.extend(id.to_be_bytes());
            out.extend(p.epoch.to_be_bytes());
            out.extend(p.last_timestamp_ms.to_be_bytes());
            out.extend(p.appended_ms.to_be_bytes());
            out.extend(p.transaction_start.unwrap_or(-1).to_be_bytes());
            out.push(u8::try_from(p.batches.len()).unwrap_or(0));
            for b in &p.batches {
                out.extend(b.first_sequence.to_be_bytes());
                out.extend(b.last_sequence.to_be_bytes());
                out.extend(b.base_offset.to_be_bytes());
                out.extend(b.last_offset.to_be_bytes());
            }
        }
        let crc = crc32c::crc32c(&out);
        out.extend(crc.to_be_bytes());
        out
    }

    /// Reads a snapshot; `None` when it is torn or of another version.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (covered, crc) = bytes.split_last_chunk::<4>()?;
        if u32::from_be_bytes(*crc) != crc32c::crc32c(covered) {
            return None;
        }
        let mut input = Input(covered);
        if u16::from_be_bytes(input.take()?) != SNAPSHOT_VERSION {
            return None;
        }
        let count = u32::from_be_bytes(input.take()?);
        let mut producers = BTreeMap::new();
        for _ in 0..count {
            let id = i64::from_be_bytes(input.take()?);
            producers.insert(id, input.producer()?);
        }
        input.0.is_empty().then_some(Self(producers))
    }
}

const SNAPSHOT_VERSION: u16 = 1;

/// No snapshot is larger: every producer with all its batches.
pub(crate) const SNAPSHOT_BYTES_MAX: u64 =
    64 + PRODUCERS_MAX as u64 * (35 + BATCHES_MAX as u64 * 24);

struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*head)
    }

    fn producer(&mut self) -> Option<Producer> {
        let mut producer = Producer::new(i16::from_be_bytes(self.take()?));
        producer.last_timestamp_ms = i64::from_be_bytes(self.take()?);
        producer.appended_ms = i64::from_be_bytes(self.take()?);
        let transaction_start = i64::from_be_bytes(self.take()?);
        producer.transaction_start = (transaction_start >= 0).then_some(transaction_start);
        let [batches] = self.take()?;
        if usize::from(batches) > BATCHES_MAX {
            return None;
        }
        for _ in 0..batches {
            producer.batches.push(Remembered {
                first_sequence: i32::from_be_bytes(self.take()?),
                last_sequence: i32::from_be_bytes(self.take()?),
                base_offset: i64::from_be_bytes(self.take()?),
                last_offset: i64::from_be_bytes(self.take()?),
            });
        }
        Some(producer)
    }
}

impl Producer {
    fn new(epoch: i16) -> Self {
        Self {
            epoch,
            batches: Vec::new(),
            last_timestamp_ms: -1,
            appended_ms: 0,
            transaction_start: None,
        }
    }

    fn expired(&self, now_ms: i64, expiration_ms: i64) -> bool {
        self.transaction_start.is_none() && now_ms.saturating_sub(self.appended_ms) >= expiration_ms
    }

    fn original_of(&self, batch: &BatchHeader) -> Option<&Remembered> {
        let last = advance(batch.base_sequence, batch.last_offset_delta);
        let same =
            |b: &&Remembered| b.first_sequence == batch.base_sequence && b.last_sequence == last;
        self.batches
            .iter()
            .find(same)
            .filter(|_| self.epoch == batch.producer_epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 86_400_000;

    fn batch(id: i64, epoch: i16, sequence: i32, count: i32, base_offset: i64) -> BatchHeader {
        BatchHeader {
            base_offset,
            batch_length: 100,
            leader_epoch: 0,
            magic: 2,
            crc: 0,
            attributes: 0,
            last_offset_delta: count - 1,
            base_timestamp: 5,
            max_timestamp: 6,
            producer_id: id,
            producer_epoch: epoch,
            base_sequence: sequence,
            records_count: count,
        }
    }

    fn check(p: &Producers, b: BatchHeader) -> Result<Verdict, String> {
        p.check(&b, 0, DAY_MS).map_err(|e| e.to_string())
    }

    fn after(batches: &[BatchHeader]) -> Producers {
        let mut p = Producers::default();
        for b in batches {
            p.note(b, 0, DAY_MS);
        }
        p
    }

    #[test]
    fn an_unknown_producer_may_start_anywhere() {
        assert_eq!(
            check(&Producers::default(), batch(1, 3, 77, 2, 0)),
            Ok(Verdict::Append)
        );
        assert_eq!(
            check(&after(&[batch(2, 0, 0, 1, 0)]), batch(-1, -1, -1, 2, 0)),
            Ok(Verdict::Append)
        );
    }

    #[test]
    fn each_of_the_last_five_batches_is_a_duplicate_and_the_sixth_is_out_of_order() {
        let appended: Vec<_> = (0..6)
            .map(|i| batch(1, 0, i * 2, 2, i64::from(i) * 10))
            .collect();
        let p = after(&appended);
        for (i, b) in appended.iter().enumerate().skip(1) {
            let base_offset = i as i64 * 10;
            assert_eq!(
                check(&p, *b),
                Ok(Verdict::Duplicate {
                    base_offset,
                    last_offset: base_offset + 1
                })
            );
        }
        assert_eq!(
            check(&p, appended[0]).unwrap_err(),
            "producer 1: sequence 0 where 12 was expected"
        );
        // Half of a known batch is not that batch.
        assert_eq!(
            check(&p, batch(1, 0, 10, 1, 0)).unwrap_err(),
            "producer 1: sequence 10 where 12 was expected"
        );
        assert_eq!(
            check(&p, batch(1, 0, 13, 1, 0)).unwrap_err(),
            "producer 1: sequence 13 where 12 was expected"
        );
        assert_eq!(check(&p, batch(1, 0, 12, 1, 0)), Ok(Verdict::Append));
    }

    #[test]
    fn epochs_only_rise_and_a_new_one_starts_at_zero() {
        let p = after(&[batch(1, 4, 0, 3, 0)]);
        assert_eq!(
            check(&p, batch(1, 3, 3, 1, 0)).unwrap_err(),
            "producer 1: epoch 3 is fenced by 4"
        );
        assert_eq!(
            check(&p, batch(1, 5, 3, 1, 0)).unwrap_err(),
            "producer 1: sequence 3 where 0 was expected"
        );
        assert_eq!(check(&p, batch(1, 5, 0, 1, 0)), Ok(Verdict::Append));
        // The batches of the old epoch are no duplicates in the new one.
        let p = after(&[batch(1, 4, 0, 3, 0), batch(1, 5, 0, 1, 3)]);
        assert_eq!(
            check(&p, batch(1, 5, 0, 3, 0)).unwrap_err(),
            "producer 1: sequence 0 where 1 was expected"
        );
    }

    #[test]
    fn sequences_wrap_to_zero() {
        let p = after(&[batch(1, 0, i32::MAX - 1, 2, 0)]);
        assert_eq!(check(&p, batch(1, 0, 0, 1, 0)), Ok(Verdict::Append));
        let p = after(&[batch(1, 0, i32::MAX - 1, 4, 0)]);
        assert_eq!(check(&p, batch(1, 0, 2, 1, 0)), Ok(Verdict::Append));
        let again = Verdict::Duplicate {
            base_offset: 0,
            last_offset: 3,
        };
        assert_eq!(check(&p, batch(1, 0, i32::MAX - 1, 4, 9)), Ok(again));
    }

    #[test]
    fn a_marker_ends_the_transaction_and_may_raise_the_epoch() {
        let mut open = batch(1, 0, 0, 2, 10);
        open.attributes = 0x10;
        let mut marker = batch(1, 1, -1, 1, 12);
        marker.attributes = 0x30;
        let mut p = after(&[open]);
        assert_eq!(p.entries()[0].current_txn_start_offset, 10);
        p.expire(i64::MAX, 1);
        assert!(
            !p.is_empty(),
            "a producer with an open transaction is not forgotten"
        );
        assert_eq!(check(&p, marker), Ok(Verdict::Append));
        p.note(&marker, 0, DAY_MS);
        assert_eq!(
            (
                p.entries()[0].current_txn_start_offset,
                p.entries()[0].last_sequence
            ),
            (-1, -1)
        );
        assert_eq!(check(&p, batch(1, 1, 0, 1, 0)), Ok(Verdict::Append));
        assert!(check(&p, batch(1, 1, 2, 1, 0)).is_err());
    }

    #[test]
    fn a_silent_producer_is_forgotten() {
        let mut p = after(&[batch(1, 4, 0, 3, 0)]);
        assert!(p.check(&batch(1, 0, 9, 1, 0), DAY_MS - 1, DAY_MS).is_err());
        assert_eq!(
            p.check(&batch(1, 0, 9, 1, 0), DAY_MS, DAY_MS).unwrap(),
            Verdict::Append
        );
        p.expire(DAY_MS, DAY_MS);
        assert!(p.is_empty());
    }

    #[test]
    fn the_number_of_producers_is_bounded() {
        let mut p = Producers::default();
        for id in 0..i64::try_from(PRODUCERS_MAX).unwrap() + 10 {
            p.note(&batch(id, 0, 0, 1, id), id, DAY_MS);
        }
        assert!(p.0.len() <= PRODUCERS_MAX);
        assert!(!p.0.contains_key(&0) && p.0.contains_key(&(PRODUCERS_MAX as i64 + 9)));
        assert!(p.encode().len() as u64 <= SNAPSHOT_BYTES_MAX);
    }

    #[test]
    fn a_snapshot_reads_back_and_a_torn_one_does_not() {
        let mut open = batch(9, 2, 5, 2, 10);
        open.attributes = 0x10;
        let p = after(&[batch(1, 4, 0, 3, 0), batch(1, 4, 3, 3, 3), open]);
        let bytes = p.encode();
        assert_eq!(Producers::decode(&bytes), Some(p));
        for cut in 0..bytes.len() {
            assert_eq!(Producers::decode(&bytes[..cut]), None);
        }
    }
}
