//! Pages and actions that can be found by their words.

use console::Permission;

use crate::i18n::Lang;

/// A page or an action.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Where it is.
    pub(super) address: &'static str,
    /// What it needs.
    pub(super) permission: Permission,
    /// Its name in a language.
    name: fn(Lang) -> String,
}

/// `place!("/topics", TopicRead, "nav-topics")`: the words are those of the viewer's language or of another.
macro_rules! place {
    ($address:literal, $permission:ident, $key:literal) => {
        Place {
            address: $address,
            permission: Permission::$permission,
            name: |lang| lang.text($key, &[]),
        }
    };
}

/// Every place, in the order shown.
pub(super) const PLACES: &[Place] = &[
    place!("/", InstanceRead, "nav-overview"),
    place!("/instance", InstanceRead, "nav-instance"),
    place!("/instance/settings", InstanceModify, "settings-title"),
    place!("/topics", TopicRead, "nav-topics"),
    place!("/create-topic", TopicCreate, "topic-create"),
    place!("/groups", GroupRead, "groups-title"),
    place!("/register-group", GroupCreate, "group-register"),
    place!("/messages", MessageRead, "nav-messages"),
    place!("/tags", TagRead, "nav-tags"),
    place!("/account", AccountSelf, "nav-account"),
    place!("/account/password", AccountSelf, "nav-password"),
    place!("/help", AccountSelf, "help"),
];

impl Place {
    /// Its name for the viewer.
    pub(super) fn name(&self, lang: Lang) -> String {
        (self.name)(lang)
    }

    /// Whether its name in any language has `needle` (lower case) in it: a word known from a guide finds it in every language.
    pub(super) fn fits(&self, needle: &str) -> bool {
        Lang::ALL
            .into_iter()
            .any(|lang| self.name(lang).to_lowercase().contains(needle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_a_page_and_words() {
        let routes = crate::routes::all();
        for place in PLACES {
            let is_page = |route: &&crate::table::Route| {
                route.pattern == place.address && route.method == axum::http::Method::GET
            };
            assert!(
                routes.iter().any(|route| is_page(&route)),
                "{}",
                place.address
            );
            for lang in Lang::ALL {
                let name = place.name(lang);
                assert!(!name.is_empty() && !name.contains("nav-"), "{name}");
            }
        }
        // Everything the navigation leads to can be found.
        for link in crate::nav::addresses() {
            assert!(PLACES.iter().any(|place| place.address == link), "{link}");
        }
    }

    #[test]
    fn words_of_any_language_find_a_place() {
        let found = |needle: &str| {
            let fits = |place: &&Place| place.fits(needle);
            PLACES
                .iter()
                .filter(fits)
                .map(|p| p.address)
                .collect::<Vec<_>>()
        };
        assert_eq!(found("password"), ["/account/password"]);
        assert_eq!(found("密码"), ["/account/password"]);
        assert!(found("no such thing").is_empty());
        assert_eq!(found("").len(), PLACES.len());
    }
}
