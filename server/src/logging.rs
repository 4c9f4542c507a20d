//! Where the log goes: standard error, level by `MILLRACE_LOG` (default `info`), e.g. `MILLRACE_LOG=debug` or `broker=trace`.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Installs the log; a second call changes nothing.
pub fn install() {
    let filter = EnvFilter::try_from_env("MILLRACE_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // Already installed means that tests or an embedding program chose another.
    let _ = log.with_ansi(std::io::stderr().is_terminal()).try_init();
}
