//! Judges all rules after each sampled minute. What came of it is written in one transaction: new states, history, and the notices
//! to be sent. So a process that is killed tells neither less nor more than one that is not.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use sqlx::{Sqlite, Transaction};

use super::book::{Book, Kept, RecordError, Standing};
use super::evaluate::{Event, Now, Span, Status, evaluate};
use super::history::{self, Ending};
use super::records::{is_worth_keeping, keep_standing};
use super::rule::Rule;
use crate::catalog::Level;
use crate::notify::{Notice, Occasion, outbox};
use crate::series::{Resource, Series};
use crate::store::Metrics;
use tokio::sync::watch;

/// Resources that are judged a minute, of all rules together.
pub const JUDGED_MAX: usize = 50_000;
/// Notices of one rule and one occasion in one minute; the last of them tells how many more there are.
pub const NOTICES_MAX: usize = 5;

/// Minutes between two looks for old episodes.
const PURGED_EVERY_MINUTES: i64 = 60;

/// Where values come from.
pub trait Values: Send + Sync {
    /// What is measured at a level now; what was deleted is no longer among it.
    fn resources(&self, level: Level) -> Vec<Resource>;

    /// The values of the last `count` minutes up to `minute`, the newest last; none where there is none.
    fn recent(&self, series: &Series, minute: i64, count: u16) -> Vec<Option<f64>>;
}

impl Values for Metrics {
    fn resources(&self, level: Level) -> Vec<Resource> {
        self.series_of(level)
    }

    fn recent(&self, series: &Series, minute: i64, count: u16) -> Vec<Option<f64>> {
        let mut recent = vec![None; usize::from(count)];
        let first = minute.saturating_sub(i64::from(count) - 1);
        // Most rules ask for one minute, which is in memory.
        if count == 1 {
            recent[0] = self
                .latest(series)
                .filter(|(at, _)| *at == minute)
                .map(|(_, v)| v);
            return recent;
        }
        match self.query(series, first, minute, usize::from(count)) {
            Ok(points) => {
                for point in points {
                    let place = usize::try_from(point.minute - first).ok();
                    if let Some(place) = place.and_then(|at| recent.get_mut(at)) {
                        *place = Some(point.last);
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "values of an alarm cannot be read"),
        }
        recent
    }
}

/// What a minute did to a rule on a resource.
struct Change {
    resource: Resource,
    standing: Standing,
    events: Vec<Event>,
    /// The resource is no more: its state goes, too.
    gone: bool,
}

/// What a minute did to a rule.
struct Verdict {
    id: i64,
    rule: Arc<Rule>,
    standing: HashMap<Resource, Standing>,
    left_out: usize,
    changes: Vec<Change>,
}

impl Book {
    /// Judges each minute as it is told of, and tidies the history up, until told to stop. What fails is judged with the next one.
    pub async fn follow(
        self,
        mut minutes: watch::Receiver<Option<i64>>,
        values: Arc<dyn Values>,
        mut stopped: watch::Receiver<bool>,
    ) {
        loop {
            let minute = *minutes.borrow_and_update();
            if let Some(minute) = minute {
                if let Err(error) = self.judge(minute, Arc::clone(&values)).await {
                    tracing::error!(%error, minute, "cannot judge the rules of alarms");
                }
                if minute.rem_euclid(PURGED_EVERY_MINUTES) == 0
                    && let Err(error) = self.purge().await
                {
                    tracing::warn!(%error, "cannot remove old alarms");
                }
            }
            tokio::select! {
                changed = minutes.changed() => if changed.is_err() { return },
                _ = stopped.wait_for(|stopped| *stopped) => return,
            }
        }
    }

    /// Judges a minute that was just sampled. The same minute is not judged twice.
    pub async fn judge(&self, minute: i64, values: Arc<dyn Values>) -> Result<(), RecordError> {
        let _writer = self.inner.writing.lock().await;
        let rules = {
            let memory = self.memory();
            if memory.judged == Some(minute) {
                return Ok(());
            }
            memory.rules.clone()
        };
        let now = Now {
            minute,
            ms: self.now_ms(),
        };
        let judged = tokio::task::spawn_blocking(move || judge_all(&rules, values.as_ref(), now));
        let Ok(mut verdicts) = judged.await else {
            tracing::error!(minute, "judging the rules of alarms panicked");
            return Ok(());
        };
        if verdicts.iter().any(|v| !v.changes.is_empty()) {
            let mut on = self.inner.pool.begin().await?;
            for verdict in &mut verdicts {
                write(&mut on, verdict, now).await?;
            }
            on.commit().await?;
            self.inner.wake.notify_one();
        }
        let mut memory = self.memory();
        for verdict in verdicts {
            if let Some(kept) = memory.rules.get_mut(&verdict.id) {
                kept.standing = Arc::new(verdict.standing);
                kept.left_out = verdict.left_out;
            }
        }
        memory.judged = Some(minute);
        memory.count();
        Ok(())
    }
}

fn judge_all(rules: &BTreeMap<i64, Kept>, values: &dyn Values, now: Now) -> Vec<Verdict> {
    let mut resources: HashMap<Level, Arc<HashSet<Resource>>> = HashMap::new();
    let mut room = JUDGED_MAX;
    let mut verdicts = Vec::with_capacity(rules.len());
    for (id, kept) in rules {
        let metric = kept.rule.condition.metric();
        let Some(metric) = metric.filter(|_| kept.rule.enabled) else {
            continue;
        };
        let there = resources
            .entry(metric.level)
            .or_insert_with(|| Arc::new(values.resources(metric.level).into_iter().collect()));
        let verdict = judge_rule(*id, kept, there, values, now, room);
        room = room.saturating_sub(verdict.standing.len());
        verdicts.push(verdict);
    }
    verdicts
}

fn judge_rule(
    id: i64,
    kept: &Kept,
    there: &HashSet<Resource>,
    values: &dyn Values,
    now: Now,
    room: usize,
) -> Verdict {
    let condition = &kept.rule.condition;
    let level = condition.metric().map_or(Level::Instance, |m| m.level);
    let mut meant: Vec<Resource> = match condition.of.one(level) {
        Some(one) => vec![one],
        None => there
            .iter()
            .filter(|r| condition.of.fits(r))
            .cloned()
            .collect(),
    };
    // In one order, so that the same ones are left out every minute.
    meant.sort_unstable();
    let left_out = meant.len().saturating_sub(room);
    meant.truncate(room);
    let mut verdict = Verdict {
        id,
        rule: Arc::clone(&kept.rule),
        standing: HashMap::with_capacity(meant.len()),
        left_out,
        changes: Vec::new(),
    };
    let is_there = |resource: &Resource| level == Level::Instance || there.contains(resource);
    for (resource, before) in kept.standing.iter() {
        if !is_there(resource) {
            verdict.changes.extend(gone(resource, before));
        }
    }
    for resource in meant {
        let before = kept.standing.get(&resource).filter(|_| is_there(&resource));
        let before = before.copied().unwrap_or_default();
        let Some(series) = condition.series(resource.clone()) else {
            continue;
        };
        let recent = values.recent(&series, now.minute, condition.periods);
        let (mut state, events) = evaluate(&kept.rule, &recent, &before.state, now);
        forget(&kept.rule, &mut state, now.minute);
        let standing = Standing {
            state,
            episode: before.episode,
        };
        if !events.is_empty() || differs(&before, &standing) {
            verdict.changes.push(Change {
                resource: resource.clone(),
                standing,
                events,
                gone: false,
            });
        }
        verdict.standing.insert(resource, standing);
    }
    verdict
}

/// The end of what is no more.
fn gone(resource: &Resource, before: &Standing) -> Option<Change> {
    let mut events = Vec::new();
    events.extend(before.state.episode.map(Event::Ended));
    events.extend(before.state.told.then_some(Event::Recovered));
    is_worth_keeping(&before.state).then(|| Change {
        resource: resource.clone(),
        standing: Standing {
            episode: before.episode,
            ..Standing::default()
        },
        events,
        gone: true,
    })
}

/// Takes away what no longer matters, so that states do not stay on record for ever.
fn forget(rule: &Rule, state: &mut super::evaluate::State, minute: i64) {
    if state.silent_until.is_some_and(|until| until <= minute) {
        state.silent_until = None;
    }
    let silence = i64::from(rule.silence_minutes);
    let is_over = |told: i64| !(told..told.saturating_add(silence)).contains(&minute);
    if !state.told && state.told_minute.is_some_and(is_over) {
        state.told_minute = None;
    }
}

/// Whether the records have to be written. The newest value and whether there is one are seen anew after a restart.
fn differs(before: &Standing, after: &Standing) -> bool {
    let kept = |standing: &Standing| {
        let mut state = standing.state;
        (state.value, state.status) = (None, Status::default());
        state
    };
    kept(before) != kept(after)
}

async fn write(
    on: &mut Transaction<'_, Sqlite>,
    verdict: &mut Verdict,
    now: Now,
) -> Result<(), RecordError> {
    let mut notices: HashMap<&'static str, Vec<Notice>> = HashMap::new();
    for change in &mut verdict.changes {
        for event in &change.events {
            let episode = &mut change.standing.episode;
            record(
                on,
                verdict.id,
                &verdict.rule,
                &change.resource,
                episode,
                *event,
                change.gone,
                now,
            )
            .await?;
        }
        keep_standing(on, verdict.id, &change.resource, &change.standing).await?;
        if let Some(standing) = verdict.standing.get_mut(&change.resource) {
            standing.episode = change.standing.episode;
        }
        for notice in told(&verdict.rule, change, now) {
            notices
                .entry(notice.occasion.name())
                .or_default()
                .push(notice);
        }
    }
    for notice in notices.into_values().flat_map(few) {
        for channel in &verdict.rule.channels {
            outbox::put(on, *channel, &notice, now.ms).await?;
        }
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "one row of the history")]
async fn record(
    on: &mut Transaction<'_, Sqlite>,
    id: i64,
    rule: &Rule,
    resource: &Resource,
    episode: &mut Option<i64>,
    event: Event,
    gone: bool,
    now: Now,
) -> Result<(), RecordError> {
    match event {
        Event::Began(span) => *episode = Some(history::begin(on, id, rule, resource, span).await?),
        Event::Fired(_) => {
            if let Some(episode) = *episode {
                history::told(on, episode, now.ms).await?;
            }
        }
        Event::Ended(span) => {
            let ending = if gone {
                Ending::Gone
            } else {
                Ending::Recovered
            };
            if let Some(episode) = episode.take() {
                history::end(on, episode, now.ms, ending, span.worst).await?;
            }
        }
        Event::Recovered => {}
    }
    Ok(())
}

/// The notices of a change.
fn told(rule: &Rule, change: &Change, now: Now) -> Vec<Notice> {
    let state = &change.standing.state;
    let span = change.events.iter().find_map(|event| match event {
        Event::Began(span) | Event::Ended(span) | Event::Fired(span) => Some(*span),
        Event::Recovered => None,
    });
    let since_ms = |span: Option<Span>| span.map_or(now.ms, |s| s.since.saturating_mul(60_000));
    let occasions = change.events.iter().filter_map(|event| match event {
        Event::Fired(_) => Some(Occasion::Firing),
        Event::Recovered if change.gone => Some(Occasion::Gone),
        Event::Recovered => Some(Occasion::Recovered),
        Event::Began(_) | Event::Ended(_) => None,
    });
    occasions
        .map(|occasion| Notice {
            value: state.value,
            since_ms: since_ms(span),
            ..Notice::of(rule, &change.resource, occasion, now.ms)
        })
        .collect()
}

/// Of very many notices a few, the last with how many more there are.
fn few(mut notices: Vec<Notice>) -> Vec<Notice> {
    let more = notices.len().saturating_sub(NOTICES_MAX);
    notices.truncate(NOTICES_MAX);
    if let Some(last) = notices.last_mut() {
        last.more = more as u64;
    }
    notices
}
