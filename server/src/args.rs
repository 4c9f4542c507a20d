//! The command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

/// A Kafka-protocol broker with its web console, in one process.
#[derive(Debug, Parser)]
#[command(
    name = "millrace",
    version,
    about,
    args_conflicts_with_subcommands = true
)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start broker and console (also without this word).
    Serve(ServeArgs),
}

/// What `serve` takes. Each may also stand in the environment or the configuration file; the command line wins, then the
/// environment, then the file.
#[derive(Debug, Default, Clone, ClapArgs)]
pub struct ServeArgs {
    /// Where everything is kept [default: ./data]
    #[arg(long, env = "MILLRACE_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Address of the web console [default: 127.0.0.1:8080]
    #[arg(long, env = "MILLRACE_CONSOLE_LISTEN", value_name = "ADDR")]
    pub console_listen: Option<String>,
    /// Names, parted by commas, that the console answers for [default: names of this machine when it listens at a loopback address,
    /// any otherwise]
    #[arg(
        long,
        env = "MILLRACE_CONSOLE_HOSTS",
        value_name = "NAME,…",
        value_delimiter = ','
    )]
    pub console_hosts: Vec<String>,
    /// Address for Kafka clients [default: 127.0.0.1:9092]
    #[arg(long, env = "MILLRACE_KAFKA_LISTEN", value_name = "ADDR")]
    pub kafka_listen: Option<String>,
    /// Host and port that Kafka clients are told to come back to [default: the listening address]
    #[arg(long, env = "MILLRACE_KAFKA_ADVERTISE", value_name = "HOST:PORT")]
    pub kafka_advertise: Option<String>,
    /// Room for the history of metrics on disk, in MiB; beyond, the oldest goes first [default: 4096]
    #[arg(long, env = "MILLRACE_METRICS_MIB_MAX", value_name = "MIB")]
    pub metrics_mib_max: Option<u64>,
    /// Networks, parted by commas, that notices of alarms may be sent to and no others [default: any but those that are never
    /// connected to: link-local, metadata services, multicast]
    #[arg(
        long,
        env = "MILLRACE_NOTIFY_ALLOW",
        value_name = "NET,…",
        value_delimiter = ','
    )]
    pub notify_allow: Vec<String>,
    /// Networks, parted by commas, that notices of alarms are not sent to
    #[arg(
        long,
        env = "MILLRACE_NOTIFY_DENY",
        value_name = "NET,…",
        value_delimiter = ','
    )]
    pub notify_deny: Vec<String>,
    /// Configuration file (TOML): the options above with `_` for `-`, and a table [kafka] of broker settings
    #[arg(long, env = "MILLRACE_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl Args {
    /// The arguments of `serve`, the only command so far.
    #[must_use]
    pub fn into_serve(self) -> ServeArgs {
        match self.command {
            Some(Command::Serve(serve)) => serve,
            None => self.serve,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_serve_may_be_left_out() {
        for line in [
            &["millrace", "--data-dir", "d"][..],
            &["millrace", "serve", "--data-dir", "d"],
        ] {
            let args = Args::try_parse_from(line).unwrap().into_serve();
            assert_eq!(args.data_dir, Some(PathBuf::from("d")), "{line:?}");
        }
        assert!(Args::try_parse_from(["millrace", "serv"]).is_err());
    }
}
