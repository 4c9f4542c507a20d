//! One delivery by SMTP.

use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use tokio_rustls::rustls;

use super::channel::{Email, Security, bare};
use super::failure::{Failure, detail};
use super::notice::{Letter, Occasion};
use super::post::addresses;
use super::targets::Targets;

/// One conversation with the server.
const TIME_MAX: Duration = Duration::from_secs(30);
/// Waiting for one answer of it.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);

/// Sends once. `id` is the same in every attempt, so that readers can tell a message that came twice.
pub(super) async fn deliver(
    email: &Email,
    password: &str,
    letter: &Letter,
    occasion: Occasion,
    id: &str,
    targets: &Targets,
) -> Result<(), Failure> {
    let message = message(email, letter, occasion, id)?;
    let sending = send(email, password, message, targets);
    match tokio::time::timeout(TIME_MAX, sending).await {
        Ok(sent) => sent,
        Err(_) => Err(Failure::Timeout {
            seconds: TIME_MAX.as_secs(),
        }),
    }
}

async fn send(
    email: &Email,
    password: &str,
    message: Message,
    targets: &Targets,
) -> Result<(), Failure> {
    let host = bare(email.host.trim());
    let address = addresses(host, email.port, targets)
        .await?
        .into_iter()
        .next()
        .ok_or_else(|| Failure::Unresolved {
            host: host.to_owned(),
            detail: String::new(),
        })?;
    let tls = tls(email.security, host)?;
    // The address that was looked at is the one connected to; the certificate must still be that of the name.
    let mut server =
        AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(address.ip().to_string())
            .port(email.port)
            .tls(tls)
            .hello_name(ClientId::Domain("millrace".into()))
            .timeout(Some(ANSWER_TIME_MAX));
    if !email.user.is_empty() {
        server = server.credentials(Credentials::new(email.user.clone(), password.to_owned()));
    }
    match server.build().send(message).await {
        Ok(_) => Ok(()),
        Err(error) => Err(failed(host, &error)),
    }
}

fn tls(security: Security, host: &str) -> Result<Tls, Failure> {
    let parameters = || {
        TlsParameters::new_rustls(host.to_owned()).map_err(|error| Failure::Tls {
            host: host.to_owned(),
            detail: detail(error),
        })
    };
    Ok(match security {
        Security::None => Tls::None,
        Security::StartTls => Tls::Required(parameters()?),
        Security::Tls => Tls::Wrapper(parameters()?),
    })
}

fn failed(host: &str, error: &lettre::transport::smtp::Error) -> Failure {
    let host = host.to_owned();
    if let Some(why) = of_tls(error) {
        let detail = detail(why);
        return Failure::Tls { host, detail };
    }
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let why = cause.to_string();
        // Most errors say already what their cause says.
        if !text.contains(&why) {
            text = format!("{text}: {why}");
        }
        source = cause.source();
    }
    let detail = detail(text);
    if error.is_tls() {
        Failure::Tls { host, detail }
    } else if error.is_permanent() || error.is_transient() || error.is_response() {
        Failure::Refused { detail }
    } else {
        Failure::Unreachable { host, detail }
    }
}

/// What TLS said against the connection: a handshake that fails comes as an error of the connection.
fn of_tls<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        let inner = error.downcast_ref::<std::io::Error>();
        let inner = inner.and_then(|e| e.get_ref()?.downcast_ref());
        if let Some(found) = inner.or_else(|| error.downcast_ref()) {
            return Some(found);
        }
        next = error.source();
    }
    None
}

fn message(
    email: &Email,
    letter: &Letter,
    occasion: Occasion,
    id: &str,
) -> Result<Message, Failure> {
    let refused = |error: &dyn std::fmt::Display| Failure::Refused {
        detail: detail(error),
    };
    let from: Mailbox = email.from.parse().map_err(|e| refused(&e))?;
    let domain = from.email.domain().to_owned();
    let mut message = Message::builder()
        .message_id(Some(format!("<{id}@{domain}>")))
        .from(from)
        // A header is one line whatever a rule is called.
        .subject(detail(&letter.subject))
        .header(ContentType::TEXT_PLAIN);
    for to in &email.to {
        message = message.to(to.parse().map_err(|e| refused(&e))?);
    }
    let mut body = letter.lines.join("\r\n");
    body.push_str("\r\n");
    if occasion == Occasion::Firing {
        message = message.header(Importance);
    }
    message.body(body).map_err(|e| refused(&e))
}

/// `Importance: high`.
#[derive(Debug, Clone)]
struct Importance;

impl lettre::message::header::Header for Importance {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Importance")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "high".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(port: u16) -> Email {
        Email {
            host: "127.0.0.1".into(),
            port,
            security: Security::None,
            user: String::new(),
            from: "Millrace <millrace@example.org>".into(),
            to: vec!["值班 <a@example.org>".into(), "b@example.org".into()],
        }
    }

    fn letter() -> Letter {
        Letter {
            subject: "严重: Disk\r\nBcc: evil@example.org".into(),
            lines: vec!["one".into(), "二".into()],
        }
    }

    #[test]
    fn a_message_has_its_people_and_no_line_from_a_name() {
        let message = message(&email(25), &letter(), Occasion::Firing, "n7").unwrap();
        let text = String::from_utf8(message.formatted()).unwrap();
        assert!(text.contains("Message-ID: <n7@example.org>"), "{text}");
        assert!(text.contains("Importance: high"), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("Bcc")), "{text}");
        assert!(text.contains("b@example.org"), "{text}");
    }

    #[tokio::test]
    async fn nobody_there_and_denied_are_said() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let open = Targets::default();
        let sent = deliver(&email(port), "", &letter(), Occasion::Test, "n", &open).await;
        assert!(matches!(sent, Err(Failure::Unreachable { .. })), "{sent:?}");
        let closed = Targets {
            deny: vec!["127.0.0.0/8".parse().unwrap()],
            ..Targets::default()
        };
        let sent = deliver(&email(port), "", &letter(), Occasion::Test, "n", &closed).await;
        assert!(matches!(sent, Err(Failure::Denied { .. })), "{sent:?}");
    }
}
