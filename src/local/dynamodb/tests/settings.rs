//! Time to live, continuous backups, tags.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::tagged;
use super::{HOUR, World, plain, with};

const ARN: &str = "arn:aws:dynamodb:us-east-1:123456789012:table/Cart";

fn expire(enabled: bool, attribute: &str) -> Value {
    json!({
        "TableName": "Cart",
        "TimeToLiveSpecification": { "Enabled": enabled, "AttributeName": attribute },
    })
}

fn time_to_live(world: &World) -> Value {
    world.run("DescribeTimeToLive", json!({ "TableName": "Cart" }))["TimeToLiveDescription"].take()
}

fn recovery(world: &World) -> Value {
    let answer = world.run("DescribeContinuousBackups", json!({ "TableName": "Cart" }));
    let backups = &answer["ContinuousBackupsDescription"];
    assert_eq!(backups["ContinuousBackupsStatus"], "ENABLED");
    backups["PointInTimeRecoveryDescription"].clone()
}

fn recover(specification: Value) -> Value {
    json!({ "TableName": "Cart", "PointInTimeRecoverySpecification": specification })
}

#[test]
fn time_to_live_settles_and_changes_once_an_hour() {
    let dir = TempDir::new().unwrap();
    let mut world = World::slow(&dir);
    world.run("CreateTable", plain("Cart"));
    assert_eq!(
        world.refusal("UpdateTimeToLive", expire(true, "at")),
        "ResourceInUseException: Attempt to change a resource which is still in use: \
         Table is being created: Cart"
    );
    world.wait(10);
    assert_eq!(
        time_to_live(&world),
        json!({ "TimeToLiveStatus": "DISABLED" })
    );
    let too_often = "ValidationException: Time to live has been modified multiple times within a fixed interval";
    assert_eq!(
        world.refusal("UpdateTimeToLive", expire(false, "at")),
        "ValidationException: TimeToLive is already disabled"
    );
    let answer = world.run("UpdateTimeToLive", expire(true, "at"));
    assert_eq!(
        answer,
        json!({ "TimeToLiveSpecification": { "Enabled": true, "AttributeName": "at" } })
    );
    let enabling = json!({ "TimeToLiveStatus": "ENABLING", "AttributeName": "at" });
    assert_eq!(time_to_live(&world), enabling);
    assert_eq!(
        world.refusal("UpdateTimeToLive", expire(false, "at")),
        too_often
    );
    world.wait(30);
    assert_eq!(time_to_live(&world)["TimeToLiveStatus"], "ENABLED");
    for (input, message) in [
        (
            expire(true, "at"),
            "ValidationException: TimeToLive is already enabled",
        ),
        (
            expire(true, "other"),
            "ValidationException: TimeToLive is active on a different AttributeName: current AttributeName is at",
        ),
        (
            expire(false, "other"),
            "ValidationException: TimeToLive is active on a different AttributeName: current AttributeName is at",
        ),
        (expire(false, "at"), too_often),
    ] {
        assert_eq!(world.refusal("UpdateTimeToLive", input), message);
    }
    world.now += HOUR;
    world.run("UpdateTimeToLive", expire(false, "at"));
    let disabling = json!({ "TimeToLiveStatus": "DISABLING", "AttributeName": "at" });
    assert_eq!(time_to_live(&world), disabling);
    world.wait(30);
    assert_eq!(
        time_to_live(&world),
        json!({ "TimeToLiveStatus": "DISABLED" })
    );
    assert_eq!(
        world.refusal("UpdateTimeToLive", expire(true, "other")),
        too_often
    );
    world.now += HOUR;
    world.run("UpdateTimeToLive", expire(true, "other"));
}

#[test]
fn point_in_time_recovery_is_switched() {
    let dir = TempDir::new().unwrap();
    let mut world = World::slow(&dir);
    let on = recover(json!({ "PointInTimeRecoveryEnabled": true }));
    assert_eq!(
        world.refusal("UpdateContinuousBackups", on.clone()),
        "TableNotFoundException: Table not found: Cart"
    );
    world.run("CreateTable", plain("Cart"));
    assert_eq!(
        world.refusal("UpdateContinuousBackups", on.clone()),
        "ContinuousBackupsUnavailableException: Backups are being enabled for the table: Cart. \
         Please retry later"
    );
    world.wait(10);
    assert!(
        world
            .refusal("UpdateContinuousBackups", on.clone())
            .starts_with("ContinuousBackupsUnavailableException: "),
        "the table is ACTIVE, its backups are not"
    );
    world.wait(1);
    let off = json!({ "PointInTimeRecoveryStatus": "DISABLED" });
    assert_eq!(recovery(&world), off);
    world.run("UpdateContinuousBackups", on);
    world.now += HOUR;
    assert_eq!(
        recovery(&world),
        json!({
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": 35,
            "EarliestRestorableDateTime": 1_790_000_011.0,
            "LatestRestorableDateTime": 1_790_003_311.0,
        })
    );
    let days = |days: i64| {
        recover(json!({ "PointInTimeRecoveryEnabled": true, "RecoveryPeriodInDays": days }))
    };
    world.run("UpdateContinuousBackups", days(1));
    assert_eq!(recovery(&world)["RecoveryPeriodInDays"], 1);
    let error = world.refusal("UpdateContinuousBackups", days(36));
    assert!(error.starts_with("ValidationException: "), "{error}");
    let disable = recover(json!({ "PointInTimeRecoveryEnabled": false }));
    world.run("UpdateContinuousBackups", disable);
    assert_eq!(recovery(&world), off);
}

#[test]
fn tags_are_merged_removed_and_found() {
    let dir = TempDir::new().unwrap();
    let world = World::open(&dir);
    let tags = json!([{ "Key": "a", "Value": "1" }, { "Key": "b", "Value": "2" }]);
    world.run("CreateTable", with(plain("Cart"), "Tags", tags));
    world.run("CreateTable", plain("Bare"));
    let set = |tags: Value| json!({ "ResourceArn": ARN, "Tags": tags });
    world.run(
        "TagResource",
        set(json!([{ "Key": "b", "Value": "3" }, { "Key": "c", "Value": "" }])),
    );
    world.run(
        "UntagResource",
        json!({ "ResourceArn": ARN, "TagKeys": ["a", "never"] }),
    );
    let found = world.call(tagged).unwrap();
    let expected = [("b", "3"), ("c", "")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(found, [(ARN.to_owned(), expected.into())]);
    let many: Value = (0..49)
        .map(|number| json!({ "Key": format!("k{number}"), "Value": "" }))
        .collect();
    let error = world.refusal("TagResource", set(many));
    assert!(error.contains("tag limit is 50"), "{error}");
    assert_eq!(world.call(tagged).unwrap()[0].1.len(), 2);
    for (operation, input, message) in [
        (
            "TagResource",
            set(json!([])),
            "ValidationException: Atleast one Tag needs to be provided as Input.",
        ),
        (
            "ListTagsOfResource",
            json!({ "ResourceArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/Cart" }),
            "ResourceNotFoundException: Requested resource not found: \
             ResourcArn: arn:aws:dynamodb:eu-west-1:123456789012:table/Cart not found",
        ),
        (
            "ListTagsOfResource",
            json!({ "ResourceArn": "Cart" }),
            "ValidationException: Invalid TableArn: Invalid ResourceArn provided as input Cart",
        ),
    ] {
        assert_eq!(world.refusal(operation, input), message);
    }
}
