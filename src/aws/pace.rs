//! Calls whose rate AWS publishes, kept below it. Everything else answers for itself by throttling.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Calls that share one budget, and how many a second it allows.
struct Rate {
    targets: &'static [&'static str],
    per_second: u32,
}

/// Sources: DynamoDB API Reference (TagResource, UntagResource, ListTagsOfResource: "per second, per account";
/// DescribeContinuousBackups, DescribeBackup), SQS DG quotas-queues (tagging 30 TPS).
const RATES: [Rate; 5] = [
    Rate {
        targets: &[
            "DynamoDB_20120810.TagResource",
            "DynamoDB_20120810.UntagResource",
        ],
        per_second: 5,
    },
    Rate {
        targets: &["DynamoDB_20120810.ListTagsOfResource"],
        per_second: 10,
    },
    Rate {
        targets: &["DynamoDB_20120810.DescribeContinuousBackups"],
        per_second: 10,
    },
    Rate {
        targets: &["DynamoDB_20120810.DescribeBackup"],
        per_second: 10,
    },
    Rate {
        targets: &[
            "AmazonSQS.TagQueue",
            "AmazonSQS.UntagQueue",
            "AmazonSQS.ListQueueTags",
        ],
        per_second: 30,
    },
];

/// A token bucket a budget: a second's worth may go at once, then one every 1/rate seconds.
#[derive(Debug, Default)]
pub struct Pacer {
    /// When the bucket of a budget will be full again.
    full_at: Mutex<HashMap<usize, Instant>>,
}

impl Pacer {
    /// Returns when a call to `target` (the `x-amz-target` header) may be sent.
    pub async fn pass(&self, target: &str) {
        let delay = self.reserve(target, Instant::now());
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
    }

    fn reserve(&self, target: &str, now: Instant) -> Duration {
        let Some((budget, rate)) = RATES
            .iter()
            .enumerate()
            .find(|(_, rate)| rate.targets.contains(&target))
        else {
            return Duration::ZERO;
        };
        let token = Duration::from_secs(1) / rate.per_second;
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let full = full_at.entry(budget).or_insert(now);
        *full = (*full).max(now) + token;
        (*full - now).saturating_sub(Duration::from_secs(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "DynamoDB_20120810.TagResource";
    const UNTAG: &str = "DynamoDB_20120810.UntagResource";

    /// The delays of so many calls made at the same moment, in milliseconds.
    fn delays(pacer: &Pacer, target: &str, calls: usize, now: Instant) -> Vec<u128> {
        (0..calls)
            .map(|_| pacer.reserve(target, now).as_millis())
            .collect()
    }

    #[test]
    fn a_second_s_worth_goes_at_once_and_the_rest_in_step() {
        let pacer = Pacer::default();
        let now = Instant::now();
        assert_eq!(delays(&pacer, TAG, 5, now), [0; 5]);
        assert_eq!(delays(&pacer, UNTAG, 3, now), [200, 400, 600]);
        assert_eq!(
            delays(&pacer, "DynamoDB_20120810.DescribeTable", 99, now),
            [0; 99]
        );
    }

    #[test]
    fn a_pause_fills_the_bucket_and_no_more() {
        let pacer = Pacer::default();
        let now = Instant::now();
        delays(&pacer, TAG, 20, now);
        let later = now + Duration::from_secs(60);
        assert_eq!(delays(&pacer, TAG, 6, later), [0, 0, 0, 0, 0, 200]);
    }
}
