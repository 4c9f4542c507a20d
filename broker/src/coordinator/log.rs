//! The records of `__consumer_offsets`: into batches and out of them.

use std::io;

use bytes::{Bytes, BytesMut};
use kafka_protocol::indexmap::IndexMap;
use kafka_protocol::records::{
    Compression, NO_PARTITION_LEADER_EPOCH, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE, Record,
    RecordBatchDecoder, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};
use storage::batch::{BatchHeader, HEADER_BYTES};

use crate::groups::records::KeyValue;

/// Takes the key and the value of a record.
pub(super) type Visit<'a> = dyn FnMut(&[u8], Option<&[u8]>) + 'a;

/// Puts records into one batch without compression or producer.
pub(super) fn encode(records: Vec<KeyValue>, wall_ms: i64) -> io::Result<Bytes> {
    let records: Vec<Record> = records
        .into_iter()
        .zip(0..)
        .map(|((key, value), offset)| record(key, value, offset, wall_ms))
        .collect();
    let mut out = BytesMut::new();
    let options = RecordEncodeOptions {
        version: 2,
        compression: Compression::None,
    };
    RecordBatchEncoder::encode(&mut out, &records, &options).map_err(io::Error::other)?;
    Ok(out.freeze())
}

fn record(key: Bytes, value: Option<Bytes>, offset: i64, wall_ms: i64) -> Record {
    Record {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: NO_PARTITION_LEADER_EPOCH,
        producer_id: NO_PRODUCER_ID,
        producer_epoch: NO_PRODUCER_EPOCH,
        timestamp_type: TimestampType::Creation,
        offset,
        // The encoder makes one batch of records whose sequences grow with their offsets.
        sequence: i32::try_from(offset)
            .map_or(NO_SEQUENCE, |offset| NO_SEQUENCE.wrapping_add(offset)),
        timestamp: wall_ms,
        key: Some(key),
        value,
        headers: IndexMap::new(),
    }
}

/// Calls `each` with key and value of every record in a run of whole batches; returns the offset after the last one.
pub(super) fn for_each_record(mut run: &[u8], each: &mut Visit<'_>) -> io::Result<Option<i64>> {
    let mut next = None;
    while let Some(header) = BatchHeader::parse(run) {
        let size = usize::try_from(header.size_bytes()).unwrap_or(usize::MAX);
        let Some((batch, rest)) = run.split_at_checked(size.max(HEADER_BYTES)) else {
            break;
        };
        if !header.is_control() {
            decode_batch(&header, batch, each)?;
        }
        next = Some(header.last_offset() + 1);
        run = rest;
    }
    Ok(next)
}

fn decode_batch(header: &BatchHeader, batch: &[u8], each: &mut Visit<'_>) -> io::Result<()> {
    if header.compression() == 0 {
        let mut rest = &batch[HEADER_BYTES..];
        for _ in 0..header.records_count {
            let (key, value) = next_record(&mut rest)
                .ok_or_else(|| io::Error::other("record runs over its batch"))?;
            if let Some(key) = key {
                each(key, value);
            }
        }
        return Ok(());
    }
    // Never written here; a tool may have.
    let mut copy = Bytes::copy_from_slice(batch);
    let set = RecordBatchDecoder::decode(&mut copy).map_err(io::Error::other)?;
    for record in &set.records {
        if let Some(key) = &record.key {
            each(key, record.value.as_deref());
        }
    }
    Ok(())
}

type Field<'a> = Option<&'a [u8]>;

/// One record: length, attributes, timestamp delta, offset delta, key, value; the headers are skipped by the length.
fn next_record<'a>(rest: &mut &'a [u8]) -> Option<(Field<'a>, Field<'a>)> {
    let len = usize::try_from(varint(rest)?).ok()?;
    let (mut record, after) = rest.split_at_checked(len)?;
    *rest = after;
    (_, record) = record.split_first()?;
    varint(&mut record)?;
    varint(&mut record)?;
    let key = field(&mut record)?;
    let value = field(&mut record)?;
    Some((key, value))
}

fn field<'a>(rest: &mut &'a [u8]) -> Option<Field<'a>> {
    let Ok(len) = usize::try_from(varint(rest)?) else {
        return Some(None);
    };
    let (bytes, after) = rest.split_at_checked(len)?;
    *rest = after;
    Some(Some(bytes))
}

/// A zigzag varint of at most 64 bits.
fn varint(rest: &mut &[u8]) -> Option<i64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(run: &[u8]) -> (Vec<KeyValue>, Option<i64>) {
        let mut found = Vec::new();
        let mut each = |key: &[u8], value: Option<&[u8]>| {
            found.push((
                Bytes::copy_from_slice(key),
                value.map(Bytes::copy_from_slice),
            ))
        };
        let next = for_each_record(run, &mut each).unwrap();
        (found, next)
    }

    fn some_records(count: usize) -> Vec<KeyValue> {
        (0..count)
            .map(|i| {
                (
                    Bytes::from(format!("key {i}")),
                    (i % 3 != 0).then(|| Bytes::from(vec![7; i * 50])),
                )
            })
            .collect()
    }

    #[test]
    fn records_make_one_batch_and_come_back() {
        let records = some_records(9);
        let batch = encode(records.clone(), 1_000).unwrap();
        let header = BatchHeader::parse(&batch).unwrap();
        assert_eq!(
            (
                header.records_count,
                header.producer_id,
                header.base_sequence
            ),
            (9, -1, -1)
        );
        assert_eq!(usize::try_from(header.size_bytes()).unwrap(), batch.len());
        assert_eq!(read(&batch), (records, Some(9)));
    }

    #[test]
    fn compressed_batches_are_read_too() {
        let records: Vec<Record> = some_records(3)
            .into_iter()
            .zip(0..)
            .map(|((k, v), i)| record(k, v, i, 5))
            .collect();
        let mut out = BytesMut::new();
        let options = RecordEncodeOptions {
            version: 2,
            compression: Compression::Gzip,
        };
        RecordBatchEncoder::encode(&mut out, &records, &options).unwrap();
        assert_eq!(read(&out).0, some_records(3));
    }

    #[test]
    fn a_cut_run_ends_at_its_last_whole_batch() {
        let batch = encode(some_records(2), 1).unwrap();
        let run = [&batch[..], &batch[..batch.len() - 1]].concat();
        assert_eq!(read(&run).0.len(), 2);
    }

    #[test]
    fn a_lying_batch_is_an_error() {
        let mut batch = encode(some_records(2), 1).unwrap().to_vec();
        batch[HEADER_BYTES] = 0xff;
        assert!(for_each_record(&batch, &mut |_, _| {}).is_err());
    }
}
