//! The wall clock as a parameter.

/// Wall-clock time. Storage uses it for retention, `segment.ms` and `LogAppendTime`, never for waiting.
pub trait Clock: Send + Sync + std::fmt::Debug + 'static {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> i64;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock"
    )]
    fn now_ms(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A clock that was more than this ahead of its last reading jumped.
const JUMP_MS: i64 = 3_600_000;

/// For so long after a jump nothing is deleted for its age: time to set a wrong clock right.
const HOLD_MS: i64 = 600_000;

/// Keeps a clock that jumps forward from making all data look expired at once.
#[derive(Debug, Default)]
pub(crate) struct JumpGuard(parking_lot::Mutex<Readings>);

#[derive(Debug, Default)]
struct Readings {
    last_ms: Option<i64>,
    hold_until_ms: i64,
}

impl JumpGuard {
    /// Notes a reading; whether ages may be believed.
    pub(crate) fn may_expire(&self, now_ms: i64) -> bool {
        let mut readings = self.0.lock();
        let ahead_ms = readings
            .last_ms
            .map_or(0, |last| now_ms.saturating_sub(last));
        readings.last_ms = Some(now_ms);
        if ahead_ms > JUMP_MS {
            readings.hold_until_ms = now_ms.saturating_add(HOLD_MS);
            tracing::warn!(
                ahead_ms,
                hold_ms = HOLD_MS,
                "clock jumped forward, deleting nothing for its age for a while"
            );
        } else if now_ms < readings.hold_until_ms.saturating_sub(HOLD_MS) {
            // It was set back.
            readings.hold_until_ms = 0;
        }
        now_ms >= readings.hold_until_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_holds_deletion_until_it_has_lasted() {
        const YEARS_MS: i64 = 10 * 365 * 86_400_000;
        let guard = JumpGuard::default();
        assert!(guard.may_expire(1000));
        assert!(guard.may_expire(1000 + JUMP_MS));
        let jumped = 1000 + JUMP_MS + YEARS_MS;
        assert!(!guard.may_expire(jumped));
        assert!(!guard.may_expire(jumped + HOLD_MS - 1));
        assert!(
            guard.may_expire(jumped + HOLD_MS),
            "it lasts: it is the time"
        );
        assert!(!guard.may_expire(jumped + HOLD_MS + YEARS_MS));
        assert!(guard.may_expire(2000), "set right");
        assert!(guard.may_expire(3000));
    }
}
