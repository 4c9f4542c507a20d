//! Where a reset would move each partition. Pure: a plan is made of what is known, and nothing is asked or changed here.

use std::fmt;

use super::GroupState;

/// Partitions of one reset: more belong into several, topic by topic.
pub const PARTITIONS_MAX: usize = 10_000;

/// Where offsets are moved to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The first message there is.
    Earliest,
    /// Past the last message.
    Latest,
    /// The first message of this time or later, ms.
    Time(i64),
    /// This offset.
    Offset(i64),
    /// So many messages on (or, negative, back) from the committed offset.
    Shift(i64),
}

/// What is moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All partitions of every topic the group has committed an offset in.
    All,
    /// All partitions of one topic.
    Topic(String),
    /// One partition.
    Partition(String, i32),
}

/// A reset before it is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetPlan {
    /// The group.
    pub group: String,
    /// Its state when it was asked; only an idle one can be reset.
    pub state: GroupState,
    /// `<client id>_<address>` of its members, who are in the way.
    pub active: Vec<String>,
    /// Every partition in scope, by topic and number.
    pub rows: Vec<PlanRow>,
}

/// One partition of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRow {
    /// Topic.
    pub topic: String,
    /// Partition.
    pub partition: i32,
    /// What is committed now; `None` where nothing is.
    pub old: Option<i64>,
    /// First offset there is, and one past the last; `None` where the partition did not answer.
    pub range: Option<(i64, i64)>,
    /// What would become of it.
    pub outcome: Outcome,
}

/// What becomes of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Its offset is this then.
    To(i64),
    /// As [`Self::To`]; what was asked for lies before the first message there is.
    ToStart {
        /// The offset.
        new: i64,
        /// What was asked for.
        wanted: i64,
    },
    /// As [`Self::To`]; what was asked for lies past the last message.
    ToEnd {
        /// The offset.
        new: i64,
        /// What was asked for.
        wanted: i64,
    },
    /// As [`Self::To`], past the last message: none is that late.
    NoneThatLate(i64),
    /// It stays: there is no committed offset to count from.
    NothingToShift,
    /// It stays: the partition did not answer.
    NoAnswer,
}

impl Outcome {
    /// What is to be committed.
    #[must_use]
    pub fn offset(self) -> Option<i64> {
        match self {
            Self::To(new)
            | Self::ToStart { new, .. }
            | Self::ToEnd { new, .. }
            | Self::NoneThatLate(new) => Some(new),
            Self::NothingToShift | Self::NoAnswer => None,
        }
    }
}

/// Decides for one partition. `at_time` is what the log says of [`Target::Time`]: the first message that late, `None` for none.
#[must_use]
pub fn decide(
    target: Target,
    old: Option<i64>,
    range: Option<(i64, i64)>,
    at_time: Option<i64>,
) -> Outcome {
    let Some((start, end)) = range else {
        return Outcome::NoAnswer;
    };
    let wanted = match (target, old) {
        (Target::Earliest, _) => start,
        (Target::Latest, _) => end,
        (Target::Offset(offset), _) => offset,
        (Target::Shift(by), Some(old)) => old.saturating_add(by),
        (Target::Shift(_), None) => return Outcome::NothingToShift,
        (Target::Time(_), _) => match at_time {
            Some(offset) => offset,
            None => return Outcome::NoneThatLate(end),
        },
    };
    match wanted {
        wanted if wanted < start => Outcome::ToStart { new: start, wanted },
        wanted if wanted > end => Outcome::ToEnd { new: end, wanted },
        wanted => Outcome::To(wanted),
    }
}

impl PlanRow {
    /// How far it moves: negative means read again, positive skipped. `None` where nothing moves or nothing was committed.
    #[must_use]
    pub fn change(&self) -> Option<i64> {
        Some(self.outcome.offset()?.saturating_sub(self.old?))
    }

    fn to_move(&self) -> Option<Move> {
        let new = self.outcome.offset().filter(|new| self.old != Some(*new))?;
        Some(Move {
            topic: self.topic.clone(),
            partition: self.partition,
            old: self.old,
            new,
        })
    }
}

impl ResetPlan {
    /// What is to be committed: partitions whose offset changes.
    #[must_use]
    pub fn moves(&self) -> Moves {
        Moves(self.rows.iter().filter_map(PlanRow::to_move).collect())
    }

    /// Whether nobody is in the way.
    #[must_use]
    pub fn is_applicable(&self) -> bool {
        self.active.is_empty() && self.state.is_idle()
    }
}

/// One offset that moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Topic.
    pub topic: String,
    /// Partition.
    pub partition: i32,
    /// What was committed when the plan was made.
    pub old: Option<i64>,
    /// What is to be committed.
    pub new: i64,
}

/// The offsets that move, as a form carries them: `orders/0.5.9~1.-.3;bills/0.1.2`. A preview is applied exactly as it was
/// shown, however far the log has grown since.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moves(pub Vec<Move>);

impl fmt::Display for Moves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut topic = None;
        for one in &self.0 {
            if topic == Some(&one.topic) {
                f.write_str("~")?;
            } else {
                let gap = if topic.is_some() { ";" } else { "" };
                write!(f, "{gap}{}/", one.topic)?;
                topic = Some(&one.topic);
            }
            match one.old {
                Some(old) => write!(f, "{}.{old}.{}", one.partition, one.new)?,
                None => write!(f, "{}.-.{}", one.partition, one.new)?,
            }
        }
        Ok(())
    }
}

impl Moves {
    /// Reads the form; `None` for anything else, for nothing, and for more than [`PARTITIONS_MAX`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut moves = Vec::new();
        for run in text.split(';') {
            let (topic, partitions) = run.split_once('/')?;
            for one in partitions.split('~') {
                moves.push(Self::parse_one(topic, one)?);
                if moves.len() > PARTITIONS_MAX {
                    return None;
                }
            }
        }
        let mut places: Vec<_> = moves.iter().map(|m| (&m.topic, m.partition)).collect();
        places.sort_unstable();
        let once = places.windows(2).all(|pair| pair[0] != pair[1]);
        once.then_some(Self(moves))
    }

    fn parse_one(topic: &str, text: &str) -> Option<Move> {
        let number = |text: &str| text.parse::<i64>().ok().filter(|n| *n >= 0);
        let mut parts = text.splitn(3, '.');
        let partition = i32::try_from(number(parts.next()?)?).ok()?;
        let old = match parts.next()? {
            "-" => None,
            text => Some(number(text)?),
        };
        Some(Move {
            topic: topic.to_owned(),
            partition,
            old,
            new: number(parts.next()?)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(target: Target, old: Option<i64>, at_time: Option<i64>, expect: Outcome) {
        assert_eq!(decide(target, old, Some((10, 20)), at_time), expect);
    }

    #[test]
    fn targets_are_kept_in_the_range() {
        check(Target::Earliest, Some(15), None, Outcome::To(10));
        check(Target::Latest, None, None, Outcome::To(20));
        check(Target::Offset(20), None, None, Outcome::To(20));
        check(
            Target::Offset(0),
            None,
            None,
            Outcome::ToStart { new: 10, wanted: 0 },
        );
        check(
            Target::Offset(21),
            None,
            None,
            Outcome::ToEnd {
                new: 20,
                wanted: 21,
            },
        );
        check(Target::Shift(-3), Some(15), None, Outcome::To(12));
        check(
            Target::Shift(-6),
            Some(15),
            None,
            Outcome::ToStart { new: 10, wanted: 9 },
        );
        check(
            Target::Shift(i64::MAX),
            Some(15),
            None,
            Outcome::ToEnd {
                new: 20,
                wanted: i64::MAX,
            },
        );
        check(Target::Shift(1), None, None, Outcome::NothingToShift);
        check(Target::Time(5), Some(1), Some(13), Outcome::To(13));
        check(Target::Time(5), Some(1), None, Outcome::NoneThatLate(20));
        assert_eq!(
            decide(Target::Earliest, Some(1), None, None),
            Outcome::NoAnswer
        );
    }

    fn target() -> impl Strategy<Value = Target> {
        prop_oneof![
            Just(Target::Earliest),
            Just(Target::Latest),
            any::<i64>().prop_map(Target::Time),
            (0..=i64::MAX).prop_map(Target::Offset),
            any::<i64>().prop_map(Target::Shift),
        ]
    }

    fn row() -> impl Strategy<Value = (String, i32, Option<i64>, i64)> {
        (
            "[a-zA-Z0-9._-]{1,9}",
            0..i32::MAX,
            proptest::option::of(0..i64::MAX),
            0..i64::MAX,
        )
    }

    proptest! {
        #[test]
        fn an_offset_never_leaves_the_range(
            target in target(),
            old in proptest::option::of(0..=i64::MAX),
            range in (0..=i64::MAX, 0..=i64::MAX).prop_map(|(a, b)| (a.min(b), a.max(b))),
            at in proptest::option::of(0..=i64::MAX),
        ) {
            let outcome = decide(target, old, Some(range), at);
            match outcome.offset() {
                Some(new) => prop_assert!((range.0..=range.1).contains(&new)),
                None => prop_assert!(matches!((target, old), (Target::Shift(_), None))),
            }
            // Deciding again from where it led leads nowhere else, except for a shift.
            if !matches!(target, Target::Shift(_)) {
                prop_assert_eq!(decide(target, outcome.offset(), Some(range), at), outcome);
            }
            if let Outcome::ToStart { wanted, .. } = outcome {
                prop_assert!(wanted < range.0);
            }
            if let Outcome::ToEnd { wanted, .. } = outcome {
                prop_assert!(wanted > range.1);
            }
        }

        #[test]
        fn moves_travel_in_a_form(rows in proptest::collection::btree_map(
            ("[a-zA-Z0-9._-]{1,9}", 0..i32::MAX), (proptest::option::of(0..i64::MAX), 0..i64::MAX), 1..40)) {
            let moves = Moves(rows.into_iter().map(|((topic, partition), (old, new))| {
                Move { topic, partition, old, new }
            }).collect());
            prop_assert_eq!(Moves::parse(&moves.to_string()), Some(moves));
        }

        #[test]
        fn any_text_is_survived(text in ".{0,200}", (topic, partition, old, new) in row()) {
            let _ = Moves::parse(&text);
            let one = Moves(vec![Move { topic, partition, old, new }]).to_string();
            prop_assert_eq!(Moves::parse(&format!("{one};{one}")), None, "twice the same");
        }
    }

    #[test]
    fn only_what_changes_is_moved() {
        let row = |partition, old, outcome| PlanRow {
            topic: "t".into(),
            partition,
            old,
            range: Some((0, 9)),
            outcome,
        };
        let plan = ResetPlan {
            group: "g".into(),
            state: GroupState::Empty,
            active: vec![],
            rows: vec![
                row(0, Some(5), Outcome::To(9)),
                row(1, Some(5), Outcome::To(5)),
                row(2, None, Outcome::To(0)),
                row(3, None, Outcome::NothingToShift),
            ],
        };
        assert_eq!(plan.moves().to_string(), "t/0.5.9~2.-.0");
        assert_eq!(plan.rows[0].change(), Some(4));
        assert_eq!(plan.rows[2].change(), None);
        for bad in [
            "", "t", "t/", "t/0", "t/0.1", "t/0.1.-1", "t/-1.1.1", "t/0.x.1", "t/0.1.1;",
            "t/0.1.1~",
        ] {
            assert_eq!(Moves::parse(bad), None, "{bad:?}");
        }
    }
}
