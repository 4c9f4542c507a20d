//! Names of events and of the things they are about, where the handler does not give them: from the permission, else from the address.

use console::Permission;

/// Events whose permission says too little, by the pattern of the address.
const EVENTS: &[(&str, &str)] = &[
    ("/login", "login"),
    ("/logout", "logout"),
    ("/account/password", "changePassword"),
    ("/account/sessions/{id}/revoke", "revokeSession"),
    ("/account/sessions/revoke-others", "revokeOtherSessions"),
    ("/audit", "keepAudit"),
    ("/account/tokens", "createToken"),
    ("/account/tokens/{id}/revoke", "revokeToken"),
    ("/topics/{name}/add-partitions", "addPartitions"),
    ("/tags/bind", "bindTags"),
    ("/tags/edit", "editTags"),
    ("/tags/unbind", "unbindTags"),
    ("/tags/{tag}/rename", "renameTag"),
    ("/topics/{name}/send", "sendMessage"),
    ("/topics/{name}/samples/{language}/{file}", "downloadSample"),
];

/// Events of answers that are files, by the permission they need.
const FILES: &[(Permission, &str)] = &[
    (Permission::MessageRead, "downloadMessages"),
    (Permission::MessageDownload, "downloadMessages"),
    (Permission::TopicRead, "exportTopics"),
    (Permission::GroupRead, "exportGroups"),
    (Permission::AuditRead, "exportAudit"),
    (Permission::MetricRead, "exportMetrics"),
];

/// Parts of an address under which the next part names a thing.
const KINDS: &[(&str, &str)] = &[
    ("topics", "topic"),
    ("groups", "group"),
    ("sessions", "session"),
    ("tokens", "token"),
    ("tags", "tag"),
    ("rules", "rule"),
    ("channels", "channel"),
];

/// The event of a request to an address of this pattern.
pub(super) fn event(pattern: &str, permission: Option<Permission>, is_file: bool) -> String {
    if let Some((_, event)) = EVENTS.iter().find(|(of, _)| *of == pattern) {
        return (*event).to_owned();
    }
    let file = FILES.iter().find(|(of, _)| Some(*of) == permission);
    match (file, permission) {
        (Some((_, event)), _) if is_file => (*event).to_owned(),
        (_, Some(permission)) => by_permission(permission),
        _ => by_pattern(pattern),
    }
}

/// `topic:delete` is `deleteTopic`.
fn by_permission(permission: Permission) -> String {
    let (kind, verb) = permission
        .action()
        .split_once(':')
        .unwrap_or(("", permission.action()));
    joined(verb, kind)
}

/// `/topics/{name}/delete` is `deleteTopic`, `/create-topic` is `createTopic`: for what was turned away before its guard.
fn by_pattern(pattern: &str) -> String {
    let mut words = pattern
        .split('/')
        .filter(|part| !part.is_empty() && !part.starts_with('{'));
    let (first, last) = (words.next().unwrap_or("unknown"), words.next_back());
    let kind = KINDS
        .iter()
        .find(|(part, _)| *part == first)
        .map_or(first, |(_, kind)| kind);
    last.map_or_else(|| joined(first, ""), |verb| joined(verb, kind))
}

/// In camel case: `add-partitions` and `topic` make `addPartitionsTopic`.
fn joined(verb: &str, kind: &str) -> String {
    let mut out = String::new();
    for word in verb.split(['-', '_']).chain([kind]) {
        let mut chars = word.chars();
        match chars.next() {
            Some(first) if out.is_empty() => out.push(first),
            Some(first) => out.extend(first.to_uppercase()),
            None => {}
        }
        out.push_str(chars.as_str());
    }
    out
}

/// Kind and name of the thing an address is about: the last part that fills a parameter after a part known in [`KINDS`].
pub(super) fn resource(pattern: &str, path: &str) -> Option<(&'static str, String)> {
    let parts: Vec<&str> = pattern.split('/').collect();
    let filled: Vec<&str> = path.split('/').collect();
    let mut found = parts.windows(2).enumerate().filter_map(|(i, pair)| {
        let (_, kind) = KINDS.iter().find(|(part, _)| *part == pair[0])?;
        let value = filled.get(i + 1).filter(|_| pair[1].starts_with('{'))?;
        Some((*kind, crate::visit::decode_path(value)))
    });
    found.next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, permission: Option<Permission>, is_file: bool, expect: &str) {
        assert_eq!(event(pattern, permission, is_file), expect);
    }

    #[test]
    fn the_permission_names_the_event_and_else_the_address() {
        check(
            "/topics/{name}/delete",
            Some(Permission::TopicDelete),
            false,
            "deleteTopic",
        );
        check("/topics/{name}/delete", None, false, "deleteTopic");
        check("/create-topic", None, false, "createTopic");
        check("/login", None, false, "login");
        check(
            "/topics/{name}/add-partitions",
            Some(Permission::TopicModify),
            false,
            "addPartitions",
        );
        check(
            "/messages/download",
            Some(Permission::MessageRead),
            true,
            "downloadMessages",
        );
        check(
            "/messages",
            Some(Permission::MessageRead),
            false,
            "readMessage",
        );
        check("", None, false, "unknown");
    }

    #[test]
    fn the_address_names_the_thing() {
        let topic = resource("/topics/{name}/delete", "/topics/a%2Fb+c/delete");
        assert_eq!(topic, Some(("topic", "a/b+c".into())));
        assert_eq!(
            resource("/api/v1/groups/{id}", "/api/v1/groups/g"),
            Some(("group", "g".into()))
        );
        assert_eq!(resource("/topics", "/topics"), None);
    }
}
