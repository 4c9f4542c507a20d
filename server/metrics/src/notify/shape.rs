//! A notice as the bodies that receivers understand, signed as they ask for. Pure.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use serde_json::{Map, Value, json};

use super::channel::Shape;
use super::notice::{Letter, Notice};
use crate::catalog::{self, Unit};

/// Longest text in a body, bytes: WeCom takes 2,048.
const TEXT_BYTES_MAX: usize = 1900;

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// To be added to the query of the address: names and values, percent-encoded.
    pub query: String,
    /// Header and value of a signature.
    pub header: Option<(&'static str, String)>,
    /// JSON.
    pub body: String,
}

/// The request that carries a notice. `id` is the same in every attempt.
#[must_use]
pub fn post(
    shape: Shape,
    notice: &Notice,
    letter: &Letter,
    id: &str,
    signing: &str,
    now_ms: i64,
) -> Post {
    let text = text(letter);
    let (mut query, mut header) = (String::new(), None);
    let body = match shape {
        Shape::Json => {
            let body = facts(notice, letter, id).to_string();
            header = (!signing.is_empty()).then(|| json_signature(signing, now_ms, &body));
            body
        }
        Shape::DingTalk => {
            if !signing.is_empty() {
                query = dingtalk_signature(signing, now_ms);
            }
            json!({ "msgtype": "text", "text": { "content": text } }).to_string()
        }
        Shape::Feishu => {
            let mut body = Map::new();
            if !signing.is_empty() {
                let seconds = now_ms.div_euclid(1000);
                body.insert("timestamp".into(), seconds.to_string().into());
                body.insert("sign".into(), feishu_signature(signing, seconds).into());
            }
            body.insert("msg_type".into(), "text".into());
            body.insert("content".into(), json!({ "text": unmarked(&text) }));
            Value::Object(body).to_string()
        }
        Shape::WeCom => {
            json!({ "msgtype": "text", "text": { "content": unmarked(&text) } }).to_string()
        }
        Shape::Slack => {
            let escaped = text
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            json!({ "text": escaped }).to_string()
        }
    };
    Post {
        query,
        header,
        body,
    }
}

/// Subject and lines, cut to what receivers take.
fn text(letter: &Letter) -> String {
    let mut text = letter.subject.clone();
    for line in &letter.lines {
        text.push('\n');
        text.push_str(line);
    }
    if text.len() > TEXT_BYTES_MAX {
        let end = (0..=TEXT_BYTES_MAX)
            .rev()
            .find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or(0));
        text.push('…');
    }
    text
}

/// Names of groups and topics must not call people: `<at user_id="all">` in a name would.
fn unmarked(text: &str) -> String {
    text.replace('<', "＜")
}

fn facts(notice: &Notice, letter: &Letter, id: &str) -> Value {
    let unit = catalog::find(&notice.metric).map(|m| unit(m.unit));
    json!({
        "id": id,
        "state": notice.occasion.name(),
        "rule": notice.rule,
        "level": notice.level.name(),
        "metric": notice.metric,
        "unit": unit,
        "resource": notice.resource,
        "operator": notice.operator.name(),
        "threshold": notice.threshold,
        "periods": notice.periods,
        "value": notice.value,
        "more": notice.more,
        "since": moment(notice.since_ms),
        "at": moment(notice.at_ms),
        "title": letter.subject,
        "text": letter.lines.join("\n"),
    })
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "count",
        Unit::PerSecond => "per second",
        Unit::Bytes => "bytes",
        Unit::BytesPerSecond => "bytes per second",
        Unit::Percent => "percent",
        Unit::Milliseconds => "milliseconds",
        Unit::Seconds => "seconds",
        Unit::Ratio => "ratio",
        Unit::Flag => "flag",
    }
}

fn moment(ms: i64) -> String {
    Timestamp::from_duration(SignedDuration::from_millis(ms))
        .map_or_else(|_| ms.to_string(), |moment| moment.to_string())
}

fn hmac_sha256(key: &[u8], text: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text)
}

/// `t=SECONDS,v1=HEX`: HMAC-SHA256 of `SECONDS.BODY` under the secret.
fn json_signature(secret: &str, now_ms: i64, body: &str) -> (&'static str, String) {
    let seconds = now_ms.div_euclid(1000);
    let tag = hmac_sha256(secret.as_bytes(), format!("{seconds}.{body}").as_bytes());
    let hex: String = tag.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    ("x-millrace-signature", format!("t={seconds},v1={hex}"))
}

/// HMAC-SHA256 of `MS\nSECRET` under the secret, in the query.
fn dingtalk_signature(secret: &str, now_ms: i64) -> String {
    let tag = hmac_sha256(secret.as_bytes(), format!("{now_ms}\n{secret}").as_bytes());
    let sign = STANDARD
        .encode(tag)
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    format!("timestamp={now_ms}&sign={sign}")
}

/// HMAC-SHA256 of nothing under `SECONDS\nSECRET`.
fn feishu_signature(secret: &str, seconds: i64) -> String {
    STANDARD.encode(hmac_sha256(format!("{seconds}\n{secret}").as_bytes(), b""))
}

/// What a robot answered with success but did not take: they say so in the body.
#[must_use]
pub fn refusal(shape: Shape, answer: &[u8]) -> Option<String> {
    let code = match shape {
        Shape::DingTalk | Shape::WeCom => "errcode",
        Shape::Feishu => "code",
        Shape::Json | Shape::Slack => return None,
    };
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let found = answer.get(code)?.as_i64()?;
    let words = ["errmsg", "msg"]
        .iter()
        .find_map(|name| answer.get(name)?.as_str())
        .unwrap_or_default();
    (found != 0).then(|| super::failure::detail(format!("{code} {found} {words}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        Letter {
            subject: "Critical: Disk".into(),
            lines: vec!["group <at user_id=\"all\"> & \"b\"".into()],
        }
    }

    fn sent(shape: Shape, signing: &str) -> (Post, Value) {
        let notice = Notice::test(1_773_325_200_004);
        let post = post(shape, &notice, &letter(), "7", signing, 1_773_325_200_004);
        let body = serde_json::from_str(&post.body).unwrap();
        (post, body)
    }

    #[test]
    fn every_shape_carries_the_text() {
        let plain = "Critical: Disk\ngroup <at user_id=\"all\"> & \"b\"";
        let unmarked = plain.replace('<', "＜");
        let (_, body) = sent(Shape::DingTalk, "");
        assert_eq!(
            body,
            json!({ "msgtype": "text", "text": { "content": plain } })
        );
        let (_, body) = sent(Shape::Feishu, "");
        assert_eq!(
            body,
            json!({ "msg_type": "text", "content": { "text": unmarked } })
        );
        let (_, body) = sent(Shape::WeCom, "");
        assert_eq!(
            body,
            json!({ "msgtype": "text", "text": { "content": unmarked } })
        );
        let (_, body) = sent(Shape::Slack, "");
        let escaped = "Critical: Disk\ngroup &lt;at user_id=\"all\"&gt; &amp; \"b\"";
        assert_eq!(body, json!({ "text": escaped }));
        let (post, body) = sent(Shape::Json, "");
        assert_eq!(body["state"], "test");
        assert_eq!(body["id"], "7");
        assert_eq!(body["at"], "2026-03-12T14:20:00.004Z");
        assert_eq!(body["title"], "Critical: Disk");
        assert_eq!(post.header, None);
    }

    /// Computed with Python's hmac and hashlib.
    #[test]
    fn signatures_are_those_receivers_compute() {
        let (post, _) = sent(Shape::DingTalk, "SECabc");
        assert_eq!(
            post.query,
            "timestamp=1773325200004&sign=ypJnN5MZBGoOLqkVRb0rcv8XTlbZJsTBqvrGwqAWe5c%3D"
        );
        let (_, body) = sent(Shape::Feishu, "SECabc");
        assert_eq!(body["timestamp"], "1773325200");
        assert_eq!(body["sign"], "nbWHEjd8FfidvGV9wSPtkIva8NDbqrtn6xkNLeF8ZMg=");
        let (post, _) = sent(Shape::Json, "SECabc");
        let (name, value) = post.header.unwrap();
        assert_eq!(name, "x-millrace-signature");
        assert!(value.starts_with("t=1773325200,v1=") && value.len() == 16 + 64);
    }

    #[test]
    fn robots_refuse_in_the_body() {
        assert_eq!(refusal(Shape::DingTalk, b"{\"errcode\":0}"), None);
        let answer = b"{\"errcode\":310000,\"errmsg\":\"sign not match\"}";
        let said = refusal(Shape::DingTalk, answer).unwrap();
        assert_eq!(said, "errcode 310000 sign not match");
        assert!(refusal(Shape::Feishu, b"{\"code\":19021,\"msg\":\"x\"}").is_some());
        assert_eq!(refusal(Shape::Feishu, b"not json"), None);
        assert_eq!(refusal(Shape::Slack, b"{\"code\":1}"), None);
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let letter = Letter {
            subject: "字".repeat(1000),
            lines: Vec::new(),
        };
        let cut = text(&letter);
        assert!(cut.len() <= TEXT_BYTES_MAX + 3 && cut.ends_with('…'));
    }
}
