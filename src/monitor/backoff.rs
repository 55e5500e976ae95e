//! Leaving a service alone that asks for fewer calls, or cannot be reached. Pure.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::failure::{Failure, FailureKind};

const LONGEST: Duration = Duration::from_secs(60);
/// One call in so many may be throttled before all of them wait.
const TOLERATED: usize = 10;

/// Twice as long each time, until a call goes through again.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    first: Duration,
    pause: Duration,
    until: Option<Instant>,
}

impl Backoff {
    pub fn new(first: Duration) -> Backoff {
        Backoff {
            first,
            pause: first,
            until: None,
        }
    }

    pub fn is_over(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now >= until)
    }

    /// What came of all calls of one tick.
    pub fn heed(&mut self, calls: usize, failures: &[&Failure], now: Instant) {
        let overload = |failure: &&&Failure| {
            matches!(failure.kind, FailureKind::Throttled | FailureKind::Network)
        };
        let overloads = failures.iter().filter(overload).count();
        if overloads * TOLERATED > calls {
            self.fail(now);
        } else {
            self.until = None;
            self.pause = self.first;
        }
    }

    /// Whatever it failed with.
    pub fn fail(&mut self, now: Instant) {
        self.until = Some(now + self.pause);
        self.pause = (self.pause * 2).min(LONGEST.max(self.first));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_up_to_a_minute_and_ends_with_the_failures() {
        let now = Instant::now();
        let throttled = Failure::new(FailureKind::Throttled, "slow down");
        let denied = Failure::new(FailureKind::AccessDenied, "no");
        let mut backoff = Backoff::new(Duration::from_secs(5));
        for pause in [5, 10, 20, 40, 60, 60] {
            backoff.heed(2, &[&throttled, &denied], now);
            assert!(!backoff.is_over(now + Duration::from_secs(pause - 1)));
            assert!(backoff.is_over(now + Duration::from_secs(pause)));
        }
        backoff.heed(2, &[&denied, &denied], now);
        assert!(backoff.is_over(now));
        backoff.heed(1, &[&throttled], now);
        assert!(backoff.is_over(now + Duration::from_secs(5)));
    }

    #[test]
    fn one_throttled_call_of_many_does_not_stop_the_rest() {
        let now = Instant::now();
        let throttled = Failure::new(FailureKind::Throttled, "slow down");
        let mut backoff = Backoff::new(Duration::from_secs(5));
        backoff.heed(500, &[&throttled; 50], now);
        assert!(backoff.is_over(now));
        backoff.heed(500, &[&throttled; 51], now);
        assert!(!backoff.is_over(now));
    }
}
