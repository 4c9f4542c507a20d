//! The rules for topic names (`Topic.java`).

use super::error::TopicError;

/// Longest topic name in bytes: with partition and suffix it still fits a file name.
pub(crate) const NAME_BYTES_MAX: usize = 249;

/// Topic of committed offsets.
pub(crate) const CONSUMER_OFFSETS: &str = "__consumer_offsets";
/// Topic of transactions.
pub(crate) const TRANSACTION_STATE: &str = "__transaction_state";

/// Whether the broker keeps the topic for itself.
pub(crate) fn is_internal(name: &str) -> bool {
    matches!(name, CONSUMER_OFFSETS | TRANSACTION_STATE)
}

/// Checks a name against the protocol's rules.
pub(crate) fn check(name: &str) -> Result<(), TopicError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let problem = if name.is_empty() {
        "Topic name is empty; 1 to 249 characters are allowed.".to_owned()
    } else if name.len() > NAME_BYTES_MAX {
        format!(
            "Topic name has {} bytes; at most {NAME_BYTES_MAX} are allowed.",
            name.len()
        )
    } else if matches!(name, "." | "..") {
        format!("Topic name cannot be '{name}'.")
    } else if let Some(bad) = name.chars().find(|c| !allowed(*c)) {
        format!(
            "Topic name {name:?} has the character {bad:?}; allowed are ASCII letters, digits, '.', '_' and '-'."
        )
    } else {
        return Ok(());
    };
    Err(TopicError::Name(problem))
}

/// The form in which two names collide.
pub(crate) fn folded(name: &str) -> String {
    name.replace('.', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_name(name: &str, fits: bool) {
        assert_eq!(check(name).is_ok(), fits, "{name:?}");
    }

    #[test]
    fn names_follow_the_protocols_rules() {
        check_name("a", true);
        check_name("A.b_c-9", true);
        check_name("...", true);
        check_name(&"x".repeat(249), true);
        check_name(&"x".repeat(250), false);
        check_name("", false);
        check_name(".", false);
        check_name("..", false);
        check_name("a b", false);
        check_name("a/b", false);
        check_name("../etc", false);
        check_name("größe", false);
        check_name("a\n", false);
        check_name("a\0", false);
    }
}
