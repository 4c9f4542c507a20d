//! The first page: what there is, at a glance.

mod api;
mod page;
mod view;

use console::Permission;

use crate::error::Reply;
use crate::nav::Nav;
use crate::visit::Visit;

/// `GET /`.
pub(crate) async fn show(visit: Visit) -> Reply {
    let on = visit.guard(Permission::InstanceRead)?;
    let live = visit.state.metrics.as_ref();
    let diagnosis = live.and_then(|live| live.last_diagnosis());
    let overview = api::overview(&on, diagnosis).await?;
    Ok(visit.page(Nav::Overview, &t!("nav-overview"), move || {
        page::overview(&overview)
    }))
}
