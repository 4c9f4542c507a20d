//! Slows, then locks, repeated failed logins. Counted by account name, known or not, and by address, each on its own, so that
//! neither many names from one place nor one name from many places gets far. Pure: the time is passed in.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

/// Failures within [`WINDOW_MS`] that lock.
pub const FAILURES_MAX: u32 = 5;
/// How long failures count and how long a lock lasts, ms.
pub const WINDOW_MS: i64 = 15 * 60 * 1000;
/// Keys remembered at once; the oldest go first.
const KEYS_MAX: usize = 20_000;
/// Longest part of a name that is remembered.
const NAME_MAX: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Name(String),
    Address(IpAddr),
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last_ms: i64,
}

/// The failures that still count.
#[derive(Debug, Default)]
pub struct Attempts {
    by_key: HashMap<Key, Failures>,
}

/// What a new attempt meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Go on after this pause.
    Open {
        /// Grows with every failure.
        pause: Duration,
    },
    /// Refuse without looking at the password.
    Locked {
        /// Until when, ms since the epoch.
        until_ms: i64,
    },
}

impl Attempts {
    /// What an attempt on `name` from `address` meets at `now_ms`.
    #[must_use]
    pub fn gate(&self, name: &str, address: IpAddr, now_ms: i64) -> Gate {
        let worst = keys(name, address)
            .iter()
            .filter_map(|key| self.live(key, now_ms))
            .max_by_key(|f| (f.count, f.last_ms));
        match worst {
            Some(f) if f.count >= FAILURES_MAX => Gate::Locked {
                until_ms: f.last_ms + WINDOW_MS,
            },
            Some(f) => Gate::Open {
                pause: pause(f.count),
            },
            None => Gate::Open {
                pause: Duration::ZERO,
            },
        }
    }

    /// Counts a failure; returns how many attempts are left before the lock.
    pub fn failed(&mut self, name: &str, address: IpAddr, now_ms: i64) -> u32 {
        let mut left = FAILURES_MAX;
        for key in keys(name, address) {
            let count = self
                .live(&key, now_ms)
                .map_or(0, |f| f.count)
                .saturating_add(1);
            self.by_key.insert(
                key,
                Failures {
                    count,
                    last_ms: now_ms,
                },
            );
            left = left.min(FAILURES_MAX.saturating_sub(count));
        }
        self.bound(now_ms);
        left
    }

    /// Forgets the failures of a name and an address after a good login.
    pub fn succeeded(&mut self, name: &str, address: IpAddr) {
        for key in keys(name, address) {
            self.by_key.remove(&key);
        }
    }

    fn live(&self, key: &Key, now_ms: i64) -> Option<Failures> {
        self.by_key
            .get(key)
            .copied()
            .filter(|f| now_ms.saturating_sub(f.last_ms) < WINDOW_MS)
    }

    fn bound(&mut self, now_ms: i64) {
        if self.by_key.len() <= KEYS_MAX {
            return;
        }
        self.by_key
            .retain(|_, f| now_ms.saturating_sub(f.last_ms) < WINDOW_MS);
        // Still too many: drop the older half, so that this scan is rare.
        if self.by_key.len() > KEYS_MAX {
            let mut times: Vec<i64> = self.by_key.values().map(|f| f.last_ms).collect();
            times.sort_unstable();
            let median = times.get(times.len() / 2).copied().unwrap_or(now_ms);
            self.by_key.retain(|_, f| f.last_ms > median);
        }
    }
}

fn keys(name: &str, address: IpAddr) -> [Key; 2] {
    [
        Key::Name(
            name.chars()
                .take(NAME_MAX)
                .collect::<String>()
                .to_lowercase(),
        ),
        Key::Address(network(address)),
    ]
}

/// One household has a /64 of IPv6 addresses: it counts as one.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
        v4 => v4,
    }
}

/// 0, ¼, ½, 1, 2 seconds.
fn pause(failures: u32) -> Duration {
    match failures {
        0 => Duration::ZERO,
        n => Duration::from_millis(250u64 << (n - 1).min(3)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const AWAY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn pauses_grow_and_the_fifth_failure_locks_for_15_minutes() {
        let mut attempts = Attempts::default();
        let pauses: Vec<Gate> = (0..5)
            .map(|i| {
                let gate = attempts.gate("admin", HOME, i);
                assert_eq!(
                    attempts.failed("admin", HOME, i),
                    4 - u32::try_from(i).unwrap()
                );
                gate
            })
            .collect();
        let open = |ms| Gate::Open {
            pause: Duration::from_millis(ms),
        };
        assert_eq!(
            pauses,
            [open(0), open(250), open(500), open(1000), open(2000)]
        );
        assert_eq!(
            attempts.gate("admin", HOME, 10),
            Gate::Locked {
                until_ms: 4 + WINDOW_MS
            }
        );
        assert_eq!(attempts.gate("admin", HOME, 4 + WINDOW_MS), open(0));
    }

    #[test]
    fn name_and_address_lock_each_on_its_own() {
        let mut attempts = Attempts::default();
        for i in 0..5 {
            attempts.failed(&format!("user-{i}"), HOME, 0);
            attempts.failed("admin", IpAddr::from([10, 0, 0, i]), 0);
        }
        assert!(
            matches!(attempts.gate("somebody", HOME, 1), Gate::Locked { .. }),
            "address"
        );
        assert!(
            matches!(attempts.gate("ADMIN", AWAY, 1), Gate::Locked { .. }),
            "name, whatever its case"
        );
        assert!(matches!(
            attempts.gate("somebody", AWAY, 1),
            Gate::Open { .. }
        ));
    }

    #[test]
    fn a_good_login_forgets_and_memory_is_bounded() {
        let mut attempts = Attempts::default();
        attempts.failed("admin", HOME, 0);
        attempts.succeeded("admin", HOME);
        assert_eq!(
            attempts.gate("admin", HOME, 0),
            Gate::Open {
                pause: Duration::ZERO
            }
        );
        for i in 0..60_000i64 {
            attempts.failed(
                &format!("n{i}"),
                IpAddr::from([10, 0, (i / 256 % 256) as u8, (i % 256) as u8]),
                i,
            );
        }
        assert!(
            attempts.by_key.len() <= KEYS_MAX + 2,
            "{}",
            attempts.by_key.len()
        );
    }

    #[test]
    fn one_ipv6_household_is_one_address() {
        let mut attempts = Attempts::default();
        for i in 0..5u16 {
            attempts.failed(
                &format!("u{i}"),
                IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, i]),
                0,
            );
        }
        assert!(matches!(
            attempts.gate("x", IpAddr::from([0x2001, 0xdb8, 0, 1, 9, 9, 9, 9]), 1),
            Gate::Locked { .. }
        ));
        assert!(matches!(
            attempts.gate("x", IpAddr::from([0x2001, 0xdb8, 0, 2, 9, 9, 9, 9]), 1),
            Gate::Open { .. }
        ));
    }
}
