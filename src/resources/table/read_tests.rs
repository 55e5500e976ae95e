//! Reading a table against the fake.

use aws_sdk_dynamodb::Client;
use serde_json::json;

use super::super::fake::{FakeTable, capacity, describe, index, schema};
use super::super::wait::{self, Until};
use super::*;
use crate::aws::fake::{Answer, FakeAws};
use crate::resources::table::config::{TimeToLiveLive, TimeToLiveStatus};

const ARN: &str = "arn:aws:dynamodb:us-east-1:123456789012:table/Orders";

fn wanted(name: &str) -> Wanted<'_> {
    Wanted {
        name,
        recovery: false,
    }
}

async fn read_one(api: &FakeTable) -> Result<Option<TableLive>, Failure> {
    let mut found = read_all(api, &[wanted("Orders")], &Bulk::none()).await?;
    Ok(found.remove("Orders"))
}

#[tokio::test]
async fn nothing_asked_for_is_no_call() {
    let api = FakeTable::holding(describe("ACTIVE"));
    assert!(read_all(&api, &[], &Bulk::none()).await.unwrap().is_empty());
    assert_eq!(api.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn four_calls_tell_everything_at_once_where_the_arn_is_known() {
    let api = FakeTable::holding(describe("ACTIVE"));
    let ttl = TimeToLiveLive {
        status: TimeToLiveStatus::Enabled,
        attribute: Some("expires_at".into()),
    };
    api.time_to_live.replace(ttl.clone());
    api.point_in_time_recovery.set(RecoveryLive::Days(7));
    api.tags.borrow_mut().insert("team".into(), "a".into());
    let live = read(&api, "Orders", Some(ARN)).await.unwrap().unwrap();
    assert_eq!(read_one(&api).await.unwrap().as_ref(), Some(&live));
    assert_eq!(live.time_to_live, ttl);
    assert_eq!(live.point_in_time_recovery, RecoveryLive::Days(7));
    assert_eq!(live.tags["team"], "a");
    assert_eq!(live.arn, ARN);
    assert_eq!(live.partition_key.attribute_type, AttributeType::N);
    assert_eq!(api.calls().len(), 8);
    assert_eq!(api.peak(), 4);
    assert!(api.calls().contains(&format!("ListTagsOfResource {ARN}")));
}

#[tokio::test]
async fn what_is_not_there_or_on_its_way_out_is_absent() {
    let absent = FakeTable::default();
    assert_eq!(read_one(&absent).await, Ok(None));
    let leaving = FakeTable::holding(describe("DELETING"));
    assert_eq!(read_one(&leaving).await, Ok(None));
    // Its tags may be refused already: it is absent all the same.
    let refused = FakeTable::default().failing("ListTagsOfResource", 1, FailureKind::AccessDenied);
    assert_eq!(read_one(&refused).await, Ok(None));
}

#[tokio::test]
async fn a_table_that_is_being_made_is_there_once_its_tags_are() {
    let making = FakeTable::holding(describe("CREATING")).slow(2);
    assert_eq!(read_one(&making).await, Ok(None));
    making.tags.borrow_mut().insert("team".into(), "a".into());
    let live = read_one(&making).await.unwrap().unwrap();
    assert_eq!(live.status, "CREATING");
}

#[tokio::test]
async fn any_call_that_fails_names_the_table() {
    for operation in [
        "DescribeTable",
        "DescribeTimeToLive",
        "DescribeContinuousBackups",
        "ListTagsOfResource",
    ] {
        let api = FakeTable::holding(describe("ACTIVE")).failing(operation, 1, FailureKind::Other);
        let failure = read_one(&api).await.unwrap_err();
        assert_eq!(
            failure.to_string(),
            format!("table Orders: {operation} said no")
        );
    }
}

#[test]
fn what_is_absent_from_a_description_is_the_default() {
    let live = parse(&describe("ACTIVE")).unwrap();
    assert_eq!(live.billing_mode, BillingMode::Provisioned);
    assert!(!live.deletion_protection);
    assert_eq!((live.item_count, live.size_bytes), (0, 0));
    let mut told = describe("UPDATING");
    told.billing_mode_summary = Some(
        sdk::BillingModeSummary::builder()
            .billing_mode(sdk::BillingMode::PayPerRequest)
            .build(),
    );
    told.deletion_protection_enabled = Some(true);
    told.item_count = Some(3);
    told.table_size_bytes = Some(-1);
    let live = parse(&told).unwrap();
    assert_eq!(live.billing_mode, BillingMode::PayPerRequest);
    assert_eq!(live.status, "UPDATING");
    assert!(live.deletion_protection);
    assert_eq!((live.item_count, live.size_bytes), (3, 0));
}

#[test]
fn indexes_are_read_with_keys_projection_and_phase() {
    let mut table = describe("UPDATING");
    let mut by_user = index("user", sdk::IndexStatus::Creating);
    by_user.backfilling = Some(true);
    by_user.key_schema = Some(schema(&[
        ("user", sdk::KeyType::Hash),
        ("id", sdk::KeyType::Range),
    ]));
    by_user.projection = Some(
        sdk::Projection::builder()
            .projection_type(sdk::ProjectionType::Include)
            .non_key_attributes("b")
            .non_key_attributes("a")
            .build(),
    );
    table.global_secondary_indexes = Some(vec![by_user, index("plain", sdk::IndexStatus::Active)]);
    table.local_secondary_indexes = Some(vec![
        sdk::LocalSecondaryIndexDescription::builder()
            .index_name("local")
            .set_key_schema(Some(schema(&[
                ("id", sdk::KeyType::Hash),
                ("user", sdk::KeyType::Range),
            ])))
            .build(),
    ]);
    let live = parse(&table).unwrap();
    let by_user = &live.global_secondary_indexes["user"];
    assert_eq!(by_user.status, "CREATING");
    assert!(by_user.backfilling);
    assert_eq!(by_user.partition_key.name, "user");
    let sort = by_user.sort_key.as_ref().unwrap();
    assert_eq!(
        (sort.name.as_str(), sort.attribute_type),
        ("id", AttributeType::N)
    );
    let included = ["a", "b"].map(str::to_owned).into();
    assert_eq!(by_user.projection, Projection::Include(included));
    let plain = &live.global_secondary_indexes["plain"];
    assert!(!plain.backfilling);
    assert_eq!(plain.projection, Projection::All);
    let local = &live.local_secondary_indexes["local"];
    assert_eq!(local.sort_key.name, "user");
    assert_eq!(local.projection, Some(Projection::All));
}

#[test]
fn what_is_not_managed_is_named() {
    use sdk::KeyType::{Hash, Range};
    for keys in [
        &[("a", Hash), ("b", Hash)][..],
        &[("a", Hash), ("b", Range), ("c", Range)],
    ] {
        let mut by = index("by", sdk::IndexStatus::Active);
        by.key_schema = Some(schema(keys));
        let mut table = describe("ACTIVE");
        table.global_secondary_indexes = Some(vec![by]);
        let why = parse(&table).unwrap().unsupported.unwrap();
        assert_eq!(why, "has a key of several attributes a role, in index by");
    }
    let mut table = describe("ACTIVE");
    assert_eq!(parse(&table).unwrap().unsupported, None);
    let vectors = sdk::VectorIndexDescription::builder().index_name("by-meaning");
    table.vector_indexes = Some(vec![vectors.build()]);
    let why = parse(&table).unwrap().unsupported.unwrap();
    assert_eq!(why, "has the vector index by-meaning");
    let replica = sdk::ReplicaDescription::builder().region_name("eu-west-1");
    table.replicas = Some(vec![replica.build()]);
    let why = parse(&table).unwrap().unsupported.unwrap();
    assert_eq!(why, "is a global table, with a replica in eu-west-1");
}

#[test]
fn throughput_stream_encryption_and_class_are_read_as_they_are() {
    let live = parse(&describe("ACTIVE")).unwrap();
    assert_eq!(live.throughput, ThroughputLive::default());
    assert_eq!(live.stream, Stream::Off);
    assert_eq!(live.encryption, EncryptionLive::default());
    assert_eq!(live.table_class, TableClass::Standard);
    let mut table = describe("ACTIVE");
    table.provisioned_throughput = Some(capacity(5, 6));
    table.on_demand_throughput = Some(
        sdk::OnDemandThroughput::builder()
            .max_read_request_units(-1)
            .max_write_request_units(7)
            .build(),
    );
    let stream = sdk::StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(sdk::StreamViewType::OldImage);
    table.stream_specification = Some(stream.build().unwrap());
    table.table_class_summary = Some(
        sdk::TableClassSummary::builder()
            .table_class(sdk::TableClass::StandardInfrequentAccess)
            .build(),
    );
    let live = parse(&table).unwrap();
    assert_eq!(live.throughput.capacity, ReadWrite { read: 5, write: 6 });
    assert_eq!(live.throughput.maximum.read, Maximum::Unlimited);
    assert_eq!(live.throughput.maximum.write, Maximum::Units(7));
    assert_eq!(live.stream, Stream::View(StreamView::OldImage));
    assert_eq!(live.table_class, TableClass::StandardInfrequentAccess);
}

#[test]
fn a_key_on_its_way_in_or_out_is_under_way() {
    use sdk::SseStatus::{Disabled, Disabling, Enabled, Enabling, Updating};
    for (status, key, settling) in [
        (Enabled, true, false),
        (Enabling, true, true),
        (Updating, true, true),
        (Disabling, false, true),
        (Disabled, false, false),
    ] {
        let mut table = describe("ACTIVE");
        let description = sdk::SseDescription::builder()
            .status(status.clone())
            .kms_master_key_arn("arn:key");
        table.sse_description = Some(description.build());
        let live = parse(&table).unwrap();
        assert_eq!(live.encryption.key_arn.is_some(), key, "{status:?}");
        assert_eq!(live.encryption.settling, settling, "{status:?}");
        assert_eq!(wait::pending(&live, Until::Active).is_some(), settling);
    }
}

#[tokio::test]
async fn recovery_that_aws_cannot_tell_yet_is_not_off() {
    for (answer, expected) in [
        ("ENABLED", Some(RecoveryLive::Days(35))),
        ("DISABLED", Some(RecoveryLive::Off)),
        (
            "ContinuousBackupsUnavailableException",
            Some(RecoveryLive::Unknown),
        ),
        ("TableNotFoundException", None),
    ] {
        let aws = FakeAws::new(move |_| match answer.ends_with("Exception") {
            true => Answer::error(400, answer, "no"),
            false => Answer::ok(json!({"ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": answer},
            }})),
        });
        let client = Client::new(&aws.config());
        let read = TableApi::describe_continuous_backups(&client, "Orders").await;
        assert_eq!(read, Ok(expected));
    }
}

#[tokio::test]
async fn tags_are_read_page_by_page() {
    let aws = FakeAws::new(|request| {
        let page = request.input["NextToken"].as_str();
        let (key, next) = match page {
            None => ("a", json!("2")),
            Some("2") => ("b", json!("3")),
            _ => ("c", json!(null)),
        };
        Answer::ok(json!({"Tags": [{"Key": key, "Value": "x"}], "NextToken": next}))
    });
    let client = Client::new(&aws.config());
    let tags = client_tags(&client).await.unwrap().unwrap();
    assert_eq!(tags.into_keys().collect::<Vec<_>>(), ["a", "b", "c"]);
    let seen = aws.seen();
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|r| r.input["ResourceArn"] == ARN));
}

async fn client_tags(client: &Client) -> Result<Option<crate::resources::tags::Tags>, Failure> {
    TableApi::list_tags_of_resource(client, ARN).await
}

#[tokio::test]
async fn a_table_that_goes_between_two_pages_has_no_tags() {
    let aws = FakeAws::new(|request| match request.input["NextToken"].as_str() {
        None => Answer::ok(json!({"Tags": [], "NextToken": "2"})),
        Some(_) => Answer::error(400, "ResourceNotFoundException", "gone"),
    });
    assert_eq!(client_tags(&Client::new(&aws.config())).await, Ok(None));
}

#[tokio::test]
async fn of_many_tables_only_those_that_declare_recovery_are_asked_for_it() {
    let api = FakeTable::holding(describe("ACTIVE"));
    api.point_in_time_recovery.set(RecoveryLive::Days(7));
    let names: Vec<_> = (0..11).map(|n| format!("T{n}")).collect();
    for (count, asked) in [(10, 10), (11, 1)] {
        let tables = names[..count].iter().map(|name| Wanted {
            recovery: name == "T3",
            ..wanted(name)
        });
        let tables: Vec<_> = tables.collect();
        let before = api.calls().len();
        let live = read_all(&api, &tables, &Bulk::none()).await.unwrap();
        let calls = api.calls().split_off(before);
        let calls = calls
            .iter()
            .filter(|call| call.starts_with("DescribeContinuousBackups"));
        assert_eq!(calls.count(), asked, "{count}");
        assert_eq!(live["T3"].point_in_time_recovery, RecoveryLive::Days(7));
        let known = |live: &&TableLive| live.point_in_time_recovery != RecoveryLive::Unknown;
        assert_eq!(live.values().filter(known).count(), asked);
    }
}
