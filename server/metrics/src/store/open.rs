//! What happens at a start.

use std::path::Path;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use storage::clock::Clock;
use storage::disk::{Disk, DiskFile};

use super::block::{self, Block, Fault, Kind};
use super::frames::{self, Frames};
use super::table::{Loading, Table};
use super::wal;
use super::{Doing, Inner, Options, SET_ASIDE_MAX, State, StoreError, Writer, io_error};

/// The file that knows the series.
pub(super) const SERIES_LOG: &str = "series.log";

/// What ends the name of a file that was set aside.
pub(super) const DAMAGED: &str = ".damaged";

/// What ends the name of a file that is not yet whole.
pub(super) const UNFINISHED: &str = ".tmp";

/// How much is copied at once.
const COPY_BYTES: usize = 1 << 20;

impl Inner {
    pub(super) fn open(
        dir: &Path,
        disk: Arc<dyn Disk>,
        clock: Arc<dyn Clock>,
        options: Options,
    ) -> Result<Self, StoreError> {
        disk.create_dir_all(dir).map_err(io_error("create", dir))?;
        let names = names_of(&*disk, dir)?;
        for name in names.iter().filter(|name| name.ends_with(UNFINISHED)) {
            let path = dir.join(name);
            disk.remove_file(&path).map_err(io_error("remove", &path))?;
        }
        let mut state = State::default();
        let set_aside = names.iter().filter(|name| name.ends_with(DAMAGED));
        state.set_aside = set_aside.take(SET_ASIDE_MAX).cloned().collect();
        let (table, log, log_len) = load_series(&*disk, dir, &mut state.set_aside)?;
        state.table = table;
        let inner = Self {
            dir: dir.to_owned(),
            disk,
            clock,
            options,
            writer: Mutex::new(Writer {
                log,
                log_len,
                unsaved: Vec::new(),
                wal: None,
                next_seq: 0,
            }),
            state: RwLock::new(state),
            chores: Mutex::default(),
        };
        inner.load_blocks(&names)?;
        inner.recover(&names);
        inner.measure()?;
        Ok(inner)
    }

    /// Opens all blocks; what is no block is set aside.
    fn load_blocks(&self, names: &[String]) -> Result<(), StoreError> {
        for (kind, start, seq) in names.iter().filter_map(|name| block::parse(name)) {
            let path = self.dir.join(block::name(kind, start, seq));
            self.take_seq(seq);
            match Block::open(&*self.disk, path.clone(), (kind, start, seq)) {
                Ok(block) => {
                    let id_max = block.id_max(&*self.disk);
                    let mut state = self.state.write();
                    let below = id_max.map_or(0, |id| id.saturating_add(1));
                    state.table.take_below(below);
                    state.blocks.push(Arc::new(block));
                }
                Err(Fault::Damaged) => {
                    tracing::warn!(file = %path.display(), "a file of metrics is damaged and set aside");
                    self.set_aside(&path)?;
                }
                Err(Fault::Io(error)) => return Err(io_error("read", &path)(error)),
            }
        }
        Ok(())
    }

    fn take_seq(&self, seq: u32) {
        let mut writer = self.writer.lock();
        writer.next_seq = writer.next_seq.max(seq.wrapping_add(1));
    }

    /// Reads the logs of heads back, the oldest first; the last one goes on. One that cannot be read is left for the next
    /// start.
    fn recover(&self, names: &[String]) {
        let mut wals: Vec<(u32, i64)> = names
            .iter()
            .filter_map(|name| wal::parse(name))
            .map(|(start, seq)| (seq, start))
            .collect();
        wals.sort_unstable();
        for (at, (seq, start)) in wals.iter().enumerate() {
            self.take_seq(*seq);
            let recovered = self.recover_one(*start, *seq, at + 1 == wals.len());
            self.note(Doing::Chores, &recovered);
            self.relieve();
        }
    }

    fn recover_one(&self, start: i64, seq: u32, is_last: bool) -> Result<(), StoreError> {
        let path = wal::path(&self.dir, start, seq);
        let is_block = |b: &Arc<Block>| b.kind == Kind::Minutes && b.start == start && b.seq == seq;
        if self.state.read().blocks.iter().any(is_block) {
            // Killed after the block was made of it.
            return self.remove(&path);
        }
        let scales = self.state.read().table.scales();
        let found = self
            .disk
            .open(&path, false)
            .and_then(|file| wal::recover(file, start, seq, &scales))
            .map_err(io_error("read", &path))?;
        if found.is_damaged {
            let copied = copy_aside(&*self.disk, &path)?;
            tracing::warn!(file = %path.display(), "a log of metrics is damaged; a copy is kept and the rest of it used");
            self.state.write().set_aside(copied);
        }
        let mut writer = self.writer.lock();
        let mut state = self.state.write();
        state.table.take_below(found.id_max.saturating_add(1));
        let newest = found.head.columns.iter();
        let newest: Vec<_> = newest.map(|(id, c)| (*id, c.newest)).collect();
        state.newest.extend(newest);
        // A damaged one is not written on: it becomes a block as it is.
        if is_last && !found.is_damaged {
            state.head = Some(found.head);
            writer.wal = Some(found.wal);
        } else {
            state.closing.push(Arc::new(found.head));
        }
        Ok(())
    }
}

impl State {
    /// Remembers a file that was set aside.
    pub(super) fn set_aside(&mut self, name: String) {
        self.set_aside.retain(|n| *n != name);
        if self.set_aside.len() >= SET_ASIDE_MAX {
            self.set_aside.remove(0);
        }
        self.set_aside.push(name);
    }
}

/// The names of all files of a directory.
pub(super) fn names_of(disk: &dyn Disk, dir: &Path) -> Result<Vec<String>, StoreError> {
    let entries = disk.read_dir(dir).map_err(io_error("list", dir))?;
    let files = entries.into_iter().filter(|entry| !entry.is_dir);
    let mut names: Vec<String> = files.map(|entry| entry.name).collect();
    names.sort_unstable();
    Ok(names)
}

type Loaded = (Table, Arc<dyn DiskFile>, u64);

/// Reads `series.log`, cuts a torn tail, and writes the file anew when it is damaged.
fn load_series(
    disk: &dyn Disk,
    dir: &Path,
    set_aside: &mut Vec<String>,
) -> Result<Loaded, StoreError> {
    let path = dir.join(SERIES_LOG);
    let failed = || io_error("read", &path);
    let file = disk.open(&path, true).map_err(failed())?;
    let mut frames = Frames::of(Arc::clone(&file));
    let mut loading = Loading::default();
    while let Some(payload) = frames.next().map_err(failed())? {
        loading.take(payload);
    }
    let mut table = loading.done();
    if frames.is_damaged() {
        set_aside.push(copy_aside(disk, &path)?);
        tracing::warn!(file = %path.display(), "the list of series is damaged; a copy is kept and the rest of it used");
        let payloads = table.payloads();
        let (file, len) = write_series(disk, dir, &payloads)?;
        table.logged = payloads.len();
        return Ok((table, file, len));
    }
    let len = frames.good_end();
    if file.len().map_err(failed())? > len {
        file.set_len(len).map_err(io_error("cut", &path))?;
    }
    Ok((table, file, len))
}

/// Writes `series.log` anew, in place of the old one.
pub(super) fn write_series(
    disk: &dyn Disk,
    dir: &Path,
    payloads: &[Vec<u8>],
) -> Result<(Arc<dyn DiskFile>, u64), StoreError> {
    let path = dir.join(SERIES_LOG);
    let unfinished = dir.join(format!("{SERIES_LOG}{UNFINISHED}"));
    let mut bytes = Vec::new();
    for payload in payloads {
        frames::put(&mut bytes, payload);
    }
    let written = (|| {
        let file = disk.open(&unfinished, true)?;
        file.set_len(0)?;
        file.write_all_at(&[&bytes], 0)?;
        file.sync_data()?;
        disk.rename(&unfinished, &path)?;
        disk.sync_dir(dir)?;
        Ok(file)
    })();
    let file = written.map_err(io_error("write", &path))?;
    Ok((file, bytes.len() as u64))
}

/// Copies a damaged file, so that the copy can be looked at; the copy's name.
pub(super) fn copy_aside(disk: &dyn Disk, path: &Path) -> Result<String, StoreError> {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("file");
    let name = format!("{name}{DAMAGED}");
    let to = path.with_file_name(&name);
    let copied = (|| {
        let from = disk.open(path, false)?;
        let file = disk.open(&to, true)?;
        file.set_len(0)?;
        let (mut at, mut buf) = (0, vec![0; COPY_BYTES]);
        loop {
            let read = from.read_at(&mut buf, at)?;
            if read == 0 {
                return Ok(());
            }
            file.write_all_at(&[&buf[..read]], at)?;
            at += read as u64;
        }
    })();
    copied.map_err(io_error("set aside", path))?;
    Ok(name)
}
