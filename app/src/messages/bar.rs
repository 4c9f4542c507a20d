//! The query bar: a form whose fields follow the way messages are found; every way is an address.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use leptos::prelude::*;

use super::query::{Address, By};
use super::zone;
use crate::form::FieldError;
use crate::ui::{Icon, Segments, TabLink};
use crate::visit::viewer;

/// Minutes of the links to recent times.
const RECENT_MINUTES: [i64; 3] = [15, 60, 24 * 60];

/// The form, what is wrong with its fields, and links to recent times.
pub(super) fn bar(address: &Address, errors: &[FieldError]) -> impl IntoView + use<> {
    let bar = Bar { address, errors };
    let links = By::ALL
        .map(|by| TabLink::new(words(by), address.found_by(by).text(), by == address.by))
        .into();
    let fields = match address.by {
        By::Offset => bar
            .number("offset", t!("messages-offset"), "0", None)
            .into_any(),
        By::Time => bar.time_range(true).into_any(),
        By::Latest => {
            let count = t!("messages-count");
            let count = bar.number("count", count, "", Some(t!("messages-no-end")));
            let text = bar.text("text", t!("messages-find"), Some(t!("messages-find-hint")));
            view! { {count}{text} }.into_any()
        }
        By::Search | By::Tail => ().into_any(),
    };
    let terms = (address.by == By::Search).then(|| bar.terms());
    let recent = matches!(address.by, By::Time | By::Search).then(|| recent(address));
    view! {
        <form class="query" method="get" action="/messages" aria-label=t!("messages-query")>
            <div class="filter">
                <input type="hidden" name="by" value=address.by.name()/>
                {bar.topic()}
                <Segments label=t!("messages-by") links=links/>
                {fields}
                {bar.partition()}
                <button class="button primary">{t!("messages-submit")}</button>
            </div>
            {terms}
        </form>
        {bar.sentences()}
        {recent}
    }
}

fn words(by: By) -> String {
    match by {
        By::Offset => t!("messages-by-offset"),
        By::Time => t!("messages-by-time"),
        By::Latest => t!("messages-latest"),
        By::Search => t!("messages-search"),
        By::Tail => t!("messages-tail"),
    }
}

/// The label of a field, before what is wrong with it.
pub(super) fn field_word(field: &str) -> String {
    match field {
        "offset" => t!("messages-offset"),
        "count" => t!("messages-count"),
        "text" => t!("messages-find"),
        "from" => t!("messages-from"),
        "to" => t!("messages-to"),
        "key" => t!("messages-key"),
        "value" => t!("messages-value"),
        "header" => t!("messages-header-name"),
        "header_value" => t!("messages-header-has"),
        "path" => t!("messages-path"),
        "json_value" => t!("messages-path-value"),
        "first" => t!("messages-first"),
        "last" => t!("messages-last"),
        "cursor" => t!("messages-search"),
        _ => t!("partition-number"),
    }
}

struct Bar<'a> {
    address: &'a Address,
    errors: &'a [FieldError],
}

impl Bar<'_> {
    fn described(&self, name: &str) -> Option<String> {
        let wrong = self.errors.iter().any(|e| e.field == name);
        wrong.then(|| format!("{name}-error"))
    }

    fn topic(&self) -> impl IntoView + use<> {
        let value = self.address.topic.clone();
        view! { <label>{t!("messages-topic")}" "<input id="topic" name="topic" value=value maxlength="249" spellcheck="false" autocomplete="off"/></label> }
    }

    fn partition(&self) -> impl IntoView + use<> {
        let is_one = self.address.by == By::Offset;
        let typed = match self.address.get("partition") {
            "" if is_one => "0",
            "all" => "",
            typed => typed,
        };
        let (label, mode, hint) = if is_one {
            (t!("partition-number"), Some("numeric"), None)
        } else {
            (t!("messages-partitions"), None, Some(t!("messages-all")))
        };
        self.input("partition", label, typed, mode, hint, "short")
    }

    fn number(
        &self,
        name: &'static str,
        label: String,
        at_first: &str,
        hint: Option<String>,
    ) -> impl IntoView + use<> {
        let typed = match self.address.get(name) {
            "" if !self.address.asked => at_first,
            typed => typed,
        };
        self.input(name, label, typed, Some("numeric"), hint, "short")
    }

    fn text(
        &self,
        name: &'static str,
        label: String,
        hint: Option<String>,
    ) -> impl IntoView + use<> {
        self.input(name, label, self.address.get(name), None, hint, "")
    }

    fn input(
        &self,
        name: &'static str,
        label: String,
        value: &str,
        mode: Option<&'static str>,
        hint: Option<String>,
        class: &'static str,
    ) -> impl IntoView + use<> {
        let described = self.described(name);
        view! {
            <label>{label}" "<input id=name name=name class=(!class.is_empty()).then_some(class) value=value.to_owned() inputmode=mode
                placeholder=hint spellcheck="false" autocomplete="off" aria-invalid=described.is_some().then_some("true")
                aria-describedby=described maxlength="4096"/></label>
        }
    }

    fn select(
        &self,
        name: &'static str,
        label: String,
        options: &[(&'static str, String)],
    ) -> impl IntoView + use<> {
        let chosen = self.address.get(name).to_owned();
        let options: Vec<_> = options
            .iter()
            .map(|(value, words)| {
                let selected = *value == chosen;
                view! { <option value=*value selected=selected>{words.clone()}</option> }
            })
            .collect();
        view! { <label><span class="for-ear">{label}</span><select id=name name=name>{options}</select></label> }
    }

    fn check(&self, name: &'static str, label: String) -> impl IntoView + use<> {
        let checked = self.address.get(name) == "1";
        view! { <label><input id=name name=name type="checkbox" value="1" checked=checked/>" "{label}</label> }
    }

    /// From and to, and the zone they are in. `suggest` fills in the hour before now until something was asked.
    fn time_range(&self, suggest: bool) -> impl IntoView + use<> {
        let zone = zone(self.address.get("zone"));
        let hour_ago = viewer(|v| v.now_ms).saturating_sub(3_600_000);
        let suggested = if suggest && !self.address.asked {
            civil(hour_ago, &zone)
        } else {
            String::new()
        };
        let moment = |name: &'static str, label: String, suggested: &str| {
            let typed = self.address.get(name);
            // A browser takes nothing else into such a field; the error says what was there.
            let value = typed
                .parse::<DateTime>()
                .map_or_else(|_| suggested.to_owned(), |_| typed.to_owned());
            let described = self.described(name);
            view! {
                <label>{label}" "<input id=name name=name type="datetime-local" step="1" value=value
                    aria-invalid=described.is_some().then_some("true") aria-describedby=described/></label>
            }
        };
        let name = |zone: &TimeZone| zone.iana_name().unwrap_or("UTC").to_owned();
        let (chosen, own) = (name(&zone), viewer(|v| name(&v.zone)));
        let mut zones = vec![chosen.clone(), own, "UTC".to_owned()];
        zones.sort();
        zones.dedup();
        let options = zones.into_iter().map(|name| {
            let selected = name == chosen;
            let words = name.clone();
            view! { <option value=name selected=selected>{words}</option> }
        });
        view! {
            {moment("from", t!("messages-from"), &suggested)}
            {moment("to", t!("messages-to"), "")}
            <label><span class="for-ear">{t!("messages-zone")}</span><select name="zone">{options.collect::<Vec<_>>()}</select></label>
        }
    }

    /// What a message must be like.
    fn terms(&self) -> impl IntoView + use<> {
        let has = || t!("messages-has");
        let is = || t!("messages-is");
        let rare = [
            "header",
            "header_value",
            "path",
            "json_value",
            "null",
            "from",
            "to",
            "first",
            "last",
        ];
        let is_used = rare.iter().any(|name| {
            !self.address.get(name).is_empty() || self.errors.iter().any(|e| e.field == *name)
        });
        view! {
            <div class="filter">
                {self.text("text", t!("messages-find"), None)}
            </div>
            <div class="filter">
                {self.text("key", t!("messages-key"), None)}
                {self.select("key_how", t!("messages-key-how"), &[("is", is()), ("has", has()), ("hex", t!("messages-is-hex"))])}
                {self.check("all", t!("messages-every-partition"))}
            </div>
            <div class="filter">
                {self.text("value", t!("messages-value-has"), None)}
                {self.check("any_case", t!("messages-any-case"))}
                {self.check("null", t!("messages-is-null"))}
            </div>
            <details class="more" open=is_used>
                <summary>{t!("messages-more")}</summary>
                <div class="filter">
                    {self.text("header", t!("messages-header-name"), None)}
                    {self.text("header_value", t!("messages-header-has"), None)}
                </div>
                <div class="filter">
                    {self.text("path", t!("messages-path"), Some("$.order.items[0].sku".into()))}
                    {self.select("path_how", t!("messages-path-how"), &[("", t!("messages-exists")), ("is", is()), ("has", has())])}
                    {self.input("json_value", t!("messages-path-value"), self.address.get("json_value"), None, None, "")}
                </div>
                <div class="filter">{self.time_range(false)}</div>
                <div class="filter">
                    {self.input("first", t!("messages-first"), self.address.get("first"), Some("numeric"), None, "short")}
                    {self.input("last", t!("messages-last"), self.address.get("last"), Some("numeric"), None, "short")}
                </div>
            </details>
        }
    }

    fn sentences(&self) -> Vec<impl IntoView + use<>> {
        let one = |error: &FieldError| {
            let id = format!("{}-error", error.field);
            let (word, text) = (field_word(&error.field), error.text.clone());
            view! { <p class="error" id=id role="alert"><Icon name="danger"/><span><b>{word}</b>" "{text}</span></p> }
        };
        self.errors.iter().map(one).collect()
    }
}

/// Links that set the range to the recent past.
fn recent(address: &Address) -> impl IntoView + use<> {
    let zone = zone(address.get("zone"));
    let now_ms = viewer(|v| v.now_ms);
    let to = |from_ms: i64| {
        let name = zone.iana_name().unwrap_or("UTC").to_owned();
        let at = address.with("from", civil(from_ms, &zone)).with("to", "");
        at.with("zone", name).text()
    };
    let minutes = RECENT_MINUTES.map(|minutes| {
        let ms = minutes * 60_000;
        let words = t!("messages-last-time", time = crate::format::retention(ms));
        view! { " · "<a href=to(now_ms.saturating_sub(ms))>{words}</a> }
    });
    let midnight = Timestamp::from_millisecond(now_ms)
        .ok()
        .and_then(|now| now.to_zoned(zone.clone()).start_of_day().ok())
        .map(|day| day.timestamp().as_millisecond());
    let today = midnight.map(|ms| view! { " · "<a href=to(ms)>{t!("messages-today")}</a> });
    view! { <p class="note">{t!("messages-recent")}{minutes.into_iter().collect::<Vec<_>>()}{today}</p> }
}

/// As a field for date and time takes it.
pub(super) fn civil(ms: i64, zone: &TimeZone) -> String {
    let at = Timestamp::from_millisecond(ms).unwrap_or_default();
    at.to_zoned(zone.clone())
        .strftime("%Y-%m-%dT%H:%M:%S")
        .to_string()
}
