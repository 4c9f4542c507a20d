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
        let i64_at = |i: usize| (i64::from(i32_at(i)) << 32) | i64::from(i32_at(i + 4).cast_unsigned());
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
        self.base_offset + i64::from(self.last_offset_delta)
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
    #[error("record batch counts {records_count} records but its last offset delta is {last_offset_delta}")]
    Count {
        /// Header field.
        records_count: i32,
        /// Header field.
        last_offset_delta: i32,
    },
}

/// Checks exactly one produced batch: length, magic 2, CRC32C (once), count. Does not decode records.
#[expect(clippy::todo, reason = "being built")]
pub fn check(bytes: &[u8]) -> Result<BatchHeader, BatchError> {
    let _ = bytes;
    todo!("storage")
}

/// x
pub fn all_keyed(bytes: &[u8], h: &BatchHeader) -> Result<bool, BatchError> { todo!() }
