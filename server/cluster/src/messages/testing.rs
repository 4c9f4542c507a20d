//! Batches made by hand, for tests.

use std::io::Write;

use super::batch::Codec;

fn put_varint(out: &mut Vec<u8>, value: i64) {
    let mut zigzag = (value << 1).cast_unsigned() ^ (value >> 63).cast_unsigned();
    while zigzag > 0x7f {
        out.push(u8::try_from(zigzag & 0x7f).unwrap() | 0x80);
        zigzag >>= 7;
    }
    out.push(u8::try_from(zigzag).unwrap());
}

fn put_bytes(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    put_varint(out, bytes.map_or(-1, |b| i64::try_from(b.len()).unwrap()));
    out.extend_from_slice(bytes.unwrap_or_default());
}

fn framed(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put_varint(&mut out, i64::try_from(body.len()).unwrap());
    out.extend_from_slice(body);
    out
}

/// A record at `offset` after the batch's first and `time` ms after its base.
pub(crate) fn record(offset: i64, time: i64, key: Option<&[u8]>, value: Option<&[u8]>) -> Vec<u8> {
    let mut body = vec![0];
    put_varint(&mut body, time);
    put_varint(&mut body, offset);
    put_bytes(&mut body, key);
    put_bytes(&mut body, value);
    put_varint(&mut body, 0);
    framed(&body)
}

pub(crate) fn record_with_headers(
    offset: i64,
    time: i64,
    key: &[u8],
    value: &[u8],
    headers: &[(&[u8], Option<&[u8]>)],
) -> Vec<u8> {
    let mut body = vec![0];
    put_varint(&mut body, time);
    put_varint(&mut body, offset);
    put_bytes(&mut body, Some(key));
    put_bytes(&mut body, Some(value));
    put_varint(&mut body, i64::try_from(headers.len()).unwrap());
    for (name, value) in headers {
        put_bytes(&mut body, Some(name));
        put_bytes(&mut body, *value);
    }
    framed(&body)
}

/// A batch with a right CRC.
pub(crate) fn batch(
    base_offset: i64,
    base_timestamp: i64,
    attributes: i16,
    records: &[Vec<u8>],
) -> Vec<u8> {
    let count = i32::try_from(records.len()).unwrap();
    assemble(
        base_offset,
        base_timestamp,
        attributes,
        count,
        &records.concat(),
    )
}

fn assemble(
    base_offset: i64,
    base_timestamp: i64,
    attributes: i16,
    count: i32,
    payload: &[u8],
) -> Vec<u8> {
    let mut sealed = attributes.to_be_bytes().to_vec();
    sealed.extend_from_slice(&(count - 1).max(0).to_be_bytes());
    sealed.extend_from_slice(&base_timestamp.to_be_bytes());
    sealed.extend_from_slice(&(base_timestamp + i64::from(count)).to_be_bytes());
    sealed.extend_from_slice(&(-1i64).to_be_bytes());
    sealed.extend_from_slice(&(-1i16).to_be_bytes());
    sealed.extend_from_slice(&(-1i32).to_be_bytes());
    sealed.extend_from_slice(&count.to_be_bytes());
    sealed.extend_from_slice(payload);
    let mut out = base_offset.to_be_bytes().to_vec();
    out.extend_from_slice(&i32::try_from(sealed.len() + 9).unwrap().to_be_bytes());
    out.extend_from_slice(&0i32.to_be_bytes());
    out.push(2);
    out.extend_from_slice(&crc32c::crc32c(&sealed).to_be_bytes());
    out.extend_from_slice(&sealed);
    out
}

/// The same batch, its records compressed.
pub(crate) fn deflated_batch(codec: Codec, plain: &[u8]) -> Vec<u8> {
    let long = |at: usize| i64::from_be_bytes(plain[at..at + 8].try_into().unwrap());
    let count = i32::from_be_bytes(plain[57..61].try_into().unwrap());
    assemble(
        long(0),
        long(27),
        codec_number(codec),
        count,
        &deflate(codec, &plain[61..]),
    )
}

fn codec_number(codec: Codec) -> i16 {
    match codec {
        Codec::None => 0,
        Codec::Gzip => 1,
        Codec::Snappy => 2,
        Codec::Lz4 => 3,
        Codec::Zstd => 4,
    }
}

pub(crate) fn deflate(codec: Codec, plain: &[u8]) -> Vec<u8> {
    match codec {
        Codec::None => plain.to_vec(),
        Codec::Gzip => {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        Codec::Snappy => snap::raw::Encoder::new().compress_vec(plain).unwrap(),
        Codec::Lz4 => {
            let mut encoder = lz4::EncoderBuilder::new().build(Vec::new()).unwrap();
            encoder.write_all(plain).unwrap();
            encoder.finish().0
        }
        Codec::Zstd => zstd::encode_all(plain, 1).unwrap(),
    }
}
