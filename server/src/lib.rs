//! The server: command line, configuration, wiring in stages, HTTP stack, background loops.
//!
//! Modules in reading order:
//! - [`args`]: the command line.
//! - [`settings`]: command line, environment, file and defaults become one set of settings.
//! - [`logging`]: where the log goes.
//! - [`datadir`]: takes the data directory for this process alone.
//! - [`ports`]: the two listening sockets.
//! - [`engine`]: the embedded broker.
//! - `alarms`: the records of alarms, and who judges and sends.
//! - [`http`]: headers, sessions, health, connections.
//! - [`start`]: the stages in order, and the way down.

mod alarms;
pub mod args;
pub mod datadir;
pub mod engine;
pub mod http;
pub mod logging;
pub mod ports;
pub mod settings;
pub mod start;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

/// Runs the command line; every failure is one line on standard error and an exit code that is not 0.
pub fn main() -> ExitCode {
    let args = args::Args::parse();
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing better is left when even standard error is closed.
            let _ = writeln!(std::io::stderr(), "millrace: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: args::Args) -> Result<(), start::StartError> {
    let settings = settings::Settings::collect(args.into_serve())?;
    logging::install();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(start::StartError::Runtime)?;
    runtime.block_on(start::serve(settings))
}
