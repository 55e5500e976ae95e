//! The calls that watching needs, and no other.

use aws_sdk_cloudwatch::types as cloudwatch;
use aws_sdk_dynamodb::types as dynamodb;
use aws_smithy_types::DateTime;

use crate::aws::classify;
use crate::aws::clients::Clients;
use crate::model::failure::Failure;
use crate::model::tick::IndexRow;
use crate::resources::queue;
use crate::resources::queue::api::QueueApi;
use crate::resources::table::api::TableApi;
use crate::resources::tags::Tags;

use super::metrics::{Query, Window};
use super::series::{PERIOD, Series};
use super::watched::{QueueSeen, Redrive, TableSeen};

/// `None` from a look: there is no such resource.
#[expect(
    async_fn_in_trait,
    reason = "futures stay on the one thread that runs them"
)]
pub trait Watch {
    /// The account that the credentials belong to.
    async fn account(&self) -> Result<String, Failure>;
    async fn queue_url(&self, name: &str) -> Result<Option<String>, Failure>;
    async fn queue(&self, url: &str) -> Result<Option<QueueSeen>, Failure>;
    async fn table(&self, name: &str) -> Result<Option<TableSeen>, Failure>;
    /// A series for each of at most 500 queries, in their order.
    async fn metrics(&self, queries: &[Query], window: Window) -> Result<Vec<Series>, Failure>;
}

impl Watch for Clients {
    async fn account(&self) -> Result<String, Failure> {
        Ok(self.scope().await?.account)
    }

    async fn queue_url(&self, name: &str) -> Result<Option<String>, Failure> {
        QueueApi::get_queue_url(self.sqs(), name).await
    }

    async fn queue(&self, url: &str) -> Result<Option<QueueSeen>, Failure> {
        let Some(attributes) = QueueApi::get_queue_attributes(self.sqs(), url).await? else {
            return Ok(None);
        };
        let live = queue::read::parse(url, attributes, Tags::new())?;
        let redrive = live.redrive_policy.and_then(|policy| {
            let (_, name) = policy.dead_letter_target_arn.rsplit_once(':')?;
            Some(Redrive {
                queue: name.to_owned(),
                attempts: policy.max_receive_count,
            })
        });
        Ok(Some(QueueSeen {
            visible: live.messages.visible,
            in_flight: live.messages.in_flight,
            delayed: live.messages.delayed,
            visibility_timeout: live.visibility_timeout,
            retention: live.message_retention_period,
            redrive,
        }))
    }

    async fn table(&self, name: &str) -> Result<Option<TableSeen>, Failure> {
        let table = TableApi::describe_table(self.dynamodb(), name).await?;
        Ok(table.map(|table| table_seen(&table)))
    }

    async fn metrics(&self, queries: &[Query], window: Window) -> Result<Vec<Series>, Failure> {
        let mut series = vec![Series::new(); queries.len()];
        let mut token = None;
        loop {
            let page = self
                .cloudwatch()
                .get_metric_data()
                .set_metric_data_queries(Some(asked(queries)))
                .start_time(DateTime::from_secs(window.from))
                .end_time(DateTime::from_secs(window.to))
                .scan_by(cloudwatch::ScanBy::TimestampAscending)
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| classify::failure("cloudwatch", "GetMetricData", error))?;
            for result in page.metric_data_results() {
                let place = result
                    .id()
                    .and_then(|id| id.strip_prefix('q')?.parse().ok());
                let Some(series) = place.and_then(|place: usize| series.get_mut(place)) else {
                    continue;
                };
                let times = result.timestamps().iter().map(DateTime::secs);
                series.extend(times.zip(result.values().iter().copied()));
            }
            token = page.next_token;
            if token.is_none() {
                return Ok(series);
            }
        }
    }
}

fn table_seen(table: &dynamodb::TableDescription) -> TableSeen {
    let counter = |number: Option<i64>| number.and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
    let status = table.table_status.as_ref();
    let indexes = table.global_secondary_indexes().iter();
    let unsettled =
        indexes.filter(|index| index.index_status != Some(dynamodb::IndexStatus::Active));
    TableSeen {
        status: status.map_or_else(String::new, |status| status.as_str().to_owned()),
        items: counter(table.item_count),
        size_bytes: counter(table.table_size_bytes),
        indexes: unsettled
            .map(|index| IndexRow {
                name: index.index_name().unwrap_or_default().to_owned(),
                status: index
                    .index_status()
                    .map_or_else(String::new, |status| status.as_str().to_owned()),
                percent: None,
            })
            .collect(),
    }
}

/// An id begins with a small letter (API MetricDataQuery).
fn asked(queries: &[Query]) -> Vec<cloudwatch::MetricDataQuery> {
    let numbered = queries.iter().enumerate();
    numbered
        .map(|(number, query)| {
            let dimensions = query.dimensions().map(|(name, value)| {
                cloudwatch::Dimension::builder()
                    .name(name)
                    .value(value)
                    .build()
            });
            let metric = cloudwatch::Metric::builder()
                .namespace(query.metric.namespace())
                .metric_name(query.metric.name())
                .set_dimensions(Some(dimensions.collect()))
                .build();
            let stat = cloudwatch::MetricStat::builder()
                .metric(metric)
                .period(PERIOD as i32)
                .stat(query.metric.statistic())
                .build();
            cloudwatch::MetricDataQuery::builder()
                .id(format!("q{number}"))
                .metric_stat(stat)
                .return_data(true)
                .build()
        })
        .collect()
}
