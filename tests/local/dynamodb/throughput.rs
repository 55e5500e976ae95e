//! Billing, capacity, streams and the class of a table.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_table::builders::UpdateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    BillingMode, GlobalSecondaryIndexUpdate, OnDemandThroughput, StreamSpecification,
    StreamViewType, TableClass, UpdateGlobalSecondaryIndexAction,
};
use shopctl::local::options::Options;

use super::shape::{definition, described, fresh, index, open, plain, refusal, units};
use crate::support::{code, options};

fn update(client: &Client) -> UpdateTableFluentBuilder {
    client.update_table().table_name("Orders")
}

fn capacity(read: i64, write: i64) -> GlobalSecondaryIndexUpdate {
    let action = UpdateGlobalSecondaryIndexAction::builder()
        .index_name("by-user")
        .provisioned_throughput(units(read, write));
    GlobalSecondaryIndexUpdate::builder()
        .update(action.build().unwrap())
        .build()
}

/// Read and write units of the table and of its index.
async fn shown(client: &Client) -> Vec<(i64, i64)> {
    let table = described(client, "Orders").await;
    let of_indexes = table.global_secondary_indexes().iter();
    of_indexes
        .map(|index| index.provisioned_throughput())
        .chain([table.provisioned_throughput()])
        .flatten()
        .map(|it| {
            let units = (it.read_capacity_units(), it.write_capacity_units());
            (units.0.unwrap(), units.1.unwrap())
        })
        .collect()
}

#[tokio::test]
async fn billing_is_switched_with_capacity_for_the_table_and_each_index() {
    let (dir, client) = fresh();
    let made = plain(&client, "Orders")
        .attribute_definitions(definition("user"))
        .global_secondary_indexes(index("by-user", &["user"]));
    made.send().await.unwrap();
    assert_eq!(shown(&client).await, [(0, 0), (0, 0)]);
    let provisioned = |client| update(client).billing_mode(BillingMode::Provisioned);
    let told = refusal(provisioned(&client).send().await);
    assert!(told.starts_with("ValidationException: "), "{told}");
    let partly = provisioned(&client).provisioned_throughput(units(5, 6));
    let told = refusal(partly.clone().send().await);
    assert!(told.contains("for index: by-user"), "{told}");
    let whole = partly.global_secondary_index_updates(capacity(7, 8));
    let on_demand = |client| update(client).billing_mode(BillingMode::PayPerRequest);
    for _ in 0..4 {
        whole.clone().send().await.unwrap();
        assert_eq!(shown(&client).await, [(7, 8), (5, 6)]);
        let billing = described(&client, "Orders").await.billing_mode_summary;
        let mode = billing.unwrap().billing_mode;
        assert_eq!(mode, Some(BillingMode::Provisioned));
        on_demand(&client).send().await.unwrap();
        assert_eq!(shown(&client).await, [(0, 0), (0, 0)]);
    }
    whole.send().await.unwrap();
    let fifth = on_demand(&client).send().await.unwrap_err();
    let fifth = fifth.into_service_error();
    assert!(fifth.is_limit_exceeded_exception(), "{fifth:?}");
    let tomorrow = open(Options {
        clock: Duration::from_secs(24 * 60 * 60 + 1),
        ..options(dir.path())
    });
    on_demand(&tomorrow).send().await.unwrap();
}

#[tokio::test]
async fn capacity_is_raised_freely_and_lowered_a_few_times() {
    let (dir, client) = fresh();
    let made = plain(&client, "Orders").billing_mode(BillingMode::Provisioned);
    let made = made.provisioned_throughput(units(20, 20));
    made.send().await.unwrap();
    let set = |client: &Client, read, write| {
        let request = update(client).provisioned_throughput(units(read, write));
        request.send()
    };
    let told = refusal(set(&client, 20, 20).await);
    assert!(told.contains("will not change"), "{told}");
    // The count is of a UTC day, so that the test must not run into the next one.
    let day = 24 * 60 * 60;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let midnight = day - now.as_secs() % day;
    let tomorrow_at = |hours: u64| {
        open(Options {
            clock: Duration::from_secs(midnight + hours * 60 * 60),
            ..options(dir.path())
        })
    };
    let client = tomorrow_at(1);
    for read in [19, 18, 17, 16] {
        set(&client, read, 20).await.unwrap();
    }
    let error = set(&client, 15, 20).await.unwrap_err().into_service_error();
    assert!(error.is_limit_exceeded_exception(), "{error:?}");
    for read in 17..25 {
        set(&client, read, 20).await.unwrap();
    }
    assert_eq!(shown(&client).await, [(24, 20)]);
    let table = described(&client, "Orders").await;
    let throughput = table.provisioned_throughput().unwrap();
    assert_eq!(throughput.number_of_decreases_today(), Some(4));
    assert!(throughput.last_increase_date_time().is_some());
    let quiet = tomorrow_at(3);
    set(&quiet, 10, 20).await.unwrap();
    assert!(set(&quiet, 9, 20).await.is_err());
    set(&tomorrow_at(25), 9, 20).await.unwrap();
}

#[tokio::test]
async fn a_maximum_on_demand_is_set_and_taken_away() {
    let (_dir, client) = fresh();
    plain(&client, "Orders").send().await.unwrap();
    let maximum = |units: i64| {
        let maximum = OnDemandThroughput::builder().max_read_request_units(units);
        update(&client).on_demand_throughput(maximum.build()).send()
    };
    maximum(100).await.unwrap();
    let shown = described(&client, "Orders").await.on_demand_throughput;
    assert_eq!(shown.unwrap().max_read_request_units(), Some(100));
    maximum(-1).await.unwrap();
    let shown = described(&client, "Orders").await.on_demand_throughput;
    assert!(shown.is_none_or(|it| it.max_read_request_units().is_none_or(|units| units == -1)));
    assert_eq!(code(maximum(0).await), "ValidationException");
}

#[tokio::test]
async fn a_stream_is_turned_on_once_and_off_once() {
    let (_dir, client) = fresh();
    plain(&client, "Orders").send().await.unwrap();
    let stream = |view: Option<StreamViewType>| {
        let stream = StreamSpecification::builder()
            .stream_enabled(view.is_some())
            .set_stream_view_type(view);
        update(&client)
            .stream_specification(stream.build().unwrap())
            .send()
    };
    assert_eq!(code(stream(None).await), "ValidationException");
    stream(Some(StreamViewType::KeysOnly)).await.unwrap();
    let first = described(&client, "Orders").await.latest_stream_arn;
    let told = refusal(stream(Some(StreamViewType::NewImage)).await);
    assert!(told.contains("already has an enabled stream"), "{told}");
    stream(None).await.unwrap();
    assert_eq!(
        described(&client, "Orders").await.stream_specification,
        None
    );
    tokio::time::sleep(Duration::from_millis(2)).await;
    stream(Some(StreamViewType::NewImage)).await.unwrap();
    let table = described(&client, "Orders").await;
    assert_ne!(table.latest_stream_arn, first);
    let view = table.stream_specification.unwrap().stream_view_type;
    assert_eq!(view, Some(StreamViewType::NewImage));
}

#[tokio::test]
async fn a_class_is_changed_by_itself() {
    let (_dir, client) = fresh();
    plain(&client, "Orders").send().await.unwrap();
    let class = || update(&client).table_class(TableClass::StandardInfrequentAccess);
    let both = class().deletion_protection_enabled(true).send().await;
    assert_eq!(code(both), "ValidationException");
    class().send().await.unwrap();
    let summary = described(&client, "Orders")
        .await
        .table_class_summary
        .unwrap();
    let rare = TableClass::StandardInfrequentAccess;
    assert_eq!(summary.table_class(), Some(&rare));
    assert!(summary.last_update_date_time().is_some());
}
