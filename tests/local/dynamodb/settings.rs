//! Time to live, point-in-time recovery, tags, and the tables that are found by their tags.

use std::collections::BTreeMap;
use std::path::Path;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_continuous_backups::{
    UpdateContinuousBackupsError, UpdateContinuousBackupsOutput,
    builders::UpdateContinuousBackupsFluentBuilder,
};
use aws_sdk_dynamodb::operation::update_time_to_live::builders::UpdateTimeToLiveFluentBuilder;
use aws_sdk_dynamodb::types::{
    PointInTimeRecoveryDescription, PointInTimeRecoverySpecification, PointInTimeRecoveryStatus,
    Tag, TimeToLiveSpecification,
};
use aws_sdk_resourcegroupstagging::types::TagFilter;
use shopctl::local::connector::LocalAws;

use super::shape::{arn, fresh, plain, refusal, slow};
use crate::support::{code, config, options};

fn expire(client: &Client, enabled: bool, attribute: &str) -> UpdateTimeToLiveFluentBuilder {
    let specification = TimeToLiveSpecification::builder()
        .enabled(enabled)
        .attribute_name(attribute);
    client
        .update_time_to_live()
        .table_name("Cart")
        .time_to_live_specification(specification.build().unwrap())
}

/// Status and attribute.
async fn time_to_live(client: &Client) -> String {
    let answer = client.describe_time_to_live().table_name("Cart").send();
    let shown = answer.await.unwrap().time_to_live_description.unwrap();
    let status = shown.time_to_live_status.unwrap().to_string();
    [Some(status), shown.attribute_name]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

#[tokio::test]
async fn time_to_live_settles_slowly_and_changes_once_an_hour() {
    let dir = tempfile::tempdir().unwrap();
    let at = |minutes| slow(dir.path(), minutes);
    plain(&at(0), "Cart").send().await.unwrap();
    let early = expire(&at(0), true, "expires_at").send().await;
    let early = early.unwrap_err().into_service_error();
    assert!(early.is_resource_in_use_exception(), "{early:?}");
    let start = at(11);
    assert_eq!(time_to_live(&start).await, "DISABLED");
    let off = refusal(expire(&start, false, "expires_at").send().await);
    assert_eq!(off, "ValidationException: TimeToLive is already disabled");
    expire(&start, true, "expires_at").send().await.unwrap();
    assert_eq!(time_to_live(&at(40)).await, "ENABLING expires_at");
    let enabled = at(42);
    assert_eq!(time_to_live(&enabled).await, "ENABLED expires_at");
    let too_often = "ValidationException: Time to live has been modified multiple times within a fixed interval";
    for (client, enable, attribute, told) in [
        (&start, false, "expires_at", too_often),
        (&enabled, false, "expires_at", too_often),
        (
            &enabled,
            true,
            "expires_at",
            "ValidationException: TimeToLive is already enabled",
        ),
        (
            &enabled,
            false,
            "other",
            "ValidationException: TimeToLive is active on a different AttributeName: current AttributeName is expires_at",
        ),
    ] {
        assert_eq!(
            refusal(expire(client, enable, attribute).send().await),
            told
        );
    }
    assert_eq!(
        refusal(expire(&at(70), false, "expires_at").send().await),
        too_often
    );
    expire(&at(72), false, "expires_at").send().await.unwrap();
    assert_eq!(time_to_live(&at(72)).await, "DISABLING expires_at");
    assert_eq!(time_to_live(&at(103)).await, "DISABLED");
    assert_eq!(
        refusal(expire(&at(103), true, "other").send().await),
        too_often
    );
    expire(&at(133), true, "other").send().await.unwrap();
    assert_eq!(time_to_live(&at(133)).await, "ENABLING other");
}

#[tokio::test]
async fn time_to_live_of_no_table_is_not_found() {
    let (_dir, client) = fresh();
    let described = client.describe_time_to_live().table_name("Cart").send();
    let error = described.await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception());
    let error = expire(&client, true, "at").send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
}

fn recover(
    client: &Client,
    enabled: bool,
    days: Option<i32>,
) -> UpdateContinuousBackupsFluentBuilder {
    let specification = PointInTimeRecoverySpecification::builder()
        .point_in_time_recovery_enabled(enabled)
        .set_recovery_period_in_days(days);
    client
        .update_continuous_backups()
        .table_name("Cart")
        .point_in_time_recovery_specification(specification.build().unwrap())
}

fn recovery(answer: UpdateContinuousBackupsOutput) -> PointInTimeRecoveryDescription {
    let backups = answer.continuous_backups_description.unwrap();
    backups.point_in_time_recovery_description.unwrap()
}

#[tokio::test]
async fn point_in_time_recovery_is_switched_once_the_table_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let at = |minutes| slow(dir.path(), minutes);
    let missing = recover(&at(0), true, None).send().await;
    let missing = missing.unwrap_err().into_service_error();
    assert!(missing.is_table_not_found_exception(), "{missing:?}");
    plain(&at(0), "Cart").send().await.unwrap();
    let early = recover(&at(0), true, None).send().await;
    let early = early.unwrap_err().into_service_error();
    assert!(matches!(
        early,
        UpdateContinuousBackupsError::ContinuousBackupsUnavailableException(_)
    ));
    let client = at(11);
    let described = |client: Client| async move {
        let answer = client
            .describe_continuous_backups()
            .table_name("Cart")
            .send();
        let backups = answer
            .await
            .unwrap()
            .continuous_backups_description
            .unwrap();
        assert_eq!(backups.continuous_backups_status().as_str(), "ENABLED");
        backups.point_in_time_recovery_description.unwrap()
    };
    let off = described(at(11)).await;
    let disabled = PointInTimeRecoveryStatus::Disabled;
    assert_eq!(off.point_in_time_recovery_status, Some(disabled.clone()));
    assert_eq!(off.recovery_period_in_days, None);
    let on = recovery(recover(&client, true, None).send().await.unwrap());
    let enabled = PointInTimeRecoveryStatus::Enabled;
    assert_eq!(on.point_in_time_recovery_status, Some(enabled));
    assert_eq!(on.recovery_period_in_days, Some(35));
    let later = described(at(71)).await;
    let (earliest, latest) = (
        later.earliest_restorable_date_time.unwrap().secs(),
        later.latest_restorable_date_time.unwrap().secs(),
    );
    assert!(
        (54..=56).contains(&((latest - earliest) / 60)),
        "{earliest} {latest}"
    );
    let short = recovery(recover(&client, true, Some(7)).send().await.unwrap());
    assert_eq!(short.recovery_period_in_days, Some(7));
    for (enabled, days) in [(true, 0), (true, 36), (false, 7)] {
        let told = refusal(recover(&client, enabled, Some(days)).send().await);
        assert!(told.starts_with("ValidationException: "), "{days}: {told}");
    }
    let default = recovery(recover(&client, true, None).send().await.unwrap());
    assert_eq!(default.recovery_period_in_days, Some(35));
    let off = recovery(recover(&client, false, None).send().await.unwrap());
    assert_eq!(off.point_in_time_recovery_status, Some(disabled));
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().unwrap()
}

async fn tags(client: &Client, table: &str) -> BTreeMap<String, String> {
    let answer = client.list_tags_of_resource().resource_arn(arn(table));
    let listed = answer.send().await.unwrap().tags.unwrap_or_default();
    listed.into_iter().map(|it| (it.key, it.value)).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

#[tokio::test]
async fn tags_are_added_replaced_and_taken_away() {
    let (_dir, client) = fresh();
    let made = plain(&client, "Cart").tags(tag("env", "dev"));
    made.tags(tag("app", "shop")).send().await.unwrap();
    assert_eq!(
        tags(&client, "Cart").await,
        pairs(&[("app", "shop"), ("env", "dev")])
    );
    let set = client.tag_resource().resource_arn(arn("Cart"));
    let set = set.tags(tag("env", "prod")).tags(tag("empty", ""));
    set.send().await.unwrap();
    let unset = client.untag_resource().resource_arn(arn("Cart"));
    let unset = unset.tag_keys("app").tag_keys("never");
    unset.send().await.unwrap();
    assert_eq!(
        tags(&client, "Cart").await,
        pairs(&[("empty", ""), ("env", "prod")])
    );
    let mut many = client.tag_resource().resource_arn(arn("Cart"));
    for number in 0..49 {
        many = many.tags(tag(&format!("key-{number}"), ""));
    }
    assert_eq!(code(many.send().await), "ValidationException");
    let reserved = client.tag_resource().resource_arn(arn("Cart"));
    let reserved = reserved.tags(tag("aws:mine", "")).send().await;
    assert_eq!(code(reserved), "ValidationException");
    assert_eq!(tags(&client, "Cart").await.len(), 2);
    let missing = client.tag_resource().resource_arn(arn("None"));
    let missing = missing.tags(tag("a", "b")).send().await.unwrap_err();
    assert!(
        missing
            .into_service_error()
            .is_resource_not_found_exception()
    );
}

#[tokio::test]
async fn tags_wait_for_the_table() {
    let dir = tempfile::tempdir().unwrap();
    plain(&slow(dir.path(), 0), "Cart").send().await.unwrap();
    let set = |minutes| {
        let request = slow(dir.path(), minutes).tag_resource();
        request.resource_arn(arn("Cart")).tags(tag("a", "b")).send()
    };
    let early = set(0).await.unwrap_err().into_service_error();
    assert!(early.is_resource_in_use_exception(), "{early:?}");
    set(11).await.unwrap();
}

type Found = Vec<(String, BTreeMap<String, String>)>;

async fn found(
    dir: &Path,
    region: &'static str,
    filter: Option<(&str, &[&str])>,
    kind: &str,
) -> Found {
    let aws = LocalAws::open(options(dir)).unwrap();
    let client = aws_sdk_resourcegroupstagging::Client::new(&config(aws, region));
    let mut request = client.get_resources().resource_type_filters(kind);
    if let Some((key, values)) = filter {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        let filter = TagFilter::builder().key(key).set_values(Some(values));
        request = request.tag_filters(filter.build());
    }
    let pages = request
        .resources_per_page(2)
        .into_paginator()
        .items()
        .send();
    let listed = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    listed
        .into_iter()
        .map(|it| {
            let tags = it.tags.unwrap_or_default();
            let tags = tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
            (it.resource_arn.unwrap(), tags)
        })
        .collect()
}

#[tokio::test]
async fn tables_are_found_by_their_tags() {
    let (dir, client) = fresh();
    for (table, env) in [("Cart", "dev"), ("Orders", "prod"), ("Reviews", "dev")] {
        let made = plain(&client, table).tags(tag("env", env));
        made.send().await.unwrap();
    }
    plain(&client, "Untagged").send().await.unwrap();
    let queues = crate::support::sqs(options(dir.path()));
    let queue = queues.create_queue().queue_name("orders");
    queue.tags("env", "dev").send().await.unwrap();

    let all = found(dir.path(), "us-east-1", None, "dynamodb:table").await;
    let arns: Vec<&String> = all.iter().map(|(arn, _)| arn).collect();
    assert_eq!(arns, [&arn("Cart"), &arn("Orders"), &arn("Reviews")]);
    let dev = Some(("env", &["dev"][..]));
    let of_dev = found(dir.path(), "us-east-1", dev, "dynamodb").await;
    let shown = pairs(&[("env", "dev")]);
    assert_eq!(
        of_dev,
        [(arn("Cart"), shown.clone()), (arn("Reviews"), shown)]
    );
    assert!(
        found(dir.path(), "eu-west-1", None, "dynamodb")
            .await
            .is_empty()
    );

    let unset = client.untag_resource().resource_arn(arn("Cart"));
    unset.tag_keys("env").send().await.unwrap();
    let delete = client.delete_table().table_name("Reviews");
    delete.send().await.unwrap();
    assert!(
        found(dir.path(), "us-east-1", dev, "dynamodb")
            .await
            .is_empty()
    );
}
