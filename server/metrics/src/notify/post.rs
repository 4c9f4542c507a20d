//! One delivery by HTTP: resolve, look at the addresses, connect to one that is permitted, ask, read a bounded answer. Redirects
//! are not followed: they would lead where nobody looked.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, Uri, header};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::channel::{Shape, bare, target};
use super::failure::{Failure, detail};
use super::shape::{self, Post};
use super::targets::Targets;

/// Resolving, connecting, asking and answering together.
pub(super) const TIME_MAX: Duration = Duration::from_secs(15);
/// How long one address is tried, so that a second has its turn.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);
/// Addresses of a name that are tried.
const ADDRESSES_MAX: usize = 3;
/// Bytes of an answer that are read.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// Sends once.
pub(super) async fn deliver(
    url: &str,
    shape: Shape,
    post: Post,
    targets: &Targets,
) -> Result<(), Failure> {
    let uri = target(url).ok_or(Failure::Sealed)?;
    let sending = send(&uri, shape, post, targets);
    match tokio::time::timeout(TIME_MAX, sending).await {
        Ok(sent) => sent,
        Err(_) => Err(Failure::Timeout {
            seconds: TIME_MAX.as_secs(),
        }),
    }
}

async fn send(uri: &Uri, shape: Shape, post: Post, targets: &Targets) -> Result<(), Failure> {
    let host = bare(uri.host().unwrap_or_default()).to_owned();
    let is_tls = uri.scheme_str() == Some("https");
    let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
    let stream = connect(&host, port, targets).await?;
    if !is_tls {
        return ask(TokioIo::new(stream), uri, &host, shape, post).await;
    }
    let failed = |error: &dyn std::fmt::Display| Failure::Tls {
        host: host.clone(),
        detail: detail(error),
    };
    let name = ServerName::try_from(host.clone()).map_err(|e| failed(&e))?;
    let connector = TlsConnector::from(tls().map_err(|e| failed(&e))?);
    let stream = connector
        .connect(name, stream)
        .await
        .map_err(|e| failed(&e))?;
    ask(TokioIo::new(stream), uri, &host, shape, post).await
}

/// The addresses of a host that may be connected to.
pub(super) async fn addresses(
    host: &str,
    port: u16,
    targets: &Targets,
) -> Result<Vec<SocketAddr>, Failure> {
    let unresolved = |text: String| Failure::Unresolved {
        host: host.to_owned(),
        detail: detail(text),
    };
    let found: Vec<SocketAddr> = match host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => tokio::net::lookup_host((host, port))
            .await
            .map_err(|error| unresolved(error.to_string()))?
            .collect(),
    };
    let first = found.first().map(|a| a.ip());
    let permitted: Vec<SocketAddr> = found
        .into_iter()
        .filter(|address| targets.permits(address.ip()))
        .take(ADDRESSES_MAX)
        .collect();
    match (permitted.is_empty(), first) {
        (false, _) => Ok(permitted),
        (true, Some(address)) => Err(Failure::Denied {
            address: address.to_string(),
        }),
        (true, None) => Err(unresolved(String::new())),
    }
}

async fn connect(host: &str, port: u16, targets: &Targets) -> Result<TcpStream, Failure> {
    let mut last = String::new();
    for address in addresses(host, port, targets).await? {
        match tokio::time::timeout(CONNECT_TIME_MAX, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = format!("{address}: {error}"),
            Err(_) => last = format!("{address}: {} s", CONNECT_TIME_MAX.as_secs()),
        }
    }
    Err(unreachable(host, &last))
}

fn unreachable(host: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::Unreachable {
        host: host.to_owned(),
        detail: detail(error),
    }
}

async fn ask<S>(
    io: TokioIo<S>,
    uri: &Uri,
    host: &str,
    shape: Shape,
    post: Post,
) -> Result<(), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let failed = |error: hyper::Error| unreachable(host, &error);
    let (mut sender, connection) = http1::handshake(io).await.map_err(failed)?;
    // Ends with the sender; what went wrong is told by the request.
    let driven = tokio::spawn(connection);
    let answer = sender.send_request(request(uri, host, post)?).await;
    let read = match answer {
        Ok(answer) => read(answer, host, shape).await,
        Err(error) => Err(failed(error)),
    };
    driven.abort();
    read
}

async fn read(
    answer: hyper::Response<hyper::body::Incoming>,
    host: &str,
    shape: Shape,
) -> Result<(), Failure> {
    let status = answer.status();
    let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect();
    let body = match body.await {
        Ok(body) => body.to_bytes(),
        // An answer too long or cut short says nothing against one of success.
        Err(_) if status.is_success() => Bytes::new(),
        Err(error) => return Err(unreachable(host, &error)),
    };
    if !status.is_success() {
        return Err(Failure::Status {
            status: status.as_u16(),
            detail: detail(String::from_utf8_lossy(&body)),
        });
    }
    match shape::refusal(shape, &body) {
        Some(detail) => Err(Failure::Refused { detail }),
        None => Ok(()),
    }
}

fn request(uri: &Uri, host: &str, post: Post) -> Result<Request<Full<Bytes>>, Failure> {
    let path = uri.path_and_query().map_or("/", |p| p.as_str());
    let path = match (post.query.is_empty(), path.contains('?')) {
        (true, _) => path.to_owned(),
        (false, true) => format!("{path}&{}", post.query),
        (false, false) => format!("{path}?{}", post.query),
    };
    let authority = uri.authority().map_or(host, |a| a.as_str());
    let agent = concat!("millrace/", env!("CARGO_PKG_VERSION"));
    let mut request = Request::post(path)
        .header(header::HOST, authority)
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
        .header(header::USER_AGENT, agent);
    if let Some((name, value)) = post.header {
        request = request.header(name, value);
    }
    request
        .body(Full::new(Bytes::from(post.body)))
        .map_err(|error| unreachable(host, &error))
}

/// Trusts what the machine trusts: receivers of one's own have certificates of one's own.
fn tls() -> Result<Arc<ClientConfig>, String> {
    static CONFIG: OnceLock<Result<Arc<ClientConfig>, String>> = OnceLock::new();
    let make = || {
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "cannot read certificates of the machine");
        }
        roots.add_parsable_certificates(found.certs);
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let config = config.with_root_certificates(roots).with_no_client_auth();
        Ok(Arc::new(config))
    };
    CONFIG.get_or_init(make).clone()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    fn hello(query: &str) -> Post {
        Post {
            query: query.into(),
            header: Some(("x-millrace-signature", "t=1,v1=ab".into())),
            body: "{\"a\":1}".into(),
        }
    }

    /// Answers one request with `answer` and gives what was asked.
    async fn receiver(answer: &'static str) -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = vec![0; 4096];
            let mut length = 0;
            while !String::from_utf8_lossy(&asked[..length]).ends_with("{\"a\":1}") {
                length += stream.read(&mut asked[length..]).await.unwrap();
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&asked[..length]).into_owned()
        });
        (format!("http://{address}/hook?token=abc"), task)
    }

    #[tokio::test]
    async fn a_message_arrives_whole() {
        let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        let (url, asked) = receiver(ok).await;
        let sent = deliver(&url, Shape::Json, hello("sign=x"), &Targets::default()).await;
        assert_eq!(sent, Ok(()));
        let asked = asked.await.unwrap();
        assert!(
            asked.starts_with("POST /hook?token=abc&sign=x HTTP/1.1\r\n"),
            "{asked}"
        );
        assert!(
            asked.contains("x-millrace-signature: t=1,v1=ab\r\n"),
            "{asked}"
        );
        assert!(asked.contains("application/json"), "{asked}");
    }

    #[tokio::test]
    async fn other_answers_are_failures_and_redirects_are_not_followed() {
        let answer =
            "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n";
        let (url, _asked) = receiver(answer).await;
        let sent = deliver(&url, Shape::Json, hello(""), &Targets::default()).await;
        assert!(
            matches!(sent, Err(Failure::Status { status: 302, .. })),
            "{sent:?}"
        );
        let answer =
            "HTTP/1.1 200 OK\r\ncontent-length: 34\r\n\r\n{\"errcode\":93000,\"errmsg\":\"bad x\"}";
        let (url, _asked) = receiver(answer).await;
        let sent = deliver(&url, Shape::WeCom, hello(""), &Targets::default()).await;
        assert!(matches!(sent, Err(Failure::Refused { .. })), "{sent:?}");
    }

    #[tokio::test]
    async fn what_is_denied_is_not_connected_to() {
        let (url, asked) = receiver("").await;
        let targets = Targets {
            deny: vec!["127.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()],
            ..Targets::default()
        };
        for url in [url.clone(), url.replace("127.0.0.1", "localhost")] {
            let sent = deliver(&url, Shape::Json, hello(""), &targets).await;
            assert!(matches!(sent, Err(Failure::Denied { .. })), "{sent:?}");
        }
        assert!(!asked.is_finished());
        asked.abort();
    }

    #[tokio::test]
    async fn nobody_there_is_said() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        drop(listener);
        let sent = deliver(&url, Shape::Json, hello(""), &Targets::default()).await;
        assert!(matches!(sent, Err(Failure::Unreachable { .. })), "{sent:?}");
        let sent = deliver(
            "http://no.such.name.invalid/",
            Shape::Json,
            hello(""),
            &Targets::default(),
        )
        .await;
        assert!(
            matches!(
                sent,
                Err(Failure::Unresolved { .. } | Failure::Timeout { .. })
            ),
            "{sent:?}"
        );
    }
}
