//! What one UpdateTable may carry, and what it finds the table busy with.

use std::path::Path;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_table::builders::UpdateTableFluentBuilder as Update;
use aws_sdk_dynamodb::types::{
    BillingMode, GlobalSecondaryIndexUpdate, OnDemandThroughput, SseSpecification, SseStatus,
    StreamSpecification, StreamViewType, TableClass, UpdateGlobalSecondaryIndexAction,
};

use super::shape::{
    create_index, definition, delete_index, described, fresh, index, index_phases, plain, refusal,
    remove, slow, status, units,
};
use crate::support::code;

type Change = fn(Update) -> Update;

fn update(client: &Client) -> Update {
    client.update_table().table_name("Orders")
}

fn maxima(read: i64) -> OnDemandThroughput {
    let maximum = OnDemandThroughput::builder().max_read_request_units(read);
    maximum.build()
}

fn of_index(read: i64, write: i64) -> GlobalSecondaryIndexUpdate {
    let action = UpdateGlobalSecondaryIndexAction::builder()
        .index_name("by-user")
        .provisioned_throughput(units(read, write));
    GlobalSecondaryIndexUpdate::builder()
        .update(action.build().unwrap())
        .build()
}

fn stream() -> StreamSpecification {
    StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::KeysOnly)
        .build()
        .unwrap()
}

fn encrypted() -> SseSpecification {
    SseSpecification::builder().enabled(true).build()
}

/// With an index, provisioned at 10 and 10 each, or on demand.
async fn orders(client: &Client, provisioned: bool) {
    let mut by_user = index("by-user", &["user"]);
    let mut request = plain(client, "Orders").attribute_definitions(definition("user"));
    if provisioned {
        by_user.provisioned_throughput = Some(units(10, 10));
        request = request
            .billing_mode(BillingMode::Provisioned)
            .provisioned_throughput(units(10, 10));
    }
    let request = request.global_secondary_indexes(by_user);
    request.send().await.unwrap();
}

#[tokio::test]
async fn one_call_carries_one_change() {
    let capacity: Change = |it| it.provisioned_throughput(units(20, 20));
    let of_index: Change = |it| it.global_secondary_index_updates(of_index(20, 20));
    let on_demand: Change = |it| it.billing_mode(BillingMode::PayPerRequest);
    let maxima: Change = |it| it.on_demand_throughput(maxima(100));
    let streamed: Change = |it| it.stream_specification(stream());
    let encrypt: Change = |it| it.sse_specification(encrypted());
    let class: Change = |it| it.table_class(TableClass::StandardInfrequentAccess);
    let protect: Change = |it| it.deletion_protection_enabled(true);
    let made: Change = |it| {
        let defined = it.attribute_definitions(definition("date"));
        defined.global_secondary_index_updates(create_index("by-date", "date"))
    };
    let removed: Change = |it| it.global_secondary_index_updates(delete_index("by-user"));
    let only = |what: &str| {
        format!(
            "ValidationException: One or more parameter values were invalid: \
             {what} modification must be the only operation in the request"
        )
    };
    let encryption = only("Server-Side Encryption");
    let stream_alone =
        "ValidationException: You cannot modify stream status while updating table IOPS";
    let cases: [(bool, Change, Change, &str); 20] = [
        (true, capacity, of_index, ""),
        (true, on_demand, maxima, ""),
        (true, on_demand, streamed, ""),
        (true, capacity, streamed, stream_alone),
        (true, capacity, encrypt, &encryption),
        (true, encrypt, class, &encryption),
        (true, encrypt, protect, &encryption),
        (true, streamed, encrypt, &encryption),
        (true, capacity, class, &only("TableClass")),
        (true, class, protect, &only("TableClass")),
        (true, removed, class, &only("TableClass")),
        (true, capacity, protect, &only("DeletionProtection")),
        (true, streamed, protect, &only("DeletionProtection")),
        (true, removed, protect, &only("DeletionProtection")),
        (
            true,
            removed,
            capacity,
            "ValidationException: UpdateTable performs one of",
        ),
        (
            true,
            removed,
            streamed,
            "ValidationException: You cannot create or delete index while",
        ),
        (
            false,
            made,
            on_demand,
            "ValidationException: UpdateTable performs one of",
        ),
        (
            false,
            made,
            removed,
            "LimitExceededException: Subscriber limit exceeded: Only 1 online index",
        ),
        (
            false,
            maxima,
            streamed,
            "ValidationException: One or more parameter values were invalid: OnDemandThroughput",
        ),
        (
            false,
            maxima,
            removed,
            "ValidationException: One or more parameter values were invalid: OnDemandThroughput",
        ),
    ];
    for (number, (provisioned, first, second, expected)) in cases.into_iter().enumerate() {
        let (_dir, client) = fresh();
        orders(&client, provisioned).await;
        let before = described(&client, "Orders").await;
        let answer = second(first(update(&client))).send().await;
        if expected.is_empty() {
            assert_eq!(code(answer), "no error", "{number}");
            continue;
        }
        let told = refusal(answer);
        assert!(told.starts_with(expected), "{number}: {told}");
        assert_eq!(described(&client, "Orders").await, before, "{number}");
    }
}

#[tokio::test]
async fn throughput_is_of_the_billing_mode() {
    let cases: [(bool, Change); 8] = [
        (false, |it| it.provisioned_throughput(units(5, 5))),
        (false, |it| {
            it.global_secondary_index_updates(of_index(5, 5))
        }),
        (true, |it| it.on_demand_throughput(maxima(5))),
        (true, |it| it.billing_mode(BillingMode::Provisioned)),
        // Nothing would change.
        (true, |it| it.provisioned_throughput(units(10, 10))),
        (true, |it| {
            it.global_secondary_index_updates(of_index(10, 10))
        }),
        (false, |it| {
            it.on_demand_throughput(OnDemandThroughput::builder().build())
        }),
        (true, |it| {
            let action = UpdateGlobalSecondaryIndexAction::builder().index_name("by-user");
            let update = GlobalSecondaryIndexUpdate::builder();
            it.global_secondary_index_updates(update.update(action.build().unwrap()).build())
        }),
    ];
    for (number, (provisioned, change)) in cases.into_iter().enumerate() {
        let (_dir, client) = fresh();
        orders(&client, provisioned).await;
        let told = code(change(update(&client)).send().await);
        assert_eq!(told, "ValidationException", "{number}");
    }
}

/// Orders with provisioned capacity, ACTIVE after eleven minutes.
async fn made(dir: &Path) -> impl Fn(u64) -> Client {
    let dir = dir.to_owned();
    let at = move |minutes| slow(&dir, minutes);
    orders(&at(0), true).await;
    at
}

#[tokio::test]
async fn encryption_changes_while_the_table_is_active() {
    let dir = tempfile::tempdir().unwrap();
    let at = made(dir.path()).await;
    let encrypt = update(&at(11)).sse_specification(encrypted());
    encrypt.clone().send().await.unwrap();
    assert_eq!(status(&at(12), "Orders").await, "ACTIVE");
    let sse = |client: Client| async move { described(&client, "Orders").await.sse_description };
    let doing = sse(at(12)).await.unwrap();
    assert_eq!(doing.status, Some(SseStatus::Updating));
    assert_eq!(doing.kms_master_key_arn, None);
    let again = update(&at(12)).sse_specification(encrypted()).send().await;
    assert_eq!(code(again), "ResourceInUseException");
    let delete = at(12).delete_table().table_name("Orders").send().await;
    assert_eq!(code(delete), "ResourceInUseException");
    let done = sse(at(22)).await.unwrap();
    assert_eq!(done.status, Some(SseStatus::Enabled));
    let managed = done.kms_master_key_arn;
    assert!(managed.is_some());
    let owned = SseSpecification::builder().enabled(false).build();
    let off = update(&at(22)).sse_specification(owned.clone());
    off.send().await.unwrap();
    assert_eq!(sse(at(23)).await.unwrap().kms_master_key_arn, managed);
    assert_eq!(sse(at(33)).await, None);
    let twice = update(&at(33)).sse_specification(owned).send().await;
    assert!(refusal(twice).contains("already encrypted by default"));
}

#[tokio::test]
async fn an_index_takes_new_capacity_while_the_table_is_active() {
    let dir = tempfile::tempdir().unwrap();
    let at = made(dir.path()).await;
    let raise = |client: Client, read| {
        let request = update(&client).global_secondary_index_updates(of_index(read, 10));
        request.send()
    };
    raise(at(11), 20).await.unwrap();
    assert_eq!(status(&at(12), "Orders").await, "ACTIVE");
    assert_eq!(index_phases(&at(12), "Orders").await, ["by-user UPDATING"]);
    assert_eq!(code(raise(at(12), 30).await), "ResourceInUseException");
    let remove = remove(&at(12), "Orders", "by-user").send().await;
    assert_eq!(code(remove), "ResourceInUseException");
    let delete = at(12).delete_table().table_name("Orders").send().await;
    assert_eq!(code(delete), "ResourceInUseException");
    assert_eq!(index_phases(&at(22), "Orders").await, ["by-user ACTIVE"]);
    raise(at(22), 30).await.unwrap();
}

#[tokio::test]
async fn capacity_waits_for_an_index_that_goes() {
    let dir = tempfile::tempdir().unwrap();
    let at = made(dir.path()).await;
    remove(&at(11), "Orders", "by-user").send().await.unwrap();
    let going = at(22);
    assert_eq!(status(&going, "Orders").await, "ACTIVE");
    for request in [
        update(&going).provisioned_throughput(units(20, 20)),
        update(&going).billing_mode(BillingMode::PayPerRequest),
    ] {
        assert_eq!(code(request.send().await), "ResourceInUseException");
    }
    let gone = at(32);
    let capacity = update(&gone).provisioned_throughput(units(20, 20));
    capacity.send().await.unwrap();
}

#[tokio::test]
async fn an_updating_table_takes_no_other_update() {
    let dir = tempfile::tempdir().unwrap();
    let at = made(dir.path()).await;
    let stream = update(&at(11)).stream_specification(stream());
    stream.send().await.unwrap();
    let busy = at(12);
    assert_eq!(status(&busy, "Orders").await, "UPDATING");
    for request in [
        update(&busy).provisioned_throughput(units(20, 20)),
        update(&busy).table_class(TableClass::StandardInfrequentAccess),
        remove(&busy, "Orders", "by-user"),
        update(&busy)
            .attribute_definitions(definition("date"))
            .global_secondary_index_updates(create_index("by-date", "date")),
    ] {
        assert_eq!(code(request.send().await), "ResourceInUseException");
    }
    let delete = busy.delete_table().table_name("Orders").send().await;
    assert_eq!(code(delete), "ResourceInUseException");
    assert_eq!(status(&at(22), "Orders").await, "ACTIVE");
}
