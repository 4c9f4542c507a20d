//! Which names the console answers for. A site elsewhere can give its own name our address (DNS rebinding): browsers then take the
//! console for a part of that site. A console bound to this machine only therefore answers for names of this machine only. Addresses
//! in digits are always taken: no name is behind them.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};

/// Longest name that the answer repeats, in characters.
const REPEATED_MAX: usize = 100;

/// The rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    /// None: any name.
    named: Option<Vec<String>>,
}

impl Hosts {
    /// For a console that listens at `bound`; `named` are the names of the setting `console_hosts`. With names, those and this
    /// machine's; without, any name where others can connect, and only this machine's where they cannot.
    #[must_use]
    pub fn new(bound: SocketAddr, named: &[String]) -> Self {
        let open = named.is_empty() && !bound.ip().to_canonical().is_loopback();
        Self {
            named: (!open).then(|| named.iter().map(|name| name.to_lowercase()).collect()),
        }
    }

    /// Whether the console answers for what stands in `Host`.
    #[must_use]
    pub fn allows(&self, host: &str) -> bool {
        let Some(named) = &self.named else {
            return true;
        };
        let name = name_of(host).to_lowercase();
        let name = name.strip_suffix('.').unwrap_or(&name);
        let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        is_address
            || name == "localhost"
            || name.ends_with(".localhost")
            || named.iter().any(|n| n == name)
    }

    fn refusal(&self, host: &str) -> Response {
        let host: String = host
            .chars()
            .filter(|c| !c.is_control())
            .take(REPEATED_MAX)
            .collect();
        let mut allowed = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        allowed.extend(self.named.clone().unwrap_or_default());
        let allowed = allowed.join(", ");
        let text = format!(
            "This console does not answer for \"{host}\".\nAllowed: {allowed}, and addresses in digits.\n\
             To allow another name, start Millrace with --console-hosts NAME (MILLRACE_CONSOLE_HOSTS, or console_hosts in the configuration file).\n\n\
             控制台不接受主机名 \"{host}\"。\n允许：{allowed} 以及 IP 地址。\n\
             如需允许其他名称，请使用 --console-hosts NAME 启动（或设置 MILLRACE_CONSOLE_HOSTS、配置文件中的 console_hosts）。\n"
        );
        let head = [
            (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        (StatusCode::MISDIRECTED_REQUEST, head, text).into_response()
    }
}

/// Without the port.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => {
            name
        }
        _ => host,
    }
}

/// The pages, answering for these names only.
pub fn guard(pages: Router, hosts: Hosts) -> Router {
    let hosts = Arc::new(hosts);
    pages.layer(from_fn(move |request: Request, next: Next| {
        let hosts = Arc::clone(&hosts);
        async move {
            // Browsers always send one; what does not is no browser.
            let host = request.headers().get(header::HOST).cloned();
            let refused = host.filter(|host| !host.to_str().is_ok_and(|host| hosts.allows(host)));
            match refused {
                Some(host) => {
                    let host = String::from_utf8_lossy(host.as_bytes()).into_owned();
                    tracing::warn!(host, "a request under a name that is not ours");
                    hosts.refusal(&host)
                }
                None => next.run(request).await,
            }
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(bound: &str, named: &[&str]) -> Hosts {
        let named: Vec<String> = named.iter().map(|n| (*n).to_owned()).collect();
        Hosts::new(bound.parse().unwrap(), &named)
    }

    #[test]
    fn on_this_machine_only_its_own_names_are_answered_for() {
        let local = hosts("127.0.0.1:8080", &[]);
        for ours in [
            "localhost:8080",
            "LOCALHOST",
            "127.0.0.1:8080",
            "[::1]:8080",
            "::1",
            "192.0.2.1",
            "a.localhost:1",
            "localhost.",
        ] {
            assert!(local.allows(ours), "{ours}");
        }
        for other in [
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "",
            "127.0.0.1x",
        ] {
            assert!(!local.allows(other), "{other}");
        }
    }

    #[test]
    fn names_given_are_answered_for_and_others_only_where_anybody_may_connect() {
        let named = hosts("[::1]:8080", &["Kafka.Example"]);
        assert!(named.allows("kafka.example:443") && !named.allows("other.example"));
        assert!(hosts("0.0.0.0:8080", &[]).allows("any.example"));
        assert!(!hosts("0.0.0.0:8080", &["kafka.example"]).allows("any.example"));
    }
}
