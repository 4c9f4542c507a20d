//! Readings of the machine: processors, memory, the file system and the disk of the logs.
//!
//! From `/proc` and `statvfs`. A file that is missing or says something else than expected gives `None`, never 0. Counters only
//! grow; what they say of a minute is the difference of two readings.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::process::{self, Process};

/// Bytes read of a file of `/proc` at most.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Where to look.
#[derive(Debug, Clone)]
pub struct Places {
    /// `/proc`, but in tests.
    pub proc: PathBuf,
    /// A directory of the file system that holds the logs.
    pub logs: PathBuf,
}

impl Places {
    /// This machine, with the logs there.
    #[must_use]
    pub fn of_logs(logs: &Path) -> Self {
        Self {
            proc: "/proc".into(),
            logs: logs.to_owned(),
        }
    }
}

/// The machine at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Machine {
    /// Time of all cores together.
    pub cpu: Option<CpuTimes>,
    /// Cores there are.
    pub cores: Option<u32>,
    /// Load average of the last minute.
    pub load: Option<f64>,
    /// Memory.
    pub memory: Option<Memory>,
    /// The file system of the logs.
    pub space: Option<Space>,
    /// The disk below it.
    pub disk: Option<DiskCounters>,
    /// This process.
    pub process: Option<Process>,
}

/// Time of all cores since the machine started, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuTimes {
    /// Not spent idle or waiting for a disk.
    pub busy: u64,
    /// All.
    pub total: u64,
}

/// Memory of the machine, KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// All.
    pub total_kib: u64,
    /// What programs may still get without swapping.
    pub available_kib: u64,
}

/// A file system, in blocks of one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// In use.
    pub used: u64,
    /// Free for this process.
    pub available: u64,
    /// Bytes of a block.
    pub block_bytes: u64,
}

/// What a disk did since the machine started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskCounters {
    /// Reads that ended.
    pub reads: u64,
    /// Time they took, ms.
    pub read_ms: u64,
    /// Writes that ended.
    pub writes: u64,
    /// Time they took, ms.
    pub write_ms: u64,
}

impl Machine {
    /// Reads everything; blocks for well under a millisecond.
    #[must_use]
    pub fn read(places: &Places) -> Self {
        let file = |name: &str| text(&places.proc.join(name));
        let stat = file("stat");
        let stat = stat.as_deref().unwrap_or_default();
        Self {
            cpu: cpu_times(stat),
            cores: cores(stat),
            load: file("loadavg").as_deref().and_then(load),
            memory: file("meminfo").as_deref().and_then(memory),
            space: space(&places.logs),
            disk: disk(places),
            process: process::read(&places.proc, boot_seconds(stat)),
        }
    }
}

impl CpuTimes {
    /// Share of the time since `before` that was not idle, %.
    #[must_use]
    pub fn usage_since(self, before: Self) -> Option<f64> {
        let total = self.total.checked_sub(before.total).filter(|t| *t > 0)?;
        let busy = self.busy.checked_sub(before.busy)?;
        Some((busy as f64 / total as f64 * 100.0).min(100.0))
    }
}

impl Memory {
    /// Share in use, %.
    #[must_use]
    pub fn usage(self) -> f64 {
        self.share(self.total_kib.saturating_sub(self.available_kib))
    }

    /// How much of all `kib` are, %.
    #[must_use]
    pub fn share(self, kib: u64) -> f64 {
        kib as f64 / self.total_kib as f64 * 100.0
    }
}

impl Space {
    /// Share in use of what this process could use, %; as `df` has it.
    #[must_use]
    pub fn usage(self) -> Option<f64> {
        let all = self.used.saturating_add(self.available);
        (all > 0).then(|| self.used as f64 / all as f64 * 100.0)
    }
}

impl DiskCounters {
    /// Mean time of a read that ended since `before`, ms; 0 when none did: nobody waited.
    #[must_use]
    pub fn read_await_since(self, before: Self) -> Option<f64> {
        mean(
            self.read_ms.checked_sub(before.read_ms)?,
            self.reads.checked_sub(before.reads)?,
        )
    }

    /// The same of writes.
    #[must_use]
    pub fn write_await_since(self, before: Self) -> Option<f64> {
        mean(
            self.write_ms.checked_sub(before.write_ms)?,
            self.writes.checked_sub(before.writes)?,
        )
    }
}

fn mean(ms: u64, count: u64) -> Option<f64> {
    Some(if count == 0 {
        0.0
    } else {
        ms as f64 / count as f64
    })
}

/// A file of `/proc`, as far as it is text.
pub(crate) fn text(path: &Path) -> Option<String> {
    let mut text = String::new();
    let file = File::open(path).ok()?;
    file.take(FILE_BYTES_MAX).read_to_string(&mut text).ok()?;
    Some(text)
}

/// The first line of `/proc/stat`: `cpu user nice system idle iowait irq softirq steal guest guest_nice` (proc_stat(5)). Guests are
/// counted in `user` and `nice` already.
fn cpu_times(stat: &str) -> Option<CpuTimes> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Option<Vec<u64>> = line
        .split_whitespace()
        .take(8)
        .map(|word| word.parse().ok())
        .collect();
    let ticks = ticks.filter(|ticks| ticks.len() >= 4)?;
    let total = ticks.iter().try_fold(0_u64, |sum, n| sum.checked_add(*n))?;
    let idle = ticks[3].saturating_add(ticks.get(4).copied().unwrap_or(0));
    Some(CpuTimes {
        busy: total.saturating_sub(idle),
        total,
    })
}

fn cores(stat: &str) -> Option<u32> {
    let is_core = |line: &&str| {
        let number = line.strip_prefix("cpu");
        number.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let count = stat.lines().filter(is_core).count();
    u32::try_from(count).ok().filter(|count| *count > 0)
}

/// When the machine started, Unix seconds.
fn boot_seconds(stat: &str) -> Option<u64> {
    let line = stat.lines().find_map(|line| line.strip_prefix("btime "))?;
    line.trim().parse().ok()
}

fn load(loadavg: &str) -> Option<f64> {
    let load: f64 = loadavg.split_whitespace().next()?.parse().ok()?;
    (load.is_finite() && load >= 0.0).then_some(load)
}

fn memory(meminfo: &str) -> Option<Memory> {
    let memory = Memory {
        total_kib: kib(meminfo, "MemTotal:")?,
        available_kib: kib(meminfo, "MemAvailable:")?,
    };
    (memory.total_kib > 0).then_some(memory)
}

/// The number of a line `Name:   123 kB`.
pub(crate) fn kib(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let mut words = line.split_whitespace();
    let number = words.next()?.parse().ok()?;
    (words.next() == Some("kB")).then_some(number)
}

fn space(path: &Path) -> Option<Space> {
    let stat = rustix::fs::statvfs(path).ok()?;
    Some(Space {
        used: stat.f_blocks.checked_sub(stat.f_bfree)?,
        available: stat.f_bavail,
        block_bytes: stat.f_frsize,
    })
}

/// The disk that holds the logs. File systems without a device of their own (overlay, network) have none; of those on a mapped
/// device the table of mounts tells it.
fn disk(places: &Places) -> Option<DiskCounters> {
    let stats = text(&places.proc.join("diskstats"))?;
    let device = std::fs::metadata(&places.logs).ok()?.dev();
    let numbers = |device: u64| (rustix::fs::major(device), rustix::fs::minor(device));
    disk_counters(&stats, numbers(device)).or_else(|| {
        let mounts = text(&places.proc.join("self/mountinfo"))?;
        let source = mount_source(&mounts, &places.logs)?;
        let device = std::fs::metadata(source).ok()?.rdev();
        disk_counters(&stats, numbers(device))
    })
}

/// The device (`/dev/…`) behind the mount that a path lies in (proc_pid_mountinfo(5)).
fn mount_source<'a>(mountinfo: &'a str, path: &Path) -> Option<&'a str> {
    let mounts = mountinfo.lines().filter_map(|line| {
        let (before, after) = line.split_once(" - ")?;
        let point = before.split(' ').nth(4)?;
        path.starts_with(point)
            .then_some((point.len(), after.split(' ').nth(1)?))
    });
    let (_, source) = mounts.max_by_key(|(len, _)| *len)?;
    source.starts_with("/dev/").then_some(source)
}

/// The line of a device: `major minor name reads merged sectors ms writes merged sectors ms …` (the kernel's iostats.rst).
fn disk_counters(diskstats: &str, (major, minor): (u32, u32)) -> Option<DiskCounters> {
    let mut lines = diskstats.lines().map(|line| line.split_whitespace());
    let mut words = lines.find(|words| {
        let mut words = words.clone();
        words.next().and_then(|w| w.parse().ok()) == Some(major)
            && words.next().and_then(|w| w.parse().ok()) == Some(minor)
    })?;
    let mut number = |skipped: usize| words.nth(skipped)?.parse().ok();
    Some(DiskCounters {
        reads: number(3)?,
        read_ms: number(2)?,
        writes: number(0)?,
        write_ms: number(2)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "cpu  100 5 45 800 50 2 3 0 7 0\ncpu0 50 2 20 400 25 1 1 0 3 0\ncpu1 50 3 25 400 25 1 2 0 4 0\nintr 1 2\nctxt 9\nbtime 1700000000\n";
    const DISKSTATS: &str = "   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0\n 254       0 vda 8298548 290797 367692082 11891881 2986872 959283 888433688 4583279 0 763724 16744296\n 259       1 nvme0n1p1 10 0 80 5 20 0 160 30 0 1 35 0 0 0 0\n";

    #[test]
    fn processors_are_read_and_what_is_broken_is_unknown() {
        let before = cpu_times(STAT).unwrap();
        assert_eq!((before.busy, before.total), (155, 1005));
        assert_eq!(
            (cores(STAT), boot_seconds(STAT)),
            (Some(2), Some(1_700_000_000))
        );
        let later = CpuTimes {
            busy: 185,
            total: 1105,
        };
        assert_eq!(later.usage_since(before), Some(30.0));
        assert_eq!(before.usage_since(before), None, "no time passed");
        assert_eq!(before.usage_since(later), None, "another machine");
        for broken in [
            "",
            "cpu",
            "cpu 1 2",
            "cpu 1 2 x 4",
            "cpu 18446744073709551615 1 1 1",
            "intr 5",
        ] {
            assert_eq!(cpu_times(broken), None, "{broken}");
        }
        assert_eq!(
            cpu_times("cpu 1 2 3 4").map(|c| c.busy),
            Some(6),
            "an old kernel"
        );
        assert_eq!((cores(""), boot_seconds("btime x")), (None, None));
    }

    #[test]
    fn load_and_memory() {
        assert_eq!(load("2.15 2.18 2.59 3/412 31337\n"), Some(2.15));
        for broken in ["", "x", "-1 0 0", "NaN", "inf 1 1"] {
            assert_eq!(load(broken), None, "{broken}");
        }
        let read =
            memory("MemTotal:       1000 kB\nMemFree: 10 kB\nMemAvailable:    250 kB\n").unwrap();
        assert_eq!((read.usage(), read.share(100)), (75.0, 10.0));
        for broken in [
            "",
            "MemTotal: 1000 kB",
            "MemTotal: 0 kB\nMemAvailable: 0 kB",
            "MemTotal: 1 MB\nMemAvailable: 1 MB",
        ] {
            assert_eq!(memory(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_disk_is_found_by_its_numbers() {
        let vda = disk_counters(DISKSTATS, (254, 0)).unwrap();
        let expect = DiskCounters {
            reads: 8298548,
            read_ms: 11891881,
            writes: 2986872,
            write_ms: 4583279,
        };
        assert_eq!(vda, expect);
        let old = disk_counters(DISKSTATS, (259, 1)).unwrap();
        let new = DiskCounters {
            reads: 14,
            read_ms: 15,
            writes: 20,
            write_ms: 30,
        };
        assert_eq!(new.read_await_since(old), Some(2.5));
        assert_eq!(new.write_await_since(old), Some(0.0), "nobody waited");
        assert_eq!(old.read_await_since(new), None, "it began anew");
        assert_eq!(disk_counters(DISKSTATS, (8, 0)), None);
        assert_eq!(disk_counters("254 0 vda 1 2 3", (254, 0)), None);
        assert_eq!(disk_counters("254 0 vda 1 2 3 x 5 6 7 8", (254, 0)), None);
    }

    #[test]
    fn the_device_of_a_mount() {
        let mounts = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n28 27 0:25 /@ /data rw - btrfs /dev/mapper/data rw\n29 27 0:26 / /data/net rw - nfs4 host:/x rw\nbroken\n";
        let source = |path: &str| mount_source(mounts, Path::new(path));
        assert_eq!(source("/var/lib"), Some("/dev/vda"));
        assert_eq!(source("/data/logs"), Some("/dev/mapper/data"));
        assert_eq!(source("/data/net/logs"), None, "no device of this machine");
        assert_eq!(source("/database"), Some("/dev/vda"));
        assert_eq!(mount_source("", Path::new("/")), None);
    }

    #[test]
    fn this_machine_can_be_read_and_a_missing_one_is_unknown() {
        let temp = tempfile::tempdir().unwrap();
        let here = Machine::read(&Places::of_logs(temp.path()));
        assert!(here.cpu.is_some() && here.load.is_some() && here.memory.is_some());
        assert!(
            here.space
                .and_then(Space::usage)
                .is_some_and(|p| (0.0..=100.0).contains(&p))
        );
        assert!(here.process.is_some_and(|p| p.resident_kib > 0));
        let nowhere = Places {
            proc: temp.path().into(),
            logs: temp.path().join("gone"),
        };
        assert_eq!(Machine::read(&nowhere), Machine::default());
    }
}
