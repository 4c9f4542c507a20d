//! Record batches v2 as they come from a fetch (Kafka's `DefaultRecordBatch.java`): only the header is read here.
//!
//! What is in them was written by anyone: every length is checked against what is left before it is used.

/// Bytes from a batch's start to its first record.
const HEADER_BYTES: usize = 61;
/// Bytes of base offset and length, which the length does not count.
const OVERHEAD_BYTES: usize = 12;

/// One batch: header fields and its still compressed records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Batch<'a> {
    /// Offset of the first record.
    pub(crate) base_offset: i64,
    /// Offset of the last record.
    pub(crate) last_offset: i64,
    /// Timestamp the records count from, ms.
    pub(crate) base_timestamp: i64,
    /// Largest timestamp, ms; with append time that of every record.
    pub(crate) max_timestamp: i64,
    /// Records it claims to hold.
    pub(crate) records_count: i32,
    /// How they are compressed.
    pub(crate) codec: Codec,
    /// Stamped by the broker, not the producer.
    pub(crate) append_time: bool,
    /// Markers of transactions, not messages.
    pub(crate) control: bool,
    /// Written inside a transaction.
    pub(crate) transactional: bool,
    /// Epoch of the leader that appended it; −1 where unknown.
    pub(crate) leader_epoch: i32,
    /// Producer; −1 where it numbers nothing.
    pub(crate) producer_id: i64,
    /// Its epoch.
    pub(crate) producer_epoch: i16,
    /// Its number of the first record; −1 for none.
    pub(crate) base_sequence: i32,
    /// Bytes of the whole batch as stored.
    pub(crate) bytes: usize,
    /// Its records.
    pub(crate) payload: &'a [u8],
}

/// Compression of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Codec {
    /// As they are.
    #[default]
    None,
    /// RFC 1952.
    Gzip,
    /// Snappy blocks, bare or in snappy-java's framing.
    Snappy,
    /// LZ4 frames.
    Lz4,
    /// Zstandard frames.
    Zstd,
}

impl Codec {
    /// Kafka's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }
}

/// The whole batches in fetched bytes, in order. A partial batch at the end (a fetch may cut there) ends the walk,
/// as does anything that is not a v2 batch.
pub(crate) fn batches(mut bytes: &[u8]) -> impl Iterator<Item = Batch<'_>> {
    std::iter::from_fn(move || {
        let (batch, rest) = split_batch(bytes)?;
        bytes = rest;
        Some(batch)
    })
}

fn split_batch(bytes: &[u8]) -> Option<(Batch<'_>, &[u8])> {
    let header: &[u8; HEADER_BYTES] = bytes.first_chunk()?;
    let length = usize::try_from(int(header, 8))
        .ok()?
        .checked_add(OVERHEAD_BYTES)?;
    let magic = header[16];
    if length < HEADER_BYTES || length > bytes.len() || magic != 2 {
        return None;
    }
    let attributes = u16::from_be_bytes([header[21], header[22]]);
    let codec = match attributes & 0x07 {
        0 => Codec::None,
        1 => Codec::Gzip,
        2 => Codec::Snappy,
        3 => Codec::Lz4,
        4 => Codec::Zstd,
        _ => return None,
    };
    let base_offset = long(header, 0);
    let batch = Batch {
        base_offset,
        last_offset: base_offset.checked_add(i64::from(int(header, 23)).max(0))?,
        base_timestamp: long(header, 27),
        max_timestamp: long(header, 35),
        records_count: int(header, 57),
        codec,
        append_time: attributes & 0x08 != 0,
        transactional: attributes & 0x10 != 0,
        control: attributes & 0x20 != 0,
        leader_epoch: int(header, 12),
        producer_id: long(header, 43),
        producer_epoch: i16::from_be_bytes([header[51], header[52]]),
        base_sequence: int(header, 53),
        bytes: length,
        payload: &bytes[HEADER_BYTES..length],
    };
    Some((batch, &bytes[length..]))
}

fn int(header: &[u8; HEADER_BYTES], at: usize) -> i32 {
    i32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
}

fn long(header: &[u8; HEADER_BYTES], at: usize) -> i64 {
    (i64::from(int(header, at)) << 32) | i64::from(int(header, at + 4).cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::testing::{batch, record};

    #[test]
    fn walks_whole_batches_and_stops_at_a_cut_one() {
        let mut bytes = batch(
            5,
            1_000,
            0,
            &[record(0, 0, Some(b"a"), None), record(1, 1, None, None)],
        );
        let second = batch(9, 2_000, 0x20, &[record(0, 0, None, None)]);
        bytes.extend_from_slice(&second[..second.len() - 1]);
        let found: Vec<_> = batches(&bytes)
            .map(|b| (b.base_offset, b.last_offset, b.records_count))
            .collect();
        assert_eq!(found, [(5, 6, 2)]);
        bytes.push(*second.last().unwrap());
        assert!(batches(&bytes).nth(1).unwrap().control);
    }

    #[test]
    fn any_bytes_are_survived() {
        let good = batch(5, 1_000, 0, &[record(0, 0, Some(b"a"), None)]);
        for cut in 0..good.len() {
            assert_eq!(batches(&good[..cut]).count(), 0);
        }
        for at in 0..good.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bad = good.clone();
                bad[at] = value;
                for _ in batches(&bad) {}
            }
        }
    }
}
