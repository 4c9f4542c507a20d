//! A console in a temporary directory, a clock that stands still, browsers that keep cookies.

pub(crate) mod kafka;

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use app::AppState;
use app::state::{About, EndpointFacts};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode, header};
use broker::{Broker, BrokerConfig};
use bytes::Bytes;
use cluster::{Cluster, ClusterError, Transport};
use console::Console;
use console::token::TokenForm;
use metrics::alarms::Book;
use metrics::machine::Places;
use metrics::notify::Targets;
use metrics::{Metrics, Sampler};
use storage::clock::Clock;
use storage::disk::OsDisk;
use storage::log::Env;
use tower::ServiceExt;

/// Password of `admin` in [`World::new`].
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A clock that is moved by hand.
#[derive(Debug)]
pub(crate) struct HandClock(AtomicI64);

impl HandClock {
    pub(crate) fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for HandClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A cluster that nobody reaches: these tests are about the frame.
#[derive(Debug)]
struct Unreachable;

impl Transport for Unreachable {
    fn call(
        &self,
        _: i16,
        _: i16,
        _: Bytes,
    ) -> Pin<Box<dyn Future<Output = Result<Bytes, ClusterError>> + Send + '_>> {
        Box::pin(async {
            Err(ClusterError::Unreachable {
                reason: "no cluster in this test".into(),
            })
        })
    }
}

async fn alarms(dir: &std::path::Path, clock: &Arc<HandClock>) -> Book {
    let clock: Arc<dyn Clock> = Arc::<HandClock>::clone(clock);
    let (targets, words) = (Targets::default(), Arc::new(app::alarms::Writer));
    Book::open(dir, clock, targets, words).await.unwrap()
}

pub(crate) struct World {
    /// The broker behind the pages, where the test has one.
    pub(crate) broker: Option<Arc<Broker>>,
    pub(crate) dir: tempfile::TempDir,
    pub(crate) clock: Arc<HandClock>,
    /// The records behind the pages.
    pub(crate) console: Arc<Console>,
    /// Rules, alarms, channels behind the pages.
    pub(crate) alarms: Book,
    /// What was sampled: nothing, until a test writes some.
    pub(crate) metrics: Metrics,
    router: Router,
}

impl World {
    /// `admin` has the password [`PASSWORD`].
    pub(crate) async fn new() -> Self {
        Self::open(Some(PASSWORD.into()), false).await
    }

    /// The same with a broker behind the pages.
    pub(crate) async fn with_broker() -> Self {
        Self::open(Some(PASSWORD.into()), true).await
    }

    /// `admin` has a made password.
    pub(crate) async fn first_start() -> Self {
        Self::open(None, false).await
    }

    async fn open(password: Option<String>, with_broker: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(HandClock(AtomicI64::new(1_800_000_000_000)));
        let (console, _) = Console::open(dir.path(), password, Arc::<HandClock>::clone(&clock))
            .await
            .unwrap();
        let broker = with_broker.then(|| {
            let config = BrokerConfig::new(dir.path().join("broker"));
            std::fs::create_dir(&config.data_dir).unwrap();
            let clock: Arc<dyn Clock> = Arc::<HandClock>::clone(&clock);
            let disk = Arc::new(OsDisk);
            Broker::open(config, Env { clock, disk }).unwrap()
        });
        let cluster = broker.as_ref().map_or_else(
            || Cluster::over(Arc::new(Unreachable)),
            |broker| Cluster::in_process(Arc::clone(broker)),
        );
        let sessions = console.session_store();
        let about = About {
            endpoints: vec![EndpointFacts {
                protocol: "PLAINTEXT".into(),
                address: "kafka.test:9092".into(),
                listen: "127.0.0.1:9092".into(),
            }],
            started_ms: 0,
            data_dir: dir.path().to_owned(),
        };
        let console = Arc::new(console);
        let sampler_clock = Arc::<HandClock>::clone(&clock);
        let places = Places::of_logs(dir.path());
        let metrics = Metrics::open(
            &dir.path().join("metrics"),
            Arc::<HandClock>::clone(&clock) as _,
        );
        let metrics = metrics.unwrap();
        let sampler = Sampler::new(
            cluster.clone(),
            Some(metrics.clone()),
            sampler_clock,
            places,
        );
        let alarms = alarms(dir.path(), &clock).await;
        let state = AppState::new(Arc::clone(&console), Arc::new(cluster), about)
            .with_metrics(sampler.live())
            .with_alarms(Some(alarms.clone()));
        Self {
            broker,
            dir,
            clock,
            console,
            alarms,
            metrics,
            router: millrace::http::stack(state, sessions),
        }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser {
            router: self.router.clone(),
            cookies: Vec::new(),
            headers: Vec::new(),
            address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)),
        }
    }

    /// Somebody who may read everything, straight from the records.
    pub(crate) async fn caller(&self) -> console::Caller {
        let home = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let (_, login) = self.console.log_in("admin", PASSWORD, home).await.unwrap();
        self.console.caller(&login, home).await.unwrap().unwrap()
    }

    /// What the audit log holds, newest first.
    pub(crate) async fn audit(&self) -> Vec<console::audit::Recorded> {
        let query = console::audit::AuditQuery {
            page: 1,
            per_page: 500,
            ..Default::default()
        };
        let caller = self.caller().await;
        self.console.audit(&caller, &query).await.unwrap().rows
    }

    pub(crate) async fn signed_in(&self) -> Browser {
        let mut browser = self.browser();
        let answer = browser.log_in("admin", PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        browser
    }
}

impl World {
    /// A new API token of this role, as its holder is shown it.
    pub(crate) async fn token(&self, role: &str) -> String {
        let wanted = TokenForm {
            name: format!("{role} token"),
            role: role.into(),
            days: "1".into(),
        };
        let caller = self.caller().await;
        let made = self.console.create_token(&caller, &wanted);
        made.await.unwrap().1
    }

    /// A program that calls the API with a new token.
    pub(crate) async fn with_token(&self, role: &str) -> Browser {
        let bearer = format!("Bearer {}", self.token(role).await);
        let mut browser = self.browser();
        browser.headers.push(("authorization", bearer));
        browser
    }
}

/// Keeps cookies, follows nothing.
pub(crate) struct Browser {
    router: Router,
    pub(crate) cookies: Vec<(String, String)>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) address: IpAddr,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) bytes: Bytes,
}

impl Answer {
    /// The body of an answer of the API.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text))
    }

    #[track_caller]
    pub(crate) fn location(&self) -> &str {
        self.headers
            .get(header::LOCATION)
            .map_or("", |v| v.to_str().unwrap())
    }

    pub(crate) fn set_cookie(&self, start: &str) -> Option<&str> {
        self.headers
            .get_all(header::SET_COOKIE)
            .iter()
            .map(|v| v.to_str().unwrap())
            .find(|v| v.starts_with(start))
    }
}

impl Browser {
    pub(crate) async fn get(&mut self, address: &str) -> Answer {
        self.send("GET", address, "").await
    }

    pub(crate) async fn post(&mut self, address: &str, body: &str) -> Answer {
        self.send("POST", address, body).await
    }

    /// The form token on a page.
    pub(crate) async fn token(&mut self, address: &str) -> String {
        let page = self.get(address).await.text;
        let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    pub(crate) async fn log_in(&mut self, name: &str, password: &str) -> Answer {
        self.log_in_at("/login", name, password).await
    }

    pub(crate) async fn log_in_at(&mut self, address: &str, name: &str, password: &str) -> Answer {
        let page = self.get(address).await.text;
        let value = |field: &str| {
            let mark = format!("name=\"{field}\" value=\"");
            page.split_once(&mark)
                .map_or("", |(_, rest)| rest.split('"').next().unwrap())
                .replace("&amp;", "&")
        };
        let fields = [
            ("csrf", value("csrf")),
            ("next", value("next")),
            ("user", name.into()),
            ("password", password.into()),
        ];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        self.post("/login", &form(&fields)).await
    }

    pub(crate) async fn send(&mut self, method: &str, address: &str, body: &str) -> Answer {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        let mut request = Request::builder()
            .method(method)
            .uri(address)
            .header(header::HOST, "console.test");
        request = request.header(header::COOKIE, cookies.join("; "));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if method != "GET" {
            let kind = if address.starts_with("/api/") {
                "application/json"
            } else {
                "application/x-www-form-urlencoded"
            };
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let mut request = request.body(Body::from(body.to_owned())).unwrap();
        request
            .extensions_mut()
            .insert(ConnectInfo(SocketAddr::new(self.address, 5000)));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 64 << 20).await.unwrap();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(n, _)| n != name);
            if !value.is_empty() {
                self.cookies.push((name.into(), value.into()));
            }
        }
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
        }
    }
}

/// A form's body.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let pairs = fields
        .iter()
        .map(|(n, v)| format!("{}={}", app::visit::encode(n), app::visit::encode(v)));
    pairs.collect::<Vec<_>>().join("&")
}

/// Sends a form with the token of the session.
pub(crate) async fn submit(
    browser: &mut Browser,
    address: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let token = browser.token("/account/password").await;
    let mut all = vec![("csrf", token.as_str())];
    all.extend_from_slice(fields);
    browser.post(address, &form(&all)).await
}

/// Each page stands in both languages: one title, no inline code.
pub(crate) async fn assert_pages(browser: &mut Browser, pages: &[&str]) {
    for lang in ["en", "zh-CN"] {
        browser.cookies.push(("lang".into(), lang.into()));
        for page in pages {
            let answer = browser.get(page).await;
            assert_eq!(answer.status, StatusCode::OK, "{page}");
            assert_no_inline_code(&answer.text);
            let html = format!("<html lang=\"{lang}\"");
            assert!(answer.text.contains(&html), "{page}");
            assert_eq!(answer.text.matches("<h1>").count(), 1, "{page}");
        }
        browser.cookies.retain(|(name, _)| name != "lang");
    }
}

/// Nothing that the content security policy would stop.
#[track_caller]
pub(crate) fn assert_no_inline_code(html: &str) {
    for tag in html.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        assert!(
            !tag.contains(" style=") && !tag.starts_with("style"),
            "<{tag}>"
        );
        assert!(
            !tag.starts_with("script") || tag.contains("src=\"/assets/"),
            "<{tag}>"
        );
        let handler = tag
            .split_whitespace()
            .skip(1)
            .find(|a| a.starts_with("on") && a.contains('='));
        assert!(handler.is_none(), "<{tag}>");
        assert!(!tag.contains("javascript:"), "<{tag}>");
    }
}
