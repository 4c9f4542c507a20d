//! What a cluster refuses, in the viewer's words: rules broken at fields, and Kafka's codes.

use cluster::ClusterError;
use cluster::error::Code;
use cluster::rules::{Problem, Violation};

use crate::error::ConsoleError;
use crate::form::FieldError;
use crate::format;

impl From<ClusterError> for ConsoleError {
    fn from(error: ClusterError) -> Self {
        match error {
            ClusterError::Invalid(violations) => Self::Invalid {
                fields: violations.iter().map(at_field).collect(),
            },
            ClusterError::NoSuchTopic(name) => Self::NotFound {
                what: t!("refusal-topic", name = name),
            },
            ClusterError::NoSuchGroup(name) => Self::NotFound {
                what: t!("refusal-group", name = name),
            },
            ClusterError::GroupActive { members, .. } => Self::Conflict {
                reason: t!("refusal-group-active", members = some_of(&members)),
            },
            ClusterError::PreviewStale(_) => Self::Conflict {
                reason: t!("refusal-preview-stale"),
            },
            ClusterError::NoSuchPartition {
                topic, partition, ..
            } => Self::NotFound {
                what: t!("refusal-partition", topic = topic, partition = partition),
            },
            ClusterError::NoSuchMessage {
                partition, offset, ..
            } => Self::NotFound {
                what: t!("refusal-message", place = format!("{partition}:{offset}")),
            },
            ClusterError::Unreadable {
                partition,
                offset,
                reason,
            } => Self::Conflict {
                reason: t!(
                    "refusal-unreadable",
                    place = format!("{partition}:{offset}"),
                    reason = reason
                ),
            },
            ClusterError::Unreachable { reason } => Self::Unavailable {
                reason: t!("refusal-unreachable", reason = reason),
            },
            ClusterError::Busy { max, .. } => Self::Unavailable {
                reason: t!("refusal-busy", max = max),
            },
            ClusterError::Refused { code, detail, .. } if code.retriable => Self::Unavailable {
                reason: refused(&code, &detail),
            },
            ClusterError::Refused { code, detail, .. } => Self::Conflict {
                reason: refused(&code, &detail),
            },
            ClusterError::Unsupported { .. } | ClusterError::Garbled { .. } => {
                Self::internal(&error)
            }
        }
    }
}

/// The first few of many names.
pub(crate) fn some_of(names: &[String]) -> String {
    const SHOWN: usize = 10;
    let shown: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| crate::messages::text::visible(name))
        .collect();
    let more = names.len().saturating_sub(SHOWN);
    if more == 0 {
        shown.join(", ")
    } else {
        format!("{}, … (+{more})", shown.join(", "))
    }
}

/// A rule broken, at its field.
pub(crate) fn at_field(violation: &Violation) -> FieldError {
    FieldError {
        field: violation.field.to_owned(),
        text: problem(&violation.problem),
    }
}

/// What is wrong with a value, the bound, what to enter.
fn problem(problem: &Problem) -> String {
    let n = |value: &i64| format::signed(*value);
    match problem {
        // No bound worth saying: offsets may be any number from 0 on.
        Problem::Missing { min, max: i64::MAX } => t!("rule-missing-from", min = n(min)),
        Problem::NotANumber {
            value,
            min,
            max: i64::MAX,
        } => t!("rule-number-from", value = value.clone(), min = n(min)),
        Problem::Below {
            value,
            min,
            max: i64::MAX,
        } => t!("rule-below-from", value = n(value), min = n(min)),
        Problem::Missing { min, max } => t!("rule-missing", min = n(min), max = n(max)),
        Problem::NotANumber { value, min, max } => t!(
            "rule-number",
            value = value.clone(),
            min = n(min),
            max = n(max)
        ),
        Problem::Below { value, min, max } => {
            t!("rule-below", value = n(value), min = n(min), max = n(max))
        }
        Problem::Above { value, min, max } => {
            t!("rule-above", value = n(value), min = n(min), max = n(max))
        }
        Problem::Length { chars: 0, min, max } => t!("rule-empty", min = n(min), max = n(max)),
        Problem::Length { chars, min, max } if chars < min => {
            t!("rule-short", chars = *chars, min = n(min), max = n(max))
        }
        Problem::Length { chars, max, .. } => t!("rule-long", chars = *chars, max = n(max)),
        Problem::Character(c) => t!(
            "rule-character",
            char = crate::messages::text::visible(&c.to_string())
        ),
        Problem::NoLetterOrDigit => t!("rule-letter"),
        Problem::Choice(value) => t!("rule-choice", value = value.clone()),
        Problem::Taken => t!("rule-taken"),
        Problem::TooManyNamed { max } => t!("rule-too-many-named", max = n(max)),
        Problem::AtLimit { max } => t!("rule-at-limit", max = n(max)),
        Problem::NotATime(value) => t!("rule-time", value = value.clone()),
        Problem::NotAPath { value, at } => {
            t!("rule-path", value = value.clone(), at = n(at))
        }
        Problem::OtherSearch => t!("rule-search"),
        Problem::NotARatio(value) => t!("rule-ratio", value = value.clone()),
        Problem::NotTheCount { typed, count } if typed.is_empty() => {
            t!("rule-count-empty", count = *count)
        }
        Problem::NotTheCount { typed, count } => {
            t!("rule-count", typed = typed.clone(), count = *count)
        }
        Problem::NotTheName(typed) if typed.is_empty() => t!("rule-name-empty"),
        Problem::NotTheName(typed) => t!("rule-name", typed = typed.clone()),
        Problem::TooManyBytes { bytes, max } => t!(
            "rule-bytes",
            bytes = format::count(*bytes),
            max = format::count(*max)
        ),
        Problem::NotEncoded { encoding, at } => {
            t!("rule-encoding", encoding = *encoding, at = *at)
        }
        Problem::KeyNeeded => t!("rule-key-needed"),
        Problem::Refused(detail) => detail.clone(),
    }
}

/// A code in words. The cluster's own text follows where it says more than the code.
fn refused(code: &Code, detail: &str) -> String {
    let words = meaning(&code.name).unwrap_or_else(|| code.sentence.to_owned());
    let more = if detail == code.sentence {
        String::new()
    } else {
        format!(" {detail}")
    };
    format!("{words} ({}){more}", code.name)
}

/// Codes that people meet at the console.
fn meaning(name: &str) -> Option<String> {
    Some(match name {
        "KAFKA_STORAGE_ERROR" => t!("kafka-storage"),
        "INVALID_CONFIG" => t!("kafka-config"),
        "POLICY_VIOLATION" => t!("kafka-policy"),
        "INVALID_REPLICATION_FACTOR" => t!("kafka-replicas"),
        "REQUEST_TIMED_OUT" => t!("kafka-time"),
        "NOT_CONTROLLER" | "LEADER_NOT_AVAILABLE" | "NOT_LEADER_OR_FOLLOWER" => t!("kafka-leader"),
        "COORDINATOR_LOAD_IN_PROGRESS" | "COORDINATOR_NOT_AVAILABLE" | "NOT_COORDINATOR" => {
            t!("kafka-coordinator")
        }
        "TOPIC_AUTHORIZATION_FAILED"
        | "GROUP_AUTHORIZATION_FAILED"
        | "CLUSTER_AUTHORIZATION_FAILED" => t!("kafka-rights"),
        "NON_EMPTY_GROUP" | "UNKNOWN_MEMBER_ID" | "GROUP_SUBSCRIBED_TO_TOPIC" => {
            t!("kafka-group-active")
        }
        "GROUP_ID_NOT_FOUND" => t!("kafka-group-gone"),
        "CORRUPT_MESSAGE" => t!("kafka-corrupt"),
        "OFFSET_OUT_OF_RANGE" => t!("kafka-range"),
        "INVALID_REQUEST" => t!("kafka-request"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::visit::{Viewer, as_viewer};

    #[test]
    fn a_field_says_value_bound_and_what_to_enter() {
        let above = Violation {
            field: "partitions",
            problem: Problem::Above {
                value: 400,
                min: 1,
                max: 360,
            },
        };
        assert_eq!(
            at_field(&above).text,
            "400 is above the limit of 360. Enter 1–360."
        );
        let zh = Viewer {
            lang: Lang::ZhCn,
            ..Viewer::default()
        };
        as_viewer(zh, || {
            assert_eq!(at_field(&above).text, "400 超过上限 360，请输入 1–360。")
        });
        let bad = Violation {
            field: "name",
            problem: Problem::Character('\u{202e}'),
        };
        assert!(
            at_field(&bad).text.contains("U+202E"),
            "{}",
            at_field(&bad).text
        );
    }

    #[test]
    fn refusals_name_the_code_and_keep_the_clusters_words() {
        let code = Code::of(56);
        let sentence = code.sentence;
        assert_eq!(
            refused(&code, sentence),
            "The disk failed or is full. (KAFKA_STORAGE_ERROR)"
        );
        assert_eq!(
            refused(&code, "no space"),
            "The disk failed or is full. (KAFKA_STORAGE_ERROR) no space"
        );
        let gone = ConsoleError::from(ClusterError::NoSuchTopic("orders".into()));
        assert_eq!(
            gone,
            ConsoleError::NotFound {
                what: "Topic orders".into()
            }
        );
    }
}
