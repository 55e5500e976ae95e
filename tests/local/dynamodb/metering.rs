//! What CloudWatch is told of tables.

use std::path::Path;
use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeValue, BillingMode, KeysAndAttributes, Put, PutRequest, ReturnConsumedCapacity,
    TransactWriteItem, WriteRequest,
};
use serde_json::json;
use shopctl::local::call::{Call, Settings};
use shopctl::local::clock::Clock;
use shopctl::local::dynamodb;
use shopctl::local::metrics::{Datum, Metric, Observed};
use shopctl::local::options::Options;
use shopctl::local::store::Store;

use super::shape::{add, definition, fresh, index, item, open, plain, put, slow, text, units};
use crate::support::{ACCOUNT, code, options};

const MINUTE: i64 = 60 * 1000;

/// Looks at the state as CloudWatch would, `later` seconds ahead.
pub fn looking<T>(dir: &Path, later: u64, f: impl FnOnce(&Call) -> T) -> T {
    let store = Store::open(dir).unwrap();
    f(&Call {
        origin: "https://dynamodb.us-east-1.amazonaws.com",
        store: &store,
        settings: &Settings {
            table_delay: Duration::ZERO,
            index_delay: Duration::ZERO,
            ttl_delay: Duration::ZERO,
            backup_delay: Duration::ZERO,
        },
        region: "us-east-1",
        account: ACCOUNT,
        now: Clock::default().now() + i64::try_from(later * 1_000).unwrap(),
    })
}

pub fn metric(name: &str, dimensions: &[(&str, &str)]) -> Metric {
    let pair = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    Metric {
        namespace: "AWS/DynamoDB".to_owned(),
        name: name.to_owned(),
        dimensions: dimensions.iter().map(pair).collect(),
    }
}

fn observed(dir: &Path, later: u64, metric: &Metric) -> Vec<Datum> {
    looking(dir, later, |call| {
        dynamodb::data(call, metric, 0, i64::MAX).unwrap()
    })
}

/// Sum and number of the samples of all time.
pub fn sum(dir: &Path, name: &str, dimensions: &[(&str, &str)]) -> (f64, f64) {
    let data = observed(dir, 3600, &metric(name, dimensions));
    let values = data.into_iter().flat_map(|datum| match datum.observed {
        Observed::Values(values) => values,
        Observed::Set(_) => Vec::new(),
    });
    values.fold((0.0, 0.0), |(sum, samples), (value, occurred)| {
        (sum + value * occurred, samples + occurred)
    })
}

const ORDERS: (&str, &str) = ("TableName", "Orders");
const READ: &str = "ConsumedReadCapacityUnits";
const WRITTEN: &str = "ConsumedWriteCapacityUnits";

fn sized(id: &str, bytes: usize) -> std::collections::HashMap<String, AttributeValue> {
    item(&[("id", id), ("user", "ann"), ("text", &"x".repeat(bytes))])
}

#[tokio::test]
async fn units_are_counted_by_size_consistency_and_index() {
    let (dir, client) = fresh();
    let create = plain(&client, "Orders").attribute_definitions(definition("user"));
    let create = create.global_secondary_indexes(index("by-user", &["user"]));
    create.send().await.unwrap();
    let write = client.put_item().table_name("Orders");
    let write = write.set_item(Some(sized("1", 1500)));
    let answer = write.send().await.unwrap();
    assert_eq!(answer.consumed_capacity, None);
    let by_user = [ORDERS, ("GlobalSecondaryIndexName", "by-user")];
    assert_eq!(sum(dir.path(), WRITTEN, &[ORDERS]), (2.0, 1.0));
    assert_eq!(sum(dir.path(), WRITTEN, &by_user), (2.0, 1.0));

    let read = client.get_item().table_name("Orders").key("id", text("1"));
    read.clone().send().await.unwrap();
    let total = read.consistent_read(true);
    let total = total.return_consumed_capacity(ReturnConsumedCapacity::Total);
    let told = total.send().await.unwrap().consumed_capacity.unwrap();
    assert_eq!(told.capacity_units(), Some(1.0));
    assert_eq!(told.table, None);
    assert_eq!(sum(dir.path(), READ, &[ORDERS]), (1.5, 2.0));

    let query = client.query().table_name("Orders").index_name("by-user");
    let query = query.key_condition_expression("#u = :u");
    let query = query.expression_attribute_names("#u", "user");
    let query = query.expression_attribute_values(":u", text("ann"));
    query.send().await.unwrap();
    assert_eq!(sum(dir.path(), READ, &by_user), (0.5, 1.0));
    assert_eq!(sum(dir.path(), READ, &[ORDERS]), (1.5, 2.0));
    let queries = [ORDERS, ("Operation", "Query")];
    assert_eq!(sum(dir.path(), "ReturnedItemCount", &queries), (1.0, 1.0));
    let (_, samples) = sum(dir.path(), "SuccessfulRequestLatency", &queries);
    assert_eq!(samples, 1.0);
}

#[tokio::test]
async fn batches_count_by_table_and_transactions_twice() {
    let (dir, client) = fresh();
    for name in ["Orders", "Cart"] {
        plain(&client, name).send().await.unwrap();
    }
    let put = |id: &str| {
        let put = PutRequest::builder().set_item(Some(sized(id, 1)));
        WriteRequest::builder()
            .put_request(put.build().unwrap())
            .build()
    };
    let batch = client.batch_write_item();
    let batch = batch.request_items("Orders", vec![put("1"), put("2")]);
    let batch = batch.request_items("Cart", vec![put("1")]);
    batch.send().await.unwrap();
    assert_eq!(sum(dir.path(), WRITTEN, &[ORDERS]), (2.0, 1.0));
    assert_eq!(
        sum(dir.path(), WRITTEN, &[("TableName", "Cart")]),
        (1.0, 1.0)
    );
    let action = Put::builder()
        .table_name("Orders")
        .set_item(Some(sized("3", 1)));
    let action = TransactWriteItem::builder().put(action.build().unwrap());
    let transact = client.transact_write_items();
    let transact = transact.transact_items(action.build());
    transact.send().await.unwrap();
    assert_eq!(sum(dir.path(), WRITTEN, &[ORDERS]), (4.0, 2.0));
    let keys = KeysAndAttributes::builder().keys(item(&[("id", "1")]));
    let batch = client.batch_get_item();
    let batch = batch.request_items("Orders", keys.build().unwrap());
    batch.send().await.unwrap();
    assert_eq!(sum(dir.path(), READ, &[ORDERS]), (0.5, 1.0));
}

#[tokio::test]
async fn refusals_count_as_what_they_are() {
    let (dir, client) = fresh();
    plain(&client, "Orders").send().await.unwrap();
    let write = client.put_item().table_name("Orders");
    let write = write.set_item(Some(sized("1", 1500)));
    write.clone().send().await.unwrap();
    let failed = write.condition_expression("attribute_not_exists(id)");
    let failed = failed.send().await.unwrap_err().into_service_error();
    assert!(failed.is_conditional_check_failed_exception());
    assert!(!format!("{failed:?}").contains("xxx"));
    assert_eq!(
        sum(dir.path(), "ConditionalCheckFailedRequests", &[ORDERS]),
        (1.0, 1.0)
    );
    // Both the write and the one that failed, which costs what is there.
    assert_eq!(sum(dir.path(), WRITTEN, &[ORDERS]), (4.0, 2.0));
    assert_eq!(sum(dir.path(), "UserErrors", &[]), (0.0, 0.0));
    let missing = client.describe_table().table_name("Missing").send().await;
    assert_eq!(code(missing), "ResourceNotFoundException");
    let missing = client.scan().table_name("Missing").send().await;
    assert_eq!(code(missing), "ResourceNotFoundException");
    assert_eq!(sum(dir.path(), "UserErrors", &[]), (2.0, 2.0));
}

#[tokio::test]
async fn throttling_elsewhere_counts_for_the_tables_that_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let puts = json!({ "RequestItems": { "Orders": [], "arn:aws:dynamodb:us-east-1:123456789012:table/Cart": [] } });
    looking(dir.path(), 0, |call| {
        dynamodb::throttled(call, "BatchWriteItem", &puts);
        dynamodb::throttled(call, "CreateTable", &json!({ "TableName": "Orders" }));
    });
    for table in ["Orders", "Cart"] {
        let table = ("TableName", table);
        let requests = [table, ("Operation", "BatchWriteItem")];
        assert_eq!(sum(dir.path(), "ThrottledRequests", &requests), (1.0, 1.0));
        assert_eq!(sum(dir.path(), "WriteThrottleEvents", &[table]), (1.0, 1.0));
    }
}

#[tokio::test]
async fn minutes_without_requests_have_no_data_and_old_ones_are_forgotten() {
    let (dir, client) = fresh();
    plain(&client, "Orders").send().await.unwrap();
    put(&client, "Orders", &[("id", "1")]).await;
    let at = |seconds: u64| {
        open(Options {
            clock: Duration::from_secs(seconds),
            ..options(dir.path())
        })
    };
    put(&at(600), "Orders", &[("id", "2")]).await;
    let written = metric(WRITTEN, &[ORDERS]);
    let data = observed(dir.path(), 600, &written);
    assert_eq!(data.len(), 2);
    let apart = (data[1].at - data[0].at) / MINUTE;
    assert!((10..=11).contains(&apart), "{apart}");
    assert_eq!(data[0].at % MINUTE, 0);
    assert_eq!(data[0].observed, Observed::Values(vec![(1.0, 1.0)]));
    assert_eq!(data[0].unit.as_deref(), Some("Count"));
    // What is to come is not told, and the end is not part of the time asked for.
    assert_eq!(observed(dir.path(), 0, &written).len(), 1);
    let (first, second) = (data[0].at, data[1].at);
    let part = looking(dir.path(), 600, |call| {
        dynamodb::data(call, &written, first, second).unwrap()
    });
    assert_eq!(part.len(), 1);
    let metrics = |later| looking(dir.path(), later, |call| dynamodb::metrics(call).unwrap());
    assert!(metrics(600).contains(&written));
    assert!(!metrics(15 * 24 * 3600).contains(&written));
    assert!(observed(dir.path(), 600, &metric("Unknown", &[ORDERS])).is_empty());
    put(&at(16 * 24 * 3600), "Orders", &[("id", "3")]).await;
    assert_eq!(observed(dir.path(), 16 * 24 * 3600, &written).len(), 1);
}

#[tokio::test]
async fn provisioned_capacity_is_told_every_five_minutes_until_the_table_goes() {
    let (dir, client) = fresh();
    let mut by_user = index("by-user", &["user"]);
    by_user.provisioned_throughput = Some(units(3, 4));
    let create = plain(&client, "Orders")
        .billing_mode(BillingMode::Provisioned)
        .provisioned_throughput(units(5, 6));
    let create = create.attribute_definitions(definition("user"));
    let create = create.global_secondary_indexes(by_user);
    create.send().await.unwrap();
    plain(&client, "Cart").send().await.unwrap();
    let at = |minutes: u64| {
        open(Options {
            clock: Duration::from_secs(minutes * 60),
            ..options(dir.path())
        })
    };
    let raise = at(10).update_table().table_name("Orders");
    let raise = raise.provisioned_throughput(units(50, 60));
    raise.send().await.unwrap();
    let delete = at(20).delete_table().table_name("Orders");
    delete.send().await.unwrap();
    let told = |name: &str, dimensions: &[(&str, &str)]| {
        let data = observed(dir.path(), 3600, &metric(name, dimensions));
        assert!(
            data.windows(2)
                .all(|pair| pair[1].at - pair[0].at == 5 * MINUTE)
        );
        let value = |datum: Datum| match datum.observed {
            Observed::Values(values) => values[0].0,
            Observed::Set(set) => set.sum,
        };
        data.into_iter().map(value).collect::<Vec<f64>>()
    };
    let read = told("ProvisionedReadCapacityUnits", &[ORDERS]);
    let raised = read.iter().position(|units| *units == 50.0).unwrap();
    let (before, after) = read.split_at(raised);
    assert!((2..=3).contains(&before.len()) && (2..=3).contains(&after.len()));
    assert!(before.iter().all(|units| *units == 5.0) && after.iter().all(|units| *units == 50.0));
    let by_user = [ORDERS, ("GlobalSecondaryIndexName", "by-user")];
    let written = told("ProvisionedWriteCapacityUnits", &by_user);
    assert!(written.len() >= 4 && written.iter().all(|units| *units == 4.0));
    let metrics = looking(dir.path(), 3600, |call| dynamodb::metrics(call).unwrap());
    let provisioned: Vec<_> = metrics
        .iter()
        .filter(|metric| metric.name.starts_with("Provisioned"))
        .collect();
    assert_eq!(provisioned.len(), 4, "{provisioned:?}");
}

#[tokio::test]
async fn the_making_of_an_index_is_told_while_it_lasts() {
    let dir = tempfile::tempdir().unwrap();
    plain(&slow(dir.path(), 0), "Orders").send().await.unwrap();
    let build = add(&slow(dir.path(), 11), "Orders", "by-user", "user");
    build.send().await.unwrap();
    let progress = metric(
        "OnlineIndexPercentageProgress",
        &[ORDERS, ("GlobalSecondaryIndexName", "by-user")],
    );
    let half = observed(dir.path(), 21 * 60, &progress);
    let whole = observed(dir.path(), 60 * 60, &progress);
    assert!(half.len() < whole.len() && whole.len() >= 4);
    let last = whole.last().unwrap();
    assert_eq!(last.observed, Observed::Values(vec![(100.0, 1.0)]));
}
