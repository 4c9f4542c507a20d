//! Files and directories as a parameter: the real disk here, a simulated one in tests.

mod os;
#[cfg(any(test, feature = "sim"))]
pub mod sim;
mod writeback;

use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::Arc;

pub use os::OsDisk;

/// One name in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirEntry {
    /// File name without its directory.
    pub name: String,
    /// Whether it is a directory.
    pub is_dir: bool,
}

/// A file system. Every call may fail with any `io::Error`, `ENOSPC` and `EMFILE` included.
pub trait Disk: Send + Sync + std::fmt::Debug + 'static {
    /// Opens an existing file for reading and writing, or creates it when `create` is set.
    fn open(&self, path: &Path, create: bool) -> io::Result<Arc<dyn DiskFile>>;
    /// Length in bytes of the file at `path`, without opening it.
    fn len_of(&self, path: &Path) -> io::Result<u64>;
    /// Creates a directory and its parents; no error when it exists.
    fn create_dir_all(&self, path: &Path) -> io::Result<()>;
    /// Lists a directory, in no particular order.
    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>>;
    /// Renames a file or a directory, replacing a file at `to`.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes a directory and all it holds; no error when it is absent.
    fn remove_dir_all(&self, path: &Path) -> io::Result<()>;
    /// Makes creations, renames and removals in this directory durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
}

/// An open file. Positions are bytes from its start.
pub trait DiskFile: Send + Sync + std::fmt::Debug {
    /// Reads at most `buf.len()` bytes at `position`; 0 at the end of the file.
    fn read_at(&self, buf: &mut [u8], position: u64) -> io::Result<usize>;
    /// Writes all parts, one behind the other, at `position`.
    fn write_all_at(&self, parts: &[&[u8]], position: u64) -> io::Result<()>;
    /// The file's length in bytes.
    fn len(&self) -> io::Result<u64>;
    /// Whether the file is empty.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
    /// Cuts or extends the file.
    fn set_len(&self, len: u64) -> io::Result<()>;
    /// Makes the file's data (and length) durable: fdatasync.
    fn sync_data(&self) -> io::Result<()>;
    /// Asks the kernel to begin writing out a range without waiting (`sync_file_range`), so that dirty pages stay few.
    fn start_writeback(&self, position: u64, len: u64) -> io::Result<()>;
    /// The descriptor for `sendfile`; `None` for a simulated file.
    fn as_fd(&self) -> Option<BorrowedFd<'_>>;
}
