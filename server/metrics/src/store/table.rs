//! Which series there are, and the number each goes by in all files.
//!
//! Kept in `series.log`, frames of: `1` a series (number, metric id, then broker, group, topic, partition, each behind a
//! byte that says whether it is set); `2` a series ended (number, minute); `3` it came back (number); `4` numbers below
//! this one are taken. Numbers are never given twice, so a file that outlives its series cannot be mistaken for another's.
//! The log is written anew without what is forgotten when more than half of it is that.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::code::{Reader, Scale, put, put_signed, put_text};
use crate::catalog::{self, Level, Metric};
use crate::series::{Resource, Series};

/// The most series, ended ones included: 100,000 partitions, what is read of them by as many, and everything else.
pub(super) const SERIES_MAX: usize = 450_000;

/// Of [`SERIES_MAX`], in percent, how many there may be so that a series of the level still finds room: when it gets
/// narrow the finest levels are refused first.
fn room_percent(level: Level) -> usize {
    match level {
        Level::GroupPartition => 70,
        Level::Partition => 85,
        Level::GroupTopic => 92,
        Level::Topic => 96,
        Level::Group => 98,
        Level::Broker | Level::Instance => 100,
    }
}

/// Whether one more series of the level finds room beside so many.
fn has_room(len: usize, series_max: usize, level: Level) -> bool {
    len < series_max * room_percent(level) / 100
}

/// The longest name of a group or topic that is kept.
const NAME_BYTES_MAX: usize = 1024;

const DEFINED: u64 = 1;
const ENDED: u64 = 2;
const CAME_BACK: u64 = 3;
const TAKEN: u64 = 4;

/// Which level a resource is of, by the fields that are set.
pub(super) fn level_of(resource: &Resource) -> Option<Level> {
    let set = (
        resource.broker.is_some(),
        resource.group.is_some(),
        resource.topic.is_some(),
        resource.partition.is_some(),
    );
    match set {
        (false, false, false, false) => Some(Level::Instance),
        (true, false, false, false) => Some(Level::Broker),
        (false, false, true, false) => Some(Level::Topic),
        (false, false, true, true) => Some(Level::Partition),
        (false, true, false, false) => Some(Level::Group),
        (false, true, true, false) => Some(Level::GroupTopic),
        (false, true, true, true) => Some(Level::GroupPartition),
        _ => None,
    }
}

/// One series of a resource.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) metric: &'static Metric,
    pub(super) id: u32,
    /// The minute in which its topic or group was deleted; it may come back.
    pub(super) ended: Option<i64>,
}

/// All series, by what they are measured of. The order of resources keeps all of a topic, and all of a group, together.
#[derive(Debug, Default)]
pub(super) struct Table {
    by_resource: BTreeMap<Resource, Vec<Known>>,
    /// Every name once.
    names: HashSet<Arc<str>>,
    next_id: u32,
    /// All series, and how many of them ended.
    len: usize,
    ended: usize,
    /// Frames in the log, to know when it is mostly about the forgotten.
    pub(super) logged: usize,
}

impl Table {
    pub(super) fn live(&self) -> usize {
        self.len - self.ended
    }

    /// The series, if it is known, ended or not.
    pub(super) fn find(&self, series: &Series) -> Option<&Known> {
        let known = self.by_resource.get(&series.resource)?;
        known.iter().find(|k| k.metric.id == series.metric.id)
    }

    /// Numbers below are taken.
    pub(super) fn take_below(&mut self, id: u32) {
        self.next_id = self.next_id.max(id);
    }

    /// The number of a series that gets a sample now; what must be written to the log for it goes to `log`.
    /// `None` when it is none that the catalogue has, or there is no room.
    pub(super) fn number(&mut self, series: &Series, log: &mut Vec<Vec<u8>>) -> Option<u32> {
        if let Some(known) = self.by_resource.get_mut(&series.resource)
            && let Some(known) = known.iter_mut().find(|k| k.metric.id == series.metric.id)
        {
            if known.ended.take().is_some() {
                self.ended -= 1;
                log.push(came_back(known.id));
            }
            return Some(known.id);
        }
        let metric = catalog::find(series.metric.id)?;
        if level_of(&series.resource) != Some(metric.level) || !names_fit(&series.resource) {
            return None;
        }
        if !has_room(self.len, SERIES_MAX, metric.level) {
            return None;
        }
        let id = self.next_id;
        self.next_id = id.checked_add(1)?;
        let resource = self.shared(&series.resource);
        log.push(defined(id, metric, &resource));
        self.insert(resource, metric, id);
        Some(id)
    }

    fn insert(&mut self, resource: Resource, metric: &'static Metric, id: u32) {
        let known = self.by_resource.entry(resource).or_default();
        if known.iter().any(|k| k.metric.id == metric.id) {
            return;
        }
        if known.is_empty() {
            known.reserve_exact(catalog::of(metric.level).count());
        }
        known.push(Known {
            metric,
            id,
            ended: None,
        });
        self.len += 1;
    }

    /// The resource with names that all series share.
    fn shared(&mut self, resource: &Resource) -> Resource {
        let mut share = |name: &Option<Arc<str>>| {
            name.as_ref().map(|name| {
                if let Some(kept) = self.names.get(name) {
                    return Arc::clone(kept);
                }
                self.names.insert(Arc::clone(name));
                Arc::clone(name)
            })
        };
        Resource {
            broker: resource.broker,
            group: share(&resource.group),
            topic: share(&resource.topic),
            partition: resource.partition,
        }
    }

    /// The live resources of a level; only those of this topic, of this group.
    pub(super) fn resources(
        &self,
        level: Level,
        topic: Option<&str>,
        group: Option<&str>,
    ) -> Vec<Resource> {
        let start = Resource {
            group: group.map(Arc::from),
            topic: topic.map(Arc::from),
            ..Resource::default()
        };
        let is_past = |r: &Resource| {
            // Without a group, all of one topic lie together; with one, all of the group do.
            match (group, topic) {
                (Some(group), _) => r.group.as_deref() != Some(group),
                (None, Some(topic)) => match level {
                    Level::Topic | Level::Partition => r.topic.as_deref() != Some(topic),
                    _ => false,
                },
                (None, None) => false,
            }
        };
        self.by_resource
            .range(start..)
            .take_while(|(resource, _)| !is_past(resource))
            .filter(|(resource, known)| {
                level_of(resource) == Some(level)
                    && topic.is_none_or(|topic| resource.topic.as_deref() == Some(topic))
                    && known.iter().any(|k| k.ended.is_none())
            })
            .map(|(resource, _)| resource.clone())
            .collect()
    }

    /// Ends the series of a resource and of everything inside it: with a topic its partitions and what groups read of it,
    /// with a group all it reads. What must be written goes to `log`.
    pub(super) fn end(&mut self, of: &Resource, minute: i64, log: &mut Vec<Vec<u8>>) {
        let Some(level) = level_of(of) else {
            return;
        };
        let is_inside = |r: &Resource| {
            let same = |a: &Option<Arc<str>>, b: &Option<Arc<str>>| a.is_none() || a == b;
            level != Level::Instance
                && (of.broker.is_none() || of.broker == r.broker)
                && same(&of.group, &r.group)
                && same(&of.topic, &r.topic)
                && (of.partition.is_none() || of.partition == r.partition)
        };
        for (resource, known) in &mut self.by_resource {
            if resource != of && !is_inside(resource) {
                continue;
            }
            for known in known.iter_mut().filter(|k| k.ended.is_none()) {
                known.ended = Some(minute);
                self.ended += 1;
                log.push(ended(known.id, minute));
            }
        }
    }

    /// Forgets the series that ended before `minute`; when there is still no room, those that ended first.
    /// How many it forgot.
    pub(super) fn forget(&mut self, before: i64) -> usize {
        if self.ended == 0 {
            return 0;
        }
        let old = self.len;
        self.forget_until(before);
        if !has_room(self.len, SERIES_MAX, Level::GroupPartition) {
            let mut ends: Vec<i64> = self
                .by_resource
                .values()
                .flatten()
                .filter_map(|k| k.ended)
                .collect();
            ends.sort_unstable();
            if let Some(middle) = ends.get(ends.len() / 2) {
                self.forget_until(middle.saturating_add(1));
            }
        }
        old - self.len
    }

    fn forget_until(&mut self, before: i64) {
        let mut gone = 0;
        self.by_resource.retain(|_, known| {
            let old = known.len();
            known.retain(|k| k.ended.is_none_or(|minute| minute >= before));
            gone += old - known.len();
            !known.is_empty()
        });
        self.len -= gone;
        self.ended -= gone;
        if gone > 0 {
            self.names.retain(|name| Arc::strong_count(name) > 1);
        }
    }

    /// The whole table as payloads of a new log.
    pub(super) fn payloads(&self) -> Vec<Vec<u8>> {
        let mut out = Vec::with_capacity(self.len + self.ended + 1);
        let mut taken = Vec::new();
        put(&mut taken, TAKEN);
        put(&mut taken, u64::from(self.next_id));
        out.push(taken);
        for (resource, known) in &self.by_resource {
            for known in known {
                out.push(defined(known.id, known.metric, resource));
                if let Some(minute) = known.ended {
                    out.push(ended(known.id, minute));
                }
            }
        }
        out
    }

    /// How many payloads [`Table::payloads`] would give.
    pub(super) fn payloads_len(&self) -> usize {
        self.len + self.ended + 1
    }

    /// What each number in use is kept as.
    pub(super) fn scales(&self) -> HashMap<u32, Scale> {
        let known = self.by_resource.values().flatten();
        known.map(|k| (k.id, Scale::of(k.metric.unit))).collect()
    }
}

/// Reads a log, payload by payload.
#[derive(Debug, Default)]
pub(super) struct Loading {
    table: Table,
    series: HashMap<u32, (Resource, &'static Metric)>,
    ended: HashMap<u32, i64>,
}

impl Loading {
    /// Takes in a payload; what cannot be understood is passed over, as are metrics that are no more.
    pub(super) fn take(&mut self, payload: &[u8]) {
        self.table.logged += 1;
        let mut reader = Reader(payload);
        let (Some(kind), Some(id)) = (reader.number(), reader.number()) else {
            return;
        };
        let Ok(id) = u32::try_from(id) else {
            return;
        };
        match kind {
            DEFINED => {
                self.table.take_below(id.saturating_add(1));
                if let Some((resource, metric)) = read_defined(reader)
                    && self.series.len() < SERIES_MAX
                {
                    let resource = self.table.shared(&resource);
                    self.series.insert(id, (resource, metric));
                }
            }
            ENDED => {
                if let Some(minute) = reader.signed() {
                    self.ended.insert(id, minute);
                }
            }
            CAME_BACK => {
                self.ended.remove(&id);
            }
            TAKEN => self.table.take_below(id),
            _ => {}
        }
    }

    /// The table that the log tells of.
    pub(super) fn done(mut self) -> Table {
        // Newer numbers first: should a series have two, the newer has the newer samples.
        let mut series: Vec<_> = self.series.into_iter().collect();
        series.sort_unstable_by_key(|(id, _)| std::cmp::Reverse(*id));
        for (id, (resource, metric)) in series {
            self.table.insert(resource, metric, id);
        }
        for known in self.table.by_resource.values_mut().flatten() {
            known.ended = self.ended.get(&known.id).copied();
            self.table.ended += usize::from(known.ended.is_some());
        }
        self.table
    }
}

fn names_fit(resource: &Resource) -> bool {
    let fits = |name: &Option<Arc<str>>| name.as_ref().is_none_or(|n| n.len() <= NAME_BYTES_MAX);
    fits(&resource.group) && fits(&resource.topic)
}

fn defined(id: u32, metric: &Metric, resource: &Resource) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    put(&mut out, DEFINED);
    put(&mut out, u64::from(id));
    put_text(&mut out, metric.id);
    let put_index = |out: &mut Vec<u8>, index: Option<i32>| {
        out.push(u8::from(index.is_some()));
        if let Some(index) = index {
            put_signed(out, i64::from(index));
        }
    };
    let put_name = |out: &mut Vec<u8>, name: &Option<Arc<str>>| {
        out.push(u8::from(name.is_some()));
        if let Some(name) = name {
            put_text(out, name);
        }
    };
    put_index(&mut out, resource.broker);
    put_name(&mut out, &resource.group);
    put_name(&mut out, &resource.topic);
    put_index(&mut out, resource.partition);
    out
}

fn read_defined(mut reader: Reader<'_>) -> Option<(Resource, &'static Metric)> {
    fn index(reader: &mut Reader<'_>) -> Option<Option<i32>> {
        match reader.byte()? {
            0 => Some(None),
            1 => Some(Some(i32::try_from(reader.signed()?).ok()?)),
            _ => None,
        }
    }
    fn name(reader: &mut Reader<'_>) -> Option<Option<Arc<str>>> {
        match reader.byte()? {
            0 => Some(None),
            1 => Some(Some(Arc::from(reader.text()?))),
            _ => None,
        }
    }
    let metric = catalog::find(reader.text()?)?;
    let resource = Resource {
        broker: index(&mut reader)?,
        group: name(&mut reader)?,
        topic: name(&mut reader)?,
        partition: index(&mut reader)?,
    };
    (level_of(&resource) == Some(metric.level)).then_some((resource, metric))
}

fn ended(id: u32, minute: i64) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, ENDED);
    put(&mut out, u64::from(id));
    put_signed(&mut out, minute);
    out
}

fn came_back(id: u32) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, CAME_BACK);
    put(&mut out, u64::from(id));
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn topic(name: &str) -> Series {
        Series {
            metric: catalog::find("topic_messages").unwrap(),
            resource: Resource {
                topic: Some(Arc::from(name)),
                ..Resource::default()
            },
        }
    }

    fn load(payloads: &[Vec<u8>]) -> Table {
        let mut loading = Loading::default();
        payloads.iter().for_each(|payload| loading.take(payload));
        loading.done()
    }

    #[test]
    fn the_finest_levels_are_refused_first() {
        let order = [
            Level::GroupPartition,
            Level::Partition,
            Level::GroupTopic,
            Level::Topic,
            Level::Group,
            Level::Broker,
        ];
        let mut refused = 0;
        for len in 0..=1000 {
            let with_room = order.map(|level| has_room(len, 1000, level));
            assert!(
                with_room.is_sorted(),
                "{len}: coarser ones have room longer"
            );
            let now = with_room.iter().filter(|has| !**has).count();
            assert!(now >= refused, "{len}");
            refused = now;
        }
        assert_eq!(refused, order.len(), "a full table refuses all");
        assert!(
            has_room(250_000, SERIES_MAX, Level::GroupPartition),
            "100,000 partitions, read"
        );
        assert!(has_room(SERIES_MAX - 1, SERIES_MAX, Level::Instance));
    }

    #[test]
    fn a_log_written_anew_tells_the_same() {
        let (mut table, mut log) = (Table::default(), Vec::new());
        let ids: Vec<_> = ["a", "b", "c"]
            .map(|n| table.number(&topic(n), &mut log))
            .into();
        assert_eq!(ids, [Some(0), Some(1), Some(2)]);
        table.end(&topic("a").resource, 5, &mut log);
        table.end(&topic("b").resource, 9, &mut log);
        assert_eq!(table.number(&topic("a"), &mut log), Some(0), "it came back");
        assert_eq!(table.forget(10), 1);
        let anew = table.payloads();
        assert_eq!(anew.len(), table.payloads_len());
        for mut again in [load(&log), load(&anew)] {
            assert_eq!(again.number(&topic("a"), &mut Vec::new()), Some(0));
            assert_eq!(again.find(&topic("c")).map(|k| k.id), Some(2));
            assert!(again.find(&topic("b")).is_none_or(|k| k.ended == Some(9)));
            assert_eq!(
                again.number(&topic("d"), &mut Vec::new()),
                Some(3),
                "none twice"
            );
        }
    }

    #[test]
    fn what_does_not_fit_has_no_number() {
        let mut table = Table::default();
        let mut odd = topic("a");
        odd.resource.broker = Some(1);
        let long = topic(&"x".repeat(NAME_BYTES_MAX + 1));
        for series in [odd, long] {
            assert_eq!(table.number(&series, &mut Vec::new()), None);
        }
        let mut unknown = defined(
            7,
            catalog::find("topic_messages").unwrap(),
            &topic("a").resource,
        );
        unknown[4] ^= 1;
        let table = load(&[unknown]);
        assert_eq!(
            (table.live(), table.next_id),
            (0, 8),
            "a metric that is no more"
        );
    }

    proptest! {
        #[test]
        fn any_payload_can_be_read(payloads: Vec<Vec<u8>>) {
            load(&payloads);
        }
    }
}
