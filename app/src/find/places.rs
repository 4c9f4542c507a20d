//! Pages and actions that can be found by their words: where the navigation leads, and what else can be done from anywhere.

use console::Permission;

use crate::i18n::Lang;
use crate::nav;

/// A page or an action beside those of the navigation.
#[derive(Debug, Clone, Copy)]
struct Place {
    address: &'static str,
    permission: Permission,
    /// Its name in a language.
    name: fn(Lang) -> String,
}

/// `place!("/account", AccountSelf, "nav-account")`.
macro_rules! place {
    ($address:literal, $permission:ident, $key:literal) => {
        Place {
            address: $address,
            permission: Permission::$permission,
            name: |lang| lang.text($key, &[]),
        }
    };
}

const PLACES: &[Place] = &[
    place!("/instance/settings", InstanceModify, "settings-title"),
    place!("/create-topic", TopicCreate, "topic-create"),
    place!("/register-group", GroupCreate, "group-register"),
    place!("/tags/bind", TagModify, "tags-bind"),
    place!("/account", AccountSelf, "nav-account"),
    place!("/account/password", AccountSelf, "nav-password"),
    place!("/help", AccountSelf, "help"),
];

/// Name and address of every place whose name in any language has `needle` (lower case) in it, so that a word known from a guide
/// finds it in every language; only places for which the caller `may`.
pub(super) fn named(
    needle: &str,
    lang: Lang,
    may: impl Fn(Permission) -> bool,
) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let fits = |names: &[String]| names.iter().any(|n| n.to_lowercase().contains(needle));
    let others: Vec<_> = Lang::ALL.map(nav::links).into();
    for (at, (name, address)) in nav::links(lang).into_iter().enumerate() {
        let names: Vec<String> = others
            .iter()
            .filter_map(|links| links.get(at).map(|(name, _)| name.clone()))
            .collect();
        if fits(&names) {
            found.push((name, address));
        }
    }
    for place in PLACES.iter().filter(|place| may(place.permission)) {
        let is_known = found.iter().any(|(_, address)| address == place.address);
        if !is_known && fits(&Lang::ALL.map(place.name)) {
            found.push(((place.name)(lang), place.address.to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_a_page_and_words() {
        let routes = crate::routes::all();
        for lang in Lang::ALL {
            for (name, address) in named("", lang, |_| true) {
                let is_page = |route: &crate::table::Route| {
                    route.pattern == address && route.method == axum::http::Method::GET
                };
                assert!(routes.iter().any(is_page), "{address}");
                assert!(!name.is_empty() && !name.contains("nav-"), "{name}");
            }
        }
    }

    #[test]
    fn words_of_any_language_find_a_place() {
        let found = |needle: &str| {
            let found = named(needle, Lang::En, |_| true);
            found
                .into_iter()
                .map(|(_, address)| address)
                .collect::<Vec<_>>()
        };
        assert_eq!(found("password"), ["/account/password"]);
        assert_eq!(found("密码"), ["/account/password"]);
        assert_eq!(found("overview"), ["/"]);
        assert_eq!(found("总览"), ["/"]);
        assert!(found("no such thing").is_empty());
        assert!(named("password", Lang::En, |_| false).is_empty());
    }
}
