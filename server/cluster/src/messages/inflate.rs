//! Decompression as a stream that ends: memory stays small however large the content, and so does time.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use super::batch::Codec;

/// Most bytes one batch may decompress to before we stop reading it. The broker takes batches up to 10 MiB; honest
/// content of that size compresses perhaps tenfold, a bomb a thousandfold.
pub(crate) const INFLATED_BYTES_MAX: u64 = 128 << 20;
/// Most bytes of one snappy block, which cannot be streamed.
const SNAPPY_BLOCK_BYTES_MAX: usize = 64 << 20;
/// Largest zstd window as a power of two: the format's own default limit, 128 MiB, touched only as far as it is used.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// The decompressed content of a batch. Reading past [`INFLATED_BYTES_MAX`] is an error, not an end.
pub(crate) fn inflate(codec: Codec, payload: &[u8]) -> io::Result<Box<dyn BufRead + '_>> {
    let plain: Box<dyn Read + '_> = match codec {
        Codec::None => return Ok(Box::new(payload)),
        Codec::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(payload)),
        Codec::Snappy => Box::new(SnappyBlocks::new(payload)),
        Codec::Lz4 => Box::new(lz4::Decoder::new(payload)?),
        Codec::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(payload)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
            Box::new(decoder)
        }
    };
    Ok(Box::new(BufReader::with_capacity(
        32 << 10,
        Bounded {
            inner: plain,
            left: INFLATED_BYTES_MAX,
        },
    )))
}

/// Fails once more than `left` bytes were read.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buf)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            io::Error::other(format!(
                "the batch decompresses to more than {} MiB",
                INFLATED_BYTES_MAX >> 20
            ))
        })?;
        Ok(read)
    }
}

/// First bytes of snappy-java's framing: magic, version, oldest compatible version.
const XERIAL_MAGIC: &[u8; 8] = b"\x82SNAPPY\0";
const XERIAL_HEADER_BYTES: usize = 16;

/// Snappy content: one bare block (librdkafka), or snappy-java's blocks, each behind its length.
struct SnappyBlocks<'a> {
    rest: &'a [u8],
    framed: bool,
    block: Cursor<Vec<u8>>,
}

impl<'a> SnappyBlocks<'a> {
    fn new(payload: &'a [u8]) -> Self {
        let framed = payload.len() >= XERIAL_HEADER_BYTES && payload.starts_with(XERIAL_MAGIC);
        let rest = if framed {
            &payload[XERIAL_HEADER_BYTES..]
        } else {
            payload
        };
        Self {
            rest,
            framed,
            block: Cursor::new(Vec::new()),
        }
    }

    fn next_block(&mut self) -> io::Result<()> {
        let block = if self.framed {
            let (length, rest) = self
                .rest
                .split_first_chunk::<4>()
                .ok_or(io::ErrorKind::UnexpectedEof)?;
            let length = u32::from_be_bytes(*length) as usize;
            let (block, rest) = rest
                .split_at_checked(length)
                .ok_or(io::ErrorKind::UnexpectedEof)?;
            self.rest = rest;
            block
        } else {
            std::mem::take(&mut self.rest)
        };
        let length = snap::raw::decompress_len(block).map_err(io::Error::other)?;
        if length > SNAPPY_BLOCK_BYTES_MAX {
            return Err(io::Error::other(format!(
                "a snappy block of {length} bytes is more than can be shown"
            )));
        }
        let plain = snap::raw::Decoder::new()
            .decompress_vec(block)
            .map_err(io::Error::other)?;
        self.block = Cursor::new(plain);
        Ok(())
    }
}

impl Read for SnappyBlocks<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.block.read(buf)?;
            if read > 0 || self.rest.is_empty() || buf.is_empty() {
                return Ok(read);
            }
            self.next_block()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::testing::deflate;

    const CODECS: [Codec; 5] = [
        Codec::None,
        Codec::Gzip,
        Codec::Snappy,
        Codec::Lz4,
        Codec::Zstd,
    ];

    fn all(codec: Codec, payload: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        inflate(codec, payload)?.read_to_end(&mut out)?;
        Ok(out)
    }

    #[test]
    fn gives_back_what_went_in() {
        let text: Vec<u8> = (0..200_000u32).flat_map(|n| n.to_le_bytes()).collect();
        for codec in CODECS {
            assert_eq!(
                all(codec, &deflate(codec, &text)).unwrap(),
                text,
                "{codec:?}"
            );
        }
    }

    #[test]
    fn snappy_javas_framing_is_read() {
        let mut framed = b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01".to_vec();
        for part in [b"hello ".as_slice(), b"world"] {
            let block = snap::raw::Encoder::new().compress_vec(part).unwrap();
            framed.extend_from_slice(&u32::try_from(block.len()).unwrap().to_be_bytes());
            framed.extend_from_slice(&block);
        }
        assert_eq!(all(Codec::Snappy, &framed).unwrap(), b"hello world");
    }

    #[test]
    fn cut_and_garbled_input_ends() {
        let text = b"over and over and over and over and over".repeat(20);
        for codec in CODECS {
            let whole = deflate(codec, &text);
            for cut in 0..whole.len() {
                let _ = all(codec, &whole[..cut]);
            }
            for at in 0..whole.len() {
                let mut bad = whole.clone();
                bad[at] ^= 0x55;
                let _ = all(codec, &bad);
            }
        }
    }

    #[test]
    fn a_bomb_is_an_error_and_takes_no_memory() {
        let bomb = vec![0u8; usize::try_from(INFLATED_BYTES_MAX).unwrap() + (1 << 20)];
        for codec in [Codec::Gzip, Codec::Lz4, Codec::Zstd, Codec::Snappy] {
            let packed = deflate(codec, &bomb);
            let mut stream = inflate(codec, &packed).unwrap();
            let outcome = io::copy(&mut stream, &mut io::sink());
            assert!(outcome.is_err(), "{codec:?} let {outcome:?} bytes pass");
        }
    }
}
