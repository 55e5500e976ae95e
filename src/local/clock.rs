//! The emulator's time, which may run ahead of the machine's.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clock {
    ahead: Duration,
}

impl Clock {
    pub fn ahead_by(ahead: Duration) -> Self {
        Clock { ahead }
    }

    /// Milliseconds since the epoch.
    pub fn now(self) -> i64 {
        let machine = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        millis(machine + self.ahead)
    }
}

/// A duration as the milliseconds that the state is kept in.
pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_ahead_of_the_machine() {
        let ahead = Clock::ahead_by(Duration::from_secs(61)).now() - Clock::default().now();
        assert!((61_000..62_000).contains(&ahead), "{ahead}");
    }
}
