//! `sync_file_range`, which rustix does not wrap: the one place of this crate with `unsafe`.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Asks the kernel to begin writing out a range of dirty pages; does not wait and makes nothing durable.
#[expect(
    unsafe_code,
    reason = "no safe wrapper of sync_file_range exists in the crates used here"
)]
pub(super) fn start(fd: BorrowedFd<'_>, position: u64, len: u64) -> io::Result<()> {
    let (Ok(offset), Ok(count)) = (i64::try_from(position), i64::try_from(len)) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    // SAFETY: the call takes no pointers; the descriptor is open for as long as `fd` is borrowed.
    let result = unsafe {
        libc::sync_file_range(fd.as_raw_fd(), offset, count, libc::SYNC_FILE_RANGE_WRITE)
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
