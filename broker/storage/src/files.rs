//! Open files, bounded in number; small files replaced whole.

use std::collections::VecDeque;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use crate::disk::{Disk, DiskFile};

/// Segment and index files held open over all logs. A process has some 20,000 descriptors and may hold several
/// times as many partitions; connections need theirs too.
pub(crate) const OPEN_FILES_MAX: usize = 4096;

/// The place of one file's descriptor; empty until the file is used and again after it lay idle.
#[derive(Debug, Default)]
pub(crate) struct FileSlot {
    file: Mutex<Option<Arc<dyn DiskFile>>>,
    /// Set by use, cleared by a passing sweep: a second chance.
    used: AtomicBool,
    /// Whether the ring knows this slot. Changed only under `file`'s lock.
    enlisted: AtomicBool,
}

impl FileSlot {
    /// Closes the file unless it was used since the last call.
    pub(crate) fn release_if_idle(&self) {
        if !self.used.swap(false, Ordering::Relaxed) {
            *self.file.lock() = None;
        }
    }
}

/// All open slots in a ring, closed by second chance when there are too many.
#[derive(Debug)]
pub(crate) struct FileCache {
    disk: Arc<dyn Disk>,
    limit: usize,
    ring: Mutex<VecDeque<Weak<FileSlot>>>,
}

impl FileCache {
    pub(crate) fn new(disk: Arc<dyn Disk>, limit: usize) -> Self {
        Self {
            disk,
            limit,
            ring: Mutex::default(),
        }
    }

    /// The slot's file, opened when it is not.
    pub(crate) fn open(
        &self,
        slot: &Arc<FileSlot>,
        path: impl FnOnce() -> PathBuf,
        create: bool,
    ) -> io::Result<Arc<dyn DiskFile>> {
        let mut held = slot.file.lock();
        slot.used.store(true, Ordering::Relaxed);
        if let Some(file) = &*held {
            return Ok(Arc::clone(file));
        }
        let file = self.open_once(&path(), create)?;
        *held = Some(Arc::clone(&file));
        if !slot.enlisted.swap(true, Ordering::Relaxed) {
            self.ring.lock().push_back(Arc::downgrade(slot));
        }
        drop(held);
        self.shrink_to(self.limit);
        Ok(file)
    }

    /// Opens a file that is not worth holding open.
    pub(crate) fn open_once(&self, path: &Path, create: bool) -> io::Result<Arc<dyn DiskFile>> {
        match self.disk.open(path, create) {
            Err(e) if is_out_of_descriptors(&e) => {
                // Others took the descriptors: give up half of ours and try once more.
                self.shrink_to(self.limit / 2);
                self.disk.open(path, create)
            }
            other => other,
        }
    }

    /// Closes idle files until at most `target` slots are enlisted. A slot in use right now is passed over.
    fn shrink_to(&self, target: usize) {
        let mut closed = Vec::new();
        let mut ring = self.ring.lock();
        let mut steps = 2 * ring.len();
        while ring.len() > target && steps > 0 {
            steps -= 1;
            let Some(weak) = ring.pop_front() else { break };
            let Some(slot) = weak.upgrade() else { continue };
            let second_chance = slot.used.swap(false, Ordering::Relaxed);
            match slot.file.try_lock() {
                Some(mut file) if !second_chance => {
                    closed.extend(file.take());
                    slot.enlisted.store(false, Ordering::Relaxed);
                }
                _ => ring.push_back(weak),
            }
        }
        drop(ring);
    }

    /// Slots the ring knows.
    #[cfg(test)]
    pub(crate) fn enlisted(&self) -> usize {
        self.ring.lock().len()
    }
}

/// Whether opening failed for want of descriptors.
pub(crate) fn is_out_of_descriptors(e: &io::Error) -> bool {
    let code = e.raw_os_error();
    code == Some(rustix::io::Errno::MFILE.raw_os_error())
        || code == Some(rustix::io::Errno::NFILE.raw_os_error())
}

/// Whether a write failed for want of space.
pub(crate) fn is_out_of_space(e: &io::Error) -> bool {
    matches!(
        e.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

/// Stands in where a slice holds no bytes and no segment exists.
#[derive(Debug)]
pub(crate) struct EmptyFile;

impl DiskFile for EmptyFile {
    fn read_at(&self, _: &mut [u8], _: u64) -> io::Result<usize> {
        Ok(0)
    }
    fn write_all_at(&self, _: &[&[u8]], _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
    fn len(&self) -> io::Result<u64> {
        Ok(0)
    }
    fn set_len(&self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }
    fn start_writeback(&self, _: u64, _: u64) -> io::Result<()> {
        Ok(())
    }
    fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

/// Fills as much of `buf` as the file holds from `position`; fewer bytes only at its end.
pub(crate) fn read_up_to(file: &dyn DiskFile, buf: &mut [u8], position: u64) -> io::Result<usize> {
    let mut done = 0;
    while done < buf.len() {
        match file.read_at(&mut buf[done..], position + done as u64)? {
            0 => break,
            n => done += n,
        }
    }
    Ok(done)
}

/// Fills `buf` or fails with `UnexpectedEof`.
pub(crate) fn read_exact(file: &dyn DiskFile, buf: &mut [u8], position: u64) -> io::Result<()> {
    if read_up_to(file, buf, position)? == buf.len() {
        Ok(())
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

/// A whole small file, refusing more than `max` bytes.
pub(crate) fn read_whole(disk: &dyn Disk, path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let file = disk.open(path, false)?;
    let len = file.len()?;
    if len > max {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!(
                "{} holds {len} bytes, at most {max} are expected",
                path.display()
            ),
        ));
    }
    let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
    let n = read_up_to(&*file, &mut bytes, 0)?;
    bytes.truncate(n);
    Ok(bytes)
}

/// Replaces `dir/name` so that after any crash it holds the old bytes or the new ones: write aside, fsync, rename, fsync the directory.
pub(crate) fn replace_durably(
    disk: &dyn Disk,
    dir: &Path,
    name: &str,
    bytes: &[u8],
) -> io::Result<()> {
    let aside = dir.join(format!("{name}.tmp"));
    let written = (|| {
        let file = disk.open(&aside, true)?;
        file.set_len(0)?;
        file.write_all_at(&[bytes], 0)?;
        file.sync_data()
    })();
    if let Err(e) = written {
        // A full disk must not be filled further by the remains.
        let _ = disk.remove_file(&aside);
        return Err(e);
    }
    disk.rename(&aside, &dir.join(name))?;
    disk.sync_dir(dir)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::OsDisk;

    #[test]
    fn open_files_are_bounded_and_reopened_when_needed() {
        let dir = tempfile::tempdir().unwrap();
        let cache = FileCache::new(Arc::new(OsDisk), 4);
        let slots: Vec<Arc<FileSlot>> = (0..20).map(|_| Arc::default()).collect();
        for round in 0..3u8 {
            for (i, slot) in slots.iter().enumerate() {
                let file = cache
                    .open(slot, || dir.path().join(i.to_string()), true)
                    .unwrap();
                file.write_all_at(&[&[round]], 0).unwrap();
                assert!(cache.enlisted() <= 5, "{}", cache.enlisted());
            }
        }
        let open = slots.iter().filter(|s| s.file.lock().is_some()).count();
        assert!(open <= 5, "{open}");
        // The first release takes the second chance away, the next one closes.
        for slot in &slots {
            slot.release_if_idle();
            slot.release_if_idle();
        }
        assert!(slots.iter().all(|s| s.file.lock().is_none()));
    }

    #[test]
    fn a_file_is_replaced_whole() {
        let dir = tempfile::tempdir().unwrap();
        replace_durably(&OsDisk, dir.path(), "f", b"long old text").unwrap();
        replace_durably(&OsDisk, dir.path(), "f", b"new").unwrap();
        assert_eq!(
            read_whole(&OsDisk, &dir.path().join("f"), 3).unwrap(),
            b"new"
        );
        let refused = read_whole(&OsDisk, &dir.path().join("f"), 2).unwrap_err();
        assert!(
            refused
                .to_string()
                .ends_with("holds 3 bytes, at most 2 are expected"),
            "{refused}"
        );
        assert_eq!(OsDisk.read_dir(dir.path()).unwrap().len(), 1);
    }
}
