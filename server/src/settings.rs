//! Command line, environment, file and defaults become one set of settings.

use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};

use metrics::notify::Targets;
use metrics::notify::targets::Net;
use serde::Deserialize;

use crate::args::ServeArgs;

/// The password of `admin` at the first start. Read from the environment only: a command line is seen by every user of the machine.
pub const ADMIN_PASSWORD_VARIABLE: &str = "MILLRACE_ADMIN_PASSWORD";

/// Room for the history of metrics unless told otherwise, in MiB; 20,000 series take a tenth of it.
const METRICS_MIB_MAX: u64 = 4096;

/// With less there would be hardly a day of a small cluster.
const METRICS_MIB_MIN: u64 = 16;

/// What the process is started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// Address of the web console.
    pub console_listen: SocketAddr,
    /// Names the console answers for, beside those of this machine; none: see [`crate::http::hosts`].
    pub console_hosts: Vec<String>,
    /// Address for Kafka clients.
    pub kafka_listen: SocketAddr,
    /// Host and port that Kafka clients are told; without them the listening address.
    pub kafka_advertise: Option<(String, u16)>,
    /// Bytes that the history of metrics may take on disk.
    pub metrics_bytes_max: u64,
    /// Broker settings by Kafka name.
    pub kafka: BTreeMap<String, String>,
    /// Where notices of alarms may be sent.
    pub notify: Targets,
    /// Password of `admin`, for the first start.
    pub admin_password: Option<String>,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file could not be read.
    #[error("cannot read the configuration file {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("configuration file {path}: {reason}")]
    Toml {
        /// The file.
        path: PathBuf,
        /// Line, column and what was expected.
        reason: String,
    },
    /// A value cannot be used.
    #[error("{option}: {found:?} cannot be used; {advice}")]
    Value {
        /// The option's name.
        option: &'static str,
        /// What was given.
        found: String,
        /// What is allowed.
        advice: String,
    },
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data_dir: Option<PathBuf>,
    console_listen: Option<String>,
    #[serde(default)]
    console_hosts: Vec<String>,
    kafka_listen: Option<String>,
    kafka_advertise: Option<String>,
    metrics_mib_max: Option<u64>,
    #[serde(default)]
    notify_allow: Vec<String>,
    #[serde(default)]
    notify_deny: Vec<String>,
    #[serde(default)]
    kafka: BTreeMap<String, toml::Value>,
}

impl Settings {
    /// From arguments (which hold the environment already), the file they name, and the environment's first password.
    pub fn collect(args: ServeArgs) -> Result<Self, SettingsError> {
        let file = args
            .config
            .as_deref()
            .map(read)
            .transpose()?
            .unwrap_or_default();
        let password = std::env::var(ADMIN_PASSWORD_VARIABLE)
            .ok()
            .filter(|p| !p.is_empty());
        Self::merge(args, file, password)
    }

    fn merge(
        args: ServeArgs,
        file: File,
        admin_password: Option<String>,
    ) -> Result<Self, SettingsError> {
        let or = |arg: Option<String>, file: Option<String>, default: &str| {
            arg.or(file).unwrap_or_else(|| default.to_owned())
        };
        let settings = Self {
            data_dir: args
                .data_dir
                .or(file.data_dir)
                .unwrap_or_else(|| "data".into()),
            console_listen: address(
                "console-listen",
                &or(args.console_listen, file.console_listen, "127.0.0.1:8080"),
            )?,
            console_hosts: Some(args.console_hosts)
                .filter(|names| !names.is_empty())
                .unwrap_or(file.console_hosts),
            kafka_listen: address(
                "kafka-listen",
                &or(args.kafka_listen, file.kafka_listen, "127.0.0.1:9092"),
            )?,
            kafka_advertise: args
                .kafka_advertise
                .or(file.kafka_advertise)
                .map(|a| advertised(&a))
                .transpose()?,
            metrics_bytes_max: mebibytes(
                "metrics-mib-max",
                args.metrics_mib_max
                    .or(file.metrics_mib_max)
                    .unwrap_or(METRICS_MIB_MAX),
            )?,
            kafka: file
                .kafka
                .into_iter()
                .map(|(name, value)| Ok((name, plain(&value)?)))
                .collect::<Result<_, _>>()?,
            notify: Targets {
                allow: networks("notify-allow", &args.notify_allow, &file.notify_allow)?,
                deny: networks("notify-deny", &args.notify_deny, &file.notify_deny)?,
            },
            admin_password,
        };
        if settings.kafka_listen.ip().is_unspecified() && settings.kafka_advertise.is_none() {
            return Err(SettingsError::Value {
                option: "kafka-listen",
                found: settings.kafka_listen.to_string(),
                advice: "clients cannot connect to that address; say with --kafka-advertise HOST:PORT which one they shall use".into(),
            });
        }
        Ok(settings)
    }
}

fn read(path: &Path) -> Result<File, SettingsError> {
    let text = std::fs::read_to_string(path).map_err(|source| SettingsError::File {
        path: path.to_owned(),
        source,
    })?;
    // The message spans lines to point at the place; one line is enough.
    let one_line = |error: toml::de::Error| {
        let line = error.span().map(|span| {
            text.bytes()
                .take(span.start)
                .filter(|b| *b == b'\n')
                .count()
                + 1
        });
        let place = line
            .map(|line| format!("line {line}: "))
            .unwrap_or_default();
        SettingsError::Toml {
            path: path.to_owned(),
            reason: format!("{place}{}", error.message().replace('\n', " ")),
        }
    };
    toml::from_str(&text).map_err(one_line)
}

fn address(option: &'static str, text: &str) -> Result<SocketAddr, SettingsError> {
    let refused = |advice: String| SettingsError::Value {
        option,
        found: text.to_owned(),
        advice,
    };
    let mut found = text
        .to_socket_addrs()
        .map_err(|error| refused(format!("enter ADDRESS:PORT, e.g. 127.0.0.1:8080 ({error})")))?;
    found
        .next()
        .ok_or_else(|| refused("the name has no address".into()))
}

/// Mebibytes as bytes.
fn mebibytes(option: &'static str, mib: u64) -> Result<u64, SettingsError> {
    let bytes = mib.checked_mul(1 << 20).filter(|_| mib >= METRICS_MIB_MIN);
    bytes.ok_or_else(|| SettingsError::Value {
        option,
        found: mib.to_string(),
        advice: format!(
            "enter a number of MiB, at least {METRICS_MIB_MIN} and at most {}",
            u64::MAX >> 20
        ),
    })
}

/// Those of the command line or the environment, else those of the file.
fn networks(
    option: &'static str,
    args: &[String],
    file: &[String],
) -> Result<Vec<Net>, SettingsError> {
    let texts = if args.is_empty() { file } else { args };
    let net = |text: &String| {
        text.parse().map_err(|_| SettingsError::Value {
            option,
            found: text.clone(),
            advice: "enter addresses or networks like 10.0.0.0/8, 192.0.2.7 or fd00::/8".into(),
        })
    };
    texts.iter().map(net).collect()
}

fn advertised(text: &str) -> Result<(String, u16), SettingsError> {
    let refused = || SettingsError::Value {
        option: "kafka-advertise",
        found: text.to_owned(),
        advice: "enter HOST:PORT with a host that clients can reach and a port from 1 to 65535"
            .into(),
    };
    let (host, port) = text.rsplit_once(':').ok_or_else(refused)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = port
        .parse()
        .ok()
        .filter(|port| *port != 0)
        .ok_or_else(refused)?;
    let is_host = !host.is_empty()
        && host.len() <= 255
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".-_:".contains(&b));
    let is_reachable = host
        .parse::<std::net::IpAddr>()
        .map_or(true, |ip| !ip.is_unspecified());
    if is_host && is_reachable {
        Ok((host.to_owned(), port))
    } else {
        Err(refused())
    }
}

fn plain(value: &toml::Value) -> Result<String, SettingsError> {
    match value {
        toml::Value::String(text) => Ok(text.clone()),
        toml::Value::Integer(n) => Ok(n.to_string()),
        toml::Value::Float(n) => Ok(n.to_string()),
        toml::Value::Boolean(yes) => Ok(yes.to_string()),
        other => Err(SettingsError::Value {
            option: "[kafka]",
            found: other.type_str().to_owned(),
            advice: "a setting is text, a number, true or false; put names with dots into quotes"
                .into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(args: ServeArgs, toml: &str) -> Result<Settings, SettingsError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("millrace.toml");
        std::fs::write(&path, toml).unwrap();
        Settings::merge(args, read(&path)?, None)
    }

    #[test]
    fn the_command_line_wins_over_the_file_over_the_default() {
        let args = ServeArgs {
            console_listen: Some("127.0.0.1:1".into()),
            ..ServeArgs::default()
        };
        let file = "console_listen = '127.0.0.1:2'\nkafka_listen = '127.0.0.1:3'\n[kafka]\n'num.partitions' = 3\n'auto.create.topics.enable' = false\n";
        let settings = merged(args, file).unwrap();
        assert_eq!(settings.console_listen.port(), 1);
        assert_eq!(settings.kafka_listen.port(), 3);
        assert_eq!(settings.data_dir, PathBuf::from("data"));
        let kafka: Vec<_> = settings
            .kafka
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        assert_eq!(
            kafka,
            ["auto.create.topics.enable=false", "num.partitions=3"]
        );
    }

    #[test]
    fn the_history_of_metrics_has_a_bound() {
        let of = |toml: &str| merged(ServeArgs::default(), toml).map(|s| s.metrics_bytes_max);
        assert_eq!(of("").unwrap(), 4 << 30);
        assert_eq!(of("metrics_mib_max = 64").unwrap(), 64 << 20);
        refused(ServeArgs::default(), "metrics_mib_max = 15", "at least 16");
        let too_many = ServeArgs {
            metrics_mib_max: Some(u64::MAX),
            ..ServeArgs::default()
        };
        refused(too_many, "", "metrics-mib-max");
    }

    #[track_caller]
    fn refused(args: ServeArgs, toml: &str, with: &str) {
        let error = merged(args, toml).unwrap_err().to_string();
        assert!(error.contains(with) && !error.contains('\n'), "{error}");
    }

    #[test]
    fn what_cannot_be_used_is_named_in_one_line() {
        let none = ServeArgs::default;
        refused(
            none(),
            "console_listen = 'nonsense'",
            "console-listen: \"nonsense\"",
        );
        refused(none(), "kafka_listen = '0.0.0.0:9092'", "--kafka-advertise");
        refused(
            none(),
            "kafka_advertise = '0.0.0.0:9092'",
            "kafka-advertise",
        );
        refused(none(), "kafka_advertise = 'host:0'", "65535");
        refused(none(), "kafka_advertise = 'ho st:1'", "kafka-advertise");
        refused(none(), "data_dirr = 'x'", "data_dirr");
        refused(none(), "notify_deny = ['10.0.0.0/33']", "notify-deny");
        refused(none(), "\n\ndata_dir = ", "line 3");
        refused(
            none(),
            "[kafka]\nlog.retention.ms = 1",
            "put names with dots into quotes",
        );
    }

    #[test]
    fn every_interface_needs_an_advertised_address() {
        let settings = merged(
            ServeArgs::default(),
            "kafka_listen = '0.0.0.0:9092'\nkafka_advertise = '[2001:db8::1]:9092'",
        )
        .unwrap();
        assert_eq!(settings.kafka_advertise, Some(("2001:db8::1".into(), 9092)));
    }
}
