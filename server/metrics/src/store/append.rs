//! What happens each minute, and when a topic or group is deleted.

use super::code::Scale;
use super::frames;
use super::head::{Head, window_of};
use super::wal::{self, Coded, Wal};
use super::{Inner, MINUTE_MAX, StoreError, Writer, io_error};
use crate::series::{Resource, Series};

impl Inner {
    pub(super) fn append(&self, minute: i64, samples: &[(Series, f64)]) -> Result<(), StoreError> {
        if !(0..=MINUTE_MAX).contains(&minute) {
            return Err(StoreError::Minute { minute });
        }
        self.relieve();
        let mut writer = self.writer.lock();
        if self.is_written(minute) {
            return Err(StoreError::Written { minute });
        }
        let coded = self.code(&mut writer, samples);
        self.save(&mut writer)?;
        self.turn(&mut writer, minute)?;
        if let (Some(wal), Some((start, seq))) = (&mut writer.wal, self.present_head()) {
            wal.append(&wal::encode(minute, &coded))
                .map_err(io_error("write", &wal::path(&self.dir, start, seq)))?;
        }
        let mut state = self.state.write();
        if let Some(head) = &mut state.head {
            head.push(minute, coded.into_iter());
        }
        Ok(())
    }

    fn present_head(&self) -> Option<(i64, u32)> {
        self.state.read().head.as_ref().map(|h| (h.start, h.seq))
    }

    fn is_written(&self, minute: i64) -> bool {
        let state = self.state.read();
        let closing = state.closing.iter().map(|h| &**h);
        closing.chain(&state.head).any(|h| h.has(minute))
            || state.blocks.iter().any(|b| b.has(minute))
    }

    /// Numbers and codes of samples. New series are numbered under the write lock; a minute mostly has none.
    fn code(&self, writer: &mut Writer, samples: &[(Series, f64)]) -> Vec<Coded> {
        let mut coded = Vec::with_capacity(samples.len());
        let mut new = Vec::new();
        {
            let state = self.state.read();
            for (series, value) in samples {
                let scale = Scale::of(series.metric.unit);
                let Some(code) = scale.encode(*value) else {
                    continue;
                };
                match state.table.find(series) {
                    Some(known) if known.ended.is_none() => coded.push((known.id, scale, code)),
                    _ => new.push((series, scale, code)),
                }
            }
        }
        let mut state = self.state.write();
        state.refused = 0;
        for (series, scale, code) in new {
            match state.table.number(series, &mut writer.unsaved) {
                Some(id) => coded.push((id, scale, code)),
                None => state.refused += 1,
            }
        }
        coded
    }

    /// Tells `series.log` of series that are new, came back or ended.
    fn save(&self, writer: &mut Writer) -> Result<(), StoreError> {
        if writer.unsaved.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::new();
        for payload in &writer.unsaved {
            frames::put(&mut bytes, payload);
        }
        let written = writer.log.write_all_at(&[&bytes], writer.log_len);
        if written.is_err() {
            // Best effort: the next write goes to the same place.
            let _ = writer.log.set_len(writer.log_len);
        }
        written.map_err(io_error("write", &self.dir.join(super::open::SERIES_LOG)))?;
        writer.log_len += bytes.len() as u64;
        self.state.write().table.logged += writer.unsaved.len();
        writer.unsaved.clear();
        Ok(())
    }

    /// Begins a new head when the minute does not go into the present one.
    fn turn(&self, writer: &mut Writer, minute: i64) -> Result<(), StoreError> {
        let takes = |head: &Head| head.takes(minute);
        if writer.wal.is_some() && self.state.read().head.as_ref().is_some_and(takes) {
            return Ok(());
        }
        let (start, seq) = (window_of(minute), writer.next_seq);
        let path = wal::path(&self.dir, start, seq);
        let wal = Wal::create(&*self.disk, &path).map_err(io_error("create", &path))?;
        writer.next_seq = seq.wrapping_add(1);
        writer.wal = Some(wal);
        self.state.write().close_head(Some(Head::new(start, seq)));
        Ok(())
    }

    pub(super) fn end(&self, resource: &Resource) -> Result<(), StoreError> {
        let mut writer = self.writer.lock();
        let now = self.now();
        let unsaved = &mut writer.unsaved;
        self.state.write().table.end(resource, now, unsaved);
        self.save(&mut writer)
    }

    pub(super) fn flush(&self) -> Result<(), StoreError> {
        let mut writer = self.writer.lock();
        self.save(&mut writer)?;
        let sync = |file: &dyn storage::disk::DiskFile| file.sync_data();
        sync(&*writer.log).map_err(io_error("sync", &self.dir))?;
        if let Some(wal) = &writer.wal {
            sync(&*wal.file).map_err(io_error("sync", &self.dir))?;
        }
        self.disk
            .sync_dir(&self.dir)
            .map_err(io_error("sync", &self.dir))
    }
}
