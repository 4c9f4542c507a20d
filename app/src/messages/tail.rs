//! Messages as they come: a page that shows what came since the page before; with the script it asks again by itself, within
//! bounds that the server keeps.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::header;
use axum::response::IntoResponse;
use cluster::messages::{MessageRow, Partitions, Positions, TailPage, Turn};
use console::Permission;
use console::account::AccountId;
use leptos::prelude::*;

use super::place::OneAddress;
use super::query::Address;
use super::{is_compacted, page};
use crate::error::{ConsoleError, Reply};
use crate::format;
use crate::guard::Granted;
use crate::refusal::at_field;
use crate::ui::document::render;
use crate::ui::{Column, Icon, Table};
use crate::visit::{Visit, parse_query, viewer};

/// Messages a look gives: the script looks once a second.
const ROWS_A_LOOK: usize = 20;
/// Messages after which a tail ends.
const ROWS_MAX: u64 = 2_000;
/// Time after which a tail ends, ms.
const LASTS_MS: i64 = 10 * 60_000;
/// Tails that one account may run at once.
const PER_ACCOUNT_MAX: usize = 4;
/// A tail that did not look for so long is over, ms.
const QUIET_MS: i64 = 15_000;
/// Tails of all accounts.
const TAILS_MAX: usize = 256;

/// The tails under way. An entry is dropped when it was quiet for [`QUIET_MS`].
#[derive(Debug, Default)]
pub(crate) struct Tails(Mutex<HashMap<(AccountId, u64), Tail>>);

#[derive(Debug, Clone, Copy)]
struct Tail {
    began_ms: i64,
    seen_ms: i64,
    rows: u64,
}

/// Why a tail may not look again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Time,
    Rows,
    TooMany,
}

impl Tails {
    /// Whether this tail may look now.
    fn look(&self, account: AccountId, id: u64, now_ms: i64) -> Result<(), Ended> {
        let mut tails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tails.retain(|_, tail| now_ms.saturating_sub(tail.seen_ms) < QUIET_MS);
        if let Some(tail) = tails.get_mut(&(account, id)) {
            tail.seen_ms = now_ms;
            if now_ms.saturating_sub(tail.began_ms) >= LASTS_MS {
                return Err(Ended::Time);
            }
            return if tail.rows >= ROWS_MAX {
                Err(Ended::Rows)
            } else {
                Ok(())
            };
        }
        let own = tails.keys().filter(|(owner, _)| *owner == account).count();
        if own >= PER_ACCOUNT_MAX || tails.len() >= TAILS_MAX {
            return Err(Ended::TooMany);
        }
        let tail = Tail {
            began_ms: now_ms,
            seen_ms: now_ms,
            rows: 0,
        };
        tails.insert((account, id), tail);
        Ok(())
    }

    /// Counts what a look gave.
    fn gave(&self, account: AccountId, id: u64, rows: usize) {
        let mut tails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tail) = tails.get_mut(&(account, id)) {
            tail.rows = tail.rows.saturating_add(rows as u64);
        }
    }
}

/// What came since the page before; the newest there are on the first.
#[derive(Debug)]
pub(super) struct Since {
    came: TailPage,
    compacted: bool,
    is_first: bool,
}

/// Looks for the page.
pub(super) async fn since(on: &Granted, address: &Address) -> Result<Since, ConsoleError> {
    let partitions = address
        .partitions()
        .map_err(|violation| ConsoleError::Invalid {
            fields: vec![at_field(&violation)],
        })?;
    let (came, is_first) = match &address.turn {
        Turn::After(at) => (
            on.cluster
                .tail(&address.topic, &partitions, at, ROWS_A_LOOK)
                .await?,
            false,
        ),
        _ => (newest(on, &address.topic, &partitions).await?, true),
    };
    let compacted = has_null(&came.rows) && is_compacted(on, &address.topic).await;
    Ok(Since {
        came,
        compacted,
        is_first,
    })
}

/// Where a tail begins: at the end, with a few messages to see what is there.
async fn newest(
    on: &Granted,
    topic: &str,
    partitions: &Partitions,
) -> Result<TailPage, ConsoleError> {
    let mut came = on
        .cluster
        .tail(topic, partitions, &Positions::default(), 0)
        .await?;
    let few = Positions(
        came.next
            .0
            .iter()
            .map(|(p, end)| (*p, (end - ROWS_A_LOOK as i64).max(0)))
            .collect(),
    );
    let page = on
        .cluster
        .tail(topic, partitions, &few, ROWS_A_LOOK)
        .await?;
    (came.rows, came.next, came.gaps) = (page.rows, page.next, page.gaps);
    Ok(came)
}

fn has_null(rows: &[MessageRow]) -> bool {
    rows.iter().any(|row| row.value.is_none())
}

/// The page's part below the bar.
pub(super) fn view(address: &Address, since: &Since) -> impl IntoView + use<> {
    let came = &since.came;
    let again = address.turned(Turn::After(came.next.clone())).text();
    let words = if since.is_first {
        t!("tail-from-now")
    } else {
        came_words(came)
    };
    let now = format::local(viewer(|v| v.now_ms));
    let look = format!(
        "/messages/tail?{}",
        again.split_once('?').map_or("", |(_, query)| query)
    );
    let newest_ms = came
        .rows
        .first()
        .map_or(viewer(|v| v.now_ms), |row| row.timestamp_ms);
    let columns: Vec<Column> = page::columns(newest_ms);
    let lines: Vec<_> = came
        .rows
        .iter()
        .map(|row| line(address, row, since.compacted))
        .collect();
    view! {
        <div class="status" data-tail=look data-stopped=t!("tail-stopped") data-hidden=t!("tail-hidden") data-lost=t!("tail-lost")>
            <p role="status"><b>{t!("tail-at", time = now)}</b>" "<span>{words}</span></p>
            <div class="actions">
                <button class="button" type="button" hidden data-stop=t!("tail-stop") data-go=t!("tail-go")>{t!("tail-stop")}</button>
                <a class="button" href=again rel="next"><Icon name="refresh"/>{t!("tail-refresh")}</a>
            </div>
        </div>
        <p class="note">{t!("tail-bounds", rows = format::count(ROWS_MAX), minutes = LASTS_MS / 60_000, rate = ROWS_A_LOOK)}</p>
        <Table label=t!("messages-tail") columns=columns class="messages" list="messages">{lines}</Table>
    }
}

fn line(address: &Address, row: &MessageRow, compacted: bool) -> impl IntoView + use<> {
    let href = OneAddress::of(&address.topic, row.partition, row.offset).text();
    page::line(&address.topic, row, href, None, compacted)
}

fn came_words(came: &TailPage) -> String {
    match (came.rows.len(), came.skipped) {
        (0, 0) => t!("tail-nothing"),
        (rows, 0) => t!("tail-came", count = rows),
        (rows, skipped) => t!(
            "tail-skipped",
            count = rows,
            skipped = format::count(skipped)
        ),
    }
}

/// `GET /messages/tail`: what came since, for the script: rows as HTML, where to look next, how much was passed over, and why it
/// is over, if it is. Not found where the topic is gone, a redirect where the session is.
pub(crate) async fn look(visit: Visit) -> Reply {
    let on = visit.guard(Permission::MessageRead)?;
    let here = viewer(|v| v.here.clone());
    let address = Address::parse(&here);
    let fields = parse_query(here.split_once('?').map_or("", |(_, query)| query));
    let id = fields
        .iter()
        .find(|(name, _)| name == "id")
        .and_then(|(_, id)| id.parse().ok());
    let id: u64 = id.ok_or_else(|| ConsoleError::invalid("id", "id"))?;
    let (account, now_ms) = (on.caller.account().id, viewer(|v| v.now_ms));
    let answer = match visit.state.tails.look(account, id, now_ms) {
        Err(ended) => serde_json::json!({ "ended": ended_words(ended) }),
        Ok(()) => {
            let since = since(&on, &address).await?;
            visit.state.tails.gave(account, id, since.came.rows.len());
            let lines = since
                .came
                .rows
                .iter()
                .map(|row| line(&address, row, since.compacted));
            let rows = render(|| lines.collect::<Vec<_>>());
            serde_json::json!({
                "rows": rows,
                "after": since.came.next.to_string(),
                "count": since.came.rows.len(),
                "skipped": since.came.skipped,
                "at": t!("tail-at", time = format::local(now_ms)),
                "words": came_words(&since.came),
            })
        }
    };
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok((kind, answer.to_string()).into_response())
}

fn ended_words(ended: Ended) -> String {
    match ended {
        Ended::Time => t!("tail-ended-time", minutes = LASTS_MS / 60_000),
        Ended::Rows => t!("tail-ended-rows", rows = format::count(ROWS_MAX)),
        Ended::TooMany => t!("tail-too-many", max = PER_ACCOUNT_MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: AccountId = AccountId(1);

    #[test]
    fn a_tail_ends_after_its_time_and_its_rows() {
        let tails = Tails::default();
        for second in 0..LASTS_MS / 1_000 {
            assert_eq!(tails.look(ONE, 7, second * 1_000), Ok(()));
        }
        assert_eq!(tails.look(ONE, 7, LASTS_MS), Err(Ended::Time));
        assert_eq!(tails.look(ONE, 8, LASTS_MS), Ok(()));
        for _ in 0..ROWS_MAX / ROWS_A_LOOK as u64 {
            assert_eq!(tails.look(ONE, 8, LASTS_MS), Ok(()));
            tails.gave(ONE, 8, ROWS_A_LOOK);
        }
        assert_eq!(tails.look(ONE, 8, LASTS_MS), Err(Ended::Rows));
    }

    #[test]
    fn an_account_runs_so_many_and_quiet_ones_make_room() {
        let tails = Tails::default();
        for id in 0..PER_ACCOUNT_MAX as u64 {
            assert_eq!(tails.look(ONE, id, 0), Ok(()));
        }
        assert_eq!(tails.look(ONE, 99, 1_000), Err(Ended::TooMany));
        assert_eq!(tails.look(AccountId(2), 99, 1_000), Ok(()));
        assert_eq!(tails.look(ONE, 0, 1_000), Ok(()), "those that run go on");
        assert_eq!(
            tails.look(ONE, 99, QUIET_MS),
            Ok(()),
            "the others were left"
        );
    }
}
