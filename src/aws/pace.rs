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
/// DescribeContinuousBackups, UpdateContinuousBackups), SQS DG quotas-queues (tagging 30 TPS).
const RATES: [Rate; 4] = [
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

    #[tokio::test(start_paused = true)]
    async fn a_second_s_worth_goes_at_once_and_the_rest_in_step() {
        let pacer = Pacer::default();
        let start = Instant::now();
        for _ in 0..5 {
            pacer.pass("DynamoDB_20120810.TagResource").await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for _ in 0..5 {
            pacer.pass("DynamoDB_20120810.UntagResource").await;
        }
        assert_eq!(start.elapsed().as_millis(), 1_000);
        pacer.pass("DynamoDB_20120810.DescribeTable").await;
        assert_eq!(start.elapsed().as_millis(), 1_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_fills_the_bucket_and_no_more() {
        let pacer = Pacer::default();
        tokio::time::advance(Duration::from_secs(60)).await;
        let start = Instant::now();
        for _ in 0..10 {
            pacer.pass("DynamoDB_20120810.TagResource").await;
        }
        assert_eq!(start.elapsed().as_millis(), 1_000);
    }
}
