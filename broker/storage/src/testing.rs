//! Builders for tests: batches, a clock, a configuration.

use std::io::Write;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::batch::{BatchHeader, check};
use crate::clock::Clock;
use crate::log::LogConfig;

/// A clock that stands until it is set.
#[derive(Debug, Default)]
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn at(ms: i64) -> Self {
        Self(AtomicI64::new(ms))
    }
    pub(crate) fn set(&self, ms: i64) {
        self.0.store(ms, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

pub(crate) fn config() -> LogConfig {
    LogConfig {
        segment_bytes: 1 << 30,
        segment_ms: i64::MAX,
        segment_index_bytes: 10 << 20,
        index_interval_bytes: 4096,
        retention_ms: -1,
        retention_bytes: -1,
        cleanup_delete: true,
        cleanup_compact: false,
        log_append_time: false,
        flush_messages: i64::MAX,
        flush_ms: i64::MAX,
        file_delete_delay_ms: 0,
        producer_id_expiration_ms: 86_400_000,
    }
}

/// A batch to be built: one record for each timestamp, each with `value_bytes` of value.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) timestamps: Vec<i64>,
    pub(crate) value_bytes: usize,
    pub(crate) codec: i16,
    pub(crate) producer: Option<(i64, i16, i32)>,
    /// Makes batches differ.
    pub(crate) mark: u64,
    /// Whether records have an (empty) key.
    pub(crate) keyed: bool,
}

impl Batch {
    pub(crate) fn at(timestamps: &[i64]) -> Self {
        Self {
            timestamps: timestamps.to_vec(),
            value_bytes: 10,
            codec: 0,
            producer: None,
            mark: 0,
            keyed: false,
        }
    }

    pub(crate) fn value_bytes(self, value_bytes: usize) -> Self {
        Self {
            value_bytes,
            ..self
        }
    }

    pub(crate) fn codec(self, codec: i16) -> Self {
        Self { codec, ..self }
    }

    pub(crate) fn producer(self, id: i64, epoch: i16, sequence: i32) -> Self {
        Self {
            producer: Some((id, epoch, sequence)),
            ..self
        }
    }

    pub(crate) fn build(&self) -> (BatchHeader, Vec<u8>) {
        let mut records = Vec::new();
        for (i, timestamp) in self.timestamps.iter().enumerate() {
            let mut record = vec![0];
            varint(&mut record, timestamp - self.timestamps[0]);
            varint(&mut record, i as i64);
            varint(&mut record, if self.keyed { 0 } else { -1 });
            varint(&mut record, self.value_bytes as i64);
            let seed = self.mark.wrapping_mul(31).wrapping_add(i as u64);
            record.extend((0..self.value_bytes).map(|b| (seed.wrapping_add(b as u64) % 251) as u8));
            varint(&mut record, 0);
            varint(&mut records, record.len() as i64);
            records.extend(record);
        }
        let bytes = self.frame(&compress(self.codec, &records));
        (check(&bytes).unwrap(), bytes)
    }

    fn frame(&self, records: &[u8]) -> Vec<u8> {
        let count = i32::try_from(self.timestamps.len()).unwrap();
        let (id, epoch, sequence) = self.producer.unwrap_or((-1, -1, -1));
        let mut covered = Vec::new();
        covered.extend(self.codec.to_be_bytes());
        covered.extend((count - 1).to_be_bytes());
        covered.extend(self.timestamps[0].to_be_bytes());
        covered.extend(self.timestamps.iter().max().unwrap().to_be_bytes());
        covered.extend(id.to_be_bytes());
        covered.extend(epoch.to_be_bytes());
        covered.extend(sequence.to_be_bytes());
        covered.extend(count.to_be_bytes());
        covered.extend(records);
        let mut bytes = Vec::new();
        bytes.extend(0i64.to_be_bytes());
        bytes.extend(i32::try_from(covered.len() + 9).unwrap().to_be_bytes());
        bytes.extend((-1i32).to_be_bytes());
        bytes.push(2);
        bytes.extend(crc32c::crc32c(&covered).to_be_bytes());
        bytes.extend(covered);
        bytes
    }
}

fn varint(out: &mut Vec<u8>, value: i64) {
    let mut raw = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while raw >= 0x80 {
        out.push((raw & 0x7f) as u8 | 0x80);
        raw >>= 7;
    }
    out.push(raw as u8);
}

fn compress(codec: i16, plain: &[u8]) -> Vec<u8> {
    match codec {
        0 => plain.to_vec(),
        1 => {
            let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            out.write_all(plain).unwrap();
            out.finish().unwrap()
        }
        2 => snap::raw::Encoder::new().compress_vec(plain).unwrap(),
        3 => {
            let mut out = lz4::EncoderBuilder::new().build(Vec::new()).unwrap();
            out.write_all(plain).unwrap();
            let (bytes, result) = out.finish();
            result.unwrap();
            bytes
        }
        _ => zstd::encode_all(plain, 1).unwrap(),
    }
}
