//! On-demand backups, and the tables made out of them.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::create_backup::builders::CreateBackupFluentBuilder;
use aws_sdk_dynamodb::types::{
    BackupDescription, BackupStatus, BackupTypeFilter, BillingMode, SseSpecification, SseType,
    StreamSpecification, StreamViewType,
};

use super::shape::{
    arn, definition, described, fresh, index, item, plain, put, refusal, slow, status, units,
};

fn backup(client: &Client, name: &str) -> CreateBackupFluentBuilder {
    let request = client.create_backup().table_name("Orders");
    request.backup_name(name)
}

/// The ARN of a new backup.
async fn made(client: &Client, name: &str) -> String {
    let details = backup(client, name).send().await.unwrap().backup_details;
    let details = details.unwrap();
    assert_eq!(details.backup_status(), &BackupStatus::Creating);
    details.backup_arn
}

async fn told(client: &Client, backup_arn: &str) -> BackupDescription {
    let answer = client.describe_backup().backup_arn(backup_arn).send().await;
    answer.unwrap().backup_description.unwrap()
}

async fn backup_status(client: &Client, backup_arn: &str) -> String {
    let details = told(client, backup_arn).await.backup_details.unwrap();
    details.backup_status.to_string()
}

async fn listed(client: &Client, kind: Option<BackupTypeFilter>) -> Vec<String> {
    let request = client.list_backups().table_name("Orders");
    let answer = request.set_backup_type(kind).send().await.unwrap();
    let summaries = answer.backup_summaries.unwrap_or_default();
    summaries
        .into_iter()
        .filter_map(|it| it.backup_name)
        .collect()
}

#[tokio::test]
async fn a_backup_is_creating_then_available_then_gone() {
    let dir = tempfile::tempdir().unwrap();
    let at = |minutes| slow(dir.path(), minutes);
    let missing = refusal(backup(&at(0), "first").send().await);
    assert_eq!(missing, "TableNotFoundException: Table not found: Orders");
    plain(&at(0), "Orders").send().await.unwrap();
    let early = backup(&at(0), "first").send().await.unwrap_err();
    assert!(
        early
            .into_service_error()
            .is_continuous_backups_unavailable_exception()
    );

    let first = made(&at(11), "first").await;
    assert!(
        first.starts_with(&format!("{}/backup/0", arn("Orders"))),
        "{first}"
    );
    assert_eq!(backup_status(&at(15), &first).await, "CREATING");
    let second = backup(&at(15), "second").send().await.unwrap_err();
    assert!(second.into_service_error().is_backup_in_use_exception());
    let delete = |client: Client| client.delete_backup().backup_arn(&first).send();
    let early = delete(at(15)).await.unwrap_err();
    assert!(early.into_service_error().is_backup_in_use_exception());

    let ready = at(17);
    assert_eq!(backup_status(&ready, &first).await, "AVAILABLE");
    let gone = delete(ready.clone()).await.unwrap().backup_description;
    let details = gone.unwrap().backup_details.unwrap();
    assert_eq!(details.backup_status(), &BackupStatus::Deleted);
    let again = delete(ready.clone()).await.unwrap_err();
    assert!(again.into_service_error().is_backup_not_found_exception());
    let described = ready.describe_backup().backup_arn(&first).send().await;
    let described = described.unwrap_err().into_service_error();
    assert!(described.is_backup_not_found_exception(), "{described:?}");
}

#[tokio::test]
async fn a_table_that_goes_is_not_backed_up_but_its_backups_stay() {
    let dir = tempfile::tempdir().unwrap();
    let at = |minutes| slow(dir.path(), minutes);
    plain(&at(0), "Orders").send().await.unwrap();
    let arn = made(&at(11), "first").await;
    let delete = at(17).delete_table().table_name("Orders").send().await;
    delete.unwrap();
    let late = backup(&at(18), "late").send().await.unwrap_err();
    assert!(late.into_service_error().is_table_in_use_exception());
    let gone = at(28);
    assert_eq!(status(&gone, "Orders").await, "ResourceNotFoundException");
    assert_eq!(backup_status(&gone, &arn).await, "AVAILABLE");
    assert_eq!(listed(&gone, None).await, ["first"]);
}

#[tokio::test]
async fn bad_names_and_arns_are_refused() {
    let (_dir, client) = fresh();
    plain(&client, "Orders").send().await.unwrap();
    for name in ["ab", "a b c", &"n".repeat(256)] {
        let told = refusal(backup(&client, name).send().await);
        assert!(told.starts_with("ValidationException: "), "{name}: {told}");
    }
    backup(&client, &"n".repeat(255)).send().await.unwrap();
    for bad in ["arn", &arn("Orders"), &"x".repeat(40)] {
        let told = refusal(client.describe_backup().backup_arn(bad).send().await);
        assert!(told.starts_with("ValidationException: "), "{bad}: {told}");
    }
}

#[tokio::test]
async fn backups_are_listed_by_table_in_pages() {
    let (_dir, client) = fresh();
    for table in ["Orders", "Cart"] {
        plain(&client, table).send().await.unwrap();
    }
    // A name may be used again.
    for name in ["first", "second", "second"] {
        made(&client, name).await;
        // They are listed by age, which is told in milliseconds.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let cart = client.create_backup().table_name("Cart");
    cart.backup_name("cart").send().await.unwrap();
    assert_eq!(listed(&client, None).await, ["first", "second", "second"]);
    assert_eq!(listed(&client, Some(BackupTypeFilter::All)).await.len(), 3);
    let system = listed(&client, Some(BackupTypeFilter::System)).await;
    assert!(system.is_empty(), "{system:?}");
    let mut names = Vec::new();
    let mut start = None;
    loop {
        let page = client.list_backups().limit(3);
        let page = page.set_exclusive_start_backup_arn(start);
        let page = page.send().await.unwrap();
        let summaries = page.backup_summaries.unwrap_or_default();
        names.extend(summaries.into_iter().filter_map(|it| it.table_name));
        start = page.last_evaluated_backup_arn;
        if start.is_none() {
            break;
        }
    }
    assert_eq!(names, ["Orders", "Orders", "Orders", "Cart"]);
    for limit in [0, 101] {
        let told = refusal(client.list_backups().limit(limit).send().await);
        assert!(told.starts_with("ValidationException: "), "{told}");
    }
    let none = client.list_backups().table_name("None").send().await;
    assert!(none.unwrap().backup_summaries().is_empty());
}

#[tokio::test]
async fn a_backup_tells_the_table_as_it_was() {
    let (_dir, client) = fresh();
    let stream = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::NewImage);
    let sse = SseSpecification::builder()
        .enabled(true)
        .sse_type(SseType::Kms);
    let mut by_user = index("by-user", &["user"]);
    by_user.provisioned_throughput = Some(units(3, 4));
    plain(&client, "Orders")
        .billing_mode(BillingMode::Provisioned)
        .provisioned_throughput(units(5, 6))
        .attribute_definitions(definition("user"))
        .global_secondary_indexes(by_user)
        .stream_specification(stream.build().unwrap())
        .sse_specification(sse.build())
        .send()
        .await
        .unwrap();
    let arn = made(&client, "whole").await;
    let update = client.update_table().table_name("Orders");
    let raise = update.provisioned_throughput(units(50, 60));
    raise.send().await.unwrap();
    let whole = told(&client, &arn).await;
    let source = whole.source_table_details.unwrap();
    assert_eq!(source.provisioned_throughput, Some(units(5, 6)));
    assert_eq!(source.billing_mode, Some(BillingMode::Provisioned));
    let features = whole.source_table_feature_details.unwrap();
    let index = &features.global_secondary_indexes()[0];
    assert_eq!(index.index_name(), Some("by-user"));
    assert_eq!(index.provisioned_throughput(), Some(&units(3, 4)));
    let stream = features.stream_description.unwrap();
    assert_eq!(stream.stream_view_type, Some(StreamViewType::NewImage));
    assert!(features.sse_description.is_some());
    assert!(features.time_to_live_description.is_none());
}

#[tokio::test]
async fn a_restored_table_has_the_items_and_the_shape_but_not_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let at = |minutes| slow(dir.path(), minutes);
    let stream = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::NewImage);
    let create = plain(&at(0), "Orders")
        .attribute_definitions(definition("user"))
        .global_secondary_indexes(index("by-user", &["user"]))
        .stream_specification(stream.build().unwrap())
        .deletion_protection_enabled(true);
    create.send().await.unwrap();
    for id in ["1", "2"] {
        put(&at(11), "Orders", &[("id", id), ("user", "ann")]).await;
    }
    let backup_arn = made(&at(11), "whole").await;
    put(&at(12), "Orders", &[("id", "3"), ("user", "ann")]).await;

    let restore = |client: Client, target: &str| {
        let request = client.restore_table_from_backup().backup_arn(&backup_arn);
        request.target_table_name(target).send()
    };
    let early = restore(at(15), "Again").await.unwrap_err();
    assert!(early.into_service_error().is_backup_in_use_exception());
    let taken = restore(at(17), "Orders").await.unwrap_err();
    assert!(
        taken
            .into_service_error()
            .is_table_already_exists_exception()
    );
    restore(at(17), "Again").await.unwrap();
    let doing = described(&at(18), "Again").await.restore_summary.unwrap();
    assert!(doing.restore_in_progress);
    let second = restore(at(18), "Other").await.unwrap_err();
    assert!(second.into_service_error().is_backup_in_use_exception());
    let same = restore(at(18), "Again").await.unwrap_err();
    assert!(same.into_service_error().is_table_in_use_exception());
    let delete = at(18).delete_backup().backup_arn(&backup_arn).send().await;
    assert!(
        delete
            .unwrap_err()
            .into_service_error()
            .is_backup_in_use_exception()
    );

    let ready = at(28);
    let delete = ready.delete_backup().backup_arn(&backup_arn).send().await;
    delete.unwrap();
    let table = described(&ready, "Again").await;
    assert_eq!(table.restore_summary, None);
    assert_eq!(table.stream_specification, None);
    assert_eq!(table.deletion_protection_enabled, Some(false));
    assert_eq!(
        table.global_secondary_indexes()[0].index_name(),
        Some("by-user")
    );
    let original = described(&ready, "Orders").await;
    assert_ne!(table.table_id, original.table_id);
    let scan = ready.scan().table_name("Again").send().await.unwrap();
    let mut items = scan.items.unwrap();
    items.sort_by_key(|it| it["id"].as_s().unwrap().clone());
    let expected = ["1", "2"].map(|id| item(&[("id", id), ("user", "ann")]));
    assert_eq!(items, expected);
}
