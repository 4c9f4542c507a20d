//! Random operations and configurations.

use proptest::prelude::*;

use crate::log::LogConfig;
use crate::testing::config;

#[derive(Debug, Clone)]
pub(super) enum Op {
    /// `producer` 0 is none.
    Append {
        count: usize,
        value_bytes: usize,
        producer: i64,
        skew_ms: i64,
        codec: i16,
    },
    /// Sends the batch again that was the producer's `back`-th last.
    Retry {
        producer: i64,
        back: usize,
    },
    Gap {
        producer: i64,
    },
    Read {
        at: u16,
        max: u32,
    },
    Time {
        at: u16,
    },
    DeleteBefore {
        at: u16,
    },
    Retention,
    Clock {
        by_ms: i64,
    },
    Flush,
    Checkpoint,
    ReleaseFiles,
    CrashAfter {
        operations: u64,
        power: bool,
    },
    CloseAndOpen,
    Space {
        bytes: Option<u64>,
    },
    Cuts {
        fail: bool,
    },
    Descriptors {
        max: Option<usize>,
    },
}

pub(super) fn op() -> impl Strategy<Value = Op> {
    let append = (1..4usize, 0..400usize, 0..3i64, -50..50i64, 0..5i16).prop_map(
        |(count, value_bytes, producer, skew_ms, codec)| Op::Append {
            count,
            value_bytes,
            producer,
            skew_ms,
            codec,
        },
    );
    prop_oneof![
        20 => append,
        3 => (1..3i64, 0..6usize).prop_map(|(producer, back)| Op::Retry { producer, back }),
        1 => (1..3i64).prop_map(|producer| Op::Gap { producer }),
        4 => (any::<u16>(), 0..5000u32).prop_map(|(at, max)| Op::Read { at, max }),
        3 => any::<u16>().prop_map(|at| Op::Time { at }),
        1 => any::<u16>().prop_map(|at| Op::DeleteBefore { at }),
        2 => Just(Op::Retention),
        3 => prop_oneof![8 => 0..200i64, 1 => -1_000_000..1_000_000i64].prop_map(|by_ms| Op::Clock { by_ms }),
        3 => Just(Op::Flush),
        3 => Just(Op::Checkpoint),
        1 => Just(Op::ReleaseFiles),
        3 => (0..60u64, any::<bool>()).prop_map(|(operations, power)| Op::CrashAfter { operations, power }),
        1 => Just(Op::CloseAndOpen),
        1 => prop_oneof![2 => Just(None), 1 => (0..3000u64).prop_map(Some)].prop_map(|bytes| Op::Space { bytes }),
        1 => prop_oneof![2 => Just(None), 1 => (1..4usize).prop_map(Some)].prop_map(|max| Op::Descriptors { max }),
        1 => any::<bool>().prop_map(|fail| Op::Cuts { fail }),
    ]
}

pub(super) fn any_config() -> impl Strategy<Value = LogConfig> {
    let sizes = (
        400..4000u64,
        0..600u64,
        prop_oneof![Just(1 << 20), 20..200u64],
    );
    let ages = (
        prop_oneof![Just(i64::MAX), 50..2000i64],
        prop_oneof![Just(-1), 0..2000i64],
    );
    let rest = (
        prop_oneof![Just(-1), 0..8000i64],
        any::<bool>(),
        0..100i64,
        prop_oneof![Just(i64::MAX), 1..20i64],
    );
    (sizes, ages, rest).prop_map(
        |(
            (segment_bytes, index_interval_bytes, segment_index_bytes),
            (segment_ms, retention_ms),
            rest,
        )| {
            let (retention_bytes, log_append_time, file_delete_delay_ms, flush_messages) = rest;
            LogConfig {
                segment_bytes,
                segment_ms,
                segment_index_bytes,
                index_interval_bytes,
                retention_ms,
                retention_bytes,
                log_append_time,
                flush_messages,
                file_delete_delay_ms,
                // Forgetting has its own tests; here every forgotten producer is a failure.
                producer_id_expiration_ms: i64::MAX,
                ..config()
            }
        },
    )
}
