//! The record batch v2: its fixed 61-byte header (Kafka's `DefaultRecordBatch.java`) and the checks on a produced batch.

/// Bytes before the records.
pub const HEADER_BYTES: usize = 61;

/// The fixed header of a record batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the field names are the format's own")]
pub struct BatchHeader {
    pub base_offset: i64,
    pub batch_length: i32,
    pub leader_epoch: i32,
    pub magic: i8,
    pub crc: u32,
    pub attributes: i16,
    pub last_offset_delta: i32,
    pub base_timestamp: i64,
    pub max_timestamp: i64,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub base_sequence: i32,
    pub records_count: i32,
}

impl BatchHeader {
    /// Reads the header from the start of `bytes`; `None` when there are fewer than [`HEADER_BYTES`].
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let h: &[u8; HEADER_BYTES] = bytes.first_chunk()?;
        let i16_at = |i: usize| i16::from_be_bytes([h[i], h[i + 1]]);
        let i32_at = |i: usize| i32::from_be_bytes([h[i], h[i + 1], h[i + 2], h[i + 3]]);
        let i64_at =
            |i: usize| (i64::from(i32_at(i)) << 32) | i64::from(i32_at(i + 4).cast_unsigned());
        Some(Self {
            base_offset: i64_at(0),
            batch_length: i32_at(8),
            leader_epoch: i32_at(12),
            magic: h[16].cast_signed(),
            crc: i32_at(17).cast_unsigned(),
            attributes: i16_at(21),
            last_offset_delta: i32_at(23),
            base_timestamp: i64_at(27),
            max_timestamp: i64_at(35),
            producer_id: i64_at(43),
            producer_epoch: i16_at(51),
            base_sequence: i32_at(53),
            records_count: i32_at(57),
        })
    }

    /// Whole size in bytes, the 12 bytes before the length field's end included.
    #[must_use]
    pub fn size_bytes(&self) -> i64 {
        i64::from(self.batch_length) + 12
    }

    /// Offset of the last record.
    #[must_use]
    pub fn last_offset(&self) -> i64 {
        self.base_offset
            .saturating_add(i64::from(self.last_offset_delta))
    }

    /// Codec number: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.
    #[must_use]
    pub fn compression(&self) -> i16 {
        self.attributes & 0x07
    }

    /// Whether timestamps are the log's append time.
    #[must_use]
    pub fn is_log_append_time(&self) -> bool {
        self.attributes & 0x08 != 0
    }

    /// Whether the batch belongs to a transaction.
    #[must_use]
    pub fn is_transactional(&self) -> bool {
        self.attributes & 0x10 != 0
    }

    /// Whether the batch holds a control record.
    #[must_use]
    pub fn is_control(&self) -> bool {
        self.attributes & 0x20 != 0
    }
}

/// Why a produced batch is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BatchError {
    /// Too few bytes, a length that does not fit, or bytes after the batch.
    #[error("record batch is malformed: {0}")]
    Malformed(&'static str),
    /// Magic other than 2.
    #[error("record batch has magic {0}; only 2 is accepted")]
    Magic(i8),
    /// The checksum does not match.
    #[error("record batch crc is {found:#010x}, its bytes give {computed:#010x}")]
    Crc {
        /// In the header.
        found: u32,
        /// Over the bytes.
        computed: u32,
    },
    /// The record count does not fit the offsets.
    #[error(
        "record batch counts {records_count} records but its last offset delta is {last_offset_delta}"
    )]
    Count {
        /// Header field.
        records_count: i32,
        /// Header field.
        last_offset_delta: i32,
    },
}

/// Where the bytes covered by the CRC begin: at the attributes (`DefaultRecordBatch.ATTRIBUTES_OFFSET`).
const CRC_FROM: usize = 21;

/// The magic of the only format kept on disk.
pub(crate) const MAGIC: i8 = 2;

const LOG_APPEND_TIME: i16 = 0x08;

/// Checks exactly one produced batch: length, magic 2, CRC32C (once), count. Does not decode records.
///
/// # Errors
/// The first rule the bytes break.
pub fn check(bytes: &[u8]) -> Result<BatchHeader, BatchError> {
    // The magic sits at the same place in all formats, so an old message set is named as such even when it is short.
    let magic = bytes
        .get(16)
        .ok_or(BatchError::Malformed("fewer than 17 bytes"))?
        .cast_signed();
    if magic != MAGIC {
        return Err(BatchError::Magic(magic));
    }
    let header = BatchHeader::parse(bytes).ok_or(BatchError::Malformed("fewer than 61 bytes"))?;
    let size = usize::try_from(header.size_bytes()).unwrap_or(0);
    if size < HEADER_BYTES {
        return Err(BatchError::Malformed(
            "its length field is smaller than a batch header",
        ));
    }
    match size.cmp(&bytes.len()) {
        std::cmp::Ordering::Greater => {
            return Err(BatchError::Malformed(
                "its length field goes past the bytes given",
            ));
        }
        std::cmp::Ordering::Less => return Err(BatchError::Malformed("bytes follow the batch")),
        std::cmp::Ordering::Equal => {}
    }
    let computed = crc32c::crc32c(&bytes[CRC_FROM..]);
    if computed != header.crc {
        return Err(BatchError::Crc {
            found: header.crc,
            computed,
        });
    }
    let counted = header.last_offset_delta >= 0
        && header.records_count.checked_sub(1) == Some(header.last_offset_delta);
    if !counted {
        return Err(BatchError::Count {
            records_count: header.records_count,
            last_offset_delta: header.last_offset_delta,
        });
    }
    Ok(header)
}

/// Whether every record of a batch that [`check`] accepted has a key, as compacted topics ask for
/// (`LogValidator.validateKey`). The one check that decodes records.
///
/// # Errors
/// The records cannot be decompressed or are not what the header counts.
pub fn all_keyed(bytes: &[u8], header: &BatchHeader) -> Result<bool, BatchError> {
    let records = bytes.get(HEADER_BYTES..).unwrap_or_default();
    crate::records::all_keyed(header, records)
        .map_err(|_| BatchError::Malformed("its records cannot be read"))
}

/// What the log writes over a producer's header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patch {
    pub(crate) base_offset: i64,
    pub(crate) leader_epoch: i32,
    /// The log's own time when the topic is `LogAppendTime`.
    pub(crate) log_append_time_ms: Option<i64>,
}

/// The header of `batch` with `patch` applied, and what it reads as. The CRC changes only when bytes it covers do
/// (`DefaultRecordBatch.setMaxTimestamp`); base offset and leader epoch lie outside it.
pub(crate) fn patched(
    header: &BatchHeader,
    batch: &[u8; HEADER_BYTES],
    records: &[u8],
    patch: Patch,
) -> ([u8; HEADER_BYTES], BatchHeader) {
    let mut raw = *batch;
    let mut out = BatchHeader {
        base_offset: patch.base_offset,
        leader_epoch: patch.leader_epoch,
        ..*header
    };
    raw[0..8].copy_from_slice(&patch.base_offset.to_be_bytes());
    raw[12..16].copy_from_slice(&patch.leader_epoch.to_be_bytes());
    if let Some(now) = patch.log_append_time_ms {
        out.attributes |= LOG_APPEND_TIME;
        out.max_timestamp = now;
    } else {
        out.attributes &= !LOG_APPEND_TIME;
    }
    if out.attributes != header.attributes || out.max_timestamp != header.max_timestamp {
        raw[21..23].copy_from_slice(&out.attributes.to_be_bytes());
        raw[35..43].copy_from_slice(&out.max_timestamp.to_be_bytes());
        out.crc = crc32c::crc32c_append(crc32c::crc32c(&raw[CRC_FROM..]), records);
        raw[17..21].copy_from_slice(&out.crc.to_be_bytes());
    }
    (raw, out)
}

/// The CRC of a batch's header part; the records are added with `crc32c_append`.
pub(crate) fn header_crc(raw: &[u8; HEADER_BYTES]) -> u32 {
    crc32c::crc32c(&raw[CRC_FROM..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Batch;

    #[track_caller]
    fn refused(change: impl FnOnce(&mut Vec<u8>), expected: &str) {
        let (_, mut bytes) = Batch::at(&[5, 7]).build();
        change(&mut bytes);
        assert_eq!(check(&bytes).unwrap_err().to_string(), expected);
    }

    #[test]
    fn reads_what_the_format_says() {
        let (header, bytes) = Batch::at(&[5, 9, 7]).producer(11, 2, 40).build();
        assert_eq!(header.size_bytes(), bytes.len() as i64);
        assert_eq!((header.base_timestamp, header.max_timestamp), (5, 9));
        assert_eq!(
            (
                header.producer_id,
                header.producer_epoch,
                header.base_sequence
            ),
            (11, 2, 40)
        );
        assert_eq!(
            (
                header.records_count,
                header.last_offset_delta,
                header.last_offset()
            ),
            (3, 2, 2)
        );
        assert!(!header.is_log_append_time() && !header.is_control() && !header.is_transactional());
    }

    #[test]
    fn each_rule_is_named_when_it_is_broken() {
        refused(
            |b| b.truncate(16),
            "record batch is malformed: fewer than 17 bytes",
        );
        refused(
            |b| b.truncate(60),
            "record batch is malformed: fewer than 61 bytes",
        );
        refused(
            |b| b[16] = 1,
            "record batch has magic 1; only 2 is accepted",
        );
        refused(
            |b| b.truncate(70),
            "record batch is malformed: its length field goes past the bytes given",
        );
        refused(
            |b| b.push(0),
            "record batch is malformed: bytes follow the batch",
        );
        refused(
            |b| b[8] = 0xff,
            "record batch is malformed: its length field is smaller than a batch header",
        );
        refused(
            |b| b[8..12].copy_from_slice(&[0, 0, 0, 48]),
            "record batch is malformed: its length field is smaller than a batch header",
        );
        let fix = |b: &mut Vec<u8>| {
            let crc = crc32c::crc32c(&b[CRC_FROM..]);
            b[17..21].copy_from_slice(&crc.to_be_bytes());
        };
        let miscount = |at: usize, value: i32| {
            move |b: &mut Vec<u8>| {
                b[at..at + 4].copy_from_slice(&value.to_be_bytes());
                fix(b);
            }
        };
        refused(
            miscount(57, 3),
            "record batch counts 3 records but its last offset delta is 1",
        );
        refused(
            miscount(57, i32::MIN),
            "record batch counts -2147483648 records but its last offset delta is 1",
        );
        refused(
            miscount(23, -1),
            "record batch counts 2 records but its last offset delta is -1",
        );
    }

    #[test]
    fn a_changed_bit_breaks_the_crc() {
        let (_, bytes) = Batch::at(&[5, 7]).build();
        for at in CRC_FROM..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 4;
            assert!(
                matches!(check(&changed), Err(BatchError::Crc { .. })),
                "byte {at}"
            );
        }
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let (_, bytes) = Batch::at(&[5, 7]).build();
        for at in 0..bytes.len() {
            for value in [0, 0x7f, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] = value;
                let header = BatchHeader::parse(&changed).unwrap();
                let _ = (check(&changed), header.last_offset(), header.size_bytes());
            }
            let _ = check(&bytes[..at]);
        }
    }

    #[test]
    fn patching_keeps_the_crc_right() {
        let (header, bytes) = Batch::at(&[5, 7]).build();
        let (raw, records) = bytes.split_first_chunk().unwrap();
        let patch = Patch {
            base_offset: 1 << 40,
            leader_epoch: 9,
            log_append_time_ms: None,
        };
        let (kept, read) = patched(&header, raw, records, patch);
        assert_eq!(
            (read.base_offset, read.leader_epoch, read.crc),
            (1 << 40, 9, header.crc)
        );
        assert_eq!(check(&[&kept[..], records].concat()), Ok(read));
        let (stamped, read) = patched(
            &header,
            raw,
            records,
            Patch {
                log_append_time_ms: Some(99),
                ..patch
            },
        );
        assert!(read.is_log_append_time() && read.crc != header.crc);
        assert_eq!(read.max_timestamp, 99);
        assert_eq!(check(&[&stamped[..], records].concat()), Ok(read));
    }
}
