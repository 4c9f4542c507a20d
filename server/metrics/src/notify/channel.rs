//! A way to tell people, and what is wrong with one.

use std::net::IpAddr;

use hyper::Uri;
use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};

use super::targets::Targets;

/// Channels at most.
pub const CHANNELS_MAX: usize = 50;
/// Longest name, characters.
pub const NAME_CHARS_MAX: usize = 64;
/// Longest address of a webhook, bytes.
pub const URL_BYTES_MAX: usize = 2048;
/// Longest password or signing secret, bytes.
pub const SECRET_BYTES_MAX: usize = 512;
/// Most people an email goes to.
pub const RECIPIENTS_MAX: usize = 20;

/// The language messages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[serde(rename = "en")]
    En,
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    ZhCn,
}

impl Language {
    /// By its tag.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag {
            "en" => Some(Self::En),
            "zh-CN" => Some(Self::ZhCn),
            _ => None,
        }
    }

    /// Its tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }
}

/// How a connection to a mail server is kept safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// Not at all; without login only.
    None,
    /// Turned safe after the greeting; refused where the server cannot.
    StartTls,
    /// From the first byte.
    Tls,
}

impl Security {
    /// All of them, the safest first.
    pub const ALL: [Self; 3] = [Self::Tls, Self::StartTls, Self::None];

    /// As forms and records name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::StartTls => "starttls",
            Self::Tls => "tls",
        }
    }
}

/// What a receiver understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// Every fact by name.
    Json,
    /// A DingTalk robot.
    DingTalk,
    /// A Feishu (Lark) robot.
    Feishu,
    /// A WeCom robot.
    WeCom,
    /// A Slack incoming webhook.
    Slack,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Json,
        Self::DingTalk,
        Self::Feishu,
        Self::WeCom,
        Self::Slack,
    ];

    /// As forms and records name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::DingTalk => "dingtalk",
            Self::Feishu => "feishu",
            Self::WeCom => "wecom",
            Self::Slack => "slack",
        }
    }

    /// Whether its messages can be signed.
    #[must_use]
    pub fn can_sign(self) -> bool {
        matches!(self, Self::Json | Self::DingTalk | Self::Feishu)
    }
}

/// What may be seen of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Unique.
    pub name: String,
    /// Of its messages.
    pub language: Language,
    /// Zone of the times in its messages, IANA name.
    pub zone: String,
    /// Where it leads.
    pub kind: Kind,
}

/// Where a channel leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A mail server.
    Email(Email),
    /// An address that takes a POST.
    Webhook(Webhook),
}

/// A mail server and who writes to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Email {
    /// Name or address of the server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept safe.
    pub security: Security,
    /// Who logs in; empty: nobody.
    pub user: String,
    /// Sender.
    pub from: String,
    /// Receivers.
    pub to: Vec<String>,
}

/// An address that takes a POST.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// What it understands.
    pub shape: Shape,
    /// Scheme, host and port of the address; what follows may be secret. Filled in by the book.
    #[serde(default)]
    pub place: String,
    /// Whether messages are signed. Filled in by the book.
    #[serde(default)]
    pub signed: bool,
}

/// What is sealed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Private {
    /// Password of the mail server.
    #[serde(default)]
    pub password: String,
    /// Whole address of the webhook: many carry their token in it.
    #[serde(default)]
    pub url: String,
    /// What messages are signed with.
    #[serde(default)]
    pub signing: String,
}

impl std::fmt::Debug for Private {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Private")
    }
}

/// What is wrong with a channel, each at its field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Problem {
    NameLength {
        found: usize,
    },
    NameTaken,
    Full,
    Zone(String),
    Host(String),
    Port,
    /// A password needs a user and a user a password.
    UserAlone,
    /// Login over a connection that others can read.
    LoginInClear,
    PasswordLength {
        found: usize,
    },
    From(String),
    NoRecipient,
    RecipientsMany {
        found: usize,
    },
    To(String),
    Url,
    UrlLength {
        found: usize,
    },
    /// The address may not be connected to.
    UrlDenied(String),
    HostDenied(String),
    SigningLength {
        found: usize,
    },
    /// Messages of this shape are not signed.
    SigningNone,
}

/// Scheme, host, port, path and query of a webhook; none where it cannot be used.
#[must_use]
pub(crate) fn target(url: &str) -> Option<Uri> {
    let uri: Uri = url.parse().ok()?;
    let scheme = uri.scheme_str()?;
    let authority = uri.authority()?;
    // Names and passwords in the address would be sent nowhere; some servers read `a@b` otherwise than we do.
    let plain = !authority.as_str().contains('@') && !authority.host().is_empty();
    let port = match authority
        .as_str()
        .strip_prefix(authority.host())?
        .strip_prefix(':')
    {
        Some(port) => port.parse().is_ok_and(|port: u16| port != 0),
        None => true,
    };
    (matches!(scheme, "http" | "https") && plain && port).then_some(uri)
}

/// The part of an address that may be shown.
pub(crate) fn place(uri: &Uri) -> String {
    let authority = uri.authority().map_or("", |a| a.as_str());
    format!("{}://{authority}", uri.scheme_str().unwrap_or_default())
}

/// A host without the brackets of an IPv6 address.
pub(crate) fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

impl Channel {
    /// What is wrong with it by itself.
    #[must_use]
    pub fn problems(&self, private: &Private, targets: &Targets) -> Vec<Problem> {
        let mut found = Vec::new();
        let length = self.name.trim().chars().count();
        if length == 0 || length > NAME_CHARS_MAX {
            found.push(Problem::NameLength { found: length });
        }
        match &self.kind {
            Kind::Email(email) => email.check(private, targets, &mut found),
            Kind::Webhook(hook) => hook.check(private, targets, &mut found),
        }
        if jiff::tz::TimeZone::get(&self.zone).is_err() {
            found.push(Problem::Zone(self.zone.clone()));
        }
        found
    }
}

impl Email {
    fn check(&self, private: &Private, targets: &Targets, found: &mut Vec<Problem>) {
        let host = self.host.trim();
        let plain = |b: u8| b.is_ascii_alphanumeric() || b".-_:".contains(&b);
        if host.is_empty() || host.len() > 253 || !host.bytes().all(plain) {
            found.push(Problem::Host(self.host.clone()));
        } else if is_denied(host, targets) {
            found.push(Problem::HostDenied(host.to_owned()));
        }
        if self.port == 0 {
            found.push(Problem::Port);
        }
        if self.user.is_empty() != private.password.is_empty() {
            found.push(Problem::UserAlone);
        } else if !self.user.is_empty() && self.security == Security::None {
            found.push(Problem::LoginInClear);
        }
        if private.password.len() > SECRET_BYTES_MAX {
            found.push(Problem::PasswordLength {
                found: private.password.len(),
            });
        }
        if self.from.parse::<Mailbox>().is_err() {
            found.push(Problem::From(self.from.clone()));
        }
        let bad = self.to.iter().find(|to| to.parse::<Mailbox>().is_err());
        match bad {
            Some(bad) => found.push(Problem::To(bad.clone())),
            None if self.to.is_empty() => found.push(Problem::NoRecipient),
            None if self.to.len() > RECIPIENTS_MAX => found.push(Problem::RecipientsMany {
                found: self.to.len(),
            }),
            None => {}
        }
    }
}

impl Webhook {
    fn check(&self, private: &Private, targets: &Targets, found: &mut Vec<Problem>) {
        match target(&private.url) {
            _ if private.url.len() > URL_BYTES_MAX => found.push(Problem::UrlLength {
                found: private.url.len(),
            }),
            None => found.push(Problem::Url),
            Some(uri) => {
                let host = bare(uri.host().unwrap_or_default());
                if is_denied(host, targets) {
                    found.push(Problem::UrlDenied(host.to_owned()));
                }
            }
        }
        if private.signing.len() > SECRET_BYTES_MAX {
            found.push(Problem::SigningLength {
                found: private.signing.len(),
            });
        } else if !private.signing.is_empty() && !self.shape.can_sign() {
            found.push(Problem::SigningNone);
        }
    }
}

/// Whether a host is written as an address that may not be connected to; names are looked at when they are resolved.
fn is_denied(host: &str, targets: &Targets) -> bool {
    host.parse::<IpAddr>()
        .is_ok_and(|address| !targets.permits(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hook(url: &str, signing: &str, shape: Shape) -> Vec<Problem> {
        let channel = Channel {
            name: "ops".into(),
            language: Language::En,
            zone: "UTC".into(),
            kind: Kind::Webhook(Webhook {
                shape,
                place: String::new(),
                signed: false,
            }),
        };
        let private = Private {
            url: url.into(),
            signing: signing.into(),
            ..Private::default()
        };
        channel.problems(&private, &Targets::default())
    }

    #[test]
    fn addresses_of_webhooks() {
        for good in [
            "http://127.0.0.1:8080/x",
            "https://oapi.dingtalk.com/robot/send?access_token=abc",
            "https://[::1]:9/a",
            "http://host",
        ] {
            assert_eq!(hook(good, "", Shape::Json), [], "{good}");
        }
        for bad in [
            "",
            "host/x",
            "/x",
            "ftp://host/",
            "file:///etc/passwd",
            "http://user:pw@host/",
            "http://host:0/",
            "http://host:99999/",
            "http://ho st/",
            "http:///x",
        ] {
            assert_eq!(hook(bad, "", Shape::Json), [Problem::Url], "{bad}");
        }
        let long = format!("http://host/{}", "x".repeat(2048));
        let found = long.len();
        assert_eq!(hook(&long, "", Shape::Json), [Problem::UrlLength { found }]);
        for denied in ["169.254.169.254", "0.0.0.0"] {
            let url = format!("http://{denied}/latest/meta-data/");
            assert_eq!(
                hook(&url, "", Shape::Json),
                [Problem::UrlDenied(denied.into())]
            );
        }
        let url = "http://[fd00:ec2::254]/";
        let denied = Problem::UrlDenied("fd00:ec2::254".into());
        assert_eq!(hook(url, "", Shape::Json), [denied]);
    }

    #[test]
    fn only_some_shapes_are_signed() {
        for shape in Shape::ALL {
            let expect = if shape.can_sign() {
                vec![]
            } else {
                vec![Problem::SigningNone]
            };
            assert_eq!(hook("http://host/", "s", shape), expect);
        }
    }

    #[track_caller]
    fn email(change: impl FnOnce(&mut Email), password: &str, expect: &[Problem]) {
        let mut email = Email {
            host: "mail.example.org".into(),
            port: 587,
            security: Security::StartTls,
            user: "ops".into(),
            from: "Millrace <millrace@example.org>".into(),
            to: vec!["a@example.org".into(), "b@example.org".into()],
        };
        change(&mut email);
        let private = Private {
            password: password.into(),
            ..Private::default()
        };
        let mut found = Vec::new();
        email.check(&private, &Targets::default(), &mut found);
        assert_eq!(found, expect);
    }

    #[test]
    fn mail_servers_and_addresses() {
        email(|_| (), "pw", &[]);
        email(|e| e.user.clear(), "", &[]);
        email(|e| e.user.clear(), "pw", &[Problem::UserAlone]);
        email(|_| (), "", &[Problem::UserAlone]);
        email(
            |e| e.security = Security::None,
            "pw",
            &[Problem::LoginInClear],
        );
        email(
            |e| e.host = "a b".into(),
            "pw",
            &[Problem::Host("a b".into())],
        );
        email(
            |e| e.host = "169.254.169.254".into(),
            "pw",
            &[Problem::HostDenied("169.254.169.254".into())],
        );
        email(|e| e.port = 0, "pw", &[Problem::Port]);
        email(
            |e| e.from = "ops".into(),
            "pw",
            &[Problem::From("ops".into())],
        );
        email(|e| e.to.clear(), "pw", &[Problem::NoRecipient]);
        email(
            |e| e.to.push("x\r\nBcc: y@z".into()),
            "pw",
            &[Problem::To("x\r\nBcc: y@z".into())],
        );
        email(
            |e| e.to = vec!["a@b.org".into(); 21],
            "pw",
            &[Problem::RecipientsMany { found: 21 }],
        );
    }

    #[test]
    fn channels_are_kept_as_text() {
        let channel = Channel {
            name: "ops".into(),
            language: Language::ZhCn,
            zone: "UTC".into(),
            kind: Kind::Webhook(Webhook {
                shape: Shape::WeCom,
                place: "https://host".into(),
                signed: false,
            }),
        };
        let text = serde_json::to_string(&channel).unwrap();
        assert_eq!(serde_json::from_str::<Channel>(&text).unwrap(), channel);
    }
}
