//! Alarms as a browser without script sees them: rules, what fires, silence, history, channels, the suggested set.

use std::sync::Arc;

use axum::http::StatusCode;
use metrics::alarms::minute::Values;
use metrics::catalog::Level;
use metrics::series::{Resource, Series};

use crate::world::{Answer, Browser, World, assert_no_inline_code, form};

/// Every series has this value.
struct All(f64);

impl Values for All {
    fn resources(&self, level: Level) -> Vec<Resource> {
        let broker = Resource {
            broker: Some(1),
            ..Resource::default()
        };
        match level {
            Level::Broker => vec![broker],
            Level::Instance => vec![Resource::default()],
            _ => Vec::new(),
        }
    }

    fn recent(&self, _: &Series, _: i64, count: u16) -> Vec<Option<f64>> {
        vec![Some(self.0); usize::from(count)]
    }
}

async fn judge(world: &World, minute: i64, value: f64) {
    let values: Arc<dyn Values> = Arc::new(All(value));
    world.alarms.judge(minute, values).await.unwrap();
}

async fn post(browser: &mut Browser, address: &str, fields: &[(&str, &str)]) -> Answer {
    let token = browser.token("/account/password").await;
    let mut all = vec![("csrf", token.as_str())];
    all.extend_from_slice(fields);
    browser.post(address, &form(&all)).await
}

const RULE: [(&str, &str); 12] = [
    ("name", "Disk <b>full</b>"),
    ("metric", "broker_disk_usage"),
    ("operator", "gt"),
    ("threshold", "80 %"),
    ("periods", "1"),
    ("level", "critical"),
    ("from", "00:00"),
    ("until", "00:00"),
    ("zone", "UTC"),
    ("silence", "0"),
    ("day", "0"),
    ("enabled", "1"),
];

/// The fields of a rule that can be used, every day of the week, one of them changed.
fn rule<'a>(name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut fields: Vec<(&str, &str)> = RULE.iter().copied().filter(|(n, _)| *n != name).collect();
    if name != "day" {
        fields.extend(["1", "2", "3", "4", "5", "6"].map(|day| ("day", day)));
    }
    if !value.is_empty() {
        fields.push((name, value));
    }
    fields
}

#[track_caller]
fn shows(answer: &Answer, texts: &[&str]) {
    for text in texts {
        assert!(answer.text.contains(text), "no {text} in\n{}", answer.text);
    }
}

#[tokio::test]
async fn a_rule_from_its_form_to_its_history() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    shows(
        &browser.get("/alarms").await,
        &["No rules yet", "/alarms/suggested"],
    );
    let made = post(
        &mut browser,
        "/alarms/create-rule",
        &rule("advice", "Buy disks."),
    )
    .await;
    assert_eq!(
        (made.status, made.location()),
        (StatusCode::SEE_OTHER, "/alarms/rules/1")
    );
    let page = browser.get("/alarms/rules/1").await;
    shows(
        &page,
        &[
            "Disk &lt;b&gt;full&lt;/b&gt;",
            "Disk usage &gt; 80 %, once",
            "every Broker",
            "Not judged yet",
        ],
    );
    assert_no_inline_code(&page.text);
    judge(&world, 30_000_000, 91.25).await;
    let now = browser.get("/alarms").await;
    shows(
        &now,
        &["broker 1", "91.25 %", "Buy disks.", "Critical", "Silence…"],
    );
    // On every page of the instance, from memory.
    shows(
        &browser.get("/help").await,
        &["1 alarm firing", "class=\"count danger\">1<"],
    );
    assert!(
        !world
            .browser()
            .get("/login")
            .await
            .text
            .contains("alarm firing")
    );
    judge(&world, 30_000_001, 10.0).await;
    shows(&browser.get("/alarms").await, &["No alarm is firing"]);
    let history = browser.get("/alarms/history?rule=1").await;
    shows(
        &history,
        &["recovered", "91.25 %", "History of Disk &lt;b&gt;"],
    );
    assert!(!browser.get("/help").await.text.contains("alarm firing"));
}

#[tokio::test]
async fn switching_off_silencing_changing_and_deleting() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    post(&mut browser, "/alarms/create-rule", &rule("", "")).await;
    judge(&world, 30_000_000, 91.0).await;
    let of = [
        ("rule", "1"),
        ("of", "{\"broker\":1}"),
        ("hours", "4"),
        ("reason", "maintenance"),
    ];
    let done = post(&mut browser, "/alarms/silence", &of).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    shows(
        &browser.get("/alarms").await,
        &["silent until", "End silence", "is silent for 4 h"],
    );
    let records = world.audit().await;
    let silenced = records.iter().find(|r| r.event == "silenceAlarm").unwrap();
    assert!(format!("{silenced:?}").contains("maintenance"));
    for (hours, status) in [("5", 422), ("x", 422), ("0", 303)] {
        let of = [("rule", "1"), ("of", "{\"broker\":1}"), ("hours", hours)];
        assert_eq!(
            post(&mut browser, "/alarms/silence", &of)
                .await
                .status
                .as_u16(),
            status
        );
    }
    for (rule, of) in [
        ("9", "{\"broker\":1}"),
        ("1", "{}"),
        ("1", "not json"),
        ("x", "{}"),
    ] {
        let of = [("rule", rule), ("of", of), ("hours", "1")];
        let answer = post(&mut browser, "/alarms/silence", &of).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    post(&mut browser, "/alarms/rules/1/enable", &[("enabled", "0")]).await;
    shows(
        &browser.get("/alarms/rules").await,
        &["Off", "Enable", "is disabled."],
    );
    assert_eq!(world.alarms.summary().total(), 0);
    let form = browser.get("/alarms/rules/1/edit").await;
    shows(&form, &["value=\"80\"", "Save rule"]);
    let changed = post(
        &mut browser,
        "/alarms/rules/1/edit",
        &rule("threshold", "85"),
    )
    .await;
    assert_eq!(changed.location(), "/alarms/rules/1");
    shows(&browser.get("/alarms/rules/1").await, &["&gt; 85 %"]);
    let gone = post(&mut browser, "/alarms/rules/1/delete", &[]).await;
    assert_eq!(gone.location(), "/alarms/rules");
    assert_eq!(
        browser.get("/alarms/rules/1").await.status,
        StatusCode::NOT_FOUND
    );
    shows(
        &browser.get("/alarms/history").await,
        &["the rule was disabled"],
    );
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_at_its_field() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let cases = [
        ("name", "", "The name has 0 characters. Enter 1–64."),
        ("metric", "nothing", "“nothing” is no metric."),
        (
            "threshold",
            "100.5",
            "100.5 cannot be reached: values go from 0 % to 100 %.",
        ),
        ("threshold", "-1", "-1 cannot be reached"),
        ("threshold", "NaN", "“NaN” is not a number."),
        ("threshold", "100", "No value is ever &gt; 100."),
        ("threshold", "20M", "“20M” is not a number."),
        ("operator", "like", "“like” is no comparison."),
        ("periods", "0", "“0” cannot be used. Enter 1–60."),
        ("periods", "61", "Enter 1–60."),
        ("periods", "many", "“many” cannot be used."),
        ("level", "loud", "“loud” is no level."),
        ("topic", "orders", "Disk usage is not measured of this."),
        ("broker", "one", "“one” is not a number."),
        ("broker", "-1", "“-1” is not a number."),
        ("zone", "Mars/Base", "“Mars/Base” is no time zone."),
        ("from", "24:00", "“24:00” is no time of day."),
        ("until", "noon", "“noon” is no time of day."),
        ("day", "", "No day is chosen."),
        ("silence", "10081", "“10081” cannot be used. Enter 0–10080."),
        ("channel", "7", "A chosen channel is no longer there."),
    ];
    for (field, value, text) in cases {
        let answer = post(&mut browser, "/alarms/create-rule", &rule(field, value)).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{field} {value}"
        );
        shows(&answer, &["The rule was not created.", text]);
        if field != "channel" {
            shows(&answer, &[&format!("id=\"{field}-error\"")]);
        }
    }
    let long = "x".repeat(501);
    let answer = post(&mut browser, "/alarms/create-rule", &rule("advice", &long)).await;
    shows(&answer, &["501 characters are too many."]);
    post(&mut browser, "/alarms/create-rule", &rule("", "")).await;
    let answer = post(&mut browser, "/alarms/create-rule", &rule("", "")).await;
    shows(&answer, &["A rule of this name exists."]);
    assert_eq!(world.alarms.rules().len(), 1);
    for nowhere in [
        "/alarms/rules/7/edit",
        "/alarms/channels/7",
        "/alarms/channels/7/edit",
        "/alarms/rules/x",
    ] {
        assert_eq!(
            browser.get(nowhere).await.status,
            StatusCode::NOT_FOUND,
            "{nowhere}"
        );
    }
}

#[tokio::test]
async fn the_suggested_set_comes_in_one_click_and_once() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let page = browser.get("/alarms/suggested").await;
    shows(
        &page,
        &[
            "Disk nearly full",
            "Shorten the retention",
            "&gt; 90 % of the bound below",
        ],
    );
    assert_no_inline_code(&page.text);
    let mut fields: Vec<(&str, &str)> = metrics::alarms::suggested::SET
        .iter()
        .map(|s| ("rule", s.id))
        .collect();
    fields.extend([
        ("bound-partitions", "40000"),
        ("bound-groups", "1M"),
        ("bound-topic", "none"),
    ]);
    let refused = post(&mut browser, "/alarms/suggested", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    shows(
        &refused,
        &["“none” is not a number.", "id=\"bound-topic-error\""],
    );
    assert!(world.alarms.rules().is_empty());
    fields.pop();
    fields.push(("bound-topic", "5000"));
    let added = post(&mut browser, "/alarms/suggested", &fields).await;
    assert_eq!(added.location(), "/alarms/rules");
    shows(
        &browser.get("/alarms/rules").await,
        &[
            "7 rules added.",
            "Partitions &gt; 36,000, once",
            "CPU usage &gt; 90 %, 3 min in a row",
            "&gt; 900,000",
        ],
    );
    let again = post(&mut browser, "/alarms/suggested", &fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    shows(&again, &["No rule is chosen.", "there already"]);
    assert_eq!(world.alarms.rules().len(), 7);
}

#[tokio::test]
async fn a_channel_keeps_its_secrets_to_itself() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let fields = [
        ("kind", "webhook"),
        ("name", "ops"),
        ("shape", "dingtalk"),
        (
            "secret-url",
            "http://127.0.0.1:9/robot?access_token=hunter2",
        ),
        ("signing-secret", "SEChunter2"),
        ("language", "zh-CN"),
        ("zone", "Asia/Shanghai"),
    ];
    let made = post(&mut browser, "/alarms/create-channel", &fields).await;
    assert_eq!(
        (made.status, made.location()),
        (StatusCode::SEE_OTHER, "/alarms/channels/1")
    );
    for page in [
        "/alarms/channels",
        "/alarms/channels/1",
        "/alarms/channels/1/edit",
        "/alarms/create-rule",
    ] {
        let answer = browser.get(page).await;
        assert!(!answer.text.contains("hunter2"), "{page}");
        assert_no_inline_code(&answer.text);
    }
    shows(
        &browser.get("/alarms/channels/1").await,
        &["http://127.0.0.1:9 (signed)", "never used"],
    );
    let tried = post(
        &mut browser,
        "/alarms/channels/1/test",
        &[("next", "/alarms/channels/1")],
    )
    .await;
    assert_eq!(tried.location(), "/alarms/channels/1");
    shows(
        &browser.get("/alarms/channels/1").await,
        &[
            "The test was not delivered: 127.0.0.1 cannot be reached",
            "failing since",
        ],
    );
    // Nothing typed leaves what is there.
    let kept = [
        ("kind", "webhook"),
        ("name", "ops 2"),
        ("shape", "dingtalk"),
        ("language", "en"),
        ("zone", "UTC"),
    ];
    let saved = post(&mut browser, "/alarms/channels/1/edit", &kept).await;
    assert_eq!(saved.location(), "/alarms/channels/1");
    shows(
        &browser.get("/alarms/channels/1").await,
        &["ops 2", "(signed)"],
    );
    let mut using = rule("", "");
    using.push(("channel", "1"));
    post(&mut browser, "/alarms/create-rule", &using).await;
    let refused = post(&mut browser, "/alarms/channels/1/delete", &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    shows(&refused, &["Disk &lt;b&gt;full"]);
    post(&mut browser, "/alarms/rules/1/delete", &[]).await;
    let gone = post(&mut browser, "/alarms/channels/1/delete", &[]).await;
    assert_eq!(gone.location(), "/alarms/channels");
    let audit = format!("{:?}", world.audit().await);
    assert!(audit.contains("createChannel") && audit.contains("deleteChannel"));
    assert!(!audit.contains("hunter2"));
}

#[tokio::test]
async fn channels_are_refused_at_their_fields() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let webhook = [
        ("secret-url", "", "This is no address of a webhook."),
        (
            "secret-url",
            "ftp://host/",
            "This is no address of a webhook.",
        ),
        (
            "secret-url",
            "http://169.254.169.254/latest/",
            "169.254.169.254 may not be connected to",
        ),
        (
            "secret-url",
            "http://[fd00:ec2::254]/",
            "fd00:ec2::254 may not be connected to",
        ),
        (
            "signing-secret",
            "s",
            "Messages of this shape are not signed.",
        ),
        (
            "shape",
            "carrier-pigeon",
            "“carrier-pigeon” is not offered.",
        ),
        ("zone", "x", "“x” is no time zone."),
        ("language", "tlh", "“tlh” is not offered."),
        ("name", "", "The name has 0 characters."),
    ];
    let base = [
        ("kind", "webhook"),
        ("name", "ops"),
        ("shape", "slack"),
        ("secret-url", "http://h/"),
        ("language", "en"),
        ("zone", "UTC"),
    ];
    refused(&mut browser, &base, &webhook).await;
    let email = [
        ("host", "a b", "“a b” is no host."),
        ("host", "169.254.169.254", "may not be connected to"),
        ("port", "0", "“0” is no port."),
        ("port", "x", "“x” is no port."),
        (
            "security",
            "none",
            "A password is not sent over a connection that is not encrypted.",
        ),
        ("security", "maybe", "“maybe” is not offered."),
        ("user", "", "User and password belong together."),
        ("from", "ops", "“ops” is no email address."),
        ("to", "", "Nobody is named."),
        ("to", "a@b.org\nb at c", "“b at c” is no email address."),
    ];
    let base = [
        ("kind", "email"),
        ("name", "mail"),
        ("host", "mail.example.org"),
        ("port", "465"),
        ("security", "tls"),
        ("user", "ops"),
        ("password", "hunter2"),
        ("from", "a@b.org"),
        ("to", "c@d.org"),
        ("language", "en"),
        ("zone", "UTC"),
    ];
    refused(&mut browser, &base, &email).await;
    assert!(world.alarms.channels().await.unwrap().is_empty());
    let made = post(&mut browser, "/alarms/create-channel", &base).await;
    assert_eq!(made.location(), "/alarms/channels/1");
    shows(
        &browser.get("/alarms/channels/1").await,
        &["mail.example.org:465", "c@d.org"],
    );
}

async fn refused(browser: &mut Browser, base: &[(&str, &str)], cases: &[(&str, &str, &str)]) {
    for (field, value, text) in cases {
        let mut fields: Vec<(&str, &str)> =
            base.iter().copied().filter(|(n, _)| n != field).collect();
        fields.push((field, value));
        let answer = post(browser, "/alarms/create-channel", &fields).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{field} {value}"
        );
        shows(&answer, &["The channel was not created.", text]);
        assert!(!answer.text.contains("hunter2"));
    }
}

#[tokio::test]
async fn the_pages_speak_chinese() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    browser.headers.push(("accept-language", "zh-CN".into()));
    for (page, text) in [
        ("/alarms", "还没有规则"),
        ("/alarms/rules", "还没有规则"),
        ("/alarms/history", "还没有告警记录"),
        ("/alarms/channels", "还没有通知渠道"),
        ("/alarms/suggested", "磁盘将满"),
        ("/alarms/create-rule", "连续分钟数"),
        ("/alarms/create-channel", "钉钉机器人"),
        ("/alarms/create-channel?kind=email", "收件人"),
    ] {
        let answer = browser.get(page).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}");
        shows(&answer, &[text]);
    }
}
