//! Appending: checks, roll, one write.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::producers::Verdict;
use super::segment::SEGMENT_BYTES_MAX;
use super::{AppendError, Appended, Log, LogConfig, Segment, Writer};
use crate::batch::{BatchHeader, HEADER_BYTES, Patch, patched};
use crate::checkpoint::EpochStart;
use crate::disk::DiskFile;

/// New bytes after which the kernel is asked to begin writing them out. Left alone it gathers dirty pages for seconds
/// and then stalls every writer for hundreds of milliseconds; 1 MiB keeps its queue short and its requests large.
const WRITEBACK_BYTES: u64 = 1 << 20;

/// A range whose writing out should begin, once the lock is given up.
struct Writeback {
    file: Arc<dyn DiskFile>,
    position: u64,
    len: u64,
}

impl Log {
    /// Appends one batch that [`crate::batch::check`] accepted. Base offset and `leader_epoch` are written in place of the
    /// producer's; with `LogAppendTime` the attribute, the maximum timestamp and the CRC too. Does the idempotence check (last five batches).
    ///
    /// # Errors
    /// The producer's state forbids the batch, the log is offline, or writing failed; then nothing of the batch is visible.
    pub fn append(
        &self,
        header: &BatchHeader,
        batch: &[u8],
        leader_epoch: i32,
    ) -> Result<Appended, AppendError> {
        let config = self.config();
        let (appended, writeback) = {
            let mut writer = self.writer.lock();
            self.append_locked(&mut writer, &config, header, batch, leader_epoch)?
        };
        if let Some(w) = writeback
            && let Err(e) = w.file.start_writeback(w.position, w.len)
        {
            // Only a hint to the kernel; a real failure shows at the next fsync.
            tracing::debug!(log = %self.name(), error = %e, "cannot begin writing out");
        }
        if !appended.duplicate && config.flush_messages < i64::MAX {
            let unflushed = appended.last_offset + 1 - self.synced_offset_hint();
            if unflushed >= config.flush_messages {
                self.flush()?;
            }
        }
        Ok(appended)
    }

    fn synced_offset_hint(&self) -> i64 {
        self.synced.lock().offset
    }

    fn append_locked(
        &self,
        w: &mut Writer,
        config: &LogConfig,
        header: &BatchHeader,
        batch: &[u8],
        leader_epoch: i32,
    ) -> Result<(Appended, Option<Writeback>), AppendError> {
        if self.is_offline() {
            return Err(AppendError::Offline);
        }
        let end = self.end.load(Ordering::Relaxed);
        let (raw, records) = split(header, batch, end)?;
        let now = self.now_ms();
        let verdict = w
            .producers
            .check(header, now, config.producer_id_expiration_ms)?;
        if let Verdict::Duplicate {
            base_offset,
            last_offset,
        } = verdict
        {
            return Ok((self.appended(base_offset, last_offset, None, true), None));
        }
        let stamp = config.log_append_time.then_some(now);
        let (raw, stamped) = patched(
            header,
            raw,
            records,
            Patch {
                base_offset: end,
                leader_epoch,
                log_append_time_ms: stamp,
            },
        );
        let segment = self.segment_for(w, config, &stamped, now)?;
        let position = segment.size();
        let file = self.write(w, &segment, &[&raw, records])?;

        w.producers
            .note(&stamped, now, config.producer_id_expiration_ms);
        note_epoch(&mut w.epochs, leader_epoch, end);
        w.dirty_since_ms.get_or_insert(now);
        segment.grow(&stamped, config.index_interval_bytes, now);
        let last_offset = stamped.last_offset();
        self.end.store(last_offset + 1, Ordering::Release);
        let writeback = writeback_due(w, file, position + batch.len() as u64);
        Ok((self.appended(end, last_offset, stamp, false), writeback))
    }

    fn appended(
        &self,
        base_offset: i64,
        last_offset: i64,
        stamp: Option<i64>,
        duplicate: bool,
    ) -> Appended {
        Appended {
            base_offset,
            last_offset,
            log_append_time_ms: stamp.unwrap_or(-1),
            log_start_offset: self.start.load(Ordering::Relaxed),
            duplicate,
        }
    }

    /// Writes behind the segment's visible bytes. A failure leaves the file as it was, or is mended before the next write.
    fn write(
        &self,
        w: &mut Writer,
        segment: &Segment,
        parts: &[&[u8]],
    ) -> io::Result<Arc<dyn DiskFile>> {
        let file = segment.file(self.files(), self.dir(), false)?;
        let size = segment.size();
        mend(w, &*file, size)?;
        if let Err(e) = file.write_all_at(parts, size) {
            w.torn = file.set_len(size).is_err();
            return Err(e);
        }
        Ok(file)
    }

    /// The segment a batch goes to: the active one, or a new one when that is full, old, or does not exist.
    fn segment_for(
        &self,
        w: &mut Writer,
        config: &LogConfig,
        batch: &BatchHeader,
        now_ms: i64,
    ) -> io::Result<Arc<Segment>> {
        let active = self.segments.read().last().map(Arc::clone);
        match active {
            Some(active) if !must_roll(&active, config, batch, now_ms) => Ok(active),
            _ => self.roll(w, now_ms),
        }
    }

    /// Begins a new segment at the log's end. The old one keeps its index tail in memory if that cannot be written.
    pub(super) fn roll(&self, w: &mut Writer, now_ms: i64) -> io::Result<Arc<Segment>> {
        let dir = self.dir();
        let end = self.end.load(Ordering::Relaxed);
        let list = self.segments();
        if list.is_empty() {
            self.shared.env.disk.create_dir_all(dir)?;
            let made = self.shared.made.fetch_add(1, Ordering::AcqRel) + 1;
            self.made.store(made, Ordering::Release);
        }
        if let Some(old) = list.last().filter(|_| w.torn) {
            // Bytes behind the end of a segment that is not the last would cost the later ones at a recovery.
            mend(w, &*old.file(self.files(), dir, false)?, old.size())?;
        }
        let segment = Arc::new(Segment::empty(end, now_ms));
        let file = segment.file(self.files(), dir, true)?;
        if !file.is_empty()? {
            // Left by a failed attempt: it holds nothing that counts.
            file.set_len(0)?;
        }
        w.created = true;
        if let Some(old) = list.last() {
            if let Err(e) = old.write_index(self.files(), dir, true, false) {
                tracing::warn!(log = %self.name(), error = %e, "cannot write the index of a full segment yet");
            }
            if let Err(e) = self.write_snapshot(w, end) {
                tracing::warn!(log = %self.name(), error = %e, "cannot write a producer snapshot");
            }
        }
        let mut grown = Vec::with_capacity(list.len() + 1);
        grown.extend(list.iter().map(Arc::clone));
        grown.push(Arc::clone(&segment));
        *self.segments.write() = Arc::new(grown);
        w.written_back = 0;
        Ok(segment)
    }
}

/// Cuts off what a failed write may have left behind the end.
fn mend(w: &mut Writer, file: &dyn DiskFile, size: u64) -> io::Result<()> {
    if w.torn {
        file.set_len(size)?;
        w.torn = false;
    }
    Ok(())
}

/// The range to begin writing out, once enough gathered.
fn writeback_due(w: &mut Writer, file: Arc<dyn DiskFile>, written: u64) -> Option<Writeback> {
    let (position, len) = (w.written_back, written.saturating_sub(w.written_back));
    if len < WRITEBACK_BYTES {
        return None;
    }
    w.written_back = written;
    Some(Writeback {
        file,
        position,
        len,
    })
}

/// The header's bytes and the records', if `batch` is what `header` says and fits behind `end`.
fn split<'a>(
    header: &BatchHeader,
    batch: &'a [u8],
    end: i64,
) -> io::Result<(&'a [u8; HEADER_BYTES], &'a [u8])> {
    let invalid = |what| io::Error::new(io::ErrorKind::InvalidInput, what);
    let parts = batch
        .split_first_chunk::<HEADER_BYTES>()
        .filter(|_| header.size_bytes() == batch.len() as i64);
    let parts = parts.ok_or_else(|| invalid("batch is not as long as its header says"))?;
    let fits = header.last_offset_delta >= 0
        && end
            .checked_add(i64::from(header.last_offset_delta) + 1)
            .is_some();
    if fits {
        Ok(parts)
    } else {
        Err(invalid("no offsets are left for the batch"))
    }
}

/// `LogSegment.shouldRoll`. Age is that of the wall clock since the first append: times that producers choose must not
/// be able to make a segment of every batch.
fn must_roll(active: &Segment, config: &LogConfig, batch: &BatchHeader, now_ms: i64) -> bool {
    let size = active.size();
    if size == 0 {
        // An empty segment takes any batch, however large.
        return false;
    }
    let after = size + batch.size_bytes().cast_unsigned();
    let full = after > config.segment_bytes.min(SEGMENT_BYTES_MAX);
    let index_full = active.index_bytes() + 12 > config.segment_index_bytes;
    let far = batch.last_offset() - active.base > i64::from(i32::MAX);
    let old = now_ms.saturating_sub(active.state().created_ms) >= config.segment_ms;
    full || index_full || far || old
}

pub(super) fn note_epoch(epochs: &mut Vec<EpochStart>, epoch: i32, offset: i64) {
    if epochs.last().is_none_or(|last| epoch > last.epoch) {
        epochs.push(EpochStart { epoch, offset });
    }
}
