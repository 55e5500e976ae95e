//! Tables made out of backups with other settings, and the backups that AWS makes by itself.

use std::path::Path;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::restore_table_from_backup::builders::RestoreTableFromBackupFluentBuilder;
use aws_sdk_dynamodb::types::{
    BackupSummary, BackupType, BackupTypeFilter, BillingMode, GlobalSecondaryIndex,
    OnDemandThroughput, PointInTimeRecoverySpecification, SseSpecification, SseType,
};
use shopctl::local::options::Options;

use super::shape::{definition, described, fresh, index, open, plain, put, refusal, status, units};
use crate::support::options;

const DAY: u64 = 24 * 3600;

fn at(dir: &Path, seconds: u64) -> Client {
    open(Options {
        clock: Duration::from_secs(seconds),
        ..options(dir)
    })
}

/// On demand, with two indexes and one item.
async fn backed_up(client: &Client) -> String {
    let create = plain(client, "Orders");
    let create = create.attribute_definitions(definition("user"));
    let create = create.attribute_definitions(definition("shop"));
    let create = create.global_secondary_indexes(index("by-user", &["user"]));
    let create = create.global_secondary_indexes(index("by-shop", &["shop"]));
    create.send().await.unwrap();
    put(client, "Orders", &[("id", "1"), ("user", "ann")]).await;
    let backup = client.create_backup().table_name("Orders");
    let answer = backup.backup_name("whole").send().await.unwrap();
    answer.backup_details.unwrap().backup_arn
}

fn restore(client: &Client, arn: &str, target: &str) -> RestoreTableFromBackupFluentBuilder {
    let request = client.restore_table_from_backup().backup_arn(arn);
    request.target_table_name(target)
}

fn provisioned(name: &str, key: &str) -> GlobalSecondaryIndex {
    let mut index = index(name, &[key]);
    index.provisioned_throughput = Some(units(3, 4));
    index
}

#[tokio::test]
async fn a_restored_table_may_have_other_billing_fewer_indexes_and_another_key() {
    let (_dir, client) = fresh();
    let arn = backed_up(&client).await;
    let sse = SseSpecification::builder()
        .enabled(true)
        .sse_type(SseType::Kms);
    restore(&client, &arn, "Other")
        .billing_mode_override(BillingMode::Provisioned)
        .provisioned_throughput_override(units(5, 6))
        .global_secondary_index_override(provisioned("by-user", "user"))
        .sse_specification_override(sse.build())
        .send()
        .await
        .unwrap();
    let table = described(&client, "Other").await;
    let indexes = table.global_secondary_indexes();
    assert_eq!(indexes.len(), 1);
    assert_eq!(indexes[0].index_name(), Some("by-user"));
    let of_index = indexes[0].provisioned_throughput().unwrap();
    assert_eq!(of_index.read_capacity_units(), Some(3));
    let of_table = table.provisioned_throughput().unwrap();
    assert_eq!(of_table.write_capacity_units(), Some(6));
    assert_eq!(table.attribute_definitions().len(), 2);
    assert!(table.sse_description().is_some());
    let scan = client.scan().table_name("Other").index_name("by-user");
    assert_eq!(scan.send().await.unwrap().count(), 1);

    let none = restore(&client, &arn, "Bare").set_global_secondary_index_override(Some(vec![]));
    let maximum = OnDemandThroughput::builder().max_read_request_units(7);
    let none = none.on_demand_throughput_override(maximum.build());
    none.send().await.unwrap();
    let table = described(&client, "Bare").await;
    assert_eq!(table.global_secondary_indexes, None);
    assert_eq!(table.attribute_definitions().len(), 1);
    let maximum = table.on_demand_throughput.unwrap();
    assert_eq!(maximum.max_read_request_units(), Some(7));
}

#[tokio::test]
async fn what_an_override_cannot_say_is_refused() {
    let (_dir, client) = fresh();
    let arn = backed_up(&client).await;
    let wanted = || restore(&client, &arn, "Other");
    let to_provisioned = || wanted().billing_mode_override(BillingMode::Provisioned);
    let sized = || to_provisioned().provisioned_throughput_override(units(1, 1));
    let refused = [
        to_provisioned(),
        // Both indexes need a capacity now.
        sized(),
        sized().global_secondary_index_override(index("by-user", &["user"])),
        wanted().provisioned_throughput_override(units(1, 1)),
        wanted().global_secondary_index_override(index("new", &["user"])),
        wanted().global_secondary_index_override(index("by-user", &["shop"])),
        wanted().global_secondary_index_override(provisioned("by-user", "user")),
        wanted().billing_mode_override(BillingMode::from("FREE")),
    ];
    for (number, request) in refused.into_iter().enumerate() {
        let told = refusal(request.send().await);
        assert!(
            told.starts_with("ValidationException: "),
            "{number}: {told}"
        );
    }
    assert_eq!(status(&client, "Other").await, "ResourceNotFoundException");
}

async fn recover(client: &Client, table: &str) {
    let specification = PointInTimeRecoverySpecification::builder()
        .point_in_time_recovery_enabled(true)
        .build();
    let update = client.update_continuous_backups().table_name(table);
    let update = update.point_in_time_recovery_specification(specification.unwrap());
    update.send().await.unwrap();
}

async fn listed(client: &Client, kind: Option<BackupTypeFilter>) -> Vec<BackupSummary> {
    let request = client.list_backups().set_backup_type(kind);
    let answer = request.send().await.unwrap();
    answer.backup_summaries.unwrap_or_default()
}

#[tokio::test]
async fn a_table_deleted_under_recovery_leaves_a_backup_for_35_days() {
    let (dir, client) = fresh();
    backed_up(&client).await;
    recover(&client, "Orders").await;
    put(&client, "Orders", &[("id", "2")]).await;
    let delete = client.delete_table().table_name("Orders");
    delete.send().await.unwrap();
    assert_eq!(listed(&client, None).await.len(), 1);
    assert_eq!(listed(&client, Some(BackupTypeFilter::All)).await.len(), 2);
    let system = listed(&client, Some(BackupTypeFilter::System)).await;
    assert_eq!(system.len(), 1);
    assert_eq!(system[0].backup_name(), Some("Orders$DeletedTableBackup"));
    assert_eq!(system[0].backup_type(), Some(&BackupType::System));
    let (made, expires) = (
        system[0].backup_creation_date_time().unwrap(),
        system[0].backup_expiry_date_time().unwrap(),
    );
    assert_eq!(expires.secs() - made.secs(), 35 * DAY as i64);
    let arn = system[0].backup_arn().unwrap();
    restore(&client, arn, "Orders").send().await.unwrap();
    let scan = client.scan().table_name("Orders").send().await;
    assert_eq!(scan.unwrap().count(), 2);
    let filter = Some(BackupTypeFilter::System);
    let near = at(dir.path(), 35 * DAY - 60);
    assert_eq!(listed(&near, filter.clone()).await.len(), 1);
    let over = at(dir.path(), 35 * DAY + 60);
    assert!(listed(&over, filter).await.is_empty());
    let gone = over.describe_backup().backup_arn(arn).send().await;
    let gone = gone.unwrap_err().into_service_error();
    assert!(gone.is_backup_not_found_exception());
    plain(&over, "Cart").send().await.unwrap();
}

#[tokio::test]
async fn a_table_that_was_never_written_to_leaves_its_backup_too() {
    let (_dir, client) = fresh();
    plain(&client, "Orders").send().await.unwrap();
    recover(&client, "Orders").await;
    let delete = || client.delete_table().table_name("Orders").send();
    delete().await.unwrap();
    let system = listed(&client, Some(BackupTypeFilter::System)).await;
    let arn = system[0].backup_arn().unwrap();
    restore(&client, arn, "Orders").send().await.unwrap();
    let scan = client.scan().table_name("Orders").send().await;
    assert_eq!(scan.unwrap().count(), 0);
    // Restored without recovery: nothing is left of this one.
    delete().await.unwrap();
    let system = listed(&client, Some(BackupTypeFilter::System)).await;
    assert_eq!(system.len(), 1);
}

#[tokio::test]
async fn a_restored_table_that_nobody_touched_leaves_its_items() {
    let (_dir, client) = fresh();
    let arn = backed_up(&client).await;
    restore(&client, &arn, "Copy").send().await.unwrap();
    recover(&client, "Copy").await;
    let delete = client.delete_table().table_name("Copy");
    delete.send().await.unwrap();
    let system = listed(&client, Some(BackupTypeFilter::System)).await;
    let arn = system[0].backup_arn().unwrap();
    restore(&client, arn, "Copy").send().await.unwrap();
    let scan = client.scan().table_name("Copy").send().await;
    assert_eq!(scan.unwrap().count(), 1);
}

#[tokio::test]
async fn backups_are_listed_by_time_and_a_page_goes_on_after_a_backup_that_is_gone() {
    let (dir, client) = fresh();
    plain(&client, "Orders").send().await.unwrap();
    let mut arns = Vec::new();
    for minute in 0..4 {
        let client = at(dir.path(), minute * 60);
        let backup = client.create_backup().table_name("Orders");
        let answer = backup.backup_name(format!("number-{minute}")).send().await;
        arns.push(answer.unwrap().backup_details.unwrap());
    }
    let made = |number: usize| *arns[number].backup_creation_date_time();
    let later = at(dir.path(), 3600);
    let names = |summaries: Vec<BackupSummary>| {
        let names = summaries.into_iter().filter_map(|it| it.backup_name);
        names.collect::<Vec<String>>()
    };
    let part = later.list_backups();
    let part = part.time_range_lower_bound(made(1));
    let part = part.time_range_upper_bound(made(3)).send().await.unwrap();
    assert_eq!(
        names(part.backup_summaries.unwrap()),
        ["number-1", "number-2"]
    );
    let page = later.list_backups().limit(2).send().await.unwrap();
    let start = page.last_evaluated_backup_arn.unwrap();
    let delete = later.delete_backup().backup_arn(&start);
    delete.send().await.unwrap();
    let rest = later.list_backups().exclusive_start_backup_arn(start);
    let rest = rest.send().await.unwrap();
    assert_eq!(
        names(rest.backup_summaries.unwrap()),
        ["number-2", "number-3"]
    );
    let wrong = later.list_backups();
    let wrong = wrong.time_range_lower_bound(made(3));
    let wrong = wrong.time_range_upper_bound(made(1)).send().await;
    assert!(refusal(wrong).starts_with("ValidationException: "));
}

#[tokio::test]
async fn no_table_is_restored_to_a_point_in_time() {
    let (_dir, client) = fresh();
    let restore = || {
        let request = client.restore_table_to_point_in_time();
        let request = request.source_table_name("Orders");
        request
            .target_table_name("Other")
            .use_latest_restorable_time(true)
    };
    let missing = refusal(restore().send().await);
    assert!(missing.starts_with("TableNotFoundException: "), "{missing}");
    plain(&client, "Orders").send().await.unwrap();
    let off = restore().send().await.unwrap_err().into_service_error();
    assert!(off.is_point_in_time_recovery_unavailable_exception());
    recover(&client, "Orders").await;
    let told = refusal(restore().send().await);
    assert!(told.contains("keeps no history of items"), "{told}");
}
