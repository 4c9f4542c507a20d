//! The navigation and what stands in the top bar.

use leptos::prelude::*;

use crate::i18n::Lang;
use crate::ui::{Icon, Menu, NavGroup, NavLink, PostForm, Shell};
use crate::visit::{Theme, viewer};

/// Which link of the navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Nav {
    None,
    Overview,
    Instance,
    Topics,
    Groups,
    Messages,
    Monitoring,
    Tags,
    Alarms,
    Diagnostics,
    Audit,
    Api,
}

/// A page within top bar and navigation.
pub(crate) fn shell(at: Nav, body: AnyView) -> impl IntoView {
    let toast = viewer(|v| v.flash.clone()).map(|flash| (flash.ok, flash.text));
    view! { <Shell nav=groups(at) context=|| view! { <Find/> } tools=|| view! { <Tools/> } toast=toast>{body}</Shell> }
}

fn groups(at: Nav) -> Vec<NavGroup> {
    let link = |nav, href: &str, icon, label| NavLink {
        href: href.into(),
        icon,
        label,
        current: at == nav,
        count: None,
    };
    let firing = viewer(|v| v.firing.total());
    let alarms = NavLink {
        count: (firing > 0).then(|| crate::format::count(firing as u64)),
        ..link(Nav::Alarms, "/alarms", "alarm", t!("nav-alarms"))
    };
    vec![
        NavGroup {
            title: None,
            links: vec![
                link(Nav::Overview, "/", "overview", t!("nav-overview")),
                link(Nav::Instance, "/instance", "instance", t!("nav-instance")),
            ],
        },
        NavGroup {
            title: Some(t!("nav-data")),
            links: vec![
                link(Nav::Topics, "/topics", "topic", t!("nav-topics")),
                link(Nav::Groups, "/groups", "group", t!("nav-groups")),
                link(Nav::Messages, "/messages", "message", t!("nav-messages")),
                link(Nav::Monitoring, "/monitoring", "monitor", t!("monitoring")),
                link(Nav::Tags, "/tags", "tag", t!("nav-tags")),
                alarms,
                link(
                    Nav::Diagnostics,
                    "/diagnostics",
                    "diagnose",
                    t!("diag-title"),
                ),
            ],
        },
        NavGroup {
            title: Some(t!("nav-administration")),
            links: vec![
                link(Nav::Audit, "/audit", "audit", t!("nav-audit")),
                link(Nav::Api, "/api", "connector", t!("nav-api")),
            ],
        },
    ]
}

/// The search in the top bar; leads to what was found. The script lists that under the field as it is typed.
#[component]
fn Find() -> impl IntoView {
    view! {
        <form role="search" action="/find" method="get" data-find="">
            <label class="search">
                <Icon name="search"/>
                <span class="for-ear">{t!("nav-find")}</span>
                <input type="search" name="q" placeholder=t!("nav-find") maxlength="249" autocomplete="off"/>
            </label>
        </form>
    }
}

/// Words and addresses of the navigation, in a language.
pub(crate) fn links(lang: Lang) -> Vec<(String, String)> {
    let viewer = crate::visit::Viewer {
        lang,
        ..crate::visit::Viewer::default()
    };
    let groups = crate::visit::as_viewer(viewer, || groups(Nav::None));
    let links = groups.into_iter().flat_map(|group| group.links);
    links.map(|link| (link.label, link.href)).collect()
}

/// Language, theme, account; on a phone all of it is in the account's menu.
#[component]
fn Tools() -> impl IntoView {
    let account = viewer(|v| v.account.clone()).unwrap_or_default();
    let firing = viewer(|v| v.firing.total());
    let firing = (firing > 0).then(|| {
        let label = t!("alarms-badge", count = firing);
        view! { <a class="button quiet danger firing" href="/alarms" aria-label=label><Icon name="alarm"/>{crate::format::count(firing as u64)}</a> }
    });
    view! {
        {firing}
        <LanguageForm class="button quiet"/>
        <Menu label=t!("nav-theme") icon="theme"><ThemeForms/></Menu>
        <Menu label=account>
            <div class="narrow"><LanguageForm class=""/><ThemeForms/><hr/></div>
            <a href="/account">{t!("nav-account")}</a>
            <a href="/account/tokens">{t!("tokens-title")}</a>
            <a href="/account/password">{t!("nav-password")}</a>
            <a href="/help">{t!("help")}</a>
            <hr/>
            <PostForm action="/logout"><button>{t!("nav-logout")}</button></PostForm>
        </Menu>
    }
}

/// One button: the language that is not shown now.
#[component]
pub(crate) fn LanguageForm(class: &'static str) -> impl IntoView {
    let (lang, here) = viewer(|v| (v.lang, v.here.clone()));
    let others = Lang::ALL.into_iter().filter(move |other| *other != lang).map(move |other| {
        let here = here.clone();
        view! {
            <PostForm action="/preferences/language">
                <input type="hidden" name="next" value=here/>
                <button class=(!class.is_empty()).then_some(class) name="to" value=other.tag() lang=other.tag()>{other.name()}</button>
            </PostForm>
        }
    });
    others.collect::<Vec<_>>()
}

#[component]
fn ThemeForms() -> impl IntoView {
    let (now, here) = viewer(|v| (v.theme, v.here.clone()));
    let choices = [
        (Theme::System, "system", t!("nav-theme-system")),
        (Theme::Light, "light", t!("nav-theme-light")),
        (Theme::Dark, "dark", t!("nav-theme-dark")),
    ];
    let buttons = choices.map(|(theme, value, label)| {
        let current = theme == now;
        let mark = current.then(|| view! { <small><Icon name="ok"/></small> });
        view! { <button name="to" value=value aria-pressed=current.to_string()>{label}{mark}</button> }
    });
    view! {
        <PostForm action="/preferences/theme">
            <input type="hidden" name="next" value=here/>
            {buttons.into_iter().collect::<Vec<_>>()}
        </PostForm>
    }
}
