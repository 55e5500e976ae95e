//! What watching costs: calls, and AWS's prices of them. Pure.

use std::time::Duration;

use crate::model::tick::Rhythm;

/// us-east-1, checked November 2026 (SQS and CloudWatch pricing pages), in dollars. DescribeTable is free.
mod prices {
    pub const SQS_STANDARD: f64 = 0.40 / 1e6;
    pub const SQS_FIFO: f64 = 0.50 / 1e6;
    /// A month, over both kinds of queue.
    pub const SQS_FREE: f64 = 1e6;
    /// GetMetricData is billed by the metric asked for, and never free.
    pub const METRIC: f64 = 0.01 / 1e3;
}

const MINUTES_A_MONTH: f64 = 60.0 * 24.0 * 365.0 / 12.0;

/// What is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Load {
    pub standard_queues: usize,
    pub fifo_queues: usize,
    pub tables: usize,
    /// So many ticks pass from one look at a table to the next.
    pub table_ticks: u64,
    /// Asked for by the first tick after each minute.
    pub metrics: usize,
    /// Calls that this takes.
    pub metric_calls: usize,
}

/// By the rhythm that was asked for: calls that are tried again, or left out while AWS asks for fewer, do not count.
pub fn rhythm(load: Load, interval: Duration) -> Rhythm {
    let ticks = 60.0 / interval.as_secs_f64();
    let standard = load.standard_queues as f64 * ticks;
    let fifo = load.fifo_queues as f64 * ticks;
    let tables = load.tables as f64 * ticks / load.table_ticks as f64;
    let asks = ticks / ticks.ceil();
    let calls = standard + fifo + tables + load.metric_calls as f64 * asks;
    let requests = (standard + fifo) * MINUTES_A_MONTH;
    let billed = (requests - prices::SQS_FREE).max(0.0) / requests.max(1.0);
    let sqs = (standard * prices::SQS_STANDARD + fifo * prices::SQS_FIFO) * billed;
    let cloudwatch = load.metrics as f64 * asks * prices::METRIC;
    Rhythm {
        interval_ms: u64::try_from(interval.as_millis()).unwrap_or(u64::MAX),
        calls_per_minute: calls.ceil() as u64,
        dollars_per_month: cents((sqs + cloudwatch) * MINUTES_A_MONTH),
    }
}

fn cents(dollars: f64) -> f64 {
    (dollars * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(load: Load, seconds: u64) -> (u64, f64) {
        let rhythm = rhythm(load, Duration::from_secs(seconds));
        (rhythm.calls_per_minute, rhythm.dollars_per_month)
    }

    #[test]
    fn calls_and_dollars_of_a_month_of_43_800_minutes() {
        let shop = Load {
            standard_queues: 8,
            tables: 4,
            table_ticks: 4,
            metrics: 48,
            metric_calls: 1,
            ..Load::default()
        };
        // 4.2 M requests less the free one at $0.40, 2.1 M metrics at $10 a million.
        assert_eq!(cost(shop, 5), (109, 22.31));
        let few = Load {
            standard_queues: 1,
            ..Load::default()
        };
        let few = Load {
            table_ticks: 1,
            ..few
        };
        assert_eq!(cost(few, 60), (1, 0.0));
        // 4 380 times 48 metrics.
        assert_eq!(cost(shop, 600), (1, 2.10));
        let fifo = Load {
            fifo_queues: 100,
            table_ticks: 1,
            ..Load::default()
        };
        // 52.6 M requests less the free one at $0.50.
        assert_eq!(cost(fifo, 5), (1_200, 25.78));
    }
}
