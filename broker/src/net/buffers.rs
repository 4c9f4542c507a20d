//! Receive buffers for large frames, shared by all connections.
//!
//! A connection holds one only from the moment a large frame begins to arrive until it is answered; so memory follows the frames
//! in flight, not the number of connections, and a megabyte that was paged in once is used again by whoever comes next.

use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;

/// Kept for the next frames at most, all buffers together.
const KEPT_BYTES_MAX: usize = 32 << 20;
/// Capacities are multiples of this, so that frames of nearly one size share buffers.
const GRAIN_BYTES: usize = 64 << 10;
/// A buffer is not lent for a frame that would use less than this part of it.
const WASTE_MAX: usize = 4;

/// Buffers nobody uses at the moment.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    free: Mutex<Free>,
}

#[derive(Debug, Default)]
struct Free {
    /// By capacity, smallest first.
    kept: Vec<BytesMut>,
    bytes: usize,
    /// The fewest that lay here since the last trim: nobody missed them.
    unused: usize,
}

impl Buffers {
    /// An empty buffer for `len` bytes.
    pub(crate) fn take(&self, len: usize) -> BytesMut {
        let mut free = self.free.lock();
        let at = free.kept.partition_point(|kept| kept.capacity() < len);
        let fits = free
            .kept
            .get(at)
            .is_some_and(|kept| kept.capacity() / WASTE_MAX <= len);
        if fits {
            let buffer = free.kept.remove(at);
            free.bytes -= buffer.capacity();
            free.unused = free.unused.min(free.kept.len());
            return buffer;
        }
        drop(free);
        BytesMut::with_capacity(len.next_multiple_of(GRAIN_BYTES))
    }

    /// Takes back the buffer behind `frame`, unless something still points into it or enough are kept.
    pub(crate) fn give_back(&self, frame: Bytes) {
        let Ok(mut buffer) = frame.try_into_mut() else {
            return;
        };
        buffer.clear();
        let mut free = self.free.lock();
        if free.bytes + buffer.capacity() <= KEPT_BYTES_MAX {
            free.bytes += buffer.capacity();
            let at = free
                .kept
                .partition_point(|kept| kept.capacity() < buffer.capacity());
            free.kept.insert(at, buffer);
        }
    }

    /// Frees as many as were never missed since the last call. Called every few seconds.
    pub(crate) fn trim(&self) {
        let mut free = self.free.lock();
        let keep = free.kept.len() - free.unused.min(free.kept.len());
        free.kept.truncate(keep);
        free.bytes = free.kept.iter().map(BytesMut::capacity).sum();
        free.unused = keep;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(buffers: &Buffers) -> (usize, usize) {
        let free = buffers.free.lock();
        (free.kept.len(), free.bytes)
    }

    #[test]
    fn a_buffer_given_back_is_lent_again() {
        let buffers = Buffers::default();
        let mut first = buffers.take(100_000);
        first.extend_from_slice(&[7; 100_000]);
        let place = first.as_ptr();
        buffers.give_back(first.freeze());
        assert_eq!(kept(&buffers), (1, 131_072));
        let again = buffers.take(120_000);
        assert_eq!((again.as_ptr(), again.len()), (place, 0));
        assert_eq!(kept(&buffers), (0, 0));
    }

    #[test]
    fn a_frame_in_use_is_not_taken_back() {
        let buffers = Buffers::default();
        let mut buffer = buffers.take(100_000);
        buffer.extend_from_slice(b"still read");
        let frame = buffer.freeze();
        let reader = frame.clone();
        buffers.give_back(frame);
        assert_eq!(kept(&buffers), (0, 0));
        assert_eq!(&reader[..], b"still read");
    }

    #[test]
    fn little_is_kept_and_what_nobody_misses_is_freed() {
        let buffers = Buffers::default();
        let lent: Vec<_> = (0..40).map(|_| buffers.take(1 << 20)).collect();
        for buffer in lent {
            buffers.give_back(buffer.freeze());
        }
        assert_eq!(kept(&buffers), (32, KEPT_BYTES_MAX));
        buffers.trim();
        let needed = buffers.take(1 << 20);
        buffers.give_back(needed.freeze());
        buffers.trim();
        assert_eq!(
            kept(&buffers),
            (1, 1 << 20),
            "only one was needed since the last trim"
        );
        buffers.trim();
        assert_eq!(kept(&buffers), (0, 0));
    }

    #[test]
    fn a_huge_buffer_is_not_lent_for_a_small_frame() {
        let buffers = Buffers::default();
        buffers.give_back(buffers.take(8 << 20).freeze());
        assert_eq!(buffers.take(100_000).capacity(), 131_072);
        assert_eq!(kept(&buffers).0, 1);
    }
}
