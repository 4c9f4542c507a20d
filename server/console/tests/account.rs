//! Sessions, tokens and the audit log, through the records alone; a clock moved by hand.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::future::poll_fn;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::Poll;

use console::audit::{AuditQuery, Detail, Entry, KEEP_DAYS_MAX, KeepError, Level, Outcome};
use console::session::{ABSOLUTE_MS, IDLE_MS, TOUCH_MS};
use console::token::{TokenError, TokenForm, TokenProblem};
use console::{Caller, Console, Login, Origin, Permission, Role};
use storage::clock::Clock;
use tower_sessions::SessionStore as _;
use tower_sessions::cookie::time::{Duration, OffsetDateTime};
use tower_sessions::session::{Id, Record};

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PASSWORD: &str = "correct horse battery";
const DAY_MS: i64 = 86_400_000;

#[derive(Debug)]
struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct World {
    console: Console,
    clock: Arc<HandClock>,
    _dir: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(HandClock(AtomicI64::new(1_800_000_000_000)));
        let (console, _) = Console::open(
            dir.path(),
            Some(PASSWORD.into()),
            Arc::<HandClock>::clone(&clock),
        )
        .await
        .unwrap();
        Self {
            console,
            clock,
            _dir: dir,
        }
    }

    fn advance(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::Relaxed);
    }

    async fn log_in(&self, agent: &str) -> (Login, Caller) {
        let origin = Origin::new(HOME, agent);
        let (_, login) = self
            .console
            .log_in("admin", PASSWORD, origin.clone())
            .await
            .unwrap();
        let caller = self.console.caller(&login, origin).await.unwrap();
        (login, caller.unwrap())
    }
}

#[tokio::test]
async fn sessions_are_listed_and_revoked() {
    let world = World::new().await;
    let (first, one) = world.log_in("Firefox").await;
    world.advance(1000);
    let (second, two) = world.log_in("curl").await;
    let listed = world.console.sessions(&one).await.unwrap();
    let agents: Vec<_> = listed
        .iter()
        .map(|s| (s.agent.as_str(), s.current))
        .collect();
    assert_eq!(agents, [("curl", false), ("Firefox", true)]);
    assert_eq!(listed[1].ends_ms(), listed[1].seen_ms + IDLE_MS);

    assert!(
        world
            .console
            .revoke_session(&one, second.session)
            .await
            .unwrap()
    );
    assert!(
        !world
            .console
            .revoke_session(&one, second.session)
            .await
            .unwrap()
    );
    assert!(world.console.caller(&second, HOME).await.unwrap().is_none());
    assert!(world.console.caller(&first, HOME).await.unwrap().is_some());
    drop(two);

    let (third, _) = world.log_in("a").await;
    let (fourth, _) = world.log_in("b").await;
    assert_eq!(world.console.revoke_other_sessions(&one).await.unwrap(), 2);
    assert_eq!(world.console.sessions(&one).await.unwrap().len(), 1);
    for ended in [&third, &fourth] {
        assert!(world.console.caller(ended, HOME).await.unwrap().is_none());
    }
    assert!(world.console.caller(&first, HOME).await.unwrap().is_some());
    world.console.end_session(&first).await.unwrap();
    assert!(world.console.caller(&first, HOME).await.unwrap().is_none());
}

#[tokio::test]
async fn what_is_kept_of_a_session_is_what_its_file_holds() {
    let world = World::new().await;
    let store = world.console.session_store();
    let hour = Duration::hours(1);
    let mut record = Record {
        id: Id::default(),
        data: std::iter::once(("flash".to_owned(), "done".into())).collect(),
        expiry_date: OffsetDateTime::now_utc() + hour,
    };
    store.create(&mut record).await.unwrap();
    let id = record.id;
    for _ in 0..2 {
        assert_eq!(store.load(&id).await.unwrap().as_ref(), Some(&record));
    }
    record.data.clear();
    store.save(&record).await.unwrap();
    let shared = world.console.session_store();
    assert_eq!(shared.load(&id).await.unwrap().as_ref(), Some(&record));
    record.expiry_date -= hour;
    store.save(&record).await.unwrap();
    assert_eq!(shared.load(&id).await.unwrap(), None, "it is over");
    record.expiry_date += hour;
    store.save(&record).await.unwrap();
    assert!(shared.load(&id).await.unwrap().is_some());
    // Whoever asked for its end went away.
    let mut delete = store.delete(&id);
    let begun = poll_fn(|cx| Poll::Ready(delete.as_mut().poll(cx))).await;
    assert!(begun.is_pending());
    drop(delete);
    let gone = async {
        while shared.load(&id).await.unwrap().is_some() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(std::time::Duration::from_secs(10), gone).await;
    waited.expect("it ends all the same");
}

#[tokio::test]
async fn sessions_end_by_the_clock_and_leave_the_list() {
    let world = World::new().await;
    let (idle, _) = world.log_in("idle").await;
    world.advance(IDLE_MS - TOUCH_MS);
    let (mut busy, caller) = world.log_in("busy").await;
    world.advance(TOUCH_MS);
    assert!(world.console.caller(&idle, HOME).await.unwrap().is_none());
    assert_eq!(world.console.sessions(&caller).await.unwrap().len(), 1);
    for _ in 0..ABSOLUTE_MS / (IDLE_MS / 2) - 1 {
        world.advance(IDLE_MS / 2);
        assert!(world.console.caller(&busy, HOME).await.unwrap().is_some());
        busy.seen_ms = world.clock.now_ms();
        world
            .console
            .touch_session(&busy, &Origin::new(HOME, "busy"))
            .await
            .unwrap();
    }
    world.advance(IDLE_MS / 2);
    assert!(world.console.caller(&busy, HOME).await.unwrap().is_none());
    world.console.purge_sessions().await.unwrap();
    assert!(world.console.sessions(&caller).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_changed_password_ends_every_other_session() {
    let world = World::new().await;
    let (other, _) = world.log_in("other").await;
    let (mine, caller) = world.log_in("mine").await;
    let fresh = world
        .console
        .change_password(&caller, PASSWORD, "another horse battery")
        .await
        .unwrap();
    for ended in [&other, &mine] {
        assert!(world.console.caller(ended, HOME).await.unwrap().is_none());
    }
    let caller = world.console.caller(&fresh, HOME).await.unwrap().unwrap();
    assert_eq!(world.console.sessions(&caller).await.unwrap().len(), 1);
}

fn token_form(name: &str, role: &str, days: &str) -> TokenForm {
    TokenForm {
        name: name.into(),
        role: role.into(),
        days: days.into(),
    }
}

#[tokio::test]
async fn a_token_lives_until_its_end_or_until_revoked() {
    let world = World::new().await;
    let (_, caller) = world.log_in("").await;
    let form = token_form(" nightly ", "read-only", "2");
    let (facts, token) = world.console.create_token(&caller, &form).await.unwrap();
    assert_eq!(
        (facts.name.as_str(), facts.role),
        ("nightly", Role::ReadOnly)
    );
    assert_eq!(facts.expires_ms, world.clock.now_ms() + 2 * DAY_MS);
    assert!(token.starts_with("mr_") && token.len() == 67, "{token}");

    let by_token = world
        .console
        .caller_by_token(&token, HOME)
        .await
        .unwrap()
        .unwrap();
    assert!(by_token.may(Permission::TopicRead) && !by_token.may(Permission::TopicDelete));
    assert!(!by_token.may(Permission::AccountSelf) && by_token.session().is_none());
    let listed = &world.console.tokens(&caller).await.unwrap()[0];
    assert_eq!(listed.used_ms, Some(world.clock.now_ms()));
    assert_eq!(listed.used_address.as_deref(), Some("127.0.0.1"));

    for wrong in [
        "",
        "mr_",
        &token[..66],
        &token.replace("mr_", "MR_"),
        &"mr_x".repeat(99),
    ] {
        assert!(
            world
                .console
                .caller_by_token(wrong, HOME)
                .await
                .unwrap()
                .is_none(),
            "{wrong}"
        );
    }
    world.advance(2 * DAY_MS);
    assert!(
        world
            .console
            .caller_by_token(&token, HOME)
            .await
            .unwrap()
            .is_none()
    );

    let form = token_form("ci", "full", "365");
    let (facts, token) = world.console.create_token(&caller, &form).await.unwrap();
    world.console.keep_to_show(facts.id, token.clone());
    let shown = world.console.shown_once(&caller, facts.id).await.unwrap();
    assert_eq!(shown.map(|(_, token)| token), Some(token.clone()));
    assert!(
        world
            .console
            .shown_once(&caller, facts.id)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        world
            .console
            .revoke_token(&caller, facts.id)
            .await
            .unwrap()
            .as_deref(),
        Some("ci")
    );
    assert!(
        world
            .console
            .revoke_token(&caller, facts.id)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        world
            .console
            .caller_by_token(&token, HOME)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_token_that_cannot_be_is_refused_with_every_reason() {
    let world = World::new().await;
    let (_, caller) = world.log_in("").await;
    let problems = async |caller: &Caller, form: TokenForm| match world
        .console
        .create_token(caller, &form)
        .await
    {
        Err(TokenError::Invalid(problems)) => problems,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        problems(&caller, token_form(" ", "king", "0")).await,
        [
            TokenProblem::NameLength { found: 0 },
            TokenProblem::Role("king".into()),
            TokenProblem::Days("0".into())
        ]
    );
    let form = token_form("a", "operator", "1");
    let (_, token) = world.console.create_token(&caller, &form).await.unwrap();
    assert_eq!(problems(&caller, form).await, [TokenProblem::NameTaken]);
    // Nothing made by a token holds more or lives longer than it.
    let by_token = world
        .console
        .caller_by_token(&token, HOME)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        problems(&by_token, token_form("b", "full", "2")).await,
        [
            TokenProblem::RoleAboveOwn(Role::Full),
            TokenProblem::OutlivesOwn
        ]
    );
}

fn entry(event: &str, account: &str, outcome: Outcome, name: &str) -> Entry {
    Entry {
        account: account.into(),
        via: "page".into(),
        address: HOME,
        agent: "Probe/1".into(),
        event: event.into(),
        level: if outcome == Outcome::Succeeded {
            Level::Normal
        } else {
            Level::Warning
        },
        outcome,
        permission: "topic:delete".into(),
        kind: "topic".into(),
        name: name.into(),
        details: vec![Detail {
            name: "retention.ms".into(),
            before: Some("1".into()),
            after: Some("2".into()),
        }],
    }
}

#[tokio::test]
async fn the_log_is_filtered_by_every_field_and_kept_for_its_days() {
    let world = World::new().await;
    let (_, caller) = world.log_in("").await;
    for n in 0..30 {
        world
            .console
            .record(entry(
                "createTopic",
                "admin",
                Outcome::Succeeded,
                &format!("t-{n}"),
            ))
            .await;
        world.advance(1000);
    }
    world
        .console
        .record(entry("deleteTopic", "eve", Outcome::Denied, "100%_safe"))
        .await;
    let all = AuditQuery {
        page: 1,
        per_page: 10,
        ..AuditQuery::default()
    };
    let found = async |query: AuditQuery| world.console.audit(&caller, &query).await.unwrap();
    let page = found(AuditQuery {
        page: 2,
        ..all.clone()
    })
    .await;
    assert_eq!((page.matching, page.rows.len(), page.more), (31, 10, false));
    assert_eq!(page.rows[0].name, "t-20", "newest first");
    assert_eq!(
        page.rows[0].details,
        entry("", "", Outcome::Failed, "").details
    );

    let start = 1_800_000_000_000;
    let narrow = [
        (
            AuditQuery {
                account: "eve".into(),
                ..all.clone()
            },
            1,
        ),
        (
            AuditQuery {
                event: "createTopic".into(),
                ..all.clone()
            },
            30,
        ),
        (
            AuditQuery {
                level: Some(Level::Warning),
                ..all.clone()
            },
            1,
        ),
        (
            AuditQuery {
                outcome: Some(Outcome::Succeeded),
                ..all.clone()
            },
            30,
        ),
        (
            AuditQuery {
                kind: "group".into(),
                ..all.clone()
            },
            0,
        ),
        (
            AuditQuery {
                address: "127.0.0.1".into(),
                ..all.clone()
            },
            31,
        ),
        (
            AuditQuery {
                text: "%_SAFE".into(),
                ..all.clone()
            },
            1,
        ),
        (
            AuditQuery {
                text: "retention".into(),
                ..all.clone()
            },
            31,
        ),
        (
            AuditQuery {
                from_ms: Some(start + 5000),
                to_ms: Some(start + 7000),
                ..all.clone()
            },
            2,
        ),
    ];
    for (query, count) in narrow {
        assert_eq!(found(query.clone()).await.matching, count, "{query:?}");
    }
    assert_eq!(
        world.console.audit_events(&caller).await.unwrap(),
        ["createTopic", "deleteTopic"]
    );
    let one = world
        .console
        .audit_record(&caller, page.rows[0].id)
        .await
        .unwrap();
    assert_eq!(one.as_ref(), Some(&page.rows[0]));

    assert!(matches!(
        world
            .console
            .set_audit_keep_days(&caller, KEEP_DAYS_MAX + 1)
            .await,
        Err(KeepError::Range(366))
    ));
    world.console.set_audit_keep_days(&caller, 8).await.unwrap();
    world.advance(8 * DAY_MS - 30_000);
    assert_eq!(world.console.purge_audit().await.unwrap(), 0);
    world.advance(10_001);
    assert_eq!(world.console.purge_audit().await.unwrap(), 11);
    assert_eq!(found(all).await.matching, 20);
}

#[tokio::test]
async fn the_log_outlives_a_restart_and_closing_writes_what_waits() {
    let dir = tempfile::tempdir().unwrap();
    let open = async || {
        let clock = Arc::new(HandClock(AtomicI64::new(1_800_000_000_000)));
        Console::open(dir.path(), Some(PASSWORD.into()), clock)
            .await
            .unwrap()
            .0
    };
    let console = open().await;
    for n in 0..500 {
        console
            .record(entry(
                "createTopic",
                "admin",
                Outcome::Succeeded,
                &n.to_string(),
            ))
            .await;
    }
    console.close().await;
    drop(console);
    let console = open().await;
    let (_, login) = console.log_in("admin", PASSWORD, HOME).await.unwrap();
    let caller = console.caller(&login, HOME).await.unwrap().unwrap();
    let query = AuditQuery {
        page: 1,
        per_page: 1,
        ..AuditQuery::default()
    };
    let page = console.audit(&caller, &query).await.unwrap();
    assert_eq!((page.matching, page.rows[0].name.as_str()), (500, "499"));
}
