//! A log against a small model in memory: random operations from a seed, with crashes in any disk operation.

mod ops;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;

use self::ops::{Op, any_config, op};
use super::*;
use crate::batch::{BatchHeader, HEADER_BYTES, check};
use crate::clock::Clock as _;
use crate::disk::sim::{Crash, SimDisk};
use crate::files::read_exact;
use crate::logdir::LogDir;
use crate::testing::{Batch, TestClock};

/// One batch as the log must hold it.
#[derive(Debug, Clone)]
struct Stored {
    header: BatchHeader,
    records: Vec<u8>,
    times: Vec<i64>,
    sent: (BatchHeader, Vec<u8>),
    appended_ms: i64,
}

#[derive(Default)]
struct Model {
    /// In order of offset; some may lie below the start.
    batches: Vec<Stored>,
    start: i64,
    end: i64,
    /// A power loss takes nothing below.
    flushed: i64,
    /// The start does not go below, whatever happens.
    start_floor: i64,
}

struct World {
    clock: Arc<TestClock>,
    disk: SimDisk,
    config: LogConfig,
    logs: LogDir,
    log: Arc<Log>,
    model: Model,
    epoch: i32,
    /// The append that a crash interrupted.
    inflight: Option<Stored>,
    crash: Crash,
    /// Something is wrong with the disk: operations may fail.
    short: bool,
    /// Producer ids begin here; raised when a power loss took what the producers knew.
    producers: i64,
    mark: u64,
}

fn open(
    clock: &Arc<TestClock>,
    disk: &SimDisk,
    config: &LogConfig,
) -> io::Result<(LogDir, Arc<Log>)> {
    let env = Env {
        clock: Arc::clone(clock) as _,
        disk: Arc::new(disk.clone()),
    };
    // Few open files, so that closing and reopening happens all the time.
    let logs = LogDir::open_bounded(env, PathBuf::from("/logs"), 3)?;
    let (log, _) = logs.open_log("t", 0, config.clone())?;
    Ok((logs, log))
}

impl World {
    fn new(seed: u64, config: LogConfig) -> Self {
        let (clock, disk) = (Arc::new(TestClock::at(10_000_000)), SimDisk::new(seed));
        let (logs, log) = open(&clock, &disk, &config).unwrap();
        let model = Model::default();
        Self {
            clock,
            disk,
            config,
            logs,
            log,
            model,
            epoch: 0,
            inflight: None,
            crash: Crash::Kill,
            short: false,
            producers: 0,
            mark: 0,
        }
    }

    fn run(&mut self, op: &Op) {
        let result = self.apply(op);
        if self.disk.is_crashed() {
            self.recover();
        } else if let Err(e) = result {
            assert!(self.short, "{op:?} failed: {e}");
        }
        self.inflight = None;
        // What the log claims here is held against it when the power goes.
        self.model.flushed = self.model.flushed.max(self.log.recovery_point());
        assert_eq!(
            self.log.offsets(),
            (self.model.start, self.model.end),
            "after {op:?}"
        );
    }

    fn apply(&mut self, op: &Op) -> Result<(), Box<dyn std::error::Error>> {
        match op {
            Op::Append {
                count,
                value_bytes,
                producer,
                skew_ms,
                codec,
            } => {
                let batch = self.batch(*count, *value_bytes, *producer, *skew_ms, *codec);
                self.append(batch.build())?;
            }
            Op::Retry { producer, back } => self.retry(*producer, *back)?,
            Op::Gap { producer } => self.gap(*producer),
            Op::Read { at, max } => self.read(*at, *max)?,
            Op::Time { at } => self.look_up(*at)?,
            Op::DeleteBefore { at } => {
                let offset = self.offset_at(*at);
                // Interrupted, it may have come to pass or not.
                let start = self.log.delete_before(offset);
                self.model.start = self.log.offsets().0;
                assert!(start.is_err() || self.model.start >= offset);
                self.model.start_floor = self.model.start_floor.max(start?);
            }
            Op::Retention => self.retention()?,
            Op::Clock { by_ms } => self.set_clock(self.clock.now_ms() + by_ms),
            Op::Flush => {
                self.log.flush()?;
                self.model.flushed = self.model.end;
            }
            Op::Checkpoint => self.logs.checkpoint()?,
            Op::ReleaseFiles => self.log.release_files(),
            Op::CrashAfter { operations, power } => {
                self.crash = if *power {
                    Crash::PowerLoss
                } else {
                    Crash::Kill
                };
                self.disk.crash_after(*operations);
            }
            Op::CloseAndOpen => self.close_and_open()?,
            Op::Space { bytes } => {
                self.disk.set_space_left(*bytes);
                self.short |= bytes.is_some();
            }
            Op::Cuts { fail } => {
                self.disk.set_fail_cuts(*fail);
                self.short |= fail;
            }
            Op::Descriptors { max } => {
                self.disk.set_descriptors_max(*max);
                self.short |= max.is_some();
            }
        }
        Ok(())
    }

    /// Segments age by the clock of their last append, which is earlier than an older one's when the clock went back.
    fn set_clock(&mut self, now_ms: i64) {
        self.clock.set(now_ms);
        for b in &mut self.model.batches {
            b.appended_ms = b.appended_ms.min(now_ms);
        }
    }

    fn batch(
        &mut self,
        count: usize,
        value_bytes: usize,
        producer: i64,
        skew_ms: i64,
        codec: i16,
    ) -> Batch {
        self.mark += 1;
        let now = self.clock.now_ms();
        let timestamps: Vec<i64> = (0..count as i64)
            .map(|i| (now + skew_ms + i * 7 % 5).max(0))
            .collect();
        let producer = (producer > 0).then(|| {
            (
                self.producers + producer,
                0,
                self.next_sequence(self.producers + producer),
            )
        });
        Batch {
            producer,
            mark: self.mark,
            ..Batch::at(&timestamps).value_bytes(value_bytes).codec(codec)
        }
    }

    fn next_sequence(&self, id: i64) -> i32 {
        let last = self
            .model
            .batches
            .iter()
            .rev()
            .find(|b| b.header.producer_id == id);
        last.map_or(0, |b| b.header.base_sequence + b.header.records_count)
    }

    fn append(&mut self, (header, bytes): (BatchHeader, Vec<u8>)) -> Result<(), AppendError> {
        let now = self.clock.now_ms();
        let end = self.model.end;
        let stamp = self.config.log_append_time;
        let mut stored = BatchHeader {
            base_offset: end,
            leader_epoch: self.epoch,
            ..header
        };
        if stamp {
            stored.attributes |= 8;
            stored.max_timestamp = now;
        }
        let times = if stamp {
            vec![now; header.records_count as usize]
        } else {
            times_of(&header, &bytes)
        };
        let records = bytes[HEADER_BYTES..].to_vec();
        let stored = Stored {
            header: stored,
            records,
            times,
            sent: (header, bytes),
            appended_ms: now,
        };
        self.inflight = Some(stored.clone());
        let result = self.log.append(&header, &stored.sent.1, self.epoch);
        if self.log.offsets().1 > end {
            // Written and visible, even when the fsync after it failed.
            self.model.end = stored.header.last_offset() + 1;
            self.model.batches.push(stored);
            self.inflight = None;
        }
        let appended = result?;
        assert_eq!(
            (
                appended.base_offset,
                appended.last_offset,
                appended.duplicate
            ),
            (end, self.model.end - 1, false)
        );
        assert_eq!(appended.log_append_time_ms, if stamp { now } else { -1 });
        if self.model.end - self.model.flushed >= self.config.flush_messages {
            self.model.flushed = self.log.recovery_point();
            assert_eq!(self.model.flushed, self.model.end);
        }
        Ok(())
    }

    fn retry(&mut self, producer: i64, back: usize) -> Result<(), AppendError> {
        let id = self.producers + producer;
        let mut history = self
            .model
            .batches
            .iter()
            .rev()
            .filter(|b| b.header.producer_id == id);
        // What was deleted may be forgotten.
        let Some(again) = history
            .nth(back)
            .filter(|b| b.header.base_offset >= self.model.start)
        else {
            return Ok(());
        };
        let result = self.log.append(&again.sent.0, &again.sent.1, self.epoch);
        if back >= 5 {
            assert!(
                matches!(
                    result,
                    Err(AppendError::OutOfOrderSequence { .. }
                        | AppendError::Io(_)
                        | AppendError::Offline)
                ),
                "{result:?}"
            );
            return Ok(());
        }
        let appended = result?;
        assert!(appended.duplicate);
        assert_eq!(
            (appended.base_offset, appended.last_offset),
            (again.header.base_offset, again.header.last_offset())
        );
        Ok(())
    }

    fn gap(&mut self, producer: i64) {
        let id = self.producers + producer;
        let known = self
            .model
            .batches
            .iter()
            .any(|b| b.header.producer_id == id && b.header.base_offset >= self.model.start);
        if known {
            let sequence = self.next_sequence(id) + 1;
            let (header, bytes) = Batch::at(&[5]).producer(id, 0, sequence).build();
            let result = self.log.append(&header, &bytes, self.epoch);
            assert!(
                matches!(result, Err(AppendError::OutOfOrderSequence { found, expected, .. }) if found == sequence && expected == sequence - 1),
                "{result:?}"
            );
        }
    }

    fn offset_at(&self, at: u16) -> i64 {
        let (start, end) = (self.model.start, self.model.end);
        start + (end - start) * i64::from(at) / i64::from(u16::MAX)
    }

    /// One read, against the model. Returns where the next one begins.
    fn read_at(&self, offset: i64, max: u32) -> Result<i64, ReadError> {
        let slice = self.log.read(offset, max)?;
        let mut bytes = vec![0; slice.len as usize];
        read_exact(&*slice.file, &mut bytes, slice.position)?;
        let first = self
            .model
            .batches
            .partition_point(|b| b.header.last_offset() < offset);
        let mut expected = self.model.batches[first..].iter();
        let mut rest = &bytes[..];
        let mut next = offset;
        while !rest.is_empty() {
            let size = BatchHeader::parse(rest).unwrap().size_bytes() as usize;
            let found = check(&rest[..size]).expect("every stored batch has its CRC");
            let stored = expected.next().expect("no more batches than were appended");
            assert_eq!(
                BatchHeader { crc: 0, ..found },
                BatchHeader {
                    crc: 0,
                    ..stored.header
                }
            );
            assert_eq!(rest[HEADER_BYTES..size], stored.records);
            next = found.last_offset() + 1;
            rest = &rest[size..];
        }
        let one = self
            .model
            .batches
            .get(first)
            .map_or(0, |b| b.header.size_bytes());
        assert!(
            slice.len <= max || i64::from(slice.len) == one,
            "more than asked for"
        );
        assert_eq!(
            slice.len == 0,
            offset == self.model.end,
            "nothing at {offset}"
        );
        Ok(next)
    }

    fn read(&self, at: u16, max: u32) -> Result<(), ReadError> {
        self.read_at(self.offset_at(at), max)?;
        for outside in [self.model.start - 1, self.model.end + 1] {
            assert!(matches!(
                self.log.read(outside, max),
                Err(ReadError::OutOfRange { .. })
            ));
        }
        Ok(())
    }

    fn read_all(&self) -> Result<(), ReadError> {
        let mut at = self.model.start;
        while at < self.model.end {
            at = self.read_at(at, 700)?;
        }
        Ok(())
    }

    /// (offset, timestamp) of all records.
    fn records(&self) -> impl Iterator<Item = (i64, i64)> {
        let all = self
            .model
            .batches
            .iter()
            .flat_map(|b| (b.header.base_offset..).zip(b.times.iter().copied()));
        all.filter(|(offset, _)| *offset >= self.model.start)
    }

    fn look_up(&self, at: u16) -> io::Result<()> {
        let latest = self.records().map(|r| r.1).max().unwrap_or(0);
        let earliest = self.records().map(|r| r.1).min().unwrap_or(0);
        let ms = earliest + (latest + 2 - earliest) * i64::from(at) / i64::from(u16::MAX);
        let found = self
            .log
            .offset_for_time(ms)?
            .map(|f| (f.offset, f.timestamp_ms));
        assert_eq!(found, self.records().find(|r| r.1 >= ms), "first at {ms}");
        let max = self
            .log
            .max_timestamp()?
            .map(|f| (f.offset, f.timestamp_ms));
        assert_eq!(max, self.records().find(|r| r.1 == latest), "largest");
        Ok(())
    }

    fn retention(&mut self) -> io::Result<()> {
        let before = self.model.start;
        let result = self.log.enforce_retention();
        let (start, end) = self.log.offsets();
        assert!(start >= before && end == self.model.end);
        self.model.start = start;
        let now = self.clock.now_ms();
        let (by_time, by_size) = (
            self.config.retention_ms >= 0,
            self.config.retention_bytes >= 0,
        );
        assert!(by_time || by_size || start == before, "nothing may go");
        for gone in self.model.batches.iter().filter(|b| {
            b.header.last_offset() < start && b.header.base_offset >= before && !by_size
        }) {
            // A batch may share its segment with one from the future; they then age by when they were written.
            let since = gone.header.max_timestamp.min(gone.appended_ms);
            assert!(
                now - since > self.config.retention_ms,
                "{gone:?} went at {now}"
            );
        }
        result?;
        if !self.short {
            self.model.start_floor = self.model.start_floor.max(start);
            if by_size {
                let batches = self.model.batches.iter();
                let largest = batches.map(|b| b.header.size_bytes()).max().unwrap_or(0);
                let segment_max = self.config.segment_bytes.max(largest.cast_unsigned());
                let bound = self.config.retention_bytes.cast_unsigned() + 2 * segment_max;
                let kept = self.log.size_bytes();
                assert!(kept <= bound, "{kept} bytes kept, {bound} are allowed");
            }
        }
        Ok(())
    }

    fn close_and_open(&mut self) -> io::Result<()> {
        let closed = self.logs.close();
        if self.disk.is_crashed() {
            return closed;
        }
        self.disk = self.disk.reboot(Crash::Kill);
        let clean = closed.is_ok() && !self.short;
        if clean {
            self.model.flushed = self.model.end;
            self.model.start_floor = self.model.start;
        }
        self.reopen();
        assert!(!clean || self.logs.was_clean());
        self.survived(Crash::Kill);
        Ok(())
    }

    /// Brings the process back after a crash, sometimes crashing again in the middle of it.
    fn recover(&mut self) {
        self.disk = self.disk.reboot(self.crash);
        let crash = self.crash;
        for operations in [self.mark % 7, self.mark % 23] {
            self.disk.crash_after(operations);
            let _ = open(&self.clock, &self.disk, &self.config);
            // Only the first crash took the power: what recovery decided on must hold against the second kind too.
            self.disk = self.disk.reboot(crash);
        }
        self.reopen();
        self.survived(crash);
    }

    fn reopen(&mut self) {
        self.short = false;
        self.epoch += 1;
        (self.logs, self.log) =
            open(&self.clock, &self.disk, &self.config).expect("opens whatever happened");
    }

    /// Compares what came back with what may have been lost.
    fn survived(&mut self, crash: Crash) {
        let (start, end) = self.log.offsets();
        let model = &mut self.model;
        assert!(
            start >= model.start_floor,
            "start went back to {start} from {}",
            model.start_floor
        );
        model.batches.extend(self.inflight.take());
        let restarted = start == end && self.log.size_bytes() == 0;
        let at_boundary = end == 0
            || model
                .batches
                .iter()
                .any(|b| b.header.last_offset() + 1 == end);
        assert!(at_boundary || restarted, "cut inside a batch");
        let least = if crash == Crash::Kill {
            model.end
        } else {
            model.flushed
        };
        assert!(
            end >= least,
            "end {end} after {crash:?}, {least} was promised"
        );
        if crash == Crash::PowerLoss && (restarted || start > model.flushed) {
            // Whether the producers are known depends on which snapshot survived.
            self.producers += 10;
        }
        model.batches.retain(|b| b.header.last_offset() < end);
        (model.start, model.end) = (start, end);
        // Scanned segments count as written now.
        self.set_clock(self.clock.now_ms());
        self.read_all().unwrap();
        self.look_up(u16::MAX / 3).unwrap();
        self.epochs();
    }

    fn epochs(&self) {
        let kept = self
            .model
            .batches
            .iter()
            .filter(|b| b.header.last_offset() >= self.model.start);
        let mut starts = BTreeMap::new();
        for b in kept {
            starts
                .entry(b.header.leader_epoch)
                .or_insert(b.header.base_offset);
        }
        let Some(first) = starts.keys().next().copied() else {
            return;
        };
        for epoch in first..=self.epoch {
            let found = starts.range(..=epoch).next_back().map(|(e, _)| *e);
            let end = starts
                .range(epoch + 1..)
                .next()
                .map_or(self.model.end, |(_, s)| *s);
            assert_eq!(
                self.log.end_of_epoch(epoch),
                found.map(|e| (e, end)),
                "epoch {epoch}"
            );
        }
    }
}

/// The timestamps the builder gave to a batch's records.
fn times_of(header: &BatchHeader, bytes: &[u8]) -> Vec<i64> {
    let time = |i| {
        crate::records::first_record(header, &bytes[HEADER_BYTES..], i, i64::MIN)
            .unwrap()
            .unwrap()
            .1
    };
    (0..i64::from(header.records_count)).map(time).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 5000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_log_keeps_its_promises(seed in any::<u64>(), config in any_config(), ops in prop::collection::vec(op(), 1..120)) {
        let mut world = World::new(seed, config);
        for op in &ops {
            world.run(op);
        }
        world.disk.set_space_left(None);
        world.disk.set_descriptors_max(None);
        world.disk.set_fail_cuts(false);
        world.run(&Op::CloseAndOpen);
        world.read_all().unwrap();
    }
}
