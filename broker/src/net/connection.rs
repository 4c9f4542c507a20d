//! One client connection: reads frames, handles them one after the other (so responses leave in request order), writes replies.
//!
//! Life of a connection:
//! 1. accepted with a permit;
//! 2. a frame is read: its length, its beginning, then, with that many bytes of the broker's request memory taken, the rest;
//! 3. it is handled and its reply queued; replies are written when no further whole frame is waiting, or when enough are queued;
//! 4. it ends when the peer closes, stalls within a frame or while being written to, sends a malformed frame, idles too long, or the broker stops.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use rustix::fd::AsFd;
use rustix::net::SendFlags;
use storage::log::LogSlice;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;

use super::listener::Permit;
use super::reply::{Part, Reply, read_slice};
use super::{Endpoint, Sender};
use crate::Broker;
use crate::api::{self, Outcome};
use crate::security::Principal;
use crate::traffic::{Timed, is_outside};

/// A peer that neither reads nor writes for this long in the middle of a frame is cut off.
const STALL_MAX: Duration = Duration::from_secs(30);
/// Buffer kept by a connection that waits for its next frame.
const IDLE_BUFFER_BYTES: usize = 16 << 10;
/// A quiet connection gives back a larger buffer after this long.
const BUFFER_KEPT: Duration = Duration::from_secs(5);
/// Frames up to this size, and the beginnings of larger ones, are not counted against the broker's request memory: the number
/// of connections bounds them.
const FREE_FRAME_BYTES: usize = 64 << 10;
/// Replies are queued up to this size while further frames are waiting.
const QUEUED_BYTES_MAX: usize = 64 << 10;
/// Replies with files below this size are copied and sent in one write: cheaper than one system call a file.
const COPY_BYTES_MAX: usize = 64 << 10;

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error("peer closed")]
    Closed,
    #[error("peer stalled for {STALL_MAX:?}")]
    Stalled,
    #[error("idle")]
    Idle,
    #[error("frame of {0} bytes; allowed are 8–{1}")]
    FrameSize(i32, u32),
    #[error(transparent)]
    Request(#[from] api::Refused),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Serves a connection to its end. `_permit` is given back then.
pub(super) async fn run(
    broker: Arc<Broker>,
    stream: TcpStream,
    peer: SocketAddr,
    endpoint: Arc<Endpoint>,
    _permit: Permit,
) {
    let _ = stream.set_nodelay(true);
    let mut stop = broker.stop.subscribe();
    let connection = Connection {
        outside: is_outside(peer, stream.local_addr().ok()),
        read_at: Instant::now(),
        unanswered: Vec::new(),
        broker,
        stream,
        sender: Sender {
            peer,
            endpoint,
            principal: Principal::anonymous(),
        },
        input: BytesMut::new(),
        output: BytesMut::new(),
    };
    let end = tokio::select! {
        _ = stop.wait_for(|stopped| *stopped) => return,
        end = Box::pin(connection.serve()) => end,
    };
    match end {
        End::Closed | End::Idle => tracing::trace!(%peer, reason = %end, "connection ended"),
        End::Io(error) => tracing::debug!(%peer, %error, "connection broken"),
        End::Stalled | End::FrameSize(..) | End::Request(_) => {
            tracing::warn!(%peer, reason = %end, "connection closed")
        }
    }
}

/// A request as it came.
struct Frame {
    /// Without the length in front.
    body: Bytes,
    large: Option<Large>,
}

/// A request whose answer has not left yet.
struct Unanswered {
    request: Timed,
    /// When its last byte was read.
    arrived: Instant,
    /// How long it was kept waiting because it asked for that.
    waited: Duration,
}

/// What a large frame holds until it is answered.
struct Large {
    /// The whole buffer, to be used again.
    whole: Bytes,
    _permit: OwnedSemaphorePermit,
}

struct Connection {
    broker: Arc<Broker>,
    stream: TcpStream,
    sender: Sender,
    /// Bytes read and not yet handled.
    input: BytesMut,
    /// Replies not yet written.
    output: BytesMut,
    /// The requests behind those replies whose times are taken; as many as small frames fit into `input` at most.
    unanswered: Vec<Unanswered>,
    /// When something was last read.
    read_at: Instant,
    /// The client is on another machine.
    outside: bool,
}

impl Connection {
    async fn serve(mut self) -> End {
        loop {
            if let Err(end) = self.serve_one().await {
                return end;
            }
        }
    }

    async fn serve_one(&mut self) -> Result<(), End> {
        let len = self.read_length().await?;
        let frame = self.read_frame(len).await?;
        self.broker.traffic.wire(self.outside).received(len + 4);
        let (timed, arrived) = (api::timed(&frame.body), self.read_at);
        if !self.output.is_empty() && api::may_wait(&frame.body) {
            // A long poll must not hold back the answers before it.
            self.flush().await?;
        }
        let outcome = api::handle_frame(&self.broker, &self.sender, frame.body).await?;
        if let Some(large) = frame.large {
            self.broker.buffers.give_back(large.whole);
        }
        match outcome {
            Outcome::Reply(reply) => {
                let waited = reply.waited;
                self.unanswered.extend(timed.map(|request| Unanswered {
                    request,
                    arrived,
                    waited,
                }));
                self.queue(&reply).await?;
            }
            Outcome::Silent => {
                if let Some(request) = timed {
                    self.broker.traffic.answered(request, arrived.elapsed());
                }
            }
            Outcome::Close => {
                self.flush().await?;
                return Err(End::Closed);
            }
        }
        if !self.has_whole_frame() || self.output.len() >= QUEUED_BYTES_MAX {
            self.flush().await?;
        }
        Ok(())
    }

    fn has_whole_frame(&self) -> bool {
        self.input
            .first_chunk()
            .is_some_and(|&n| i64::from(i32::from_be_bytes(n)) + 4 <= self.input.len() as i64)
    }

    /// Waits for a frame's length. A connection may idle here, with a small buffer, for `connections.max.idle.ms`.
    async fn read_length(&mut self) -> Result<usize, End> {
        if self.input.is_empty()
            && self.input.capacity() > IDLE_BUFFER_BYTES
            && tokio::time::timeout(BUFFER_KEPT, self.stream.readable())
                .await
                .is_err()
        {
            self.input = BytesMut::new();
        }
        let idle = self.broker.configs.connections_max_idle();
        while self.input.len() < 4 {
            if self.input.capacity() - self.input.len() < 4096 {
                self.input.reserve(IDLE_BUFFER_BYTES);
            }
            let read = tokio::time::timeout(idle, self.stream.read_buf(&mut self.input))
                .await
                .map_err(|_| End::Idle)?;
            if read? == 0 {
                return Err(End::Closed);
            }
            self.read_at = Instant::now();
        }
        let mut prefix = [0; 4];
        prefix.copy_from_slice(&self.input[..4]);
        let len = i32::from_be_bytes(prefix);
        let max = self.broker.config.request_max_bytes;
        match u32::try_from(len) {
            Ok(n) if (8..=max).contains(&n) => Ok(n as usize),
            _ => Err(End::FrameSize(len, max)),
        }
    }

    /// Reads the rest of a frame of `len` bytes.
    async fn read_frame(&mut self, len: usize) -> Result<Frame, End> {
        let whole = len + 4;
        self.read_until(whole.min(FREE_FRAME_BYTES)).await?;
        if whole > FREE_FRAME_BYTES {
            return self.read_large_frame(whole).await;
        }
        let body = self.input.split_to(whole).freeze().slice(4..);
        Ok(Frame { body, large: None })
    }

    /// Reads the rest of a large frame, `whole` bytes with its length, into a buffer of its own. It takes its share of the broker's
    /// request memory, but only now that its beginning is here: who announces much and sends nothing holds nothing.
    async fn read_large_frame(&mut self, whole: usize) -> Result<Frame, End> {
        let memory = Arc::clone(&self.broker.request_memory);
        let permits = u32::try_from(whole.div_ceil(1024)).unwrap_or(u32::MAX);
        let permit = memory
            .acquire_many_owned(permits)
            .await
            .map_err(|_| End::Closed)?;
        let mut buffer = self.broker.buffers.take(whole);
        let here = self.input.len().min(whole);
        buffer.put_slice(&self.input[..here]);
        self.input.advance(here);
        while buffer.len() < whole {
            let missing = whole - buffer.len();
            let mut rest = (&mut buffer).limit(missing);
            let read = tokio::time::timeout(STALL_MAX, self.stream.read_buf(&mut rest))
                .await
                .map_err(|_| End::Stalled)?;
            if read? == 0 {
                return Err(End::Closed);
            }
            self.read_at = Instant::now();
        }
        let whole = buffer.freeze();
        let large = Large {
            whole: whole.clone(),
            _permit: permit,
        };
        Ok(Frame {
            body: whole.slice(4..),
            large: Some(large),
        })
    }

    /// Reads until at least `len` bytes, no more than [`FREE_FRAME_BYTES`], are buffered.
    async fn read_until(&mut self, len: usize) -> Result<(), End> {
        self.input.reserve(len.saturating_sub(self.input.len()));
        while self.input.len() < len {
            let read = tokio::time::timeout(STALL_MAX, self.stream.read_buf(&mut self.input))
                .await
                .map_err(|_| End::Stalled)?;
            if read? == 0 {
                return Err(End::Closed);
            }
            self.read_at = Instant::now();
        }
        Ok(())
    }

    async fn queue(&mut self, reply: &Reply) -> Result<(), End> {
        let len = i32::try_from(reply.len())
            .map_err(|_| io::Error::other("response larger than 2 GiB"))?;
        self.broker.traffic.wire(self.outside).sent(reply.len() + 4);
        self.output.put_i32(len);
        if reply.len() <= COPY_BYTES_MAX {
            return Ok(reply.write_to(&mut self.output)?);
        }
        for part in reply.parts() {
            match part {
                Part::Bytes(bytes) => self.output.put_slice(bytes),
                Part::File(slice) if slice.file.as_fd().is_some() => self.send_file(slice).await?,
                Part::File(slice) => read_slice(slice, &mut self.output)?,
            }
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), End> {
        if !self.output.is_empty() {
            let written =
                tokio::time::timeout(STALL_MAX, self.stream.write_all(&self.output)).await;
            written.map_err(|_| End::Stalled)??;
            self.output.clear();
            if self.output.capacity() > 2 * QUEUED_BYTES_MAX {
                self.output = BytesMut::new();
            }
        }
        self.take_times();
        Ok(())
    }

    /// All answers have left: takes the times of their requests.
    fn take_times(&mut self) {
        if self.unanswered.is_empty() {
            return;
        }
        let now = Instant::now();
        for done in self.unanswered.drain(..) {
            let took = now.saturating_duration_since(done.arrived);
            let took = took.saturating_sub(done.waited);
            self.broker.traffic.answered(done.request, took);
        }
    }

    /// Writes what is queued and then a file range, from page cache to socket.
    async fn send_file(&mut self, slice: &LogSlice) -> Result<(), End> {
        self.send_queued_with_more().await?;
        let (mut position, mut left) = (slice.position, slice.len as usize);
        while left > 0 {
            let sending = self.stream.async_io(Interest::WRITABLE, || {
                let from = slice.file.as_fd().ok_or(io::ErrorKind::Unsupported)?;
                Ok(rustix::fs::sendfile(
                    self.stream.as_fd(),
                    from,
                    Some(&mut position),
                    left,
                )?)
            });
            let sent = tokio::time::timeout(STALL_MAX, sending)
                .await
                .map_err(|_| End::Stalled)??;
            if sent == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
            left -= sent;
        }
        Ok(())
    }

    /// Writes what is queued, telling the kernel that more follows, so that a short head does not travel alone.
    async fn send_queued_with_more(&mut self) -> Result<(), End> {
        let mut done = 0;
        while done < self.output.len() {
            let sending = self.stream.async_io(Interest::WRITABLE, || {
                Ok(rustix::net::send(
                    self.stream.as_fd(),
                    &self.output[done..],
                    SendFlags::MORE | SendFlags::NOSIGNAL,
                )?)
            });
            done += tokio::time::timeout(STALL_MAX, sending)
                .await
                .map_err(|_| End::Stalled)??;
        }
        self.output.clear();
        Ok(())
    }
}
