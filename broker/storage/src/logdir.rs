//! The directory of all partitions.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use parking_lot::Mutex;

use crate::checkpoint::{self, LogFacts};
use crate::clock::JumpGuard;
use crate::disk::Disk;
use crate::files::{EmptyFile, FileCache, OPEN_FILES_MAX, read_whole, replace_durably};
use crate::log::{Env, Log, LogConfig, Opened, Shared, open_clean, open_unclean};

const CHECKPOINT: &str = "checkpoint";
/// Holds the CRC of the checkpoint that was written when the last process ended cleanly.
const CLEAN_MARKER: &str = ".clean-shutdown";
/// Directories of deleted logs until they are removed. No log's directory looks so: those end in `-<partition>`.
const GRAVE_PREFIX: &str = "deleted.";
const CHECKPOINT_BYTES_MAX: u64 = 1 << 30;

/// What opening one log found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Bytes scanned because no clean shutdown covered them.
    pub scanned_bytes: u64,
    /// Bytes cut off at the first bad batch.
    pub truncated_bytes: u64,
}

/// The root of all logs: `<root>/<topic>-<partition>/…`, the checkpoint file and the clean-shutdown marker.
#[derive(Debug)]
pub struct LogDir {
    shared: Arc<Shared>,
    clean: bool,
    state: Mutex<State>,
    /// CRC of the checkpoint on disk. Held while one is written.
    written: Mutex<Option<u32>>,
}

#[derive(Debug, Default)]
struct State {
    /// Open logs by directory name.
    logs: HashMap<Box<str>, Arc<Log>>,
    /// Directories found at start and not opened yet, with what the checkpoint says of them.
    found: HashMap<String, Option<LogFacts>>,
    /// Names being opened right now.
    opening: HashSet<String>,
    /// Names deleted since the last checkpoint, which still speaks of them: a new log of the same name must not be
    /// taken for the old one.
    buried: HashSet<String>,
    graves: u64,
    /// The configuration most logs have, shared between them.
    config: Option<Arc<LogConfig>>,
    closed: bool,
}

impl LogDir {
    /// Reads the checkpoint and the clean marker (and removes the marker, so that a crash during start recovers again).
    ///
    /// # Errors
    /// The root cannot be made, listed or written to.
    pub fn open(env: Env, root: PathBuf) -> io::Result<Self> {
        Self::open_bounded(env, root, OPEN_FILES_MAX)
    }

    /// As [`LogDir::open`], holding at most `open_files_max` segment and index files open.
    ///
    /// # Errors
    /// As [`LogDir::open`].
    pub fn open_bounded(env: Env, root: PathBuf, open_files_max: usize) -> io::Result<Self> {
        let disk = Arc::clone(&env.disk);
        disk.create_dir_all(&root)?;
        let above = root.parent().map(|p| {
            if p.as_os_str().is_empty() {
                Path::new(".")
            } else {
                p
            }
        });
        if let Some(above) = above {
            // A root just made must not be lost with all that is synced inside it.
            disk.sync_dir(above)?;
        }
        let (mut facts, crc) = read_checkpoint(&*disk, &root)?;
        let marker = read_whole(&*disk, &root.join(CLEAN_MARKER), 64).ok();
        let clean = crc.is_some_and(|crc| marker.as_deref() == Some(marker_text(crc).as_bytes()));
        if marker.is_some() {
            disk.remove_file(&root.join(CLEAN_MARKER))?;
        }
        // Directories that a killed process made may be known to the page cache only.
        disk.sync_dir(&root)?;
        let mut state = State::default();
        for entry in disk.read_dir(&root)? {
            if !entry.is_dir {
                continue;
            }
            if entry.name.starts_with(GRAVE_PREFIX) {
                disk.remove_dir_all(&root.join(&entry.name))?;
            } else if parse_name(&entry.name).is_some() {
                let known = facts.remove(&entry.name);
                state.found.insert(entry.name, known);
            }
        }
        let files = FileCache::new(disk, open_files_max);
        let shared = Arc::new(Shared {
            env,
            root,
            files,
            empty: Arc::new(EmptyFile),
            jumps: JumpGuard::default(),
            made: AtomicU64::new(0),
            made_durable: Mutex::new(0),
        });
        Ok(Self {
            shared,
            clean,
            state: Mutex::new(state),
            written: Mutex::new(crc),
        })
    }

    /// Whether the last process ended cleanly.
    pub fn was_clean(&self) -> bool {
        self.clean
    }

    /// Opens or makes the log of one partition. A partition nobody wrote to has no directory: nothing is created until the first append.
    /// A log that is open already is given out again, as it is.
    ///
    /// # Errors
    /// The name cannot be a directory's, the files cannot be read or mended, or the same log is being opened elsewhere.
    pub fn open_log(
        &self,
        topic: &str,
        partition: i32,
        config: LogConfig,
    ) -> io::Result<(Arc<Log>, Recovered)> {
        let name = dir_name(topic, partition)?;
        if self.state.lock().buried.contains(&name) {
            self.checkpoint()?;
        }
        let (found, config) = {
            let mut state = self.state.lock();
            if state.closed {
                return Err(io::Error::other("log directory is closed"));
            }
            if let Some(log) = state.logs.get(name.as_str()) {
                return Ok((Arc::clone(log), Recovered::default()));
            }
            if !state.opening.insert(name.clone()) {
                return Err(io::Error::new(
                    io::ErrorKind::ResourceBusy,
                    format!("log {name} is being opened"),
                ));
            }
            (state.found.get(&name).cloned(), state.shared_config(config))
        };
        let opened = self.open_found(&name, &config, found);
        let mut state = self.state.lock();
        state.opening.remove(&name);
        let opened = opened?;
        let recovered = opened.recovered;
        let log = Arc::new(Log::new(Arc::clone(&self.shared), &name, config, opened));
        state.found.remove(&name);
        state.logs.insert(name.into(), Arc::clone(&log));
        Ok((log, recovered))
    }

    fn open_found(
        &self,
        name: &str,
        config: &LogConfig,
        found: Option<Option<LogFacts>>,
    ) -> io::Result<Opened> {
        let Some(facts) = found else {
            return Ok(Opened::empty());
        };
        if let Some(facts) = facts.as_ref().filter(|_| self.clean)
            && let Some(opened) = open_clean(&self.shared, name, facts)
        {
            return Ok(opened);
        }
        let opened = open_unclean(&self.shared, name, config, facts.as_ref())?;
        if opened.recovered.truncated_bytes > 0 {
            tracing::warn!(
                log = name,
                bytes = opened.recovered.truncated_bytes,
                "cut the log at the first bad batch"
            );
        }
        Ok(opened)
    }

    /// Takes a log out of service and removes its directory (renamed first, so that a crash cannot bring it back). Open readers finish.
    ///
    /// # Errors
    /// The directory cannot be renamed; calling again tries again. Failing to remove it afterwards is made up for at the next start.
    pub fn delete_log(&self, topic: &str, partition: i32) -> io::Result<()> {
        let name = dir_name(topic, partition)?;
        let mut state = self.state.lock();
        if let Some(log) = state.logs.get(name.as_str()) {
            log.take_offline();
        }
        let grave = self.bury(&mut state, &name)?;
        drop(state);
        self.dig(grave)
    }

    /// Renames a log's directory away and forgets the log. The grave is `None` when there was no directory.
    fn bury(&self, state: &mut State, name: &str) -> io::Result<Option<PathBuf>> {
        let root = &self.shared.root;
        let grave = root.join(format!("{GRAVE_PREFIX}{}", state.graves));
        let renamed = match self.shared.env.disk.rename(&root.join(name), &grave) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            other => {
                other?;
                state.graves += 1;
                Some(grave)
            }
        };
        state.logs.remove(name);
        state.found.remove(name);
        state.buried.insert(name.to_owned());
        Ok(renamed)
    }

    fn dig(&self, grave: Option<PathBuf>) -> io::Result<()> {
        let Some(grave) = grave else { return Ok(()) };
        self.shared.env.disk.sync_dir(&self.shared.root)?;
        if let Err(e) = self.shared.env.disk.remove_dir_all(&grave) {
            tracing::warn!(directory = %grave.display(), error = %e, "cannot remove a deleted log yet");
        }
        Ok(())
    }

    /// Removes partition directories that `keep` does not know (left by a crash during a deletion); returns their names.
    ///
    /// # Errors
    /// A directory cannot be renamed.
    pub fn remove_strangers(&self, keep: &dyn Fn(&str, i32) -> bool) -> io::Result<Vec<String>> {
        let is_stranger = |name: &&String| {
            parse_name(name).is_some_and(|(topic, partition)| !keep(topic, partition))
        };
        let mut state = self.state.lock();
        let mut names: Vec<String> = state.found.keys().filter(is_stranger).cloned().collect();
        names.sort_unstable();
        let mut graves = Vec::new();
        for name in &names {
            graves.push(self.bury(&mut state, name)?);
        }
        drop(state);
        for grave in graves {
            self.dig(grave)?;
        }
        Ok(names)
    }

    /// Flushes the logs whose oldest unflushed append is older than their `flush.ms`, or than `age_ms_max`.
    /// All are tried; the first error is returned.
    ///
    /// # Errors
    /// As [`Log::flush`].
    pub fn flush_older(&self, age_ms_max: i64) -> io::Result<()> {
        let flushed = of_each(&self.open_logs(), |log| log.flush_if_older(age_ms_max));
        flushed.into_iter().find(Result::is_err).unwrap_or(Ok(()))
    }

    /// Writes recovery points and log start offsets of all open logs in one atomic file.
    ///
    /// # Errors
    /// The file cannot be written; the old one then stays in force.
    pub fn checkpoint(&self) -> io::Result<()> {
        let mut written = self.written.lock();
        if self.state.lock().closed {
            return Ok(());
        }
        self.write_checkpoint(&mut written, Log::facts).map(|_| ())
    }

    /// Writes what `facts` says of each open log, and what was read of those not opened yet.
    fn write_checkpoint(
        &self,
        written: &mut Option<u32>,
        facts: impl Fn(&Log) -> io::Result<Option<LogFacts>> + Sync,
    ) -> io::Result<u32> {
        let (logs, buried) = (
            self.open_logs(),
            std::mem::take(&mut self.state.lock().buried),
        );
        let mut lines = String::new();
        for ((name, _), facts) in logs.iter().zip(of_each(&logs, facts)) {
            match facts {
                Ok(Some(facts)) => checkpoint::write_line(&mut lines, name, &facts),
                Ok(None) => {}
                // Without a line the log is scanned whole at the next start.
                Err(e) => tracing::warn!(log = &**name, error = %e, "cannot checkpoint a log"),
            }
        }
        self.write_unopened(&mut lines);
        let (text, crc) = checkpoint::finish(&lines);
        if *written != Some(crc) {
            let replaced = replace_durably(
                &*self.shared.env.disk,
                &self.shared.root,
                CHECKPOINT,
                text.as_bytes(),
            );
            if let Err(e) = replaced {
                self.state.lock().buried.extend(buried);
                return Err(e);
            }
            *written = Some(crc);
        }
        Ok(crc)
    }

    fn write_unopened(&self, lines: &mut String) {
        let state = self.state.lock();
        let mut unopened: Vec<_> = state
            .found
            .iter()
            .filter_map(|(name, facts)| Some((name, facts.as_ref()?)))
            .collect();
        unopened.sort_unstable_by_key(|(name, _)| *name);
        for (name, facts) in unopened {
            checkpoint::write_line(lines, name, facts);
        }
    }

    /// Open logs in order of name.
    fn open_logs(&self) -> Vec<(Box<str>, Arc<Log>)> {
        let mut logs: Vec<_> = self
            .state
            .lock()
            .logs
            .iter()
            .map(|(name, log)| (name.clone(), Arc::clone(log)))
            .collect();
        logs.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        logs
    }

    /// Flushes everything, writes snapshots, indexes and the clean-shutdown marker. Appends fail afterwards.
    ///
    /// # Errors
    /// The checkpoint or the marker cannot be written; the next start then recovers. A single log that cannot be closed
    /// is scanned at the next start and does not spoil the others.
    pub fn close(&self) -> io::Result<()> {
        let mut written = self.written.lock();
        if std::mem::replace(&mut self.state.lock().closed, true) {
            return Ok(());
        }
        let crc = self.write_checkpoint(&mut written, Log::close)?;
        replace_durably(
            &*self.shared.env.disk,
            &self.shared.root,
            CLEAN_MARKER,
            marker_text(crc).as_bytes(),
        )
    }

    /// The directory all logs are in.
    pub fn root(&self) -> &Path {
        &self.shared.root
    }
}

impl State {
    fn shared_config(&mut self, config: LogConfig) -> Arc<LogConfig> {
        match &self.config {
            Some(shared) if **shared == config => Arc::clone(shared),
            _ => {
                let fresh = Arc::new(config);
                self.config = Some(Arc::clone(&fresh));
                fresh
            }
        }
    }
}

/// Threads that fsync side by side: the file system's journal commits for all of them at once.
const SYNC_THREADS: usize = 8;

/// The answer of `job` for each log, in the order of `logs`; on several threads when they are many.
fn of_each<T: Send>(logs: &[(Box<str>, Arc<Log>)], job: impl Fn(&Log) -> T + Sync) -> Vec<T> {
    let run =
        |part: &[(Box<str>, Arc<Log>)]| part.iter().map(|(_, log)| job(log)).collect::<Vec<T>>();
    if logs.len() < 8 * SYNC_THREADS {
        return run(logs);
    }
    std::thread::scope(|scope| {
        let parts = logs.chunks(logs.len().div_ceil(SYNC_THREADS));
        let threads: Vec<_> = parts.map(|part| scope.spawn(|| run(part))).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, Vec<T>>| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().flat_map(join).collect()
    })
}

/// What the checkpoint says of each log, and its CRC; nothing when there is none or it is damaged.
fn read_checkpoint(
    disk: &dyn Disk,
    root: &Path,
) -> io::Result<(HashMap<String, LogFacts>, Option<u32>)> {
    let bytes = match read_whole(disk, &root.join(CHECKPOINT), CHECKPOINT_BYTES_MAX) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok((HashMap::new(), None)),
        other => other?,
    };
    if let Some((facts, crc)) = checkpoint::parse(&bytes) {
        return Ok((facts, Some(crc)));
    }
    tracing::warn!(root = %root.display(), "checkpoint is damaged, all logs will be scanned");
    Ok((HashMap::new(), None))
}

fn marker_text(crc: u32) -> String {
    format!("{crc:08x}\n")
}

fn dir_name(topic: &str, partition: i32) -> io::Result<String> {
    let name = format!("{topic}-{partition}");
    // Blanks and line ends would break the checkpoint's lines, a slash would leave the root.
    let plain = !topic.is_empty()
        && topic
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    if plain && partition >= 0 && name.len() <= 255 {
        Ok(name)
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{name:?} cannot be the directory of a partition"),
        ))
    }
}

/// Topic and partition of a log's directory.
fn parse_name(name: &str) -> Option<(&str, i32)> {
    let (topic, partition) = name.rsplit_once('-')?;
    let partition: i32 = partition.parse().ok()?;
    (dir_name(topic, partition).ok()? == name).then_some((topic, partition))
}

#[cfg(test)]
mod tests;
