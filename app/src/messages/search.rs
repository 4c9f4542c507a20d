//! Searching: what the form asks, as the cluster takes it; how far a search came, in words.

use cluster::messages::{
    JsonPath, JsonTest, Needle, Partitions, Predicate, Progress, RangeFrom, RangeUntil, SearchPage,
    SearchQuery, SearchRange, Stopped,
};
use cluster::rules::{self, Problem, Violation};
use jiff::tz::TimeZone;
use leptos::prelude::*;

use super::query::{Address, By, backwards, keep};
use crate::format;
use crate::ui::{Alert, Icon, Tone};

/// The part of the topic an address speaks of and, for a search, what a message must be like. Stands behind searches, downloads
/// and the explanation of an empty page alike.
pub(super) fn query(address: &Address, zone: &TimeZone) -> Result<SearchQuery, Vec<Violation>> {
    let mut wrong = Vec::new();
    let mut query = SearchQuery::new(&address.topic);
    let partitions = match address.by {
        By::Offset => address.one_partition().map(Partitions::one),
        _ => address.partitions(),
    };
    query.range = SearchRange {
        partitions: keep(partitions, &mut wrong).unwrap_or_default(),
        ..SearchRange::default()
    };
    match address.by {
        By::Latest | By::Tail => {}
        By::Offset => {
            let offset = rules::number("offset", address.get("offset"), (0, i64::MAX));
            query.range.from =
                keep(offset, &mut wrong).map_or(RangeFrom::Beginning, RangeFrom::Offset);
        }
        By::Time => times(address, zone, &mut query.range, &mut wrong),
        By::Search => {
            let query = ranged(address, zone)?;
            if query.predicates.is_empty() {
                return Err(vec![refused("key", t!("messages-look-for"))]);
            }
            return Ok(query);
        }
    }
    if wrong.is_empty() {
        Ok(query)
    } else {
        Err(wrong)
    }
}

/// A range of times or offsets, and what a message in it must be like, if anything.
pub(crate) fn ranged(address: &Address, zone: &TimeZone) -> Result<SearchQuery, Vec<Violation>> {
    let mut wrong = Vec::new();
    let mut query = SearchQuery::new(&address.topic);
    query.range.partitions = keep(address.partitions(), &mut wrong).unwrap_or_default();
    times(address, zone, &mut query.range, &mut wrong);
    offsets(address, &mut query.range, &mut wrong);
    query.predicates = predicates(address, &mut wrong);
    if wrong.is_empty() {
        Ok(query)
    } else {
        Err(wrong)
    }
}

fn times(address: &Address, zone: &TimeZone, range: &mut SearchRange, wrong: &mut Vec<Violation>) {
    let from = keep(address.moment("from", zone), wrong).flatten();
    let to = keep(address.moment("to", zone), wrong).flatten();
    wrong.extend(backwards(from, to, address.get("to")));
    if let Some(ms) = from {
        range.from = RangeFrom::Time(ms);
    }
    if let Some(ms) = to {
        range.until = RangeUntil::Time(ms);
    }
}

/// First and last offset, where no time stands in their place.
fn offsets(address: &Address, range: &mut SearchRange, wrong: &mut Vec<Violation>) {
    let mut typed = |name: &'static str, taken: bool| {
        let text = address.get(name);
        if text.trim().is_empty() {
            return None;
        }
        if taken {
            wrong.push(refused(name, t!("messages-time-or-offset")));
            return None;
        }
        keep(rules::number(name, text, (0, i64::MAX)), wrong)
    };
    let first = typed("first", range.from != RangeFrom::Beginning);
    let last = typed("last", range.until != RangeUntil::End);
    if let Some(offset) = first {
        range.from = RangeFrom::Offset(offset);
    }
    if let Some(offset) = last {
        range.until = RangeUntil::Offset(offset);
    }
    if first.zip(last).is_some_and(|(first, last)| last < first) {
        wrong.push(refused("last", t!("messages-last-first")));
    }
}

fn refused(field: &'static str, text: String) -> Violation {
    let problem = Problem::Refused(text);
    Violation { field, problem }
}

fn predicates(address: &Address, wrong: &mut Vec<Violation>) -> Vec<Predicate> {
    let ignore_case = address.get("any_case") == "1";
    let needle = |name: &str| {
        let bytes = address.get(name).as_bytes().to_vec();
        (!bytes.is_empty()).then_some(Needle { bytes, ignore_case })
    };
    let mut found = Vec::new();
    found.extend(needle("text").map(Predicate::AnyContains));
    found.extend(key(address, ignore_case, wrong));
    found.extend(needle("value").map(Predicate::ValueContains));
    if address.get("null") == "1" {
        found.push(Predicate::Tombstone);
    }
    let (name, value) = (
        address.get("header").as_bytes().to_vec(),
        needle("header_value"),
    );
    if name.is_empty() && value.is_some() {
        wrong.push(refused("header", t!("messages-header-missing")));
    } else if !name.is_empty() {
        found.push(Predicate::Header { name, value });
    }
    found.extend(json(address, ignore_case, wrong));
    found
}

fn key(address: &Address, ignore_case: bool, wrong: &mut Vec<Violation>) -> Option<Predicate> {
    let typed = address.get("key");
    if typed.is_empty() {
        return None;
    }
    let all_partitions = address.get("all") == "1";
    match address.get("key_how") {
        "has" => Some(Predicate::KeyContains(Needle {
            bytes: typed.as_bytes().to_vec(),
            ignore_case,
        })),
        "hex" => match super::hex::parse(typed) {
            Some(key) => Some(Predicate::KeyEquals {
                key,
                all_partitions,
            }),
            None => {
                wrong.push(refused("key", t!("messages-not-hex")));
                None
            }
        },
        _ => Some(Predicate::KeyEquals {
            key: typed.as_bytes().to_vec(),
            all_partitions,
        }),
    }
}

fn json(address: &Address, ignore_case: bool, wrong: &mut Vec<Violation>) -> Option<Predicate> {
    let (typed, text) = (address.get("path").trim(), address.get("json_value"));
    if typed.is_empty() {
        if !text.is_empty() {
            wrong.push(refused("path", t!("messages-path-missing")));
        }
        return None;
    }
    let path = JsonPath::parse(typed).map_err(|error| Violation {
        field: "path",
        problem: Problem::NotAPath {
            value: typed.chars().take(80).collect(),
            at: i64::try_from(error.at).unwrap_or(i64::MAX),
        },
    });
    let path = keep(path, wrong)?;
    let test = match address.get("path_how") {
        "is" => JsonTest::Equals(text.to_owned()),
        "has" if !text.is_empty() => JsonTest::Contains(Needle {
            bytes: text.as_bytes().to_vec(),
            ignore_case,
        }),
        // A value beside “exists” was meant to be there.
        _ if !text.is_empty() => JsonTest::Equals(text.to_owned()),
        _ => JsonTest::Exists,
    };
    Some(Predicate::Json { path, test })
}

/// Offsets read and offsets in the range.
pub(super) fn done_of(progress: &Progress) -> (u64, u64) {
    let length = |from: i64, to: i64| u64::try_from(to.saturating_sub(from)).unwrap_or(0);
    progress.partitions.iter().fold((0, 0), |(done, all), p| {
        (
            done + length(p.span.from, p.at),
            all + length(p.span.from, p.span.until),
        )
    })
}

/// Above the rows: what was read, what is left, where it stands, and the way on.
pub(super) fn status(address: &Address, page: &SearchPage) -> impl IntoView + use<> {
    let progress = &page.progress;
    // Less than one reads as if nothing had been done.
    let took_ms = i64::try_from(progress.took.as_millis())
        .unwrap_or(i64::MAX)
        .max(1);
    let scanned = t!(
        "search-scanned",
        records = format::count(progress.scanned_records),
        size = format::bytes(progress.scanned_bytes),
        matched = format::count(progress.matched),
        time = format::duration(took_ms)
    );
    let (done, all) = done_of(progress);
    let bar = (all > 0 && page.next.is_some()).then(|| {
        let label = t!(
            "search-progress",
            done = format::count(done),
            all = format::count(all)
        );
        view! { <progress max=all.to_string() value=done.to_string() aria-label=label></progress> }
    });
    let on = page.next.as_ref().map(|cursor| {
        let href = address.onward(cursor).text();
        view! { <a class="button" href=href rel="next">{t!("search-continue")}<Icon name="right"/></a> }
    });
    let back = address.back().map(|back| {
        let first = Address { cursor: String::new(), trail: vec![], ..back.clone() }.text();
        view! {
            <a class="button quiet" href=back.text() rel="prev"><Icon name="left"/>{t!("search-back")}</a>
            <a class="button quiet" href=first>{t!("search-anew")}</a>
        }
    });
    view! {
        {key_note(address, page)}
        <div class="status" role="status">
            <p><b>{stopped_words(progress)}</b>" "{scanned}" "{stands(page)}</p>
            {bar}
            <div class="actions">{back}{on}</div>
        </div>
    }
}

/// Where it stands, when it did not come to the end.
fn stands(page: &SearchPage) -> Option<String> {
    page.next.as_ref()?;
    let progress = &page.progress;
    let left = format::count(progress.left_offsets);
    let under_way = progress.partitions.iter().find(|p| p.at < p.span.until)?;
    Some(t!(
        "search-stands",
        left = left,
        partition = under_way.span.partition,
        at = format::signed(under_way.at),
        until = format::signed(under_way.span.until.saturating_sub(1)),
        done = progress.partitions_done,
        all = progress.partitions.len()
    ))
}

fn stopped_words(progress: &Progress) -> String {
    match progress.stopped {
        Stopped::Finished => t!("search-finished"),
        Stopped::Rows | Stopped::PageBytes => t!("search-page-full"),
        Stopped::Bytes | Stopped::Records | Stopped::Time => t!("search-budget"),
        Stopped::Gaps => t!("search-gaps"),
    }
}

/// Only one partition was read, and why.
fn key_note(address: &Address, page: &SearchPage) -> Option<impl IntoView + use<>> {
    let partition = page.key_partition?;
    let href = address.with("all", "1").text();
    let title = t!("search-one-partition", partition = partition);
    Some(view! {
        <Alert tone=Tone::Info title=title>{t!("search-one-partition-text")}" "<a href=href>{t!("search-all-partitions")}</a></Alert>
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<SearchQuery, Vec<Violation>> {
        let address = Address::parse(&format!("/messages?topic=t&{query}"));
        super::query(&address, &TimeZone::UTC)
    }

    #[track_caller]
    fn check(query: &str, expect: &[Predicate]) {
        assert_eq!(
            read(&format!("by=search&{query}")).unwrap().predicates,
            expect
        );
    }

    fn needle(text: &str, ignore_case: bool) -> Needle {
        let bytes = text.as_bytes().to_vec();
        Needle { bytes, ignore_case }
    }

    #[test]
    fn conditions_are_read() {
        let equals = |key: &[u8], all_partitions| Predicate::KeyEquals {
            key: key.to_vec(),
            all_partitions,
        };
        check("key=a%20b", &[equals(b"a b", false)]);
        check("key=k&all=1", &[equals(b"k", true)]);
        check("key=00+ff&key_how=hex", &[equals(b"\0\xff", false)]);
        check(
            "key=k&key_how=has&any_case=1",
            &[Predicate::KeyContains(needle("k", true))],
        );
        check(
            "value=x&null=1",
            &[
                Predicate::ValueContains(needle("x", false)),
                Predicate::Tombstone,
            ],
        );
        let header = Predicate::Header {
            name: b"h".to_vec(),
            value: Some(needle("v", false)),
        };
        check("header=h&header_value=v", &[header]);
        let path = JsonPath::parse("$.a").unwrap();
        let json = |test| Predicate::Json {
            path: path.clone(),
            test,
        };
        check("path=$.a", &[json(JsonTest::Exists)]);
        check(
            "path=$.a&json_value=1",
            &[json(JsonTest::Equals("1".into()))],
        );
        check(
            "path=$.a&path_how=has&json_value=1",
            &[json(JsonTest::Contains(needle("1", false)))],
        );
    }

    #[test]
    fn ranges_are_read() {
        let range = |query: &str| read(query).unwrap().range;
        assert_eq!(range("").from, RangeFrom::Beginning);
        assert_eq!(range("by=offset&offset=7").from, RangeFrom::Offset(7));
        assert_eq!(range("by=offset&offset=7").partitions, Partitions::one(0));
        let times = range("by=time&from=1000&to=2000&partition=3");
        assert_eq!(
            (times.partitions, times.from, times.until),
            (
                Partitions::one(3),
                RangeFrom::Time(1_000),
                RangeUntil::Time(2_000)
            )
        );
        let offsets = range("by=search&value=x&first=5&last=9");
        assert_eq!(
            (offsets.from, offsets.until),
            (RangeFrom::Offset(5), RangeUntil::Offset(9))
        );
    }

    #[track_caller]
    fn refused(query: &str, fields: &[&str]) {
        let found: Vec<_> = read(query).unwrap_err().iter().map(|v| v.field).collect();
        assert_eq!(found, fields, "{query}");
    }

    #[test]
    fn bad_fields_are_named() {
        refused("by=search&key=", &["key"]);
        refused("by=search&key=zz&key_how=hex", &["key"]);
        refused("by=search&header_value=x", &["header"]);
        refused("by=search&json_value=x", &["path"]);
        refused("by=search&path=$..a", &["path"]);
        refused("by=search&key=a&from=then&to=now", &["from", "to"]);
        refused("by=search&key=a&from=1000&first=3", &["first"]);
        refused("by=search&key=a&first=9&last=3", &["last"]);
        refused(
            "by=search&key=a&partition=x&first=-1",
            &["partition", "first"],
        );
    }
}
