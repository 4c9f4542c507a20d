//! Where a page of messages stands: an offset in each partition, and its form in an address.

use std::collections::BTreeMap;

/// Next offset to read, by partition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Positions(pub BTreeMap<i32, i64>);

/// More partitions than any address should carry.
const PARTITIONS_MAX: usize = 2_000;

impl Positions {
    /// Reads the form `0.12~3.900` (partition, dot, offset). `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut positions = BTreeMap::new();
        for part in text.split('~') {
            let (partition, offset) = part.split_once('.')?;
            let (partition, offset): (u16, i64) = (partition.parse().ok()?, offset.parse().ok()?);
            positions.insert(i32::from(partition), Some(offset).filter(|o| *o >= 0)?);
            if positions.len() > PARTITIONS_MAX {
                return None;
            }
        }
        Some(Self(positions))
    }

    /// Only what differs from `base`: short in an address.
    #[must_use]
    pub fn beyond(&self, base: &Self) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(p, o)| base.0.get(p) != Some(o))
                .map(|(p, o)| (*p, *o))
                .collect(),
        )
    }

    /// `base` with these in place of its own.
    #[must_use]
    pub(crate) fn over(&self, base: &Self) -> Self {
        let mut all = base.clone();
        for (partition, offset) in &self.0 {
            if let Some(slot) = all.0.get_mut(partition) {
                *slot = *offset;
            }
        }
        all
    }
}

impl std::fmt::Display for Positions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, (partition, offset)) in self.0.iter().enumerate() {
            write!(f, "{}{partition}.{offset}", if at == 0 { "" } else { "~" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_carries_it_there_and_back() {
        let positions = Positions([(0, 12), (359, i64::MAX)].into());
        assert_eq!(positions.to_string(), format!("0.12~359.{}", i64::MAX));
        assert_eq!(Positions::parse(&positions.to_string()), Some(positions));
        for bad in [
            "", "1", "1.", ".1", "1.-2", "-1.2", "a.b", "1.2~", "1.2~~3.4", "70000.1",
        ] {
            assert_eq!(Positions::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn only_what_moved_is_carried() {
        let base = Positions([(0, 5), (1, 6), (2, 7)].into());
        let moved = Positions([(0, 5), (1, 9), (2, 7)].into());
        assert_eq!(moved.beyond(&base).to_string(), "1.9");
        assert_eq!(moved.beyond(&base).over(&base), moved);
        let strange = Positions([(9, 1)].into());
        assert_eq!(
            strange.over(&base),
            base,
            "partitions that are not asked for are ignored"
        );
    }
}
