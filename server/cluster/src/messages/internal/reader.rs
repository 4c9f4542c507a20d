//! Fields of Kafka's messages, in the classic encoding and the flexible one (KIP-482). Every length is checked against what is left.

/// The bytes end too early, or say what cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Short {
    /// Bytes before it.
    pub(super) at: usize,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Lengths are unsigned varints, one more than they say.
    flexible: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            flexible: false,
        }
    }

    /// From here on in the flexible encoding.
    pub(super) fn flexible(&mut self, flexible: bool) {
        self.flexible = flexible;
    }

    fn short(&self) -> Short {
        Short { at: self.at }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Short> {
        let end = self.at.checked_add(length).ok_or(self.short())?;
        let taken = self.bytes.get(self.at..end).ok_or(self.short())?;
        self.at = end;
        Ok(taken)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Short> {
        let short = self.short();
        self.take(N)?.try_into().map_err(|_| short)
    }

    pub(super) fn i8(&mut self) -> Result<i8, Short> {
        self.fixed().map(i8::from_be_bytes)
    }

    pub(super) fn i16(&mut self) -> Result<i16, Short> {
        self.fixed().map(i16::from_be_bytes)
    }

    pub(super) fn i32(&mut self) -> Result<i32, Short> {
        self.fixed().map(i32::from_be_bytes)
    }

    pub(super) fn i64(&mut self) -> Result<i64, Short> {
        self.fixed().map(i64::from_be_bytes)
    }

    fn unsigned_varint(&mut self) -> Result<u32, Short> {
        let start = self.short();
        let mut value = 0u64;
        for shift in (0..35).step_by(7) {
            let [byte] = self.fixed()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return u32::try_from(value).map_err(|_| start);
            }
        }
        Err(start)
    }

    /// A length of text or bytes; `None` is null.
    fn length(&mut self, wide: bool) -> Result<Option<usize>, Short> {
        let start = self.short();
        let length = if self.flexible {
            i64::from(self.unsigned_varint()?) - 1
        } else if wide {
            i64::from(self.i32()?)
        } else {
            i64::from(self.i16()?)
        };
        match length {
            -1 => Ok(None),
            _ => usize::try_from(length).map(Some).map_err(|_| start),
        }
    }

    pub(super) fn nullable_text(&mut self) -> Result<Option<String>, Short> {
        let Some(length) = self.length(false)? else {
            return Ok(None);
        };
        let start = self.short();
        let text = std::str::from_utf8(self.take(length)?).map_err(|_| start)?;
        Ok(Some(text.to_owned()))
    }

    pub(super) fn text(&mut self) -> Result<String, Short> {
        let start = self.short();
        self.nullable_text()?.ok_or(start)
    }

    pub(super) fn nullable_bytes(&mut self) -> Result<Option<&'a [u8]>, Short> {
        match self.length(true)? {
            Some(length) => self.take(length).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Short> {
        let start = self.short();
        self.nullable_bytes()?.ok_or(start)
    }

    /// A list; null is empty. Every element takes at least a byte, so what is claimed beyond that ends early.
    pub(super) fn list<T>(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<T, Short>,
    ) -> Result<Vec<T>, Short> {
        let count = self.length(true)?.unwrap_or(0);
        if count > self.bytes.len() - self.at {
            return Err(self.short());
        }
        (0..count).map(|_| element(self)).collect()
    }

    /// Tagged fields at the end of a flexible struct: number and content of each.
    pub(super) fn tags(
        &mut self,
        mut field: impl FnMut(u32, &mut Reader<'a>) -> Result<(), Short>,
    ) -> Result<(), Short> {
        if !self.flexible {
            return Ok(());
        }
        for _ in 0..self.unsigned_varint()? {
            let tag = self.unsigned_varint()?;
            let length = self.unsigned_varint()?;
            let start = self.at;
            let content = self.take(usize::try_from(length).map_err(|_| Short { at: start })?)?;
            let mut inner = Reader {
                bytes: content,
                at: 0,
                flexible: true,
            };
            field(tag, &mut inner).map_err(|Short { at }| Short { at: start + at })?;
        }
        Ok(())
    }

    /// Tagged fields that nobody asks for.
    pub(super) fn skip_tags(&mut self) -> Result<(), Short> {
        self.tags(|_, _| Ok(()))
    }
}
