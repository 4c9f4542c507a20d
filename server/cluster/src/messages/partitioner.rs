//! The partition a key belongs to, as Kafka's Java client decides it (`BuiltInPartitioner.partitionForKey`, `Utils.murmur2`):
//! positive murmur2 of the key, modulo the number of partitions.
//!
//! Other clients may decide otherwise: librdkafka's default (`consistent_random`) is CRC32, Sarama's is FNV-1a. And a topic that
//! was given more partitions keeps older messages where the smaller number had put them.

/// The partition that Kafka's default partitioner gives this key. 0 when there are no partitions.
#[must_use]
pub fn partition_of(key: &[u8], partitions: usize) -> i32 {
    let partitions = i64::try_from(partitions).unwrap_or(i64::MAX).max(1);
    // Kafka's toPositive clears the sign bit; it does not negate.
    let positive = i64::from(murmur2(key) & 0x7fff_ffff);
    i32::try_from(positive % partitions).unwrap_or(0)
}

/// 32-bit murmur2 with Kafka's seed (`Utils.murmur2`).
#[must_use]
pub fn murmur2(bytes: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const MULTIPLIER: u32 = 0x5bd1_e995;
    const SHIFT: u32 = 24;

    // Java's length is an int; an array there holds no more.
    #[allow(clippy::cast_possible_truncation)]
    let length = bytes.len() as u32;
    let mut hash = SEED ^ length;
    let (words, tail) = bytes.as_chunks::<4>();
    for word in words {
        let mut mixed = u32::from_le_bytes(*word).wrapping_mul(MULTIPLIER);
        mixed ^= mixed >> SHIFT;
        hash = hash.wrapping_mul(MULTIPLIER) ^ mixed.wrapping_mul(MULTIPLIER);
    }
    if !tail.is_empty() {
        for (at, byte) in tail.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * at);
        }
        hash = hash.wrapping_mul(MULTIPLIER);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(MULTIPLIER);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of Apache Kafka's own test, `UtilsTest.testMurmur2`.
    #[test]
    fn hashes_are_kafkas() {
        for (key, hash) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            (
                "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
                -58_897_971,
            ),
            ("abc", 479_470_107),
        ] {
            assert_eq!(murmur2(key.as_bytes()), i32::cast_unsigned(hash), "{key}");
        }
    }

    #[test]
    fn a_key_stays_in_range_and_in_place() {
        for count in [1, 2, 3, 7, 100, 10_000] {
            for key in 0..500u32 {
                let partition = partition_of(&key.to_le_bytes(), count);
                assert!((0..count as i32).contains(&partition));
            }
        }
        // A negative hash loses its sign bit: -973932308 & 0x7fffffff = 1173551340.
        assert_eq!(partition_of(b"21", 7), 1_173_551_340 % 7);
        assert_eq!(partition_of(b"anything", 0), 0);
        assert_eq!(partition_of(b"", 1), 0);
    }
}
