//! How long opening a directory of many small logs takes: after a kill and after a clean stop.
//!
//! `cargo run --release -p storage --example open_logs -- <directory> <logs>`; the directory must not exist.
#![expect(clippy::print_stdout, reason = "its purpose is to print")]

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use storage::batch::check;
use storage::clock::SystemClock;
use storage::disk::OsDisk;
use storage::log::{Env, LogConfig};
use storage::logdir::LogDir;

fn main() -> io::Result<()> {
    let mut args = std::env::args().skip(1);
    let usage = "usage: open_logs <directory> <logs>";
    let root = PathBuf::from(args.next().ok_or_else(|| io::Error::other(usage))?);
    let count: i32 = args
        .next()
        .and_then(|n| n.parse().ok())
        .ok_or_else(|| io::Error::other(usage))?;
    if root.exists() {
        return Err(io::Error::other(format!("{} exists", root.display())));
    }
    let logs = open(&root)?;
    fill(&logs, count)?;
    let begun = Instant::now();
    logs.flush_older(0)?;
    logs.checkpoint()?;
    println!(
        "{count} logs flushed for the first time in {:?}",
        begun.elapsed()
    );
    drop(logs);
    for what in [
        "after a kill",
        "after a clean stop",
        "after a kill, each with bytes to scan",
    ] {
        if what.ends_with("scan") {
            fill(&open(&root)?, count)?;
        }
        let begun = Instant::now();
        let logs = open(&root)?;
        let mut kept = Vec::new();
        for partition in 0..count {
            kept.push(logs.open_log("topic", partition, config())?.0);
        }
        println!(
            "{count} logs opened {what} (clean: {}): {:?}, resident {} KiB",
            logs.was_clean(),
            begun.elapsed(),
            resident_kib()
        );
        let begun = Instant::now();
        logs.close()?;
        println!("closed in {:?}", begun.elapsed());
    }
    std::fs::remove_dir_all(&root)
}

fn open(root: &Path) -> io::Result<LogDir> {
    LogDir::open(
        Env {
            clock: Arc::new(SystemClock),
            disk: Arc::new(OsDisk),
        },
        root.to_path_buf(),
    )
}

/// One batch into each log.
fn fill(logs: &LogDir, count: i32) -> io::Result<()> {
    let bytes = batch();
    let header = check(&bytes).map_err(io::Error::other)?;
    for partition in 0..count {
        let (log, _) = logs.open_log("topic", partition, config())?;
        log.append(&header, &bytes, 0).map_err(io::Error::other)?;
    }
    Ok(())
}

/// One record with an empty key and a value of 1,000 bytes.
fn batch() -> Vec<u8> {
    let mut record = vec![0, 0, 0, 0];
    record.extend([0xd0, 0x0f]);
    record.extend([7; 1000]);
    record.push(0);
    let mut covered = Vec::new();
    covered.extend(0i16.to_be_bytes());
    covered.extend(0i32.to_be_bytes());
    covered.extend(1_700_000_000_000i64.to_be_bytes());
    covered.extend(1_700_000_000_000i64.to_be_bytes());
    covered.extend((-1i64).to_be_bytes());
    covered.extend((-1i16).to_be_bytes());
    covered.extend((-1i32).to_be_bytes());
    covered.extend(1i32.to_be_bytes());
    covered.extend([0xde, 0x0f]);
    covered.extend(record);
    let mut bytes = vec![0; 8];
    bytes.extend(u32::try_from(covered.len() + 9).unwrap_or(0).to_be_bytes());
    bytes.extend([0xff; 4]);
    bytes.push(2);
    bytes.extend(crc32c::crc32c(&covered).to_be_bytes());
    bytes.extend(covered);
    bytes
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    line.and_then(|l| l.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

fn config() -> LogConfig {
    LogConfig {
        segment_bytes: 1 << 30,
        segment_ms: 7 * 86_400_000,
        segment_index_bytes: 10 << 20,
        index_interval_bytes: 4096,
        retention_ms: 7 * 86_400_000,
        retention_bytes: -1,
        cleanup_delete: true,
        cleanup_compact: false,
        log_append_time: false,
        flush_messages: i64::MAX,
        flush_ms: i64::MAX,
        file_delete_delay_ms: 60_000,
        producer_id_expiration_ms: 86_400_000,
    }
}
