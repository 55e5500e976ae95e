//! Which metrics are asked for, and what becomes of the answers. Pure.

use crate::model::units::Seconds;

use super::series::{PERIOD, Series, last, per_second};
use super::watched::{Queue, QueueMetrics, Table, TableMetrics};

/// Queries of one call (API GetMetricData).
pub const BATCH: usize = 500;
/// What the trend shows.
pub const MINUTES: i64 = 10;

/// AWS's names of them: SQS DG sqs-available-cloudwatch-metrics, DynamoDB DG metrics-dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    Sent,
    Deleted,
    OldestAge,
    Visible,
    ReadUnits,
    WriteUnits,
    ReadThrottles,
    WriteThrottles,
    IndexProgress,
}

impl Metric {
    const OF_QUEUE: [Metric; 4] = [
        Metric::Sent,
        Metric::Deleted,
        Metric::OldestAge,
        Metric::Visible,
    ];
    const OF_TABLE: [Metric; 4] = [
        Metric::ReadUnits,
        Metric::WriteUnits,
        Metric::ReadThrottles,
        Metric::WriteThrottles,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Metric::Sent => "NumberOfMessagesSent",
            Metric::Deleted => "NumberOfMessagesDeleted",
            Metric::OldestAge => "ApproximateAgeOfOldestMessage",
            Metric::Visible => "ApproximateNumberOfMessagesVisible",
            Metric::ReadUnits => "ConsumedReadCapacityUnits",
            Metric::WriteUnits => "ConsumedWriteCapacityUnits",
            Metric::ReadThrottles => "ReadThrottleEvents",
            Metric::WriteThrottles => "WriteThrottleEvents",
            Metric::IndexProgress => "OnlineIndexPercentageProgress",
        }
    }

    fn is_of_queue(self) -> bool {
        Metric::OF_QUEUE.contains(&self)
    }

    pub fn namespace(self) -> &'static str {
        match self.is_of_queue() {
            true => "AWS/SQS",
            false => "AWS/DynamoDB",
        }
    }

    pub fn statistic(self) -> &'static str {
        match self {
            Metric::OldestAge | Metric::Visible | Metric::IndexProgress => "Maximum",
            _ => "Sum",
        }
    }
}

/// One metric of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub metric: Metric,
    /// The physical name of the queue or table.
    pub name: String,
    pub index: Option<String>,
}

impl Query {
    pub fn dimensions(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let owner = match self.metric.is_of_queue() {
            true => "QueueName",
            false => "TableName",
        };
        let index = self.index.as_deref();
        let index = index.map(|index| ("GlobalSecondaryIndexName", index));
        std::iter::once((owner, self.name.as_str())).chain(index)
    }
}

/// In seconds since the epoch; the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub from: i64,
    pub to: i64,
}

impl Window {
    /// Whole minutes: CloudWatch answers those faster (API GetMetricData).
    pub fn until(now: i64) -> Window {
        let minute = minute(now);
        Window {
            from: (minute - MINUTES) * PERIOD,
            to: (minute + 1) * PERIOD,
        }
    }
}

/// Since the epoch.
pub fn minute(now: i64) -> i64 {
    now.div_euclid(PERIOD)
}

/// In the order in which [`distribute`] takes the answers.
pub fn queries(queues: &[Queue], tables: &[Table]) -> Vec<Query> {
    let of_queues = queues.iter().flat_map(|queue| {
        Metric::OF_QUEUE.map(|metric| Query {
            metric,
            name: queue.name.clone(),
            index: None,
        })
    });
    let of_tables = tables.iter().flat_map(|table| {
        let plain = Metric::OF_TABLE.map(|metric| (metric, None));
        let unsettled = table.looks.there().map_or(&[][..], |seen| &seen.indexes);
        let building = unsettled.iter().map(|index| {
            let index = Some(index.name.clone());
            (Metric::IndexProgress, index)
        });
        let all: Vec<_> = plain.into_iter().chain(building).collect();
        all.into_iter().map(|(metric, index)| Query {
            metric,
            name: table.name.clone(),
            index,
        })
    });
    of_queues.chain(of_tables).collect()
}

/// Gives each resource what was answered about it. What has no answer becomes unknown.
pub fn distribute(
    queries: &[Query],
    series: &[Series],
    now: i64,
    queues: &mut [Queue],
    tables: &mut [Table],
) {
    let mut answers = queries.iter().zip(series).peekable();
    let mut of = |name: &str, of_queue: bool| {
        let mut found = Vec::new();
        while let Some((query, series)) = answers
            .next_if(|(query, _)| query.name == name && query.metric.is_of_queue() == of_queue)
        {
            found.push((query, series));
        }
        found
    };
    for queue in queues {
        queue.metrics = QueueMetrics::default();
        for (query, series) in of(&queue.name, true) {
            enter_queue(queue, query.metric, series, now);
        }
    }
    for table in tables {
        table.metrics = TableMetrics::default();
        for (query, series) in of(&table.name, false) {
            enter_table(&mut table.metrics, query, series, now);
        }
    }
}

fn enter_queue(queue: &mut Queue, metric: Metric, series: &Series, now: i64) {
    let metrics = &mut queue.metrics;
    match metric {
        Metric::Sent => metrics.sent_per_second = per_second(series, now),
        Metric::Deleted => metrics.deleted_per_second = per_second(series, now),
        Metric::OldestAge => {
            metrics.oldest_age = last(series, now).map(|age| Seconds(age as u64));
        }
        _ => {
            for (at, value) in series {
                // What we counted ourselves is younger.
                queue.history.entry(minute(*at)).or_insert(*value as u64);
            }
        }
    }
}

/// DynamoDB publishes no zeros: a table that nobody uses, or throttles, has no value (DG metrics-dimensions).
fn enter_table(metrics: &mut TableMetrics, query: &Query, series: &Series, now: i64) {
    let rate = per_second(series, now).unwrap_or(0.0);
    match query.metric {
        Metric::ReadUnits => metrics.read_units_per_second = Some(rate),
        Metric::WriteUnits => metrics.write_units_per_second = Some(rate),
        Metric::ReadThrottles | Metric::WriteThrottles => {
            let so_far = metrics.throttled_per_second.unwrap_or(0.0);
            metrics.throttled_per_second = Some(so_far + rate);
        }
        _ => {
            // Told every five minutes only (DG metrics-dimensions).
            if let (Some(index), Some((_, percent))) = (&query.index, series.last()) {
                metrics.progress.insert(index.clone(), *percent);
            }
        }
    }
}
