//! Requests beyond the capacity of their tables.

use std::path::Path;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    BillingMode, KeysAndAttributes, OnDemandThroughput, Put, PutRequest, TransactWriteItem,
    WriteRequest,
};
use shopctl::local::options::Options;

use super::metering::sum;
use super::shape::{definition, fresh, index, item, open, plain, text, units};
use crate::support::{code, options};

const ORDERS: (&str, &str) = ("TableName", "Orders");
const BY_USER: (&str, &str) = ("GlobalSecondaryIndexName", "by-user");
const EXCEEDED: &str = "ProvisionedThroughputExceededException";

fn at(dir: &Path, seconds: u64) -> Client {
    open(Options {
        clock: Duration::from_secs(seconds),
        ..options(dir)
    })
}

/// An item of that many write units.
fn put(client: &Client, id: &str, kilobytes: usize) -> PutItemFluentBuilder {
    let bytes = "x".repeat(kilobytes * 1024 - 100);
    let request = client.put_item().table_name("Orders");
    request.set_item(Some(item(&[("id", id), ("text", &bytes)])))
}

async fn provisioned(client: &Client, read: i64, write: i64) {
    let create = plain(client, "Orders").billing_mode(BillingMode::Provisioned);
    let create = create.provisioned_throughput(units(read, write));
    create.send().await.unwrap();
}

#[tokio::test]
async fn a_process_that_ran_ahead_takes_nobody_s_capacity() {
    let (dir, client) = fresh();
    provisioned(&client, 1, 1).await;
    put(&client, "1", 290).send().await.unwrap();
    put(&at(dir.path(), 7_200), "2", 1).send().await.unwrap();
    // Back here, a debt of 80 units is made, and paid by one a second.
    put(&client, "3", 380).send().await.unwrap();
    let early = put(&at(dir.path(), 60), "4", 1).send().await;
    assert_eq!(code(early), EXCEEDED);
    put(&at(dir.path(), 120), "4", 1).send().await.unwrap();
}

#[tokio::test]
async fn what_is_not_used_is_kept_for_five_minutes_and_then_it_is_over() {
    let (dir, client) = fresh();
    provisioned(&client, 1, 2).await;
    // 600 units were saved, and the last write may overdraw.
    for id in ["1", "2"] {
        put(&client, id, 390).send().await.unwrap();
    }
    let refused = put(&client, "3", 1).send().await.unwrap_err();
    let refused = refused.into_service_error();
    assert!(refused.is_provisioned_throughput_exceeded_exception());
    let told = refused.meta().message().unwrap();
    assert!(told.starts_with("The level of configured provisioned throughput for the table"));
    assert!(format!("{refused:?}").contains("TableWriteProvisionedThroughputExceeded"));
    // Another process knows too, until the debt of 180 units is paid by two a second.
    let early = put(&at(dir.path(), 85), "3", 1).send().await;
    assert_eq!(code(early), EXCEEDED);
    put(&at(dir.path(), 95), "3", 1).send().await.unwrap();
    let requests = [ORDERS, ("Operation", "PutItem")];
    assert_eq!(sum(dir.path(), "ThrottledRequests", &requests).0, 2.0);
    for name in [
        "WriteThrottleEvents",
        "WriteProvisionedThroughputThrottleEvents",
    ] {
        assert_eq!(sum(dir.path(), name, &[ORDERS]).0, 2.0);
    }
    assert_eq!(sum(dir.path(), "UserErrors", &[]).0, 0.0);
    assert_eq!(
        sum(dir.path(), "ConsumedWriteCapacityUnits", &[ORDERS]),
        (781.0, 3.0)
    );
}

#[tokio::test]
async fn reads_have_a_capacity_of_their_own() {
    let (dir, client) = fresh();
    provisioned(&client, 1, 1000).await;
    put(&client, "1", 390).send().await.unwrap();
    let read = |client: &Client| {
        let read = client.get_item().table_name("Orders").key("id", text("1"));
        read.consistent_read(true).send()
    };
    // 98 units each, of 300.
    for _ in 0..4 {
        read(&client).await.unwrap();
    }
    assert_eq!(code(read(&client).await), EXCEEDED);
    let scan = client.scan().table_name("Orders").send().await;
    assert_eq!(code(scan), EXCEEDED);
    put(&client, "2", 1).send().await.unwrap();
    read(&at(dir.path(), 100)).await.unwrap();
}

#[tokio::test]
async fn a_write_needs_the_capacity_of_the_indexes_it_goes_into() {
    let (dir, client) = fresh();
    let mut by_user = index("by-user", &["user"]);
    by_user.provisioned_throughput = Some(units(1, 1));
    let create = plain(&client, "Orders").billing_mode(BillingMode::Provisioned);
    let create = create.provisioned_throughput(units(1000, 1000));
    let create = create.attribute_definitions(definition("user"));
    let create = create.global_secondary_indexes(by_user);
    create.send().await.unwrap();
    let indexed = |id: &str| put(&client, id, 390).item("user", text("ann"));
    indexed("1").send().await.unwrap();
    let refused = indexed("2").send().await.unwrap_err().into_service_error();
    assert!(refused.is_provisioned_throughput_exceeded_exception());
    let told = format!("{refused:?}");
    assert!(
        told.contains("one or more global secondary indexes"),
        "{told}"
    );
    assert!(told.contains("table/Orders/index/by-user"), "{told}");
    put(&client, "3", 1).send().await.unwrap();
    let events = sum(dir.path(), "WriteThrottleEvents", &[ORDERS, BY_USER]);
    assert_eq!(events.0, 1.0);
    assert_eq!(sum(dir.path(), "WriteThrottleEvents", &[ORDERS]).0, 0.0);
}

#[tokio::test]
async fn a_maximum_on_demand_throttles_likewise_and_without_one_nothing_does() {
    let (_dir, client) = fresh();
    let maximum = OnDemandThroughput::builder().max_write_request_units(1);
    let create = plain(&client, "Orders").on_demand_throughput(maximum.build());
    create.send().await.unwrap();
    put(&client, "1", 390).send().await.unwrap();
    let refused = put(&client, "2", 1).send().await.unwrap_err();
    let refused = refused.into_service_error();
    assert!(refused.is_throttling_exception());
    let told = format!("{refused:?}");
    assert!(
        told.contains("Throughput exceeds the maximum OnDemandThroughput"),
        "{told}"
    );
    assert!(
        told.contains("TableWriteMaxOnDemandThroughputExceeded"),
        "{told}"
    );
    let maximum = OnDemandThroughput::builder().max_write_request_units(-1);
    let update = client.update_table().table_name("Orders");
    let update = update.on_demand_throughput(maximum.build());
    update.send().await.unwrap();
    put(&client, "2", 1).send().await.unwrap();
}

#[tokio::test]
async fn a_batch_is_done_in_part_and_a_transaction_not_at_all() {
    let (dir, client) = fresh();
    provisioned(&client, 1, 1).await;
    plain(&client, "Cart").send().await.unwrap();
    let request = |id: &str, kilobytes: usize| {
        let bytes = "x".repeat(kilobytes * 1024 - 100);
        let put = PutRequest::builder().set_item(Some(item(&[("id", id), ("text", &bytes)])));
        WriteRequest::builder()
            .put_request(put.build().unwrap())
            .build()
    };
    let batch = client.batch_write_item();
    let batch = batch.request_items("Orders", vec![request("1", 390), request("2", 1)]);
    let batch = batch.request_items("Cart", vec![request("1", 1)]);
    let answer = batch.send().await.unwrap();
    let left = answer.unprocessed_items.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left["Orders"], [request("2", 1)]);
    let again = client.batch_write_item().set_request_items(Some(left));
    assert_eq!(code(again.send().await), EXCEEDED);
    let batches = [ORDERS, ("Operation", "BatchWriteItem")];
    assert_eq!(sum(dir.path(), "ThrottledRequests", &batches).0, 1.0);
    assert_eq!(sum(dir.path(), "WriteThrottleEvents", &[ORDERS]).0, 2.0);

    let action = |table: &str| {
        let put = Put::builder().table_name(table);
        let put = put.set_item(Some(item(&[("id", "3")]))).build().unwrap();
        TransactWriteItem::builder().put(put).build()
    };
    let both = client.transact_write_items();
    let both = both.transact_items(action("Cart"));
    let both = both.transact_items(action("Orders"));
    let cancelled = both.send().await.unwrap_err().into_service_error();
    let told = format!("{cancelled:?}");
    assert!(cancelled.is_transaction_canceled_exception(), "{told}");
    assert!(
        told.contains("[None, ProvisionedThroughputExceeded]"),
        "{told}"
    );
    let keys = KeysAndAttributes::builder().keys(item(&[("id", "3")]));
    let read = client.batch_get_item();
    let read = read.request_items("Cart", keys.build().unwrap());
    let found = read.send().await.unwrap().responses.unwrap();
    assert!(found["Cart"].is_empty());
}
