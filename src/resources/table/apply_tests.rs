//! Writing a table against the fake.

use std::cell::RefCell;

use aws_sdk_dynamodb::types::IndexStatus;
use tokio::time::Instant;

use super::super::fake::{FakeTable, capacity, describe, index, key, keyed};
use super::*;
use crate::model::event::Event;
use crate::model::id::ResourceId;
use crate::resources::table::config::{
    AttributeType, IndexDesired, Recovery, RecoveryLive, TableClass, TimeToLive, TimeToLiveLive,
};
use crate::resources::table::throughput::ThroughputDesired;
use crate::resources::tags::Tags;

/// What an action told: its waits and its steps.
#[derive(Default)]
struct Told(RefCell<Vec<String>>);

impl Told {
    fn hear(&self, event: Event) {
        match event {
            Event::Waiting { why, .. } => self.0.borrow_mut().push(why),
            Event::Step { what, .. } => self.0.borrow_mut().push(what),
            _ => {}
        }
    }
}

/// Runs an action that has so many milliseconds.
async fn within<T>(millis: u64, action: impl AsyncFnOnce(&Run<'_>) -> T) -> (T, Vec<String>) {
    let told = Told::default();
    let hear = |event| told.hear(event);
    let run = Run {
        id: &ResourceId::table("Orders"),
        deadline: Instant::now() + Duration::from_millis(millis),
        say: &hear,
        interrupted: &|| false,
    };
    let result = action(&run).await;
    (result, told.0.take())
}

async fn create_it(api: &FakeTable, desired: &TableDesired) -> (Result<(), Failure>, Vec<String>) {
    within(5_000, async |run| create(api, run, "Orders", desired).await).await
}

/// Reads it, and updates it with so many milliseconds to do so; returns the calls after the reading too.
async fn update_it(
    millis: u64,
    api: &FakeTable,
    desired: &TableDesired,
) -> (Result<(), Failure>, Vec<String>, Vec<String>) {
    let live = read::read(api, "Orders", None).await.unwrap().unwrap();
    let before = api.calls().len();
    let (result, told) = within(millis, async |run| {
        update(api, run, "Orders", desired, &live).await
    })
    .await;
    (result, told, api.calls().split_off(before))
}

fn desired() -> TableDesired {
    keyed(key("id", AttributeType::N))
}

fn with_indexes(names: &[&str]) -> TableDesired {
    let indexes = names.iter().map(|name| {
        let index = IndexDesired {
            partition_key: key(name, AttributeType::S),
            sort_key: None,
            projection: None,
            throughput: ThroughputDesired::default(),
        };
        ((*name).to_owned(), index)
    });
    TableDesired {
        global_secondary_indexes: Some(indexes.collect()),
        ..desired()
    }
}

fn expiring(attribute: &str) -> TableDesired {
    TableDesired {
        time_to_live: Some(TimeToLive::Attribute(attribute.into())),
        ..desired()
    }
}

/// A live table whose time to live is this.
fn expired_by(status: TimeToLiveStatus, attribute: Option<&str>) -> FakeTable {
    let api = FakeTable::holding(describe("ACTIVE"));
    api.time_to_live.replace(TimeToLiveLive {
        status,
        attribute: attribute.map(str::to_owned),
    });
    api
}

#[tokio::test]
async fn what_create_table_can_set_is_one_call_and_nobody_waits() {
    let api = FakeTable::default();
    create_it(&api, &desired()).await.0.unwrap();
    assert_eq!(api.calls(), ["CreateTable Orders"]);
}

#[tokio::test]
async fn the_rest_follows_in_parallel_once_the_new_table_is_seen_and_active() {
    let api = FakeTable::default().slow(1).unseen(1);
    let wanted = TableDesired {
        point_in_time_recovery: Some(Recovery::On),
        ..expiring("expires_at")
    };
    let (made, told) = create_it(&api, &wanted).await;
    made.unwrap();
    assert_eq!(
        api.calls(),
        [
            "CreateTable Orders",
            "DescribeTable absent",
            "DescribeTable CREATING",
            "DescribeTable ACTIVE",
            "UpdateTimeToLive expires_at true",
            "UpdateContinuousBackups On",
        ]
    );
    assert_eq!(api.peak(), 2);
    assert_eq!(
        told,
        ["the table is not visible yet", "the table is CREATING"]
    );
}

#[tokio::test]
async fn a_name_that_is_still_being_deleted_is_waited_for() {
    let api = FakeTable::holding(describe("DELETING")).failing("CreateTable", 2, FailureKind::Busy);
    let (made, told) = create_it(&api, &desired()).await;
    made.unwrap();
    let creates = api.calls();
    let creates = creates
        .iter()
        .filter(|call| call.starts_with("CreateTable"));
    assert_eq!(creates.count(), 3);
    assert_eq!(told, ["a table of this name is still being deleted"; 2]);
}

#[tokio::test]
async fn too_many_table_operations_at_a_time_are_waited_out() {
    let api = FakeTable::default().failing("CreateTable", 1, FailureKind::Busy);
    let (made, told) = create_it(&api, &desired()).await;
    made.unwrap();
    assert_eq!(told, ["CreateTable said no"]);
}

#[tokio::test]
async fn a_table_that_somebody_else_made_is_not_tried_again() {
    let api = FakeTable::holding(describe("ACTIVE")).failing("CreateTable", 9, FailureKind::Busy);
    let failure = create_it(&api, &desired()).await.0.unwrap_err();
    assert!(failure.hint.unwrap().contains("somebody made it"));
    let creates = api
        .calls()
        .into_iter()
        .filter(|call| call.starts_with("CreateTable"));
    assert_eq!(creates.count(), 1);
}

#[tokio::test]
async fn a_table_that_our_own_lost_call_made_is_ours() {
    let api = FakeTable::holding(describe("CREATING")).failing("CreateTable", 9, FailureKind::Busy);
    let ours = Tags::from([(ownership::PROJECT.to_owned(), "shop".to_owned())]);
    api.tags.borrow_mut().extend(ours.clone());
    let wanted = TableDesired {
        tags: ours,
        ..desired()
    };
    create_it(&api, &wanted).await.0.unwrap();
}

#[tokio::test]
async fn a_refused_table_gets_none_of_the_rest() {
    let api = FakeTable::default().failing("CreateTable", 1, FailureKind::AccessDenied);
    let failure = create_it(&api, &expiring("expires_at"))
        .await
        .0
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::AccessDenied);
    assert_eq!(api.calls(), ["CreateTable Orders"]);
}

#[tokio::test]
async fn indexes_go_and_come_one_at_a_time_each_settled_before_the_next() {
    let mut table = describe("ACTIVE");
    table.global_secondary_indexes = Some(vec![
        index("a", IndexStatus::Active),
        index("b", IndexStatus::Active),
    ]);
    let api = FakeTable::holding(table).slow(1);
    let (done, told, calls) = update_it(5_000, &api, &with_indexes(&["c", "d"])).await;
    done.unwrap();
    assert_eq!(
        calls,
        [
            "UpdateTable -a",
            "DescribeTable UPDATING a:DELETING b:ACTIVE",
            "DescribeTable ACTIVE b:ACTIVE",
            "UpdateTable -b",
            "DescribeTable UPDATING b:DELETING",
            "DescribeTable ACTIVE",
            "UpdateTable +c(id,c)",
            "DescribeTable UPDATING c:CREATING",
            "DescribeTable ACTIVE c:ACTIVE",
            "UpdateTable +d(id,c,d)",
            "DescribeTable UPDATING c:ACTIVE d:CREATING",
            "DescribeTable ACTIVE c:ACTIVE d:ACTIVE",
        ]
    );
    let steps: Vec<_> = told.iter().filter(|line| line.contains("index")).collect();
    assert_eq!(
        steps,
        [
            "removing index a",
            "removing index b",
            "building index c",
            "building index d"
        ]
    );
}

#[tokio::test]
async fn an_index_that_is_still_being_made_on_an_active_table_is_waited_for() {
    let mut building = describe("ACTIVE");
    building.global_secondary_indexes = Some(vec![index("c", IndexStatus::Creating)]);
    let api = FakeTable::holding(building).slow(1);
    let (done, told) = within(5_000, async |run| {
        settle(&api, run, "Orders", Until::IndexActive("c")).await
    })
    .await;
    done.unwrap();
    assert_eq!(told, ["index c is CREATING"]);
}

#[tokio::test]
async fn a_table_that_is_in_use_is_waited_for() {
    let api = FakeTable::holding(describe("ACTIVE")).failing("UpdateTable", 2, FailureKind::Busy);
    let (done, told, calls) = update_it(5_000, &api, &with_indexes(&["c"])).await;
    done.unwrap();
    let updates = calls.iter().filter(|call| *call == "UpdateTable +c(id,c)");
    assert_eq!(updates.count(), 3);
    assert_eq!(told[1..], ["UpdateTable said no"; 2]);
}

#[tokio::test]
async fn a_table_that_another_run_left_busy_settles_first() {
    let api = FakeTable::holding(describe("ACTIVE")).slow(1);
    api.update_table("Orders", &TableUpdate::OnDemand)
        .await
        .unwrap();
    let wanted = TableDesired {
        deletion_protection: Some(true),
        ..desired()
    };
    let (done, _, calls) = update_it(5_000, &api, &wanted).await;
    done.unwrap();
    assert_eq!(
        calls[..2],
        ["DescribeTable ACTIVE", "UpdateTable protection true"]
    );
}

#[tokio::test]
async fn a_status_out_of_which_no_waiting_leads_fails_at_once() {
    for status in [
        "INACCESSIBLE_ENCRYPTION_CREDENTIALS",
        "ARCHIVING",
        "ARCHIVED",
        "REPLICATION_NOT_AUTHORIZED",
    ] {
        let api = FakeTable::holding(describe("ACTIVE")).stuck(status);
        let (done, _, calls) = update_it(5_000, &api, &with_indexes(&["c", "d"])).await;
        let failure = done.unwrap_err();
        assert_eq!(failure.message, format!("the table is {status}"));
        assert!(failure.hint.is_some());
        assert_eq!(calls.len(), 2, "{calls:?}");
    }
}

#[tokio::test]
async fn another_attribute_for_time_to_live_is_off_seen_off_and_on_again() {
    let api = expired_by(TimeToLiveStatus::Enabled, Some("old"));
    let (done, _, calls) = update_it(5_000, &api, &expiring("new")).await;
    done.unwrap();
    assert_eq!(
        calls,
        [
            "UpdateTimeToLive old false",
            "DescribeTimeToLive ",
            "UpdateTimeToLive new true"
        ]
    );
}

#[tokio::test]
async fn time_to_live_is_not_switched_on_before_it_is_seen_off() {
    for status in [TimeToLiveStatus::Enabled, TimeToLiveStatus::Disabling] {
        let api = expired_by(status, Some("old")).slow_time_to_live();
        let (done, _, calls) = update_it(60, &api, &expiring("new")).await;
        let failure = done.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Timeout);
        assert!(
            failure.message.contains("still being switched off"),
            "{failure}"
        );
        assert!(calls.iter().all(|call| !call.contains("true")), "{calls:?}");
    }
}

#[tokio::test]
async fn a_second_change_of_time_to_live_within_the_hour_waits_with_its_reason() {
    let api = expired_by(TimeToLiveStatus::Disabled, None).failing(
        "UpdateTimeToLive",
        usize::MAX,
        FailureKind::Busy,
    );
    let (done, told, _) = update_it(60, &api, &expiring("new")).await;
    let why = "AWS takes one change of time to live an hour";
    assert!(done.unwrap_err().message.contains(why));
    assert!(told.iter().all(|told| told.contains(why)), "{told:?}");
}

#[tokio::test]
async fn backups_that_are_not_available_yet_are_tried_again() {
    let api = FakeTable::default().failing("UpdateContinuousBackups", 2, FailureKind::Busy);
    let wanted = TableDesired {
        point_in_time_recovery: Some(Recovery::On),
        ..desired()
    };
    create_it(&api, &wanted).await.0.unwrap();
    assert_eq!(api.point_in_time_recovery.get(), RecoveryLive::Days(35));
    assert_eq!(api.calls()[2..], ["UpdateContinuousBackups On"; 3]);
}

#[tokio::test]
async fn a_setting_that_fails_does_not_cut_the_others_off() {
    let mut wanted = TableDesired {
        point_in_time_recovery: Some(Recovery::On),
        time_to_live: Some(TimeToLive::Attribute("expires_at".into())),
        ..with_indexes(&["c"])
    };
    wanted.tags.insert("team".into(), "a".into());
    for operation in ["TagResource", "UpdateTimeToLive", "UpdateContinuousBackups"] {
        let api =
            FakeTable::holding(describe("ACTIVE")).failing(operation, 1, FailureKind::AccessDenied);
        let (done, _, calls) = update_it(5_000, &api, &wanted).await;
        assert_eq!(done.unwrap_err().message, format!("{operation} said no"));
        if operation == "TagResource" {
            // A table that could not become ours is left as it is.
            assert_eq!(calls.len(), 1, "{calls:?}");
            continue;
        }
        assert_eq!(
            calls,
            [
                "TagResource arn:aws:dynamodb:us-east-1:123456789012:table/Orders",
                "UpdateTimeToLive expires_at true",
                "UpdateContinuousBackups On",
                "UpdateTable +c(id,c)",
                "DescribeTable ACTIVE c:ACTIVE"
            ]
        );
    }
}

/// A provisioned table of so many units.
fn provisioned(read: u64, write: u64) -> FakeTable {
    let mut table = describe("ACTIVE");
    table.provisioned_throughput = Some(capacity(read, write));
    FakeTable::holding(table)
}

fn reading(units: u64) -> TableDesired {
    let mut desired = desired();
    desired.throughput.capacity.read = Some(units);
    desired
}

fn updates(calls: &[String]) -> Vec<&str> {
    let updates = calls
        .iter()
        .filter_map(|call| call.strip_prefix("UpdateTable "));
    updates.collect()
}

#[tokio::test]
async fn a_capacity_that_may_not_fall_yet_holds_up_no_other() {
    let api = provisioned(5, 5).failing("UpdateTable", 1, FailureKind::Busy);
    let wanted = TableDesired {
        table_class: Some(TableClass::StandardInfrequentAccess),
        ..reading(1)
    };
    let (done, told, calls) = update_it(5_000, &api, &wanted).await;
    done.unwrap();
    assert_eq!(
        updates(&calls),
        [
            "capacity table 1/5",
            "class StandardInfrequentAccess",
            "capacity table 1/5"
        ]
    );
    let why = "UpdateTable said no; AWS lowers capacity four times in the first hour of a day, then once an hour";
    assert!(told.iter().any(|said| said == why), "{told:?}");
    let never = provisioned(5, 5).failing("UpdateTable", 99, FailureKind::Busy);
    let (late, ..) = update_it(20, &never, &reading(1)).await;
    let failure = late.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Timeout);
    assert!(failure.message.contains("once an hour"), "{failure}");
}

#[tokio::test]
async fn what_is_not_ours_to_set_is_sent_as_it_is_by_then() {
    for (moved, expected) in [((5, 8), vec!["capacity table 9/8"]), ((9, 8), vec![])] {
        let api = provisioned(5, 5);
        let live = read::read(&api, "Orders", None).await.unwrap().unwrap();
        let (read, write) = moved;
        let moved = ReadWrite { read, write }.map(Some);
        let drift = TableUpdate::Capacity([(None, moved)].into());
        api.update_table("Orders", &drift).await.unwrap();
        let before = api.calls().len();
        let wanted = reading(9);
        let (done, _) = within(5_000, async |run| {
            update(&api, run, "Orders", &wanted, &live).await
        })
        .await;
        done.unwrap();
        assert_eq!(updates(&api.calls()[before..]), expected);
    }
}
