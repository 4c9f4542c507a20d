//! Takes the data directory for this process alone. A directory with something in it but without our marker belongs to somebody
//! else and is left as it is.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

/// Says that the directory is ours and how it is laid out.
const MARKER: &str = "millrace.json";
/// Locked while a process uses the directory; its contents say nothing.
const LOCK: &str = "millrace.lock";
/// The layout this version writes.
const FORMAT: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    format: u32,
}

/// The directory, locked until this is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

/// Why the directory cannot be used. Nothing in it was touched.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// Not ours.
    #[error(
        "{0} is not empty and was not made by Millrace; name an empty directory or one that does not exist"
    )]
    Foreign(PathBuf),
    /// Another process has it.
    #[error("{0} is used by another Millrace process")]
    Busy(PathBuf),
    /// Written by a newer version, or broken.
    #[error(
        "{path} was laid out by a version this one does not know ({found}); it reads format {FORMAT}"
    )]
    Format {
        /// The directory.
        path: PathBuf,
        /// What the marker says.
        found: String,
    },
    /// The system refused.
    #[error("cannot use {path} as data directory: {source}")]
    Io {
        /// The directory.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

impl DataDir {
    /// Takes the directory, making it where it does not exist.
    pub fn take(path: &Path) -> Result<Self, DataDirError> {
        let failed = |source| DataDirError::Io {
            path: path.to_owned(),
            source,
        };
        let marker = match std::fs::read_dir(path) {
            Ok(entries) => look(path, entries)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                std::fs::DirBuilder::new()
                    .recursive(true)
                    .mode(0o700)
                    .create(path)
                    .map_err(failed)?;
                false
            }
            Err(error) => return Err(failed(error)),
        };
        // Absolute, so that messages and pages say where it is.
        let path = path.canonicalize().map_err(failed)?;
        let failed = |source| DataDirError::Io {
            path: path.clone(),
            source,
        };
        let lock = lock(&path, failed)?;
        if marker {
            check_marker(&path)?;
        } else {
            write_marker(&path).map_err(failed)?;
        }
        check_writable(&path).map_err(failed)?;
        Ok(Self { path, _lock: lock })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Whether the marker is there; an error where anything else is and the marker is not.
fn look(path: &Path, entries: std::fs::ReadDir) -> Result<bool, DataDirError> {
    let mut foreign = false;
    for entry in entries {
        let name = entry
            .map_err(|source| DataDirError::Io {
                path: path.to_owned(),
                source,
            })?
            .file_name();
        match name.to_str() {
            Some(MARKER) => return Ok(true),
            // A start that was cut short leaves the lock and half a marker; a fresh file system has its own directory.
            Some(LOCK | "millrace.json.new" | "lost+found") => {}
            _ => foreign = true,
        }
    }
    if foreign {
        Err(DataDirError::Foreign(path.to_owned()))
    } else {
        Ok(false)
    }
}

fn lock(path: &Path, failed: impl Fn(io::Error) -> DataDirError) -> Result<File, DataDirError> {
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path.join(LOCK))
        .map_err(&failed)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(DataDirError::Busy(path.to_owned())),
        Err(error) => Err(failed(error.into())),
    }
}

fn check_marker(path: &Path) -> Result<(), DataDirError> {
    let text = std::fs::read_to_string(path.join(MARKER)).map_err(|source| DataDirError::Io {
        path: path.to_owned(),
        source,
    })?;
    match serde_json::from_str::<Marker>(&text) {
        Ok(Marker { format: FORMAT }) => Ok(()),
        Ok(Marker { format }) => Err(DataDirError::Format {
            path: path.to_owned(),
            found: format!("format {format}"),
        }),
        Err(error) => Err(DataDirError::Format {
            path: path.to_owned(),
            found: format!("{MARKER}: {error}"),
        }),
    }
}

/// Whole or not at all, also when the power goes.
fn write_marker(path: &Path) -> io::Result<()> {
    let new = path.join("millrace.json.new");
    let mut file = File::create(&new)?;
    writeln!(
        file,
        "{}",
        serde_json::to_string(&Marker { format: FORMAT })?
    )?;
    file.sync_all()?;
    std::fs::rename(&new, path.join(MARKER))?;
    File::open(path)?.sync_all()
}

/// The lock file may be writable where the directory is not.
fn check_writable(path: &Path) -> io::Result<()> {
    rustix::fs::access(
        path,
        rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK,
    )
    .map_err(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_or_new_directory_is_taken_and_taken_again() {
        let temp = tempfile::tempdir().unwrap();
        for path in [temp.path().join("a/b"), temp.path().to_owned()] {
            std::fs::remove_dir_all(temp.path().join("a")).ok();
            drop(DataDir::take(&path).unwrap());
            drop(DataDir::take(&path).unwrap());
        }
    }

    #[test]
    fn a_directory_of_somebody_else_is_left_alone() {
        let temp = tempfile::tempdir().unwrap();
        std::fs::write(temp.path().join("letter.txt"), "mine").unwrap();
        let error = DataDir::take(temp.path()).unwrap_err();
        assert!(matches!(error, DataDirError::Foreign(_)), "{error}");
        let names: Vec<_> = std::fs::read_dir(temp.path())
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(names, ["letter.txt"]);
    }

    #[test]
    fn two_cannot_have_it() {
        let temp = tempfile::tempdir().unwrap();
        let _first = DataDir::take(temp.path()).unwrap();
        assert!(matches!(
            DataDir::take(temp.path()).unwrap_err(),
            DataDirError::Busy(_)
        ));
    }

    #[test]
    fn a_newer_layout_and_a_file_are_refused() {
        let temp = tempfile::tempdir().unwrap();
        std::fs::write(temp.path().join(MARKER), "{\"format\":2}").unwrap();
        let error = DataDir::take(temp.path()).unwrap_err().to_string();
        assert!(
            error.contains("format 2") && error.contains("reads format 1"),
            "{error}"
        );
        let file = temp.path().join(MARKER);
        assert!(matches!(
            DataDir::take(&file).unwrap_err(),
            DataDirError::Io { .. }
        ));
    }

    #[test]
    fn a_start_cut_short_can_be_made_again() {
        let temp = tempfile::tempdir().unwrap();
        std::fs::write(temp.path().join(LOCK), "").unwrap();
        std::fs::write(temp.path().join("millrace.json.new"), "{").unwrap();
        DataDir::take(temp.path()).unwrap();
    }
}
