//! How long until a dead-letter queue loses its oldest message. Pure.

use crate::model::tick::Loss;
use crate::model::units::Seconds;

/// What bears on it. `age` is ApproximateAgeOfOldestMessage, which counts from the move into the dead-letter queue.
#[derive(Clone, Copy, Debug)]
pub struct Expiry {
    pub retention: Seconds,
    pub age: Seconds,
    pub fifo: bool,
    /// The longest of its sources' retention periods, where one is known.
    pub source_retention: Option<Seconds>,
}

/// A message of a FIFO queue begins anew when it is moved. One of a standard queue keeps the time at which it was sent,
/// so that what it spent in its source, at most that queue's retention, is gone as well (DG
/// setting-up-dead-letter-queue-retention).
pub fn loss(expiry: Expiry) -> Loss {
    let at_most = expiry.retention.0.saturating_sub(expiry.age.0);
    let spent = match (expiry.fifo, expiry.source_retention) {
        (true, _) => 0,
        (false, Some(source)) => source.0,
        (false, None) => expiry.retention.0,
    };
    Loss {
        at_least: Seconds(at_most.saturating_sub(spent)),
        at_most: Seconds(at_most),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;

    #[test]
    fn a_standard_queue_gives_bounds_and_a_fifo_queue_the_time() {
        // retention, age, FIFO, source's retention → at least, at most; in days
        for (retention, age, fifo, source, at_least, at_most) in [
            (14, 1, false, Some(4), 9, 13),
            // DG's own example: a day in the source, four days of retention.
            (4, 3, false, Some(1), 0, 1),
            (4, 0, false, Some(4), 0, 4),
            (4, 1, false, Some(14), 0, 3),
            (14, 2, false, None, 0, 12),
            (4, 1, true, Some(4), 3, 3),
            (4, 1, true, None, 3, 3),
            (4, 9, true, None, 0, 0),
        ] {
            let days = |days: u64| Seconds(days * DAY);
            let found = loss(Expiry {
                retention: days(retention),
                age: days(age),
                fifo,
                source_retention: source.map(days),
            });
            let wanted = Loss {
                at_least: days(at_least),
                at_most: days(at_most),
            };
            assert_eq!(found, wanted, "{retention} {age} {fifo} {source:?}");
        }
    }
}
