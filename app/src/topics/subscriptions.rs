//! Who reads a topic, and how far each group is in each partition.

use cluster::groups::{LastConsumed, PartitionConsumption, TopicConsumption, TopicReader};
use cluster::topics::detail::TopicDetail;
use console::Permission;
use leptos::prelude::*;

use super::{Name, api, one, view};
use crate::error::{ConsoleError, Reply};
use crate::format::{self, Time};
use crate::guard::Granted;
use crate::nav::Nav;
use crate::ui::{Block, Column, Empty, ListQuery, State, Table, Tag, Tone};
use crate::visit::{Visit, encode, viewer};

/// A group's way through the topic, with the time of what it read last in each partition.
struct Consumption {
    group: String,
    read: TopicConsumption,
    last: Vec<LastConsumed>,
}

/// `GET /topics/{name}/subscriptions`, with `?group=` for the partitions of one.
pub(crate) async fn show(visit: Visit, Name(name): Name) -> Reply {
    let on = visit.guard(Permission::TopicRead)?;
    let (topic, _) = api::topic(&on, &name).await?;
    let (readers, _) = on.cluster.groups_of_topic(&name).await?;
    let query = ListQuery::parse(&viewer(|v| v.here.clone()));
    let one = match query.get("group") {
        "" => None,
        group => Some(consumption(&on, group, &name).await?),
    };
    Ok(visit.page(Nav::Topics, &name, move || {
        tab(&topic, &readers, one.as_ref())
    }))
}

async fn consumption(on: &Granted, group: &str, topic: &str) -> Result<Consumption, ConsoleError> {
    let read = on.cluster.consumption(group, topic).await?;
    let partitions: Vec<&PartitionConsumption> = read.partitions.iter().collect();
    let last = on.cluster.last_consumed(&read, &partitions).await?;
    Ok(Consumption {
        group: group.to_owned(),
        read,
        last,
    })
}

fn tab(
    topic: &TopicDetail,
    readers: &[TopicReader],
    one: Option<&Consumption>,
) -> impl IntoView + use<> {
    let chosen = one.map(|c| c.group.as_str());
    let body = if readers.is_empty() {
        view! { <Empty title=t!("readers-none") in_block=true><p>{t!("readers-none-text")}</p></Empty> }.into_any()
    } else {
        table(&topic.name, readers, chosen).into_any()
    };
    let one = one.map(partitions);
    view! {
        {one::frame(topic, Some(one::Tab::Subscriptions))}
        <Block title=t!("readers")>{body}</Block>
        {one}
    }
}

/// The groups that read a topic; links to the partitions of each.
pub(super) fn table(
    topic: &str,
    readers: &[TopicReader],
    chosen: Option<&str>,
) -> impl IntoView + use<> {
    let columns = vec![
        Column::text(t!("reader-group")),
        Column::text(t!("reader-online")),
        Column::number(t!("reader-members")),
        Column::number(t!("reader-committed")),
        Column::number(t!("topic-lag")),
    ];
    let rows = readers
        .iter()
        .map(|reader| row(topic, reader, chosen == Some(reader.group.as_str())));
    let rows = rows.collect::<Vec<_>>();
    view! { <Table label=t!("readers") columns=columns>{rows}</Table> }
}

fn row(topic: &str, reader: &TopicReader, chosen: bool) -> impl IntoView + use<> {
    let href = format!(
        "{}?group={}",
        view::address(topic, "subscriptions"),
        encode(&reader.group)
    );
    let (tone, text) = if reader.is_online() {
        (Tone::Ok, t!("reader-is-online"))
    } else {
        (Tone::Idle, t!("reader-is-offline"))
    };
    let committed = format!(
        "{} / {}",
        format::count(reader.committed as u64),
        format::count(reader.partitions as u64)
    );
    let group = crate::messages::text::visible(&reader.group);
    view! {
        <tr class=chosen.then_some("open")>
            <th scope="row"><a href=href aria-current=chosen.then_some("true")>{group}</a></th>
            <td><State tone=tone text=text/></td>
            <td class="num">{format::count(reader.members as u64)}</td>
            <td class="num">{committed}</td>
            <td class="num">{view::known(reader.lag)}</td>
        </tr>
    }
}

fn partitions(one: &Consumption) -> impl IntoView + use<> {
    let columns = vec![
        Column::text(t!("partition-number")),
        Column::text(t!("reader-client")),
        Column::number(t!("partition-end")),
        Column::number(t!("reader-offset")),
        Column::number(t!("topic-lag")),
        Column::number(t!("reader-last")),
    ];
    let rows = one
        .read
        .partitions
        .iter()
        .zip(&one.last)
        .map(|(p, last)| partition(p, *last));
    let rows = rows.collect::<Vec<_>>();
    let title = t!(
        "readers-of",
        group = crate::messages::text::visible(&one.group)
    );
    let group = crate::groups::view::address(&one.group, "");
    let open = move || view! { <a class="button" href=group.clone()>{t!("reader-open")}</a> };
    view! {
        <Block title=title.clone() actions=open>
            <Table label=title columns=columns>{rows}</Table>
        </Block>
    }
}

fn partition(p: &PartitionConsumption, last: LastConsumed) -> impl IntoView + use<> {
    let client = match &p.owner {
        Some(owner) => crate::messages::text::visible(owner).into_any(),
        None => view! { <span class="none">{t!("reader-nobody")}</span> }.into_any(),
    };
    // Without a commit everything there is counts, and that is said.
    let uncommitted = p
        .committed
        .is_none()
        .then(|| view! { " "<Tag value=t!("reader-uncommitted")/> });
    let last = match last {
        LastConsumed::At(ms) => view! { <Time ms=ms/> }.into_any(),
        LastConsumed::Never => view! { <span class="none">{t!("reader-never")}</span> }.into_any(),
        LastConsumed::Unknown => format::UNKNOWN.into_any(),
    };
    view! {
        <tr>
            <th scope="row">{p.partition}</th>
            <td>{client}</td>
            <td class="num">{view::offset(p.range.map(|(_, end)| end))}</td>
            <td class="num">{view::offset(p.committed)}</td>
            <td class="num">{view::known(p.lag())}{uncommitted}</td>
            <td class="num">{last}</td>
        </tr>
    }
}
