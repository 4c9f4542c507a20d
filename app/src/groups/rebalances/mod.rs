//! Why a group had to join again, when, by whose doing, and how long it stood still.
//!
//! - `view`: causes and members in words. `page`: components. The file for spreadsheets is here.

mod page;
pub(crate) mod view;

use cluster::groups::rebalances::Rebalance;
use console::Permission;

use super::{Id, api, title};
use crate::csv;
use crate::error::{ConsoleError, Reply};
use crate::format;
use crate::nav::Nav;
use crate::visit::Visit;

/// `GET /groups/{id}/rebalances`.
pub(crate) async fn show(visit: Visit, Id(id): Id) -> Reply {
    let on = visit.guard(Permission::GroupRead)?;
    let group = api::group(&on, &id).await?;
    let told = on.cluster.rebalances(&id);
    Ok(visit.page(Nav::Groups, &title(&id), move || page::page(&group, told)))
}

/// `GET /groups/{id}/rebalances.csv`: a line for each change of each rebalance, the newest first.
pub(crate) async fn csv(visit: Visit, Id(id): Id) -> Reply {
    let on = visit.guard(Permission::GroupRead)?;
    let told = on.cluster.rebalances(&id);
    let told = told.ok_or_else(|| ConsoleError::NotFound {
        what: t!("rebalances-elsewhere"),
    })?;
    let mut file = csv::begin();
    csv::line(&mut file, heads());
    for rebalance in &told.ended {
        for line in lines(rebalance) {
            csv::line(&mut file, line);
        }
    }
    Ok(csv::download("rebalances.csv", file))
}

fn heads() -> [String; 12] {
    [
        t!("chart-time", zone = "UTC"),
        t!("rebalance-cause"),
        t!("group-client"),
        t!("group-host"),
        t!("group-instance-id"),
        t!("group-member-id"),
        t!("rebalance-reason"),
        t!("rebalance-stood-ms"),
        t!("rebalance-members-before"),
        t!("rebalance-members-after"),
        t!("rebalance-generation"),
        t!("rebalance-slowest"),
    ]
}

fn lines(rebalance: &Rebalance) -> impl Iterator<Item = [String; 12]> {
    rebalance.changes.iter().map(|change| {
        let who = &change.who;
        let slowest = rebalance.slowest.as_ref();
        [
            format::iso(rebalance.began_ms),
            view::cause(change.cause),
            who.client_id.to_string(),
            who.host().to_owned(),
            who.instance_id.as_deref().unwrap_or_default().to_owned(),
            who.member_id.to_string(),
            change.reason.as_deref().unwrap_or_default().to_owned(),
            rebalance.lasted_ms.to_string(),
            rebalance.members_before.to_string(),
            rebalance.members_after.to_string(),
            rebalance.generation_after.to_string(),
            slowest.map_or_else(String::new, |slow| slow.who.member_id.to_string()),
        ]
    })
}
