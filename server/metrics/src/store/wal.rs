//! What a head holds, as it came: one frame a minute, so that a killed process loses at most the minute it was writing.
//!
//! `head-<window>-<seq>.wal`. A frame is the minute, how many samples, and for each the difference of its series' number to
//! the one before and its code. Codes stand for themselves: a damaged frame costs its own minute only.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use storage::disk::{Disk, DiskFile};

use super::code::{Reader, Scale, put, put_signed};
use super::frames::{self, Frames};
use super::head::{Head, window_of};
use super::table::SERIES_MAX;

/// A sample as it is kept: the series' number, how its values become codes, the code.
pub(super) type Coded = (u32, Scale, i64);

/// The name of a head's log.
pub(super) fn path(dir: &Path, start: i64, seq: u32) -> PathBuf {
    dir.join(format!("head-{start}-{seq}.wal"))
}

/// The window and sequence number in such a name.
pub(super) fn parse(name: &str) -> Option<(i64, u32)> {
    let (start, seq) = name
        .strip_prefix("head-")?
        .strip_suffix(".wal")?
        .rsplit_once('-')?;
    let (start, seq) = (start.parse().ok()?, seq.parse().ok()?);
    (window_of(start) == start && name == format!("head-{start}-{seq}.wal")).then_some((start, seq))
}

/// A minute as a payload.
pub(super) fn encode(minute: i64, samples: &[Coded]) -> Vec<u8> {
    let mut out = Vec::with_capacity(8 + samples.len() * 5);
    put_signed(&mut out, minute);
    put(&mut out, samples.len() as u64);
    let mut before = 0;
    for (id, _, code) in samples {
        put_signed(&mut out, i64::from(*id) - before);
        put_signed(&mut out, *code);
        before = i64::from(*id);
    }
    out
}

/// The minute of a payload, and its samples of series that are known.
fn decode(payload: &[u8], scales: &HashMap<u32, Scale>) -> Option<(i64, Vec<Coded>, u32)> {
    let mut reader = Reader(payload);
    let minute = reader.signed()?;
    let len = usize::try_from(reader.number()?).ok()?;
    if len > SERIES_MAX {
        return None;
    }
    let mut samples = Vec::with_capacity(len.min(payload.len()));
    let (mut before, mut id_max) = (0_i64, 0);
    for _ in 0..len {
        before = before.checked_add(reader.signed()?)?;
        let id = u32::try_from(before).ok()?;
        let code = reader.signed()?;
        id_max = id_max.max(id);
        if let Some(scale) = scales.get(&id) {
            samples.push((id, *scale, code));
        }
    }
    Some((minute, samples, id_max))
}

/// The log of the present head, open for writing.
#[derive(Debug)]
pub(super) struct Wal {
    pub(super) file: Arc<dyn DiskFile>,
    /// Where the next frame goes.
    pub(super) len: u64,
}

impl Wal {
    pub(super) fn create(disk: &dyn Disk, path: &Path) -> io::Result<Self> {
        let file = disk.open(path, true)?;
        file.set_len(0)?;
        Ok(Self { file, len: 0 })
    }

    /// Appends a frame. After an error the file is as it was before, or the next frame overwrites what is too much.
    pub(super) fn append(&mut self, payload: &[u8]) -> io::Result<()> {
        let mut frame = Vec::with_capacity(payload.len() + 16);
        frames::put(&mut frame, payload);
        let written = self.file.write_all_at(&[&frame], self.len);
        if written.is_err() {
            // Best effort: a torn tail is cut at the next start as well.
            let _ = self.file.set_len(self.len);
        }
        written?;
        self.len += frame.len() as u64;
        Ok(())
    }
}

/// A log read back.
#[derive(Debug)]
pub(super) struct Recovered {
    pub(super) head: Head,
    pub(super) wal: Wal,
    /// There was something between frames, or a frame that makes no sense.
    pub(super) is_damaged: bool,
    /// The largest number of a series met.
    pub(super) id_max: u32,
}

/// Reads a log back and cuts a torn tail.
pub(super) fn recover(
    file: Arc<dyn DiskFile>,
    start: i64,
    seq: u32,
    scales: &HashMap<u32, Scale>,
) -> io::Result<Recovered> {
    let mut head = Head::new(start, seq);
    let mut frames = Frames::of(Arc::clone(&file));
    let (mut is_damaged, mut id_max) = (false, 0);
    while let Some(payload) = frames.next()? {
        match decode(payload, scales) {
            Some((minute, samples, id)) if head.takes(minute) => {
                head.push(minute, samples.into_iter());
                id_max = id_max.max(id);
            }
            _ => is_damaged = true,
        }
    }
    is_damaged |= frames.is_damaged();
    let len = frames.good_end();
    if file.len()? > len {
        file.set_len(len)?;
    }
    Ok(Recovered {
        head,
        wal: Wal { file, len },
        is_damaged,
        id_max,
    })
}
