//! Waiting for AWS: short first intervals that grow with the time already spent, jitter, a deadline, a reason.
//!
//! The clock is injected, so that tests wait for nothing.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::failure::{Failure, FailureKind};

/// What time it is, and how to let it pass.
#[expect(
    async_fn_in_trait,
    reason = "futures stay on the one thread that runs them"
)]
pub trait Clock {
    fn now(&self) -> Instant;
    async fn sleep(&self, time: Duration);
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// How often to look. The interval is a share of the time already waited, so that the overshoot stays a
/// small part of the wait, whatever AWS takes.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    pub first: Duration,
    pub cap: Duration,
}

/// A twelfth of the elapsed time.
const SHARE: u32 = 12;

impl Rhythm {
    /// For what usually settles within seconds.
    pub const QUICK: Rhythm = Rhythm {
        first: Duration::from_millis(10),
        cap: Duration::from_secs(2),
    };
    /// For cooldowns and backfills: minutes to days.
    pub const SLOW: Rhythm = Rhythm {
        first: Duration::from_millis(500),
        cap: Duration::from_secs(15),
    };

    fn after(self, elapsed: Duration) -> Duration {
        let even = (elapsed / SHARE).clamp(self.first, self.cap);
        // Up to a fifth less, so that many waits do not knock at once.
        even.mul_f64(1.0 - fastrand::f64() / 5.0)
    }
}

/// What one look found.
#[derive(Debug)]
pub enum Look<T> {
    Ready(T),
    /// `left`: until when, where that is known.
    Pending {
        why: String,
        left: Option<Duration>,
    },
}

impl<T> Look<T> {
    pub fn pending(why: impl Into<String>) -> Self {
        Look::Pending {
            why: why.into(),
            left: None,
        }
    }
}

/// Looks until it is ready. `waiting` hears the reason before each pause.
///
/// # Errors
/// What `look` fails with, or [`FailureKind::Timeout`] with the last reason once `deadline` has passed.
pub async fn until<T>(
    clock: &impl Clock,
    rhythm: Rhythm,
    deadline: Instant,
    waiting: impl Fn(&str, Option<Duration>),
    mut look: impl AsyncFnMut() -> Result<Look<T>, Failure>,
) -> Result<T, Failure> {
    let start = clock.now();
    loop {
        let (why, left) = match look().await? {
            Look::Ready(value) => return Ok(value),
            Look::Pending { why, left } => (why, left),
        };
        let now = clock.now();
        if now >= deadline {
            return Err(timeout(&why, left));
        }
        waiting(&why, left);
        let pause = rhythm.after(now - start);
        // A known end is met, not overslept.
        let pause = left.map_or(pause, |left| pause.min(left.max(rhythm.first)));
        clock.sleep(pause.min(deadline - now)).await;
    }
}

fn timeout(why: &str, left: Option<Duration>) -> Failure {
    let until = left.map_or_else(String::new, |left| {
        format!("; about {} s are left", left.as_secs().max(1))
    });
    Failure::new(
        FailureKind::Timeout,
        format!("not settled before the deadline: {why}{until}"),
    )
    .with_hint("run the same command again to continue, or give it longer with --timeout")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// A clock that only moves when somebody sleeps.
    struct Still {
        start: Instant,
        passed: Cell<Duration>,
    }

    impl Clock for Still {
        fn now(&self) -> Instant {
            self.start + self.passed.get()
        }

        async fn sleep(&self, time: Duration) {
            self.passed.set(self.passed.get() + time);
        }
    }

    /// Waits for something that takes `seconds`; returns how it ended, when, and after how many looks.
    fn wait_for(seconds: u64, deadline: u64) -> (Result<(), Failure>, Duration, u64) {
        let clock = Still {
            start: Instant::now(),
            passed: Cell::default(),
        };
        let looks = Cell::new(0);
        let waiting = until(
            &clock,
            Rhythm::QUICK,
            clock.start + Duration::from_secs(deadline),
            |_, _| (),
            async || {
                looks.set(looks.get() + 1);
                Ok(if clock.passed.get().as_secs() >= seconds {
                    Look::Ready(())
                } else {
                    Look::pending("table is CREATING")
                })
            },
        );
        let result = futures_util::future::FutureExt::now_or_never(waiting).unwrap();
        (result, clock.passed.get(), looks.get())
    }

    #[test]
    fn the_overshoot_is_a_small_part_of_the_wait() {
        for seconds in [1, 5, 30, 300] {
            let (result, elapsed, looks) = wait_for(seconds, 3_600);
            assert!(result.is_ok());
            assert!(
                elapsed.as_secs_f64() < seconds as f64 * 1.09 + 0.1,
                "{seconds}: {elapsed:?}"
            );
            assert!(looks < 100 + seconds, "{seconds}: {looks} looks");
        }
    }

    #[test]
    fn the_deadline_ends_it_with_the_reason() {
        let (result, elapsed, _) = wait_for(1_000, 10);
        let failure = result.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Timeout);
        assert!(failure.message.contains("table is CREATING"), "{failure}");
        assert_eq!(elapsed.as_secs(), 10);
    }
}
