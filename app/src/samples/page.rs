//! The tab of a topic with programs to copy.

use cluster::topics::detail::TopicDetail;
use leptos::prelude::*;

use super::programs::{File, LANGUAGES, Language, group};
use crate::topics;
use crate::ui::{Alert, Block, Code, Segments, TabLink, Tone};

/// The page.
pub(super) fn page(
    topic: &TopicDetail,
    language: &'static Language,
    bootstrap: &str,
) -> impl IntoView + use<> {
    let name = &topic.name;
    let links = LANGUAGES
        .iter()
        .map(|other| {
            let address = format!(
                "{}?lang={}",
                topics::view::address(name, "samples"),
                other.key
            );
            TabLink::new(other.name.to_owned(), address, other.key == language.key)
        })
        .collect();
    let program = |file: &'static File, title: String| {
        let text = language.program(file, bootstrap, name);
        let under = format!("samples/{}/{}", language.key, file.name);
        block(title, text, file.name, topics::view::address(name, &under))
    };
    let producer = if topic.internal {
        view! { <Alert tone=Tone::Info title=t!("send-internal")>{t!("send-internal-text")}</Alert> }.into_any()
    } else {
        program(&language.producer, t!("samples-producer")).into_any()
    };
    let frame = topics::one::frame(topic, None);
    let consumer = program(&language.consumer, t!("samples-consumer"));
    let about = t!(
        "samples-about",
        library = language.library,
        endpoint = bootstrap.to_owned(),
        group = group(name, language)
    );
    view! {
        {frame}
        <div class="filter"><Segments label=t!("samples-language") links=links/></div>
        <p>{about}</p>
        {producer}
        {consumer}
    }
}

/// A program: copied with the script, selected whole or saved without it.
fn block(title: String, text: String, file: &'static str, href: String) -> impl IntoView {
    let label = t!("samples-download", file = file);
    view! {
        <Block title=title actions=move || view! { <a class="button" href=href.clone() download>{label.clone()}</a> }>
            <Code caption=file text=text/>
        </Block>
    }
}
