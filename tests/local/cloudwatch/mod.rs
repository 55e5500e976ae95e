//! CloudWatch's metrics.

mod derived;
mod lists;
mod math;
mod puts;
mod reads;
mod wire;

use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::operation::get_metric_data::GetMetricDataOutput;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricDatum, MetricStat};
use shopctl::local::connector::LocalAws;
use shopctl::local::options::Options;

use crate::support::{config, options};

const NAMESPACE: &str = "Shop";

fn client(options: Options) -> Client {
    Client::new(&config(LocalAws::open(options).unwrap(), "us-east-1"))
}

fn fresh() -> (tempfile::TempDir, Client) {
    let dir = tempfile::tempdir().unwrap();
    let client = client(options(dir.path()));
    (dir, client)
}

fn later(dir: &Path, ahead: Duration) -> Client {
    client(Options {
        clock: ahead,
        ..options(dir)
    })
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap()
}

/// A full hour that is one to two hours ago; always the same.
fn start() -> i64 {
    static START: LazyLock<i64> = LazyLock::new(|| now() / HOUR * HOUR - HOUR);
    *START
}

fn at(seconds: i64) -> DateTime {
    DateTime::from_secs(seconds)
}

fn datum(name: &str, time: i64, value: f64) -> MetricDatum {
    let datum = MetricDatum::builder().metric_name(name);
    datum.timestamp(at(time)).value(value).build()
}

fn dimension(name: &str, value: &str) -> Dimension {
    Dimension::builder().name(name).value(value).build()
}

async fn put(client: &Client, data: impl IntoIterator<Item = MetricDatum>) {
    let request = client.put_metric_data().namespace(NAMESPACE);
    let data = data.into_iter().collect();
    request.set_metric_data(Some(data)).send().await.unwrap();
}

/// Values at `start()` and every minute after.
async fn put_minutes(client: &Client, name: &str, values: &[f64]) {
    let times = (0..).map(|minute| start() + minute * MINUTE);
    put(
        client,
        times
            .zip(values)
            .map(|(time, value)| datum(name, time, *value)),
    )
    .await;
}

fn query(id: &str, name: &str, stat: &str, period: i32) -> MetricDataQuery {
    let metric = Metric::builder().namespace(NAMESPACE).metric_name(name);
    let stat = MetricStat::builder()
        .metric(metric.build())
        .stat(stat)
        .period(period);
    MetricDataQuery::builder()
        .id(id)
        .metric_stat(stat.build())
        .build()
}

fn expression(id: &str, text: &str) -> MetricDataQuery {
    MetricDataQuery::builder().id(id).expression(text).build()
}

async fn get(
    client: &Client,
    queries: impl IntoIterator<Item = MetricDataQuery>,
    from: i64,
    to: i64,
) -> GetMetricDataOutput {
    let request = client
        .get_metric_data()
        .start_time(at(from))
        .end_time(at(to));
    let request = request.scan_by("TimestampAscending".into());
    let queries = queries.into_iter().collect();
    request
        .set_metric_data_queries(Some(queries))
        .send()
        .await
        .unwrap()
}

/// The values of one statistic from `start()` on for an hour.
async fn values(client: &Client, name: &str, stat: &str, period: i32) -> Vec<f64> {
    let output = get(
        client,
        [query("m1", name, stat, period)],
        start(),
        start() + HOUR,
    )
    .await;
    output.metric_data_results()[0].values().to_vec()
}
