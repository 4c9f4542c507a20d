//! Readings of this process from `/proc/self`.

use std::path::Path;

use crate::machine::{kib, text};

/// Ticks a second of the times in `/proc/self/stat`: `USER_HZ`, which Linux has fixed for programs.
const TICKS_PER_SECOND: f64 = 100.0;

/// This process at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Process {
    /// Memory in RAM, KiB.
    pub resident_kib: u64,
    /// Address space, KiB.
    pub virtual_kib: u64,
    /// Time of processors it took, seconds.
    pub cpu_seconds: f64,
    /// When it started, Unix seconds.
    pub started: Option<f64>,
}

/// Reads it; `booted` is when the machine started, Unix seconds.
pub(crate) fn read(proc: &Path, booted: Option<u64>) -> Option<Process> {
    let status = text(&proc.join("self/status"))?;
    let stat = text(&proc.join("self/stat"))?;
    parse(&status, &stat, booted)
}

/// Files it has open. Reads a directory with one entry each.
pub(crate) fn open_files(proc: &Path) -> Option<usize> {
    Some(std::fs::read_dir(proc.join("self/fd")).ok()?.count())
}

/// Files it may have open.
pub(crate) fn open_files_max(proc: &Path) -> Option<u64> {
    let limits = text(&proc.join("self/limits"))?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn parse(status: &str, stat: &str, booted: Option<u64>) -> Option<Process> {
    // The name in parentheses may hold anything, also parentheses and spaces (proc_pid_stat(5)).
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
    let (user, system, start) = (ticks(11)?, ticks(12)?, ticks(19)?);
    Some(Process {
        resident_kib: kib(status, "VmRSS:")?,
        virtual_kib: kib(status, "VmSize:")?,
        cpu_seconds: user.checked_add(system)? as f64 / TICKS_PER_SECOND,
        started: booted.map(|booted| booted as f64 + start as f64 / TICKS_PER_SECOND),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str =
        "Name:\tmillrace\nVmSize:\t  1048576 kB\nVmRSS:\t   20480 kB\nThreads:\t9\n";
    const STAT: &str = "4242 (mill (race) x) S 1 4242 4242 0 -1 4194560 900 0 0 0 150 50 0 0 20 0 9 0 12300 1073741824 5120 18446744073709551615 1 1 0\n";

    #[test]
    fn a_process_is_read_and_what_is_broken_is_unknown() {
        let read = parse(STATUS, STAT, Some(1000)).unwrap();
        let expect = Process {
            resident_kib: 20_480,
            virtual_kib: 1_048_576,
            cpu_seconds: 2.0,
            started: Some(1123.0),
        };
        assert_eq!(read, expect);
        assert_eq!(parse(STATUS, STAT, None).and_then(|p| p.started), None);
        for (status, stat) in [
            ("", STAT),
            (STATUS, ""),
            (STATUS, "1 (x) S 1 2"),
            (STATUS, "1 x S 1 2 3"),
            ("VmRSS: 5\nVmSize: 6", STAT),
        ] {
            assert_eq!(parse(status, stat, None), None, "{status} {stat}");
        }
    }

    #[test]
    fn files_of_this_process_are_counted() {
        let proc = Path::new("/proc");
        let open = open_files(proc).unwrap();
        assert!(open > 0 && open_files_max(proc).is_none_or(|max| open as u64 <= max));
        assert_eq!(open_files(Path::new("/nowhere")), None);
    }
}
