//! How often a table may change: capacity, encryption, table class.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_table::builders::UpdateTableFluentBuilder as Update;
use aws_sdk_dynamodb::types::{
    BillingMode, GlobalSecondaryIndexUpdate, SseSpecification, SseType, TableClass,
    UpdateGlobalSecondaryIndexAction,
};
use shopctl::local::options::Options;

use super::shape::{definition, described, fresh, index, open, plain, refusal, units};
use crate::support::{code, options};

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

fn at(dir: &Path, seconds: u64) -> Client {
    open(Options {
        clock: Duration::from_secs(seconds),
        ..options(dir)
    })
}

/// Seconds until the next UTC day, so that a test of one day's limits does not run into another.
fn midnight() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    DAY - now.as_secs() % DAY
}

fn update(client: &Client) -> Update {
    client.update_table().table_name("Orders")
}

fn lower(client: &Client, table: Option<i64>, index: Option<i64>) -> Update {
    let mut request = update(client);
    if let Some(read) = table {
        request = request.provisioned_throughput(units(read, 100));
    }
    if let Some(read) = index {
        let action = UpdateGlobalSecondaryIndexAction::builder()
            .index_name("by-user")
            .provisioned_throughput(units(read, 100));
        let update = GlobalSecondaryIndexUpdate::builder();
        let update = update.update(action.build().unwrap()).build();
        request = request.global_secondary_index_updates(update);
    }
    request
}

/// With an index, both provisioned at 100 and 100.
async fn provisioned(client: &Client) {
    let mut by_user = index("by-user", &["user"]);
    by_user.provisioned_throughput = Some(units(100, 100));
    let request = plain(client, "Orders")
        .billing_mode(BillingMode::Provisioned)
        .provisioned_throughput(units(100, 100))
        .attribute_definitions(definition("user"))
        .global_secondary_indexes(by_user);
    request.send().await.unwrap();
}

#[tokio::test]
async fn capacity_falls_twenty_seven_times_a_day() {
    let (dir, client) = fresh();
    provisioned(&client).await;
    let start = midnight() + 1;
    let mut read = 100;
    let mut lowered = 0;
    // Every half hour, as often as it is taken.
    for half_hour in 0..48 {
        let client = at(dir.path(), start + half_hour * HOUR / 2);
        while code(lower(&client, Some(read - 1), None).send().await) == "no error" {
            read -= 1;
            lowered += 1;
        }
    }
    assert_eq!(lowered, 27);
    let tomorrow = at(dir.path(), start + DAY);
    let request = lower(&tomorrow, Some(read - 1), None);
    request.send().await.unwrap();
}

#[tokio::test]
async fn a_table_and_its_indexes_are_lowered_apart_and_together_wholly_or_not() {
    let (dir, client) = fresh();
    provisioned(&client).await;
    let client = at(dir.path(), midnight() + HOUR);
    for read in [99, 98, 97, 96] {
        let request = lower(&client, Some(read), None);
        request.send().await.unwrap();
    }
    let both = lower(&client, Some(95), Some(99)).send().await.unwrap_err();
    assert!(both.into_service_error().is_limit_exceeded_exception());
    let table = described(&client, "Orders").await;
    let of_index = table.global_secondary_indexes()[0].provisioned_throughput();
    assert_eq!(of_index.unwrap().read_capacity_units(), Some(100));
    for read in [99, 98, 97, 96] {
        let request = lower(&client, None, Some(read));
        request.send().await.unwrap();
    }
    let fifth = lower(&client, None, Some(95)).send().await.unwrap_err();
    assert!(fifth.into_service_error().is_limit_exceeded_exception());
    // One unit up and another down is a decrease too.
    let mixed = update(&client).provisioned_throughput(units(200, 99));
    assert_eq!(code(mixed.send().await), "LimitExceededException");
}

#[tokio::test]
async fn a_class_changes_twice_in_thirty_days() {
    let (dir, client) = fresh();
    plain(&client, "Orders").send().await.unwrap();
    let set = |client: &Client, class: TableClass| update(client).table_class(class).send();
    let rare = TableClass::StandardInfrequentAccess;
    // Nothing changes, and nothing is told of it.
    set(&client, TableClass::Standard).await.unwrap();
    assert_eq!(described(&client, "Orders").await.table_class_summary, None);
    set(&client, rare.clone()).await.unwrap();
    set(&client, TableClass::Standard).await.unwrap();
    for class in [rare.clone(), TableClass::Standard] {
        let third = refusal(set(&client, class).await);
        assert!(third.starts_with("LimitExceededException: "), "{third}");
    }
    let early = set(&at(dir.path(), 29 * DAY), rare.clone()).await;
    assert_eq!(code(early), "LimitExceededException");
    set(&at(dir.path(), 31 * DAY), rare).await.unwrap();
}

#[tokio::test]
async fn a_key_changes_four_times_a_day_and_after_six_quiet_hours() {
    let (dir, client) = fresh();
    plain(&client, "Orders").send().await.unwrap();
    let set = |client: &Client, key: Option<u32>| {
        let arn = key.map(|key| format!("arn:aws:kms:us-east-1:123456789012:key/{key}"));
        let kind = key.map(|_| SseType::Kms);
        let specification = SseSpecification::builder()
            .enabled(key.is_some())
            .set_sse_type(kind)
            .set_kms_master_key_id(arn);
        update(client)
            .sse_specification(specification.build())
            .send()
    };
    for key in 1..=4 {
        set(&client, Some(key)).await.unwrap();
    }
    let fifth = refusal(set(&client, Some(5)).await);
    assert!(fifth.starts_with("LimitExceededException: "), "{fifth}");
    // To the key that AWS owns it is always allowed.
    set(&client, None).await.unwrap();
    assert_eq!(code(set(&client, Some(5)).await), "LimitExceededException");
    let early = set(&at(dir.path(), 5 * HOUR), Some(5)).await;
    assert_eq!(code(early), "LimitExceededException");
    let quiet = at(dir.path(), 7 * HOUR);
    set(&quiet, Some(5)).await.unwrap();
    let same = refusal(set(&quiet, Some(5)).await);
    assert!(
        same.contains("already encrypted with given KMSMasterKeyId"),
        "{same}"
    );
    let tomorrow = at(dir.path(), 7 * HOUR + DAY);
    for key in 6..=9 {
        set(&tomorrow, Some(key)).await.unwrap();
    }
}
