//! What SQS and DynamoDB tell CloudWatch of themselves, as a client of CloudWatch sees it.

use std::time::Duration;

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat, RecentlyActive};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use shopctl::local::connector::LocalAws;
use shopctl::local::options::Options;

use super::{Client, HOUR, MINUTE, at, dimension, later, now};
use crate::support::{config, options, queue, send};

struct All {
    dir: tempfile::TempDir,
    sqs: aws_sdk_sqs::Client,
    dynamodb: aws_sdk_dynamodb::Client,
    cloudwatch: Client,
}

fn all(set: impl FnOnce(&mut Options)) -> All {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options(dir.path());
    set(&mut options);
    let config = config(LocalAws::open(options).unwrap(), "us-east-1");
    All {
        sqs: aws_sdk_sqs::Client::new(&config),
        dynamodb: aws_sdk_dynamodb::Client::new(&config),
        cloudwatch: Client::new(&config),
        dir,
    }
}

fn query(
    id: &str,
    namespace: &str,
    name: &str,
    stat: &str,
    dimensions: &[Dimension],
) -> MetricDataQuery {
    let metric = Metric::builder()
        .namespace(namespace)
        .metric_name(name)
        .set_dimensions(Some(dimensions.to_vec()));
    let stat = MetricStat::builder().metric(metric.build()).stat(stat);
    let stat = stat.period(60).build();
    MetricDataQuery::builder().id(id).metric_stat(stat).build()
}

/// The sum of each over the last ten minutes and the running one.
async fn sums(client: &Client, queries: Vec<MetricDataQuery>) -> Vec<f64> {
    let request = client.get_metric_data();
    let request = request.start_time(at(now() - 10 * MINUTE));
    let request = request.end_time(at(now() + MINUTE));
    let answer = request.set_metric_data_queries(Some(queries)).send().await;
    let results = answer.unwrap().metric_data_results.unwrap_or_default();
    let sums = results.iter().map(|result| result.values().iter().sum());
    sums.collect()
}

#[tokio::test]
async fn a_queue_s_depth_and_traffic_are_metrics() {
    let all = all(|_| ());
    let url = queue(&all.sqs, "orders", &[]).await;
    for body in ["a", "bb", "ccc"] {
        send(&all.sqs, &url, body).await;
    }
    let received = all.sqs.receive_message().queue_url(&url).send().await;
    assert_eq!(received.unwrap().messages().len(), 1);
    let orders = [dimension("QueueName", "orders")];
    let of = |id, name, stat| query(id, "AWS/SQS", name, stat, &orders);
    let queries = vec![
        of("sent", "NumberOfMessagesSent", "Sum"),
        of("received", "NumberOfMessagesReceived", "Sum"),
        of("deleted", "NumberOfMessagesDeleted", "Sum"),
        of("size", "SentMessageSize", "Sum"),
    ];
    assert_eq!(sums(&all.cloudwatch, queries).await, [3.0, 1.0, 0.0, 6.0]);
    let depth = query(
        "depth",
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        "Maximum",
        &orders,
    );
    let request = all.cloudwatch.get_metric_data().metric_data_queries(depth);
    let request = request.start_time(at(now() - HOUR));
    let answer = request.end_time(at(now() + MINUTE)).send().await.unwrap();
    // Newest first.
    assert_eq!(answer.metric_data_results()[0].values()[0], 2.0);
}

#[tokio::test]
async fn an_empty_long_poll_is_one_empty_receive() {
    let all = all(|_| ());
    let url = queue(&all.sqs, "orders", &[]).await;
    let receive = all.sqs.receive_message().queue_url(&url);
    receive.wait_time_seconds(1).send().await.unwrap();
    let orders = [dimension("QueueName", "orders")];
    let empty = query("m", "AWS/SQS", "NumberOfEmptyReceives", "Sum", &orders);
    assert_eq!(sums(&all.cloudwatch, vec![empty]).await, [1.0]);
}

async fn table(all: &All) {
    let definition = AttributeDefinition::builder()
        .attribute_name("id")
        .attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder()
        .attribute_name("id")
        .key_type(KeyType::Hash);
    let request = all.dynamodb.create_table().table_name("Orders");
    let request = request.billing_mode(BillingMode::PayPerRequest);
    let request = request.attribute_definitions(definition.build().unwrap());
    let request = request.key_schema(key.build().unwrap());
    request.send().await.unwrap();
}

#[tokio::test]
async fn units_and_throttled_requests_of_a_table_are_metrics() {
    let all = all(|options| options.faults = "GetItem=throttle:x2".parse().unwrap());
    table(&all).await;
    let id = || AttributeValue::S("1".to_owned());
    for _ in 0..2 {
        let put = all.dynamodb.put_item().table_name("Orders");
        put.item("id", id()).send().await.unwrap();
    }
    for expected in [false, false, true] {
        let get = all.dynamodb.get_item().table_name("Orders").key("id", id());
        let got = get.consistent_read(true).send().await;
        assert_eq!(got.is_ok(), expected);
    }
    let orders = [dimension("TableName", "Orders")];
    let gets = [
        dimension("TableName", "Orders"),
        dimension("Operation", "GetItem"),
    ];
    let of = |id, name, dimensions| query(id, "AWS/DynamoDB", name, "Sum", dimensions);
    let queries = vec![
        of("written", "ConsumedWriteCapacityUnits", &orders[..]),
        of("read", "ConsumedReadCapacityUnits", &orders[..]),
        of("events", "ReadThrottleEvents", &orders[..]),
        of("requests", "ThrottledRequests", &gets[..]),
    ];
    assert_eq!(sums(&all.cloudwatch, queries).await, [2.0, 1.0, 2.0, 2.0]);
}

#[tokio::test]
async fn they_are_listed_and_fall_silent() {
    let all = all(|_| ());
    queue(&all.sqs, "orders", &[]).await;
    table(&all).await;
    let names = async |client: &Client, recent: bool| {
        let request = client.list_metrics();
        let request = request.set_recently_active(recent.then_some(RecentlyActive::Pt3H));
        let listed = request.send().await.unwrap().metrics.unwrap_or_default();
        let of_sqs = listed.iter().filter(|it| it.namespace() == Some("AWS/SQS"));
        of_sqs.count()
    };
    // All but the size of what nobody has sent.
    assert_eq!(names(&all.cloudwatch, true).await, 8);
    // Six hours after the last access a queue has no data any more, and after two weeks no metrics.
    let after = |hours: u64| later(all.dir.path(), Duration::from_secs(hours * 3_600));
    assert_eq!(names(&after(10), false).await, 8);
    assert_eq!(names(&after(10), true).await, 0);
    assert_eq!(names(&after(24 * 15), false).await, 0);
}
