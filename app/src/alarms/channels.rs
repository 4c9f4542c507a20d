//! Channels: the list, one channel, trying it, deleting it.

use console::Permission;
use leptos::prelude::*;
use metrics::alarms::ChannelRecord;
use metrics::notify::Kind;

use super::parts::{self, Tab};
use super::{failed, view};
use crate::error::{ConsoleError, Reply};
use crate::form::Form;
use crate::format;
use crate::nav::Nav;
use crate::preferences::local;
use crate::ui::{
    Alert, Column, Crumbs, Dialog, Empty, Fact, Facts, Head, Icon, PostForm, State, Table, Tone,
};
use crate::visit::{Flash, Place, Visit, viewer};

pub(crate) fn unknown() -> ConsoleError {
    ConsoleError::NotFound {
        what: t!("channels-one"),
    }
}

/// `GET /alarms/channels`.
pub(crate) async fn show_list(visit: Visit) -> Reply {
    let on = visit.guard(Permission::AlarmRead)?;
    let book = on.alarms()?;
    let channels = super::rules::channels(book).await?;
    let counts = parts::Counts::of(book, &on).await?;
    let may = on.caller.may(Permission::AlarmModify);
    Ok(visit.page(Nav::Alarms, &t!("alarms-channels"), move || {
        let body = if channels.is_empty() {
            let add = may.then(|| view! { <a class="button" href="/alarms/create-channel"><Icon name="plus"/>{t!("channels-create")}</a> });
            view! { <Empty title=t!("channels-none")><p>{t!("channels-none-text")}</p>{add}</Empty> }.into_any()
        } else {
            list(&channels, may).into_any()
        };
        view! { {parts::frame(Tab::Channels, &counts, may)}{body} }
    }))
}

fn list(channels: &[ChannelRecord], may: bool) -> impl IntoView + use<> {
    let columns = vec![
        Column::text(t!("channels-name")),
        Column::text(t!("channels-kind")),
        Column::text(t!("channels-leads")),
        Column::text(t!("channels-state")),
        Column::number(t!("channels-waiting")),
        Column::actions(t!("alarms-actions")),
    ];
    let rows: Vec<_> = channels.iter().map(|c| row(c, may)).collect();
    view! { <Table label=t!("alarms-channels") columns=columns class="stack">{rows}</Table> }
}

fn row(record: &ChannelRecord, may: bool) -> impl IntoView + use<> {
    let (name, href) = (
        record.channel.name.clone(),
        format!("/alarms/channels/{}", record.id),
    );
    let test = may.then(|| test_button(record.id, &name, "button quiet"));
    view! {
        <tr>
            <th scope="row"><a href=href>{name}</a></th>
            <td data-label=t!("channels-kind")>{view::kind(&record.channel.kind)}</td>
            <td class="wide" data-label=t!("channels-leads")>{view::leads(&record.channel.kind)}</td>
            <td class="wide" data-label=t!("channels-state")>{state(record)}</td>
            <td class="num" data-label=t!("channels-waiting")>{format::count(record.waiting as u64)}</td>
            <td class="act">{test}</td>
        </tr>
    }
}

/// How the last delivery went, and why it failed.
fn state(record: &ChannelRecord) -> impl IntoView + use<> {
    let (tone, text) = view::channel_state(record);
    let failing = record.is_failing();
    let why = record.failed.as_ref().filter(|_| failing);
    let why = why.map(|(_, failure)| {
        let why = view::failure(failure);
        view! { <br/><small>{why}</small> }
    });
    view! { <State tone=tone text=text/>{why} }
}

fn test_button(id: i64, name: &str, class: &'static str) -> impl IntoView + use<> {
    let here = viewer(|v| v.here.clone());
    let label = t!("channels-test-of", name = name.to_owned());
    view! {
        <PostForm action=format!("/alarms/channels/{id}/test")>
            <input type="hidden" name="next" value=here/>
            <button class=class aria-label=label>{t!("channels-test")}</button>
        </PostForm>
    }
}

/// `GET /alarms/channels/{id}`.
pub(crate) async fn show(visit: Visit, Place(id): Place<i64>) -> Reply {
    let on = visit.guard(Permission::AlarmRead)?;
    let book = on.alarms()?;
    let found = book.channel(id).await.map_err(|e| failed(e, String::new))?;
    let record = found.ok_or_else(unknown)?;
    let users = book.users(id);
    let may = on.caller.may(Permission::AlarmModify);
    let title = record.channel.name.clone();
    Ok(visit.page(Nav::Alarms, &title, move || {
        view! { {head(&record, may)}{facts(&record, &users)} }
    }))
}

fn head(record: &ChannelRecord, may: bool) -> impl IntoView + use<> {
    let (id, name) = (record.id, record.channel.name.clone());
    let waiting = format::count(record.waiting as u64);
    let actions = may.then(|| {
        let title = t!("channels-delete-title", name = name.clone());
        let label = title.clone();
        view! {
            {test_button(id, &name, "button primary")}
            <a class="button" href=format!("/alarms/channels/{id}/edit")>{t!("channels-edit")}</a>
            <button class="button danger" type="button" popovertarget="delete-channel" aria-label=label>{t!("rules-delete")}</button>
            <Dialog id="delete-channel" title=title>
                <p>{t!("channels-delete-text", count = waiting)}</p>
                <PostForm action=format!("/alarms/channels/{id}/delete")>
                    <div class="actions">
                        <button class="button danger">{t!("channels-delete-submit")}</button>
                        <button class="button" type="button" popovertarget="delete-channel" popovertargetaction="hide">{t!("rules-keep")}</button>
                    </div>
                </PostForm>
            </Dialog>
        }
    });
    let above = vec![
        (t!("nav-alarms"), "/alarms".to_owned()),
        (t!("alarms-channels"), "/alarms/channels".to_owned()),
    ];
    let title = record.channel.name.clone();
    let failing = record.failed.as_ref().filter(|_| record.is_failing());
    let alert = failing.map(|(_, failure)| {
        let (title, text) = (view::channel_state(record).1, view::failure(failure));
        view! { <Alert tone=Tone::Danger title=title>{text}</Alert> }
    });
    view! {
        <Crumbs above=above here=title.clone()/>
        <Head title=title>{actions}</Head>
        {alert}
    }
}

fn facts(record: &ChannelRecord, users: &[String]) -> impl IntoView + use<> {
    let channel = &record.channel;
    let (tone, text) = view::channel_state(record);
    let users = if users.is_empty() {
        format::UNKNOWN.to_owned()
    } else {
        users.join(", ")
    };
    let server = match &channel.kind {
        Kind::Email(email) => {
            let place = format!("{}:{}", email.host, email.port);
            let (user, from) = (email.user.clone(), email.from.clone());
            let user = if user.is_empty() {
                format::UNKNOWN.to_owned()
            } else {
                user
            };
            let security = view::security(email.security);
            Some(view! {
                <Fact name=t!("channels-host")>{place}</Fact>
                <Fact name=t!("channels-security")>{security}</Fact>
                <Fact name=t!("channels-user")>{user}</Fact>
                <Fact name=t!("channels-from")>{from}</Fact>
            })
        }
        Kind::Webhook(_) => None,
    };
    let language = crate::i18n::Lang::from_tag(channel.language.tag()).map_or("", |l| l.name());
    let (kind, leads) = (view::kind(&channel.kind), view::leads(&channel.kind));
    let (zone, waiting) = (channel.zone.clone(), format::count(record.waiting as u64));
    view! {
        <Facts>
            <Fact name=t!("channels-kind")>{kind}</Fact>
            <Fact name=t!("channels-leads")>{leads}</Fact>
            {server}
            <Fact name=t!("channels-language")>{language}</Fact>
            <Fact name=t!("channels-zone")>{zone}</Fact>
            <Fact name=t!("channels-state")><State tone=tone text=text/></Fact>
            <Fact name=t!("channels-waiting")>{waiting}</Fact>
            <Fact name=t!("channels-used-by")>{users}</Fact>
        </Facts>
    }
}

/// `POST /alarms/channels/{id}/test`: sends at once, past the queue, and says what came of it.
pub(crate) async fn test(visit: Visit, Place(id): Place<i64>, form: Form) -> Reply {
    let on = visit.guard(Permission::AlarmModify)?;
    on.audit.event("testChannel");
    let book = on.alarms()?;
    let found = book.channel(id).await.map_err(|e| failed(e, String::new))?;
    let name = found.ok_or_else(unknown)?.channel.name;
    on.audit.resource("channel", name.as_str());
    let sent = book.test_channel(id).await;
    let flash = match sent.map_err(|e| failed(e, || t!("channels-one")))? {
        Ok(()) => Flash::ok(t!("channels-tested", name = name)),
        Err(failure) => Flash::failed(t!("channels-test-failed", why = view::failure(&failure))),
    };
    let to = match form.get("next") {
        "" => "/alarms/channels",
        next => local(next),
    };
    visit.done(flash, to).await
}

/// `POST /alarms/channels/{id}/delete`.
pub(crate) async fn delete(visit: Visit, Place(id): Place<i64>) -> Reply {
    let on = visit.guard(Permission::AlarmModify)?;
    on.audit.event("deleteChannel");
    let deleted = on.alarms()?.delete_channel(id).await;
    let name = deleted.map_err(|e| failed(e, || t!("channels-one")))?;
    on.audit.resource("channel", name.as_str());
    let done = Flash::ok(t!("channels-deleted", name = name));
    visit.done(done, "/alarms/channels").await
}
