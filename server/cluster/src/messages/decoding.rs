//! Bytes read as something: text, JSON, numbers, base64, hex. Pure; where it does not work the reason is a value.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::IgnoredAny;

/// A way to read bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decoding {
    /// UTF-8.
    Text,
    /// JSON, shown as it was written: numbers keep their digits.
    Json,
    /// Signed 8-bit integer.
    Int8,
    /// Signed 16-bit integer, big endian.
    Int16Be,
    /// Signed 16-bit integer, little endian.
    Int16Le,
    /// Signed 32-bit integer, big endian (Kafka's `IntegerSerializer`).
    Int32Be,
    /// Signed 32-bit integer, little endian.
    Int32Le,
    /// Signed 64-bit integer, big endian (Kafka's `LongSerializer`).
    Int64Be,
    /// Signed 64-bit integer, little endian.
    Int64Le,
    /// 32-bit floating point, big endian (Kafka's `FloatSerializer`).
    Float32Be,
    /// 32-bit floating point, little endian.
    Float32Le,
    /// 64-bit floating point, big endian (Kafka's `DoubleSerializer`).
    Float64Be,
    /// 64-bit floating point, little endian.
    Float64Le,
    /// Base64 (RFC 4648) of the bytes.
    Base64,
    /// Two hexadecimal digits a byte.
    Hex,
}

/// Why bytes cannot be read in a way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyNot {
    /// Not UTF-8 from this byte on.
    NotUtf8 {
        /// Bytes before it.
        at: usize,
    },
    /// Not JSON.
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Column in it, from 1; 0 at a line's end.
        column: usize,
        /// What the parser said.
        reason: String,
    },
    /// The number has another length.
    Length {
        /// Bytes it has.
        needed: usize,
        /// Bytes there are.
        found: usize,
    },
}

impl Decoding {
    /// All, in the order in which they are tried and offered.
    pub const ALL: [Self; 15] = [
        Self::Json,
        Self::Text,
        Self::Int8,
        Self::Int16Be,
        Self::Int16Le,
        Self::Int32Be,
        Self::Int32Le,
        Self::Int64Be,
        Self::Int64Le,
        Self::Float32Be,
        Self::Float32Le,
        Self::Float64Be,
        Self::Float64Le,
        Self::Base64,
        Self::Hex,
    ];

    /// Its name in an address.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Int8 => "int8",
            Self::Int16Be => "int16be",
            Self::Int16Le => "int16le",
            Self::Int32Be => "int32be",
            Self::Int32Le => "int32le",
            Self::Int64Be => "int64be",
            Self::Int64Le => "int64le",
            Self::Float32Be => "float32be",
            Self::Float32Le => "float32le",
            Self::Float64Be => "float64be",
            Self::Float64Le => "float64le",
            Self::Base64 => "base64",
            Self::Hex => "hex",
        }
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|decoding| decoding.name() == text)
    }

    /// Bytes that a number of this kind has; `None` where any length will do.
    #[must_use]
    pub fn length(self) -> Option<usize> {
        match self {
            Self::Int8 => Some(1),
            Self::Int16Be | Self::Int16Le => Some(2),
            Self::Int32Be | Self::Int32Le | Self::Float32Be | Self::Float32Le => Some(4),
            Self::Int64Be | Self::Int64Le | Self::Float64Be | Self::Float64Le => Some(8),
            Self::Text | Self::Json | Self::Base64 | Self::Hex => None,
        }
    }

    /// Reads bytes this way. `Text` and `Json` give them as they are: escaping is for whoever shows them.
    pub fn read(self, bytes: &[u8]) -> Result<String, WhyNot> {
        let number = |text: Option<String>| {
            text.ok_or(WhyNot::Length {
                needed: self.length().unwrap_or(0),
                found: bytes.len(),
            })
        };
        match self {
            Self::Text => text(bytes).map(str::to_owned),
            Self::Json => json(bytes).map(str::to_owned),
            Self::Int8 => number(fixed(bytes).map(|b| i8::from_be_bytes(b).to_string())),
            Self::Int16Be => number(fixed(bytes).map(|b| i16::from_be_bytes(b).to_string())),
            Self::Int16Le => number(fixed(bytes).map(|b| i16::from_le_bytes(b).to_string())),
            Self::Int32Be => number(fixed(bytes).map(|b| i32::from_be_bytes(b).to_string())),
            Self::Int32Le => number(fixed(bytes).map(|b| i32::from_le_bytes(b).to_string())),
            Self::Int64Be => number(fixed(bytes).map(|b| i64::from_be_bytes(b).to_string())),
            Self::Int64Le => number(fixed(bytes).map(|b| i64::from_le_bytes(b).to_string())),
            Self::Float32Be => number(fixed(bytes).map(|b| format!("{:?}", f32::from_be_bytes(b)))),
            Self::Float32Le => number(fixed(bytes).map(|b| format!("{:?}", f32::from_le_bytes(b)))),
            Self::Float64Be => number(fixed(bytes).map(|b| format!("{:?}", f64::from_be_bytes(b)))),
            Self::Float64Le => number(fixed(bytes).map(|b| format!("{:?}", f64::from_le_bytes(b)))),
            Self::Base64 => Ok(STANDARD.encode(bytes)),
            Self::Hex => Ok(hex(bytes)),
        }
    }
}

/// Every way to read bytes, with what came of it.
#[must_use]
pub fn decodings(bytes: &[u8]) -> Vec<(Decoding, Result<String, WhyNot>)> {
    Decoding::ALL
        .into_iter()
        .map(|decoding| (decoding, decoding.read(bytes)))
        .collect()
}

fn text(bytes: &[u8]) -> Result<&str, WhyNot> {
    std::str::from_utf8(bytes).map_err(|error| WhyNot::NotUtf8 {
        at: error.valid_up_to(),
    })
}

fn json(bytes: &[u8]) -> Result<&str, WhyNot> {
    let text = text(bytes)?;
    // The parser bounds how deep it goes.
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Ok(text),
        Err(error) => Err(WhyNot::NotJson {
            line: error.line(),
            column: error.column(),
            reason: error.to_string(),
        }),
    }
}

fn fixed<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 0x0f)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(decoding: Decoding, bytes: &[u8], want: &str) {
        assert_eq!(decoding.read(bytes).as_deref(), Ok(want));
    }

    #[test]
    fn numbers_of_every_width_and_order() {
        check(Decoding::Int8, &[0xff], "-1");
        check(Decoding::Int16Be, &[0x80, 0], "-32768");
        check(Decoding::Int16Le, &[1, 0], "1");
        check(Decoding::Int32Be, &[0, 0, 1, 0], "256");
        check(Decoding::Int32Le, &[0xfe, 0xff, 0xff, 0xff], "-2");
        check(
            Decoding::Int64Be,
            &i64::MIN.to_be_bytes(),
            "-9223372036854775808",
        );
        check(
            Decoding::Int64Le,
            &i64::MAX.to_le_bytes(),
            "9223372036854775807",
        );
        check(Decoding::Float32Be, &0.1f32.to_be_bytes(), "0.1");
        check(Decoding::Float64Le, &(-1e300f64).to_le_bytes(), "-1e300");
        check(Decoding::Float64Be, &f64::NAN.to_be_bytes(), "NaN");
    }

    #[test]
    fn json_keeps_its_digits() {
        let json = r#"{"id":9007199254740993,"x":1.10}"#;
        check(Decoding::Json, json.as_bytes(), json);
        check(Decoding::Base64, b"\xff\0", "/wA=");
        check(Decoding::Hex, b"\x00\xab\x7f", "00ab7f");
    }

    #[test]
    fn it_says_why_not() {
        assert_eq!(
            Decoding::Text.read(b"ab\xff"),
            Err(WhyNot::NotUtf8 { at: 2 })
        );
        assert_eq!(
            Decoding::Int32Be.read(b"12345"),
            Err(WhyNot::Length {
                needed: 4,
                found: 5
            })
        );
        let Err(WhyNot::NotJson { line, column, .. }) = Decoding::Json.read(b"{\"a\":1,\n}") else {
            panic!("that is no JSON");
        };
        assert_eq!((line, column), (2, 1));
        assert!(
            Decoding::Json.read(&b"[".repeat(1 << 20)).is_err(),
            "depth is bounded"
        );
    }

    #[test]
    fn names_lead_back() {
        for decoding in Decoding::ALL {
            assert_eq!(Decoding::parse(decoding.name()), Some(decoding));
        }
        assert_eq!(decodings(b"1").len(), Decoding::ALL.len());
    }
}
